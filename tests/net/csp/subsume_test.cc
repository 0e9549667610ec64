#include "net/csp/subsume.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "net/csp/intersect.h"
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

// A name for every way in which a URL of these alphabets can differ to a list
// of them: the parts that stand in sources, and fresh ones.
std::vector<std::string> AllUrls() {
  std::vector<std::string> out;
  for (const char* scheme : {"http", "https", "ws", "wss"}) {
    for (const char* host : {"a.test", "b.a.test", "f.a.test", "f.b.a.test",
                             "f.test", "ba.test", "127.0.0.1", "10.9.9.9"}) {
      for (const char* port : {"", ":80", ":443", ":8080", ":9"}) {
        for (const char* path :
             {"/", "/p/", "/p/q", "/p/f", "/p/q/f", "/p%2Fq", "/f"}) {
          const Url url =
              *ParseUrl(absl::StrCat(scheme, "://", host, port, path));
          out.push_back(url.ToString());
        }
      }
    }
  }
  out.push_back("data:x");
  return out;
}

bool IsData(const std::string& url) { return url.compare(0, 5, "data:") == 0; }

bool Allows(const std::string& policy, const std::string& directive,
            const std::string& url, const std::string& self, Dialect dialect) {
  if (IsData(url)) {
    // The twin knows no URL without host.
    return policy.find(" data:") != std::string::npos;
  }
  return NaivePolicyMatches(policy, {directive, url, self, false}, dialect);
}

// "http://a:80" lets https://a:80 in by the letter, and "http://a" does not;
// as both lead to one server, it counts as let in where its plain twin is. ""
// for a URL that has no such twin.
std::string PlainTwin(const std::string& url) {
  for (const char* scheme : {"http", "ws"}) {
    const std::string secure = absl::StrCat(scheme, "s://");
    if (url.compare(0, secure.size(), secure) != 0) continue;
    const size_t port = url.find(":80/");
    if (port == url.npos) return "";
    return absl::StrCat(scheme, "://",
                        url.substr(secure.size(), port - secure.size()),
                        url.substr(port + 3));
  }
  return "";
}

TEST(SubsumeTest, AgreesWithBruteForce) {
  Random random(7);
  const Alphabet alphabet;
  const std::vector<std::string> urls = AllUrls();
  const int64_t rounds = testing::AmountOf(testing::Amount{400, 3, 60000});
  int held = 0, several = 0;
  for (int64_t i = 0; i < rounds; ++i) {
    const std::string directive =
        Pick<std::string>({"img-src", "connect-src"}, &random);
    const std::string self = Pick(alphabet.selves, &random);
    const std::string a = directive + alphabet.List(4, &random);
    std::vector<std::string> b = {directive + alphabet.List(2, &random)};
    if (OneIn(3, &random)) b.push_back(directive + alphabet.List(3, &random));
    if (OneIn(4, &random)) b[0] = directive + " " + alphabet.Source(&random);
    std::vector<Policy> parsed;
    for (const std::string& one : b) parsed.push_back(Parse(one));
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      std::string outside;
      for (const std::string& url : urls) {
        const auto in_b = [&](const std::string& one_url) {
          return std::all_of(b.begin(), b.end(), [&](const std::string& one) {
            return Allows(one, directive, one_url, self, dialect);
          });
        };
        if (!in_b(url) || Allows(a, directive, url, self, dialect)) continue;
        const std::string twin = PlainTwin(url);
        if (!twin.empty() && in_b(twin) &&
            Allows(a, directive, twin, self, dialect)) {
          continue;
        }
        outside = url;
      }
      const Subsumption got =
          Subsumes(Parse(a), parsed, *ParseOrigin(self), dialect);
      ASSERT_EQ(got.holds, outside.empty())
          << a << " over " << b[0] << (b.size() > 1 ? " and " + b[1] : "")
          << " | " << self << " | by force " << outside << " | got "
          << got.counterexample
          << (dialect == Dialect::kSpec ? " spec" : " chromium");
      held += got.holds ? 1 : 0;
      several += b.size() > 1 ? 1 : 0;
      if (got.holds) continue;
      // The counterexample is one.
      ASSERT_TRUE(got.load.has_value());
      const std::string url = got.load->url.ToString();
      EXPECT_FALSE(Allows(a, directive, url, self, dialect)) << a << " " << url;
      for (const std::string& one : b) {
        EXPECT_TRUE(Allows(one, directive, url, self, dialect))
            << one << " " << url;
      }
    }
  }
  EXPECT_GT(held, rounds / 4);
  EXPECT_LT(held, rounds * 7 / 4);
  EXPECT_GT(several, rounds / 4);
}

TEST(IntersectTest, NeverMoreThanBothAndUsuallyAll) {
  Random random(8);
  const Alphabet alphabet;
  const std::vector<std::string> urls = AllUrls();
  const int64_t rounds = testing::AmountOf(testing::Amount{250, 2, 40000});
  int64_t inexact = 0, in_both = 0;
  for (int64_t i = 0; i < rounds; ++i) {
    const std::string directive =
        Pick<std::string>({"img-src", "connect-src"}, &random);
    const std::string self = Pick(alphabet.selves, &random);
    const std::string a = directive + alphabet.List(3, &random);
    const std::string b = directive + alphabet.List(3, &random);
    const absl::StatusOr<Policy> met =
        Intersect(Parse(a), Parse(b), *ParseOrigin(self));
    ASSERT_TRUE(met.ok());
    const std::string text = met->ToString();
    for (const std::string& url : urls) {
      bool everywhere = true, found = true;
      for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
        const auto in_both_lists = [&](const std::string& one) {
          return Allows(a, directive, one, self, dialect) &&
                 Allows(b, directive, one, self, dialect);
        };
        const std::string twin = PlainTwin(url);
        const bool both = in_both_lists(url) ||
                          (!twin.empty() && in_both_lists(twin) &&
                           Allows(text, directive, twin, self, dialect));
        const bool got = Allows(text, directive, url, self, dialect);
        ASSERT_TRUE(both || !got) << a << " with " << b << " is " << text
                                  << " | " << self << " | " << url;
        everywhere = everywhere && both;
        found = found && got;
      }
      in_both += everywhere ? 1 : 0;
      inexact += everywhere && !found ? 1 : 0;
    }
  }
  RecordProperty("inexact", std::to_string(inexact));
  RecordProperty("in_both", std::to_string(in_both));
  // What one source cannot say to both dialects is left out: not often.
  if (!testing::IsSanitized()) {
    EXPECT_LT(inexact * 5, in_both);
  }
}

struct PolicyCase {
  const char* a;
  const char* b;
  bool want;
  const char* part;  // of the counterexample
};

TEST(SubsumeTest, ComparesWholePolicies) {
  constexpr PolicyCase kCases[] = {
      {"default-src 'self'", "default-src 'self'", true, ""},
      {"default-src 'self'", "img-src 'self'", false, "connections"},
      {"img-src 'self'", "default-src 'self'", true, ""},
      {"img-src 'self'", "img-src 'self' https://a.test", false,
       "images from https://a.test/"},
      {"script-src 'self'", "default-src 'self'", true, ""},
      {"script-src 'self'", "script-src 'self' 'unsafe-inline'", false,
       "inline scripts"},
      {"script-src 'self'", "script-src 'self' 'unsafe-eval'", false, "eval"},
      {"script-src 'unsafe-eval'", "script-src 'wasm-unsafe-eval'", true, ""},
      {"script-src 'nonce-a'", "script-src 'nonce-b'", true, ""},
      {"script-src 'self'", "script-src 'nonce-b'", false, "with a nonce"},
      {"script-src 'self'", "script-src 'sha256-AAAA'", false, "digest"},
      {"default-src 'self'; worker-src 'none'", "default-src 'self'", false,
       "workers"},
      {"base-uri 'self'", "default-src 'none'", false, "base URLs"},
      {"frame-ancestors 'self'", "frame-ancestors 'none'", true, ""},
      {"sandbox allow-scripts", "sandbox", true, ""},
      {"sandbox", "sandbox allow-scripts", false, "sandbox allow-scripts"},
      {"sandbox", "img-src 'self'", false, "not demanded"},
      {"upgrade-insecure-requests", "img-src 'self'", false, "not demanded"},
      {"trusted-types a b", "trusted-types a", true, ""},
      {"trusted-types a", "trusted-types a c", false, "trusted-types c"},
      {"trusted-types a", "trusted-types *", false, "trusted-types *"},
      {"trusted-types *", "trusted-types a b", true, ""},
      {"trusted-types *", "trusted-types * 'allow-duplicates'", false,
       "'allow-duplicates'"},
      {"trusted-types 'none'", "trusted-types", true, ""},
      {"require-trusted-types-for 'script'", "require-trusted-types-for", false,
       "not demanded"},
      {"require-trusted-types-for 'script'", "require-trusted-types-for x",
       false, "not demanded"},
      {"sandbox allow-top-navigation",
       "sandbox allow-top-navigation-by-user-activation", true, ""},
      {"script-src-elem 'sha256-A'; script-src-attr 'unsafe-inline'",
       "script-src-elem 'sha256-A' 'unsafe-hashes'; script-src-attr 'none'",
       false, "javascript: URLs"},
      {"script-src-elem 'unsafe-inline' 'nonce-x'",
       "script-src-elem 'nonce-x' 'inline-speculation-rules'", false,
       "speculation"},
      {"frame-ancestors 'none'", "frame-ancestors https://a.test/p", true, ""},
      {"img-src https:", "img-src https://*.a.test", true, ""},
      {"img-src https://*.a.test", "img-src https:", false, "https://"},
      {"img-src https:", "img-src data:", false, "images from data:w0"},
      {"frame-src data:", "frame-src data: blob:", false, "from blob:w0"},
  };
  for (const PolicyCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.a, " over ", c.b));
    const Policy b = Parse(c.b);
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      const Subsumption got = Subsumes(Parse(c.a), absl::MakeConstSpan(&b, 1),
                                       AssumedOrigin(), dialect);
      EXPECT_EQ(got.holds, c.want) << got.counterexample;
      EXPECT_NE(got.counterexample.find(c.part), std::string::npos)
          << got.counterexample;
    }
  }
}

// By the specification it is above names alone, whatever an address ends in.
TEST(SubsumeTest, AWildcardCoversAnAddressInChromiumAlone) {
  const std::string self = "http://1.2.3.4", url = self + "/";
  const std::string wildcard = "img-src *.2.3.4:*", own = "img-src 'self'";
  for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
    const bool matches = Allows(wildcard, "img-src", url, self, dialect);
    EXPECT_EQ(matches, dialect == Dialect::kChromium);
    EXPECT_EQ(
        Subsumes(Parse(wildcard), {Parse(own)}, *ParseOrigin(self), dialect)
            .holds,
        matches);
  }
}

struct SeveralCase {
  const char* a;
  std::vector<const char*> b;
  bool want;
  const char* why;
};

TEST(SubsumeTest, ComparesSeveralPoliciesTogether) {
  const SeveralCase cases[] = {
      {"img-src https://r.test",
       {"img-src https://r.test https://a.test/x",
        "img-src https://r.test https://a.test/y"},
       false,
       "by a redirect from r.test, every path of a.test"},
      {"img-src 'none'",
       {"img-src https://a.test/x", "img-src https://a.test/y"},
       true,
       "nothing is there to redirect"},
      {"img-src https://r.test https://a.test",
       {"img-src https://r.test https://a.test/x",
        "img-src https://r.test https://a.test/y"},
       true,
       ""},
      {"base-uri https://r.test",
       {"base-uri https://r.test https://a.test/x",
        "base-uri https://r.test https://a.test/y"},
       true,
       "base URLs are not loaded"},
      {"form-action https://r.test",
       {"form-action https://r.test https://a.test/x",
        "form-action https://r.test https://a.test/y"},
       false,
       "forms are redirected as loads are"},
      {"frame-ancestors https://r.test",
       {"frame-ancestors https://r.test https://a.test/x",
        "frame-ancestors https://r.test https://a.test/y"},
       true,
       "a framing page is not redirected"},
      {"trusted-types x", {"trusted-types *", "trusted-types y"}, false, "y"},
      {"trusted-types x", {"trusted-types *", "trusted-types x"}, true, ""},
      {"trusted-types x",
       {"trusted-types x", "trusted-types * 'allow-duplicates'"},
       true,
       "the first allows no duplicates"},
      {"sandbox",
       {"sandbox ALLOW-SCRIPTS", "sandbox allow-scripts"},
       false,
       "flags are one in every case"},
      {"sandbox",
       {"sandbox allow-top-navigation",
        "sandbox allow-top-navigation-by-user-activation"},
       false,
       "the first flag says the second too"},
      {"require-trusted-types-for 'script'",
       {"img-src *", "require-trusted-types-for 'script'"},
       true,
       "one is enough"},
  };
  for (const SeveralCase& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.a, " over ", c.b[0], ": ", c.why));
    std::vector<Policy> b;
    for (const char* text : c.b) b.push_back(Parse(text));
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      const Subsumption got = Subsumes(Parse(c.a), b, AssumedOrigin(), dialect);
      EXPECT_EQ(got.holds, c.want) << got.counterexample;
    }
  }
}

TEST(SubsumeTest, ManyMarksAndPoliciesAreBounded) {
  std::vector<Policy> b;
  for (int i = 0; i < 60; ++i) {
    std::string text = "script-src";
    for (int n = 0; n < 80; ++n) {
      if (n % 61 == i) continue;
      absl::StrAppend(&text, " 'nonce-n", n, "' 'sha256-h", n, "' */p", n);
    }
    b.push_back(Parse(text));
  }
  // It would hold, were they compared one by one.
  const Subsumption got = Subsumes(Parse("script-src http: https:"), b,
                                   AssumedOrigin(), Dialect::kSpec);
  EXPECT_FALSE(got.holds);
  EXPECT_EQ(got.counterexample, "more nonces and digests than can be compared");
}

// Pairs of sources are not all compared: it is said, and no URL is made up.
TEST(SubsumeTest, ManySourcesOfSeveralPoliciesAreBounded) {
  std::string one = "img-src", other = "img-src";
  for (int i = 0; i < 2000; ++i) {
    absl::StrAppend(&one, " https://a", i, ".test");
    absl::StrAppend(&other, " https://b", i, ".test");
  }
  const Subsumption got =
      Subsumes(Parse("img-src 'none'"), {Parse(one), Parse(other), Parse(one)},
               AssumedOrigin(), Dialect::kSpec);
  EXPECT_FALSE(got.holds);
  EXPECT_EQ(got.counterexample, "more sources than can be compared");
}

TEST(IntersectTest, IntersectsWholePolicies) {
  struct Case {
    const char* a;
    const char* b;
    const char* want;
  };
  constexpr Case kCases[] = {
      {"img-src https:", "default-src https://*.a.test",
       "img-src https://*.a.test; default-src https://*.a.test"},
      {"script-src 'self' 'unsafe-inline'", "script-src 'self'",
       "script-src 'self'"},
      // Without its nonce, 'unsafe-inline' would come to life.
      {"script-src 'unsafe-inline' 'nonce-a'", "script-src 'self' 'sha256-AAA'",
       "script-src 'none'"},
      {"default-src 'self'; img-src *",
       "default-src 'self' data:", "default-src 'self'; img-src 'self'"},
      {"child-src https://a.test", "script-src https://b.test",
       "child-src https://a.test; script-src https://b.test; "
       "worker-src 'none'"},
      {"sandbox allow-scripts allow-forms", "sandbox allow-forms",
       "sandbox allow-forms"},
      // Nor may 'unsafe-inline' or a scheme of the other come to life.
      {"script-src 'unsafe-inline' 'nonce-a'", "script-src 'unsafe-inline'",
       "script-src 'none'"},
      {"script-src 'unsafe-inline' 'sha256-AAA' 'self'",
       "script-src 'unsafe-inline' 'self'", "script-src 'self'"},
      {"script-src 'strict-dynamic' 'nonce-a' https:",
       "script-src 'nonce-b' https:",
       "script-src 'nonce-a'; worker-src https:"},
      {"script-src 'strict-dynamic' 'nonce-a' 'unsafe-inline' https:",
       "script-src 'strict-dynamic' 'nonce-b' 'unsafe-inline'",
       "script-src 'strict-dynamic' 'nonce-a' 'unsafe-inline'"},
      // A list is a set.
      {"img-src 'self' data:", "img-src 'self' 'self'", "img-src 'self'"},
      {"img-src 'self' 'self'", "img-src 'self' data:", "img-src 'self'"},
      {"img-src 'self' data:", "img-src data: 'self' data:",
       "img-src 'self' data:"},
      {"require-trusted-types-for x", "require-trusted-types-for 'script'",
       "require-trusted-types-for x 'script'"},
      {"trusted-types *", "trusted-types a b", "trusted-types a b"},
      {"sandbox allow-top-navigation",
       "sandbox allow-top-navigation-by-user-activation",
       "sandbox allow-top-navigation-by-user-activation"},
  };
  for (const Case& c : kCases) {
    const absl::StatusOr<Policy> got =
        Intersect(Parse(c.a), Parse(c.b), AssumedOrigin());
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(got->ToString(), c.want) << c.a << " with " << c.b;
  }
}

// A port that is the scheme's own may be written or not.
TEST(IntersectTest, DefaultPortsMeetNone) {
  struct Row {
    const char* a;
    const char* b;
    const char* want;
  };
  constexpr Row kRows[] = {
      {"http://a.test:80", "http://a.test", "http://a.test:80"},
      {"http://a.test:80/p/", "http://a.test", "http://a.test:80/p/"},
      {"http://*.a.test:80", "http://b.a.test", "http://b.a.test:80"},
      {"https://a.test:443", "https://a.test", "https://a.test"},
      {"ws://a.test:80", "ws://a.test", "ws://a.test:80"},
      {"wss://a.test:443", "wss://a.test", "wss://a.test"},
      {"ftp://a.test:21", "ftp://a.test:*", "ftp://a.test:21"},
      {"http://a.test:80", "http://a.test:443", ""},
      {"http://a.test:80", "https://a.test", ""},
      {"http://a.test:8080", "http://a.test", ""},
      // Encryption that was asked for is no upgrade.
      {"https://a.test:80", "http://a.test", ""},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(absl::StrCat(row.a, " with ", row.b));
    for (const char* directive : {"connect-src", "img-src", "default-src"}) {
      const Policy a = Parse(absl::StrCat(directive, " ", row.a));
      const Policy b = Parse(absl::StrCat(directive, " ", row.b));
      const std::string want =
          absl::StrCat(directive, " ", *row.want == '\0' ? "'none'" : row.want);
      EXPECT_EQ(Intersect(a, b, AssumedOrigin())->ToString(), want);
      EXPECT_EQ(Intersect(b, a, AssumedOrigin())->ToString(), want);
    }
  }
}

// What is told is the plainest there is: the scheme's own port while it will
// do, and a load in the page's text before one that a script makes.
TEST(SubsumeTest, TheExampleIsThePlainest) {
  struct Row {
    const char* a;
    std::vector<const char*> b;
    const char* want;
  };
  const Row kRows[] = {
      {"img-src 'none'",
       {"img-src https://*:*"},
       "images from https://w0.example/"},
      {"img-src https://w0.example",
       {"img-src https://*:*"},
       "images from https://w1.example/"},
      {"img-src https://*",
       {"img-src https://*:*"},
       "images from https://w2.example:1026/w2"},
      {"script-src 'self'",
       {"script-src 'strict-dynamic' 'nonce-b'", "script-src 'nonce-b'"},
       "script elements from https://w0.example/ with a nonce"},
      {"script-src 'self'",
       {"script-src 'strict-dynamic' 'sha256-AAAA'",
        "script-src 'sha256-AAAA'"},
       "script elements from https://w0.example/ with a listed digest"},
      {"script-src 'self'",
       {"script-src 'strict-dynamic' 'nonce-b'"},
       "script elements from https://w0.example/, inserted by a trusted "
       "script"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(absl::StrCat(row.a, " over ", row.b[0]));
    std::vector<Policy> b;
    for (const char* text : row.b) b.push_back(Parse(text));
    const Subsumption got =
        Subsumes(Parse(row.a), b, AssumedOrigin(), Dialect::kSpec);
    EXPECT_FALSE(got.holds);
    EXPECT_EQ(got.counterexample, row.want);
  }
}

// The plain twin is not let in by the two together.
TEST(SubsumeTest, AnUpgradeAloneIsNotCoveredByItsPlainTwin) {
  const Policy b[] = {Parse("img-src http://a.test:80"),
                      Parse("img-src https:")};
  EXPECT_FALSE(Subsumes(Parse("img-src http://a.test"), b, AssumedOrigin(),
                        Dialect::kSpec)
                   .holds);
}

// What 'strict-dynamic' lets workers do hangs on the directive that holds it.
TEST(IntersectTest, WhatWouldExceedEitherIsRefused) {
  for (const char* other :
       {"default-src 'strict-dynamic'",
        "default-src https: 'strict-dynamic'; script-src-elem https:"}) {
    SCOPED_TRACE(other);
    const Policy a = Parse("script-src 'strict-dynamic'"), b = Parse(other);
    EXPECT_EQ(Intersect(a, b, AssumedOrigin()).status().code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Intersect(b, a, AssumedOrigin()).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
}

TEST(SubsumeTest, ManySourcesTakeLinearTime) {
  std::string many = "img-src";
  const int64_t count = testing::AmountOf(testing::Amount{10000, 800, 10000});
  for (int64_t i = 0; i < count; ++i) {
    absl::StrAppend(&many, " h", i, ".test/p/");
  }
  const Policy policy = Parse(many);
  EXPECT_TRUE(Subsumes(policy, absl::MakeConstSpan(&policy, 1), AssumedOrigin(),
                       Dialect::kChromium)
                  .holds);
  EXPECT_TRUE(
      Intersect(policy, Parse("img-src *.test x.test y.test"), AssumedOrigin())
          .ok());
}

// Each of these meets each of the others in part.
TEST(IntersectTest, ManyPairsAreRefusedRatherThanSlow) {
  std::string a = "img-src", b = "img-src";
  for (int i = 0; i < 15; ++i) {
    absl::StrAppend(&a, " *.h", i, ".test");
    absl::StrAppend(&b, " */p", i, "/");
  }
  const Policy x = Parse(a), y = Parse(b);
  PairBudget budget(400);
  EXPECT_TRUE(Intersect(x, y, AssumedOrigin(), &budget).ok());
  EXPECT_EQ(Intersect(x, y, AssumedOrigin(), &budget).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Intersect(x, y, AssumedOrigin()).ok());
}

}  // namespace
}  // namespace csp
}  // namespace postern
