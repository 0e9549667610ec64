#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using fs::Right;
using testing::Allowing;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr fs::Rights kBoth = Right::kRead | Right::kWrite;

// Row 35 of the attack suite. One policy grants reading and the other writing;
// a monitor that decided each right on what is in force by then would see both.
TEST(PathMonitorThreadsTest, BothRightsAreDecidedOnOneSnapshot) {
  const auto reading = Allowing(kRead, "/a");
  const auto writing = Allowing(kWrite, "/a");
  RootContext root = testing::MakeContext(reading);
  const auto monitor = MakePathMonitor(root.context);
  std::atomic<bool> stop{false};
  std::atomic<int> mixed{0}, granted{0}, rounds{0};
  const auto check = [&] {
    do {
      mixed += monitor->Check(kBoth, "/a/x").allowed;
      mixed += monitor->CheckSubtree(kBoth, "/a/x").allowed;
      mixed += monitor->CheckMove("/b", "/a/x", false).allowed;
      granted += monitor->Enforce(Right::kRead, "/a/x", "/a/x").allowed;
      ++rounds;
    } while (!stop.load());
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(check);
  for (int i = 0; i < 900 || rounds < 100; ++i) {
    if (i < 900) {
      ASSERT_TRUE(
          root.context->Publish(root.authority, i % 2 ? reading : writing)
              .ok());
    }
    std::this_thread::yield();
  }
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kRead), RulePattern::Text("/a/y")).ok());
  EXPECT_FALSE(monitor->Check(Right::kRead, "/a/y").allowed);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_GT(granted, 0);
}

}  // namespace
}  // namespace postern
