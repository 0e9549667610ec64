#include "fs/status.h"

#include <errno.h>
#include <string.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

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

std::string FsStatus::ToString() const {
  if (ok()) return "OK";
  const char* name = strerrorname_np(error_number);
  std::string text = name != nullptr ? name : absl::StrCat(error_number);
  if (denied()) absl::StrAppend(&text, ": refused, ", RefusalCode(refusal));
  if (end != 0) absl::StrAppend(&text, ", of the second name");
  if (!canonical.empty()) {
    absl::StrAppend(&text, ": \"", absl::CHexEscape(canonical), "\"");
  }
  return text;
}

}  // namespace fs
}  // namespace postern
