#ifndef POSTERN_BINDINGS_PYTHON_DENIAL_H_
#define POSTERN_BINDINGS_PYTHON_DENIAL_H_

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// Refusals as Python has them. A denial is a PermissionError with `permission`
// ("fs.read"), `resource` (as the guest named it) and `rule` (which rule
// denied,
// "" for none, None where the host does not tell); a concealed one is the error
// for what does not exist, without these. All return null with the error set.

// How a guarded operation ended. `permission` is that of the operation, unless
// the explanation knows better; `resource` and `other` are as the guest wrote
// them, and may be null.
PyObject* RaiseOutcome(const postern_error* error, const char* permission,
                       PyObject* resource, PyObject* other = nullptr);

// A denial by a decision of `context` about `access`.
PyObject* RaiseDecision(const postern_context* context,
                        const postern_access& access, postern_decision decision,
                        PyObject* resource);

// What no permission covers, or what cannot be held: `why` says so.
PyObject* RaiseRefusal(const char* permission, PyObject* resource,
                       absl::string_view why);

// Decides an access that is about to happen; false with the error set if it is
// denied. `resource` may be null: then it is the text of the access.
bool Enforce(const postern_access& access, PyObject* resource = nullptr);
// The same for what has a name or a path, and for a permission as a whole.
bool EnforceText(postern_permission permission, postern_form form,
                 absl::string_view text, PyObject* resource = nullptr);
bool EnforceWhole(postern_permission permission);

// Text of bytes that a file system, an environment or a host name had; null
// with the error set without memory.
PyObject* TextOf(absl::string_view bytes);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_DENIAL_H_
