#include "permission/approval/approval.h"

#include "gtest/gtest.h"
#include "net/csp/merge.h"
#include "net/csp/policy_text.h"
#include "permission/access.h"
#include "permission/builder.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

// Whether `exec.in.run` may be called with `args` under the rules.
bool MayRun(const std::vector<Rule>& rules,
            const std::vector<absl::string_view>& args) {
  Layer grants;
  grants.name = "grants";
  grants.rules = rules;
  const auto policy = PolicyBuilder().AddLayer(grants).Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  std::vector<CallArg> values;
  for (absl::string_view arg : args) values.push_back({arg, true});
  CallView call;
  call.function = "exec.in.run";
  call.args = values;
  return policy.ok() && (*policy)->Check(Access::Call(call)).allowed();
}

TEST(ApprovalTest, BecomesRulesThatNameIt) {
  Approval approval = MakeApproval("notes.acme", {RunRequest({"du"})});
  approval.expires = At(10);
  const std::vector<Rule> rules = ApprovalRules(approval);
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0].effect, Effect::kAllow);
  EXPECT_EQ(rules[0].permissions, PermissionSet(Permission::kPluginCall));
  EXPECT_EQ(rules[0].source.kind, RuleSource::Kind::kApproval);
  EXPECT_EQ(rules[0].source.ToString(), "approval of notes.acme");
  EXPECT_EQ(rules[0].reason, "because");
  EXPECT_EQ(rules[0].limits.expires, At(10));
  approval.expires = absl::nullopt;
  EXPECT_FALSE(ApprovalRules(approval)[0].limits.any());
}

TEST(ApprovalTest, GrantsWhatWasApprovedAndNothingElse) {
  const Approval approval = MakeApproval(
      "notes.acme", {RunRequest({"du"}), RunRequest({"readlink"})});
  const std::vector<Rule> rules = ApprovalRules(approval);
  EXPECT_TRUE(MayRun(rules, {"du"}));
  EXPECT_TRUE(MayRun(rules, {"readlink", "-f"}));
  EXPECT_FALSE(MayRun(rules, {"rm"}));
  EXPECT_FALSE(MayRun({}, {"du"}));
  EXPECT_FALSE(MayRun(ApprovalRules(MakeApproval("notes.acme", {})), {"du"}));
}

TEST(ApprovalTest, ExpiredApprovalGrantsNothing) {
  Approval approval = MakeApproval("notes.acme", {RunRequest({"du"})});
  approval.expires = At(1);  // long ago
  EXPECT_FALSE(MayRun(ApprovalRules(approval), {"du"}));
  approval.expires = absl::Now() + absl::Hours(1);
  EXPECT_TRUE(MayRun(ApprovalRules(approval), {"du"}));
}

struct LimitCase {
  const char* approved;
  const char* asked;
  const char* left;  // "" = nothing
};

TEST(ApprovalTest, LimitToManifestKeepsWhatBothHold) {
  constexpr LimitCase kCases[] = {
      {"fs", "fs", "fs"},           {"fs", "fs.read", "fs.read"},
      {"fs.read", "fs", "fs.read"}, {"fs.read", "fs.write", ""},
      {"all", "net", "net"},
  };
  for (const LimitCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.approved, " and ", c.asked));
    const Approval limited = LimitToManifest(
        MakeApproval("notes.acme", {PathRequest(c.approved, "/srv/a")}),
        MakeManifest("notes.acme", {PathRequest(c.asked, "/srv/a")}));
    ASSERT_EQ(limited.requests.size(), *c.left == '\0' ? 0u : 1u);
    if (*c.left != '\0') {
      EXPECT_EQ(limited.requests[0].permissions.ToString(), c.left);
    }
  }
}

TEST(ApprovalTest, LimitToManifestComparesPatternsAndApps) {
  const Approval approval = MakeApproval(
      "notes.acme", {RunRequest({"du"}), RunRequest({"readlink"})});
  const auto left = [&](const Manifest& manifest) {
    return LimitToManifest(approval, manifest).requests.size();
  };
  EXPECT_EQ(left(MakeManifest("notes.acme_a_2", {RunRequest({"du"})})), 0u)
      << "another app of the same origin";
  EXPECT_EQ(left(MakeManifest("other", {RunRequest({"du"})})), 0u);
  EXPECT_EQ(left(MakeManifest("notes.acme", {RunRequest({"du"})})), 1u);
  EXPECT_EQ(
      left(MakeManifest("notes.acme", {RunRequest({"du"}, CallForm::kExact)})),
      0u)
      << "another form is another pattern";
  EXPECT_EQ(left(MakeManifest("notes.acme", {})), 0u);
}

TEST(ApprovalTest, WordsForPagesBecomeAGrant) {
  Approval approval = MakeApproval("notes.acme", {});
  approval.csp = {PageRequest("img-src https://a.test", "", 4),
                  PageRequest("script-src 'unsafe-eval'"),
                  PageRequest("sandbox allow-forms"),
                  PageRequest("img-src https://b.test", "", 6)};
  approval.expires = At(10);
  const csp::GrantInput grant = ApprovalCspGrant(approval, At(9)).value();
  EXPECT_EQ(grant.app, "notes.acme");
  EXPECT_EQ(grant.grant.policy.ToString(),
            "img-src https://a.test https://b.test; script-src 'unsafe-eval'; "
            "sandbox allow-forms");
  EXPECT_EQ(grant.grant.file, "manifest.json");
  EXPECT_EQ(grant.grant.policy.directives[0].sources[1].place.line, 6);
  EXPECT_TRUE(grant.accepted.empty()) << "conflicts are accepted by name only";
  EXPECT_TRUE(
      ApprovalCspGrant(approval, At(10))->grant.policy.directives.empty())
      << "expired";
  EXPECT_TRUE(ApprovalRules(approval).empty()) << "no rules of a policy";
}

// The whole way, to the header.
TEST(ApprovalTest, AGrantIsMergedWithinTheBase) {
  Approval approval = MakeApproval("notes.acme", {});
  approval.csp = {PageRequest("img-src https://a.test"),
                  PageRequest("sandbox allow-forms")};
  csp::MergeInput input;
  input.base = csp::ParsePolicyText("base.csp", "default-src 'self'\n").value();
  input.grants.push_back(ApprovalCspGrant(approval, At(0)).value());
  EXPECT_EQ(csp::Merge(input)->apps[0].merged.policy.ToString(),
            "default-src 'self'; img-src 'self' https://a.test");
  input.grants[0].accepted = {csp::Conflict::kSandbox};
  EXPECT_EQ(csp::Merge(input)->apps[0].merged.policy.ToString(),
            "default-src 'self'; sandbox allow-forms; img-src 'self' "
            "https://a.test");
}

TEST(ApprovalTest, LimitToManifestKeepsWordsThatBothHold) {
  Approval approval = MakeApproval("notes.acme", {});
  approval.csp = {PageRequest("img-src https://a.test"),
                  PageRequest("img-src https://b.test")};
  Manifest manifest = MakeManifest("notes.acme", {});
  manifest.csp = {PageRequest("img-src https://b.test"),
                  PageRequest("font-src https://a.test")};
  const Approval limited = LimitToManifest(approval, manifest);
  ASSERT_EQ(limited.csp.size(), 1u);
  EXPECT_EQ(limited.csp[0].word, "https://b.test");
  EXPECT_TRUE(LimitToManifest(approval, MakeManifest("other", {})).csp.empty());
}

TEST(ApprovalTest, EndpointsBecomeRules) {
  Approval approval = MakeApproval(
      "notes.acme",
      {Request("net.connect",
               RulePattern::Resolving("db.test:5432", {"10.0.0.0/8"})),
       Request("net.resolve", RulePattern::Text("*.a.test"))});
  Layer grants;
  grants.name = "grants";
  grants.rules = ApprovalRules(approval);
  const auto policy = PolicyBuilder().AddLayer(grants).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const auto may = [&](Permission permission, absl::string_view endpoint) {
    return (*policy)->Check(Access::Endpoint(permission, endpoint)).allowed();
  };
  EXPECT_TRUE(may(Permission::kNetConnect, "db.test:5432"));
  EXPECT_FALSE(may(Permission::kNetConnect, "db.test:80"));
  EXPECT_FALSE(may(Permission::kNetListen, "db.test:5432"));
  EXPECT_TRUE(may(Permission::kNetResolve, "x.a.test"));
  EXPECT_FALSE(may(Permission::kNetConnect, "x.a.test:80"));
}

TEST(ApprovalTest, RefusesFieldsThatNoApprovalCanHave) {
  const Approval good = MakeApproval("notes.acme", {RunRequest({"du"})});
  EXPECT_TRUE(ValidateApproval(good).ok());
  const auto bad = [&](void (*change)(Approval*)) {
    Approval approval = good;
    change(&approval);
    return ValidateApproval(approval).code();
  };
  constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(bad([](Approval* a) { a->app = ""; }), kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->app = "notes.acme_a_1.0"; }), kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->approved_by = ""; }), kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->digest = "abc"; }), kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->digest[3] = 'A'; }), kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->requests[0].permissions = {}; }),
            kInvalid);
  EXPECT_EQ(bad([](Approval* a) {
              a->csp = {PageRequest("img-src https://A.test")};
            }),
            kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->expires = a->approved_at; }), kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->expires = absl::InfiniteFuture(); }),
            kInvalid);
  EXPECT_EQ(bad([](Approval* a) { a->approved_at = absl::InfinitePast(); }),
            kInvalid);
}

}  // namespace
}  // namespace postern
