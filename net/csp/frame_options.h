#ifndef POSTERN_NET_CSP_FRAME_OPTIONS_H_
#define POSTERN_NET_CSP_FRAME_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern {
namespace csp {

// Who may frame a response by its X-Frame-Options headers (clickjacking).
enum class FrameOptions : uint8_t { kAnyone, kSameOrigin, kNobody };

// Reads the values of all such headers of a response as one (HTML, section
// 7.5): they are separated by ",", case does not count. If two differ and
// browsers know any of them, nobody may frame the response. Unknown values
// alone let anyone.
FrameOptions ReadFrameOptions(absl::Span<const std::string> values);

// "DENY", "SAMEORIGIN" or "".
absl::string_view FrameOptionsText(FrameOptions options);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_FRAME_OPTIONS_H_
