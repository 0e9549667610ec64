#include "net/port_range.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace net {

std::string PortRange::ToString() const {
  if (any()) return "";
  return first == last ? absl::StrCat(first) : absl::StrCat(first, "-", last);
}

bool ParseDecimal(absl::string_view text, uint32_t limit, uint32_t* number) {
  if (text.empty() || text.size() > 10) return false;
  if (text[0] == '0' && text.size() > 1) return false;
  uint64_t value = 0;
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (value > limit) return false;
  *number = static_cast<uint32_t>(value);
  return true;
}

bool ParsePortRange(absl::string_view text, uint32_t limit, size_t offset,
                    PortRange* range, SyntaxError* error) {
  static constexpr char kExpected[] =
      "expected a port from 1 to 65535 (vsock: to 4294967295), or two with "
      "\"-\" between";
  const size_t dash = text.find('-');
  if (!ParseDecimal(text.substr(0, dash), limit, &range->first) ||
      range->first == 0) {
    return error->Set(offset, kExpected);
  }
  range->last = range->first;
  if (dash == text.npos) return true;
  if (!ParseDecimal(text.substr(dash + 1), limit, &range->last)) {
    return error->Set(offset + dash + 1, kExpected);
  }
  if (range->last < range->first) {
    return error->Set(offset, "the first port comes behind the last");
  }
  return true;
}

}  // namespace net
}  // namespace postern
