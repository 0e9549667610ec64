// A program that includes the umbrella and depends on //:postern alone, and
// what each part is for.

#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "postern/cpp.h"

namespace postern {
namespace {

std::shared_ptr<PermissionContext> MakeContext(const PolicyBuilder& rules) {
  const auto policy = rules.Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  auto root = PermissionContext::Create(*policy, ContextOptions());
  EXPECT_TRUE(root.ok()) << root.status();
  return root->context;
}

TEST(FacadeTest, RulesFromTextDecide) {
  auto spec = ParsePolicyText(
      "version: 1 layers { name: 'grants'"
      " rules { allow: 'fs.read' pattern: '/srv/app' } }",
      "app.textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  const auto context = MakeContext(PolicyBuilder(*std::move(spec)));
  const Access access = Access::Path(Permission::kFsRead, "/etc/shadow");
  const Decision decision = context->Enforce(access);
  EXPECT_FALSE(decision.allowed());
  const auto explanation = context->Explain(decision, access);
  ASSERT_TRUE(explanation.ok()) << explanation.status();
  EXPECT_NE(ExplanationToJson(*explanation).find("/etc/shadow"),
            std::string::npos);
}

TEST(FacadeTest, FilesAreReadWhereRulesSaySo) {
  std::string box = ::testing::TempDir() + "/facadeXXXXXX";
  ASSERT_NE(mkdtemp(&box[0]), nullptr);
  ASSERT_EQ(symlink("/etc/passwd", (box + "/link").c_str()), 0);
  PolicyBuilder rules;
  rules.Allow(*PermissionSet::Parse("fs"), RulePattern::Text(box)).Bind();
  fs::GuardedFsOptions options;
  options.base_directory = box;
  const auto files =
      fs::GuardedFs::Create(MakePathMonitor(MakeContext(rules)), options);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_TRUE((*files)->WriteFile("file", "text").ok());
  const fs::FsResult<std::string> read = (*files)->ReadFile("file", 10);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, "text");
  EXPECT_TRUE((*files)->ReadFile("link", 10).status().denied());
}

class InsideResolver : public net::Resolver {
 public:
  net::LookUpResult LookUp(const net::HostName&, const net::Wait&) override {
    return {0, {{net::IpAddress::V4(0x7f000001), 0}}};
  }
};

TEST(FacadeTest, GrantedNamesLeadNowhereInside) {
  PolicyBuilder rules;
  rules.Allow(PermissionSet(Permission::kNetConnect),
              RulePattern::Text("a.example:443"));
  net::GuardedNetOptions options;
  options.resolver = std::make_shared<InsideResolver>();
  const net::GuardedNet network(MakeNetMonitor(MakeContext(rules)), options);
  net::Endpoint endpoint;
  net::SyntaxError error;
  ASSERT_TRUE(net::Endpoint::Parse("a.example:443", &endpoint, &error));
  const auto socket = network.Connect(endpoint, net::Transport::kStream,
                                      net::Wait::For(absl::Seconds(5)));
  EXPECT_TRUE(socket.status().denied());
}

TEST(FacadeTest, PagesGetWhatWasGranted) {
  auto base = csp::ParsePolicyText("base.csp", "default-src 'self'");
  auto grant = csp::ParsePolicyText("maps.csp", "img-src https://a.test");
  ASSERT_TRUE(base.ok() && grant.ok());
  csp::MergeInput input;
  input.base = *std::move(base);
  input.grants.push_back({"maps", *std::move(grant), {}});
  const auto merged = csp::Merge(input);
  ASSERT_TRUE(merged.ok()) << merged.status();
  csp::FilterOptions options;
  options.policy = merged->all.policy;
  const csp::FilteredHeaders filtered = csp::FilterHeaders({}, options);
  ASSERT_FALSE(filtered.headers.empty());
  EXPECT_NE(filtered.headers[0].value.find("img-src 'self' https://a.test"),
            std::string::npos)
      << filtered.headers[0].value;
}

TEST(FacadeTest, AppsAreReviewedAndApproved) {
  const auto manifest = ParseManifestText(
      "version: 1 app: 'notes.acme' fs { path: '/srv/notes' }",
      "manifest.textproto");
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  const auto review = MakeReview(*manifest, ApprovalState(), absl::UnixEpoch());
  ASSERT_TRUE(review.ok()) << review.status();
  EXPECT_NE(ReviewToText(*review).find("/srv/notes"), std::string::npos);
}

}  // namespace
}  // namespace postern
