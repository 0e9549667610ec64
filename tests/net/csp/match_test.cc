#include "net/csp/match.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/amount.h"
#include "tests/net/csp/naive_match.h"
#include "tests/net/csp/random_policy.h"

namespace postern {
namespace csp {
namespace {

Policy Parse(const std::string& text) {
  std::vector<ParseWarning> warnings;
  return *ParsePolicy(text, &warnings);
}

Verdict Judge(const std::string& policy, const char* self, const char* url,
              bool redirected = false) {
  const Policy parsed = Parse(policy);
  const Origin origin = *ParseOrigin(self);
  Load load;
  load.directive = parsed.directives[0].directive;
  load.url = *ParseUrl(url);
  load.redirected = redirected;
  return JudgeLoad(absl::MakeConstSpan(&parsed, 1), &origin, load);
}

struct Case {
  const char* policy;
  const char* url;
  Verdict want;
  const char* why;
};

constexpr Verdict kYes = Verdict::kAllowed;
constexpr Verdict kNo = Verdict::kBlocked;
constexpr Verdict kMaybe = Verdict::kDependsOnBrowser;

TEST(MatchTest, VerdictsSayWhatDependsOnTheBrowser) {
  constexpr Case kCases[] = {
      {"img-src 'self'", "http://page.test/x", kYes, "same origin"},
      {"img-src 'self'", "https://page.test/x", kYes, "upgrade"},
      {"img-src 'self'", "https://page.test:80/x", kMaybe, "numbers compared"},
      {"img-src 'self'", "http://page.test:81/x", kNo, "other port"},
      {"img-src 'self'", "https://page.test:443/x", kYes, "its own port"},
      {"img-src 'self'", "https://page.test:8443/x", kNo, "other port"},
      {"img-src 'self'", "blob:http://page.test/1", kNo, "blob is named"},
      {"img-src *", "data:image/png,x", kNo, "data is named"},
      {"connect-src *", "wss://a.test/", kMaybe, "* and web sockets"},
      {"img-src *", "wss://a.test/", kNo, "no web sockets here"},
      {"connect-src ws://a.test", "https://a.test/", kMaybe, "ws for https"},
      {"img-src http://a.test:80", "https://a.test/", kMaybe, "80 to 443"},
      {"img-src http://a.test:443", "https://a.test/", kYes, "443 stays"},
      {"img-src http://a.test:8080", "https://a.test:8080/", kMaybe, "port"},
      {"img-src 10.0.0.1", "http://10.0.0.1/", kMaybe, "addresses"},
      {"img-src http://*", "http://[::1]/", kMaybe, "addresses"},
      {"img-src a.test/a%2Fb/", "http://a.test/a/b/c", kMaybe, "slash"},
      {"img-src a.test/p?q", "http://a.test/p", kMaybe, "query"},
      {"img-src a_b.test", "http://a_b.test/", kNo, "underscore"},
      {"img-src a.test/%FC%C3%BC", "http://a.test/%FC%C3%BC", kYes, "bytes"},
      {"img-src a.test/%FC%C3%BC", "http://a.test/%FC%FC", kNo, "bytes"},
      {"img-src a.test/%C3%BC", "http://a.test/%FC", kMaybe, "Latin-1"},
      {"worker-src 'strict-dynamic'", "http://a.test/", kMaybe, "workers"},
      {"script-src 'strict-dynamic'", "http://a.test/", kNo, "in the text"},
      {"img-src \x01 'none'", "http://a.test/", kMaybe, "a control byte"},
      {"img-src https://a.test/p/", "https://a.test/q", kNo, "path"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.policy, " vs ", c.url, ": ", c.why));
    EXPECT_EQ(VerdictName(Judge(c.policy, "http://page.test", c.url)),
              VerdictName(c.want));
  }
  EXPECT_EQ(Judge("img-src https://a.test/p/", "http://page.test",
                  "https://a.test/q", true),
            kYes);
}

std::string PercentEncoded(const std::string& bytes) {
  std::string out;
  for (char c : bytes) {
    absl::StrAppend(&out, "%",
                    absl::Hex(static_cast<uint8_t>(c), absl::kZeroPad2));
  }
  return out;
}

// The bytes, each a character of Latin-1, percent-encoded as UTF-8.
std::string AsLatin1(const std::string& bytes) {
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    const std::string character =
        byte < 0x80 ? std::string(1, c)
                    : std::string{static_cast<char>(0xC0 | (byte >> 6)),
                                  static_cast<char>(0x80 | (byte & 0x3F))};
    absl::StrAppend(&out, PercentEncoded(character));
  }
  return out;
}

// To Chromium a path that is no UTF-8 (RFC 3629) is Latin-1, so that it is one
// with another path; a path that is UTF-8 is one with itself alone.
TEST(MatchTest, PathsThatAreNoUtf8AreLatin1ToChromium) {
  struct Utf8Case {
    std::string bytes;
    bool is_utf8;
    const char* why;
  };
  const Utf8Case kCases[] = {
      {"\x80", false, "no first byte"},
      {"\xBF", false, "no first byte"},
      {"\xC1\xBF", false, "U+007F at length"},
      {"\xC2\x80", true, "U+0080"},
      {"\xC2", false, "cut off"},
      {"\xC2\x7F", false, "nothing follows"},
      {"\xC2\xC0", false, "nothing follows"},
      {"\xDF\xBF", true, "U+07FF"},
      {"\xE0\x9F\xBF", false, "U+07FF at length"},
      {"\xE0\xA0\x80", true, "U+0800"},
      {"\xE0\xA0", false, "cut off"},
      {"\xED\x9F\xBF", true, "U+D7FF"},
      {"\xED\xA0\x80", false, "a surrogate"},
      {"\xED\xBF\xBF", false, "a surrogate"},
      {"\xEE\x80\x80", true, "U+E000"},
      {"\xEF\xBF\xBF", true, "U+FFFF"},
      {"\xF0\x8F\xBF\xBF", false, "U+FFFF at length"},
      {"\xF0\x90\x80\x80", true, "U+10000"},
      {"\xF0\x90\x80", false, "cut off"},
      {"\xF4\x8F\xBF\xBF", true, "U+10FFFF"},
      {"\xF4\x90\x80\x80", false, "above all characters"},
      {"\xF5\x80\x80\x80", false, "no first byte"},
  };
  for (const Utf8Case& c : kCases) {
    const std::string path = PercentEncoded(c.bytes);
    SCOPED_TRACE(absl::StrCat(path, ": ", c.why));
    const std::string policy = absl::StrCat("img-src a.test/", path);
    const std::string other = "http://a.test/" + AsLatin1(c.bytes);
    const std::string same = "http://a.test/" + path;
    EXPECT_EQ(VerdictName(Judge(policy, "http://page.test", other.c_str())),
              VerdictName(c.is_utf8 ? kNo : kMaybe));
    EXPECT_EQ(VerdictName(Judge(policy, "http://page.test", same.c_str())),
              VerdictName(kYes));
  }
}

TEST(MatchTest, AgreesWithTheNaiveTwin) {
  Random random(20261122);
  const Alphabet alphabet;
  const int64_t rounds =
      testing::AmountOf(testing::Amount{100000, 4000, 5000000});
  int64_t allowed = 0, differing = 0;
  const std::vector<std::string> directives = {
      "img-src", "connect-src", "script-src-elem", "worker-src", "frame-src"};
  for (int64_t i = 0; i < rounds; ++i) {
    const std::string list = alphabet.List(3, &random);
    const std::string name = Pick<std::string>(
        {"default-src", "connect-src", "child-src", "script-src", "img-src"},
        &random);
    const std::string text =
        absl::StrCat(name, list, "; default-src ", alphabet.Source(&random));
    NaiveLoad naive{Pick(directives, &random), alphabet.Url(&random),
                    Pick(alphabet.selves, &random), OneIn(5, &random)};
    const Policy policy = Parse(text);
    const Origin self = *ParseOrigin(naive.self);
    Load load;
    load.directive = *ParseDirectiveName(naive.directive);
    load.url = *ParseUrl(naive.url);
    load.redirected = naive.redirected;
    bool answers[2];
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      // The parser leaves a port that is the scheme's own out.
      const bool got = MatchLoad(policy, &self, load, dialect).allowed;
      NaiveLoad same = naive;
      same.url = load.url.ToString();
      ASSERT_EQ(got, NaivePolicyMatches(text, same, dialect))
          << text << " | " << naive.directive << " | " << naive.url << " | "
          << naive.self << (naive.redirected ? " redirected" : "")
          << (dialect == Dialect::kSpec ? " spec" : " chromium");
      answers[static_cast<int>(dialect)] = got;
    }
    allowed += answers[0] ? 1 : 0;
    differing += answers[0] != answers[1] ? 1 : 0;
  }
  EXPECT_GT(allowed * 10, rounds);
  EXPECT_GT(differing * 50, rounds);
}

TEST(MatchTest, InlineCodeIsMatchedByKindNonceAndDigest) {
  // Any value will do: digests are compared as text.
  const std::string hash = "'sha384-AAAA'";
  struct InlineCase {
    std::string policy;
    InlineKind kind;
    const char* nonce;
    bool want;
    const char* why;
  };
  const InlineCase cases[] = {
      {"script-src 'unsafe-inline'", InlineKind::kScript, "", true, ""},
      {"script-src 'unsafe-inline' 'nonce-a'", InlineKind::kScript, "", false,
       "a nonce voids it"},
      {"script-src 'unsafe-inline' 'strict-dynamic'", InlineKind::kScript, "",
       false, "'strict-dynamic' voids it"},
      {"style-src 'unsafe-inline' 'strict-dynamic'", InlineKind::kStyle, "",
       true, "of scripts only"},
      {"script-src 'nonce-a'", InlineKind::kScript, "a", true, ""},
      {"script-src 'nonce-a'", InlineKind::kScriptAttribute, "a", false,
       "attributes have none"},
      {"script-src " + hash, InlineKind::kScript, "", true, ""},
      {"script-src 'sha256-AAAA'", InlineKind::kScript, "", false,
       "of another algorithm"},
      {"script-src 'sha512-BBBB' " + hash, InlineKind::kScript, "", true,
       "one of several"},
      {"script-src " + hash, InlineKind::kScriptAttribute, "", false, ""},
      {"script-src 'unsafe-hashes' " + hash, InlineKind::kScriptAttribute, "",
       true, ""},
      {"default-src 'self'; script-src-attr 'unsafe-inline'",
       InlineKind::kScriptAttribute, "", true, "governed by its own"},
      {"img-src 'self'", InlineKind::kStyle, "", true, "not restricted"},
      {"script-src 'unsafe-inline'", InlineKind::kJavaScriptUrl, "", true, ""},
      {"script-src 'unsafe-inline' 'strict-dynamic'",
       InlineKind::kJavaScriptUrl, "", false, "'strict-dynamic' voids it"},
      {"script-src " + hash, InlineKind::kJavaScriptUrl, "", false, ""},
      {"script-src-elem 'unsafe-hashes' " + hash, InlineKind::kJavaScriptUrl,
       "", true, "governed as elements are"},
  };
  for (const InlineCase& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.policy, ": ", c.why));
    InlineCode code;
    code.kind = c.kind;
    code.digests.sha384 = "sha384-AAAA";
    code.nonce = c.nonce;
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      EXPECT_EQ(MatchInline(Parse(c.policy), code, dialect).allowed, c.want);
    }
  }
}

// Chromium alone trusts what a trusted script inserts, and scripts alone.
TEST(MatchTest, StrictDynamicAllowsInlineScriptsThatScriptsInsert) {
  struct InsertedCase {
    const char* policy;
    InlineKind kind;
    bool parser_inserted;
    bool chromium;
    const char* why;
  };
  constexpr InsertedCase kCases[] = {
      {"script-src 'strict-dynamic'", InlineKind::kScript, false, true, ""},
      {"script-src-elem 'strict-dynamic'", InlineKind::kScript, false, true,
       ""},
      {"default-src 'strict-dynamic'", InlineKind::kScript, false, true, ""},
      {"script-src 'nonce-a' 'strict-dynamic'", InlineKind::kScript, false,
       true, "beside a nonce that it has not"},
      {"script-src 'unsafe-inline' 'strict-dynamic'", InlineKind::kScript,
       false, true, "beside 'unsafe-inline', which it voids"},
      {"script-src 'strict-dynamic'", InlineKind::kScript, true, false,
       "in the page's text"},
      {"script-src 'nonce-a'", InlineKind::kScript, false, false,
       "not trusted"},
      {"script-src 'strict-dynamic'", InlineKind::kScriptAttribute, false,
       false, "no element"},
      {"script-src 'strict-dynamic'", InlineKind::kJavaScriptUrl, false, false,
       "no element"},
      {"style-src 'strict-dynamic'", InlineKind::kStyle, false, false,
       "no script"},
  };
  for (const InsertedCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.policy, ": ", c.why));
    InlineCode code;
    code.kind = c.kind;
    code.parser_inserted = c.parser_inserted;
    const Policy policy = Parse(c.policy);
    EXPECT_FALSE(MatchInline(policy, code, Dialect::kSpec).allowed);
    EXPECT_EQ(MatchInline(policy, code, Dialect::kChromium).allowed,
              c.chromium);
  }
}

TEST(MatchTest, XFrameOptionsCountsOnlyWithoutFrameAncestors) {
  const Origin self = *ParseOrigin("https://a.test");
  const Url same = *ParseUrl("https://a.test/");
  const Url other = *ParseUrl("https://b.test/");
  const Policy none = Parse("img-src *");
  const Policy list = Parse("frame-ancestors https://b.test");
  const auto framed = [&](const Policy& policy, const char* option,
                          const Url& parent) {
    return MayBeFramedBy(absl::MakeConstSpan(&policy, 1), &self, option, parent,
                         Dialect::kSpec);
  };
  EXPECT_FALSE(framed(none, "DENY", same));
  EXPECT_TRUE(framed(none, "sameorigin", same));
  EXPECT_FALSE(framed(none, "SAMEORIGIN", other));
  EXPECT_TRUE(framed(none, "ALLOWALL", other));
  EXPECT_TRUE(framed(list, "DENY", other));
  EXPECT_FALSE(framed(list, "", same));
}

// The values of all headers are one list, parted by commas (HTML, section 7.5).
TEST(MatchTest, XFrameOptionsOfSeveralValuesAreJoined) {
  struct OptionCase {
    const char* value;
    bool same;
    bool other;
    const char* why;
  };
  constexpr OptionCase kCases[] = {
      {"SAMEORIGIN, sameorigin", true, false, "one value"},
      {"SAMEORIGIN,DENY", false, false, "they contradict each other"},
      {"deny , ALLOWALL", false, false, "they contradict each other"},
      {"x, y", true, true, "neither counts"},
      {",", true, true, "nothing"},
      {"ALLOW-FROM https://a.test", true, true, "no browser's any more"},
  };
  const Origin self = *ParseOrigin("https://a.test");
  for (const OptionCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.value, ": ", c.why));
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      EXPECT_EQ(MayBeFramedBy({}, &self, c.value, *ParseUrl("https://a.test/"),
                              dialect),
                c.same);
      EXPECT_EQ(MayBeFramedBy({}, &self, c.value, *ParseUrl("https://b.test/"),
                              dialect),
                c.other);
    }
  }
}

// Section 6.4.2.1 looks at the ancestor's origin: its path says nothing.
TEST(MatchTest, FramingPagesCountAsTheirOrigins) {
  constexpr Case kCases[] = {
      {"frame-ancestors https://a.test", "https://a.test/p/q", kYes, ""},
      {"frame-ancestors https://a.test/p/", "https://a.test/p/q", kNo, "path"},
      {"frame-ancestors https://a.test/p", "https://a.test/p", kNo, "path"},
      {"frame-ancestors 'self'", "http://page.test/x", kYes, ""},
      {"frame-ancestors data:", "data:text/html,x", kYes, "as it stands"},
      {"frame-ancestors *", "data:text/html,x", kNo, "data is named"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.policy, " vs ", c.url, ": ", c.why));
    EXPECT_EQ(VerdictName(Judge(c.policy, "http://page.test", c.url)),
              VerdictName(c.want));
  }
}

TEST(MatchTest, ALongPathIsReadOnceForAllSources) {
  std::string text = "img-src";
  const int64_t count =
      testing::AmountOf(testing::Amount{100000, 5000, 100000});
  for (int64_t i = 0; i < count; ++i) absl::StrAppend(&text, " */b");
  const Policy policy = Parse(text);
  Load load;
  load.url =
      *ParseUrl(absl::StrCat("https://a.test/", std::string(60000, 'a')));
  const Origin self = *ParseOrigin("https://page.test");
  EXPECT_FALSE(MatchLoad(policy, &self, load, Dialect::kChromium).allowed);
}

TEST(MatchTest, WithoutDigestsNoHashAllowsCode) {
  for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
    EXPECT_FALSE(
        MatchInline(Parse("script-src 'sha384-AAAA'"), InlineCode(), dialect)
            .allowed);
  }
}

}  // namespace
}  // namespace csp
}  // namespace postern
