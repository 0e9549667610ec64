#ifndef POSTERN_NET_WAIT_H_
#define POSTERN_NET_WAIT_H_

#include <atomic>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace postern {
namespace net {

// Ends calls that wait. Thread-safe. It must outlive every call that it was
// given to.
class Cancellation {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_release); }
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> cancelled_{false};
};

// How long a call may wait. A cancellation is noticed within kSlice.
struct Wait {
  static constexpr absl::Duration kSlice = absl::Milliseconds(20);

  absl::Time deadline = absl::InfiniteFuture();
  const Cancellation* cancellation = nullptr;

  static Wait For(absl::Duration duration) {
    return {absl::Now() + duration, nullptr};
  }
  bool cancelled() const {
    return cancellation != nullptr && cancellation->cancelled();
  }
  // ECANCELED, ETIMEDOUT, or 0 to go on.
  int Error() const;
  // How long to sleep before asking Error() again.
  absl::Duration Slice() const;
};

// Waits until poll(2) says that `fd` has one of `events`. Returns 0 then, else
// an errno.
int WaitFor(int fd, short events, const Wait& wait);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_WAIT_H_
