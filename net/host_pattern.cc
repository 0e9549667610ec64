#include "net/host_pattern.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "net/host_name.h"

namespace postern {
namespace net {
namespace {

bool ReadClass(absl::string_view text, HostPattern* pattern,
               SyntaxError* error) {
  const auto found = ParseAddressClass(text.substr(1));
  if (!found.has_value()) {
    return error->Set(0,
                      "expected @loopback, @private, @link-local, @multicast, "
                      "@unspecified, @metadata or @public");
  }
  pattern->kind = HostPattern::Kind::kClass;
  pattern->address_class = *found;
  return true;
}

// Only an address or a block could be meant.
bool LooksLikeBlock(absl::string_view text) {
  if (text.find(':') != text.npos || text.find('/') != text.npos) return true;
  for (char c : text) {
    if (c != '.' && !absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return !text.empty();
}

bool ReadBlock(absl::string_view text, HostPattern* pattern,
               SyntaxError* error) {
  const size_t zone = text.find('%');
  if (zone != text.npos) {
    return error->Set(zone, "a rule is for every zone, expected no \"%\"");
  }
  pattern->kind = HostPattern::Kind::kBlock;
  return ParseCidr(text, &pattern->block, error);
}

bool ReadName(absl::string_view text, HostPattern* pattern,
              SyntaxError* error) {
  const bool below = text.substr(0, 2) == "*.";
  const size_t begin = below ? 2 : 0;
  const size_t star = text.find('*', begin);
  if (star != text.npos) {
    return error->Set(star,
                      "\"*\" may stand only in front, as in \"*.example.com\"; "
                      "for every host leave the host out");
  }
  HostName name;
  if (!HostName::Parse(text.substr(begin), &name, error)) {
    error->at += begin;
    return false;
  }
  if (!below && name.IsReserved()) {
    return error->Set(0, "a word that is no host here");
  }
  pattern->kind = below ? HostPattern::Kind::kBelow : HostPattern::Kind::kName;
  pattern->name = std::string(name.text());
  return true;
}

}  // namespace

std::string HostPattern::ToString() const {
  switch (kind) {
    case Kind::kAny:
      return "";
    case Kind::kName:
      return name;
    case Kind::kBelow:
      return absl::StrCat("*.", name);
    case Kind::kBlock:
      return block.ToString();
    case Kind::kClass:
      return absl::StrCat("@", AddressClassName(address_class));
  }
  return "";
}

bool ParseHostPattern(absl::string_view text, HostPattern* pattern,
                      SyntaxError* error) {
  if (text.substr(0, 1) == "@") return ReadClass(text, pattern, error);
  if (LooksLikeBlock(text)) return ReadBlock(text, pattern, error);
  return ReadName(text, pattern, error);
}

bool ParseAddressPattern(absl::string_view text, HostPattern* pattern,
                         SyntaxError* error) {
  if (text.substr(0, 1) == "@") return ReadClass(text, pattern, error);
  return ReadBlock(text, pattern, error);
}

}  // namespace net
}  // namespace postern
