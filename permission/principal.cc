#include "permission/principal.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fs/base/utf8.h"

namespace postern {
namespace {

constexpr size_t kMaxBytes = 255;

absl::Status Invalid(absl::string_view id, size_t at, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid app id \"", id.substr(0, kMaxBytes),
                   "\" at column ", at + 1, ": ", what));
}

absl::Status CheckBytes(absl::string_view id) {
  if (id.empty())
    return Invalid(id, 0, "expected name[.origin][_app][_version]");
  if (id.size() > kMaxBytes) return Invalid(id, kMaxBytes, "too long");
  for (size_t i = 0; i < id.size();) {
    const unsigned char c = static_cast<unsigned char>(id[i]);
    if (c < 0x20 || c == 0x7f) return Invalid(id, i, "a control byte");
    if (c == '/') return Invalid(id, i, "\"/\" is no part of an app id");
    const size_t length = fs::Utf8SequenceLength(id.substr(i));
    if (length == 0) return Invalid(id, i, "expected UTF-8");
    i += length;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Principal> Principal::Parse(absl::string_view id) {
  absl::Status status = CheckBytes(id);
  if (!status.ok()) return status;
  const std::vector<absl::string_view> parts = absl::StrSplit(id, '_');
  if (parts.size() > 3) {
    return Invalid(id, static_cast<size_t>(parts[3].data() - id.data()) - 1,
                   "expected at most two \"_\"");
  }
  // Parts of name and origin: none is empty, in "a..b" neither.
  for (absl::string_view part : absl::StrSplit(parts[0], '.')) {
    if (part.empty()) {
      return Invalid(id, static_cast<size_t>(part.data() - id.data()),
                     "an empty part");
    }
  }
  const std::pair<absl::string_view, absl::string_view> head =
      absl::StrSplit(parts[0], absl::MaxSplits('.', 1));
  for (absl::string_view part : parts) {
    if (part.empty()) {
      return Invalid(id, static_cast<size_t>(part.data() - id.data()),
                     "an empty part");
    }
  }
  Principal principal;
  principal.id_ = std::string(id);
  principal.name_ = std::string(head.first);
  principal.origin_ = std::string(head.second);
  if (parts.size() > 1) principal.app_ = std::string(parts[1]);
  if (parts.size() > 2) principal.version_ = std::string(parts[2]);
  return principal;
}

std::string Principal::IdWithoutVersion() const {
  if (version_.empty()) return id_;
  return id_.substr(0, id_.size() - version_.size() - 1);
}

}  // namespace postern
