#include "net/address_class.h"

namespace postern {
namespace net {
namespace {

using Class = AddressClass;

// A block by the first words of its addresses.
struct Block {
  uint32_t words[4];
  int bits;
  Class address_class;
};

constexpr Block V4(uint32_t address, int length, Class address_class) {
  return {{0, 0, 0xffff, address}, IpAddress::kV4Begin + length, address_class};
}
constexpr Block V6(uint32_t first, uint32_t second, uint32_t fourth, int bits,
                   Class address_class) {
  return {{first, second, 0, fourth}, bits, address_class};
}

// IANA's registries of special-purpose addresses, "Globally Reachable" (false
// and N/A = not public), as of 2025:
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
// and multicast (RFC 5771, RFC 4291), site-local addresses (RFC 3879).
// The longest block that holds an address decides.
constexpr Block kBlocks[] = {
    V4(0x00000000, 0, Class::kPublic),
    V4(0x00000000, 8, Class::kReserved),        // this network, RFC 791
    V4(0x00000000, 32, Class::kUnspecified),    // RFC 1122
    V4(0x0a000000, 8, Class::kPrivate),         // RFC 1918
    V4(0x64400000, 10, Class::kPrivate),        // shared, RFC 6598
    V4(0x7f000000, 8, Class::kLoopback),        // RFC 1122
    V4(0xa9fe0000, 16, Class::kLinkLocal),      // RFC 3927
    V4(0xac100000, 12, Class::kPrivate),        // RFC 1918
    V4(0xc0000000, 24, Class::kReserved),       // protocol assignments, 6890
    V4(0xc0000009, 32, Class::kPublic),         // PCP anycast, RFC 7723
    V4(0xc000000a, 32, Class::kPublic),         // TURN anycast, RFC 8155
    V4(0xc0000200, 24, Class::kDocumentation),  // TEST-NET-1, RFC 5737
    V4(0xc0586300, 24, Class::kReserved),       // 6to4 relays, RFC 7526
    V4(0xc0a80000, 16, Class::kPrivate),        // RFC 1918
    V4(0xc6120000, 15, Class::kBenchmarking),   // RFC 2544
    V4(0xc6336400, 24, Class::kDocumentation),  // TEST-NET-2, RFC 5737
    V4(0xcb007100, 24, Class::kDocumentation),  // TEST-NET-3, RFC 5737
    V4(0xe0000000, 4, Class::kMulticast),       // RFC 5771
    V4(0xf0000000, 4, Class::kReserved),        // RFC 1112, and broadcast
    // Not assigned is not public: global unicast is 2000::/3 (RFC 4291).
    V6(0x00000000, 0, 0, 0, Class::kReserved),
    V6(0x00000000, 0, 0, 128, Class::kUnspecified),     // RFC 4291
    V6(0x00000000, 0, 1, 128, Class::kLoopback),        // RFC 4291
    V6(0x0064ff9b, 0, 0, 96, Class::kPublic),           // NAT64, RFC 6052
    V6(0x20000000, 0, 0, 3, Class::kPublic),            // global unicast
    V6(0x20010000, 0, 0, 23, Class::kReserved),         // RFC 2928
    V6(0x20010000, 0, 0, 32, Class::kPublic),           // Teredo: embedded
    V6(0x20010001, 0, 1, 128, Class::kPublic),          // PCP, RFC 7723
    V6(0x20010001, 0, 2, 128, Class::kPublic),          // TURN, RFC 8155
    V6(0x20010001, 0, 3, 128, Class::kPublic),          // SRP, RFC 9665
    V6(0x20010002, 0, 0, 48, Class::kBenchmarking),     // RFC 5180
    V6(0x20010003, 0, 0, 32, Class::kPublic),           // AMT, RFC 7450
    V6(0x20010004, 0x01120000, 0, 48, Class::kPublic),  // AS112, RFC 7535
    V6(0x20010020, 0, 0, 28, Class::kPublic),           // ORCHIDv2, RFC 7343
    V6(0x20010030, 0, 0, 28, Class::kPublic),           // DET, RFC 9374
    V6(0x20010db8, 0, 0, 32, Class::kDocumentation),    // RFC 3849
    V6(0x20020000, 0, 0, 16, Class::kPublic),           // 6to4: embedded
    V6(0x3fff0000, 0, 0, 20, Class::kDocumentation),    // RFC 9637
    V6(0xfc000000, 0, 0, 7, Class::kPrivate),           // RFC 4193
    V6(0xfe800000, 0, 0, 10, Class::kLinkLocal),        // RFC 4291
    V6(0xfec00000, 0, 0, 10, Class::kPrivate),          // RFC 3879
    V6(0xff000000, 0, 0, 8, Class::kMulticast),         // RFC 4291
    // Instance metadata, as the providers document it.
    V4(0xa9fea9fe, 32, Class::kMetadata),  // EC2, GCP, Azure, OCI and others
    V4(0xa9feaa02, 32, Class::kMetadata),  // ECS, task credentials
    V4(0xa9feaa17, 32, Class::kMetadata),  // EKS, pod identity
    V4(0x646464c8, 32, Class::kMetadata),  // Alibaba
    V4(0xc00000c0, 32, Class::kMetadata),  // Oracle, classic
    V4(0xa83f8110, 32, Class::kMetadata),  // Azure, platform services
    V4(0xa9fe2a2a, 32, Class::kMetadata),  // Scaleway
    V4(0xa9fe0017, 32, Class::kMetadata),  // Tencent
    V6(0xfd000ec2, 0, 0x254, 128, Class::kMetadata),       // EC2
    V6(0xfd000ec2, 0, 0x23, 128, Class::kMetadata),        // EKS, pod identity
    V6(0xfd2000ce, 0, 0x254, 128, Class::kMetadata),       // GCP
    V6(0xfd000042, 0, 0x42, 128, Class::kMetadata),        // Scaleway
    V6(0xfe800000, 0, 0xa9fea9fe, 128, Class::kMetadata),  // OpenStack
    V6(0xfd00a9fe, 0xa9fe0000, 0x1, 128, Class::kMetadata),  // Akamai
    V6(0xfd0000c1, 0, 0xa9fea9fe, 128, Class::kMetadata),    // Oracle
    V6(0xfd000100, 0, 0x01000200, 128, Class::kMetadata),    // Alibaba
};

bool Contains(const Block& block, const IpAddress& address) {
  for (int i = 0, left = block.bits; left > 0; ++i, left -= 32) {
    const uint32_t difference = block.words[i] ^ address.Word(i);
    if (left >= 32 ? difference != 0 : difference >> (32 - left) != 0) {
      return false;
    }
  }
  return true;
}

// The class of the longest block, embedded addresses aside.
Class OwnClass(const IpAddress& address, bool with_metadata) {
  Class found = Class::kReserved;
  int bits = -1;
  for (const Block& block : kBlocks) {
    if (block.bits > bits && Contains(block, address) &&
        (with_metadata || block.address_class != Class::kMetadata)) {
      bits = block.bits;
      found = block.address_class;
    }
  }
  return found;
}

Cidr ToCidr(const Block& block) {
  IpAddress::Bytes bytes;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(block.words[i / 4] >> (24 - 8 * (i % 4)));
  }
  return {IpAddress::V6(bytes), block.bits};
}

void Push(uint32_t v4, Aliases* aliases) {
  aliases->list[aliases->count++] = IpAddress::V4(v4);
}

}  // namespace

absl::string_view AddressClassName(AddressClass address_class) {
  switch (address_class) {
    case Class::kReserved:
      return "reserved";
    case Class::kPublic:
      return "public";
    case Class::kLoopback:
      return "loopback";
    case Class::kPrivate:
      return "private";
    case Class::kLinkLocal:
      return "link-local";
    case Class::kMulticast:
      return "multicast";
    case Class::kUnspecified:
      return "unspecified";
    case Class::kMetadata:
      return "metadata";
    case Class::kDocumentation:
      return "documentation";
    case Class::kBenchmarking:
      return "benchmarking";
  }
  return "reserved";
}

absl::optional<AddressClass> ParseAddressClass(absl::string_view name) {
  for (Class c :
       {Class::kPublic, Class::kLoopback, Class::kPrivate, Class::kLinkLocal,
        Class::kMulticast, Class::kUnspecified, Class::kMetadata}) {
    if (name == AddressClassName(c)) return c;
  }
  return absl::nullopt;
}

AddressClass ClassOf(const IpAddress& address) {
  const Class own = OwnClass(address, /*with_metadata=*/true);
  if (own != Class::kPublic || address.is_v4()) return own;
  for (const IpAddress& alias : AliasesOf(address)) {
    const Class embedded = OwnClass(alias, /*with_metadata=*/true);
    if (embedded != Class::kPublic) return embedded;
  }
  return own;
}

bool IsListedAs(AddressClass address_class, const IpAddress& address) {
  return OwnClass(address, /*with_metadata=*/false) == address_class;
}

std::vector<Cidr> BlocksOf(AddressClass address_class) {
  std::vector<Cidr> blocks;
  for (const Block& block : kBlocks) {
    const Cidr cidr = ToCidr(block);
    const bool whole =
        block.bits == (cidr.base.is_v4() ? IpAddress::kV4Begin : 0);
    if (address_class == Class::kPublic
            ? whole
            : block.address_class == address_class) {
      blocks.push_back(cidr);
    }
  }
  return blocks;
}

// NAT64 RFC 6052 (its local prefix RFC 8215 embeds at the end with /96, which
// is what is in use), 6to4 RFC 3056, Teredo RFC 4380 (server, and the client
// with all bits flipped), IPv4-compatible RFC 4291 2.5.5.1, IPv4-translated
// RFC 2765, ISATAP RFC 5214 6.1.
Aliases AliasesOf(const IpAddress& address) {
  Aliases aliases;
  const uint32_t a = address.Word(0), b = address.Word(1);
  const uint32_t c = address.Word(2), d = address.Word(3);
  if (address.is_v4()) {
    if (d == 0) Push(0x7f000001, &aliases);
    return aliases;
  }
  if (a == 0x0064ff9b && (b >> 16 == 1 || (b == 0 && c == 0))) {
    Push(d, &aliases);
  } else if (a >> 16 == 0x2002) {
    Push(a << 16 | b >> 16, &aliases);
  } else if (a == 0x20010000) {
    Push(b, &aliases);
    Push(~d, &aliases);
  } else if (a == 0 && b == 0 && c == 0) {
    if (d == 0) {
      IpAddress::Bytes loopback = {};
      loopback[15] = 1;
      aliases.list[aliases.count++] = IpAddress::V6(loopback);
      Push(0x7f000001, &aliases);
    } else if (d != 1) {
      Push(d, &aliases);
    }
  } else if (a == 0 && b == 0 && c == 0xffff0000) {
    Push(d, &aliases);
  }
  if ((c & 0xfdffffff) == 0x00005efe) Push(d, &aliases);
  return aliases;
}

}  // namespace net
}  // namespace postern
