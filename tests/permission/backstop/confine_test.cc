// A process under what its context grants, on this kernel.

#include "permission/backstop/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "gtest/gtest.h"
#include "permission/backstop/probe.h"
#include "permission/backstop/report_text.h"
#include "permission/proto/context_snapshot.h"
#include "process/bpf.h"
#include "process/sanitized.h"
#include "process/syscall_filter.h"
#include "tests/fs/temp_tree.h"
#include "tests/permission/backstop/confined_child.h"
#include "tests/permission/policy_fixture.h"
#include "tests/process/launched.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::InChild;
using testing::MakeContext;
using testing::MakeLayer;
using testing::RuleRow;

constexpr Effect kAllow = Effect::kAllow, kDeny = Effect::kDeny;
constexpr Permission kRead = Permission::kFsRead, kWrite = Permission::kFsWrite;

std::string Try(int result) {
  if (result < 0) return strerror(errno);
  close(result);
  return "ok";
}

std::string TryOpen(const std::string& path, int flags = O_RDONLY) {
  return Try(open(path.c_str(), flags | O_CLOEXEC, 0600));
}

class ConfineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string why = testing::WhyNotHere();
    if (!why.empty()) GTEST_SKIP() << why;
    tree_.File("app/a", "a");
    tree_.File("app/keys/id", "secret");
    tree_.File("app/sub/b", "b");
    tree_.File("other/c", "c");
  }

  RootContext Context(std::vector<std::pair<RuleRow, std::string>> rows) {
    Layer layer = MakeLayer("grants", kDeny, {});
    for (const auto& row : rows) {
      layer.rules.push_back(testing::MakeRule(
          row.first.effect, PermissionSet(row.first.permission),
          RulePattern::Text(tree_ / row.second)));
    }
    return MakeContext(BuildOrDie({layer}));
  }
  RootContext AppWithoutKeys() {
    return Context({{{kAllow, kRead, ""}, "app"},
                    {{kAllow, kWrite, ""}, "app/sub"},
                    {{kDeny, kRead, ""}, "app/keys"}});
  }

  fs::testing::TempTree tree_;
};

TEST_F(ConfineTest, ThePlanHoldsForCodeThatAsksNobody) {
  RootContext root = AppWithoutKeys();
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              return absl::StrCat(
                  "a: ", TryOpen(tree_ / "app/a"),
                  "; key: ", TryOpen(tree_ / "app/keys/id"),
                  "; other: ", TryOpen(tree_ / "other/c"),
                  "; list: ", TryOpen(tree_ / "app", O_DIRECTORY),
                  "; write a: ", TryOpen(tree_ / "app/a", O_WRONLY),
                  "; new: ", TryOpen(tree_ / "app/sub/n", O_CREAT | O_WRONLY),
                  "; socket: ", Try(socket(AF_INET, SOCK_STREAM, 0)));
            }),
            "a: ok; key: Permission denied; other: Permission denied; list: "
            "ok; write a: Permission denied; new: ok; socket: Permission "
            "denied");
}

// Without memory files, which it may not make.
TEST_F(ConfineTest, AConfinedProcessHandsItsRulesOn) {
  RootContext root = AppWithoutKeys();
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              absl::Status status = root.context->Drop(
                  PermissionSet(kRead), RulePattern::Text(tree_ / "app/sub"));
              auto sealed = SealSnapshot(*root.context);
              if (!status.ok() || !sealed.ok()) {
                return absl::StrCat(status.ToString(),
                                    sealed.status().ToString());
              }
              struct stat kind = {};
              fstat(sealed->Release(), &kind);
              const auto taken = TakeUpInheritedSnapshot();
              if (!taken.ok()) return taken.status().ToString();
              std::string said = S_ISFIFO(kind.st_mode) ? "by a pipe" : "?";
              for (const char* name : {"app/a", "app/sub/b", "app/keys/id"}) {
                const std::string path = tree_ / name;
                const Access access = Access::Path(kRead, path);
                const bool allowed = taken->context->Check(access).allowed();
                absl::StrAppend(&said, ", ", name, allowed ? ": yes" : ": no");
              }
              return said;
            }),
            "by a pipe, app/a: yes, app/sub/b: no, app/keys/id: no");
}

TEST_F(ConfineTest, RootStaysWhoItIs) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become others";
  RootContext root = AppWithoutKeys();
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              return absl::StrCat("other: ", Try(-(setuid(12345) != 0)),
                                  "; same: ", Try(-(setuid(0) != 0)));
            }),
            "other: Operation not permitted; same: ok");
}

TEST_F(ConfineTest, FullIsWhatAProbeHasSeen) {
  RootContext root = AppWithoutKeys();
  const std::string report = InChild([&] {
    auto confined = Confine(root.context);
    return confined.ok() ? ReportToText(confined->report())
                         : confined.status().ToString();
  });
  EXPECT_TRUE(absl::StrContains(report, ", probed\n")) << report;
  EXPECT_TRUE(absl::StrContains(
      report, absl::StrCat("full    deny fs.read \"", tree_ / "app/keys",
                           "\" (contents): landlock\n")))
      << report;
  EXPECT_FALSE(absl::StrContains(report, "probe-failed")) << report;
  EXPECT_FALSE(absl::StrContains(report, "not-probed")) << report;
}

TEST_F(ConfineTest, WithoutAProbeNothingIsFull) {
  RootContext root = AppWithoutKeys();
  ConfineOptions options;
  options.probe = false;
  options.require = EnforcementLevel::kFull;
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context, options);
              return absl::StrCat(
                  absl::StatusCodeToString(confined.status().code()),
                  "; other: ", TryOpen(tree_ / "other/c"));
            }),
            "FAILED_PRECONDITION; other: ok");
}

// How `program` ends; "refused" if it is not started.
std::string RunProgram(const char* program) {
  const pid_t child = fork();
  if (child == 0) {
    char* const argv[] = {const_cast<char*>(program), nullptr};
    execv(program, argv);
    _exit(errno == EACCES ? 99 : 98);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status)) return "killed";
  return WEXITSTATUS(status) == 99 ? "refused"
                                   : absl::StrCat(WEXITSTATUS(status));
}

TEST_F(ConfineTest, OnlyGrantedProgramsStartWithTheirLoader) {
  RootContext root = MakeContext(BuildOrDie(
      {MakeLayer("grants", kDeny,
                 {{kAllow, kRead, "/usr"},
                  {kAllow, kRead, "/etc/ld.so.cache"},
                  {kAllow, Permission::kProcessSpawn, "/usr/bin/true **"}})}));
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              return absl::StrCat(RunProgram("/usr/bin/true"),
                                  "; false: ", RunProgram("/usr/bin/false"));
            }),
            "0; false: refused");
}

TEST_F(ConfineTest, WhatIsRequiredAndMissingStopsBeforeAnyEffect) {
  RootContext root = AppWithoutKeys();
  ConfineOptions options;
  options.require = EnforcementLevel::kFull;
  options.pretend = process::AllKernelCaps();
  options.pretend->landlock_abi = 2;
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context, options);
              return absl::StrCat(
                  absl::StatusCodeToString(confined.status().code()),
                  "; other: ", TryOpen(tree_ / "other/c"),
                  "; socket: ", Try(socket(AF_INET, SOCK_STREAM, 0)));
            }),
            "FAILED_PRECONDITION; other: ok; socket: ok");
}

TEST_F(ConfineTest, AKernelWithNothingIsSaidAndNeverSilent) {
  RootContext root = AppWithoutKeys();
  ConfineOptions options;
  options.pretend = process::KernelCaps();
  const std::string report = InChild([&] {
    auto confined = Confine(root.context, options);
    return confined.ok() ? ReportToText(confined->report())
                         : confined.status().ToString();
  });
  EXPECT_TRUE(absl::StrContains(report, "landlock: none; to improve: "))
      << report;
  EXPECT_FALSE(absl::StrContains(report, "\nfull ")) << report;
  EXPECT_FALSE(absl::StrContains(report, "\npartial ")) << report;
}

// Makes the kernel one that does not know a call, for this process.
bool Hide(const char* call) {
  process::SyscallFilter filter;
  filter.refused.push_back({call, {}, {ENOSYS}, "hidden"});
  auto compiled = process::CompileFilter(filter);
  return compiled.ok() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         process::InstallFilter(*compiled) == 0;
}

EnforcementLevel LevelOf(const EnforcementReport& report, Permission permission,
                         GuardedOperation operation) {
  for (const EnforcementRow& row : report.rows) {
    if (row.layer.empty() && row.permission == permission &&
        row.operation == operation) {
      return row.level;
    }
  }
  return EnforcementLevel::kNone;
}

TEST_F(ConfineTest, WhereAFacilityIsHiddenTheOthersHoldAndThatIsSaid) {
  RootContext root = AppWithoutKeys();
  const auto confined_without = [&](const char* call) {
    return InChild([&] {
      if (!Hide(call)) return std::string("nothing hidden");
      auto confined = Confine(root.context);
      if (!confined.ok()) return confined.status().ToString();
      const EnforcementReport& report = confined->report();
      return absl::StrCat(
          "files ",
          LevelName(LevelOf(report, kRead, GuardedOperation::kContents)), ", ",
          TryOpen(tree_ / "other/c"), "; threads ",
          LevelName(LevelOf(report, Permission::kThreadCreate,
                            GuardedOperation::kAll)),
          "; TCP ",
          LevelName(LevelOf(report, Permission::kNetConnect,
                            GuardedOperation::kStream)),
          ", ", Try(socket(AF_INET, SOCK_STREAM, 0)));
    });
  };
  EXPECT_EQ(confined_without("landlock_create_ruleset"),
            "files none, ok; threads partial; TCP full, Permission denied");
  EXPECT_EQ(confined_without("seccomp"),
            "files full, Permission denied; threads none; TCP full, ok");
}

TEST_F(ConfineTest, OtherThreadsAreRefusedBeforeTheFirstIsConfined) {
  if (process::LandlockAbi() >= 8) {
    GTEST_SKIP() << "this kernel can confine all threads";
  }
  RootContext root = AppWithoutKeys();
  EXPECT_EQ(InChild([&] {
              int ends[2];
              if (pipe(ends) != 0) return std::string("no pipe");
              std::thread waits([&] {
                char byte;
                (void)!read(ends[0], &byte, 1);
              });
              auto confined = Confine(root.context);
              std::string said = absl::StrCat(
                  absl::StatusCodeToString(confined.status().code()),
                  "; other: ", TryOpen(tree_ / "other/c"));
              (void)!write(ends[1], "", 1);
              waits.join();
              return said;
            }),
            "FAILED_PRECONDITION; other: ok");
}

// A keeper is no thread: nothing that the kernel does to threads reaches it.
TEST_F(ConfineTest, WhoSharesTheMemoryIsRefusedBeforeAnythingIsConfined) {
  if (process::kSanitized) GTEST_SKIP() << "a sanitizer: nothing is shared";
  RootContext root = AppWithoutKeys();
  EXPECT_EQ(InChild([&] {
              process::Launched launched("/bin/sleep", {"30"});
              launched.plan.shares_memory = true;
              absl::Status refused;
              std::string other;
              {
                const absl::StatusOr<process::Child> child = launched.Start();
                if (!child.ok()) return child.status().ToString();
                refused = Confine(root.context).status();
                other = TryOpen(tree_ / "other/c");
              }  // killed, and waited for
              return absl::StrCat(
                  refused.message().substr(0, 8),
                  "refused: ", absl::StatusCodeToString(refused.code()),
                  "; other: ", other,
                  "; after: ", Confine(root.context).status().ToString());
            }),
            "process refused: FAILED_PRECONDITION; other: ok; after: OK");
}

TEST_F(ConfineTest, ARuleForAFileThatIsMissingIsSaidAndOthersHold) {
  RootContext root = Context(
      {{{kAllow, kRead, ""}, "app/a"}, {{kAllow, kRead, ""}, "nothing"}});
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              const bool said = absl::StrContains(
                  ReportToText(confined->report()),
                  absl::StrCat("[path-missing] at ", tree_ / "nothing"));
              return absl::StrCat("said ", said ? "yes" : "no",
                                  "; a: ", TryOpen(tree_ / "app/a"),
                                  "; key: ", TryOpen(tree_ / "app/keys/id"));
            }),
            "said yes; a: ok; key: Permission denied");
}

TEST_F(ConfineTest, ADropAddsALayer) {
  RootContext root = AppWithoutKeys();
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              const absl::Status dropped = confined->Drop(
                  PermissionSet(kRead), RulePattern::Text(tree_ / "app/sub"));
              if (!dropped.ok()) return dropped.ToString();
              return absl::StrCat(
                  confined->layers(), " layers; a: ", TryOpen(tree_ / "app/a"),
                  "; b: ", TryOpen(tree_ / "app/sub/b"),
                  "; write b: ", TryOpen(tree_ / "app/sub/b", O_WRONLY));
            }),
            "2 layers; a: ok; b: Permission denied; write b: ok");
}

TEST_F(ConfineTest, ADropOfWhatWasNeverGrantedNeedsNoLayer) {
  RootContext root = AppWithoutKeys();
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              const absl::Status dropped =
                  confined->Drop(PermissionSet(Permission::kEnvRead),
                                 RulePattern::Text("HOME"));
              return absl::StrCat(dropped.ToString(), ", ", confined->layers(),
                                  " layers, ",
                                  confined->report().probed ? "probed" : "");
            }),
            "OK, 1 layers, probed");
}

TEST_F(ConfineTest, ADropBeyondTheKernelsRoomSaysSo) {
  std::vector<std::pair<RuleRow, std::string>> rows;
  for (int i = 0; i < 20; ++i) {
    tree_.File(absl::StrCat("many/", i, "/f"), "");
    rows.push_back({{kAllow, kRead, ""}, absl::StrCat("many/", i)});
  }
  RootContext root = Context(rows);
  EXPECT_EQ(InChild([&] {
              auto confined = Confine(root.context);
              if (!confined.ok()) return confined.status().ToString();
              for (int i = 0; i < 20; ++i) {
                const absl::Status dropped = confined->Drop(
                    PermissionSet(kRead),
                    RulePattern::Text(tree_ / absl::StrCat("many/", i)));
                if (dropped.ok()) continue;
                const std::string path = tree_ / absl::StrCat("many/", i, "/f");
                return absl::StrCat(
                    i, " drops: ", absl::StatusCodeToString(dropped.code()),
                    "; the kernel: ", TryOpen(path), "; the library: ",
                    root.context->Check(Access::Path(kRead, path)).allowed()
                        ? "ok"
                        : "no");
              }
              return std::string("never");
            }),
            "15 drops: RESOURCE_EXHAUSTED; the kernel: ok; the library: no");
}

// A symlink race between the plan and its execution (TOCTOU).
TEST_F(ConfineTest, WhatBecomesALinkMeanwhileIsNotGranted) {
  RootContext root = AppWithoutKeys();
  LowerOptions options;
  options.own_process = true;
  auto plan = Lower(root.context, process::DetectKernelCaps(), options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(rename((tree_ / "app/sub").c_str(), (tree_ / "moved").c_str()), 0);
  tree_.Symlink(tree_ / "other", "app/sub");
  auto prepared = Prepare(*plan, &plan->report);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  EXPECT_TRUE(absl::StrContains(
      ReportToText(plan->report),
      absl::StrCat("vanished since the plan was made: ", tree_ / "app/sub")));
  EXPECT_EQ(InChild([&] {
              if (Restrict(*prepared, false) != 0) return std::string("no");
              return absl::StrCat("a: ", TryOpen(tree_ / "app/a"),
                                  "; other: ", TryOpen(tree_ / "other/c"));
            }),
            "a: ok; other: Permission denied");
}

// What a launcher's child does: namespaces first.
TEST_F(ConfineTest, AMaskHidesADenialAndTheRestIsGrantedInFull) {
  const process::KernelCaps caps = process::DetectKernelCaps();
  if (!caps.mount_namespace) GTEST_SKIP() << "no mount namespace can be made";
  RootContext root = Context({{{kAllow, kRead, ""}, "app"},
                              {{kAllow, kWrite, ""}, "app"},
                              {{kDeny, kRead, ""}, "app/keys"},
                              {{kDeny, kWrite, ""}, "app/keys"}});
  LowerOptions options;
  options.masks = true;
  options.user_namespace = geteuid() != 0;
  auto plan = Lower(root.context, caps, options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  auto prepared = Prepare(*plan, nullptr);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  const absl::Status probed = Probe(*prepared, &*plan);
  ASSERT_TRUE(probed.ok()) << probed;
  const std::string report = ReportToText(plan->report);
  EXPECT_TRUE(absl::StrContains(
      report, absl::StrCat("full    deny fs.read \"", tree_ / "app/keys",
                           "\" (metadata): namespace; hidden behind a mount")))
      << report;
  EXPECT_FALSE(absl::StrContains(report, "probe-failed")) << report;
  EXPECT_EQ(
      InChild([&] {
        const auto entered = prepared->namespaces.Enter(nullptr);
        if (entered.error != 0) return std::string(entered.step);
        if (Restrict(*prepared, false) != 0) return std::string("no");
        struct stat st = {};
        const std::string made = TryOpen(tree_ / "app/n", O_CREAT | O_RDWR);
        return absl::StrCat(
            "new: ", made, "; again: ", TryOpen(tree_ / "app/n", O_RDWR),
            "; key: ",
            lstat((tree_ / "app/keys/id").c_str(), &st) == 0 ? "there"
                                                             : "hidden",
            "; moved: ",
            rename((tree_ / "app/keys").c_str(), (tree_ / "app/k").c_str()) == 0
                ? "yes"
                : "no",
            "; unmounted: ",
            umount2((tree_ / "app/keys").c_str(), MNT_DETACH) == 0 ? "yes"
                                                                   : "no");
      }),
      "new: ok; again: ok; key: hidden; moved: no; unmounted: no");
}

// Nothing can stay behind of what never had a name.
TEST_F(ConfineTest, TheProbeMakesNoNames) {
  const fs::FileDescriptor events(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  for (const char* place : {"/tmp", "/var/tmp", "/dev/shm", "/run"}) {
    inotify_add_watch(events.get(), place, IN_CREATE | IN_MOVED_TO);
  }
  RootContext root = AppWithoutKeys();
  auto plan = Lower(root.context, process::DetectKernelCaps());
  ASSERT_TRUE(plan.ok()) << plan.status();
  auto prepared = Prepare(*plan, nullptr);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  ASSERT_TRUE(Probe(*prepared, &*plan).ok());
  alignas(inotify_event) char bytes[65536];
  const ssize_t size = read(events.get(), bytes, sizeof(bytes));
  EXPECT_EQ(absl::string_view(bytes, size > 0 ? size : 0).find("postern-probe"),
            absl::string_view::npos);
  for (const EnforcementRow& row : plan->report.rows) {
    if (row.operation == GuardedOperation::kEntries && row.rule.empty()) {
      EXPECT_EQ(row.level, EnforcementLevel::kFull) << RowToText(row);
    }
  }
}

// The probe must notice when the kernel is not what the plan says.
TEST_F(ConfineTest, TheProbeSeesThatAPlanIsNotInForce) {
  RootContext root = AppWithoutKeys();
  LowerOptions options;
  options.own_process = true;
  auto plan = Lower(root.context, process::DetectKernelCaps(), options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ConfinementPlan empty = *plan;
  empty.landlock.clear();
  empty.filter.reset();
  auto prepared = Prepare(empty, nullptr);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  ASSERT_TRUE(Probe(*prepared, &*plan).ok());
  for (const EnforcementRow& row : plan->report.rows) {
    for (const Enforcer enforcer : row.by) {
      if (enforcer != Enforcer::kLandlock && enforcer != Enforcer::kSeccomp) {
        continue;
      }
      EXPECT_NE(row.level, EnforcementLevel::kFull) << RowToText(row);
    }
  }
}

}  // namespace
}  // namespace postern
