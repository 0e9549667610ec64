#ifndef POSTERN_PERMISSION_INTERNAL_MOVE_RIGHTS_H_
#define POSTERN_PERMISSION_INTERNAL_MOVE_RIGHTS_H_

#include "absl/strings/string_view.h"
#include "permission/internal/context_stack.h"

namespace postern {
namespace internal {

// What a rename, a link or an exchange may gain: nothing. Whether the object
// called `from` may get the name `to` on `stack` without that anybody has a
// right there which it does not have here. That holds for every permission of
// which a name decides whether it is granted, for unix sockets, with
// `is_directory` for all that lies beneath, and also later, when limits and
// answers expire. False where that cannot be told without comparing rules. Both
// names are absolute and canonical. Allocates.
bool MoveGainsNothing(const ContextStack& stack, absl::string_view from,
                      absl::string_view to, bool is_directory);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_MOVE_RIGHTS_H_
