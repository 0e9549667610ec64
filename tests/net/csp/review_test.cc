#include "net/csp/review.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace postern {
namespace csp {
namespace {

PolicyText Read(const std::string& file, const std::string& text) {
  absl::StatusOr<PolicyText> read = ParsePolicyText(file, text);
  EXPECT_TRUE(read.ok()) << read.status();
  return *read;
}

OpenHosts Hosts() {
  return *OpenHosts::Parse("open_hosts.txt", OpenHosts::DefaultText());
}

Review ReviewOf(const MergeInput& input) {
  const absl::StatusOr<MergeResult> result = Merge(input);
  EXPECT_TRUE(result.ok()) << result.status();
  return MakeReview(input, *result, Hosts());
}

// The codes of what is found in a policy that is granted whole.
std::string Codes(const std::string& line, const char* self) {
  MergeInput input;
  input.self = *ParseOrigin(self);
  const bool scripts = absl::StartsWith(line, "script-src ");
  input.base =
      Read("base", scripts ? line : absl::StrCat("script-src 'self'\n", line));
  const Review review = ReviewOf(input);
  std::vector<std::string> out;
  for (const Finding& finding : review.base_findings) {
    out.push_back(absl::StrCat(SeverityName(finding.severity), " ",
                               finding.code, " ", finding.word));
  }
  return absl::StrJoin(out, ", ");
}

#define ALL_LEAVES                                                          \
  "\nconnect-src 'self'\nfont-src 'self'\nframe-src 'self'\nimg-src 'self'" \
  "\nmanifest-src 'self'\nmedia-src 'self'\nobject-src 'self'"              \
  "\nstyle-src 'self'\nworker-src 'self'"

struct Case {
  const char* line;
  const char* want;
};

TEST(ReviewTest, Findings) {
  constexpr Case kCases[] = {
      {"script-src 'self'", ""},
      {"script-src *", "high SCRIPT_FROM_ANYWHERE *"},
      // Scripts have a list of their own here, workers and plug-ins too.
      {"worker-src 'self'\nobject-src 'none'\ndefault-src https: 'self'",
       "medium ANY_HOST https:, info NO_WSS https:"},
      {"default-src 'unsafe-inline'", "low INLINE_STYLE 'unsafe-inline'"},
      {"default-src https:",
       "high SCRIPT_FROM_ANYWHERE https:, info NO_WSS https:"},
      {"child-src data:\nworker-src 'self'", "high DATA_URL data:"},
      // It keeps out what is yet to come, and costs nothing.
      {"default-src 'none'" ALL_LEAVES, ""},
      {"default-src https:" ALL_LEAVES, "info NEVER_EFFECTIVE "},
      {"frame-src 'self'\nworker-src 'self'\nchild-src https:",
       "info NEVER_EFFECTIVE "},
      {"worker-src 'strict-dynamic'",
       "high SCRIPT_FROM_ANYWHERE 'strict-dynamic'"},
      {"script-src-elem 'unsafe-eval'", "low NEVER_EFFECTIVE 'unsafe-eval'"},
      {"frame-ancestors https://a.test/p",
       "low NEVER_EFFECTIVE https://a.test/p"},
      {"script-src https:", "high SCRIPT_FROM_ANYWHERE https:"},
      {"script-src https://*", "high SCRIPT_FROM_ANYWHERE https://*"},
      {"script-src data:", "high DATA_URL data:"},
      {"script-src blob:", "high BLOB_URL blob:"},
      {"script-src 'unsafe-inline'", "high INLINE_SCRIPT 'unsafe-inline'"},
      {"script-src 'unsafe-inline' 'nonce-a'",
       "info NEVER_EFFECTIVE 'unsafe-inline'"},
      {"script-src 'unsafe-eval'", "medium EVAL 'unsafe-eval'"},
      {"script-src https://cdn.jsdelivr.net",
       "high ANYONE_PUBLISHES https://cdn.jsdelivr.net"},
      {"script-src https://cdn.jsdelivr.net/npm/",
       "high ANYONE_PUBLISHES "
       "https://cdn.jsdelivr.net/npm/"},
      {"script-src https://cdn.jsdelivr.net/gh/owner/",
       "info PATH_AFTER_REDIRECT https://cdn.jsdelivr.net/gh/owner/"},
      {"connect-src https://raw.githubusercontent.com/owner/apps/",
       "info PATH_AFTER_REDIRECT "
       "https://raw.githubusercontent.com/owner/apps/"},
      // The owner is the label in front.
      {"script-src https://x.github.io", ""},
      {"script-src https://x.github.io. https://a.b.github.io", ""},
      {"script-src https://*.github.io",
       "high ANYONE_PUBLISHES https://*.github.io"},
      {"script-src https://github.io/x/",
       "high ANYONE_PUBLISHES https://github.io/x/"},
      {"script-src https://*.x.github.io",
       "high ANYONE_PUBLISHES https://*.x.github.io"},
      {"img-src https://bucket.s3.amazonaws.com https://x.netlify.app "
       "https://bucket.s3.eu-west-1.amazonaws.com "
       "https://bucket.fra1.digitaloceanspaces.com",
       ""},
      {"img-src https://fra1.digitaloceanspaces.com/bucket/",
       "medium ANYONE_PUBLISHES https://fra1.digitaloceanspaces.com/bucket/"},
      {"img-src https://s3.amazonaws.com https://s3.eu-west-1.amazonaws.com",
       "medium ANYONE_PUBLISHES https://s3.amazonaws.com, "
       "medium ANYONE_PUBLISHES https://s3.eu-west-1.amazonaws.com"},
      {"img-src https://s3.amazonaws.com/bucket/",
       "info PATH_AFTER_REDIRECT https://s3.amazonaws.com/bucket/"},
      {"img-src https://user-images.githubusercontent.com",
       "medium ANYONE_PUBLISHES https://user-images.githubusercontent.com"},
      {"img-src https://user-images.githubusercontent.com/1/",
       "medium ANYONE_PUBLISHES https://user-images.githubusercontent.com/1/"},
      // Nobody else publishes there, and old libraries run what a page says.
      {"script-src https://www.gstatic.com",
       "high SCRIPT_GADGETS https://www.gstatic.com"},
      {"script-src https://www.gstatic.com/cv/js/",
       "high SCRIPT_GADGETS https://www.gstatic.com/cv/js/"},
      {"script-src https://www.gstatic.com/cv/js/cast_sender.js", ""},
      {"img-src https://www.gstatic.com", ""},
      {"script-src https://*.googleapis.com",
       "high ANYONE_PUBLISHES https://*.googleapis.com"},
      {"script-src https://notgithub.iox", ""},
      {"script-src http://a.test", "high PLAIN_ON_HTTPS http://a.test"},
      {"script-src 'strict-dynamic' 'nonce-a' https://a.test",
       "info NEVER_EFFECTIVE https://a.test"},
      {"img-src *", "medium ANY_HOST *"},
      {"img-src data: blob:", "low DATA_URL data:, low BLOB_URL blob:"},
      {"img-src 'unsafe-inline'", "low NEVER_EFFECTIVE 'unsafe-inline'"},
      {"img-src 10.0.0.1", "medium ADDRESS 10.0.0.1"},
      {"style-src 'unsafe-inline'", "low INLINE_STYLE 'unsafe-inline'"},
      {"connect-src https://a.test", ""},
      {"connect-src https://*",
       "medium ANY_HOST https://*, info NO_WSS https://*"},
      {"connect-src https: wss:",
       "medium ANY_HOST https:, medium ANY_HOST wss:"},
      // Both are pages under the same policy.
      {"object-src blob:", "low BLOB_URL blob:"},
      {"frame-src blob:", "low BLOB_URL blob:"},
      {"worker-src blob:", "high BLOB_URL blob:"},
      {"connect-src https://a.test wss:", "medium ANY_HOST wss:"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Codes(c.line, "https://page.test"), c.want) << c.line;
  }
  EXPECT_EQ(Codes("img-src http://a.test", "http://page.test"), "");
}

TEST(ReviewTest, ScriptsThatNothingRestricts) {
  MergeInput input;
  input.base = Read("base", "img-src 'self'");
  const Review review = ReviewOf(input);
  ASSERT_EQ(review.base_findings.size(), 1u);
  EXPECT_EQ(review.base_findings[0].code, "SCRIPTS_UNRESTRICTED");
}

TEST(ReviewTest, LongHeaders) {
  std::string text = "default-src 'self'\nimg-src";
  for (int i = 0; i < 600; ++i)
    absl::StrAppend(&text, " https://h", i, ".test");
  MergeInput input;
  input.base = Read("base", text);
  const Review review = ReviewOf(input);
  ASSERT_EQ(review.base_findings.size(), 1u);
  EXPECT_EQ(review.base_findings[0].code, "HEADER_TOO_LONG");
}

TEST(ReviewTest, TellsWhatIsAddedReachableMissingAndBroken) {
  MergeInput input;
  input.self = *ParseOrigin("https://cloud.test");
  input.base = Read("base.csp",
                    "default-src 'self'\nscript-src 'self' "
                    "'unsafe-inline'\n");
  input.requests = {{"notes", Read("notes.csp",
                                   "img-src https://a.test "
                                   "https://b.test\nsandbox\n")}};
  GrantInput grant;
  grant.app = "notes";
  grant.grant = Read("admin.csp",
                     "img-src https://a.test\nscript-src "
                     "'nonce-abc'\n");
  grant.accepted = {Conflict::kNonce};
  input.grants = {grant};
  const Review review = ReviewOf(input);
  ASSERT_EQ(review.apps.size(), 1u);
  const std::string text = ReviewToText(review);
  for (const char* part :
       {"+ img-src https://a.test\n      images from https://a.test\n      "
        "granted to notes, admin.csp:1:9; asked for by notes, notes.csp:1:9",
        "Newly reachable, for example:\n  images from https://a.test/",
        "Stops working, for example:\n  inline scripts",
        "img-src https://b.test\n      asked for, not granted\n      asked for "
        "by notes, notes.csp:1:24",
        "[grant notes]\nimg-src https://b.test\n",
        "Content-Security-Policy: default-src 'self'; script-src"}) {
    EXPECT_TRUE(absl::StrContains(text, part)) << part << "\nin\n" << text;
  }
}

TEST(OpenHostsTest, TheListIsRead) {
  EXPECT_TRUE(OpenHosts::Parse("f", OpenHosts::DefaultText()).ok());
  EXPECT_EQ(OpenHosts::Parse("f", "# x\na.test\nhttps://b.test\n")
                .status()
                .message()
                .substr(0, 6),
            "f:3:1:");
}

}  // namespace
}  // namespace csp
}  // namespace postern
