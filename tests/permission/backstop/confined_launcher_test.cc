#include "permission/backstop/confined_launcher.h"

#include <stdio.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fs/base/file_descriptor.h"
#include "gtest/gtest.h"
#include "permission/backstop/preset.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "process/identity.h"
#include "process/kernel_caps.h"
#include "process/launcher.h"
#include "tests/fs/temp_tree.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace {

class ConfinedLauncherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.caps = process::DetectKernelCaps();
    if (options_.caps.landlock_abi == 0) {
      GTEST_SKIP() << "this kernel has no Landlock";
    }
    options_.probe = false;
    tree_.File("data/granted", "granted\n");
    tree_.File("data/dropped", "dropped\n");
  }

  // What nearly every program needs, and a shell beside it.
  PolicyBuilder Rules() const {
    PolicyBuilder builder;
    const std::vector<Rule> preset = *PresetRules("runtime");
    for (const Rule& rule : preset) {
      builder.Allow(rule.permissions, rule.pattern);
    }
    builder.Allow(PermissionSet(Permission::kFsRead),
                  RulePattern::Text(tree_ / "data"));
    builder.Allow(PermissionSet(Permission::kProcessSpawn),
                  RulePattern::Text("/bin/sh **"));
    return builder;
  }
  void Make(PolicyBuilder builder) {
    auto policy = builder.Bind().Build();
    ASSERT_TRUE(policy.ok()) << policy.status();
    auto root = PermissionContext::Create(*policy, {});
    ASSERT_TRUE(root.ok()) << root.status();
    context_ = root->context;
    auto launcher = ConfinedLauncher::Create(context_, options_);
    ASSERT_TRUE(launcher.ok()) << launcher.status();
    launcher_ = *std::move(launcher);
  }

  // What a shell prints that is started so.
  std::string Shell(const std::string& text) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(tmpfile(), fclose);
    SpawnRequest request = ShellRequest(text);
    for (const int number : {1, 2}) {
      SpawnFile out;
      out.number = number;
      out.from = fileno(file.get());
      request.files.push_back(out);
    }
    auto prepared = launcher_->Prepare(request);
    if (!prepared.ok()) return absl::StrCat(prepared.status().message());
    if (!prepared->ok()) return prepared->status().ToString();
    auto child = process::Launch((*prepared)->plan);
    if (!child.ok()) return absl::StrCat(child.status().message());
    EXPECT_TRUE(child->Wait(absl::Now() + absl::Seconds(20)).ok());
    rewind(file.get());
    char bytes[4096];
    return std::string(bytes, fread(bytes, 1, sizeof(bytes), file.get()));
  }
  std::string Read(const char* name) {
    return Shell(absl::StrCat("read x <", tree_ / name, " && echo $x"));
  }

  fs::testing::TempTree tree_;
  ConfinedLauncherOptions options_;
  std::shared_ptr<PermissionContext> context_;
  std::unique_ptr<ConfinedLauncher> launcher_;
};

TEST_F(ConfinedLauncherTest, APlanIsMadeOnceForManyStarts) {
  Make(Rules());
  EXPECT_EQ(Read("data/granted"), "granted\n");
  const auto first = launcher_->Prepare(ShellRequest("true"));
  const auto second = launcher_->Prepare(ShellRequest("false"));
  ASSERT_TRUE(first.ok() && first->ok() && second.ok() && second->ok());
  EXPECT_EQ((*first)->confinement, (*second)->confinement);
}

TEST_F(ConfinedLauncherTest, ADropOfAMomentBeforeIsInForce) {
  Make(Rules());
  EXPECT_EQ(Read("data/dropped"), "dropped\n");
  ASSERT_TRUE(context_
                  ->Drop(PermissionSet(Permission::kFsRead),
                         RulePattern::Text(tree_ / "data/dropped"))
                  .ok());
  EXPECT_TRUE(absl::StrContains(Read("data/dropped"), "ermission denied"));
  EXPECT_EQ(Read("data/granted"), "granted\n");
  ASSERT_TRUE(
      context_->Drop(PermissionSet(Permission::kFsRead), RulePattern::Whole())
          .ok());
  EXPECT_NE(Read("data/granted"), "granted\n");
}

TEST_F(ConfinedLauncherTest, TheContextComesAlongUnlessTheHostSaysNo) {
  Make(Rules());
  EXPECT_EQ(Shell("test -e /proc/self/fd/3 && echo there"), "there\n");
  auto prepared = launcher_->Prepare(ShellRequest("true"));
  ASSERT_TRUE(prepared.ok() && prepared->ok());
  EXPECT_EQ((*prepared)->plan.descriptors.size(), 1u);
  options_.pass_policy = false;
  Make(Rules());
  prepared = launcher_->Prepare(ShellRequest("true"));
  ASSERT_TRUE(prepared.ok() && prepared->ok());
  EXPECT_TRUE((*prepared)->plan.descriptors.empty());
}

// What the launcher as root was refused says nothing of another user, and what
// it passed neither.
TEST_F(ConfinedLauncherTest, AnotherUsersProbeIsThatUsers) {
  if (geteuid() != 0) GTEST_SKIP() << "only root starts programs of others";
  options_.probe = true;
  Make(Rules());
  const auto own = launcher_->Prepare(ShellRequest("true"));
  options_.identity = process::Identity{65534, 65534, {}};
  Make(Rules());
  const auto others = launcher_->Prepare(ShellRequest("true"));
  ASSERT_TRUE(own.ok() && own->ok());
  ASSERT_TRUE(others.ok() && others->ok()) << others.status();
  ASSERT_TRUE((*others)->plan.identity.has_value());
  EXPECT_EQ((*others)->plan.identity->uid, 65534u);
  const EnforcementReport& report = (*others)->confinement->report;
  EXPECT_TRUE(report.probed);
  EXPECT_EQ(ReportToText(report), ReportToText((*own)->confinement->report));
  EXPECT_EQ(Shell("test -w / || echo somebody else"), "somebody else\n");
}

TEST_F(ConfinedLauncherTest, WhoMayNotTakeAnIdentityGetsNoPlan) {
  options_.probe = true;
  options_.identity = process::Identity{65534, 65534, {}};
  Make(Rules());
  WithoutCapabilities([this] {
    const auto prepared = launcher_->Prepare(ShellRequest("true"));
    EXPECT_FALSE(prepared.ok());
    EXPECT_NE(prepared.status().message().find("identity"),
              absl::string_view::npos)
        << prepared.status();
  });
}

TEST_F(ConfinedLauncherTest, NothingIsPreparedWhereMoreIsRequired) {
  options_.require = EnforcementLevel::kFull;
  Make(Rules());
  const auto prepared = launcher_->Prepare(ShellRequest("true"));
  ASSERT_FALSE(prepared.ok()) << "nothing was probed";
  EXPECT_EQ(prepared.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(PresetTest, GrantsWhatIsThereAndNothingOfPeople) {
  EXPECT_FALSE(PresetRules("games").ok());
  const auto rules = PresetRules("runtime");
  ASSERT_TRUE(rules.ok());
  std::set<std::string> names;
  for (const Rule& rule : *rules) {
    EXPECT_EQ(rule.effect, Effect::kAllow);
    EXPECT_EQ(rule.source.ToString(), "template runtime");
    const std::string& text = rule.pattern.text();
    EXPECT_TRUE(text[0] != '/' || access(text.c_str(), F_OK) == 0) << text;
    names.insert(text);
  }
  EXPECT_EQ(names.count("/usr/lib"), 1u);
  EXPECT_EQ(names.count("/etc/passwd") + names.count("HOME"), 0u);
  for (const std::string& name : names) {
    EXPECT_FALSE(absl::StartsWith("/etc/ssl/private/key.pem", name)) << name;
    EXPECT_FALSE(absl::StartsWith("/etc/shadow", name)) << name;
  }
}

}  // namespace
}  // namespace postern
