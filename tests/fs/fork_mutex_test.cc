#include "fs/fork_mutex.h"

#include <sys/wait.h>
#include <unistd.h>

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

}  // namespace
}  // namespace fs
}  // namespace postern
