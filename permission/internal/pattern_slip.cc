#include "permission/internal/pattern_slip.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace postern {
namespace internal {
namespace {

bool IsBlank(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}

// Whether a list goes on with `rest`, which stood behind a comma.
bool GoesOn(absl::string_view rest, ListMark mark) {
  if (mark == ListMark::kAnything) return true;
  return !rest.empty() &&
         (IsBlank(rest[0]) || (mark == ListMark::kSlash && rest[0] == '/'));
}

}  // namespace

PatternSlip FindPatternSlip(absl::string_view text, ListMark mark) {
  char before = '{';  // '\\' for what is escaped
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ',' && depth == 0 && GoesOn(text.substr(i + 1), mark)) {
      return PatternSlip::kList;
    }
    const bool ends = depth > 0 && (c == ',' || c == '}');
    const bool begins = before == '{' || (before == ',' && depth > 0);
    if ((ends && IsBlank(before)) || (begins && IsBlank(c))) {
      return PatternSlip::kBlank;
    }
    before = c;
    if (c == '\\') ++i;
    if (c == '{') ++depth;
    if (c == '}' && depth > 0) --depth;
  }
  return IsBlank(before) ? PatternSlip::kBlank : PatternSlip::kNone;
}

}  // namespace internal
}  // namespace postern
