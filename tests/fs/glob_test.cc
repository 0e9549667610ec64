#include "fs/glob.h"

#include <cstddef>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/base/utf8.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

TEST(GlobTest, MatchesWholeNames) {
  struct Case {
    const char* glob;
    const char* name;
    bool want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"*", "", true, "no unit at all"},
      {"*", "abc", true, "all"},
      {"a*", "ab", true, "beginning"},
      {"*b", "ab", true, "end"},
      {"a*b*c", "aXbXbXc", true, "goes back to the last star"},
      {"a*bc", "abcbd", false, "the end counts"},
      {"?", "a", true, "one byte"},
      {"?", "\xc3\xa9", true, "one character of two bytes"},
      {"??", "\xc3\xa9", false, "not two characters"},
      {"?", "\xc3", true, "one byte that is not UTF-8"},
      {"?", "", false, "not none"},
      {"\xc3?", "\xc3\xa9", false, "half a character is no unit of it"},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", true, "four bytes"},
      {"*???", "\xf0\x9f\x98\x80", false, "a star takes whole characters"},
      {"?", "\xc0\xaf", false, "overlong: two units"},
      {"??", "\xc0\xaf", true, "overlong: two units"},
      {"\\*", "*", true, "escaped"},
      {"\\*", "a", false, "escaped"},
      {"\\??", "?x", true, "escaped, then a wildcard"},
      {"*.*", "a.b", true, ""},
      {"*.*", "ab", false, ""},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(GlobMatches(c.glob, c.name), c.want)
        << c.glob << " vs " << c.name << ": " << c.why;
  }
}

TEST(GlobTest, KnowsWhereTheOnlyStarStands) {
  struct Case {
    const char* glob;
    size_t want;
  };
  constexpr size_t kNone = absl::string_view::npos;
  constexpr Case kCases[] = {
      {"*", 0},        {"*.cc", 0},      {"lib*.so", 3},   {"ab*", 2},
      {"ab", kNone},   {"*b*", kNone},   {"**", kNone},    {"a?*", kNone},
      {"\\**", kNone}, {"a\\?*", kNone}, {"\xc3*", kNone}, {"*\xa9", kNone},
  };
  for (const Case& c : kCases) EXPECT_EQ(OnlyStar(c.glob), c.want) << c.glob;
}

// A text of up to `longest` of these bytes.
std::string AnyText(absl::string_view bytes, size_t longest,
                    std::mt19937_64* random) {
  std::string text;
  for (size_t i = (*random)() % (longest + 1); i > 0; --i) {
    text.push_back(bytes[(*random)() % bytes.size()]);
  }
  return text;
}

TEST(GlobTest, OneStarIsMatchedAsAnyGlobIs) {
  std::mt19937_64 random(1);
  int matched = 0;
  for (int i = 0; i < 100000; ++i) {
    const std::string before = AnyText("ab", 2, &random);
    const std::string glob = before + "*" + AnyText("ab", 2, &random);
    const std::string name = AnyText("ab\xc3\xa9", 6, &random);
    ASSERT_EQ(OnlyStar(glob), before.size()) << glob;
    const bool want = GlobMatches(glob, name);
    ASSERT_EQ(OneStarMatches(glob, before.size(), name), want)
        << glob << " vs " << name;
    matched += want;
  }
  EXPECT_GT(matched, 10000);
  EXPECT_LT(matched, 90000);
}

TEST(GlobTest, LiteralsStandForThemselves) {
  std::string glob, name;
  for (int byte = 1; byte < 128; ++byte) {
    AppendGlobLiteral(static_cast<char>(byte), &glob);
    name.push_back(static_cast<char>(byte));
  }
  EXPECT_TRUE(GlobMatches(glob, name));
}

TEST(GlobTest, ALiteralMatchesNoOtherByte) {
  for (int byte = 1; byte < 128; ++byte) {
    std::string glob;
    AppendGlobLiteral(static_cast<char>(byte), &glob);
    EXPECT_FALSE(GlobMatches(glob, "")) << byte;
    for (int other = 1; other < 128; ++other) {
      const std::string name(1, static_cast<char>(other));
      EXPECT_EQ(GlobMatches(glob, name), byte == other) << byte << " " << other;
    }
  }
}

TEST(Utf8Test, KnowsWellFormedSequences) {
  struct Case {
    const char* text;
    size_t want;
  };
  constexpr Case kCases[] = {
      {"a", 1},
      {"\xc2\x80", 2},
      {"\xdf\xbf", 2},
      {"\xe0\xa0\x80", 3},
      {"\xed\x9f\xbf", 3},
      {"\xf0\x90\x80\x80", 4},
      {"\xf4\x8f\xbf\xbf", 4},
      {"", 0},
      {"\x80", 0},              // a continuation
      {"\xc1\xbf", 0},          // overlong
      {"\xe0\x9f\xbf", 0},      // overlong
      {"\xf0\x8f\xbf\xbf", 0},  // overlong
      {"\xed\xa0\x80", 0},      // a surrogate
      {"\xf4\x90\x80\x80", 0},  // above U+10FFFF
      {"\xe2\x82", 0},          // cut off
      {"\xe2\x82x", 0},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Utf8SequenceLength(c.text), c.want) << c.text;
  }
}

}  // namespace
}  // namespace fs
}  // namespace postern
