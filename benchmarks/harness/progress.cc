#include "benchmarks/harness/progress.h"

#include <chrono>
#include <cstdio>

namespace postern {
namespace benchmarks {
namespace {

constexpr int kSeconds = 30;

}  // namespace

void SayProgress(const std::string& what) {
  std::fprintf(stderr, "  %s\n", what.c_str());
}

Ticker::Ticker() : thread_([this] { Run(); }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Ticker::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (int seconds = kSeconds;; seconds += kSeconds) {
    if (wake_.wait_for(lock, std::chrono::seconds(kSeconds),
                       [this] { return done_; })) {
      return;
    }
    std::fprintf(stderr, "  %d:%02d minutes\n", seconds / 60, seconds % 60);
  }
}

}  // namespace benchmarks
}  // namespace postern
