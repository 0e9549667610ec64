#include "process/fork_child.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "gtest/gtest.h"
#include "process/sanitized.h"
#include "process/thread_area.h"

namespace postern {
namespace process {
namespace {

constexpr int kRounds = 20000;

struct Block {
  alignas(64) char stack[SharingChild::kStackSize];
  alignas(64) char area[kThreadAreaSize] = {};
  SharingChild child;
  std::atomic<bool> go{false};
  std::atomic<bool> done{false};
  std::atomic<bool> wrong{false};
  int written = 0;
};

// Errors in turn, as a child that lives long meets them.
void MakeErrors(void* argument) {
  Block* const block = static_cast<Block*>(argument);
  while (!block->go) sched_yield();
  for (int i = 0; i < kRounds; ++i) {
    errno = 0;
    if (close(-1) != -1 || errno != EBADF) block->wrong = true;
  }
  block->written = 7;
  block->done = true;
  _exit(3);
}

int EndOf(pid_t child) {
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, __WALL), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

pid_t Start(Block* block, int* pidfd) {
  block->child.run = MakeErrors;
  block->child.argument = block;
  block->child.stack = block->stack;
  void* const thread = MakeThreadArea(block->area);
  if (thread == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  return ForkBeside(&block->child, thread, pidfd);
}

TEST(ForkBesideTest, TheChildHasMemoryOfItsParentAndAnErrnoOfItsOwn) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer follows each thread";
  auto block = std::make_unique<Block>();
  int pidfd = -1;
  const pid_t child = Start(block.get(), &pidfd);
  if (child < 0 && errno == ENOSYS) GTEST_SKIP() << "no clone3(2) here";
  ASSERT_GT(child, 0) << errno;
  errno = 1234;
  block->go = true;
  while (!block->done) sched_yield();
  EXPECT_EQ(errno, 1234);
  EXPECT_EQ(EndOf(child), 3);
  EXPECT_FALSE(block->wrong);
  EXPECT_EQ(block->written, 7) << "nothing is copied";
  pollfd ended = {pidfd, POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 0), 1);
  close(pidfd);
}

TEST(ForkBesideTest, ItLivesOnWhenTheThreadThatStartedItHasEnded) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer follows each thread";
  auto block = std::make_unique<Block>();
  int pidfd = -1;
  pid_t child = -1;
  int error = 0;
  std::thread([&] {
    child = Start(block.get(), &pidfd);
    error = errno;
  }).join();
  if (child < 0 && error == ENOSYS) GTEST_SKIP() << "no clone3(2) here";
  ASSERT_GT(child, 0) << error;
  block->go = true;
  EXPECT_EQ(EndOf(child), 3);
  EXPECT_FALSE(block->wrong);
  close(pidfd);
}

}  // namespace
}  // namespace process
}  // namespace postern
