#ifndef POSTERN_PERMISSION_INTERNAL_DENIED_FILE_FINDER_H_
#define POSTERN_PERMISSION_INTERNAL_DENIED_FILE_FINDER_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/file_identity.h"
#include "fs/kernel.h"
#include "fs/path_pattern.h"

namespace postern {
namespace internal {

// Finds the files and directories that patterns match at this moment, so that
// they are known by identity when they are reached by another name; and the
// directories in which something that they match may come into being. Follows
// no link and goes into other file systems, save procfs, whose files are made
// anew each time. Not thread-safe; borrows the kernel.
class DeniedFileFinder {
 public:
  using Files = absl::flat_hash_map<fs::FileIdentity, std::vector<std::string>>;

  // Remembers at most `max_files`, and as many directories for what may come,
  // and looks at `max_entries` of directories.
  DeniedFileFinder(const fs::Kernel& kernel, size_t max_files,
                   size_t max_entries)
      : kernel_(kernel),
        files_left_(max_files),
        places_left_(max_files),
        entries_left_(max_entries) {}

  // Remembers what has the name `prefix`, or the directory that it would be in,
  // if some of `patterns` matches it: nothing beneath. Before any Add(), what
  // fills the directories of one pattern takes no room from the others' names.
  bool AddNamed(absl::string_view prefix,
                absl::Span<const fs::PathPattern* const> patterns);
  // Remembers what is matched by some of `patterns`, which all have the
  // canonical literal prefix `prefix`. False if there may be more
  // of them: a bound was reached or a directory is not readable.
  bool Add(absl::string_view prefix,
           absl::Span<const fs::PathPattern* const> patterns);

  // Canonical names by identity. The finder is spent.
  Files Take() { return std::move(files_); }
  // Canonical names, by identity, of directories that are not matched
  // themselves.
  Files TakePlaces() { return std::move(places_); }

  // Directories that a walk is in at a time: each holds a descriptor.
  static constexpr size_t kMaxDepth = 64;
  // Of one call of Add(), each tried on every entry.
  static constexpr size_t kMaxPatterns = 1024;
  // Of one file; compared one by one.
  static constexpr size_t kMaxNames = 64;

 private:
  class Walk;

  // False if there is no room.
  static bool Remember(fs::FileIdentity file, absl::string_view name,
                       size_t* left, Files* files);
  bool RememberFile(fs::FileIdentity file, absl::string_view name) {
    return Remember(file, name, &files_left_, &files_);
  }
  bool RememberPlace(fs::FileIdentity directory, absl::string_view name) {
    return Remember(directory, name, &places_left_, &places_);
  }
  // The directory that `name`, which does not exist, would be in.
  bool RememberPlaceOf(absl::string_view name);

  const fs::Kernel& kernel_;
  size_t files_left_;
  size_t places_left_;
  size_t entries_left_;
  Files files_;
  Files places_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_DENIED_FILE_FINDER_H_
