// Row 95: text that would become other text in a header is refused where
// somebody writes it, never stripped.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "net/csp/policy_text.h"

namespace postern {
namespace csp {
namespace {

struct Breaker {
  char byte;
  const char* why;
};
constexpr Breaker kBreakers[] = {
    {';', "begins another directive"},
    {',', "begins another policy"},
    {'\r', "ends the header"},
    {'\n', "ends the header"},
    {'\0', "ends the text for some"},
    {'"', "opens a quoted string"},
    {'\'', "opens a keyword"},
    {'\t', "parts sources"},
    {' ', "parts sources"},
    {'\x7f', "is a control"},
    {'\xc3', "is not ASCII"},
};

TEST(CspRowsTest, Row95NoByteOfASourceBecomesOtherText) {
  ASSERT_TRUE(ParseAuthoredSource("https://a.test/x").ok());
  for (const Breaker& breaker : kBreakers) {
    SCOPED_TRACE(absl::StrCat("byte ", static_cast<int>(breaker.byte), " ",
                              breaker.why));
    for (const char* around :
         {"https://a.test/|x", "https://a.te|st", "|https://a.test",
          "https://a.test|", "'self|'", "'nonce-AA|AA'", "ht|tps:"}) {
      std::string text = around;
      const size_t at = text.find('|');
      // A path may hold it (RFC 3986 section 3.3), and then it quotes nothing.
      if (breaker.byte == '\'' && text.rfind('/', at) > 7) continue;
      text[at] = breaker.byte;
      const auto source = ParseAuthoredSource(text);
      EXPECT_FALSE(source.ok()) << text;
    }
  }
}

TEST(CspRowsTest, Row95NoByteOfADirectiveBecomesOtherText) {
  ASSERT_TRUE(ParseAuthoredDirective("img-src").ok());
  for (const Breaker& breaker : kBreakers) {
    SCOPED_TRACE(breaker.why);
    const std::string byte(1, breaker.byte);
    EXPECT_FALSE(ParseAuthoredDirective("img-src" + byte).ok());
    EXPECT_FALSE(ParseAuthoredDirective(byte + "img-src").ok());
    EXPECT_FALSE(ParseAuthoredDirective("img" + byte + "src").ok());
  }
}

}  // namespace
}  // namespace csp
}  // namespace postern
