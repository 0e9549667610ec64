#include "permission/approval/csp_request.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "net/csp/directive.h"
#include "net/csp/merge.h"
#include "net/csp/policy_text.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

csp::Directive Named(absl::string_view name) {
  return csp::ParseDirectiveName(name).value();
}

struct WordCase {
  const char* directive;
  const char* text;
  const char* want;  // the canonical word, or a part of the message
  const char* why;
};

TEST(CspRequestTest, WordsAreReadToOneSpelling) {
  constexpr WordCase kCases[] = {
      {"img-src", "HTTPS://Pics.Test:443/", "https://pics.test", "a host"},
      {"img-src", "https://a.test/%7e%2c", "https://a.test/~%2C", "a path"},
      {"img-src", "'SELF'", "'self'", "a keyword"},
      {"img-src", "HTTPS:", "https:", "a scheme"},
      {"script-src", "'sha256-_-a='", "'sha256-/+a='", "a hash"},
      {"form-action", "'NONE'", "'none'", "restricts, so it asks for much"},
      {"sandbox", "allow-forms", "allow-forms", "a token"},
      {"sandbox", "", "", "the strictest there is"},
      {"upgrade-insecure-requests", "", "", "takes no value"},
  };
  for (const WordCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.directive, " ", c.text, ": ", c.why));
    const auto word = CanonicalCspWord(Named(c.directive), c.text);
    ASSERT_TRUE(word.ok()) << word.status();
    EXPECT_EQ(*word, c.want);
    EXPECT_EQ(CanonicalCspWord(Named(c.directive), *word).value(), *word)
        << "is its own canonical form";
  }
}

TEST(CspRequestTest, WhatIsNoWordIsRefused) {
  constexpr WordCase kCases[] = {
      {"img-src", "a;b", "\";\" and \",\" end a directive", "injection"},
      {"img-src", "a,b", "\";\" and \",\" end a directive", "injection"},
      {"img-src", "a b", "a space or control byte", "two words"},
      {"img-src", "a\r\nX: y", "a space or control byte", "injection"},
      {"img-src", "\xc3\xbc.test", "not ASCII", "no punycode"},
      {"img-src", "a.test:65536", "no port", "out of range"},
      {"img-src", "self", "the keyword is written 'self'", "no quotes"},
      {"img-src", "a.test/?q", "a query", "browsers leave it out"},
      {"img-src", "", "no sources for img-src, expected at least one",
       "an empty list is 'none' to browsers"},
      {"img-src", "'none'", "'none' in img-src asks for nothing",
       "adds nothing"},
      {"sandbox", "allow-everything", "is nothing that sandbox takes",
       "no flag"},
      {"upgrade-insecure-requests", "x", "takes no value", "has none"},
  };
  for (const WordCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.directive, " ", c.text, ": ", c.why));
    const absl::Status status =
        CanonicalCspWord(Named(c.directive), c.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), c.want)) << status;
  }
}

TEST(CspRequestTest, AListNamesEachDirectiveOnceAndCanonically) {
  EXPECT_TRUE(ValidateCsp({}).ok());
  EXPECT_TRUE(ValidateCsp({PageRequest("base-uri 'none'"),
                           PageRequest("form-action 'self'")})
                  .ok());
  EXPECT_FALSE(ValidateCsp({PageRequest("base-uri 'none'"),
                            PageRequest("form-action 'self'"),
                            PageRequest("base-uri 'self'")})
                   .ok());
  EXPECT_FALSE(ValidateCsp({PageRequest("img-src https://A.test")}).ok())
      << "not canonical";
  std::vector<CspRequest> many(2000, PageRequest("img-src https://a.test"));
  EXPECT_TRUE(ValidateCsp(many).ok());
  many.push_back(many[0]);
  EXPECT_FALSE(ValidateCsp(many).ok());
}

TEST(CspRequestTest, BecomesARequestOfMerge) {
  Manifest manifest = MakeManifest("notes.acme_pad_1.0", {});
  manifest.csp = {PageRequest("img-src https://a.test", "", 3),
                  PageRequest("upgrade-insecure-requests", "", 4),
                  PageRequest("img-src https://b.test", "", 5),
                  PageRequest("img-src https://a.test", "", 6)};
  manifest.csp[2].source.name = "another.json";
  manifest.csp[2].source.column = 7;
  const csp::RequestInput input = CspRequestInput(manifest).value();
  EXPECT_EQ(input.app, "notes.acme_pad");
  EXPECT_EQ(input.request.file, "manifest.json");
  const csp::Policy& policy = input.request.policy;
  EXPECT_EQ(policy.ToString(),
            "img-src https://a.test https://b.test; upgrade-insecure-requests");
  EXPECT_EQ(policy.directives[0].place.line, 3);
  EXPECT_EQ(policy.directives[0].sources[1].place.line, 0)
      << "no place in this file";
  manifest.csp[0].word = "a;b";
  EXPECT_FALSE(CspRequestInput(manifest).ok());
}

// The strictest sandbox has no flag, not one without a name.
TEST(CspRequestTest, DirectivesWithoutValuesHaveNoWords) {
  Manifest manifest = MakeManifest("notes.acme", {});
  manifest.csp = {PageRequest("sandbox"),
                  PageRequest("upgrade-insecure-requests")};
  const csp::Policy policy = CspRequestInput(manifest).value().request.policy;
  ASSERT_EQ(policy.directives.size(), 2u);
  for (const csp::DirectiveValue& value : policy.directives) {
    EXPECT_TRUE(value.tokens.empty()) << csp::DirectiveName(value.directive);
    EXPECT_TRUE(value.sources.empty()) << csp::DirectiveName(value.directive);
  }
  EXPECT_EQ(policy.ToString(), "sandbox; upgrade-insecure-requests");
}

// What is asked for alone changes nothing.
TEST(CspRequestTest, ARequestIsNoGrant) {
  Manifest manifest = MakeManifest("notes.acme", {});
  manifest.csp = {PageRequest("img-src https://a.test")};
  csp::MergeInput input;
  input.base = csp::ParsePolicyText("base.csp", "default-src 'self'\n").value();
  input.requests.push_back(CspRequestInput(manifest).value());
  const csp::MergeResult merged = csp::Merge(input).value();
  EXPECT_EQ(merged.all.policy.ToString(), "default-src 'self'");
  ASSERT_EQ(merged.apps.size(), 1u);
  ASSERT_EQ(merged.apps[0].notes.size(), 1u);
  EXPECT_EQ(merged.apps[0].notes[0].kind, csp::NoteKind::kNotGranted);
  EXPECT_EQ(merged.apps[0].notes[0].at.ToString(),
            "asked for by notes.acme, manifest.json:1:0");
}

}  // namespace
}  // namespace postern
