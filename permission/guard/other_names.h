#ifndef POSTERN_PERMISSION_GUARD_OTHER_NAMES_H_
#define POSTERN_PERMISSION_GUARD_OTHER_NAMES_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/file_identity.h"
#include "permission/decision.h"
#include "permission/path_binding.h"
#include "permission/rule.h"

namespace postern {
namespace internal {

// A canonical name in two parts: the directory, and the rest from the slash on.
// Both view the name.
struct EntryName {
  explicit EntryName(absl::string_view path) {
    const size_t slash = path.rfind('/');
    directory = slash == 0 ? "/" : path.substr(0, slash);
    behind = path.substr(slash);
  }
  absl::string_view directory, behind;
};

// How a binding finds other names of a file or directory: FindDenied or
// FindPlace.
using FindNames =
    const std::vector<std::string>* (PathBinding::*)(fs::FileIdentity) const;

// The first denial of another name of `file` than `path`, each with `behind`
// after it, by `decide`, which is called as Decision(absl::string_view name);
// nullopt if there is none. `binding` may be null: then no name is known.
template <typename Decide>
absl::optional<Decision> FindDenialByOtherName(
    const PathBinding* binding, FindNames find, fs::FileIdentity file,
    absl::string_view path, absl::string_view behind, Decide decide) {
  const std::vector<std::string>* names =
      binding == nullptr ? nullptr : (binding->*find)(file);
  if (names == nullptr) return absl::nullopt;
  for (const std::string& name : *names) {
    if (name == path) continue;
    const bool root = name == "/" && !behind.empty();
    const Decision decision = decide(absl::StrCat(root ? "" : name, behind));
    if (decision.effect() == Effect::kDeny) return decision;
  }
  return absl::nullopt;
}

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_OTHER_NAMES_H_
