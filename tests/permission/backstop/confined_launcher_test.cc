#include "permission/backstop/confined_launcher.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
#include "fs/guarded_fs.h"
#include "gtest/gtest.h"
#include "permission/backstop/command_parts.h"
#include "permission/backstop/preset.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "permission/guard/path_monitor.h"
#include "permission/use_counter.h"
#include "process/identity.h"
#include "process/kernel_caps.h"
#include "process/start_options.h"
#include "tests/fs/temp_tree.h"
#include "tests/permission/fake_handler.h"
#include "tests/process/launched.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace {

class ConfinedLauncherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (process::ExpectedKernelCaps().landlock_abi == 0) {
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
  void Make(PolicyBuilder builder, ContextOptions context = {}) {
    auto policy = builder.Bind().Build();
    ASSERT_TRUE(policy.ok()) << policy.status();
    auto root = PermissionContext::Create(*policy, std::move(context));
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
    auto child = (*prepared)->Start();
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

// Without a probe only the start tells: then it takes another plan, once.
TEST_F(ConfinedLauncherTest, AStartThatCannotEnterNamespacesDoesWithout) {
  process::Hiding({SYS_unshare}, [this] {
    Make(Rules());
    auto first = launcher_->Prepare(ShellRequest("exit 7"));
    ASSERT_TRUE(first.ok() && first->ok()) << first.status();
    const internal::CommandParts& parts = internal::PartsOf(**first);
    if (!parts.plan.namespaces.network) return;  // not expected here
    auto child = (*first)->Start();
    ASSERT_TRUE(child.ok()) << child.status();
    const auto end = child->Wait(absl::Now() + absl::Seconds(20));
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(end->exit_status, 7);
    EXPECT_FALSE(parts.plan.namespaces.network);
    EXPECT_FALSE(parts.confinement->namespaces.network) << "the report's";
    EXPECT_EQ(parts.plan.syscall_filters.size(), 1);
    auto second = launcher_->Prepare(ShellRequest("true"));
    ASSERT_TRUE(second.ok() && second->ok());
    EXPECT_EQ(internal::PartsOf(**second).confinement, parts.confinement);
    EXPECT_EQ(Read("data/granted"), "granted\n");
    EXPECT_NE(Shell("read x </etc/passwd && echo $x"), "");
  });
}

TEST_F(ConfinedLauncherTest, APlanIsMadeOnceForManyStarts) {
  Make(Rules());
  EXPECT_EQ(Read("data/granted"), "granted\n");
  const auto first = launcher_->Prepare(ShellRequest("true"));
  const auto second = launcher_->Prepare(ShellRequest("false"));
  ASSERT_TRUE(first.ok() && first->ok() && second.ok() && second->ok());
  EXPECT_EQ(internal::PartsOf(**first).confinement,
            internal::PartsOf(**second).confinement);
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
  EXPECT_EQ(internal::PartsOf(**prepared).plan.descriptors.size(), 1u);
  options_.pass_policy = false;
  Make(Rules());
  prepared = launcher_->Prepare(ShellRequest("true"));
  ASSERT_TRUE(prepared.ok() && prepared->ok());
  EXPECT_TRUE(internal::PartsOf(**prepared).plan.descriptors.empty());
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
  EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1) << "the host stays as it is";
  EXPECT_TRUE(absl::StrContains((*others)->Describe(), "identity: uid 65534"));
  const EnforcementReport report = (*others)->Report();
  EXPECT_TRUE(report.probed);
  EXPECT_EQ(ReportToText(report), ReportToText((*own)->Report()));
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

// Where the rules grant one start, that is what they grant.
TEST_F(ConfinedLauncherTest, ACommandStartsOnceAndTellsHowItWent) {
  Make(Rules());
  process::StartOptions start;
  start.limits.wall_time = absl::Seconds(20);
  auto prepared = launcher_->Prepare(ShellRequest("exit 3"), start);
  ASSERT_TRUE(prepared.ok() && prepared->ok());
  ConfinedCommand& command = **prepared;
  EXPECT_TRUE(absl::StrContains(command.Describe(), "limits: wall-time 20s"));
  EXPECT_TRUE(command.steps().empty());
  auto child = command.Start();
  ASSERT_TRUE(child.ok()) << child.status();
  const auto end = child->Wait(absl::Now() + absl::Seconds(20));
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->exit_status, 3);
  EXPECT_FALSE(command.steps().empty());
  EXPECT_TRUE(absl::StrContains(ReportToText(command.Report()),
                                "limit wall-time 20s: launcher"));
  EXPECT_EQ(command.Start().status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ConfinedLauncherTest, LimitsAreRequiredToo) {
  options_.require = EnforcementLevel::kPartial;
  options_.probe = true;
  Make(Rules());
  process::StartOptions start;
  start.limits.open_files = 64;
  const auto held = launcher_->Prepare(ShellRequest("true"), start);
  EXPECT_TRUE(held.ok() && held->ok()) << held.status();
  start.limits.cpu_share = 0.5;
  start.cgroup_parent = "/no/such/group";
  const auto not_held = launcher_->Prepare(ShellRequest("true"), start);
  ASSERT_FALSE(not_held.ok());
  EXPECT_TRUE(absl::StrContains(not_held.status().message(), "cpu-share"))
      << not_held.status();
}

TEST_F(ConfinedLauncherTest, OddOptionsAreRefusedBeforeAnythingIsDecided) {
  PolicyBuilder rules = Rules();
  rules.Deny(PermissionSet(Permission::kProcessSpawn), RulePattern::Whole());
  Make(std::move(rules));
  process::StartOptions start;
  start.limits.processes = 0;
  EXPECT_EQ(launcher_->Prepare(ShellRequest("true"), start).status().code(),
            absl::StatusCode::kInvalidArgument);
  start = process::StartOptions();
  start.cgroup_parent = "apps";
  EXPECT_EQ(launcher_->Preview(ShellRequest("true"), start).status().code(),
            absl::StatusCode::kInvalidArgument);
  options_.identity = process::Identity{~0u, 0, {}};
  EXPECT_EQ(ConfinedLauncher::Create(context_, options_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options_.identity.reset();
  options_.lower.own_process = true;
  EXPECT_EQ(ConfinedLauncher::Create(context_, options_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ConfinedLauncherTest, APreviewTakesNothingAndStartsNothing) {
  PolicyBuilder builder;
  Rule once;
  once.effect = Effect::kAllow;
  once.permissions = PermissionSet(Permission::kProcessSpawn);
  once.pattern = RulePattern::Text("/bin/sh **");
  once.limits.uses = std::make_shared<UseCounter>(1);
  builder.Add(once);
  const std::vector<Rule> preset = *PresetRules("runtime");
  for (const Rule& rule : preset) builder.Add(rule);
  Make(std::move(builder));
  for (int i = 0; i < 2; ++i) {
    auto looked_at = launcher_->Preview(ShellRequest("true"));
    ASSERT_TRUE(looked_at.ok() && looked_at->ok());
    EXPECT_TRUE(absl::StrContains((*looked_at)->Describe(), "sh\" \"-c\""))
        << (*looked_at)->Describe();
    EXPECT_FALSE((*looked_at)->Report().rows.empty());
    EXPECT_EQ((*looked_at)->Start().status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(Shell("echo once"), "once\n");
  EXPECT_NE(Shell("echo twice"), "twice\n");
}

TEST_F(ConfinedLauncherTest, APreviewMakesNoFile) {
  PolicyBuilder builder = Rules();
  builder.Allow(PermissionSet(Permission::kFsWrite),
                RulePattern::Text(tree_ / "data"));
  Make(std::move(builder));
  auto files = fs::GuardedFs::Create(MakePathMonitor(context_), {});
  ASSERT_TRUE(files.ok());
  options_.commands.files = *std::move(files);
  const auto launcher = *ConfinedLauncher::Create(context_, options_);
  SpawnRequest request = ShellRequest("echo made");
  SpawnFile out;
  out.number = 1;
  out.path = tree_ / "data/made";
  out.intent.access = fs::OpenIntent::Access::kWrite;
  out.intent.create = true;
  request.files.push_back(out);
  request.directory = tree_ / "data";
  const auto looked_at = launcher->Preview(request);
  ASSERT_TRUE(looked_at.ok() && looked_at->ok());
  EXPECT_TRUE(absl::StrContains((*looked_at)->Describe(), "descriptors: 1 3;"))
      << (*looked_at)->Describe();
  EXPECT_NE(access((tree_ / "data/made").c_str(), F_OK), 0);
  request.files[0].path = tree_ / "elsewhere";
  EXPECT_EQ(launcher->Preview(request)->status().refusal, SpawnRefusal::kFile);
  request.files.clear();
  request.directory = "/root";
  EXPECT_EQ(launcher->Preview(request)->status().refusal, SpawnRefusal::kFile);
}

TEST_F(ConfinedLauncherTest, APreviewAsksNobody) {
  PolicyBuilder builder = Rules();
  builder.Ask(PermissionSet(Permission::kProcessSpawn),
              RulePattern::Text("/bin/sh -c *"));
  testing::FakeHandler person;
  person.answer.effect = Effect::kAllow;
  ContextOptions context;
  context.ask = &person;
  Make(std::move(builder), context);
  const auto asking = launcher_->Preview(ShellRequest("echo asked"));
  ASSERT_TRUE(asking.ok());
  EXPECT_EQ(asking->status().refusal, SpawnRefusal::kRules);
  EXPECT_TRUE(person.asked.empty());
  EXPECT_EQ(Shell("echo asked"), "asked\n");
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
