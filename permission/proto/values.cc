#include "permission/proto/values.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "fs/base/utf8.h"

namespace postern {
namespace {

bool HasShape(absl::string_view text, absl::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
    if (shape[i] == '0' ? !digit : text[i] != shape[i]) return false;
  }
  return true;
}

// RFC 3339, section 5.6, in upper case; absl::ParseTime accepts more.
bool LooksLikeRfc3339(absl::string_view text) {
  constexpr absl::string_view kDateTime = "0000-00-00T00:00:00";
  if (!HasShape(text.substr(0, kDateTime.size()), kDateTime)) return false;
  absl::string_view rest = text.substr(kDateTime.size());
  if (!rest.empty() && rest[0] == '.') {
    size_t end = 1;
    while (end < rest.size() && absl::ascii_isdigit(rest[end])) ++end;
    if (end == 1 || end > 10) return false;
    rest.remove_prefix(end);
  }
  return rest == "Z" || HasShape(rest, "+00:00") || HasShape(rest, "-00:00");
}

bool InRange(absl::Time time) {
  return time >= absl::UnixEpoch() &&
         time < absl::FromCivil(absl::CivilYear(10000), absl::UTCTimeZone());
}

}  // namespace

absl::Status CheckVersion(uint32_t version) {
  if (version == kFormatVersion) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "version ", version, " is not supported, expected version 1"));
}

absl::Status CheckVersionGiven(uint32_t version) {
  if (version != 0) return absl::OkStatus();
  return absl::InvalidArgumentError("no \"version\", expected version 1");
}

absl::Status CheckNotEmpty(absl::string_view field, absl::string_view value) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", field, "\" is empty, expected some text"));
}

absl::StatusOr<absl::Time> ParseRfc3339(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (LooksLikeRfc3339(text) &&
      absl::ParseTime(absl::RFC3339_full, text, &time, &error) &&
      InRange(time)) {
    return time;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "invalid time \"", text.substr(0, 64),
      "\", expected RFC 3339 as \"2031-12-31T18:00:00Z\", from 1970 to 9999"));
}

absl::StatusOr<std::string> FormatRfc3339(absl::Time time) {
  std::string text =
      absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
  const absl::StatusOr<absl::Time> back = ParseRfc3339(text);
  if (back.ok() && *back == time) return text;
  return absl::InvalidArgumentError(
      absl::StrCat("the time ", text,
                   " cannot be written, expected one from "
                   "1970 to 9999 in whole nanoseconds"));
}

std::vector<std::string> ToVector(const RepeatedStrings& strings) {
  return std::vector<std::string>(strings.begin(), strings.end());
}

bool IsWritable(absl::string_view text) {
  return text.find('\0') == absl::string_view::npos &&
         fs::FindInvalidUtf8(text) == absl::string_view::npos;
}

}  // namespace postern
