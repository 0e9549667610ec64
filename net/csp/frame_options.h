#ifndef POSTERN_NET_CSP_FRAME_OPTIONS_H_
#define POSTERN_NET_CSP_FRAME_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern {
namespace csp {

// Who may frame a response, by its X-Frame-Options headers.
enum class FrameOptions : uint8_t { kAnyone, kSameOrigin, kNobody };

// Reads the values of all such headers of a response as one (HTML, section
// 7.5): parted by ",", in any case. Two different ones of which browsers know
// any let nobody frame it; other unknown values let anyone.
FrameOptions ReadFrameOptions(absl::Span<const std::string> values);

// "DENY", "SAMEORIGIN" or "".
absl::string_view FrameOptionsText(FrameOptions options);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_FRAME_OPTIONS_H_
