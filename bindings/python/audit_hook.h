#ifndef POSTERN_BINDINGS_PYTHON_AUDIT_HOOK_H_
#define POSTERN_BINDINGS_PYTHON_AUDIT_HOOK_H_

#include "absl/strings/string_view.h"

namespace postern {
namespace python {

// What the interpreter tells before it acts (PEP 578): the second line behind
// the functions of operations.h, for what C code of the interpreter does by
// itself, and the first one for code from text, threads and libraries.

enum class Event {
  kUnknown,   // refused: nobody here knows what it stands for
  kPass,      // decided elsewhere, or reaches nothing outside
  kExpected,  // passes as a part of a call that was just decided
  kOpen,
  kEvaluate,
  kMakeCode,
  kLibrary,
  kRefused,
};
Event EventNamed(absl::string_view name);

// To be called before the interpreter is initialised. False without memory.
bool AddAuditHook();
// From now on the code that runs is the guest's. Ends never.
void StartGuarding();

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_AUDIT_HOOK_H_
