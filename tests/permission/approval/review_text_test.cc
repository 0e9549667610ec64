#include "permission/approval/review_text.h"

#include <rapidjson/document.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "permission/approval/review_json.h"
#include "permission/text/display.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

Review SampleReview() {
  Manifest manifest = MakeManifest(
      "notes.acme_pad_1.2",
      {RunRequest({"du"}),
       Request("fs", RulePattern::Text("/srv/notes"), "keeps notes", 12),
       Request("thread.create", RulePattern::Whole(), "", 20)});
  Approval approval = MakeApproval(
      "notes.acme_pad",
      {PathRequest("fs.read", "/srv/notes"),
       Request("secret.use", RulePattern::Secret({"m", "p"}), "mail", 4)});
  approval.expires = At(3600);
  return MakeReview(manifest, InForce(3, approval), At(100)).value();
}

TEST(ReviewTextTest, IsAligned) {
  const Review review = SampleReview();
  EXPECT_EQ(ReviewToText(review),
            absl::StrCat(
                R"(app       "notes.acme_pad_1.2", titled "Notes"
approved  revision 3, by "alice" on 2023-11-14T22:13:20+00:00, until 2023-11-14T23:13:20+00:00
requests  3 ADDED, 1 REMOVED, 1 UNCHANGED
risks     write-access: 1
          further-arguments: 2
          names-files: 2
digest    )",
                review.digest, R"(

   1  ADDED      fs.write       "/srv/notes" and all beneath it
                 reason  "keeps notes"
                 source  manifest.json:12
                 risk    write-access: may change and delete files

   2  ADDED      plugin.call    exec.in.run ["du"] and further arguments
                 reason  "because"
                 source  manifest.json:1
                 risk    further-arguments: accepts any further arguments after those listed
                 risk    names-files: may start a program that takes names of files by options or operands that are no paths, as --files0-from=FILE, @FILE or of=FILE

   3  ADDED      thread.create  (no resource)
                 reason  (none given)
                 source  manifest.json:20

   4  REMOVED    secret.use     ["m", "p"]
                 reason  "mail"
                 source  manifest.json:4

   5  UNCHANGED  fs.read        "/srv/notes" and all beneath it
                 reason  "keeps notes"
                 source  manifest.json:12
)"));
}

TEST(ReviewTextTest, ALongReviewBeginsWithItsRisks) {
  std::vector<PermissionRequest> requests;
  for (int i = 0; i < 30; ++i) {
    requests.push_back(RunRequest({absl::StrCat("tool", 10 + i)}));
  }
  requests.push_back(RunRequest({"re:(ba|da)?sh", "-c", "re:.*?"}));
  Manifest manifest = MakeManifest("notes.acme", std::move(requests));
  manifest.csp = {PageRequest("script-src 'unsafe-eval'")};
  Approval approval = MakeApproval("notes.acme", {RunRequest({"gone", "*"})});
  const Review review =
      MakeReview(manifest, InForce(3, approval), At(100)).value();
  const std::string text = ReviewToText(review);
  EXPECT_TRUE(absl::StrContains(text.substr(0, 500), R"(
requests  32 ADDED, 1 REMOVED, 0 UNCHANGED
risks     further-arguments: 1, 2, 3, 4, 5, 6, 7, 8 and 23 more
          any-argument: 1
          interpreter: 1
          eval: 33
digest    )"))
      << text.substr(0, 700);
  const std::string json = ReviewToJson(review);
  const size_t summary = json.find("\"risk_summary\"");
  ASSERT_NE(summary, std::string::npos);
  EXPECT_LT(summary, json.find("\"items\": [\n    {\n      \"number\""));
  EXPECT_NE(json.find("\"code\": \"interpreter\"", summary), std::string::npos);
}

TEST(ReviewTextTest, DescribesTheApprovalInForce) {
  const Manifest manifest = MakeManifest("notes.acme", {});
  const auto line = [&](const ApprovalState& state) {
    const std::string text =
        ReviewToText(MakeReview(manifest, state, At(100)).value());
    return std::vector<std::string>(absl::StrSplit(text, '\n'))[1];
  };
  EXPECT_EQ(line({}), "approved  nothing is approved");
  ApprovalState revoked;
  revoked.revision = 9;
  EXPECT_EQ(line(revoked),
            "approved  revision 9, revoked: nothing is approved");
  Approval expired = MakeApproval("notes.acme", {});
  expired.expires = At(50);
  EXPECT_EQ(line(InForce(2, expired)),
            "approved  revision 2, by \"alice\" on 2023-11-14T22:13:20+00:00, "
            "expired on 2023-11-14T22:14:10+00:00");
}

TEST(ReviewTextTest, ShowsEndpointsAndWordsForPages) {
  Manifest manifest = MakeManifest(
      "notes.acme",
      {Request("net.connect", RulePattern::Text("api.test:443"), "", 3)});
  manifest.csp = {PageRequest("img-src https://a.test", "pictures", 7),
                  PageRequest("script-src 'unsafe-eval'", "formulas", 8)};
  Approval approval = MakeApproval("notes.acme", {});
  approval.csp = {PageRequest("sandbox", "", 9),
                  PageRequest("img-src https://a.test", "", 9)};
  const std::string text =
      ReviewToText(MakeReview(manifest, InForce(3, approval), At(100)).value());
  EXPECT_TRUE(
      absl::StrContains(text, "requests  2 ADDED, 1 REMOVED, 1 UNCHANGED\n"))
      << text;
  EXPECT_TRUE(absl::EndsWith(text, R"(
   1  ADDED      net.connect  "api.test:443"
                 reason  (none given)
                 source  manifest.json:3

   2  ADDED      csp          script-src 'unsafe-eval' (code from strings (eval))
                 reason  "formulas"
                 source  manifest.json:8
                 risk    eval: medium: text becomes code at run time

   3  REMOVED    csp          sandbox
                 reason  (none given)
                 source  manifest.json:9
                 risk    conflict: changes more than it adds: has no effect until the administrator accepts "sandbox"

   4  UNCHANGED  csp          img-src https://a.test (images from https://a.test)
                 reason  "pictures"
                 source  manifest.json:7
)")) << text;
}

struct PatternCase {
  const char* permission;
  RulePattern pattern;
  const char* words;
};

TEST(ReviewTextTest, DescribesPatterns) {
  const PatternCase kCases[] = {
      {"fs.read", RulePattern::Text("/a"), "\"/a\" and all beneath it"},
      {"fs.read", RulePattern::Text("/a/*.txt"), "\"/a/*.txt\""},
      {"fs.read", RulePattern::Text("exact:/a"), "\"exact:/a\""},
      {"env.read", RulePattern::Text("LANG"), "\"LANG\""},
      {"fs.read", RulePattern::Whole(), "everything"},
      {"net.connect", RulePattern::Whole(), "everything"},
      {"net.connect", RulePattern::Text("a.test:443"), "\"a.test:443\""},
      {"net.connect", RulePattern::Text("a.test"), "\"a.test\", on every port"},
      {"net.connect", RulePattern::Text(":443"), "\":443\", every host"},
      {"net.connect", RulePattern::Text("*.a.test:1-9"),
       "\"*.a.test:1-9\", every host below"},
      {"net.resolve", RulePattern::Text("a.test"), "\"a.test\""},
      {"net.listen", RulePattern::Text("@loopback"),
       "\"@loopback\", every such address, on every port"},
      {"net.connect", RulePattern::Text("10.0.0.0/8:80"),
       "\"10.0.0.0/8:80\", every address of that block"},
      {"net.connect", RulePattern::Text("10.0.0.1/32:80"),
       "\"10.0.0.1/32:80\""},
      {"net.connect", RulePattern::Text("unix:/run/x"),
       "\"unix:/run/x\", that socket and all beneath it"},
      {"net.connect", RulePattern::Text("unix-abstract:x*"),
       "\"unix-abstract:x*\", every name that begins so"},
      {"net.connect", RulePattern::Text("vsock:2"),
       "\"vsock:2\", on every port"},
      {"net.connect", RulePattern::Text("\n"), "\"\\u{a}\""},
      {"net.connect", RulePattern::Resolving("a.test:1", {"@private"}),
       "\"a.test:1\", which may lead to [\"@private\"]"},
      {"code.eval", RulePattern::Whole(), "(no resource)"},
      {"plugin.call", RulePattern::Call("a.b", {"x"}, CallForm::kExact),
       "a.b [\"x\"]"},
      {"plugin.call",
       RulePattern::Call("a.b [\"x\"]", {"\"]"}, CallForm::kExact),
       "\"a.b [\\\"x\\\"]\" [\"\\\"]\"]"},
  };
  for (const PatternCase& c : kCases) {
    SCOPED_TRACE(c.words);
    EXPECT_EQ(
        DescribePattern(PermissionSet::Parse(c.permission).value(), c.pattern),
        c.words);
  }
}

// Every text that an app or a stored approval brings along.
Review HostileReview(const std::string& text) {
  CspRequest page = PageRequest("img-src https://a.test", text);
  page.source.name = text;
  Manifest manifest = MakeManifest(
      "notes.acme",
      {Request("fs.read", RulePattern::Text("/srv/d/" + text), text),
       Request("plugin.call",
               RulePattern::Call("f" + text, {text}, CallForm::kExact), text),
       Request("secret.use", RulePattern::Secret({text}), text)});
  manifest.title = text;
  manifest.csp = {page};
  manifest.requests[0].source.name = text;
  Approval approval = MakeApproval("notes.acme", {PathRequest("env", text)});
  approval.approved_by = text;
  return MakeReview(manifest, InForce(1, approval), At(100)).value();
}

const char* const kHostile[] = {
    "x\n   9  UNCHANGED  fs.read  \"/\"",
    "x\r\x1b[2K",
    "safe\xe2\x80\xaetxt.exe",
    "\xe2\x80\x8b",
    "\xff\xfe\x80",
    "\" is fine",
    "\\u{a}",
    "x                                                                  y",
};

TEST(ReviewTextTest, AppTextNeverBreaksTheForm) {
  // Risks depend on what the pattern says, and are our own words.
  const auto lines = [](const std::string& text) {
    int count = 0;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (!absl::StartsWith(line, "                 risk ")) ++count;
    }
    return count;
  };
  const int plain = lines(ReviewToText(HostileReview("plain")));
  for (const char* text : kHostile) {
    const std::string shown = ReviewToText(HostileReview(text));
    SCOPED_TRACE(shown);
    EXPECT_EQ(lines(shown), plain);
    EXPECT_NE(shown.find(absl::StrCat("titled ",
                                      internal::QuoteForDisplay(text), "\n")),
              std::string::npos);
    for (absl::string_view line : absl::StrSplit(shown, '\n')) {
      // Nothing is left that would have had to be escaped.
      for (char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    }
  }
}

TEST(ReviewJsonTest, HoldsEveryFieldOfAReview) {
  const Review review = SampleReview();
  rapidjson::Document json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(
      ReviewToJson(review).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_EQ(json["format"].GetInt(), 1);
  EXPECT_STREQ(json["app"].GetString(), "notes.acme_pad_1.2");
  EXPECT_EQ(json["digest"].GetString(), review.digest);
  EXPECT_TRUE(json["needs_approval"].GetBool());
  EXPECT_EQ(json["current"]["revision"].GetInt64(), 3);
  EXPECT_STREQ(json["current"]["approved_by"].GetString(), "alice");
  ASSERT_EQ(json["items"].Size(), 5u);
  const auto& item = json["items"][1];
  EXPECT_EQ(item["number"].GetInt(), 2);
  EXPECT_STREQ(item["change"].GetString(), "ADDED");
  EXPECT_STREQ(item["permission"].GetString(), "plugin.call");
  EXPECT_STREQ(item["pattern"].GetString(),
               "exec.in.run [\"du\"] and further arguments");
  EXPECT_STREQ(item["source"].GetString(), "manifest.json:1");
  EXPECT_STREQ(item["risks"][0]["code"].GetString(), "further-arguments");
  EXPECT_EQ(json["csp"].Size(), 0u);
}

TEST(ReviewJsonTest, HasWordsForPages) {
  Manifest manifest = MakeManifest("notes.acme", {RunRequest({"du"})});
  manifest.csp = {PageRequest("img-src https:", "pictures", 7)};
  rapidjson::Document json;
  json.Parse(ReviewToJson(MakeReview(manifest, {}, At(100)).value()).c_str());
  ASSERT_FALSE(json.HasParseError());
  ASSERT_EQ(json["csp"].Size(), 1u);
  const auto& item = json["csp"][0];
  EXPECT_EQ(item["number"].GetInt(), 2);
  EXPECT_STREQ(item["change"].GetString(), "ADDED");
  EXPECT_STREQ(item["directive"].GetString(), "img-src");
  EXPECT_STREQ(item["word"].GetString(), "https:");
  EXPECT_STREQ(item["words"].GetString(),
               "img-src https: (images from every https: URL)");
  EXPECT_STREQ(item["reason"].GetString(), "pictures");
  EXPECT_STREQ(item["source"].GetString(), "manifest.json:7");
  EXPECT_STREQ(item["risks"][0]["code"].GetString(), "any-host");
}

TEST(ReviewJsonTest, HostileTextIsUtf8AndComesBack) {
  for (const char* text : kHostile) {
    const std::string shown = ReviewToJson(HostileReview(text));
    SCOPED_TRACE(shown);
    rapidjson::Document json;
    json.Parse<rapidjson::kParseValidateEncodingFlag>(shown.c_str());
    ASSERT_FALSE(json.HasParseError());
    const std::string title = json["title"].GetString();
    EXPECT_EQ(internal::UnescapeDisplayed(title).value(), text);
  }
}

}  // namespace
}  // namespace postern
