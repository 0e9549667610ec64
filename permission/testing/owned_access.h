#ifndef POSTERN_PERMISSION_TESTING_OWNED_ACCESS_H_
#define POSTERN_PERMISSION_TESTING_OWNED_ACCESS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "permission/access.h"

namespace postern {
namespace testing {

// An access with its own bytes, for tables and generators. A value type.
struct OwnedAccess {
  struct Arg {
    std::string text;
    bool is_text = true;
  };

  Permission permission = Permission::kUnknown;
  Access::Form form = Access::Form::kWhole;
  std::string text;  // path, name, function of a call, program
  std::vector<Arg> args;
  std::vector<std::pair<std::string, Arg>> named;
  std::vector<std::string> parts;
  std::string address;   // that a name led to
  bool through = false;  // Access::Through()

  // Calls `use` with a view that lives as long as the call.
  void View(absl::FunctionRef<void(const Access&)> use) const;

  // `fs.read path "/a"`, `plugin.call "f"("x", n="y")`; bytes are C-escaped.
  std::string ToString() const;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_OWNED_ACCESS_H_
