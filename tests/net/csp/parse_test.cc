// Reading URLs, sources, headers and what authors write.

#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "net/csp/existing_text.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "net/csp/source.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {
namespace {

struct TextCase {
  const char* text;
  const char* want;  // "" = refused
};

TEST(UrlTest, PartsAreReadStrictly) {
  constexpr TextCase kCases[] = {
      {"https://A.test", "https://a.test/"},
      {"HTTP://a.test:80/x?q#f", "http://a.test/x"},
      {"https://a.test:80/", "https://a.test:80/"},
      {"wss://a.test:443/", "wss://a.test/"},
      {"http://a.test/p/../q/./r", "http://a.test/q/r"},
      {"http://a.test/p/%2e%2E/q", "http://a.test/q"},
      {"http://a.test/..", "http://a.test/"},
      // What the last segment leaves is a folder, whichever way it is spelled.
      {"http://a.test/p/q/..", "http://a.test/p/"},
      {"http://a.test/p/q/%2E.", "http://a.test/p/"},
      {"http://a.test/p/q/.%2e", "http://a.test/p/"},
      {"http://a.test/p/q/%2e%2E?x", "http://a.test/p/"},
      {"http://a.test/p/.", "http://a.test/p/"},
      {"http://a.test/p/%2E#x", "http://a.test/p/"},
      {"http://a.test/p/../..", "http://a.test/"},
      {"http://a.test/p/...", "http://a.test/p/..."},
      {"http://[::1]:8080/", "http://[::1]:8080/"},
      // One address has one spelling, an IPv4-mapped one too.
      {"http://[0:0::A]:8080/", "http://[::a]:8080/"},
      {"http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/"},
      {"http://[::FFFF:7f00:1]/", "http://[::ffff:7f00:1]/"},
      {"http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"},
      {"http://192.168.1.1/", "http://192.168.1.1/"},
      {"http://0.0.0.0/", "http://0.0.0.0/"},
      {"http://255.255.255.255/", "http://255.255.255.255/"},
      {"http://256.0.0.1/", ""},
      {"http://1.2.3.256/", ""},
      {"http://1.2.3.1000/", ""},
      {"http://a.test./", "http://a.test./"},
      {"data:text/html,x", "data:text/html,x"},
      {"blob:https://a.test/1", "blob:https://a.test/1"},
      {"custom://h/p", "custom://h/p"},
      {"custom:////a/", "custom:////a/"},
      {"custom:///a", "custom:/a"},
      {"http://2130706433/", ""},
      {"http://0x7f.1/", ""},
      {"http://127.1/", ""},
      {"http://127.0.0.1.1/", ""},
      {"http://010.0.0.1/", ""},
      {"http://[::1/", ""},
      {"http://[", ""},
      {"http://[]/", ""},
      {"http://[::1]x:80/", ""},
      {"http://[::ffff:127.0.0.01]/", ""},
      {"http://[fe80::1%25eth0]/", ""},
      {"http://x.0X/", ""},
      {"http://x.0x./", ""},
      {"http://1../", "http://1../"},
      {"http://[1:2:3]/", ""},
      {"http://[::1::]/", ""},
      {"http://u@a.test/", ""},
      {"http://a.test:65536/", ""},
      {"http://a.test:/", ""},
      {"http://a.test:+1/", ""},
      {"http:/a.test", ""},
      // A scheme begins with a letter.
      {"x1+-.:p", "x1+-.:p"},
      {"1x:p", ""},
      {"+x:p", ""},
      {"-x:p", ""},
      {".x:p", ""},
      {"x_y:p", ""},
      {":p", ""},
      {"http://", ""},
      {"a.test", ""},
      {"http://a.test/ x", ""},
      {"http://a.test\\x", ""},
      {"http://a.test/\n", ""},
      {"http://\xC3\xBC.test/", ""},
      {"http://a%2Etest/", ""},
      {"", ""},
  };
  for (const TextCase& c : kCases) {
    SCOPED_TRACE(c.text);
    const absl::StatusOr<Url> url = ParseUrl(c.text);
    EXPECT_EQ(url.ok(), *c.want != '\0') << url.status();
    if (url.ok()) {
      EXPECT_EQ(url->ToString(), c.want);
    } else {
      EXPECT_TRUE(absl::StrContains(url.status().message(), "at column "));
    }
  }
  EXPECT_FALSE(ParseUrl(std::string("http://a.test/\0b", 16)).ok());
  EXPECT_FALSE(
      ParseUrl(absl::StrCat("http://a.test/", std::string(70000, 'a'))).ok());
  EXPECT_FALSE(ParseOrigin("https://a.test/x").ok());
  EXPECT_EQ(ParseOrigin("https://a.test:443")->ToString(), "https://a.test");
}

TEST(UrlTest, ErrorsSayWhatAndWhere) {
  constexpr TextCase kCases[] = {
      {"http://u@a.test/", "9: a user name"},
      {"http://u:1@a.test/", "11: a user name"},
      {"http:///x", "8: no host"},
      {"http://[::1/", "8: no IPv6 address in brackets"},
  };
  for (const TextCase& c : kCases) {
    EXPECT_EQ(ParseUrl(c.text).status().message(),
              absl::StrCat("invalid URL \"", c.text, "\" at column ", c.want));
  }
}

// A port that the new scheme uses anyway is left out as any other.
TEST(UrlTest, UpgradedUrlsAreInCanonicalForm) {
  constexpr TextCase kCases[] = {
      {"http://a.test/p", "https://a.test/p"},
      {"http://a.test:80/", "https://a.test/"},
      {"http://a.test:443/", "https://a.test/"},
      {"ws://a.test:443/", "wss://a.test/"},
      {"http://a.test:8443/", "https://a.test:8443/"},
      {"https://a.test:80/", "https://a.test:80/"},
      {"http://localhost:443/", "http://localhost:443/"},
  };
  for (const TextCase& c : kCases) {
    SCOPED_TRACE(c.text);
    const Url upgraded = UpgradeInsecure(*ParseUrl(c.text));
    EXPECT_EQ(upgraded.ToString(), c.want);
    EXPECT_EQ(upgraded.port, ParseUrl(c.want)->port);
  }
}

TEST(SourceTest, HasOneCanonicalForm) {
  constexpr TextCase kCases[] = {
      {"HTTPS://A.Test:443/", "https://a.test"},
      {"https://a.test:0443", "https://a.test"},
      {"http://a.test:80", "http://a.test:80"},
      {"a.test:443", "a.test:443"},
      {"*.A.test:*/P/%7e%2f", "*.a.test:*/P/~%2F"},
      {"a.test/%2d%2E%5f%7E%41%7a%30", "a.test/-._~Az0"},
      {"a.test/%21%2b%3a%40%60", "a.test/%21%2B%3A%40%60"},
      {"'SELF'", "'self'"},
      {"'Unsafe-Inline'", "'unsafe-inline'"},
      {"'nonce-AbC='", "'nonce-AbC='"},
      {"'SHA256-a-b_'", "'sha256-a+b/'"},
      {"DATA:", "data:"},
      {"*", "*"},
      {"*/", "*/"},
      {"*:*", "*:*"},
      {"", ""},
      {"'none", ""},
      {"'sha1-abc'", ""},
      {"'nonce-'", ""},
      {"a..test", ""},
      {"*.*.test", ""},
      {"a.test:99999", ""},
      {"http://", ""},
      {"[::1]", ""},
      {"a;b", ""},
      {"a,b", ""},
  };
  for (const TextCase& c : kCases) {
    SCOPED_TRACE(c.text);
    const Source source = ParseSource(c.text).source;
    if (*c.want == '\0') {
      EXPECT_EQ(source.kind, SourceKind::kInvalid);
      continue;
    }
    EXPECT_EQ(source.ToString(), c.want);
    EXPECT_EQ(ParseSource(source.ToString()).source.ToString(), c.want);
  }
}

// RFC 3986, section 3.3: what a path holds as it is. The dialects differ on the
// rest, so an author may not write it.
TEST(SourceTest, PathsHoldTheBytesOfTheStandard) {
  const std::string kPlain = "-._~!$&'()*+=:@";
  for (int c = 0x21; c < 0x7F; ++c) {
    const char byte = static_cast<char>(c);
    if (absl::StrContains("%/;,?#", byte)) continue;  // have a meaning
    const std::string text = absl::StrCat("a.test/x", std::string(1, byte));
    SCOPED_TRACE(text);
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                       absl::StrContains(kPlain, byte);
    EXPECT_EQ(ParseAuthoredSource(text).ok(), plain);
    EXPECT_EQ(ParseSource(text).source.chromium_only, !plain);
  }
}

TEST(SourceTest, APercentSignInAPathNeedsTwoHexDigits) {
  for (const char* path : {"%41", "x%2fy", "%Af%fA", "%00"}) {
    const std::string text = absl::StrCat("a.test/", path);
    EXPECT_TRUE(ParseAuthoredSource(text).ok()) << text;
    EXPECT_FALSE(ParseSource(text).source.chromium_only) << text;
  }
  for (const char* path : {"%", "%4", "x%", "%g1", "%1g", "%%41", "%4%41",
                           "%41%", "%41%4/", "%-1"}) {
    const std::string text = absl::StrCat("a.test/", path);
    const auto read = ParseAuthoredSource(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_TRUE(absl::StrContains(read.status().message(),
                                  "\"%\" without two hexadecimal digits"))
        << read.status();
    EXPECT_TRUE(ParseSource(text).source.chromium_only) << text;
  }
}

TEST(HeaderTest, IsReadAsBrowsersDo) {
  const absl::StatusOr<ParsedHeader> read = ParseHeader(
      "img-src a.test 'none'; bogus x; IMG-SRC b.test;; script-src self,"
      "default-src 'self'; upgrade-insecure-requests");
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->policies.size(), 2u);
  EXPECT_EQ(read->policies[0].ToString(), "img-src a.test; script-src self");
  EXPECT_EQ(read->policies[1].ToString(),
            "default-src 'self'; upgrade-insecure-requests");
  std::string warnings;
  for (const ParseWarning& warning : read->warnings) {
    absl::StrAppend(&warnings, warning.place.column, " ", warning.message,
                    "\n");
  }
  EXPECT_EQ(warnings,
            "16 'none' says nothing beside other sources\n"
            "24 unknown directive \"bogus\", which is left out\n"
            "33 a second img-src, which is left out\n"
            "61 source \"self\": a host name; the keyword is written 'self'\n");
  EXPECT_FALSE(ParseHeader(std::string(kMaxHeaderBytes + 1, 'a')).ok());
}

// CSP3, section 2.2.1: what is no ASCII string is as if it were not there, so
// a second directive of the name counts; measured on Chromium 156, it does not.
TEST(HeaderTest, DirectivesWithBytesBeyondAsciiDifferByDialect) {
  const absl::StatusOr<ParsedHeader> read = ParseHeader(
      "img-src \xC3\xBC 'none'; img-src a.test; script-src \x01 b.test");
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->policies.size(), 1u);
  const Policy& policy = read->policies[0];
  EXPECT_EQ(policy.ToString(), "img-src a.test; script-src \x01 b.test");
  for (Directive directive : {Directive::kImgSrc, Directive::kScriptSrc}) {
    EXPECT_NE(policy.Governing(directive, Dialect::kSpec), nullptr);
    EXPECT_EQ(policy.Governing(directive, Dialect::kChromium), nullptr);
  }
}

TEST(HeaderTest, SandboxFlagsAreOneInEveryCase) {
  const absl::StatusOr<ParsedHeader> read =
      ParseHeader("sandbox ALLOW-Scripts; trusted-types A");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->policies[0].ToString(),
            "sandbox allow-scripts; trusted-types A");
}

TEST(HeaderTest, WarningsAreBounded) {
  std::string text = "img-src";
  for (size_t i = 0; i < 5 * kMaxParseWarnings; ++i)
    absl::StrAppend(&text, " ~");
  const absl::StatusOr<ParsedHeader> read = ParseHeader(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->warnings.size(), kMaxParseWarnings + 1);
  EXPECT_EQ(read->warnings.back().message, "further warnings are left out");
}

TEST(PolicyTextTest, WarningsAreBounded) {
  std::string text;
  for (size_t i = 0; i < 2 * kMaxParseWarnings; ++i) {
    absl::StrAppend(&text, "no", i, "-src a\n");
  }
  std::vector<ParseWarning> warnings;
  ASSERT_TRUE(ParseExistingPolicy("f", text, &warnings).ok());
  EXPECT_EQ(warnings.size(), kMaxParseWarnings + 1);
  EXPECT_EQ(warnings.back().message, "further warnings are left out");
}

TEST(PolicyTextTest, IsReadWithPlaces) {
  const absl::StatusOr<PolicyText> read =
      ParsePolicyText("base.csp",
                      "# comment\n"
                      "default-src 'self'   # more\n"
                      "img-src https://a.test\n"
                      "\thttps://b.test\n"
                      "\n"
                      "upgrade-insecure-requests\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->policy.ToString(),
            "default-src 'self'; img-src https://a.test https://b.test; "
            "upgrade-insecure-requests");
  const Place place = read->policy.directives[1].sources[1].place;
  EXPECT_EQ(place.line, 4);
  EXPECT_EQ(place.column, 2);
}

struct BadText {
  const char* text;
  const char* error;  // the beginning of the message, after "f:"
};

// Attack 95: text that becomes other text.
TEST(PolicyTextTest, RefusesWithPlace) {
  constexpr BadText kCases[] = {
      {"img-src a.test; script-src *", "1:9: source \"a.test;\""},
      {"img-src a.test, script-src", "1:9: source \"a.test,\""},
      {"img-src a.test\rscript-src", "1:15: a control byte"},
      {"img-src a.test\r\r\n", "1:15: a control byte"},
      {"img-src a\n\xEF\xBB\xBF", "2:1: a byte that is not ASCII"},
      {"block-all-mixed-content", "1:1: unknown directive"},
      {"img-src 'self'\n\nimg-src\x01 x", "3:8: a control byte"},
      {"img-src \xE2\x80\xAE", "1:9: a byte that is not ASCII"},
      {"img-src self", "1:9: source \"self\": a host name"},
      {"img-src unsafe-inline", "1:9: source"},
      {"img-src 'none' a.test", "1:16: 'none' beside"},
      {"img-src a.test 'none'", "1:16: 'none' beside"},
      {"img-src a.test/?x", "1:9: source"},
      {"img-src a_b.test", "1:9: source"},
      {"img-src 127.1", "1:9: source"},
      {"img-src script-src", "1:9: source"},
      {"img-src a\nscript-src b\nIMG-src c",
       "3:1: a second img-src; the "
       "first stands in line 1"},
      {"image-src a", "1:1: unknown directive \"image-src\""},
      {"  img-src a", "1:3: a line that starts with a space"},
      {"sandbox allow-everything", "1:9: \"allow-everything\" is nothing"},
      {"upgrade-insecure-requests 1", "1:27: upgrade-insecure-requests takes"},
      {"[ceiling]", "1:1: a section"},
      {"report-to a b;", "1:13: "},
      {"img-src a\nreport-to a\n  b", "3:3: report-to takes one name"},
      {"report-uri", "1:1: report-uri names nothing"},
      {"img-src a\nrequire-trusted-types-for\nfont-src a",
       "2:1: require-trusted-types-for names nothing"},
  };
  for (const BadText& c : kCases) {
    const absl::StatusOr<PolicyText> read = ParsePolicyText("f", c.text);
    ASSERT_FALSE(read.ok()) << c.text;
    EXPECT_TRUE(
        absl::StartsWith(read.status().message(), absl::StrCat("f:", c.error)))
        << read.status();
  }
  const absl::StatusOr<PolicyText> nul =
      ParsePolicyText("f", absl::string_view("img-src a\0b", 11));
  EXPECT_TRUE(absl::StartsWith(nul.status().message(), "f:1:10: "));
}

// As editors of other systems write files.
TEST(PolicyTextTest, LineEndsAndByteOrderMarksOfOtherSystemsAreRead) {
  const absl::StatusOr<PolicyText> read = ParsePolicyText(
      "f", "\xEF\xBB\xBFimg-src a\r\n  b # c\r\n\r\nfont-src c\r\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->policy.ToString(), "img-src a b; font-src c");
  EXPECT_EQ(read->policy.directives[0].place.column, 1);
}

struct ExistingCase {
  const char* text;
  const char* want;      // "place word" of each word, or the error
  const char* warnings;  // "place message, ..."
};

std::string ShowWarnings(const std::vector<ParseWarning>& warnings) {
  std::vector<std::string> out;
  for (const ParseWarning& w : warnings) {
    out.push_back(absl::StrCat(w.place.line, ":", w.place.column, " ",
                               w.message.substr(0, w.message.find(','))));
  }
  return absl::StrJoin(out, "; ");
}

std::string ShowExisting(const char* text, std::string* warned) {
  std::vector<ParseWarning> warnings;
  const absl::StatusOr<PolicyText> read =
      ParseExistingPolicy("f", text, &warnings);
  *warned = ShowWarnings(warnings);
  if (!read.ok()) return std::string(read.status().message());
  std::vector<std::string> out;
  for (const DirectiveValue& value : read->policy.directives) {
    out.emplace_back(DirectiveName(value.directive));
    for (const PlacedSource& s : value.sources) {
      out.push_back(absl::StrCat(s.place.line, ":", s.place.column, " ",
                                 s.source.ToString()));
    }
    for (const PlacedToken& token : value.tokens) out.push_back(token.text);
  }
  return absl::StrJoin(out, " ");
}

TEST(ExistingPolicyTest, LinesAndHeadersAsTheyStand) {
  constexpr ExistingCase kCases[] = {
      {"img-src 'self'\nfont-src a\n", "img-src 1:9 'self' font-src 2:10 a",
       ""},
      {"img-src 'self'; font-src a", "img-src 1:9 'self' font-src 1:26 a", ""},
      {"img-src 'self' # a; b", "img-src 1:9 'self'", ""},
      {"\xEF\xBB\xBF"
       "Content-Security-Policy: img-src a;\r\n font-src b;\r\n",
       "img-src 1:34 a font-src 2:11 b", ""},
      {"content-security-policy:img-src a", "img-src 1:33 a", ""},
      {"add_header Content-Security-Policy \"img-src 'self';\n  font-src a\" "
       "always;\n",
       "img-src 1:45 'self' font-src 2:12 a", ""},
      {"add_header  Content-Security-Policy 'img-src a';", "img-src 1:46 a",
       ""},
      // What browsers leave out is left out.
      {"block-all-mixed-content; img-src a", "img-src 1:34 a",
       "1:1 obsolete directive \"block-all-mixed-content\""},
      {"Content-Security-Policy: img-src a; made-up b; img-src c",
       "img-src 1:34 a",
       "1:37 unknown directive \"made-up\"; 1:48 a second img-src"},
      {"img-src a self https://.b;", "img-src 1:9 a",
       "1:11 source \"self\": a host name; the keyword is written 'self'; "
       "1:16 source \"https://.b\": an empty part in the host"},
      {"block-all-mixed-content\nmade-up a\n b\nimg-src a", "img-src 4:9 a",
       "1:1 obsolete directive \"block-all-mixed-content\"; "
       "2:1 unknown directive \"made-up\""},
      {"Content-Security-Policy: report-uri; report-to; img-src a",
       "img-src 1:57 a",
       "1:26 report-uri names no place; left out; "
       "1:38 report-to names no place; left out"},
      // And nothing is guessed.
      {"img-src a;\nfont-src b;\n",
       "f:1:9: source \"a;\": \";\" and \",\" end a directive or policy; write "
       "%3B "
       "or %2C in a path; if this is a header over several lines, begin it "
       "with \"Content-Security-Policy:\"",
       ""},
      {"img-src a;b", "f:1:9: source \"a;b\": ", ""},
      {"img-src a # b;", "img-src 1:9 a", ""},
      {"img-src a; sandbox, font-src b", "f:1:1: 2 policies", ""},
      {"Content-Security-Policy-Report-Only: img-src a",
       "f:1:1: a header that only reports", ""},
      {"add_header X-Frame-Options DENY;",
       "f:1:12: expected Content-Security-Policy", ""},
      {"add_header Content-Security-Policy img-src;",
       "f:1:36: expected the value in quotes", ""},
      {"add_header Content-Security-Policy \"img-src $x\";",
       "f:1:45: a variable of nginx", ""},
      {"add_header Content-Security-Policy \"img-src a",
       "f:1:36: quotes that are not closed", ""},
      {"add_header Content-Security-Policy \"img-src a\";\nserver_name b;",
       "f:2:1: expected nothing more", ""},
      {"Content-Security-Policy: img-src a\nX-A: b", "f:2:1: another header",
       ""},
      {"Content-Security-Policy: img-src a; font-src \x01 b",
       "f:1:37: font-src is read by some browsers", ""},
      {"Content-Security-Policy: made-up a;", "f:1:25: 0 policies", ""},
  };
  for (const ExistingCase& c : kCases) {
    SCOPED_TRACE(c.text);
    std::string warned;
    const std::string got = ShowExisting(c.text, &warned);
    EXPECT_EQ(got.substr(0, std::strlen(c.want)), c.want) << got;
    if (absl::StartsWith(got, "f:")) continue;
    EXPECT_EQ(warned, c.warnings);
  }
}

// Places of many sources are found in time that their number allows.
TEST(ExistingPolicyTest, HeadersAreBounded) {
  std::string text = "Content-Security-Policy: img-src";
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&text, "\n h", i, ".test");
  std::vector<ParseWarning> warnings;
  const absl::StatusOr<PolicyText> read =
      ParseExistingPolicy("f", text, &warnings);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->policy.directives[0].sources[1999].place.line, 2001);
  for (int i = 0; i < 60000; ++i) absl::StrAppend(&text, "\n a");
  EXPECT_EQ(ParseExistingPolicy("f", text, &warnings).status().message(),
            "f:1:26: more than 2000 sources in one file");
  EXPECT_FALSE(ParseExistingPolicy(
                   "f", std::string(kMaxPolicyTextBytes, ' ') + text, &warnings)
                   .ok());
}

TEST(JoinPolicyTextsTest, ListsAreJoinedInTheOrderOfTheFiles) {
  const auto join = [](std::vector<const char*> texts,
                       std::vector<std::string>* warnings) {
    std::vector<PolicyText> read;
    for (const char* text : texts) {
      read.push_back(*ParsePolicyText(absl::StrCat("f", read.size()), text));
    }
    return JoinPolicyTexts(std::move(read), warnings);
  };
  std::vector<std::string> warnings;
  const absl::StatusOr<PolicyText> joined =
      join({"default-src 'none'\nimg-src a b\nreport-to r",
            "img-src b c\nsandbox allow-scripts",
            "default-src 'self'\n"
            "report-to r\nsandbox allow-forms allow-scripts"},
           &warnings);
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->policy.ToString(),
            "default-src 'self'; img-src a b c; report-to r; sandbox "
            "allow-scripts allow-forms");
  const PlacedSource& c = joined->policy.Find(Directive::kImgSrc)->sources[2];
  EXPECT_EQ(PlaceInFile(joined->FileOf(c.place), c.place), "f1:1:11");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0],
            "f0:1:13: 'none' of default-src goes, as other files add sources");
  EXPECT_EQ(join({"report-to a", "report-to b"}, &warnings).status().message(),
            "f1:1:1: a second report-to; the first is that of f0:1:1");
  std::string many = "img-src";
  for (int i = 0; i < 1500; ++i) absl::StrAppend(&many, " h", i, ".test");
  std::string more = many;
  more[0] = 'I';
  EXPECT_EQ(join({many.c_str(), "font-src a"}, &warnings).ok(), true);
  for (char& byte : more) byte = byte == 'h' ? 'g' : byte;
  EXPECT_EQ(join({many.c_str(), more.c_str()}, &warnings).status().message(),
            "f1: more than 2000 sources in all files together");
}

TEST(PolicyTextTest, TooManySourcesAreRefusedWithPlace) {
  std::string text = "img-src";
  for (int i = 0; i < 100000; ++i) absl::StrAppend(&text, " a");
  const absl::StatusOr<PolicyText> read = ParsePolicyText("f", text);
  EXPECT_EQ(read.status().message(),
            absl::StrCat("f:1:", 9 + 2 * kMaxPolicySources,
                         ": more than 2000 sources in one file"));
  EXPECT_FALSE(
      ParsePolicyText("f", std::string(kMaxPolicyTextBytes + 1, '#')).ok());
}

TEST(AdminTextTest, SectionsAreReadWithTheirNames) {
  const absl::StatusOr<AdminText> read =
      ParseAdminText("admin.csp",
                     "[grant notes]  # the first\n"
                     "img-src https://a.test\n"
                     "accept strict-dynamic sandbox\n"
                     "[ ceiling ]\n"
                     "default-src https:\n"
                     "[grant maps.org]\n");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->grants.size(), 2u);
  EXPECT_EQ(read->grants[0].app, "notes");
  EXPECT_EQ(read->grants[0].grant.policy.ToString(), "img-src https://a.test");
  EXPECT_EQ(read->grants[0].accepted.size(), 2u);
  EXPECT_EQ(read->ceiling->policy.ToString(), "default-src https:");
  EXPECT_EQ(read->ceiling->file, "admin.csp");

  constexpr BadText kCases[] = {
      {"img-src a", "1:1: expected a section"},
      {"[grant a]\n[grant a]", "2:1: a second grant for \"a\"; the first"},
      {"[ceiling]\n[ceiling]", "2:1: a second ceiling"},
      {"[ceiling]\naccept nonce", "2:1: unknown directive \"accept\""},
      {"[grant a]\naccept all", "2:8: unknown conflict \"all\"; there are"},
      {"[grant a]\naccept", "2:1: accepts nothing"},
      {"[grant a b]", "1:1: no name of an app"},
      {"[grant a", "1:1: a section that is not closed"},
      {"[app a]", "1:1: expected \"[grant APP]\""},
      {"[grant a]\nimg-src x\n[ceiling]\n y", "4:2: a line that starts"},
  };
  for (const BadText& c : kCases) {
    const absl::StatusOr<AdminText> bad = ParseAdminText("f", c.text);
    ASSERT_FALSE(bad.ok()) << c.text;
    EXPECT_TRUE(
        absl::StartsWith(bad.status().message(), absl::StrCat("f:", c.error)))
        << bad.status();
  }
}

}  // namespace
}  // namespace csp
}  // namespace postern
