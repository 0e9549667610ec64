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

TEST(ReviewTest, FindsWhatIsDangerousInAPolicy) {
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
      // Each of the lists that govern styles or scripts in the page by itself.
      {"style-src-elem 'unsafe-inline'", "low INLINE_STYLE 'unsafe-inline'"},
      {"style-src-attr 'unsafe-inline'", "low INLINE_STYLE 'unsafe-inline'"},
      {"style-src-elem 'self'\nstyle-src 'unsafe-inline'",
       "low INLINE_STYLE 'unsafe-inline'"},
      {"style-src-attr 'self'\nstyle-src 'unsafe-inline'",
       "low INLINE_STYLE 'unsafe-inline'"},
      {"style-src-attr 'unsafe-hashes' 'sha256-AAAA' 'report-sample'", ""},
      {"style-src-attr 'unsafe-hashes'", "low NEVER_EFFECTIVE 'unsafe-hashes'"},
      {"script-src-elem 'unsafe-inline'", "high INLINE_SCRIPT 'unsafe-inline'"},
      {"script-src-attr 'unsafe-inline'", "high INLINE_SCRIPT 'unsafe-inline'"},
      {"script-src-attr 'unsafe-hashes' 'sha256-AAAA' 'report-sample'", ""},
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

// Hosts tell their owners apart in different ways, some in none.
TEST(ReviewTest, AdviceFitsTheOpenHost) {
  struct Row {
    const char* source;
    const char* want;
  };
  constexpr Row kRows[] = {
      {"https://github.io", "name one owner's host below it, without \"*\""},
      {"https://*.x.github.io",
       "name one owner's host below it, without \"*\""},
      {"https://cdn.jsdelivr.net",
       "name one owner's path, or serve a copy yourself"},
      {"https://user-images.githubusercontent.com",
       "no path makes it one owner's: serve a copy yourself"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.source);
    MergeInput input;
    input.base = Read("base", absl::StrCat("script-src ", row.source));
    const Review review = ReviewOf(input);
    ASSERT_EQ(review.base_findings.size(), 1u);
    const std::string& message = review.base_findings[0].message;
    EXPECT_EQ(message.substr(message.find("; ") + 2), row.want) << message;
  }
}

TEST(ReviewTest, ScriptsThatNothingRestrictsAreAFinding) {
  MergeInput input;
  input.base = Read("base", "img-src 'self'");
  const Review review = ReviewOf(input);
  ASSERT_EQ(review.base_findings.size(), 1u);
  EXPECT_EQ(review.base_findings[0].code, "SCRIPTS_UNRESTRICTED");
}

TEST(ReviewTest, ALongHeaderIsAFinding) {
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

PolicyReview ReviewOfApp(const std::string& base, const std::string& request,
                         const std::string& grant = "",
                         const std::string& ceiling = "") {
  MergeInput input;
  input.self = *ParseOrigin("https://cloud.test");
  input.base = Read("base.csp", base);
  input.requests = {{"app", Read("app.csp", request)}};
  if (!grant.empty()) {
    input.grants = {{"app", Read("admin.csp", grant), {}}};
  }
  if (!ceiling.empty()) input.ceiling = Read("top.csp", ceiling);
  return ReviewOf(input).apps[0];
}

std::string Told(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    out.push_back(absl::StrCat(SeverityName(finding.severity), " ",
                               finding.code, " ", finding.word, " ",
                               finding.from[0].ToString()));
  }
  return absl::StrJoin(out, "\n");
}

// Whoever is to paste a grant reads beside it what it would do.
TEST(ReviewTest, DangerStandsBesideWhatIsAskedFor) {
  EXPECT_EQ(
      Told(ReviewOfApp("script-src 'self'", "script-src 'unsafe-eval' blob:")
               .if_granted),
      "high BLOB_URL blob: asked for by app, app.csp:1:26\n"
      "medium EVAL 'unsafe-eval' asked for by app, app.csp:1:12");
  // What a list is for counts: here default-src is for scripts, there not.
  const char* const kAll = "default-src https:";
  EXPECT_EQ(Told(ReviewOfApp("default-src 'self'", kAll).if_granted),
            "high SCRIPT_FROM_ANYWHERE https: asked for by app, app.csp:1:13\n"
            "info NO_WSS https: asked for by app, app.csp:1:13");
  EXPECT_EQ(Told(ReviewOfApp("default-src 'self'\nscript-src 'self'\n"
                             "object-src 'self'\nworker-src 'self'",
                             kAll)
                     .if_granted),
            "medium ANY_HOST https: asked for by app, app.csp:1:13\n"
            "info NO_WSS https: asked for by app, app.csp:1:13");
  // Conflicts count as if they were accepted, and what is granted is no more
  // told of as missing.
  EXPECT_EQ(Told(ReviewOfApp("img-src 'self'", "frame-ancestors *").if_granted),
            "medium ANY_HOST * asked for by app, app.csp:1:17");
  const PolicyReview granted = ReviewOfApp("img-src 'self'\nscript-src 'self'",
                                           "img-src *", "img-src *");
  EXPECT_EQ(Told(granted.if_granted), "");
  EXPECT_EQ(Told(granted.findings),
            "medium ANY_HOST * granted to app, admin.csp:1:9");
}

// Whatever the app is called.
TEST(ReviewTest, AnAppMayBeCalledAsTheReviewCallsItsRequest) {
  for (const char* name : {"asking", "asking.too"}) {
    MergeInput input;
    input.base = Read("base.csp", "script-src 'self'");
    input.requests = {{name, Read("app.csp", "script-src blob:")}};
    input.grants = {{name, Read("admin.csp", "script-src https://a.test"), {}}};
    EXPECT_EQ(Told(ReviewOf(input).apps[0].if_granted),
              absl::StrCat("high BLOB_URL blob: asked for by ", name,
                           ", app.csp:1:12"));
  }
}

TEST(ReviewTest, WhatTheCeilingStopsIsTold) {
  const auto stops = [](const char* base, const char* ceiling) {
    return absl::StrJoin(ReviewOfApp(base, "", "", ceiling).stops, ", ");
  };
  EXPECT_EQ(stops("script-src 'self' 'unsafe-inline'", "script-src 'self'"),
            "inline scripts, event handlers in attributes, javascript: URLs");
  EXPECT_EQ(stops("default-src 'self'\nimg-src https:",
                  "default-src 'self' https://a.test"),
            "images from https://w0.example/");
  EXPECT_EQ(stops("img-src https:", "img-src *"), "");
}

TEST(ReviewTest, NothingToPasteThatTheCeilingForbids) {
  const PolicyReview review = ReviewOfApp(
      "default-src 'self'",
      "img-src https://a.test https://b.test\nscript-src 'unsafe-eval'\n"
      "frame-src https:\nform-action https://c.test",
      "",
      "default-src 'self'\nimg-src https://b.test\n"
      "frame-src https://*.d.test\nform-action 'self'");
  EXPECT_EQ(review.paste,
            "[grant app]\nimg-src https://b.test\nframe-src https:\n");
  std::vector<std::string> outside;
  for (const Note& note : review.missing) {
    if (note.kind == NoteKind::kOutsideCeiling) outside.push_back(note.word);
  }
  EXPECT_EQ(absl::StrJoin(outside, " "),
            "https://a.test 'unsafe-eval' https://c.test");
}

// With every conflict that it needs.
TEST(ReviewTest, WhatIsPastedIsGranted) {
  constexpr Case kCases[] = {
      {"img-src https://a.test", ""},
      {"script-src 'nonce-abcdefgh'", "accept nonce\n"},
      {"style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
       "accept hash\n"},
      {"script-src 'strict-dynamic' 'nonce-abcdefgh'",
       "accept nonce\naccept strict-dynamic\n"},
      {"sandbox allow-scripts", "accept sandbox\n"},
      {"trusted-types a", "accept trusted-types\n"},
      {"require-trusted-types-for 'script'", "accept trusted-types\n"},
      {"base-uri 'none'", "accept base-uri\n"},
      {"form-action https://a.test", "accept form-action\n"},
      {"frame-ancestors 'self'", "accept frame-ancestors\n"},
      {"upgrade-insecure-requests", "accept upgrade-insecure-requests\n"},
      {"report-to a", "accept reporting\n"},
      {"report-uri https://a.test/r", "accept reporting\n"},
      {"img-src https://a.test\nform-action 'self'\nbase-uri 'self'",
       "accept base-uri\naccept form-action\n"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.line);
    const std::string paste = ReviewOfApp("default-src 'self'", c.line).paste;
    EXPECT_EQ(paste, absl::StrCat("[grant app]\n", c.line, "\n", c.want));
    const absl::StatusOr<AdminText> read = ParseAdminText("admin.csp", paste);
    ASSERT_TRUE(read.ok()) << read.status();
    MergeInput input;
    input.self = *ParseOrigin("https://cloud.test");
    input.base = Read("base.csp", "default-src 'self'");
    input.requests = {{"app", Read("app.csp", c.line)}};
    input.grants = {{"app", read->grants[0].grant, {}}};
    for (const Acceptance& accepted : read->grants[0].accepted) {
      input.grants[0].accepted.push_back(accepted.conflict);
    }
    EXPECT_TRUE(ReviewOf(input).apps[0].missing.empty());
  }
}

// Only what narrowing leaves is promised to be exact, so the answer may be
// silent; it never fails for what apps ask for.
TEST(ReviewTest, WhatAppsAskForNeverFailsTheMerge) {
  std::string asked = "img-src", top = "img-src";
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&asked, " https://*.h", i, ".test");
    absl::StrAppend(&top, " https://*/p", i, "/");
  }
  const PolicyReview review =
      ReviewOfApp("img-src 'self'", asked, "", top + " 'self'");
  EXPECT_EQ(review.missing.size(), 300u);
}

// What is told of the base is not told again with each app.
TEST(ReviewTest, FindingsOfTheBaseAreToldOnce) {
  EXPECT_EQ(Told(ReviewOfApp("script-src 'self' 'unsafe-inline'\n"
                             "child-src 'self'\nframe-src 'self'\n"
                             "worker-src 'self'",
                             "", "script-src https://a.test")
                     .findings),
            "");
}

TEST(ReviewTest, AHeaderThatIsTheBasesIsNotRepeated) {
  MergeInput input;
  input.base = Read("base.csp", "default-src 'self'");
  input.requests = {{"a", Read("a.csp", "img-src https://a.test")},
                    {"b", Read("b.csp", "img-src https://a.test")}};
  const std::string text = ReviewToText(ReviewOf(input));
  EXPECT_EQ(text.find("Content-Security-Policy: default-src"),
            text.rfind("Content-Security-Policy: default-src"));
  EXPECT_TRUE(absl::StrContains(text, "Content-Security-Policy: the base's\n"));
}

TEST(ReviewTest, AllTogetherShowsAnExampleOfEachApp) {
  MergeInput input;
  input.base = Read("base.csp", "default-src 'self'");
  input.grants = {{"a", Read("admin.csp", "img-src https://a.test"), {}},
                  {"b", Read("admin.csp", "img-src https://b.test"), {}}};
  EXPECT_EQ(absl::StrJoin(ReviewOf(input).all.reachable, "\n"),
            "images from https://a.test/\nimages from https://b.test/ (of b)");
}

// A grant that another source covers adds nothing, and is not told as added.
TEST(ReviewTest, RedundantGrantsAreNotAdded) {
  struct Row {
    const char* base;
    const char* grant;
  };
  constexpr Row kRows[] = {
      {"connect-src *", "connect-src http://foo.test"},
      {"frame-src 'self' https:", "frame-src https://www.youtube.com"},
      {"default-src https:", "img-src https://a.test"},
      {"img-src https://*.a.test", "img-src https://b.a.test/p/"},
      {"script-src 'self' 'unsafe-eval'", "script-src 'wasm-unsafe-eval'"},
      {"script-src 'strict-dynamic' 'nonce-aaaaaaaa'", "worker-src blob:"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(absl::StrCat(row.base, " + ", row.grant));
    const PolicyReview review = ReviewOfApp(row.base, row.grant, row.grant);
    EXPECT_TRUE(review.added.empty());
    EXPECT_EQ(Told(review.findings), "");
    EXPECT_EQ(review.header, row.base);
    ASSERT_EQ(review.notes.size(), 1u);
    EXPECT_EQ(review.notes[0].kind, NoteKind::kAlreadyAllowed);
    // Nor is it missing where it is only asked for.
    const PolicyReview asked = ReviewOfApp(row.base, row.grant);
    EXPECT_TRUE(asked.missing.empty());
    EXPECT_EQ(asked.paste, "");
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
