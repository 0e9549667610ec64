#include "net/host_name.h"

#include <string.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "fs/base/utf8.h"
#include "net/punycode.h"

namespace postern {
namespace net {
namespace {

constexpr uint32_t kNothing = UINT32_MAX;

// Letters that have no other spelling, or one by case alone (UnicodeData.txt,
// IdnaMappingTable.txt). In ascending order.
struct Letters {
  uint32_t first, last;
  enum Case : uint8_t {
    kAsIs,
    kUpper,      // lower case lies `offset` higher
    kEvenUpper,  // pairs: an even one is followed by its lower case
    kOddUpper,
  } letter_case;
  uint32_t offset;
};

constexpr Letters kLetters[] = {
    {0x00c0, 0x00d6, Letters::kUpper, 0x20},  // Latin-1, not U+00D7
    {0x00d8, 0x00de, Letters::kUpper, 0x20},
    {0x00e0, 0x00f6, Letters::kAsIs, 0},  // not U+00DF, U+00F7
    {0x00f8, 0x00ff, Letters::kAsIs, 0},
    {0x0100, 0x012f, Letters::kEvenUpper, 1},  // Latin Extended-A
    {0x0131, 0x0131, Letters::kAsIs, 0},       // not U+0130, U+0132, U+0133
    {0x0134, 0x0137, Letters::kEvenUpper, 1},
    {0x0138, 0x0138, Letters::kAsIs, 0},
    {0x0139, 0x013e, Letters::kOddUpper, 1},  // not U+013F, U+0140
    {0x0141, 0x0148, Letters::kOddUpper, 1},  // not U+0149
    {0x014a, 0x0177, Letters::kEvenUpper, 1},
    {0x0179, 0x017e, Letters::kOddUpper, 1},  // not U+0178, U+017F
    {0x0388, 0x038a, Letters::kUpper, 0x25},  // Greek
    {0x0390, 0x0390, Letters::kAsIs, 0},
    {0x0391, 0x03a1, Letters::kUpper, 0x20},
    {0x03a3, 0x03ab, Letters::kUpper, 0x20},
    {0x03ac, 0x03c1, Letters::kAsIs, 0},  // not U+03C2
    {0x03c3, 0x03ce, Letters::kAsIs, 0},
    {0x0400, 0x040f, Letters::kUpper, 0x50},  // Cyrillic
    {0x0410, 0x042f, Letters::kUpper, 0x20},
    {0x0430, 0x045f, Letters::kAsIs, 0},
    {0x05d0, 0x05ea, Letters::kAsIs, 0},  // Hebrew
    {0x0621, 0x063a, Letters::kAsIs, 0},  // Arabic
    {0x0641, 0x064a, Letters::kAsIs, 0},
    {0x3005, 0x3007, Letters::kAsIs, 0},  // ideographic marks
    {0x3041, 0x3096, Letters::kAsIs, 0},  // Hiragana
    {0x30a1, 0x30fa, Letters::kAsIs, 0},  // Katakana
    {0x30fc, 0x30fe, Letters::kAsIs, 0},
    {0x4e00, 0x9fff, Letters::kAsIs, 0},  // Han
    {0xac00, 0xd7a3, Letters::kAsIs, 0},  // Hangul syllables
};

uint32_t LowerCase(const Letters& letters, uint32_t c) {
  switch (letters.letter_case) {
    case Letters::kAsIs:
      return c;
    case Letters::kUpper:
      return c + letters.offset;
    case Letters::kEvenUpper:
      return c % 2 == 0 ? c + 1 : c;
    case Letters::kOddUpper:
      return c % 2 == 1 ? c + 1 : c;
  }
  return kNothing;
}

// What `c` stands for in a host name; kNothing if that is not known.
uint32_t Fold(uint32_t c) {
  if (c == 0x3002 || c == 0xff61) return '.';               // RFC 3490, 3.1
  if (c >= 0xff01 && c <= 0xff5e) return Fold(c - 0xfee0);  // full width
  if (c < 0x80) {
    const auto byte = static_cast<unsigned char>(c);
    const bool fine = absl::ascii_isalnum(byte) || c == '-' || c == '_';
    return fine || c == '.'
               ? static_cast<unsigned char>(absl::ascii_tolower(byte))
               : kNothing;
  }
  for (const Letters& letters : kLetters) {
    if (c < letters.first) break;
    if (c <= letters.last) return LowerCase(letters, c);
  }
  return kNothing;
}

// The character at `*at`, which moves behind it; kNothing if it is not UTF-8.
uint32_t NextCharacter(absl::string_view text, size_t* at) {
  uint32_t character = kNothing;
  *at += fs::DecodeUtf8(text.substr(*at), &character);
  return character;
}

bool IsNumber(absl::string_view label) {
  const bool hex = absl::StartsWithIgnoreCase(label, "0x");
  if (hex) label.remove_prefix(2);
  return std::all_of(label.begin(), label.end(), [hex](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return hex ? absl::ascii_isxdigit(byte) : absl::ascii_isdigit(byte);
  });
}

}  // namespace

// Reads label by label.
class HostNameReader {
 public:
  HostNameReader(absl::string_view text, HostName* name, SyntaxError* error)
      : text_(text), name_(name), error_(error) {}

  bool Read() {
    if (text_.empty()) return error_->Set(0, "expected a host name");
    for (size_t at = 0; at < text_.size();) {
      const size_t begin = at;
      const uint32_t character = NextCharacter(text_, &at);
      const uint32_t c = character == kNothing ? kNothing : Fold(character);
      if (c == kNothing) return BadCharacter(begin);
      if (c == '.') {
        if (!EndLabel(begin)) return false;
        label_at_ = at;
      } else if (!PushCharacter(c, begin)) {
        return false;
      }
    }
    if (count_ > 0 && !EndLabel(text_.size())) return false;
    if (!EndsInNumber(name_->text())) return true;
    return error_->Set(0,
                       "a name that ends in a number is no host; expected four "
                       "decimal numbers without leading zeros");
  }

 private:
  bool BadCharacter(size_t at) {
    const bool ascii = static_cast<unsigned char>(text_[at]) < 0x80;
    return error_->Set(at, ascii ? "expected letters, digits, \"-\", \"_\" or "
                                   "\".\""
                                 : "this character may have several spellings, "
                                   "expected punycode (\"xn--...\")");
  }

  bool PushCharacter(uint32_t c, size_t at) {
    if (count_ == kMaxLabelCharacters) {
      return error_->Set(at, "a label is longer than 63 bytes");
    }
    ascii_ = ascii_ && c < 0x80;
    label_[count_++] = c;
    return true;
  }

  // Appends the label in its one form.
  bool EndLabel(size_t at) {
    if (count_ == 0) return error_->Set(at, "an empty label");
    if (label_[0] == '-' || label_[count_ - 1] == '-') {
      return error_->Set(label_at_, "a label begins or ends with \"-\"");
    }
    char bytes[HostName::kMaxLabelBytes];
    size_t size = 0;
    if (!ascii_ && SaysPunycode()) {
      return error_->Set(label_at_, "\"xn--\" in front of other characters");
    }
    if (!ascii_) {
      memcpy(bytes, "xn--", 4);
      if (!EncodePunycode({label_, count_}, bytes + 4, sizeof(bytes) - 4,
                          &size)) {
        return error_->Set(label_at_, "a label is longer than 63 bytes");
      }
      size += 4;
    } else {
      for (; size < count_; ++size)
        bytes[size] = static_cast<char>(label_[size]);
      if (!IsValidAscii({bytes, size})) {
        return error_->Set(label_at_, "\"xn--\" without punycode behind it");
      }
    }
    if (!name_->Append({bytes, size})) {
      return error_->Set(at, "a host name is longer than 253 bytes");
    }
    count_ = 0;
    ascii_ = true;
    return true;
  }

  bool SaysPunycode() const {
    return count_ >= 4 && label_[0] == 'x' && label_[1] == 'n' &&
           label_[2] == '-' && label_[3] == '-';
  }

  // Punycode has to be the one that its characters encode to, and to need it.
  static bool IsValidAscii(absl::string_view label) {
    if (label.substr(0, 4) != "xn--") return true;
    uint32_t characters[kMaxLabelCharacters];
    char again[HostName::kMaxLabelBytes];
    size_t count = 0, size = 0;
    if (!DecodePunycode(label.substr(4), characters, &count)) return false;
    if (!EncodePunycode({characters, count}, again, sizeof(again), &size)) {
      return false;
    }
    bool ascii = true;
    for (size_t i = 0; i < count; ++i) ascii = ascii && characters[i] < 0x80;
    return !ascii && label.substr(4) == absl::string_view(again, size);
  }

  const absl::string_view text_;
  HostName* const name_;
  SyntaxError* const error_;
  size_t label_at_ = 0;
  uint32_t label_[kMaxLabelCharacters];
  size_t count_ = 0;
  bool ascii_ = true;
};

bool HostName::IsReserved() const {
  return text() == "unix" || text() == "unix-abstract" || text() == "vsock";
}

bool HostName::Append(absl::string_view bytes) {
  const size_t dot = size_ == 0 ? 0 : 1;
  if (size_ + dot + bytes.size() > kMaxBytes) return false;
  if (dot != 0) text_[size_++] = '.';
  memcpy(text_ + size_, bytes.data(), bytes.size());
  size_ = static_cast<uint8_t>(size_ + bytes.size());
  return true;
}

bool HostName::Parse(absl::string_view text, HostName* name,
                     SyntaxError* error) {
  name->size_ = 0;
  return HostNameReader(text, name, error).Read();
}

bool EndsInNumber(absl::string_view host) {
  absl::ConsumeSuffix(&host, ".");
  const absl::string_view last = host.substr(host.rfind('.') + 1);
  return !last.empty() && IsNumber(last);
}

}  // namespace net
}  // namespace postern
