#ifndef POSTERN_FS_FORK_MUTEX_H_
#define POSTERN_FS_FORK_MUTEX_H_

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>

namespace postern {
namespace fs {

// A mutex that is free in a child of fork(2), whichever thread held it in the
// parent: the child has a copy of a locked one, and nobody who would unlock it.
// For std::lock_guard. Thread-safe.
class ForkMutex {
 public:
  ForkMutex() : current_(new State(getpid(), nullptr)) {}
  ~ForkMutex() { delete current_.load(std::memory_order_relaxed); }
  ForkMutex(const ForkMutex&) = delete;
  ForkMutex& operator=(const ForkMutex&) = delete;

  void lock() {
    State* state = current_.load(std::memory_order_acquire);
    const pid_t process = getpid();
    while (state->process != process) {
      std::unique_ptr<State> own(new State(process, state));
      if (current_.compare_exchange_strong(state, own.get())) {
        state = own.release();
      } else {
        own->parents.release();  // another thread's has them
      }
    }
    state->mutex.lock();
    turn_.store((turn() + 1) | 1, std::memory_order_release);
  }
  // Of the state that this process locked: nobody replaces it here.
  void unlock() {
    turn_.store((turn() | 1) + 1, std::memory_order_release);
    current_.load(std::memory_order_relaxed)->mutex.unlock();
  }

  // Odd while it is held, and another number each time. A child of fork(2) does
  // not hear of its parent's turns.
  uint64_t turn() const { return turn_.load(std::memory_order_acquire); }

 private:
  struct State {
    State(pid_t in, State* before) : process(in), parents(before) {}
    std::mutex mutex;
    const pid_t process;
    std::unique_ptr<State> parents;  // not used again
  };
  // A mutex that is locked in the parent goes with the rest.
  static_assert(std::is_trivially_destructible<std::mutex>::value,
                "destroying a locked mutex does nothing");

  std::atomic<State*> current_;
  std::atomic<uint64_t> turn_{0};  // written by who holds it
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_FORK_MUTEX_H_
