#include "permission/testing/naive_endpoint.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace testing {
namespace {

constexpr int kAllPorts = 1 << 20;  // more than there are

// The class of the addresses that begin like `block`; the longest one counts.
struct Listed {
  const char* block;
  const char* name;
};
constexpr Listed kListed[] = {
    {"0.0.0.0/0", "public"},
    {"0.0.0.0/8", ""},
    {"0.0.0.0/32", "unspecified"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "private"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.168.0.0/16", "private"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", ""},
    {"2000::/3", "public"},
    {"2001:db8::/32", ""},
    {"64:ff9b::/96", "public"},
    {"::1/128", "loopback"},
    {"::/128", "unspecified"},
    {"fc00::/7", "private"},
    {"fec0::/10", "private"},
    {"fe80::/10", "link-local"},
    {"ff00::/8", "multicast"},
};
constexpr const char* kMetadata[] = {"169.254.169.254", "fd00:ec2::254"};

std::string Digits(const unsigned char* bytes, int count) {
  std::string digits;
  for (int i = 0; i < count * 8; ++i) {
    digits += (bytes[i / 8] >> (7 - i % 8)) & 1 ? '1' : '0';
  }
  return digits;
}

// inet_pton(3) takes no octal, hexadecimal or short forms.
std::string AddressDigits(absl::string_view text) {
  const std::string address(text);
  if (address.find('\0') != address.npos) return "";
  unsigned char bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return Digits(bytes, 4);
  if (inet_pton(AF_INET6, address.c_str(), bytes) != 1) return "";
  const std::string digits = Digits(bytes, 16);
  const std::string mapped = std::string(80, '0') + std::string(16, '1');
  return absl::StartsWith(digits, mapped) ? digits.substr(96) : digits;
}

struct BlockDigits {
  std::string digits;
  bool v4;
};
absl::optional<BlockDigits> ReadBlock(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  const std::string digits = AddressDigits(parts[0]);
  if (digits.empty() || parts.size() > 2) return absl::nullopt;
  size_t length = digits.size();
  if (parts.size() == 2) {
    if (!absl::SimpleAtoi(parts[1], &length)) return absl::nullopt;
    if (length > digits.size()) return absl::nullopt;
  }
  if (digits.find('1', length) != digits.npos) return absl::nullopt;
  return BlockDigits{digits.substr(0, length), digits.size() == 32};
}

bool IsIn(const std::string& address, const BlockDigits& block) {
  return (address.size() == 32) == block.v4 &&
         absl::StartsWith(address, block.digits);
}

std::string ListedClass(const std::string& address) {
  std::string name;
  int longest = -1;
  for (const Listed& row : kListed) {
    const BlockDigits block = *ReadBlock(row.block);
    const int length = static_cast<int>(block.digits.size());
    if (length > longest && IsIn(address, block)) {
      longest = length;
      name = row.name;
    }
  }
  return name;
}

bool IsMetadata(const std::string& address) {
  for (const char* metadata : kMetadata) {
    if (address == AddressDigits(metadata)) return true;
  }
  return false;
}

std::vector<std::string> AliasesOf(const std::string& address) {
  const auto starts = [&](const char* block) {
    return IsIn(address, *ReadBlock(block));
  };
  if (address == std::string(32, '0')) return {AddressDigits("127.0.0.1")};
  if (address == std::string(128, '0')) {
    return {AddressDigits("::1"), AddressDigits("127.0.0.1")};
  }
  if (starts("64:ff9b::/96")) return {address.substr(96)};
  if (starts("2002::/16")) return {address.substr(16, 32)};
  if (starts("::/96") && !starts("::1/128")) return {address.substr(96)};
  return {};
}

std::string ClassOf(const std::string& address) {
  if (IsMetadata(address)) return "metadata";
  const std::string own = ListedClass(address);
  if (own != "public") return own;
  for (const std::string& alias : AliasesOf(address)) {
    const std::string embedded =
        IsMetadata(alias) ? "metadata" : ListedClass(alias);
    if (embedded != "public") return embedded;
  }
  return own;
}

bool IsNumber(absl::string_view label) {
  if (absl::StartsWith(label, "0x")) {
    return std::all_of(label.begin() + 2, label.end(), absl::ascii_isxdigit);
  }
  return std::all_of(label.begin(), label.end(), absl::ascii_isdigit);
}

// Lower case, without one dot at the end; "" if it is no name.
std::string ReadName(absl::string_view text) {
  std::string name = absl::AsciiStrToLower(text);
  if (!name.empty() && name.back() == '.') name.pop_back();
  const std::vector<std::string> labels = absl::StrSplit(name, '.');
  for (const std::string& label : labels) {
    if (label.empty() || label.size() > 63) return "";
    if (label[0] == '-' || label.back() == '-') return "";
    for (char c : label) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' &&
          c != '_') {
        return "";
      }
    }
  }
  return IsNumber(labels.back()) || name.size() > 253 ? "" : name;
}

// Host and port apart; false if brackets are wrong.
bool Split(absl::string_view text, std::string* host,
           absl::optional<std::string>* port) {
  if (absl::StartsWith(text, "[")) {
    const size_t close = text.find(']');
    if (close == text.npos) return false;
    *host = std::string(text.substr(1, close - 1));
    if (!absl::StrContains(*host, ":")) return false;
    if (close + 1 == text.size()) return true;
    if (text[close + 1] != ':') return false;
    *port = std::string(text.substr(close + 2));
    return true;
  }
  const size_t colon = text.find(':');
  const size_t last = text.rfind(':');
  if (colon != last && last + 1 < text.size() &&
      text.find_first_not_of("0123456789", last + 1) == text.npos &&
      !AddressDigits(text.substr(0, last)).empty()) {
    return false;  // perhaps a port
  }
  if (colon == text.npos || colon != last) {
    *host = std::string(text);
    return true;
  }
  *host = std::string(text.substr(0, colon));
  *port = std::string(text.substr(colon + 1));
  return true;
}

absl::optional<int> ReadPort(const std::string& text, int least) {
  int port = 0;
  if (!std::all_of(text.begin(), text.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(text, &port) || port < least || port > 65535 ||
      absl::StrCat(port) != text) {
    return absl::nullopt;
  }
  return port;
}

absl::Status Bad() { return absl::InvalidArgumentError("bad endpoint"); }

bool ReadHostPattern(const std::string& host, NaiveEndpointPattern* pattern) {
  using Kind = NaiveEndpointPattern::Kind;
  if (absl::StartsWith(host, "@")) {
    pattern->kind = Kind::kClass;
    pattern->text = host.substr(1);
    for (const char* name : {"loopback", "private", "link-local", "multicast",
                             "unspecified", "metadata", "public"}) {
      if (pattern->text == name) return true;
    }
    return false;
  }
  const bool letters = std::any_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '*';
  });
  if (!letters || absl::StrContains(host, ":")) {
    const absl::optional<BlockDigits> block = ReadBlock(host);
    if (!block) return false;
    pattern->kind = Kind::kBlock;
    pattern->bits = block->digits;
    pattern->v4 = block->v4;
    return true;
  }
  const bool below = absl::StartsWith(host, "*.");
  pattern->kind = below ? Kind::kBelow : Kind::kName;
  pattern->text = ReadName(below ? host.substr(2) : host);
  return !pattern->text.empty();
}

// Blocks of the class, and what a listed address in one is worth.
std::vector<BlockDigits> BlocksOfClass(const std::string& name) {
  std::vector<BlockDigits> blocks;
  if (name == "public") {
    return {*ReadBlock("0.0.0.0/0"), *ReadBlock("::/0")};
  }
  if (name == "metadata") {
    for (const char* metadata : kMetadata) {
      blocks.push_back(*ReadBlock(metadata));
    }
  }
  for (const Listed& row : kListed) {
    if (row.name == name) blocks.push_back(*ReadBlock(row.block));
  }
  return blocks;
}

int RankOf(const BlockDigits& block, bool is_public) {
  const int length =
      static_cast<int>(block.digits.size()) + (block.v4 ? 96 : 0);
  return 1 + 2 * length + (is_public ? 1 : 0);
}

NaiveCoverage CoverBlock(const NaiveEndpointPattern& pattern,
                         const BlockDigits& block, const std::string& address,
                         bool listens) {
  const bool by_class = pattern.kind == NaiveEndpointPattern::Kind::kClass;
  const auto is_of = [&](const std::string& one, bool listed) {
    return IsIn(one, block) && (!by_class || ClassOf(one) == pattern.text ||
                                (listed && ListedClass(one) == pattern.text));
  };
  if (is_of(address, false)) return NaiveCoverage::kItself;
  if (is_of(address, true)) return NaiveCoverage::kAlias;
  for (const std::string& alias : AliasesOf(address)) {
    if (is_of(alias, true)) return NaiveCoverage::kAlias;
  }
  const bool every = listens && address.find('1') == address.npos;
  return every && (block.v4 || address.size() == 128) ? NaiveCoverage::kAlias
                                                      : NaiveCoverage::kNone;
}

constexpr absl::string_view kUnix = "unix:";
constexpr absl::string_view kAbstract = "unix-abstract:";
constexpr absl::string_view kVsock = "vsock:";

bool IsSocket(absl::string_view text) {
  return absl::StartsWith(text, kUnix) || absl::StartsWith(text, kAbstract) ||
         absl::StartsWith(text, kVsock);
}

bool IsNormalPath(absl::string_view path) {
  if (path.size() < 2 || path.size() > 4095 || path[0] != '/') return false;
  if (path.find('\0') != path.npos) return false;
  for (absl::string_view name : absl::StrSplit(path.substr(1), '/')) {
    if (name.empty() || name == "." || name == "..") return false;
  }
  return true;
}

bool IsAbstractName(absl::string_view name) {
  return !name.empty() && name.size() <= 107 && name.find('\0') == name.npos;
}

// Reads "vsock:2:1024" into "vsock:2:" and the port; false if that is wrong.
bool SplitVsock(absl::string_view text, std::string* socket,
                absl::optional<std::string>* port) {
  std::vector<std::string> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 2));
  uint32_t cid = 0;
  if (!std::all_of(parts[1].begin(), parts[1].end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(parts[1], &cid) || absl::StrCat(cid) != parts[1]) {
    return false;
  }
  *socket = absl::StrCat(kVsock, cid, ":");
  if (parts.size() == 3) *port = parts[2];
  return true;
}

bool ReadSocket(absl::string_view text, NaiveEndpoint* endpoint) {
  endpoint->host.socket = std::string(text);
  if (absl::StartsWith(text, kUnix)) {
    return IsNormalPath(text.substr(kUnix.size()));
  }
  if (absl::StartsWith(text, kAbstract)) {
    return IsAbstractName(text.substr(kAbstract.size()));
  }
  absl::optional<std::string> port;
  if (!SplitVsock(text, &endpoint->host.socket, &port) || !port) return false;
  endpoint->port = ReadPort(*port, 0);
  return endpoint->port.has_value();
}

bool ReadSocketPattern(absl::string_view text, NaiveEndpointPattern* pattern,
                       absl::optional<std::string>* port) {
  pattern->kind = NaiveEndpointPattern::Kind::kSocket;
  pattern->text = std::string(text);
  if (absl::StartsWith(text, kUnix)) {
    const absl::string_view path = text.substr(kUnix.size());
    return IsNormalPath(path) && path.find_first_of("*?[]{}\\") == path.npos;
  }
  if (absl::StartsWith(text, kVsock)) {
    return SplitVsock(text, &pattern->text, port);
  }
  pattern->prefix = absl::EndsWith(text, "*");
  if (pattern->prefix) pattern->text.pop_back();
  const std::string name = pattern->text.substr(kAbstract.size());
  return IsAbstractName(name) && !absl::StrContains(name, "*");
}

// Whether the socket of a pattern is what is asked for, or holds it.
NaiveCoverage CoverSocket(const NaiveEndpointPattern& pattern,
                          const std::string& socket, bool listens) {
  const bool beneath =
      absl::StartsWith(pattern.text, kUnix) &&
      absl::StartsWith(socket, absl::StrCat(pattern.text, "/"));
  if (socket == pattern.text || beneath ||
      (pattern.prefix && absl::StartsWith(socket, pattern.text))) {
    return NaiveCoverage::kItself;
  }
  return listens && socket == "vsock:4294967295:" &&
                 absl::StartsWith(pattern.text, kVsock)
             ? NaiveCoverage::kAlias
             : NaiveCoverage::kNone;
}

// Takes the zone of a link-local address away; false if it is none.
bool TakeZone(std::string* host) {
  const size_t percent = host->find('%');
  if (percent == host->npos) return true;
  const std::string zone = host->substr(percent + 1);
  host->resize(percent);
  const std::string bits = AddressDigits(*host);
  const bool is_link_local =
      bits.size() == 128 && (IsIn(bits, *ReadBlock("fe80::/10")) ||
                             IsIn(bits, *ReadBlock("ff01::/16")) ||
                             IsIn(bits, *ReadBlock("ff02::/16")));
  return is_link_local && !zone.empty() && zone.size() <= 15 &&
         std::all_of(zone.begin(), zone.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '.' || c == '_' || c == '-';
         });
}

bool CoversPort(const NaiveEndpointPattern& pattern, absl::optional<int> port) {
  return !pattern.ports || (port && *port >= pattern.ports->first &&
                            *port <= pattern.ports->second);
}

bool CoversName(const NaiveEndpointPattern& pattern, const std::string& name) {
  return pattern.kind == NaiveEndpointPattern::Kind::kBelow
             ? absl::EndsWith(name, absl::StrCat(".", pattern.text))
             : name == pattern.text;
}

}  // namespace

absl::optional<NaiveEndpoint> ReadNaiveEndpoint(absl::string_view text) {
  NaiveEndpoint endpoint;
  if (IsSocket(text)) {
    if (!ReadSocket(text, &endpoint)) return absl::nullopt;
    return endpoint;
  }
  std::string host;
  absl::optional<std::string> port;
  if (!Split(text, &host, &port) || !TakeZone(&host)) return absl::nullopt;
  if (port) {
    endpoint.port = ReadPort(*port, 0);
    if (!endpoint.port) return absl::nullopt;
  }
  endpoint.host.bits = AddressDigits(host);
  if (endpoint.host.bits.empty()) endpoint.host.name = ReadName(host);
  if (endpoint.host.bits.empty() && endpoint.host.name.empty()) {
    return absl::nullopt;
  }
  return endpoint;
}

absl::StatusOr<NaiveEndpointPattern> ParseNaiveEndpoint(
    absl::string_view text) {
  NaiveEndpointPattern pattern;
  std::string host;
  absl::optional<std::string> port;
  const bool socket = IsSocket(text);
  if (socket ? !ReadSocketPattern(text, &pattern, &port)
             : !Split(text, &host, &port)) {
    return Bad();
  }
  if (port) {
    const std::vector<std::string> ends = absl::StrSplit(*port, '-');
    const absl::optional<int> first = ReadPort(ends.front(), 1);
    const absl::optional<int> last = ReadPort(ends.back(), 1);
    if (!first || !last || *last < *first || ends.size() > 2) return Bad();
    pattern.ports = {*first, *last};
  }
  if (socket) return pattern;
  if (host.empty()) {
    if (!port) return Bad();
    return pattern;
  }
  if (!ReadHostPattern(host, &pattern)) return Bad();
  return pattern;
}

std::vector<NaiveCover> NaiveCovers(const NaiveEndpointPattern& pattern,
                                    const NaiveEndpoint& endpoint, bool listens,
                                    bool grants) {
  using Kind = NaiveEndpointPattern::Kind;
  std::vector<NaiveCover> covers;
  if (!CoversPort(pattern, endpoint.port)) return covers;
  const int ports = pattern.ports
                        ? pattern.ports->second - pattern.ports->first + 1
                        : kAllPorts;
  const auto add = [&](NaiveCoverage coverage, int host) {
    if (coverage != NaiveCoverage::kNone) {
      covers.push_back({coverage, host, ports});
    }
  };
  const std::string& address = endpoint.host.bits;
  const std::string& socket = endpoint.host.socket;
  if (socket.empty() != (pattern.kind != Kind::kSocket)) return covers;
  switch (pattern.kind) {
    case Kind::kSocket: {
      const bool whole = pattern.prefix || !absl::StartsWith(socket, kAbstract);
      add(CoverSocket(pattern, socket, listens),
          whole ? 1 + static_cast<int>(pattern.text.size()) : 10000);
      break;
    }
    case Kind::kAny:
      add(NaiveCoverage::kItself, 0);
      break;
    case Kind::kName:
    case Kind::kBelow:
      if (address.empty() && CoversName(pattern, endpoint.host.name)) {
        add(NaiveCoverage::kItself,
            pattern.kind == Kind::kName
                ? 1000
                : 1 + static_cast<int>(pattern.text.size()));
      }
      break;
    case Kind::kBlock: {
      const BlockDigits block = {pattern.bits, pattern.v4};
      if (address.empty()) break;
      add(CoverBlock(pattern, block, address, listens), RankOf(block, false));
      break;
    }
    case Kind::kClass:
      if (address.empty()) {
        if (grants && pattern.text == "public") add(NaiveCoverage::kItself, 1);
        break;
      }
      for (const BlockDigits& block : BlocksOfClass(pattern.text)) {
        add(CoverBlock(pattern, block, address, listens),
            RankOf(block, pattern.text == "public"));
      }
  }
  return covers;
}

bool IsNaivePublic(const NaiveHost& address) {
  return ClassOf(address.bits) == "public";
}

}  // namespace testing
}  // namespace postern
