#include "net/host_name.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "net/punycode.h"

namespace postern {
namespace net {
namespace {

std::string Read(absl::string_view text) {
  HostName name;
  SyntaxError error;
  return HostName::Parse(text, &name, &error) ? std::string(name.text()) : "";
}

TEST(HostNameTest, HasOneFormForEachName) {
  struct Case {
    absl::string_view text;
    const char* want;
    const char* why;
  };
  const Case kCases[] = {
      {"example.com", "example.com", "plain"},
      {"Example.COM", "example.com", "case"},
      {"example.com.", "example.com", "one dot at the end"},
      {"example.com..", "", "two dots at the end"},
      {".example.com", "", "dot in front"},
      {"a..b", "", "empty label"},
      {".", "", "the root is no host"},
      {"", "", "nothing"},
      {"localhost", "localhost", "one label"},
      {"a-b.c_d.e", "a-b.c_d.e", "hyphen, underscore"},
      {"-a.com", "", "hyphen in front"},
      {"a-.com", "", "hyphen at the end"},
      {"a b.com", "", "space"},
      {"a%62.com", "", "percent"},
      {"user@host", "", "user"},
      {"host/path", "", "path"},
      {"*.com", "", "no wildcard in a name"},
      {absl::string_view("a\0.com", 6), "", "NUL"},
      {"a\n.com", "", "newline"},
      {"80.example.com", "80.example.com", "a number in front"},
      {"1.2.3.4", "", "an address"},
      {"1.2.3.4.", "", "an address and a dot"},
      {"a.1", "", "ends in a number"},
      {"127.1", "", "short address"},
      {"2130706433", "", "one number"},
      {"0x7f000001", "", "hexadecimal"},
      {"0X7F.1", "", "hexadecimal"},
      {"a.0x", "", "0x alone is zero to some"},
      {"0x7g", "0x7g", "no number"},
      {"1e3.com", "1e3.com", "no number"},
      {"b\xc3\xbc\x63her.de", "xn--bcher-kva.de", "punycode"},
      {"B\xc3\x9c\x43HER.de", "xn--bcher-kva.de", "case beyond ASCII"},
      {"xn--bcher-kva.de", "xn--bcher-kva.de", "as punycode already"},
      {"XN--BCHER-KVA.de", "xn--bcher-kva.de", "case of punycode"},
      {"bu\xcc\x88\x63her.de", "", "combining mark: two spellings"},
      {"fa\xc3\x9f.de", "", "sharp s: meaning changed with IDNA"},
      {"\xef\xbd\x85xample.com", "example.com", "full-width letter"},
      {"example\xe3\x80\x82\x63om", "example.com", "ideographic full stop"},
      {"example\xef\xbc\x8e\x63om", "example.com", "full-width full stop"},
      {"example\xef\xbd\xa1\x63om", "example.com", "half-width full stop"},
      {"\xef\xbc\x91.2.3.4", "", "full-width digit of an address"},
      {"1\xe3\x80\x82"
       "2\xe3\x80\x82"
       "3\xe3\x80\x82"
       "4",
       "", "address with ideographic dots"},
      {"\xe2\x91\xa0.com", "", "circled digit"},
      {"a\xe2\x80\x8b.com", "", "zero-width space"},
      {"a\xe2\x80\x8d.com", "", "joiner"},
      {"a\xc2\xad.com", "", "soft hyphen"},
      {"\xe2\x84\xaa.com", "", "Kelvin sign is k to some"},
      {"\xc5\xbf.com", "", "long s is s to some"},
      {"\xc4\xb0.com", "", "dotted I"},
      {"\xd0\x9f\xd1\x80\xd0\xb8.\xd1\x80\xd1\x84", "xn--h1and.xn--p1ai",
       "Cyrillic"},
      {"\xe4\xbe\x8b\xe3\x81\x88.jp", "xn--r8jz45g.jp", "Japanese"},
      {"\xc3.com", "", "cut UTF-8"},
      {"\xc0\xae.com", "", "overlong dot"},
      {"\xe0\x80\xae.com", "", "overlong dot of three bytes"},
      {"\xf0\x80\x80\xae.com", "", "overlong dot of four bytes"},
      {"\xf0\x84\xb8\x80.com", "", "overlong Han"},
      {"\xf4\x90\x80\x80.com", "", "beyond Unicode"},
      {"\xf7\xbf\xbf\xbf.com", "", "far beyond Unicode"},
      {"\xed\xa0\x80.com", "", "surrogate"},
      {"xn--.com", "", "no punycode"},
      {"xn--abc-.com", "", "punycode of ASCII"},
      {"xn--abc.com", "xn--abc.com", "decodes and encodes back"},
      {"xn--99999999.com", "", "beyond Unicode"},
      {"xn--a-\xc3\xbc.com", "", "both"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Read(c.text), c.want) << c.text << ": " << c.why;
  }
}

TEST(HostNameTest, KnowsLengths) {
  const std::string label(63, 'a');
  EXPECT_EQ(Read(label), label);
  EXPECT_EQ(Read(label + "a"), "");
  const std::string name =
      absl::StrCat(label, ".", label, ".", label, ".", std::string(61, 'b'));
  ASSERT_EQ(name.size(), 253u);
  EXPECT_EQ(Read(name), name);
  EXPECT_EQ(Read(name + "."), name) << "the dot at the end does not count";
  EXPECT_EQ(Read(name + "b"), "");
  std::string wide;
  for (int i = 0; i < 63; ++i) wide += "\xc3\xbc";
  EXPECT_EQ(Read(wide), "") << "its punycode is longer than a label";
  EXPECT_EQ(Read(std::string(100000, 'a')), "");
  EXPECT_EQ(Read(std::string(100000, '.')), "");
}

TEST(HostNameTest, ReadsItsOwnForm) {
  for (const char* text : {"B\xc3\xbc\x63her.De.", "a.b", "xn--abc.com"}) {
    EXPECT_EQ(Read(Read(text)), Read(text));
  }
}

// RFC 3492, 7.1: (B) Chinese, (L) with digits and letters, (S) ASCII.
TEST(PunycodeTest, EncodesTheSamplesOfItsSpecification) {
  struct Case {
    std::vector<uint32_t> characters;
    const char* want;
  };
  const Case kCases[] = {
      {{0x4ed6, 0x4eec, 0x4e3a, 0x4ec0, 0x4e48, 0x4e0d, 0x8bf4, 0x4e2d, 0x6587},
       "ihqwcrb4cv8a8dqg056pqjye"},
      {{0x33, 0x5e74, 0x42, 0x7d44, 0x91d1, 0x516b, 0x5148, 0x751f},
       "3B-ww4c5e180e575a65lsy2b"},
      {{0x2d, 0x3e, 0x20, 0x24, 0x31, 0x2e, 0x30, 0x30, 0x20, 0x3c, 0x2d},
       "-> $1.00 <--"},
  };
  for (const Case& c : kCases) {
    char out[63];
    size_t size = 0;
    ASSERT_TRUE(EncodePunycode(c.characters, out, sizeof(out), &size));
    EXPECT_EQ(absl::string_view(out, size), c.want);
    uint32_t back[kMaxLabelCharacters];
    size_t count = 0;
    ASSERT_TRUE(DecodePunycode(c.want, back, &count));
    EXPECT_EQ(std::vector<uint32_t>(back, back + count), c.characters);
  }
}

TEST(PunycodeTest, RefusesWhatEncodesNoLabel) {
  uint32_t out[kMaxLabelCharacters];
  size_t count = 0;
  for (const char* text : {"", "-", "-a", "a-b!", "99999999", "\xff",
                           "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}) {
    EXPECT_FALSE(DecodePunycode(text, out, &count)) << text;
  }
  EXPECT_FALSE(DecodePunycode(std::string(64, 'a') + "-a", out, &count));
}

TEST(PunycodeTest, DecodesNoMoreThanALabelHolds) {
  uint32_t out[kMaxLabelCharacters + 1] = {};
  out[kMaxLabelCharacters] = 1;
  size_t count = 0;
  EXPECT_TRUE(DecodePunycode(std::string(62, 'a') + "-a", out, &count));
  EXPECT_EQ(count, kMaxLabelCharacters);
  EXPECT_EQ(out[0], 0x80u);
  EXPECT_FALSE(DecodePunycode(std::string(63, 'a') + "-a", out, &count));
  EXPECT_FALSE(DecodePunycode(std::string(62, 'a') + "-aa", out, &count));
  EXPECT_FALSE(DecodePunycode(std::string(64, 'a'), out, &count));
  EXPECT_EQ(out[kMaxLabelCharacters], 1u) << "written behind the end";
}

// Numbers of any size, wherever they stand: refused, or encoded as they were.
TEST(PunycodeTest, WhatItDecodesEncodesBack) {
  std::mt19937_64 random(1);
  static constexpr char kDigits[] = "abyz0189";
  int decoded = 0;
  for (int i = 0; i < 100000; ++i) {
    std::string text;
    for (size_t n = 1 + random() % 14; n > 0; --n) {
      text += kDigits[random() % 8];
    }
    uint32_t out[kMaxLabelCharacters];
    size_t count = 0;
    if (!DecodePunycode(text, out, &count)) continue;
    ++decoded;
    char again[kMaxLabelCharacters];
    size_t size = 0;
    ASSERT_TRUE(EncodePunycode({out, count}, again, sizeof(again), &size));
    EXPECT_EQ(absl::string_view(again, size), text);
    for (size_t c = 0; c < count; ++c) EXPECT_LE(out[c], 0x10ffffu) << text;
  }
  EXPECT_GT(decoded, 10000);
}

}  // namespace
}  // namespace net
}  // namespace postern
