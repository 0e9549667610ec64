#include "net/csp/header_filter.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "net/csp/subsume.h"
#include "tests/amount.h"
#include "tests/net/csp/random_policy.h"

namespace postern {
namespace csp {
namespace {

Policy Parse(const std::string& text) {
  std::vector<ParseWarning> warnings;
  return *ParsePolicy(text, &warnings);
}

// The headers that are left, a line each.
std::string Filtered(const std::vector<Header>& app,
                     const FilterOptions& options) {
  std::string out;
  for (const Header& header : FilterHeaders(app, options).headers) {
    absl::StrAppend(&out, header.name, ": ", header.value, "\n");
  }
  return out;
}

struct Case {
  Header header;
  const char* want;  // before the host's own header
  const char* why;
};

TEST(HeaderFilterTest, WhatConcernsOthersIsLeftOut) {
  const Case cases[] = {
      {{"Content-Type", "text/html"}, "Content-Type: text/html\n", "its own"},
      {{"content-security-policy", "default-src *"}, "", "the host's stands"},
      {{"Content-Security-Policy-Report-Only", "x"}, "", ""},
      {{"X-WebKit-CSP", "x"}, "", ""},
      {{"Access-Control-Allow-Origin", "*"}, "", ""},
      {{"access-control-allow-methods", "PUT"}, "", ""},
      {{"Set-Cookie", "a=b"}, "", ""},
      {{"Clear-Site-Data", "\"*\""}, "", ""},
      {{"Service-Worker-Allowed", "/"}, "", ""},
      {{"Strict-Transport-Security", "max-age=0"}, "", ""},
      {{"Report-To", "{}"}, "", ""},
      {{"X-Frame-Options", "ALLOWALL"}, "", "no value that counts"},
      {{"Permissions-Policy-Report-Only", "x"}, "", "every report-only"},
      {{"Cross-Origin-Opener-Policy-REPORT-ONLY", "x"}, "", ""},
      {{"Public-Key-Pins-Report-Only", "x"}, "", ""},
      {{"Alt-Svc", "h2=\"b.test:443\""}, "", "of the whole origin"},
      {{"Origin-Agent-Cluster", "?0"}, "", ""},
      {{"Accept-CH", "Sec-CH-UA-Model"}, "", "asks the browser, for good"},
      {{"Accept-CH-Lifetime", "86400"}, "", ""},
      {{"Critical-CH", "Sec-CH-UA-Model"}, "", ""},
      {{"Set-Login", "logged-in"}, "", "of the person"},
      {{"Secure-Session-Registration", "(ES256)"}, "", ""},
      {{"Sec-Session-Registration", "(ES256)"}, "", ""},
      {{"Activate-Storage-Access", "load"}, "", ""},
      {{"WWW-Authenticate", "Basic"}, "", "a window that asks for a password"},
      {{"Authentication-Info", "x"}, "", ""},
      {{"Proxy-Authenticate", "Basic"}, "", "every header of proxies"},
      {{"Proxy-Authentication-Info", "x"}, "", ""},
      {{"X-Permitted-Cross-Domain-Policies", "all"}, "", ""},
      {{"Expect-CT", "report-uri=\"https://b.test\""}, "", "reports"},
      {{"X-Accel-Redirect", "/internal"}, "", "obeyed by nginx in front"},
      {{"x-accel-buffering", "no"}, "", ""},
      {{"X-ACCEL-Expires", "5"}, "", ""},
      {{"X-Sendfile", "/etc/passwd"}, "", "obeyed by Apache"},
      {{"X-Sendfile2", "/etc/passwd 0-"}, "", "and lighttpd"},
      {{"X-LIGHTTPD-send-file", "/etc/passwd"}, "", ""},
      {{"X-LIGHTTPD-send-tempfile", "/etc/passwd"}, "", ""},
      {{"X-LiteSpeed-Location", "/internal"}, "", ""},
      {{"X-Reproxy-URL", "http://10.0.0.1/"}, "", "obeyed by Perlbal"},
      {{"X-Reproxy-File", "/etc/passwd"}, "", ""},
      {{"X-Accelerated", "1"}, "X-Accelerated: 1\n", "another name"},
      {{"X-A", "b\r\n\tc"}, "", "a folded line"},
      {{"Set-Cookie ", "a=b"}, "", "a name with a space"},
      {{"X-A", "b\r\nSet-Cookie: c=d"}, "", "two headers in one"},
      {{"X-A\n", "b"}, "", ""},
      {{"X A", "b"}, "", ""},
      {{"", "b"}, "", ""},
      {{"X-A", std::string("b\0c", 3)}, "", "NUL"},
  };
  FilterOptions options;
  options.policy = Parse("default-src 'self'");
  for (const Case& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.header.name, ": ", c.why));
    EXPECT_EQ(
        Filtered({c.header}, options),
        absl::StrCat(c.want, "Content-Security-Policy: default-src 'self'\n"));
  }
}

TEST(HeaderFilterTest, FrameOptionsSayWhatFrameAncestorsSays) {
  struct FrameCase {
    const char* policy;
    const char* app;
    const char* want;
  };
  constexpr FrameCase kCases[] = {
      {"frame-ancestors 'none'", "SAMEORIGIN", "DENY"},
      {"frame-ancestors 'self'", "DENY", "SAMEORIGIN"},
      {"frame-ancestors 'self' https://a.test", "DENY", ""},
      {"img-src 'self'", "deny", "DENY"},
      {"img-src 'self'", "SameOrigin", "SAMEORIGIN"},
      {"img-src 'self'", "ALLOW-FROM x", ""},
      {"img-src 'self'", "SAMEORIGIN, DENY", "DENY"},
      {"img-src 'self'", "SAMEORIGIN,sameorigin", "SAMEORIGIN"},
      {"img-src 'self'", "SAMEORIGIN|ALLOWALL", "DENY"},
      {"img-src 'self'", "SAMEORIGIN|DENY", "DENY"},
      {"img-src 'self'", "x|y", ""},
  };
  for (const FrameCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.policy, " and ", c.app));
    FilterOptions options;
    options.policy = Parse(c.policy);
    const std::string tail =
        *c.want == '\0' ? "" : absl::StrCat("X-Frame-Options: ", c.want, "\n");
    std::vector<Header> app;
    for (absl::string_view value : absl::StrSplit(c.app, '|')) {
      app.push_back({"X-Frame-Options", std::string(value)});
    }
    EXPECT_EQ(Filtered(app, options),
              absl::StrCat("Content-Security-Policy: ", c.policy, "\n", tail));
  }
}

// Its own policy is no wider for the host's frame-ancestors, which makes
// X-Frame-Options void.
TEST(HeaderFilterTest, TheAppsFrameOptionsNarrowItsPolicy) {
  struct FrameCase {
    const char* policy;
    const char* app;
    const char* want;
  };
  constexpr FrameCase kCases[] = {
      {"frame-ancestors 'self' https://b.test", "DENY",
       "Content-Security-Policy: frame-ancestors 'none'\n"
       "X-Frame-Options: DENY\n"},
      {"frame-ancestors 'self' https://b.test", "SAMEORIGIN",
       "Content-Security-Policy: frame-ancestors 'self'\n"
       "X-Frame-Options: SAMEORIGIN\n"},
      {"img-src 'self'", "DENY",
       "Content-Security-Policy: img-src 'self'; frame-ancestors 'none'\n"
       "X-Frame-Options: DENY\n"},
      {"frame-ancestors 'none'", "SAMEORIGIN",
       "Content-Security-Policy: frame-ancestors 'none'\n"
       "X-Frame-Options: DENY\n"},
  };
  for (const FrameCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.policy, " and ", c.app));
    FilterOptions options;
    options.app_policy = FilterOptions::AppPolicy::kNarrow;
    options.policy = Parse(c.policy);
    EXPECT_EQ(Filtered({{"X-Frame-Options", c.app}}, options), c.want);
  }
}

// What an app sends costs the host little.
TEST(HeaderFilterTest, LongPoliciesOfAppsAreLeftOut) {
  FilterOptions options;
  options.app_policy = FilterOptions::AppPolicy::kNarrow;
  std::string host = "default-src 'self'; img-src";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&host, " *.h", i, ".test");
  options.policy = Parse(host);
  std::string sources;
  for (int i = 0; i < 1500; ++i) absl::StrAppend(&sources, " */p", i, "/");
  std::vector<Header> app(50, {"Content-Security-Policy", "img-src" + sources});
  app.push_back({"Content-Security-Policy", std::string(900000, 'a')});
  const FilteredHeaders filtered = FilterHeaders(app, options);
  ASSERT_EQ(filtered.headers.size(), 1u);
  EXPECT_EQ(filtered.headers[0].value, options.policy.ToString());
  EXPECT_EQ(filtered.notes.size(), app.size());
}

TEST(HeaderFilterTest, CorsAndCookiesWithinTheOptions) {
  FilterOptions options;
  options.policy = Parse("default-src 'self'");
  options.cors_origins = {*ParseOrigin("https://b.test")};
  options.cookie_path = "/apps/notes/";
  const std::vector<Header> app = {
      {"Access-Control-Allow-Origin", "https://b.test"},
      {"Access-Control-Allow-Credentials", "true"},
      {"Access-Control-Allow-Methods", "GET"},
      {"Set-Cookie", "a=b; Domain=test; Path=/; Max-Age=5; SameSite=None"},
      {"Set-Cookie", "c=d; SameSite=Strict; HttpOnly"},
      {"Set-Cookie", "__Host-e=f"},
      {"Set-Cookie", " __host-e=f"},
      {"Set-Cookie", "__Http-e=f"},
      {"Set-Cookie", "__SECURE-e=f"},
      {"Set-Cookie", "=__Host-e=f"},
      {"Set-Cookie", "novalue"},
  };
  EXPECT_EQ(Filtered(app, options),
            "Access-Control-Allow-Origin: https://b.test\n"
            "Access-Control-Allow-Methods: GET\n"
            "Set-Cookie: a=b; Max-Age=5; Path=/apps/notes/; Secure; "
            "SameSite=Lax\n"
            "Set-Cookie: c=d; HttpOnly; Path=/apps/notes/; Secure; "
            "SameSite=Strict\n"
            "Content-Security-Policy: default-src 'self'\n");
  for (const char* origin :
       {"*", "null", "https://c.test", "https://b.test/x"}) {
    EXPECT_EQ(Filtered({{"Access-Control-Allow-Origin", origin}}, options),
              "Content-Security-Policy: default-src 'self'\n");
  }
}

TEST(HeaderFilterTest, TheAppsPolicyNarrowsAndNeverWidens) {
  struct NarrowCase {
    const char* host;
    const char* app;
    const char* want;
  };
  constexpr NarrowCase kCases[] = {
      {"img-src https:", "img-src https://a.test *",
       "img-src https://a.test https:"},
      {"img-src https:", "img-src https://a.test; report-uri https://b.test",
       "img-src https://a.test"},
      {"img-src https:", "script-src 'self', img-src 'none'",
       "img-src 'none'; script-src 'self'"},
      {"img-src 'self'", "img-src *", "img-src 'self'"},
      {"img-src 'self' data:", "img-src 'self' 'self'", "img-src 'self'"},
  };
  FilterOptions options;
  options.app_policy = FilterOptions::AppPolicy::kNarrow;
  for (const NarrowCase& c : kCases) {
    options.policy = Parse(c.host);
    const auto filtered =
        FilterHeaders({{"Content-Security-Policy", c.app}}, options);
    ASSERT_EQ(filtered.headers.size(), 1u);
    const Policy got = Parse(filtered.headers[0].value);
    const Policy want = Parse(c.want);
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      EXPECT_TRUE(Subsumes(want, {got}, AssumedOrigin(), dialect).holds)
          << got.ToString();
      EXPECT_TRUE(Subsumes(got, {want}, AssumedOrigin(), dialect).holds)
          << got.ToString();
    }
  }
}

TEST(HeaderFilterTest, RandomPoliciesNeverWiden) {
  Random random(5);
  const Alphabet alphabet;
  const int64_t rounds = testing::AmountOf(testing::Amount{1500, 60, 50000});
  for (int64_t i = 0; i < rounds; ++i) {
    FilterOptions options;
    options.app_policy = FilterOptions::AppPolicy::kNarrow;
    options.self = *ParseOrigin(Pick(alphabet.selves, &random));
    options.policy = Parse(
        absl::StrCat("default-src", alphabet.List(3, &random),
                     "; script-src 'nonce-a'", alphabet.List(2, &random)));
    const std::string app = absl::StrCat(
        "img-src", alphabet.List(2, &random), "; script-src 'strict-dynamic' ",
        "'unsafe-inline'", alphabet.List(2, &random), ", connect-src",
        alphabet.List(2, &random));
    const auto filtered =
        FilterHeaders({{"Content-Security-Policy", app}}, options);
    const Policy got = Parse(filtered.headers[0].value);
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      ASSERT_TRUE(Subsumes(options.policy, {got}, options.self, dialect).holds)
          << options.policy.ToString() << "\n"
          << app << "\n"
          << got.ToString();
    }
  }
}

}  // namespace
}  // namespace csp
}  // namespace postern
