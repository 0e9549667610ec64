#include "net/wait.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>

namespace postern {
namespace net {

constexpr absl::Duration Wait::kSlice;

int Wait::Error() const {
  if (cancelled()) return ECANCELED;
  return absl::Now() >= deadline ? ETIMEDOUT : 0;
}

absl::Duration Wait::Slice() const {
  const absl::Duration left = deadline - absl::Now();
  // Without anybody who could cancel there is no need to look so often.
  return std::min(left, cancellation == nullptr ? absl::Seconds(1) : kSlice);
}

int WaitFor(int fd, short events, const Wait& wait) {
  for (;;) {
    struct pollfd entry = {fd, events, 0};
    const int64_t slice = absl::ToInt64Milliseconds(
        absl::Ceil(wait.Slice(), absl::Milliseconds(1)));
    const int ready =
        poll(&entry, 1, static_cast<int>(std::max<int64_t>(slice, 0)));
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return errno;
    const int error = wait.Error();
    if (error != 0) return error;
  }
}

}  // namespace net
}  // namespace postern
