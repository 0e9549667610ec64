#include "net/threaded_resolver.h"

#include <errno.h>
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace postern {
namespace net {
namespace {

HostName Name(absl::string_view text) {
  HostName name;
  SyntaxError error;
  EXPECT_TRUE(HostName::Parse(text, &name, &error));
  return name;
}

Wait Soon() { return Wait::For(absl::Seconds(10)); }
Wait Shortly() { return Wait::For(absl::Milliseconds(30)); }

// Look-ups that end when the gate is opened, and at once from then on.
class Gate {
 public:
  LookUpResult LookUp(const HostName& name) {
    std::unique_lock<std::mutex> lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    LookUpResult result;
    result.error_number = name.text() == "unknown" ? ENOENT : 0;
    result.addresses.resize(1);
    return result;
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void AwaitBegun(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= count; });
  }
  int begun() {
    std::lock_guard<std::mutex> lock(mutex_);
    return begun_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int begun_ = 0;
};

std::shared_ptr<Resolver> Through(Gate* gate) {
  return MakeThreadedResolver(
      [gate](const HostName& name) { return gate->LookUp(name); });
}

TEST(ThreadedResolverTest, HandsTheResultOn) {
  Gate gate;
  gate.Open();
  const auto resolver = Through(&gate);
  for (int i = 0; i < 3; ++i) {
    const LookUpResult found = resolver->LookUp(Name("a.example"), Soon());
    EXPECT_EQ(found.error_number, 0);
    EXPECT_EQ(found.addresses.size(), 1u);
  }
  EXPECT_EQ(resolver->LookUp(Name("unknown"), Soon()).error_number, ENOENT);
}

TEST(ThreadedResolverTest, WhoWaitsIsGoneInTime) {
  Gate gate;
  {
    const auto resolver = Through(&gate);
    EXPECT_EQ(resolver->LookUp(Name("a.example"), Shortly()).error_number,
              ETIMEDOUT);
    Cancellation cancellation;
    std::thread cancelling([&] {
      gate.AwaitBegun(2);
      cancellation.Cancel();
    });
    EXPECT_EQ(
        resolver
            ->LookUp(Name("a.example"), {absl::InfiniteFuture(), &cancellation})
            .error_number,
        ECANCELED);
    cancelling.join();
    EXPECT_EQ(
        resolver->LookUp(Name("a.example"), {absl::InfinitePast(), nullptr})
            .error_number,
        ETIMEDOUT);
    EXPECT_EQ(gate.begun(), 2) << "too late is not begun at all";
    gate.Open();
  }  // waits for both
}

TEST(ThreadedResolverTest, WhatHadNotBegunIsForgottenWhenItIsGivenUp) {
  Gate gate;
  auto resolver = Through(&gate);
  std::vector<std::thread> threads;
  for (int i = 0; i < kMaxLookUpThreads; ++i) {
    threads.emplace_back([&] {
      EXPECT_EQ(resolver->LookUp(Name("a.example"), Soon()).error_number, 0);
    });
  }
  gate.AwaitBegun(kMaxLookUpThreads);
  EXPECT_EQ(resolver->LookUp(Name("late.example"), Shortly()).error_number,
            ETIMEDOUT);
  threads.emplace_back([&] {
    EXPECT_EQ(resolver->LookUp(Name("next.example"), Soon()).error_number, 0)
        << "has its turn";
  });
  absl::SleepFor(absl::Milliseconds(10));
  gate.Open();
  for (std::thread& thread : threads) thread.join();
  resolver.reset();
  EXPECT_EQ(gate.begun(), kMaxLookUpThreads + 1);
}

// Where a look-up ends just when who waits gives up.
TEST(ThreadedResolverTest, ManyEndAtTheirDeadlines) {
  std::atomic<int> ended{0};
  {
    const auto resolver = MakeThreadedResolver([&](const HostName&) {
      absl::SleepFor(absl::Microseconds(50));
      ++ended;
      return LookUpResult();
    });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const int error =
              resolver
                  ->LookUp(Name("a.example"), Wait::For(absl::Microseconds(i)))
                  .error_number;
          EXPECT_TRUE(error == 0 || error == ETIMEDOUT) << error;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_GT(ended, 0);
}

TEST(ThreadedResolverTest, ItsThreadsHandleNoSignals) {
  std::atomic<bool> blocked{false};
  const auto resolver = MakeThreadedResolver([&](const HostName&) {
    sigset_t mask;
    blocked = pthread_sigmask(SIG_BLOCK, nullptr, &mask) == 0 &&
              sigismember(&mask, SIGTERM) == 1;
    return LookUpResult();
  });
  sigset_t before, after;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  EXPECT_EQ(resolver->LookUp(Name("a.example"), Soon()).error_number, 0);
  pthread_sigmask(SIG_BLOCK, nullptr, &after);
  EXPECT_TRUE(blocked);
  EXPECT_EQ(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

}  // namespace
}  // namespace net
}  // namespace postern
