#include "net/csp/frame_options.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace csp {

FrameOptions ReadFrameOptions(absl::Span<const std::string> values) {
  std::set<std::string> all;
  for (const std::string& value : values) {
    for (absl::string_view one : absl::StrSplit(value, ',')) {
      one = absl::StripAsciiWhitespace(one);
      if (!one.empty()) all.insert(absl::AsciiStrToLower(one));
    }
  }
  const bool deny = all.count("deny") > 0;
  const bool same = all.count("sameorigin") > 0;
  const bool known = deny || same || all.count("allowall") > 0;
  if (deny || (known && all.size() > 1)) return FrameOptions::kNobody;
  return same ? FrameOptions::kSameOrigin : FrameOptions::kAnyone;
}

absl::string_view FrameOptionsText(FrameOptions options) {
  switch (options) {
    case FrameOptions::kAnyone:
      return "";
    case FrameOptions::kSameOrigin:
      return "SAMEORIGIN";
    case FrameOptions::kNobody:
      return "DENY";
  }
  return "DENY";
}

}  // namespace csp
}  // namespace postern
