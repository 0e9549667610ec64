#ifndef POSTERN_NET_PUNYCODE_H_
#define POSTERN_NET_PUNYCODE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern {
namespace net {

// Punycode (RFC 3492) of one label, without "xn--". No allocation.

// Characters of a label, at most.
constexpr size_t kMaxLabelCharacters = 63;

// Writes at most `capacity` bytes; false if there would be more or if there
// are more than kMaxLabelCharacters.
bool EncodePunycode(absl::Span<const uint32_t> characters, char* out,
                    size_t capacity, size_t* size);

// False if `text` encodes nothing, or more than kMaxLabelCharacters. Several
// texts can decode alike: the caller encodes again, and compares. `out` has
// room for kMaxLabelCharacters.
bool DecodePunycode(absl::string_view text, uint32_t* out, size_t* count);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_PUNYCODE_H_
