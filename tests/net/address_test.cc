#include "net/address.h"

#include <arpa/inet.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "net/cidr.h"
#include "net/port_range.h"

namespace postern {
namespace net {
namespace {

// In the one spelling; "" if it is refused.
std::string Read(absl::string_view text) {
  IpAddress address;
  SyntaxError error;
  const bool colons = text.find(':') != text.npos;
  return (colons ? ParseIpv6 : ParseIpv4)(text, &address, &error)
             ? address.ToString()
             : "";
}

TEST(IpAddressTest, ReadsOneFormAndRefusesDisguises) {
  struct Case {
    absl::string_view text;
    const char* want;
    const char* why;
  };
  const Case kCases[] = {
      {"127.0.0.1", "127.0.0.1", "plain"},
      {"0.0.0.0", "0.0.0.0", "zeros alone"},
      {"255.255.255.255", "255.255.255.255", "largest"},
      {"2130706433", "", "one number"},
      {"0x7f000001", "", "one hexadecimal number"},
      {"0x7f.0.0.1", "", "hexadecimal part"},
      {"0177.0.0.1", "", "octal part"},
      {"127.0.0.01", "", "leading zero"},
      {"127.00.0.1", "", "two zeros"},
      {"127.1", "", "two parts"},
      {"127.0.1", "", "three parts"},
      {"127.0.0.1.", "", "dot at the end"},
      {".127.0.0.1", "", "dot in front"},
      {"127.0.0.1.5", "", "five parts"},
      {"127..0.1", "", "empty part"},
      {"127.0.0.256", "", "beyond a byte"},
      {"127.0.0.1000", "", "four digits"},
      {"+127.0.0.1", "", "sign"},
      {"127.0.0.-1", "", "sign"},
      {" 127.0.0.1", "", "space"},
      {"127.0.0.1 ", "", "space"},
      {absl::string_view("127.0.0.1\0", 10), "", "NUL"},
      {absl::string_view("127.0.0.1\0.2", 12), "", "NUL"},
      {"\xef\xbc\x91\x32\x37.0.0.1", "", "full-width digit"},
      {"", "", "nothing"},
      {"::1", "::1", "loopback"},
      {"::", "::", "unspecified"},
      {"0:0:0:0:0:0:0:1", "::1", "in full"},
      {"0000:0000::0001", "::1", "four digits a group"},
      {"2001:DB8::1", "2001:db8::1", "upper case"},
      {"::ffff:127.0.0.1", "127.0.0.1", "mapped"},
      {"::ffff:7f00:1", "127.0.0.1", "mapped, in hexadecimal"},
      {"0:0:0:0:0:ffff:127.0.0.1", "127.0.0.1", "mapped, in full"},
      {"64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "another embedding stays"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", "gap at the end"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", "gap of one in front"},
      {"1::3:0:0:0:7:8", "1:0:3::7:8", "the longest gap is written"},
      {"::ffff:0127.0.0.1", "", "octal tail"},
      {"::ffff:127.1", "", "short tail"},
      {"::ffff:127.0.0.1:1", "", "tail not at the end"},
      {"1:2:3:4:5:6:7", "", "seven groups"},
      {"1:2:3:4:5:6:7:8:9", "", "nine groups"},
      {"1:2:3:4:5:6:7:8::", "", "nothing left for the gap"},
      {"1:2:3:4::5:6:7:8", "", "nothing left for the gap"},
      {"1:2:3:4:5:6:7:1.2.3.4", "", "a tail takes two groups"},
      {"1::2::3", "", "two gaps"},
      {":::", "", "three colons"},
      {":1::2", "", "colon in front"},
      {"1::2:", "", "colon at the end"},
      {"12345::", "", "five digits"},
      {"g::", "", "no digit"},
      {"::1%lo", "", "a zone is not part of it"},
      {"[::1]", "", "brackets"},
      {"::1/128", "", "a block"},
      {absl::string_view("::1\0", 4), "", "NUL"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Read(c.text), c.want) << c.text << ": " << c.why;
  }
}

// inet_pton(3) reads the same texts, and inet_ntop(3) writes the same.
TEST(IpAddressTest, AgreesWithTheSystem) {
  std::mt19937_64 random(1);
  static constexpr const char* kPieces[] = {
      ":", "::", "0", "1", "ff", "ffff", ".", "12", "a", "00", "1.2.3.4"};
  int valid = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    for (size_t n = random() % 14; n > 0; --n) {
      text += kPieces[random() % 11];
    }
    unsigned char bytes[16];
    const bool colons = text.find(':') != text.npos;
    const bool want =
        inet_pton(colons ? AF_INET6 : AF_INET, text.c_str(), bytes) == 1;
    IpAddress address;
    SyntaxError error;
    const bool got = (colons ? ParseIpv6 : ParseIpv4)(text, &address, &error);
    ASSERT_EQ(got, want) << text;
    if (!got) continue;
    ++valid;
    char written[INET6_ADDRSTRLEN];
    const auto* tail = address.bytes().data() + (address.is_v4() ? 12 : 0);
    inet_ntop(address.is_v4() ? AF_INET : AF_INET6, tail, written,
              sizeof(written));
    // glibc writes ::1.2.3.4 where RFC 5952 leaves a choice.
    if (absl::string_view(written).find('.') == absl::string_view::npos ||
        address.is_v4()) {
      EXPECT_EQ(address.ToString(), written) << text;
    }
    EXPECT_EQ(Read(address.ToString()), address.ToString()) << text;
  }
  EXPECT_GT(valid, 1000);
}

TEST(CidrTest, ReadsBlocks) {
  struct Case {
    const char* text;
    const char* want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"10.0.0.0/8", "10.0.0.0/8", "plain"},
      {"0.0.0.0/0", "0.0.0.0/0", "every IPv4 address"},
      {"::/0", "::/0", "every IPv6 address"},
      {"10.1.2.3", "10.1.2.3", "one address"},
      {"10.1.2.3/32", "10.1.2.3", "one address"},
      {"::ffff:10.0.0.0/104", "10.0.0.0/8", "mapped"},
      {"10.0.0.1/8", "", "host bits"},
      {"2001:db8::1/32", "", "host bits"},
      {"::ffff:0.0.0.0/80", "", "host bits"},
      {"10.0.0.0/08", "", "leading zero"},
      {"10.0.0.0/33", "", "too long"},
      {"::/129", "", "too long"},
      {"10.0.0.0/", "", "no length"},
      {"10.0.0.0/-1", "", "sign"},
      {"10.0.0.0/8/8", "", "two lengths"},
      {"10.0.0.0/255.0.0.0", "", "a mask"},
      {"10/8", "", "short"},
      {"/8", "", "no address"},
  };
  for (const Case& c : kCases) {
    Cidr cidr;
    SyntaxError error;
    const bool read = ParseCidr(c.text, &cidr, &error);
    EXPECT_EQ(read ? cidr.ToString() : "", c.want) << c.text << ": " << c.why;
  }
}

TEST(CidrTest, HoldsByBitsAndByFamily) {
  struct Case {
    const char* block;
    const char* address;
    bool want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"10.0.0.0/8", "10.255.0.1", true, "inside"},
      {"10.0.0.0/8", "11.0.0.0", false, "behind"},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true, "mapped is IPv4"},
      {"10.0.0.0/9", "10.128.0.0", false, "bit 9"},
      {"0.0.0.0/0", "255.255.255.255", true, "all"},
      {"0.0.0.0/0", "::1", false, "other family"},
      {"::/0", "10.0.0.1", false, "IPv4 is never in an IPv6 block"},
      {"::/0", "::1", true, "all"},
      {"2001:db8::/33", "2001:db8:8000::", false, "bit 33"},
  };
  for (const Case& c : kCases) {
    Cidr cidr;
    IpAddress address;
    SyntaxError error;
    ASSERT_TRUE(ParseCidr(c.block, &cidr, &error));
    const bool colons =
        absl::string_view(c.address).find(':') != absl::string_view::npos;
    ASSERT_TRUE((colons ? ParseIpv6 : ParseIpv4)(c.address, &address, &error));
    EXPECT_EQ(cidr.Contains(address), c.want) << c.block << " " << c.why;
  }
}

TEST(PortRangeTest, ReadsPortsAndRanges) {
  struct Case {
    const char* text;
    const char* want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"443", "443", "one"},
      {"1-1023", "1-1023", "range"},
      {"80-80", "80", "range of one"},
      {"1-65535", "1-65535", "largest"},
      {"0", "", "no rule is about the port that asks for any"},
      {"0-10", "", "nor from it"},
      {"65536", "", "too large"},
      {"080", "", "leading zero"},
      {"+80", "", "sign"},
      {"90-80", "", "backwards"},
      {"80-", "", "no end"},
      {"-80", "", "no beginning"},
      {"http", "", "a service"},
      {"", "", "nothing"},
      {"4294967376", "", "80 and 2^32"},
      {"99999999999999999999", "", "very large"},
  };
  for (const Case& c : kCases) {
    PortRange range;
    SyntaxError error;
    const bool read = ParsePortRange(c.text, kMaxIpPort, 0, &range, &error);
    EXPECT_EQ(read ? range.ToString() : "", c.want) << c.text << ": " << c.why;
  }
}

TEST(PortRangeTest, RanksFewerPortsHigher) {
  const PortRange any, one{80, 80}, two{80, 81}, all{1, 65535};
  EXPECT_GT(one.Rank(), two.Rank());
  EXPECT_GT(two.Rank(), all.Rank());
  EXPECT_GT(all.Rank(), any.Rank());
  EXPECT_EQ(any.ToString(), "");
  EXPECT_EQ(two.ToString(), "80-81");
  EXPECT_TRUE(any.Contains(absl::nullopt));
  EXPECT_TRUE(any.Contains(0));
  EXPECT_FALSE(all.Contains(absl::nullopt));
  EXPECT_FALSE(all.Contains(0));
}

}  // namespace
}  // namespace net
}  // namespace postern
