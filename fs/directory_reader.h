#ifndef POSTERN_FS_DIRECTORY_READER_H_
#define POSTERN_FS_DIRECTORY_READER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/handle.h"
#include "fs/path_monitor.h"
#include "fs/status.h"

namespace postern {
namespace fs {

// Which names of a directory a guest may see.
class ChildFilter {
 public:
  // Whether one answer may stand for all names: for a listing, not for what
  // lives on while rules change.
  enum class Lifetime { kOneListing, kLasting };

  // `directory`: canonical. With `hide_denied` all that may not be read is
  // hidden, else only what is concealed. `kept`: of the operation that opened
  // the directory and goes on as long as names are read.
  ChildFilter(std::shared_ptr<PathMonitor> monitor,
              std::unique_ptr<PathMonitor::Kept> kept, std::string directory,
              bool hide_denied, Lifetime lifetime);

  bool Shows(absl::string_view name) const;

 private:
  bool Ask(absl::string_view name) const;

  std::shared_ptr<PathMonitor> monitor_;
  std::unique_ptr<PathMonitor::Kept> kept_;
  std::string directory_;  // with a slash at its end
  bool hide_denied_;
  absl::optional<bool> for_all_;  // the one answer, if there is but one
};

// Reads a directory's entries one after the other. Move-only; one thread at a
// time. The entries are those that the directory has when they are read
// (readdir(3)).
class DirectoryReader {
 public:
  // A view of the reader's, good until the next call.
  struct Entry {
    absl::string_view name;
    // DT_REG, DT_DIR, ... (readdir(3)); DT_UNKNOWN where the file system does
    // not tell.
    unsigned char type;
    ino_t inode;
  };

  DirectoryReader(Handle directory, ChildFilter filter);
  DirectoryReader(DirectoryReader&&) = default;
  DirectoryReader& operator=(DirectoryReader&&) = default;

  // The next entry; false at the end, or after an error.
  bool Next(Entry* entry);
  // How the last call of Next() failed.
  const FsStatus& status() const { return status_; }
  const Handle& directory() const { return directory_; }

 private:
  static constexpr size_t kBytes = 32768;

  bool Fill();

  Handle directory_;
  ChildFilter filter_;
  std::unique_ptr<char[]> buffer_;
  size_t size_ = 0;
  size_t next_ = 0;
  FsStatus status_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_DIRECTORY_READER_H_
