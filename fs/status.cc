#include "fs/status.h"

#include <errno.h>

namespace postern {
namespace fs {

absl::string_view RefusalCode(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kMonitor:
      return "monitor";
    case Refusal::kKind:
      return "kind";
    case Refusal::kHardLink:
      return "hard-link";
    case Refusal::kMount:
      return "mount";
    case Refusal::kMove:
      return "move";
    case Refusal::kAttribute:
      return "attribute";
    case Refusal::kHandle:
      return "handle";
    case Refusal::kInvalid:
      return "invalid";
    case Refusal::kUnenforceable:
      return "unenforceable";
    case Refusal::kChanged:
      return "changed";
  }
  return "unknown";
}

FsStatus FsStatus::FromResult(int64_t result) {
  return result >= 0 ? FsStatus() : Error(errno);
}

FsStatus FsStatus::Denied(const Verdict& verdict, absl::string_view canonical) {
  FsStatus status =
      Refused(verdict.concealed ? ENOENT : EACCES, Refusal::kMonitor);
  status.verdict = verdict;
  status.canonical = std::string(canonical);
  return status;
}

}  // namespace fs
}  // namespace postern
