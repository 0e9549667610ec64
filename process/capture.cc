#include "process/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace process {
namespace {

// How long after the wall time a keeper may take to end a program.
constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr absl::Duration kLongestPoll = absl::Minutes(1);

struct Pipe {
  fs::FileDescriptor read;
  fs::FileDescriptor write;
};

absl::StatusOr<Pipe> NewPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::InternalError(
        absl::StrCat("cannot make a pipe: ", strerror(errno)));
  }
  Pipe pipe;
  pipe.read = fs::FileDescriptor(ends[0]);
  pipe.write = fs::FileDescriptor(ends[1]);
  return pipe;
}

// Both streams of a running program, and what was kept of them.
class Streams {
 public:
  Streams(int output, int error_output, int news, size_t max_bytes,
          Captured* captured)
      : fds_{{output, POLLIN, 0}, {error_output, POLLIN, 0}, {news, POLLIN, 0}},
        max_bytes_(max_bytes),
        captured_(captured) {}

  // Waits for output or news, and takes the output. True if there was
  // something.
  bool Take(absl::Duration timeout) {
    timeout = std::max(absl::ZeroDuration(), std::min(timeout, kLongestPoll));
    // Rounded up, not to spin in the last millisecond.
    const int64_t ms = absl::ToInt64Milliseconds(
        timeout + absl::Milliseconds(1) - absl::Nanoseconds(1));
    if (poll(fds_, 3, static_cast<int>(ms)) <= 0) return false;
    TakeFrom(&fds_[0], &captured_->output);
    TakeFrom(&fds_[1], &captured_->error_output);
    return true;
  }
  bool has_news() const { return fds_[2].revents != 0; }

  // Takes what is in the pipes. Whom a descriptor was sent to may go on
  // writing: not for ever.
  void TakeRest() {
    fds_[2].fd = -1;
    for (int i = 0; i < 8 && Take(absl::ZeroDuration()); ++i) {
    }
  }

 private:
  void TakeFrom(pollfd* fd, std::string* to) {
    if (fd->fd < 0 || fd->revents == 0) return;
    char buffer[65536];
    const ssize_t got = read(fd->fd, buffer, sizeof(buffer));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      fd->fd = -1;
      return;
    }
    const size_t room = max_bytes_ - to->size();
    const size_t kept = std::min(room, static_cast<size_t>(got));
    to->append(buffer, kept);
    if (kept < static_cast<size_t>(got)) captured_->truncated = true;
  }

  pollfd fds_[3];
  const size_t max_bytes_;
  Captured* const captured_;
};

absl::Time LastMoment(const LaunchPlan& plan) {
  if (!plan.limits.wall_time.has_value()) return absl::InfiniteFuture();
  return absl::Now() + *plan.limits.wall_time + plan.grace + kPatience;
}

// Until the end, or the last moment.
absl::StatusOr<ChildEvent> Await(const CaptureOptions& options,
                                 absl::Time last_moment, Child* child,
                                 Streams* streams, Captured* captured) {
  while (true) {
    const absl::Duration left = last_moment - absl::Now();
    streams->Take(left);
    if (captured->truncated && options.end_at_max &&
        !captured->ended_by_output) {
      captured->ended_by_output = true;
      child->Terminate(absl::ZeroDuration());
    }
    if (streams->has_news()) {
      absl::StatusOr<ChildEvent> event = child->Next(absl::Now());
      if (!event.ok() || event->kind == ChildEvent::Kind::kEnded) return event;
    } else if (left <= absl::ZeroDuration()) {
      return child->Kill();
    }
  }
}

}  // namespace

absl::StatusOr<Captured> RunCaptured(LaunchPlan plan,
                                     const CaptureOptions& options,
                                     LaunchReport* report) {
  absl::StatusOr<Pipe> output = NewPipe();
  absl::StatusOr<Pipe> error_output = NewPipe();
  if (!output.ok()) return output.status();
  if (!error_output.ok()) return error_output.status();
  plan.descriptors.push_back({output->write.get(), 1});
  plan.descriptors.push_back({error_output->write.get(), 2});
  const absl::Time last_moment = LastMoment(plan);
  absl::StatusOr<Child> child = Launch(plan, report);
  if (!child.ok()) return child.status();
  output->write = fs::FileDescriptor();
  error_output->write = fs::FileDescriptor();
  Captured captured;
  Streams streams(output->read.get(), error_output->read.get(),
                  child->news_descriptor(), options.max_bytes, &captured);
  absl::StatusOr<ChildEvent> end =
      Await(options, last_moment, &*child, &streams, &captured);
  streams.TakeRest();
  if (!end.ok()) return end.status();
  captured.end = *std::move(end);
  return captured;
}

}  // namespace process
}  // namespace postern
