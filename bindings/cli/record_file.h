#ifndef POSTERN_BINDINGS_CLI_RECORD_FILE_H_
#define POSTERN_BINDINGS_CLI_RECORD_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace cli {

// A file that is written after a program ran which may have changed what lies
// beside it: its folder is opened before, and no link is followed in it
// (symlink race). What has the name by then is replaced, whatever it is.
class RecordFile {
 public:
  // "" is no file, and "-" standard error. FailedPrecondition for a name that
  // is no regular file, or a folder that cannot be written to.
  static absl::StatusOr<RecordFile> Open(const std::string& path);

  absl::Status Write(absl::string_view bytes) const;

 private:
  std::string path_;  // for messages
  struct Close {
    void operator()(int* fd) const;
  };
  std::unique_ptr<int, Close> folder_;
  std::string name_;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_RECORD_FILE_H_
