#ifndef POSTERN_BINDINGS_HOST_CALL_ACCESS_H_
#define POSTERN_BINDINGS_HOST_CALL_ACCESS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"
#include "bindings/host/catalog.h"

namespace postern {
namespace host {

// The question whether a function of a plugin may be called with arguments by
// position and by name. Borrows all of them; what is no text is an argument
// that no pattern for text matches. Throws what the standard library throws.
class CallAccess {
 public:
  explicit CallAccess(absl::string_view function,
                      const std::vector<Value>& args = {},
                      const std::vector<NamedValue>& named = {});
  CallAccess(const CallAccess&) = delete;
  CallAccess& operator=(const CallAccess&) = delete;

  const postern_access& access() const { return access_; }

 private:
  std::vector<postern_arg> args_;
  std::vector<postern_named_arg> named_;
  postern_access access_;
};

// Whether a call of the function is granted, or would be with other arguments,
// perhaps by a person who is asked. Without effects.
bool MayCallSomehow(const postern_context* context, absl::string_view function);

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_CALL_ACCESS_H_
