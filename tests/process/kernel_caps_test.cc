#include "process/kernel_caps.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <random>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "process/landlock.h"
#include "tests/attacks/child.h"

namespace postern {
namespace process {
namespace {

TEST(KernelCapsTest, AreFoundAndNothingIsLeftBehind) {
  const int descriptors = postern::testing::CountOpenDescriptors();
  const KernelCaps caps = DetectKernelCaps();
  EXPECT_EQ(caps.landlock_abi, LandlockAbi());
  EXPECT_FALSE(caps.kernel_release.empty());
  EXPECT_EQ(postern::testing::CountOpenDescriptors(), descriptors);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
  EXPECT_EQ(errno, ECHILD);
  // Who reads the log wants to know what the other tests ran with.
  printf("Landlock %d", caps.landlock_abi);
  for (const KernelFact& fact : KernelFacts()) {
    if (caps.*fact.has) printf(", %s", fact.name);
  }
  printf("\n");
}

// A child's handler would see what is not its business.
TEST(KernelCapsTest, NobodyHearsOfTheChildren) {
  static int signals = 0;
  struct sigaction count = {}, before = {};
  count.sa_handler = [](int) { ++signals; };
  ASSERT_EQ(sigaction(SIGCHLD, &count, &before), 0);
  DetectKernelCaps();
  EXPECT_EQ(sigaction(SIGCHLD, &before, nullptr), 0);
  EXPECT_EQ(signals, 0);
}

// Who tries its plan need not make namespaces to make it.
TEST(KernelCapsTest, WhatIsThereIsExpected) {
  const KernelCaps tried = DetectKernelCaps(), expected = ExpectedKernelCaps();
  EXPECT_TRUE(tried.namespaces_tried);
  EXPECT_FALSE(expected.namespaces_tried);
  EXPECT_EQ(expected.landlock_abi, tried.landlock_abi);
  for (const KernelFact& fact : KernelFacts()) {
    EXPECT_TRUE(expected.*fact.has || !(tried.*fact.has)) << fact.name;
  }
}

TEST(KernelCapsTest, AFilterThatHidesCallsIsSeen) {
  const auto result = postern::testing::RunInChild(
      []() -> std::string {
        const KernelCaps before = DetectKernelCaps();
        for (const int call :
             {SYS_landlock_create_ruleset, SYS_unshare, SYS_pidfd_open,
              SYS_close_range, SYS_clone3, SYS_bpf}) {
          const std::string error = postern::testing::FailCall(call, ENOSYS);
          if (!error.empty()) return error;
        }
        const KernelCaps caps = DetectKernelCaps();
        EXPECT_EQ(caps.landlock_abi, 0);
        EXPECT_FALSE(caps.user_namespaces || caps.mount_namespace ||
                     caps.net_namespace || caps.pid_namespace ||
                     caps.ipc_namespace);
        EXPECT_FALSE(caps.pidfd || caps.close_range ||
                     caps.clone3_into_cgroup || caps.bpf_programs);
        EXPECT_EQ(caps.seccomp, before.seccomp);
        return "";
      },
      20);
  if (!result.skipped.empty()) GTEST_SKIP() << result.skipped;
  EXPECT_TRUE(result.passed);
}

TEST(KernelCapsTest, OnlyOlderKernelsCanBePretended) {
  std::mt19937 random(1);
  const auto draw = [&random] {
    KernelCaps caps;
    caps.kernel_release = "drawn";
    caps.landlock_abi = static_cast<int>(random() % 11);
    for (const KernelFact& fact : KernelFacts()) {
      caps.*fact.has = random() % 2 == 0;
    }
    return caps;
  };
  for (int i = 0; i < 100; ++i) {
    const KernelCaps caps = draw(), limit = draw();
    const KernelCaps both = PretendOlder(caps, limit);
    EXPECT_LE(both.landlock_abi, caps.landlock_abi);
    EXPECT_LE(both.landlock_abi, limit.landlock_abi);
    for (const KernelFact& fact : KernelFacts()) {
      EXPECT_EQ(both.*fact.has, caps.*fact.has && limit.*fact.has);
    }
    const KernelCaps same = PretendOlder(caps, AllKernelCaps());
    EXPECT_EQ(same.landlock_abi, caps.landlock_abi);
    for (const KernelFact& fact : KernelFacts()) {
      EXPECT_EQ(same.*fact.has, caps.*fact.has);
    }
  }
}

TEST(KernelCapsTest, EachFactHasItsNameAndRemedy) {
  std::set<std::string> names;
  // A bool of the struct that has no row would be missing here.
  EXPECT_EQ(KernelFacts().size(), 19u);
  for (const KernelFact& fact : KernelFacts()) {
    EXPECT_TRUE(names.insert(fact.name).second) << fact.name;
    EXPECT_STRNE(fact.remedy, "");
    // A mounted one may be another user's.
    const bool told =
        std::string(fact.remedy).find("writable") != std::string::npos;
    const std::string name = fact.name;
    EXPECT_EQ(told, name.compare(0, 9, "cgroup v1") == 0) << name;
    KernelCaps one;
    one.*fact.has = true;
    int set = 0;
    for (const KernelFact& other : KernelFacts()) set += one.*other.has;
    EXPECT_EQ(set, 1) << fact.name;
  }
}

}  // namespace
}  // namespace process
}  // namespace postern
