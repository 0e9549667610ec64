// Plans for kernels that have much, little and nothing, word by word.

#include "permission/backstop/lower.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "tests/permission/backstop/fake_tree.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::FakeTree;
using testing::MakeLayer;
using testing::MakeRule;
using testing::RuleRow;

constexpr Effect kAllow = Effect::kAllow, kAsk = Effect::kAsk,
                 kDeny = Effect::kDeny;
constexpr Permission kRead = Permission::kFsRead, kWrite = Permission::kFsWrite,
                     kConnect = Permission::kNetConnect,
                     kListen = Permission::kNetListen;

const FakeTree& Tree() {
  static const FakeTree* const tree = new FakeTree(
      {"/dev/null#", "/dev/video0#", "/etc/passwd", "/srv/app/a.txt",
       "/srv/app/keys/id", "/srv/app/sub/b", "/usr/bin/python3", "/bin@"});
  return *tree;
}

process::KernelCaps Caps(int abi) {
  process::KernelCaps caps;
  caps.kernel_release = "test";
  caps.landlock_abi = abi;
  caps.seccomp = abi > 0;
  caps.net_namespace = abi > 0;
  return caps;
}

ConfinementPlan PlanFor(std::vector<Layer> layers, int abi,
                        LowerOptions options = LowerOptions()) {
  options.tree = &Tree();
  auto plan = Lower(BuildOrDie(std::move(layers)), Caps(abi), options);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *std::move(plan);
}

std::string RowsOf(const ConfinementPlan& plan, Permission permission) {
  std::string text = "\n";
  for (const EnforcementRow& row : plan.report.rows) {
    if (row.permission == permission) {
      absl::StrAppend(&text, RowToText(row), "\n");
    }
  }
  return text;
}

std::string LandlockOf(const ConfinementPlan& plan) {
  std::string text = "\n";
  for (const process::LandlockRules& rules : plan.landlock) {
    text += process::DescribeLandlock(rules);
  }
  return text;
}

std::vector<Layer> DenyInsideAllow() {
  return {MakeLayer("grants", kDeny,
                    {{kAllow, kRead, "/srv/app"},
                     {kAllow, kWrite, "/srv/app/sub"},
                     {kDeny, kRead, "/srv/app/keys"}})};
}

EnforcementRow RowOf(const ConfinementPlan& plan, Permission permission,
                     GuardedOperation operation, absl::string_view rule = "") {
  for (const EnforcementRow& row : plan.report.rows) {
    if (row.permission == permission && row.operation == operation &&
        row.rule == rule) {
      return row;
    }
  }
  ADD_FAILURE() << "no row for " << PermissionName(permission);
  return EnforcementRow();
}

TEST(LowerTest, WithoutAnythingThereIsNoPlanAndAllIsSaid) {
  const ConfinementPlan plan = PlanFor(DenyInsideAllow(), 0);
  EXPECT_EQ(DescribeConfinement(plan), "");
  EXPECT_FALSE(plan.filter.has_value());
  for (const EnforcementRow& row : plan.report.rows) {
    const bool environment = row.permission == Permission::kEnvRead ||
                             row.permission == Permission::kEnvWrite;
    if (environment) continue;  // the launcher's, whatever the kernel has
    EXPECT_EQ(row.level, EnforcementLevel::kNone) << RowToText(row);
  }
}

TEST(LowerTest, TheRulesetHasWhatTheKernelKnows) {
  const std::string first =
      "execute write-file read-file read-dir remove-dir remove-file make-char "
      "make-dir make-reg make-sock make-fifo make-block make-sym";
  const struct {
    int abi;
    const char* files;
    const char* rest;
    const char* sub;
  } cases[] = {
      {1, "", "\n", ""},
      {2, " refer", "\n", " refer"},
      {3, " refer truncate", "\n", " refer truncate"},
      {4, " refer truncate", " bind-tcp connect-tcp\n", " refer truncate"},
      {5, " refer truncate ioctl-dev", " bind-tcp connect-tcp\n",
       " refer truncate"},
      {6, " refer truncate ioctl-dev",
       " bind-tcp connect-tcp\nnot outside: abstract-unix signal\n",
       " refer truncate"},
      {7, " refer truncate ioctl-dev",
       " bind-tcp connect-tcp\nnot outside: abstract-unix signal\n",
       " refer truncate"},
      {8, " refer truncate ioctl-dev",
       " bind-tcp connect-tcp\nnot outside: abstract-unix signal\n",
       " refer truncate"},
      {9, " refer truncate ioctl-dev resolve-unix",
       " bind-tcp connect-tcp\nnot outside: abstract-unix signal\n",
       " refer truncate"},
      {10, " refer truncate ioctl-dev resolve-unix",
       " bind-tcp connect-tcp bind-udp connect-send-udp\n"
       "not outside: abstract-unix signal\n",
       " refer truncate"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(LandlockOf(PlanFor(DenyInsideAllow(), c.abi)),
              absl::StrCat("\nrefused but for what follows: ", first, c.files,
                           c.rest, "\"/srv/app\": read-dir\n",
                           "\"/srv/app/a.txt\": read-file read-dir\n",
                           "\"/srv/app/sub\": write-file read-file read-dir "
                           "remove-dir remove-file make-dir make-reg make-sock "
                           "make-fifo make-sym",
                           c.sub, "\n"))
        << c.abi;
  }
}

TEST(LowerTest, RowsSayWhatHoldsADenialInsideAGrant) {
  EXPECT_EQ(RowsOf(PlanFor(DenyInsideAllow(), 7), kRead), R"(
full    allow fs.read "/srv/app" (contents): landlock; less is granted: what is made later beside something denied cannot be opened [new-names] at /srv/app
full    allow fs.read "/srv/app" (listing): landlock; less is granted: the call is refused, whatever it is about [refused-to-all] at inotify_add_watch
full    deny fs.read "/srv/app/keys" (contents): landlock
partial deny fs.read "/srv/app/keys" (listing): landlock; contents are held; names beside and beneath what is denied can be listed or changed [directory-rights] at /srv/app
none    deny fs.read "/srv/app/keys" (metadata): library; nothing that is in use looks at these calls [not-mediated]
full    what no rule grants of fs.read (contents): landlock
partial what no rule grants of fs.read (listing): landlock; contents are held; names beside and beneath what is denied can be listed or changed [directory-rights] at /srv/app
none    what no rule grants of fs.read (metadata): library; nothing that is in use looks at these calls [not-mediated]
)");
}

TEST(LowerTest, BeforeAbi3FilesCanBeEmptiedByName) {
  for (int abi : {1, 2, 3}) {
    const EnforcementRow row = RowOf(PlanFor(DenyInsideAllow(), abi), kWrite,
                                     GuardedOperation::kContents);
    EXPECT_EQ(row.level,
              abi < 3 ? EnforcementLevel::kPartial : EnforcementLevel::kFull);
  }
}

// With them a directory above a mask can be moved, and the mask with it.
TEST(LowerTest, RightsOfDirectoriesTakeFromMasks) {
  const std::vector<Layer> layers = {
      MakeLayer("grants", kDeny,
                {{kAllow, kRead, "/srv"},
                 {kAllow, kWrite, "/srv"},
                 {kDeny, kRead, "/srv/app/keys"},
                 {kDeny, kWrite, "/srv/app/keys"}})};
  process::KernelCaps caps = Caps(7);
  caps.mount_namespace = true;
  for (const SpineRights spines : {SpineRights::kListing, SpineRights::kAll}) {
    LowerOptions options;
    options.tree = &Tree();
    options.masks = true;
    options.spines = spines;
    const auto plan = Lower(BuildOrDie(layers), caps, options);
    ASSERT_TRUE(plan.ok()) << plan.status();
    const EnforcementRow& row =
        RowOf(*plan, kRead, GuardedOperation::kContents, "/srv/app/keys");
    const bool moved = spines == SpineRights::kAll;
    EXPECT_EQ(row.level,
              moved ? EnforcementLevel::kPartial : EnforcementLevel::kFull);
    EXPECT_EQ(row.reason, moved ? EnforcementReason::kDirectoryRights
                                : EnforcementReason::kMasked);
  }
}

TEST(LowerTest, RightsOfDirectoriesBesideADenialAreAChoice) {
  LowerOptions options;
  options.spines = SpineRights::kNone;
  const ConfinementPlan none = PlanFor(DenyInsideAllow(), 7, options);
  EXPECT_EQ(LandlockOf(none).find("\"/srv/app\":"), std::string::npos);
  EXPECT_EQ(RowOf(none, kRead, GuardedOperation::kListing).level,
            EnforcementLevel::kFull);
  EXPECT_EQ(RowOf(none, kRead, GuardedOperation::kListing, "/srv/app").less,
            EnforcementReason::kEntriesWithheld);
  options.spines = SpineRights::kAll;
  const std::vector<Layer> layers = {MakeLayer(
      "grants", kDeny,
      {{kAllow, kWrite, "/srv/app"}, {kDeny, kWrite, "/srv/app/keys"}})};
  const ConfinementPlan all = PlanFor(layers, 7, options);
  EXPECT_NE(LandlockOf(all).find("\"/srv/app\": remove-dir remove-file"),
            std::string::npos)
      << LandlockOf(all);
  EXPECT_EQ(RowOf(all, kWrite, GuardedOperation::kEntries).level,
            EnforcementLevel::kPartial);
  EXPECT_EQ(RowOf(all, kWrite, GuardedOperation::kContents).level,
            EnforcementLevel::kFull);
}

TEST(LowerTest, SaysWhichRulesAreAboutNoFile) {
  const ConfinementPlan plan =
      PlanFor({MakeLayer("grants", kDeny,
                         {{kAllow, kRead, "/etc"},
                          {kAllow, kRead, "/gone/x"},
                          {kAllow, kRead, "/bin/python3"},
                          {kDeny, kRead, "/bin"}})},
              7);
  const auto row = [&](const char* rule) {
    return RowOf(plan, kRead, GuardedOperation::kContents, rule);
  };
  EXPECT_FALSE(row("/etc").grants_less);
  EXPECT_EQ(row("/gone/x").less, EnforcementReason::kPathMissing);
  EXPECT_EQ(row("/gone/x").scope, "/gone/x");
  EXPECT_EQ(row("/bin/python3").less, EnforcementReason::kPassesLink);
  EXPECT_EQ(row("/bin").level, EnforcementLevel::kNone);
  EXPECT_EQ(row("/bin").reason, EnforcementReason::kPassesLink);
}

TEST(LowerTest, AGrantOfTheRootIsOneOfProcfsToo) {
  const ConfinementPlan plan =
      PlanFor({MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}})}, 7);
  EXPECT_EQ(RowOf(plan, kRead, GuardedOperation::kContents, "/").reason,
            EnforcementReason::kProcfsToo);
}

// What the report says of a rule that denies reading, beside a grant of "/srv".
EnforcementRow RowOfDenied(const char* rule, const FakeTree& tree,
                           size_t max_entries = 100) {
  LowerOptions options;
  options.tree = &tree;
  options.regions.link_entries = max_entries;
  auto plan = Lower(
      BuildOrDie({MakeLayer("grants", kDeny,
                            {{kAllow, kRead, "/srv"}, {kDeny, kRead, rule}})}),
      Caps(7), options);
  EXPECT_TRUE(plan.ok()) << plan.status();
  if (!plan.ok()) return EnforcementRow();
  return RowOf(*plan, kRead, GuardedOperation::kContents, rule);
}

TEST(LowerTest, DeniedFilesWithOtherNamesAreNotHeldByOne) {
  const FakeTree tree({"/srv/a", "/srv/linked", "/keys/a", "/keys/b/linked",
                       "/keys/b/x", "/plain/a/b", "/plain/linked@",
                       "/proc/linked"});
  const struct {
    const char* rule;
    const char* linked;  // "": there is none
  } cases[] = {
      {"/srv/linked", "/srv/linked"},
      {"/keys", "/keys/b/linked"},
      {"exact:/keys/*/l*", "/keys/b/linked"},
      {"exact:/keys/**/x", ""},
      {"/keys/a", ""},
      {"/plain", ""},
      {"/missing", ""},
      {"/proc", ""},
  };
  for (const auto& c : cases) {
    const EnforcementRow row = RowOfDenied(c.rule, tree);
    const bool held = *c.linked == '\0';
    EXPECT_EQ(row.level,
              held ? EnforcementLevel::kFull : EnforcementLevel::kPartial)
        << c.rule;
    if (held) continue;
    EXPECT_EQ(row.reason, EnforcementReason::kOtherNames) << c.rule;
    EXPECT_EQ(row.scope, c.linked);
  }
}

TEST(LowerTest, NamesThatWereNotLookedAtAreNotTakenForNone) {
  FakeTree tree({"/srv/a", "/keys/1", "/keys/2", "/keys/3", "/keys/locked/"});
  EXPECT_EQ(RowOfDenied("/keys", tree).level, EnforcementLevel::kFull);
  EnforcementRow row = RowOfDenied("/keys", tree, 3);
  EXPECT_EQ(row.level, EnforcementLevel::kPartial);
  EXPECT_EQ(row.reason, EnforcementReason::kNamesUnknown);
  EXPECT_EQ(row.scope, "/keys");
  // It ends between two directories.
  row = RowOfDenied("/keys", tree, 4);
  EXPECT_EQ(row.reason, EnforcementReason::kNamesUnknown);
  EXPECT_EQ(row.scope, "/keys/locked");
  tree.Lock("/keys/locked");
  row = RowOfDenied("/keys", tree);
  EXPECT_EQ(row.reason, EnforcementReason::kNamesUnknown);
  EXPECT_EQ(row.scope, "/keys/locked");
}

// What the report says of files that no rule grants, beside this grant.
EnforcementRow RowOfOthers(const char* written, const FakeTree& tree,
                           size_t max_entries = 100) {
  LowerOptions options;
  options.tree = &tree;
  options.regions.link_entries = max_entries;
  auto plan = Lower(
      BuildOrDie({MakeLayer("grants", kDeny, {{kAllow, kWrite, written}})}),
      Caps(7), options);
  EXPECT_TRUE(plan.ok()) << plan.status();
  if (!plan.ok()) return EnforcementRow();
  return RowOf(*plan, kWrite, GuardedOperation::kContents);
}

TEST(LowerTest, WhatIsWrittenMayBeTheFileOfAnotherName) {
  const FakeTree tree({"/srv/a/linked", "/srv/b/1", "/srv/b/2", "/srv/x"});
  EXPECT_EQ(RowOfOthers("/srv/b", tree).level, EnforcementLevel::kFull);
  EXPECT_EQ(RowOfOthers("/srv/x", tree).level, EnforcementLevel::kFull);
  EXPECT_EQ(RowOfOthers("/missing", tree).level, EnforcementLevel::kFull);
  // There is nothing that no rule grants.
  EXPECT_EQ(RowOfOthers("/", tree).level, EnforcementLevel::kFull);
  for (const char* const rule : {"/srv", "/srv/a", "/srv/a/linked"}) {
    const EnforcementRow row = RowOfOthers(rule, tree);
    EXPECT_EQ(row.level, EnforcementLevel::kPartial) << rule;
    EXPECT_EQ(row.reason, EnforcementReason::kOtherNames) << rule;
    EXPECT_EQ(row.scope, "/srv/a/linked") << rule;
  }
  for (const size_t looked_at : {0, 1}) {
    const EnforcementRow unknown = RowOfOthers("/srv/b", tree, looked_at);
    EXPECT_EQ(unknown.level, EnforcementLevel::kPartial);
    EXPECT_EQ(unknown.reason, EnforcementReason::kNamesUnknown);
  }
}

TEST(LowerTest, WatchesAreRefusedUnlessAllMayBeRead) {
  const auto row = [](const char* rule, const process::KernelCaps& caps) {
    LowerOptions options;
    options.tree = &Tree();
    const auto plan =
        Lower(BuildOrDie({MakeLayer("g", kDeny, {{kAllow, kRead, rule}})}),
              caps, options);
    return RowOf(*plan, kRead, GuardedOperation::kListing, rule);
  };
  EXPECT_TRUE(row("/etc", Caps(7)).grants_less);
  EXPECT_EQ(row("/etc", Caps(7)).less, EnforcementReason::kRefusedToAll);
  process::KernelCaps without = Caps(7);
  without.seccomp = false;
  EXPECT_FALSE(row("/etc", without).grants_less);
}

TEST(LowerTest, NoNameLeadsToAFileWhereNothingIsGranted) {
  const FakeTree tree({"/keys/linked"});
  LowerOptions options;
  options.tree = &tree;
  auto plan =
      Lower(BuildOrDie({MakeLayer("grants", kDeny, {{kDeny, kRead, "/keys"}})}),
            Caps(7), options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(RowOf(*plan, kRead, GuardedOperation::kContents, "/keys").level,
            EnforcementLevel::kFull);
}

TEST(LowerTest, QuestionsAndLimitsAreNeverFull) {
  Layer layer = MakeLayer("grants", kDeny, {{kAsk, kRead, "/etc"}});
  Rule ends = MakeRule(kAllow, PermissionSet(kRead), "/srv/app");
  ends.limits.uses = std::make_shared<UseCounter>(3);
  layer.rules.push_back(ends);
  LowerOptions options;
  ConfinementPlan plan = PlanFor({layer}, 7, options);
  const auto row = [&](const char* rule) {
    return RowOf(plan, kRead, GuardedOperation::kContents, rule);
  };
  EXPECT_EQ(LandlockOf(plan).find("\"/"), std::string::npos);
  EXPECT_EQ(row("/etc").level, EnforcementLevel::kPartial);
  EXPECT_EQ(row("/etc").less, EnforcementReason::kNobodyIsAsked);
  EXPECT_EQ(row("/srv/app").less, EnforcementReason::kLimitNotGranted);
  options.asks_and_limits = Approximation::kWider;
  plan = PlanFor({layer}, 7, options);
  EXPECT_NE(LandlockOf(plan).find("\"/etc\""), std::string::npos);
  EXPECT_EQ(row("/etc").level, EnforcementLevel::kPartial);
  EXPECT_EQ(row("/etc").reason, EnforcementReason::kTakenAsAnswered);
  EXPECT_EQ(row("/srv/app").reason, EnforcementReason::kLimitNotHeld);
}

TEST(LowerTest, HostsAreClosedOrTheirPortsAreOpenToAll) {
  const std::vector<Layer> layers = {MakeLayer(
      "grants", kDeny,
      {{kAllow, kConnect, "a.example:443"}, {kDeny, kConnect, "b.example"}})};
  LowerOptions options;
  ConfinementPlan plan = PlanFor(layers, 7, options);
  const auto row = [&](const char* rule) {
    return RowOf(plan, kConnect, GuardedOperation::kStream, rule);
  };
  EXPECT_TRUE(plan.namespaces.network);
  EXPECT_EQ(row("a.example:443").less, EnforcementReason::kHostNotGranted);
  EXPECT_EQ(row("b.example").level, EnforcementLevel::kFull);
  options.hosts = Approximation::kWider;
  plan = PlanFor(layers, 7, options);
  EXPECT_FALSE(plan.namespaces.network);
  EXPECT_NE(LandlockOf(plan).find("port 443: connect-tcp"), std::string::npos)
      << LandlockOf(plan);
  EXPECT_EQ(row("a.example:443").level, EnforcementLevel::kPartial);
  EXPECT_EQ(row("a.example:443").reason, EnforcementReason::kPortOnly);
  EXPECT_EQ(row("b.example").level, EnforcementLevel::kNone);
  EXPECT_EQ(row("").reason, EnforcementReason::kPortOnly);
}

TEST(LowerTest, ProgramsDevicesAndThreadsAreThoseThatAreGranted) {
  Layer layer = MakeLayer("grants", kDeny,
                          {{kAllow, Permission::kDeviceUse, "/dev/video0"}});
  layer.rules.push_back(
      MakeRule(kAllow, PermissionSet(Permission::kThreadCreate)));
  LowerOptions options;
  options.programs = {"/usr/bin/python3"};
  options.tree = &Tree();
  process::KernelCaps caps = Caps(7);
  caps.cgroup_v1_devices = true;
  auto plan = Lower(BuildOrDie({layer}), caps, options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const std::string landlock = LandlockOf(*plan);
  EXPECT_NE(landlock.find("\"/dev/video0\": write-file read-file ioctl-dev\n"
                          "\"/lib/ld.so\": execute read-file\n"
                          "\"/usr/bin/python3\": execute read-file\n"),
            std::string::npos)
      << landlock;
  ASSERT_TRUE(plan->devices.has_value());
  EXPECT_EQ(plan->devices->back().major, 81u);
  EXPECT_EQ(plan->devices->back().minor, 7u);
  const std::string text = DescribeConfinement(*plan);
  EXPECT_NE(text.find("  c 81:7 rw\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("(threads)"), std::string::npos) << text;
  EXPECT_EQ(RowOf(*plan, Permission::kProcessSpawn, GuardedOperation::kProgram)
                .reason,
            EnforcementReason::kLoaderRunsAny);
  Layer writes = layer;
  writes.rules.push_back(
      MakeRule(kAllow, PermissionSet(Permission::kFsWrite), "/usr/bin"));
  writes.rules.push_back(MakeRule(
      kAllow, PermissionSet(Permission::kProcessSpawn), "/usr/bin/python3 **"));
  const auto written = Lower(BuildOrDie({writes}), caps, options);
  ASSERT_TRUE(written.ok()) << written.status();
  bool told = false;
  for (const EnforcementRow& row : written->report.rows) {
    told = told || (row.reason == EnforcementReason::kProgramWritten &&
                    row.level == EnforcementLevel::kPartial &&
                    row.scope == "/usr/bin/python3");
  }
  EXPECT_TRUE(told) << ReportToText(written->report);
  EXPECT_EQ(
      RowOf(*plan, Permission::kFsRead, GuardedOperation::kContents).reason,
      EnforcementReason::kProgramsRead)
      << "no rule grants to read the program";
  layer.rules.push_back(MakeRule(kAllow, PermissionSet(Permission::kFsRead)));
  plan = Lower(BuildOrDie({layer}), caps, options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_NE(
      RowOf(*plan, Permission::kFsRead, GuardedOperation::kContents).reason,
      EnforcementReason::kProgramsRead);
}

// Each of these was seen to pass while its row said full.
TEST(LowerTest, RowsSayWhatIsLeft) {
  LowerOptions options;
  options.tree = &Tree();
  const auto level = [](const ConfinementPlan& plan, Permission permission) {
    const EnforcementRow& row = RowOf(plan, permission, GuardedOperation::kAll);
    return std::make_pair(row.level, row.reason);
  };
  const auto partial = [](EnforcementReason reason) {
    return std::make_pair(EnforcementLevel::kPartial, reason);
  };
  const auto full =
      std::make_pair(EnforcementLevel::kFull, EnforcementReason::kExact);
  Layer layer = MakeLayer("grants", kDeny,
                          {{kAllow, Permission::kDeviceUse, "/dev/video0"}});
  auto plan = Lower(BuildOrDie({layer}), Caps(7), options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(level(*plan, Permission::kEnvWrite),
            partial(EnforcementReason::kFirstProgram));
  EXPECT_EQ(level(*plan, Permission::kEnvRead), full);
  EXPECT_EQ(level(*plan, Permission::kDebugAttach), full);
  std::string text = DescribeConfinement(*plan);
  EXPECT_NE(text.find("inotify_add_watch"), std::string::npos) << text;
  EXPECT_NE(text.find("0x4100 == 0x100"), std::string::npos)
      << "memory that is shared as threads share it: " << text;
  layer.rules.push_back(
      MakeRule(kAllow, PermissionSet(Permission::kFsRead) |
                           PermissionSet(Permission::kFsWrite)));
  plan = Lower(BuildOrDie({layer}), Caps(7), options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  for (const Permission permission :
       {Permission::kEnvRead, Permission::kDebugAttach}) {
    EXPECT_EQ(level(*plan, permission), partial(EnforcementReason::kProcfsToo));
  }
  EXPECT_EQ(level(*plan, Permission::kDeviceUse).first,
            EnforcementLevel::kPartial)
      << "devices lie among files";
  text = DescribeConfinement(*plan);
  EXPECT_EQ(text.find("inotify_add_watch"), std::string::npos) << text;
}

std::string LevelAndReason(const EnforcementRow& row) {
  return absl::StrCat(LevelName(row.level), " ",
                      EnforcementReasonCode(row.reason));
}

ConfinementPlan PlanForSockets(std::vector<RuleRow> rules, PermissionSet whole,
                               const process::KernelCaps& caps) {
  Layer layer = MakeLayer("grants", kDeny, std::move(rules));
  if (!whole.empty()) layer.rules.push_back(MakeRule(kAllow, whole));
  LowerOptions options;
  options.tree = &Tree();
  auto plan = Lower(BuildOrDie({layer}), caps, options);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *std::move(plan);
}

struct ListenCase {
  const char* what;
  std::vector<RuleRow> rules;
  PermissionSet whole;
  int abi;
  GuardedOperation operation;
  const char* rule;
  const char* want;
};

TEST(LowerTest, ListeningIsHeldWhereSocketsCannotDoWithoutBinding) {
  constexpr GuardedOperation kTcp = GuardedOperation::kStream,
                             kUdp = GuardedOperation::kDatagram,
                             kUnix = GuardedOperation::kUnix;
  const std::vector<RuleRow> port = {{kAllow, kListen, ":80"}};
  const std::vector<RuleRow> but_one = {{kAllow, kListen, ":80"},
                                        {kDeny, kListen, ":90"}};
  const std::vector<RuleRow> both = {{kAllow, kConnect, ":443"},
                                     {kAllow, kListen, ":80"}};
  const std::vector<RuleRow> client = {{kAllow, kConnect, ":443"}};
  const std::vector<RuleRow> path = {{kAllow, kConnect, "unix:/run/x"},
                                     {kAllow, kListen, ":80"}};
  const PermissionSet none, connect(kConnect), listen(kListen);
  const ListenCase cases[] = {
      {"nothing, TCP", {}, none, 7, kTcp, "", "full exact"},
      {"nothing, UDP", {}, none, 7, kUdp, "", "full exact"},
      {"nothing, unix", {}, none, 7, kUnix, "", "full exact"},
      {"a port", port, none, 7, kTcp, "", "partial unbound-sockets"},
      {"its rule", port, none, 7, kTcp, ":80", "partial unbound-sockets"},
      {"a denied one", but_one, none, 7, kTcp, ":90",
       "partial unbound-sockets"},
      {"a port, and no UDP", port, none, 7, kUdp, "", "full exact"},
      {"a port, and pairs", port, none, 7, kUnix, "", "partial socket-pairs"},
      {"UDP's port", both, none, 10, kUdp, "", "partial unbound-sockets"},
      {"a client", client, none, 7, kTcp, "", "full exact"},
      {"a client of UDP", client, none, 10, kUdp, "",
       "partial unbound-sockets"},
      {"connecting, TCP", {}, connect, 7, kTcp, "", "full exact"},
      {"connecting, UDP", {}, connect, 7, kUdp, "", "partial unbound-sockets"},
      {"connecting, unix",
       {},
       connect,
       7,
       kUnix,
       "",
       "partial unbound-sockets"},
      {"by path", path, none, 9, kUnix, "", "partial socket-kind"},
      {"all, TCP", {}, listen, 7, kTcp, "", "full exact"},
      {"all, unix", {}, listen, 7, kUnix, "", "full exact"},
  };
  for (const ListenCase& c : cases) {
    const ConfinementPlan plan = PlanForSockets(c.rules, c.whole, Caps(c.abi));
    EXPECT_EQ(LevelAndReason(RowOf(plan, kListen, c.operation, c.rule)), c.want)
        << c.what;
  }
  process::KernelCaps bare = Caps(7);
  bare.seccomp = bare.net_namespace = false;
  EXPECT_EQ(
      LevelAndReason(RowOf(PlanForSockets({}, none, bare), kListen, kTcp)),
      "partial unbound-sockets");
}

TEST(LowerTest, NobodyHoldsADeniedPortWhereNothingCan) {
  const std::vector<RuleRow> denied = {{kDeny, kConnect, ":80"}};
  process::KernelCaps bare = Caps(7);
  bare.seccomp = bare.net_namespace = false;
  const auto row = [&](GuardedOperation operation) {
    return LevelAndReason(RowOf(PlanForSockets(denied, PermissionSet(), bare),
                                kConnect, operation, ":80"));
  };
  EXPECT_EQ(row(GuardedOperation::kStream), "full exact");
  EXPECT_EQ(row(GuardedOperation::kDatagram), "none no-facility");
  bare = Caps(0);
  EXPECT_EQ(row(GuardedOperation::kStream), "none no-facility");
}

TEST(LowerTest, AGrantThatHasNoVsockSaysSo) {
  const auto row = [](PermissionSet whole) {
    const ConfinementPlan plan = PlanForSockets({}, whole, Caps(7));
    for (const EnforcementRow& one : plan.report.rows) {
      if (one.operation == GuardedOperation::kUnix && !one.layer.empty()) {
        return one;
      }
    }
    return EnforcementRow();
  };
  const EnforcementRow listens = row(PermissionSet(kListen));
  EXPECT_TRUE(listens.grants_less);
  EXPECT_EQ(listens.less, EnforcementReason::kNoFacility);
  EXPECT_EQ(listens.scope, "vsock");
  EXPECT_FALSE(row(PermissionSet(kConnect)).grants_less);
  EXPECT_FALSE(
      row(PermissionSet(kConnect) | PermissionSet(kListen)).grants_less);
}

TEST(LowerTest, TheMemoryOfAParentIsAThreadsOnceItsChildHasEnded) {
  const auto row = [](PermissionSet whole) {
    return LevelAndReason(RowOf(PlanForSockets({}, whole, Caps(7)),
                                Permission::kThreadCreate,
                                GuardedOperation::kAll));
  };
  EXPECT_EQ(row(PermissionSet()), "partial shared-memory");
  EXPECT_EQ(row(PermissionSet(Permission::kThreadCreate)), "full exact");
}

struct ProgramCase {
  const char* what;
  std::vector<RuleRow> rules;
  const char* narrower;
  const char* wider;
};

TEST(LowerTest, ProgramsNeedEveryArgumentOrAGenerousCaller) {
  constexpr Permission kSpawn = Permission::kProcessSpawn;
  const ProgramCase cases[] = {
      {"none", {}, "", ""},
      {"every argument",
       {{kAllow, kSpawn, "/usr/bin/python3 **"}},
       "/lib/ld.so /usr/bin/python3",
       "/lib/ld.so /usr/bin/python3"},
      {"some arguments",
       {{kAllow, kSpawn, "/usr/bin/python3 -c *"}},
       "",
       "/lib/ld.so /usr/bin/python3"},
      {"but for some",
       {{kAllow, kSpawn, "/usr/bin/python3 **"},
        {kDeny, kSpawn, "/usr/bin/python3 -c **"}},
       "",
       ""},
      {"but for some, by a bare name",
       {{kAllow, kSpawn, "/usr/bin/python3 **"},
        {kDeny, kSpawn, "python3 -c **"}},
       "",
       ""},
      {"but for another",
       {{kAllow, kSpawn, "/usr/bin/python3 **"},
        {kDeny, kSpawn, "/usr/bin/du **"}},
       "/lib/ld.so /usr/bin/python3",
       "/lib/ld.so /usr/bin/python3"},
      {"a folder", {{kAllow, kSpawn, "/usr/** **"}}, "/usr", "/usr"},
      {"by a bare name", {{kAllow, kSpawn, "python3 **"}}, "", ""},
      {"that is missing", {{kAllow, kSpawn, "/usr/bin/no **"}}, "", ""},
      {"only if it starts others that may",
       {{kAllow, kSpawn, "through:/usr/bin/python3 **"}},
       "",
       ""},
  };
  for (const ProgramCase& c : cases) {
    for (const Approximation approximation :
         {Approximation::kNarrower, Approximation::kWider}) {
      LowerOptions options;
      options.asks_and_limits = approximation;
      const bool wider = approximation == Approximation::kWider;
      const ConfinementPlan plan =
          PlanFor({MakeLayer("g", kDeny, c.rules)}, 7, options);
      EXPECT_EQ(absl::StrJoin(plan.files.programs.programs, " "),
                wider ? c.wider : c.narrower)
          << c.what << (wider ? ", generously" : "");
    }
  }
}

TEST(LowerTest, ArgumentsAreHeldNoFurtherThanTheLoaderLets) {
  constexpr Permission kSpawn = Permission::kProcessSpawn;
  const auto arguments = [&](const char* rule,
                             std::vector<std::string> programs) {
    LowerOptions options;
    options.programs = std::move(programs);
    return RowOf(
        PlanFor({MakeLayer("g", kDeny, {{kAllow, kSpawn, rule}})}, 7, options),
        kSpawn, GuardedOperation::kArguments);
  };
  const std::vector<std::string> python = {"/usr/bin/python3"};
  const EnforcementRow any = arguments("/usr/bin/python3 **", python);
  EXPECT_EQ(any.level, EnforcementLevel::kPartial);
  EXPECT_EQ(any.reason, EnforcementReason::kLoaderRunsAny);
  EXPECT_EQ(arguments("/usr/bin/python3 -c *", python).level,
            EnforcementLevel::kNone);
  EXPECT_EQ(arguments("/usr/bin/python3 -c *", {}).level,
            EnforcementLevel::kFull);
}

TEST(LowerTest, AnyProgramIsStartedWhereItCanBeRead) {
  const auto grant = [](std::vector<RuleRow> rules, int abi) {
    Layer layer = MakeLayer("g", kDeny, std::move(rules));
    layer.rules.push_back(
        MakeRule(kAllow, PermissionSet(Permission::kProcessSpawn)));
    const ConfinementPlan plan = PlanFor({layer}, abi);
    for (const EnforcementRow& row : plan.report.rows) {
      if (row.permission == Permission::kProcessSpawn &&
          row.operation == GuardedOperation::kProgram && row.layer == "g") {
        return row;
      }
    }
    return EnforcementRow();
  };
  const EnforcementRow less = grant({{kAllow, kRead, "/usr"}}, 7);
  EXPECT_EQ(less.level, EnforcementLevel::kFull);
  EXPECT_TRUE(less.grants_less);
  EXPECT_EQ(less.less, EnforcementReason::kProgramsUnread);
  EXPECT_FALSE(grant({}, 0).grants_less) << "nobody holds it";
  Layer all = MakeLayer("g", kDeny, {});
  all.rules.push_back(
      MakeRule(kAllow, PermissionSet(Permission::kProcessSpawn) |
                           PermissionSet(Permission::kFsRead)));
  for (const EnforcementRow& row : PlanFor({all}, 7).report.rows) {
    if (row.permission != Permission::kProcessSpawn) continue;
    EXPECT_FALSE(row.grants_less) << RowToText(row);
  }
}

TEST(LowerTest, SteeringVariablesAreNotHandedOnThoughGranted) {
  const auto less = [](const char* rule, const char* may_steer) {
    LowerOptions options;
    options.may_steer.push_back(may_steer);
    const EnforcementRow row = RowOf(
        PlanFor({MakeLayer("g", kDeny, {{kAllow, Permission::kEnvRead, rule}})},
                7, options),
        Permission::kEnvRead, GuardedOperation::kAll, rule);
    return row.grants_less && row.less == EnforcementReason::kSteering;
  };
  for (const char* rule : {"LD_PRELOAD", "NODE_OPTIONS", "LD_PRE*", "NO*"}) {
    EXPECT_TRUE(less(rule, "OTHER")) << rule;
  }
  for (const char* rule : {"HOME", "LC_*", "NODE"}) {
    EXPECT_FALSE(less(rule, "OTHER")) << rule;
  }
  EXPECT_FALSE(less("NODE_OPTIONS", "NODE_OPTIONS")) << "the host lets it";
  Layer whole = MakeLayer("g", kDeny, {});
  whole.rules.push_back(MakeRule(kAllow, PermissionSet(Permission::kEnvRead)));
  int told = 0;
  for (const EnforcementRow& row : PlanFor({whole}, 7).report.rows) {
    told += row.less == EnforcementReason::kSteering ? 1 : 0;
  }
  EXPECT_EQ(told, 1);
}

TEST(LowerTest, OwnProcessesAreSignalledWhateverTheRulesSay) {
  constexpr Permission kSignal = Permission::kProcessSignal;
  const auto row = [](std::vector<RuleRow> rules, const char* rule) {
    return RowOf(PlanFor({MakeLayer("g", kDeny, std::move(rules))}, 7), kSignal,
                 GuardedOperation::kAll, rule);
  };
  EXPECT_EQ(row({}, "").level, EnforcementLevel::kPartial);
  EXPECT_EQ(row({}, "").reason, EnforcementReason::kOwnProcesses);
  EXPECT_EQ(row({{kAllow, kSignal, "@self"}}, "").level,
            EnforcementLevel::kPartial);
  const std::vector<RuleRow> own = {{kAllow, kSignal, "@self"},
                                    {kAllow, kSignal, "@children"}};
  EXPECT_EQ(row(own, "").level, EnforcementLevel::kFull);
  EXPECT_FALSE(row(own, "@self").grants_less);
  EXPECT_TRUE(row({{kAllow, kSignal, "@others"}}, "@others").grants_less);
  EXPECT_EQ(row({{kDeny, kSignal, "@children"}}, "@children").level,
            EnforcementLevel::kNone);
  EXPECT_EQ(row({{kDeny, kSignal, "@others"}}, "@others").level,
            EnforcementLevel::kFull);
}

TEST(LowerTest, NamesInAFileThatMayBeReadCanBeLookedUp) {
  const auto row = [](const char* readable) {
    return RowOf(
        PlanFor({MakeLayer("g", kDeny, {{kAllow, kRead, readable}})}, 7),
        Permission::kNetResolve, GuardedOperation::kAll);
  };
  EXPECT_EQ(row("/etc/passwd").level, EnforcementLevel::kFull);
  EXPECT_EQ(row("/etc").level, EnforcementLevel::kPartial);
  EXPECT_EQ(row("/etc").reason, EnforcementReason::kNotMediated);
  EXPECT_EQ(row("/etc").scope, "/etc/hosts");
}

TEST(LowerTest, AnAuditLayerOnlyReports) {
  Layer audit = MakeLayer("audit", kAllow, {{kDeny, kRead, "/etc"}});
  audit.mode = Mode::kAudit;
  const ConfinementPlan plan = PlanFor(
      {MakeLayer("grants", kDeny, {{kAllow, kRead, "/etc"}}), audit}, 7);
  EXPECT_NE(LandlockOf(plan).find("\"/etc\": read-file"), std::string::npos);
  const EnforcementRow row = [&] {
    for (const EnforcementRow& r : plan.report.rows) {
      if (r.layer == "audit") return r;
    }
    return EnforcementRow();
  }();
  EXPECT_EQ(row.level, EnforcementLevel::kNone);
  EXPECT_EQ(row.reason, EnforcementReason::kAuditMode);
}

TEST(LowerTest, WhatIsAllowedWholeIsNotHeldAndSaidToBe) {
  Layer layer = MakeLayer("grants", kDeny, {});
  layer.rules.push_back(MakeRule(kAllow, PermissionSet::All()));
  const ConfinementPlan plan = PlanFor({layer}, 7);
  EXPECT_NE(LandlockOf(plan).find("\"/\": execute write-file read-file"),
            std::string::npos)
      << LandlockOf(plan);
  EXPECT_EQ(LandlockOf(plan).find("connect-tcp"), std::string::npos);
  EXPECT_EQ(LandlockOf(plan).find("not outside"), std::string::npos);
  EXPECT_FALSE(plan.namespaces.network);
}

}  // namespace
}  // namespace postern
