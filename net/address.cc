#include "net/address.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace net {
namespace {

constexpr char kFourNumbers[] =
    "expected four decimal numbers of at most 255 without leading zeros";
constexpr char kGroups[] =
    "expected groups of one to four hexadecimal digits with \":\" between";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_tolower(static_cast<unsigned char>(c));
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Reads the groups of an IPv6 address one after the other.
class GroupReader {
 public:
  GroupReader(absl::string_view text, SyntaxError* error)
      : text_(text), error_(error) {}

  bool Read(IpAddress* address) {
    if (text_.empty()) return error_->Set(0, kGroups);
    if (text_[0] == ':' && text_.substr(0, 2) != "::") {
      return error_->Set(0, kGroups);
    }
    while (at_ < text_.size()) {
      if (text_.substr(at_, 2) == "::") {
        if (gap_ >= 0) return error_->Set(at_, "a second \"::\"");
        gap_ = count_;
        at_ += 2;
      } else if (!ReadGroup()) {
        return false;
      }
    }
    return Place(address);
  }

 private:
  // One group and the single colon behind it, or the IPv4 address at the end.
  bool ReadGroup() {
    const size_t end = std::min(text_.find(':', at_), text_.size());
    if (end == text_.size() && text_.find('.', at_) != text_.npos) {
      return ReadIpv4();
    }
    if (end == at_ || end - at_ > 4) return error_->Set(at_, kGroups);
    uint32_t group = 0;
    for (; at_ < end; ++at_) {
      const int digit = HexValue(text_[at_]);
      if (digit < 0) return error_->Set(at_, kGroups);
      group = group * 16 + static_cast<uint32_t>(digit);
    }
    if (!Push(group)) return false;
    if (at_ == text_.size() || text_.substr(at_, 2) == "::") return true;
    if (++at_ == text_.size()) return error_->Set(at_ - 1, kGroups);
    return true;
  }

  bool ReadIpv4() {
    IpAddress tail;
    if (!ParseIpv4(text_.substr(at_), &tail, error_)) {
      error_->at += at_;
      return false;
    }
    if (!Push(tail.v4() >> 16) || !Push(tail.v4() & 0xffff)) return false;
    at_ = text_.size();
    return true;
  }

  bool Push(uint32_t group) {
    if (count_ == 8) return error_->Set(at_, "more than eight groups");
    groups_[count_++] = static_cast<uint16_t>(group);
    return true;
  }

  bool Place(IpAddress* address) {
    if (gap_ < 0 ? count_ != 8 : count_ > 7) {
      return error_->Set(0, "expected eight groups, or fewer and one \"::\"");
    }
    IpAddress::Bytes bytes = {};
    for (int i = 0; i < count_; ++i) {
      const int place = gap_ >= 0 && i >= gap_ ? 8 - count_ + i : i;
      bytes[static_cast<size_t>(2 * place)] =
          static_cast<uint8_t>(groups_[i] >> 8);
      bytes[static_cast<size_t>(2 * place + 1)] =
          static_cast<uint8_t>(groups_[i] & 0xff);
    }
    *address = IpAddress::V6(bytes);
    return true;
  }

  const absl::string_view text_;
  SyntaxError* const error_;
  size_t at_ = 0;
  uint16_t groups_[8] = {};
  int count_ = 0;
  int gap_ = -1;  // groups in front of "::"
};

// The longest run of at least two zero groups, the first of equals.
void LongestZeros(const uint16_t (&groups)[8], int* begin, int* length) {
  *begin = -1;
  *length = 1;
  for (int i = 0; i < 8;) {
    int end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > *length) {
      *begin = i;
      *length = end - i;
    }
    i = end + 1;
  }
}

}  // namespace

IpAddress IpAddress::V4(uint32_t address) {
  IpAddress out;
  out.bytes_[10] = out.bytes_[11] = 0xff;
  for (size_t i = 0; i < 4; ++i) {
    out.bytes_[12 + i] = static_cast<uint8_t>(address >> (24 - 8 * i));
  }
  return out;
}

IpAddress IpAddress::V6(const Bytes& bytes) {
  IpAddress out;
  out.bytes_ = bytes;
  return out;
}

// Written out, it is one load.
uint32_t IpAddress::Word(int index) const {
  const uint8_t* bytes = bytes_.data() + 4 * index;
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 |
         uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

bool IpAddress::is_v4() const {
  return Word(0) == 0 && Word(1) == 0 && Word(2) == 0xffff;
}

IpAddress IpAddress::Prefix(int length) const {
  IpAddress out = *this;
  for (int i = length; i < kBits;) {
    uint8_t& byte = out.bytes_[static_cast<size_t>(i / 8)];
    byte = static_cast<uint8_t>(byte & ~(0xffu >> (i % 8)));
    i += 8 - i % 8;
  }
  return out;
}

int IpAddress::CommonBits(const IpAddress& other) const {
  for (int i = 0; i < 4; ++i) {
    const uint32_t difference = Word(i) ^ other.Word(i);
    if (difference != 0) return 32 * i + __builtin_clz(difference);
  }
  return kBits;
}

std::string IpAddress::ToString() const {
  if (is_v4()) {
    return absl::StrCat(bytes_[12], ".", bytes_[13], ".", bytes_[14], ".",
                        bytes_[15]);
  }
  uint16_t groups[8];
  for (size_t i = 0; i < 8; ++i) {
    groups[i] = static_cast<uint16_t>(bytes_[2 * i] << 8 | bytes_[2 * i + 1]);
  }
  int zeros, length;
  LongestZeros(groups, &zeros, &length);
  std::string text;
  for (int i = 0; i < 8; ++i) {
    if (i == zeros) {
      text += "::";
      i += length - 1;
      continue;
    }
    if (i > 0 && i != zeros + length) text += ":";
    absl::StrAppend(&text, absl::Hex(groups[i]));
  }
  return text;
}

bool ParseIpv4(absl::string_view text, IpAddress* address, SyntaxError* error) {
  uint32_t value = 0;
  size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) {
      return error->Set(at, kFourNumbers);
    }
    const size_t begin = at;
    uint32_t number = 0;
    while (at < text.size() && at < begin + 3 &&
           absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) {
      number = number * 10 + static_cast<uint32_t>(text[at++] - '0');
    }
    const bool leading_zero = at > begin + 1 && text[begin] == '0';
    if (at == begin || leading_zero || number > 255) {
      return error->Set(begin, kFourNumbers);
    }
    value = value << 8 | number;
  }
  if (at != text.size()) return error->Set(at, kFourNumbers);
  *address = IpAddress::V4(value);
  return true;
}

bool IsIpv4(absl::string_view text) {
  IpAddress address;
  SyntaxError ignored;
  return ParseIpv4(text, &address, &ignored);
}

bool ParseIpv6(absl::string_view text, IpAddress* address, SyntaxError* error) {
  return GroupReader(text, error).Read(address);
}

}  // namespace net
}  // namespace postern
