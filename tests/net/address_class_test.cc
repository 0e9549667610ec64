#include "net/address_class.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern {
namespace net {
namespace {

IpAddress Ip(absl::string_view text) {
  IpAddress address;
  SyntaxError error;
  const bool colons = text.find(':') != text.npos;
  EXPECT_TRUE((colons ? ParseIpv6 : ParseIpv4)(text, &address, &error)) << text;
  return address;
}

// Every row of IANA's two registries, its edges, and what is in neither.
TEST(AddressClassTest, FollowsTheRegistries) {
  struct Case {
    const char* address;
    const char* want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"0.0.0.0", "unspecified", "RFC 1122"},
      {"0.0.0.1", "reserved", "this network"},
      {"0.255.255.255", "reserved", "this network, end"},
      {"1.0.0.0", "public", "behind it"},
      {"8.8.8.8", "public", "ordinary"},
      {"10.0.0.0", "private", "RFC 1918"},
      {"10.255.255.255", "private", "RFC 1918"},
      {"11.0.0.0", "public", "behind it"},
      {"100.63.255.255", "public", "in front of shared"},
      {"100.64.0.0", "private", "shared, RFC 6598"},
      {"100.127.255.255", "private", "shared, end"},
      {"100.128.0.0", "public", "behind it"},
      {"127.0.0.1", "loopback", "RFC 1122"},
      {"127.255.255.255", "loopback", "end"},
      {"169.254.0.1", "link-local", "RFC 3927"},
      {"169.254.169.254", "metadata", "most clouds"},
      {"169.254.170.2", "metadata", "ECS"},
      {"100.100.100.200", "metadata", "Alibaba"},
      {"168.63.129.16", "metadata", "Azure"},
      {"169.254.42.42", "metadata", "Scaleway"},
      {"172.15.255.255", "public", "in front of it"},
      {"172.16.0.0", "private", "RFC 1918"},
      {"172.31.255.255", "private", "RFC 1918"},
      {"172.32.0.0", "public", "behind it"},
      {"192.0.0.1", "reserved", "protocol assignments"},
      {"192.0.0.9", "public", "PCP anycast"},
      {"192.0.0.10", "public", "TURN anycast"},
      {"192.0.0.170", "reserved", "NAT64 discovery"},
      {"192.0.2.1", "documentation", "TEST-NET-1"},
      {"192.31.196.1", "public", "AS112"},
      {"192.52.193.1", "public", "AMT"},
      {"192.88.99.1", "reserved", "6to4 relays"},
      {"192.168.0.1", "private", "RFC 1918"},
      {"192.175.48.1", "public", "AS112"},
      {"198.17.255.255", "public", "in front of it"},
      {"198.18.0.0", "benchmarking", "RFC 2544"},
      {"198.19.255.255", "benchmarking", "RFC 2544"},
      {"198.51.100.1", "documentation", "TEST-NET-2"},
      {"203.0.113.1", "documentation", "TEST-NET-3"},
      {"224.0.0.1", "multicast", "RFC 5771"},
      {"239.255.255.255", "multicast", "end"},
      {"240.0.0.1", "reserved", "RFC 1112"},
      {"255.255.255.255", "reserved", "broadcast"},
      {"::", "unspecified", "RFC 4291"},
      {"::1", "loopback", "RFC 4291"},
      {"::2", "reserved", "not assigned"},
      {"::7f00:1", "reserved", "IPv4-compatible: never public"},
      {"::ffff:127.0.0.1", "loopback", "mapped"},
      {"::ffff:8.8.8.8", "public", "mapped"},
      {"::ffff:0:127.0.0.1", "reserved", "translated: never public"},
      {"64:ff9b::8.8.8.8", "public", "NAT64 of public"},
      {"64:ff9b::127.0.0.1", "loopback", "NAT64 of loopback"},
      {"64:ff9b::10.0.0.1", "private", "NAT64 of private"},
      {"64:ff9b::169.254.169.254", "metadata", "NAT64 of metadata"},
      {"64:ff9b::0.0.0.0", "unspecified", "NAT64 of unspecified"},
      {"64:ff9b:1::8.8.8.8", "reserved", "local NAT64, RFC 8215"},
      {"64:ff9b:0:1::1", "reserved", "not the prefix"},
      {"100::1", "reserved", "discard, RFC 6666"},
      {"100:0:0:1::1", "reserved", "dummy, RFC 9780"},
      {"2001::1", "unspecified", "Teredo, server 0.0.0.0"},
      {"2001:0:808:808::f7f7:f7f7", "public", "Teredo of public"},
      {"2001:0:808:808::f5ff:fffe", "private", "Teredo, client 10.0.0.1"},
      {"2001:0:a00:1::f7f7:f7f7", "private", "Teredo, server 10.0.0.1"},
      {"2001:1::1", "public", "PCP anycast"},
      {"2001:1::2", "public", "TURN anycast"},
      {"2001:1::3", "public", "SRP anycast"},
      {"2001:1::4", "reserved", "protocol assignments"},
      {"2001:2::1", "benchmarking", "RFC 5180"},
      {"2001:2:1::1", "reserved", "behind it"},
      {"2001:3::1", "public", "AMT"},
      {"2001:4:112::1", "public", "AS112"},
      {"2001:4:113::1", "reserved", "behind it"},
      {"2001:10::1", "reserved", "ORCHID, given back"},
      {"2001:20::1", "public", "ORCHIDv2"},
      {"2001:30::1", "public", "DET"},
      {"2001:40::1", "reserved", "behind it"},
      {"2001:1ff:ffff::1", "reserved", "end of the block"},
      {"2001:200::1", "public", "behind it"},
      {"2001:db8::1", "documentation", "RFC 3849"},
      {"2001:db9::1", "public", "behind it"},
      {"2002:808:808::1", "public", "6to4 of public"},
      {"2002:7f00:1::1", "loopback", "6to4 of loopback"},
      {"2002:a00:1::1", "private", "6to4 of private"},
      {"2620:4f:8000::1", "public", "AS112"},
      {"3fff::1", "documentation", "RFC 9637"},
      {"3fff:1000::1", "public", "behind it"},
      {"4000::1", "reserved", "not assigned"},
      {"5f00::1", "reserved", "segment routing, RFC 9602"},
      {"fc00::1", "private", "unique-local"},
      {"fdff:ffff::1", "private", "unique-local"},
      {"fd00:ec2::254", "metadata", "EC2"},
      {"fd00:a9fe:a9fe::1", "metadata", "Akamai"},
      {"fd00:c1::a9fe:a9fe", "metadata", "Oracle"},
      {"fd00:100::100:200", "metadata", "Alibaba"},
      {"fd00:100::100:201", "private", "beside it"},
      {"169.254.0.23", "metadata", "Tencent"},
      {"fd00:ec2::23", "metadata", "EKS"},
      {"fd20:ce::254", "metadata", "GCP"},
      {"fd00:42::42", "metadata", "Scaleway"},
      {"fe80::a9fe:a9fe", "metadata", "OpenStack"},
      {"fe80::a9fe:a9fd", "link-local", "its neighbour"},
      {"fe80::1", "link-local", "RFC 4291"},
      {"febf::1", "link-local", "end"},
      {"fec0::1", "private", "site-local"},
      {"ff02::1", "multicast", "RFC 4291"},
      {"2a00:1450::5efe:a00:1", "private", "ISATAP of private"},
      {"2a00:1450::200:5efe:a00:1", "private", "ISATAP of private, global"},
      {"2a00:1450::5efe:808:808", "public", "ISATAP of public"},
      {"2a00:1450::200:5efe:808:808", "public", "ISATAP of public, global"},
      {"2a00:1450::5efe:a9fe:a9fe", "metadata", "ISATAP of metadata"},
      {"2a00:1450::200:5efe:7f00:1", "loopback", "ISATAP of loopback"},
      {"2a00:1450::100:5efe:a00:1", "public", "no ISATAP: a group's bit"},
      {"2a00:1450::5eff:a00:1", "public", "no ISATAP"},
      {"2002:a9fe:a9fe::1", "metadata", "6to4 of metadata"},
      {"2001:0:808:808::5601:5601", "metadata", "Teredo, client metadata"},
      {"2001:0:a9fe:a9fe::f7f7:f7f7", "metadata", "Teredo, server metadata"},
      {"::ffff:169.254.169.254", "metadata", "mapped"},
      {"::ffff:0.0.0.0", "unspecified", "mapped"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(AddressClassName(ClassOf(Ip(c.address))), c.want)
        << c.address << ": " << c.why;
  }
}

TEST(AddressClassTest, AliasesAreWherePacketsMayEndUp) {
  struct Case {
    const char* address;
    const char* want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"8.8.8.8", "", "itself only"},
      {"2a00:1450::1", "", "itself only"},
      {"::1", "", "no embedding of 0.0.0.1"},
      {"0.0.0.0", "127.0.0.1", "Linux connects to loopback"},
      {"::", "::1 127.0.0.1", "the same, mapped too"},
      {"64:ff9b::10.0.0.1", "10.0.0.1", "NAT64"},
      {"64:ff9b:1::10.0.0.1", "10.0.0.1", "local NAT64"},
      {"2002:a00:1::1", "10.0.0.1", "6to4"},
      {"2001:0:a00:2::f5ff:fffe", "10.0.0.2 10.0.0.1", "Teredo"},
      {"::10.0.0.1", "10.0.0.1", "compatible"},
      {"::ffff:0:10.0.0.1", "10.0.0.1", "translated"},
      {"2a00:1450::ffff:0:10.0.0.1", "", "translated, but not in its block"},
      {"0:0:1:0:ffff:0:a00:1", "", "nor in one beside it"},
      {"::1:10.0.0.1", "", "compatible, but for a word"},
      {"::8000:0:10.0.0.1", "", "nor but for another"},
      {"2a00:1450::10.0.0.1", "", "no embedding in others' blocks"},
      {"fe80::5efe:a00:1", "10.0.0.1", "ISATAP"},
      {"fe80::200:5efe:a00:1", "10.0.0.1", "ISATAP, global"},
      {"fe80::100:5efe:a00:1", "", "no ISATAP: a group's bit"},
      {"2001:0:a00:2:0:5efe:f5ff:fffe", "10.0.0.2 10.0.0.1 245.255.255.254",
       "Teredo that looks like ISATAP"},
  };
  for (const Case& c : kCases) {
    std::string got;
    for (const IpAddress& alias : AliasesOf(Ip(c.address))) {
      absl::StrAppend(&got, got.empty() ? "" : " ", alias.ToString());
    }
    EXPECT_EQ(got, c.want) << c.address << ": " << c.why;
  }
}

TEST(AddressClassTest, ADenialHoldsForMetadataInItsBlock) {
  const IpAddress metadata = Ip("169.254.169.254");
  EXPECT_TRUE(IsListedAs(AddressClass::kLinkLocal, metadata));
  EXPECT_FALSE(IsListedAs(AddressClass::kPublic, metadata));
  EXPECT_TRUE(IsListedAs(AddressClass::kPublic, Ip("168.63.129.16")));
  EXPECT_TRUE(IsListedAs(AddressClass::kPrivate, Ip("fd00:ec2::254")));
}

TEST(AddressClassTest, BlocksHoldTheirClass) {
  for (const char* text :
       {"127.0.0.1", "::1", "10.1.2.3", "100.64.0.1", "fd00::1", "169.254.1.1",
        "fe80::1", "224.0.0.1", "ff02::1", "0.0.0.0", "::", "169.254.169.254",
        "8.8.8.8", "2a00::1"}) {
    const AddressClass address_class = ClassOf(Ip(text));
    bool found = false;
    for (const Cidr& block : BlocksOf(address_class)) {
      found = found || block.Contains(Ip(text));
    }
    EXPECT_TRUE(found) << text;
  }
}

TEST(AddressClassTest, RulesNameSevenClasses) {
  for (const char* name : {"loopback", "private", "link-local", "multicast",
                           "unspecified", "metadata", "public"}) {
    const auto parsed = ParseAddressClass(name);
    ASSERT_TRUE(parsed.has_value()) << name;
    EXPECT_EQ(AddressClassName(*parsed), name);
  }
  for (const char* name : {"", "Loopback", "reserved", "all", "linklocal"}) {
    EXPECT_FALSE(ParseAddressClass(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace net
}  // namespace postern
