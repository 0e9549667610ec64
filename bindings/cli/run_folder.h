#ifndef POSTERN_BINDINGS_CLI_RUN_FOLDER_H_
#define POSTERN_BINDINGS_CLI_RUN_FOLDER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace cli {

// A folder of one run alone, mode 0700, removed with all that it holds. A run
// that was killed leaves its folder: the next one of the same user removes it.
// The living hold a lock on theirs (flock(2)), which ends with the process.
class RunFolder {
 public:
  // `parent`/`prefix` and some characters. An error of the file system if it
  // cannot be made; what cannot be removed of former runs stays.
  static absl::StatusOr<std::unique_ptr<RunFolder>> Make(
      absl::string_view parent, absl::string_view prefix);
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  const std::string& name() const { return name_; }

 private:
  RunFolder(std::string name, fs::FileDescriptor lock)
      : name_(std::move(name)), lock_(std::move(lock)) {}

  const std::string name_;
  const fs::FileDescriptor lock_;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_RUN_FOLDER_H_
