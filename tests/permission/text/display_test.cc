#include "permission/text/display.h"

#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern {
namespace internal {
namespace {

using absl::string_view;

struct Case {
  string_view text;
  string_view shown;
  const char* why;
};

const Case kCases[] = {
    {"", "", "empty"},
    {"plain text, ok.", "plain text, ok.", "nothing to hide"},
    {"gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xf0\x9f\x99\x82",
     "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xf0\x9f\x99\x82",
     "letters of all planes"},
    {"a\\b", "a\\\\b", "backslash"},
    {"\\u{a}", "\\\\u{a}", "text that looks escaped"},
    {"say \"x\"", "say \"x\"", "quotes stay where nothing is quoted"},
    {string_view("a\0b", 3), "a\\u{0}b", "NUL"},
    {"a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c", "line breaks"},
    {"\x1b[31m\x7f", "\\u{1b}[31m\\u{7f}", "terminal sequences"},
    {"\xc2\x9b", "\\u{9b}", "C1 control"},
    {"safe\xe2\x80\xae"
     "exe",
     "safe\\u{202e}exe", "bidi override"},
    {"\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}", "bidi isolates"},
    {"\xd8\x9c", "\\u{61c}", "Arabic letter mark"},
    {"du\xe2\x80\x8b", "du\\u{200b}", "zero-width space"},
    {"\xe2\x80\x8d\xef\xbb\xbf\xc2\xad", "\\u{200d}\\u{feff}\\u{ad}",
     "joiner, byte order mark, soft hyphen"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}", "line, paragraph"},
    {"a\xc2\xa0"
     "b\xe3\x80\x80",
     "a\\u{a0}b\\u{3000}", "other blanks"},
    {"\xe3\x85\xa4\xe2\xa0\x80", "\\u{3164}\\u{2800}", "fillers"},
    {"\xf3\xa0\x81\xa1\xef\xb8\x8f", "\\u{e0061}\\u{fe0f}",
     "tags, variation selectors"},
    {"\xee\x82\xa0", "\\u{e0a0}", "private use"},
    {" a  b ", "\\u{20}a \\u{20}b\\u{20}", "padding"},
    {"a b c", "a b c", "single spaces"},
    {"\xff\xc3", "\\xff\\xc3", "not UTF-8"},
    {"\xc0\xaf", "\\xc0\\xaf", "overlong"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "surrogate"},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "beyond Unicode"},
    {"\xe2\x80", "\\xe2\\x80", "cut short"},
};

TEST(EscapeTest, ShowsWhatIsHiddenAndLosesNothing) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(EscapeForDisplay(c.text), std::string(c.shown));
    const absl::StatusOr<std::string> back = UnescapeDisplayed(c.shown);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, std::string(c.text));
  }
}

TEST(EscapeTest, QuotedTextCannotEndItsQuotes) {
  EXPECT_EQ(QuoteForDisplay("a\" is fine, \"b"), "\"a\\\" is fine, \\\"b\"");
  EXPECT_EQ(QuoteForDisplay("\\"), "\"\\\\\"");
  EXPECT_EQ(*UnescapeDisplayed("a\\\"b"), "a\"b");
}

TEST(EscapeTest, RefusesWhatIsNoShownText) {
  const Case kBad[] = {
      {"ab\\", "column 3", "cut off"},
      {"\\n", "column 1", "unknown escape"},
      {"\\x1", "column 1", "one digit"},
      {"\\xFF", "column 1", "upper case"},
      {"\\x41", "column 1", "a byte that is a character"},
      {"\\u{}", "column 1", "no digit"},
      {"\\u{110000}", "column 1", "beyond Unicode"},
      {"\\u{d800}", "column 1", "surrogate"},
      {"\\u{0000041}", "column 1", "too long"},
      {"\\u41", "column 1", "no braces"},
      {"a\nb", "column 2", "not escaped"},
      {"a\xff", "column 2", "not UTF-8"},
  };
  for (const Case& c : kBad) {
    SCOPED_TRACE(c.why);
    const absl::StatusOr<std::string> text = UnescapeDisplayed(c.text);
    ASSERT_FALSE(text.ok());
    EXPECT_NE(text.status().message().find(c.shown), string_view::npos)
        << text.status();
  }
}

TEST(EscapeTest, EveryCharacterComesBack) {
  for (uint32_t c = 0; c <= 0x10ffff; ++c) {
    if (c == 0xd800) c = 0xe000;
    char escaped[16];
    snprintf(escaped, sizeof(escaped), "\\u{%x}", c);
    const std::string text = *UnescapeDisplayed(escaped);
    ASSERT_EQ(*UnescapeDisplayed(EscapeForDisplay(text)), text) << escaped;
  }
}

TEST(EscapeTest, RandomBytesComeBack) {
  std::mt19937 random(96);
  const string_view kPieces[] = {"\\",   "\"",           " ",       "x",
                                 "\n",   "\xe2\x80\xae", "\xff",    "\xe2",
                                 "\x80", "u{a}",         "\xf0\x9f"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int n = random() % 12; n > 0; --n) {
      text += std::string(kPieces[random() % 11]);
    }
    const std::string shown = EscapeForDisplay(text);
    ASSERT_EQ(*UnescapeDisplayed(shown), text) << shown;
    for (char c : shown) ASSERT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

}  // namespace
}  // namespace internal
}  // namespace postern
