#ifndef POSTERN_PERMISSION_INTERNAL_PATH_SPELLINGS_H_
#define POSTERN_PERMISSION_INTERNAL_PATH_SPELLINGS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fs/path_components.h"
#include "fs/path_tree.h"

namespace postern {
namespace internal {

// What is spelled otherwise: beginnings of paths with the names that they stand
// for. Immutable and thread-safe once built.
class PathSpellings {
 public:
  enum class Applied { kSame, kChanged, kTooLong };

  // A beginning and the canonical name that takes its place: both absolute and
  // in normal form.
  using Entry = std::pair<std::string, std::string>;

  // None.
  PathSpellings() = default;
  // ResourceExhausted if there are too many.
  static absl::StatusOr<std::unique_ptr<const PathSpellings>> Make(
      std::vector<Entry> entries);

  // Respells `path` by its longest written beginning, and so on from there. It
  // then views this as well. Does not allocate.
  Applied Apply(fs::PathComponents* path) const;

 private:
  fs::PathTree tree_;                   // each as a subtree
  std::vector<std::string> canonical_;  // by set
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PATH_SPELLINGS_H_
