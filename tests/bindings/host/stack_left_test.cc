#include "bindings/host/stack_left.h"

#include <sys/resource.h>

#include <thread>

#include "gtest/gtest.h"

namespace postern {
namespace host {
namespace {

TEST(StackLeftTest, TheMainThreadNeedsNoProcfs) {
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
  if (limit.rlim_cur > 64 << 20)
    GTEST_SKIP() << "this stack has no small limit";
  const size_t left = StackLeft();
  ASSERT_GT(left, 0u);
  EXPECT_NEAR(static_cast<double>(MainStackLeft()), static_cast<double>(left),
              1 << 16);
}

TEST(StackLeftTest, OfOtherThreadsItIsTheirOwn) {
  size_t left = 0, main = 1;
  std::thread([&] {
    left = StackLeft();
    main = MainStackLeft();
  }).join();
  EXPECT_GT(left, 0u);
  EXPECT_EQ(main, 0u);
}

}  // namespace
}  // namespace host
}  // namespace postern
