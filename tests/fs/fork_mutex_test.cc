#include "fs/fork_mutex.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

// Whether `body` returns true in a child, before long.
bool InChild(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    _exit(body() ? 0 : 1);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

bool Lock(ForkMutex* mutex) {
  const std::lock_guard<ForkMutex> lock(*mutex);
  return true;
}

TEST(ForkMutexTest, KeepsThreadsApart) {
  ForkMutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10000; ++j) {
        const std::lock_guard<ForkMutex> lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 40000);
}

TEST(ForkMutexTest, IsFreeInAChildAndItsChildren) {
  ForkMutex mutex;
  mutex.lock();
  EXPECT_TRUE(InChild([&] {
    if (!Lock(&mutex) || !Lock(&mutex)) return false;
    mutex.lock();
    return InChild([&] { return Lock(&mutex); });
  }));
  mutex.unlock();
  EXPECT_TRUE(Lock(&mutex));
}

TEST(ForkMutexTest, TurnsAreOddWhileItIsHeld) {
  ForkMutex mutex;
  uint64_t last = mutex.turn();
  EXPECT_EQ(last % 2, 0u);
  for (int i = 0; i < 3; ++i) {
    mutex.lock();
    EXPECT_EQ(mutex.turn() % 2, 1u);
    EXPECT_GT(mutex.turn(), last);
    last = mutex.turn();
    mutex.unlock();
    EXPECT_EQ(mutex.turn() % 2, 0u);
    EXPECT_GT(mutex.turn(), last);
    last = mutex.turn();
  }
}

TEST(ForkMutexTest, TurnsAreOddWhileAChildHoldsIt) {
  ForkMutex mutex;
  mutex.lock();
  EXPECT_TRUE(InChild([&] {
    mutex.lock();
    if (mutex.turn() % 2 != 1) return false;
    mutex.unlock();
    return mutex.turn() % 2 == 0;
  }));
  mutex.unlock();
}

}  // namespace
}  // namespace fs
}  // namespace postern
