#include "permission/approval/review.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

constexpr absl::string_view kApp = "notes.acme";

Review Of(const std::vector<PermissionRequest>& asked,
          const ApprovalState& current = {}) {
  absl::StatusOr<Review> review =
      MakeReview(MakeManifest(kApp, asked), current, At(100));
  EXPECT_TRUE(review.ok()) << review.status();
  return *std::move(review);
}

Review Of(const std::vector<PermissionRequest>& asked,
          const std::vector<PermissionRequest>& approved) {
  return Of(asked, InForce(3, MakeApproval(kApp, approved)));
}

// "ADDED fs.read /a, ...".
std::string Summary(const Review& review) {
  return absl::StrJoin(review.items, ", ",
                       [](std::string* out, const ReviewItem& item) {
                         absl::StrAppend(out, ChangeName(item.change), " ",
                                         item.request.permissions.ToString(),
                                         " ", item.request.pattern.ToString());
                       });
}

// Requests as "fs.read /a|fs /b".
std::vector<PermissionRequest> Parse(absl::string_view text) {
  std::vector<PermissionRequest> requests;
  for (absl::string_view one : absl::StrSplit(text, '|', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(one, absl::MaxSplits(' ', 1));
    requests.push_back(PathRequest(parts.first, parts.second));
  }
  return requests;
}

struct DiffCase {
  const char* asked;
  const char* approved;
  const char* want;
};

constexpr DiffCase kDiffs[] = {
    {"", "", ""},
    {"fs.read /a", "", "ADDED fs.read /a"},
    {"", "fs.read /a", "REMOVED fs.read /a"},
    {"fs.read /a", "fs.read /a", "UNCHANGED fs.read /a"},
    {"fs.read /a|fs.read /a", "", "ADDED fs.read /a"},
    {"fs.read /a|fs.read /a", "fs.read /a", "UNCHANGED fs.read /a"},
    {"fs.read /b", "fs.read /a", "ADDED fs.read /b, REMOVED fs.read /a"},
    {"fs /a", "fs.read /a", "ADDED fs.write /a, UNCHANGED fs.read /a"},
    {"fs.read /a", "fs /a", "REMOVED fs.write /a, UNCHANGED fs.read /a"},
    {"fs /a", "fs.read /a|fs.write /a", "UNCHANGED fs /a"},
    {"fs.read /a|fs.write /a", "fs /a",
     "UNCHANGED fs.read /a, UNCHANGED fs.write /a"},
    {"fs.read /a|fs /a", "", "ADDED fs /a, ADDED fs.read /a"},
    {"fs.read /a/", "fs.read /a", "ADDED fs.read /a/, REMOVED fs.read /a"},
};

TEST(ReviewTest, ShowsTheDifferenceToWhatIsApproved) {
  for (const DiffCase& c : kDiffs) {
    SCOPED_TRACE(absl::StrCat(c.asked, " over ", c.approved));
    EXPECT_EQ(Summary(Of(Parse(c.asked), Parse(c.approved))), c.want);
  }
}

TEST(ReviewTest, PatternsThatLookAlikeAreTwo) {
  const Review review =
      Of({RunRequest({"du"}), RunRequest({"du"}, CallForm::kExact),
          Request("plugin.call", RulePattern::Text("exec.in.run [\"du\"]")),
          RunRequest({"d", "u"}), RunRequest({"d\", \"u"})});
  EXPECT_EQ(review.items.size(), 5u);
}

TEST(ReviewTest, OrderAndDuplicatesChangeNothing) {
  std::vector<PermissionRequest> asked =
      Parse("fs.read /a|fs.write /b|fs /b|net.listen :80|env.read LANG");
  asked.push_back(RunRequest({"du"}));
  asked.push_back(Request("fs.read", RulePattern::Text("/a"), "another", 9));
  std::vector<PermissionRequest> approved =
      Parse("fs.read /b|fs /c|fs.read /a");
  const std::string want = Of(asked, approved).digest;
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<PermissionRequest> more = asked;
    more.push_back(more[random() % more.size()]);
    std::shuffle(more.begin(), more.end(), random);
    std::shuffle(approved.begin(), approved.end(), random);
    // The stored order of an approval is not shown, what it holds is.
    ASSERT_EQ(Of(more, approved).digest, want);
  }
}

TEST(ReviewTest, EveryReasonIsShown) {
  const Review review =
      Of({Request("fs.read", RulePattern::Text("/a"), "sizes", 8),
          Request("fs.read", RulePattern::Text("/a"), "", 2),
          Request("fs.read", RulePattern::Text("/a"), "names", 5)});
  ASSERT_EQ(review.items.size(), 1u);
  EXPECT_EQ(review.items[0].request.reason, "names; sizes");
  EXPECT_EQ(review.items[0].request.source.line, 2);
}

// "ADDED img-src https://a.test, ...".
std::string CspSummary(const Review& review) {
  return absl::StrJoin(
      review.csp, ", ", [](std::string* out, const CspReviewItem& item) {
        absl::StrAppend(out, ChangeName(item.change), " ",
                        csp::DirectiveName(item.request.directive), " ",
                        item.request.word);
      });
}

// Words as "img-src https://a|font-src https://b".
std::vector<CspRequest> ParseWords(absl::string_view text) {
  std::vector<CspRequest> words;
  for (absl::string_view one : absl::StrSplit(text, '|', absl::SkipEmpty())) {
    words.push_back(PageRequest(one));
  }
  return words;
}

Review OfWords(std::vector<CspRequest> asked, std::vector<CspRequest> approved,
               absl::string_view permissions = "") {
  Manifest manifest = MakeManifest(kApp, Parse(permissions));
  manifest.csp = std::move(asked);
  Approval approval = MakeApproval(kApp, {});
  approval.csp = std::move(approved);
  absl::StatusOr<Review> review =
      MakeReview(manifest, InForce(3, approval), At(100));
  EXPECT_TRUE(review.ok()) << review.status();
  return *std::move(review);
}

TEST(ReviewTest, ComparesWordsForPages) {
  constexpr DiffCase kCases[] = {
      {"img-src https://a", "", "ADDED img-src https://a"},
      {"", "img-src https://a", "REMOVED img-src https://a"},
      {"img-src https://a", "img-src https://a", "UNCHANGED img-src https://a"},
      {"img-src https://a|img-src https://a", "", "ADDED img-src https://a"},
      {"font-src https://a", "img-src https://a",
       "ADDED font-src https://a, REMOVED img-src https://a"},
      {"img-src https://b|img-src https://a", "img-src https://b",
       "ADDED img-src https://a, UNCHANGED img-src https://b"},
      {"sandbox|sandbox allow-forms", "sandbox",
       "ADDED sandbox allow-forms, UNCHANGED sandbox "},
  };
  for (const DiffCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.asked, " over ", c.approved));
    const Review review = OfWords(ParseWords(c.asked), ParseWords(c.approved));
    EXPECT_EQ(CspSummary(review), c.want);
    EXPECT_EQ(review.NeedsApproval(),
              absl::string_view(c.want).substr(0, 5) == "ADDED");
  }
}

TEST(ReviewTest, WordsForPagesBringReasonsSourcesAndRisks) {
  const Review review = OfWords({PageRequest("script-src https:", "b", 8),
                                 PageRequest("script-src https:", "a", 5)},
                                ParseWords("img-src *"));
  ASSERT_EQ(review.csp.size(), 2u);
  EXPECT_EQ(review.csp[0].request.reason, "a; b");
  EXPECT_EQ(review.csp[0].request.source.line, 5);
  ASSERT_EQ(review.csp[0].risks.size(), 1u);
  EXPECT_EQ(review.csp[0].risks[0].code, "script-from-anywhere");
  EXPECT_EQ(review.csp[1].change, Change::kRemoved);
  ASSERT_EQ(review.csp[1].risks.size(), 1u);
  EXPECT_EQ(review.csp[1].risks[0].code, "any-host");
}

TEST(ReviewTest, OrderOfWordsChangesNothing) {
  std::vector<CspRequest> asked = ParseWords(
      "img-src https://a|connect-src https://a|img-src *|sandbox|"
      "script-src 'unsafe-eval'|script-src https://a");
  std::vector<CspRequest> approved =
      ParseWords("img-src *|font-src https://a|sandbox allow-forms");
  const std::string want = OfWords(asked, approved).digest;
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<CspRequest> more = asked;
    more.push_back(more[random() % more.size()]);
    std::shuffle(more.begin(), more.end(), random);
    std::shuffle(approved.begin(), approved.end(), random);
    ASSERT_EQ(OfWords(more, approved).digest, want);
  }
}

TEST(ReviewTest, ExpiredAndRevokedApprovalsAreNotInForce) {
  Approval approval = MakeApproval(kApp, Parse("fs.read /a"));
  approval.expires = At(100);  // now, to the second: over
  Review review = Of(Parse("fs.read /a"), InForce(3, approval));
  EXPECT_FALSE(review.in_force);
  EXPECT_TRUE(review.NeedsApproval());
  EXPECT_EQ(Summary(review), "ADDED fs.read /a");
  approval.expires = At(101);
  review = Of(Parse("fs.read /a"), InForce(3, approval));
  EXPECT_TRUE(review.in_force);
  EXPECT_FALSE(review.NeedsApproval());
  ApprovalState revoked;
  revoked.revision = 4;
  EXPECT_TRUE(Of(Parse("fs.read /a"), revoked).NeedsApproval());
}

TEST(ReviewTest, WordsForPagesExpireWithTheirApproval) {
  Manifest manifest = MakeManifest(kApp, {});
  manifest.csp = {PageRequest("img-src https://a.test")};
  Approval approval = MakeApproval(kApp, {});
  approval.csp = manifest.csp;
  for (const int expires : {100, 101}) {  // it is 100
    approval.expires = At(expires);
    const Review review =
        MakeReview(manifest, InForce(3, approval), At(100)).value();
    EXPECT_EQ(review.NeedsApproval(), expires == 100);
    ASSERT_EQ(review.csp.size(), 1u);
    EXPECT_EQ(review.csp[0].change,
              expires == 100 ? Change::kAdded : Change::kUnchanged);
  }
}

TEST(ReviewTest, UpdateWithinApprovedBoundsNeedsNobody) {
  const ApprovalState current =
      InForce(3, MakeApproval("notes.acme_pad", Parse("fs /a|fs.read /b")));
  const Manifest update =
      MakeManifest("notes.acme_pad_2.0", Parse("fs.read /a"));
  EXPECT_FALSE(MakeReview(update, current, At(100))->NeedsApproval());
  const Manifest wider = MakeManifest("notes.acme_pad_2.0", Parse("fs /b"));
  EXPECT_TRUE(MakeReview(wider, current, At(100))->NeedsApproval());
}

TEST(ReviewTest, RefusesWhatCannotBeReviewed) {
  const absl::Time now = At(0);
  EXPECT_FALSE(MakeReview(Manifest(), {}, now).ok());
  EXPECT_FALSE(MakeReview(MakeManifest(kApp, {}),
                          InForce(1, MakeApproval("other", {})), now)
                   .ok());
  Manifest empty = MakeManifest(kApp, Parse("fs.read /a"));
  empty.requests[0].permissions = {};
  EXPECT_EQ(MakeReview(empty, {}, now).status().message(),
            "manifest.json:1: a request without a permission");
  Manifest odd = MakeManifest(kApp, {});
  odd.csp = ParseWords("img-src a;b");
  EXPECT_FALSE(MakeReview(odd, {}, now).ok());
}

// Everything that a person sees changes the digest; where the manifest lies
// does not.
TEST(ReviewTest, DigestCoversWhatIsShown) {
  const std::vector<PermissionRequest> asked = {RunRequest({"du"})};
  const Approval approval = MakeApproval(kApp, Parse("fs.read /a"));
  std::set<std::string> digests;
  const auto add = [&](const Manifest& manifest, const ApprovalState& state) {
    digests.insert(MakeReview(manifest, state, At(100))->digest);
  };
  const Manifest base = MakeManifest(kApp, asked);
  add(base, {});
  add(base, InForce(3, approval));
  add(base, InForce(4, approval));
  ApprovalState revoked;
  revoked.revision = 3;
  add(base, revoked);
  Approval other = approval;
  other.expires = At(500);
  add(base, InForce(3, other));
  other.expires = At(50);
  add(base, InForce(3, other));
  other = approval;
  other.approved_by = "bob";
  add(base, InForce(3, other));
  Manifest changed = base;
  changed.title = "Note";
  add(changed, {});
  add(MakeManifest("notes.acme_pad", asked), {});
  changed = base;
  changed.requests[0].reason = "becaus";
  add(changed, {});
  add(MakeManifest(kApp, {RunRequest({"du"}, CallForm::kExact)}), {});
  add(MakeManifest(kApp, {RunRequest({"du", ""})}), {});
  add(MakeManifest(kApp, {RunRequest({"d", "u"})}), {});
  add(MakeManifest(kApp, {}), {});
  EXPECT_EQ(digests.size(), 14u);
  changed = base;
  changed.requests[0].source.name = "/elsewhere/manifest.json";
  add(changed, {});
  EXPECT_EQ(digests.size(), 14u);
  for (const char* words :
       {"img-src https://a", "img-src https://b", "font-src https://a",
        "img-src https://a|img-src https://b", "sandbox"}) {
    changed = base;
    changed.csp = ParseWords(words);
    add(changed, {});
  }
  EXPECT_EQ(digests.size(), 19u);
  changed = base;
  changed.csp = ParseWords("img-src https://a");
  changed.csp[0].reason = "another";
  add(changed, {});
  other = approval;
  other.csp = ParseWords("img-src https://a");
  add(changed, InForce(3, other));
  add(base, InForce(3, other));
  EXPECT_EQ(digests.size(), 22u);
}

// Nobody has to approve anew because the library learnt of pages.
TEST(ReviewTest, DigestsWithoutWordsForPagesAreThoseOfEarlierVersions) {
  EXPECT_EQ(Of({RunRequest({"du"})}).digest,
            "d071cd7d2dce333a6968c41ef4c5dd28dc3d457fa5bf2e3df89326a9e04a4394");
}

const Signature kAlice = {"alice", At(100), absl::nullopt};

TEST(ApproveTest, TakesTheChosenItems) {
  const Review review =
      Of(Parse("fs.read /a|fs.read /b"), Parse("fs.read /b|fs /c"));
  ASSERT_EQ(Summary(review),
            "ADDED fs.read /a, REMOVED fs /c, UNCHANGED fs.read /b");
  const std::vector<size_t> all = EverythingRequested(review);
  EXPECT_EQ(all, (std::vector<size_t>{0, 2}));
  const absl::StatusOr<Approval> approval =
      Approve(review, review.digest, all, {"alice", At(100), At(200)});
  ASSERT_TRUE(approval.ok()) << approval.status();
  EXPECT_EQ(approval->app, kApp);
  EXPECT_EQ(approval->approved_by, "alice");
  EXPECT_EQ(approval->approved_at, At(100));
  EXPECT_EQ(approval->expires, At(200));
  EXPECT_EQ(approval->digest, review.digest);
  ASSERT_EQ(approval->requests.size(), 2u);
  EXPECT_EQ(approval->requests[0].pattern.text(), "/a");
  EXPECT_EQ(approval->requests[1].pattern.text(), "/b");
}

TEST(ApproveTest, ItemsThatAreNotChosenAreNoLongerApproved) {
  const Review review = Of(Parse("fs.read /a|fs.read /b"), Parse("fs.read /b"));
  const Approval approval =
      Approve(review, review.digest, {0, 0}, kAlice).value();
  ASSERT_EQ(approval.requests.size(), 1u);
  EXPECT_EQ(approval.requests[0].pattern.text(), "/a");
  EXPECT_TRUE(Approve(review, review.digest, {}, kAlice)->requests.empty());
  EXPECT_EQ(Summary(Of(Parse("fs.read /a|fs.read /b"), InForce(4, approval))),
            "ADDED fs.read /b, UNCHANGED fs.read /a");
}

TEST(ApproveTest, TakesTheChosenWords) {
  const Review review =
      OfWords(ParseWords("img-src https://a|img-src https://b"),
              ParseWords("font-src https://c|img-src https://b"), "fs.read /a");
  ASSERT_EQ(CspSummary(review),
            "ADDED img-src https://a, REMOVED font-src https://c, UNCHANGED "
            "img-src https://b");
  EXPECT_EQ(EverythingRequested(review), (std::vector<size_t>{0, 1, 3}));
  Approval approval = Approve(review, review.digest, {3, 0}, kAlice).value();
  EXPECT_EQ(approval.requests.size(), 1u);
  ASSERT_EQ(approval.csp.size(), 1u);
  EXPECT_EQ(approval.csp[0].word, "https://b");
  approval = Approve(review, review.digest, {1}, kAlice).value();
  EXPECT_TRUE(approval.requests.empty());
  ASSERT_EQ(approval.csp.size(), 1u);
  EXPECT_EQ(approval.csp[0].word, "https://a");
  EXPECT_EQ(Approve(review, review.digest, {2}, kAlice).status().message(),
            "item 3 is no longer asked for and cannot be approved");
  EXPECT_EQ(Approve(review, review.digest, {4}, kAlice).status().message(),
            "no item 5, the review has 4");
}

TEST(ApproveTest, VersionIsNotPartOfTheApproval) {
  const Review review =
      MakeReview(MakeManifest("notes.acme_pad_1.0", Parse("fs.read /a")), {},
                 At(100))
          .value();
  EXPECT_EQ(Approve(review, review.digest, {0}, kAlice)->app, "notes.acme_pad");
}

TEST(ApproveTest, StaleDigestFails) {
  const Review shown = Of({RunRequest({"du"})});
  Review now = Of({RunRequest({"du"}), RunRequest({"rm"})});
  absl::Status status = Approve(now, shown.digest, {0}, kAlice).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("review again"), std::string::npos);
  now.digest = shown.digest;
  EXPECT_EQ(Approve(now, shown.digest, {0}, kAlice).status().code(),
            absl::StatusCode::kFailedPrecondition)
      << "the digest is taken anew";
  EXPECT_EQ(Approve(shown, "", {0}, kAlice).status().code(),
            absl::StatusCode::kFailedPrecondition);
  // Somebody else approved meanwhile: same manifest, other state.
  const Review after =
      Of({RunRequest({"du"})}, InForce(1, MakeApproval(kApp, {})));
  EXPECT_EQ(Approve(after, shown.digest, {0}, kAlice).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ApproveTest, RefusesWhatCannotBeChosen) {
  const Review review = Of(Parse("fs.read /a"), Parse("fs.read /b"));
  ASSERT_EQ(review.items[1].change, Change::kRemoved);
  EXPECT_EQ(Approve(review, review.digest, {1}, kAlice).status().message(),
            "item 2 is no longer asked for and cannot be approved");
  EXPECT_EQ(Approve(review, review.digest, {2}, kAlice).status().message(),
            "no item 3, the review has 2");
  EXPECT_FALSE(Approve(review, review.digest, {0}, {"", At(0), {}}).ok());
  EXPECT_FALSE(
      Approve(review, review.digest, {0}, {"alice", At(100), At(100)}).ok());
}

}  // namespace
}  // namespace postern
