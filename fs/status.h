#ifndef POSTERN_FS_STATUS_H_
#define POSTERN_FS_STATUS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "fs/base/result.h"
#include "fs/path_monitor.h"

namespace postern {
namespace fs {

// Why we, and not the kernel, refused a guarded operation.
enum class Refusal : uint8_t {
  kNone = 0,       // done, or the kernel's own error
  kMonitor,        // the monitor denies; its verdict says why
  kKind,           // a kind of file that was not asked for: fifo, device, ...
  kHardLink,       // the file has other names
  kMount,          // it lies on another mount
  kMove,           // the move could give a right that it does not have
  kAttribute,      // set-id bits, attributes that the kernel gives meaning to
  kHandle,         // the handle was not opened with that right
  kInvalid,        // a name or an option that means nothing
  kUnenforceable,  // the kernel cannot do this safely here
  kChanged,        // the name led elsewhere each time it was looked up
};

// "monitor", "kind", "hard-link", ...: stable codes for logs.
absl::string_view RefusalCode(Refusal refusal);

// How a guarded operation ended: an errno and, for a denial, the decision
// behind it. Zero is success. An adapter shows the guest the errno, with the
// name as the guest gave it, and nothing else of this.
struct [[nodiscard]] FsStatus {
  int error_number = 0;  // errno(3)
  Refusal refusal = Refusal::kNone;
  // Which of two names it is about: 0 the first, 1 the second.
  int end = 0;
  Verdict verdict;        // of kMonitor, kMove
  std::string canonical;  // the name that was decided, for the host; or ""

  bool ok() const { return error_number == 0; }
  // Refused by us; otherwise a kernel's error on names that were granted, or
  // that too few descriptors or too little memory was left to find out more
  // (IsShortage()), which says nothing of the name.
  bool denied() const { return refusal != Refusal::kNone; }

  static FsStatus Error(int error_number) {
    FsStatus status;
    status.error_number = error_number;
    return status;
  }
  // The status of a system call's result: ok, or errno if the result is
  // negative.
  static FsStatus FromResult(int64_t result);
  static FsStatus Refused(int error_number, Refusal refusal) {
    FsStatus status = Error(error_number);
    status.refusal = refusal;
    return status;
  }
  // A name or an option that means nothing.
  static FsStatus Invalid(int error_number) {
    return Refused(error_number, Refusal::kInvalid);
  }
  // EACCES, or ENOENT if the denial is concealed.
  static FsStatus Denied(const Verdict& verdict, absl::string_view canonical);

  FsStatus At(int which_end) && {
    end = which_end;
    return std::move(*this);
  }

  // One line for the host's log: "EACCES: refused, monitor: \"/srv/a\"". Bytes
  // of the name that are not plain are escaped as in C. Not for guests: it
  // tells where links lead.
  std::string ToString() const;
};

// A value, or how the operation failed.
template <typename T>
using FsResult = Result<T, FsStatus>;

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_STATUS_H_
