#include "process/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "process/child_maker.h"
#include "process/keeper.h"

namespace postern {
namespace process {
namespace {

constexpr absl::Duration kLongestPoll = absl::Minutes(1);
// How long a keeper may take to end a tree when the Child goes.
constexpr absl::Duration kLongestEnd = absl::Seconds(5);

// True if there is something to read.
bool WaitFor(int fd, absl::Time deadline) {
  while (true) {
    const absl::Duration left =
        std::max(absl::ZeroDuration(), deadline - absl::Now());
    // Rounded up, not to spin in the last millisecond.
    const int64_t ms =
        absl::ToInt64Milliseconds(std::min(left, kLongestPoll) +
                                  absl::Milliseconds(1) - absl::Nanoseconds(1));
    pollfd wait = {fd, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(ms)) > 0) return true;
    if (left <= absl::ZeroDuration()) return false;
  }
}

std::vector<Limit> LimitsOf(uint32_t bits) {
  std::vector<Limit> limits;
  for (int i = 0; i < kLimitCount; ++i) {
    if ((bits & 1u << i) != 0) limits.push_back(static_cast<Limit>(i));
  }
  return limits;
}

std::vector<ChildEvent::Seen> SeenOf(const KeeperNews& news) {
  std::vector<ChildEvent::Seen> seen;
  for (int i = 0; i < kLimitCount; ++i) {
    if (news.seen[i].held_to == 0) continue;
    seen.push_back({static_cast<Limit>(i), news.seen[i]});
  }
  return seen;
}

Usage ToUsage(const KeeperNews& news) {
  Usage usage;
  usage.cpu_user = absl::Microseconds(news.cpu_user_us);
  usage.cpu_system = absl::Microseconds(news.cpu_system_us);
  usage.tied_up = absl::Nanoseconds(news.tied_up_ns);
  usage.peak_memory_bytes = news.peak_memory_bytes;
  usage.memory_byte_seconds = news.memory_byte_seconds;
  usage.read_bytes = news.read_bytes;
  usage.written_bytes = news.written_bytes;
  return usage;
}

ChildEvent EndOf(const KeeperNews& news) {
  ChildEvent event;
  event.kind = ChildEvent::Kind::kEnded;
  if (WIFSIGNALED(news.status)) event.signal = WTERMSIG(news.status);
  event.exit_status =
      event.signal != 0 ? 128 + event.signal : WEXITSTATUS(news.status);
  event.reached = LimitsOf(news.reached);
  event.seen = SeenOf(news);
  event.ended_by_limit = news.ended_by != 0;
  event.ended_by_order = news.ordered != 0;
  event.left_over = news.left_over;
  event.usage = ToUsage(news);
  return event;
}

ChildEvent ToEvent(const KeeperNews& news) {
  if (news.kind == KeeperNews::Kind::kEnded) return EndOf(news);
  ChildEvent event;
  if (news.kind == KeeperNews::Kind::kStopped) {
    event.kind = ChildEvent::Kind::kStopped;
    event.signal = WSTOPSIG(news.status);
  } else {
    event.kind = ChildEvent::Kind::kContinued;
  }
  return event;
}

}  // namespace

struct Child::State {
  ~State() {
    if (!ended) EndNow();
    // Late: a copy's memory is still being given back when it tells of the end.
    parts.keeper.Reap();
  }

  // Whatever happened to the keeper.
  void KillKeeper() {
    parts.keeper.Signal(SIGKILL);
    syscall(SYS_pidfd_send_signal, parts.pidfd.get(), SIGKILL, nullptr, 0);
    parts.cgroup = Cgroup();  // kills what is in it
    ended = true;
  }
  void Order(absl::Duration grace) {
    KeeperOrder order;
    order.grace_ns = absl::ToInt64Nanoseconds(grace);
    send(parts.channel.get(), &order, sizeof(order), MSG_NOSIGNAL);
  }
  void EndNow() {
    Order(absl::ZeroDuration());
    const absl::Time deadline = absl::Now() + kLongestEnd;
    KeeperNews news;
    while (WaitFor(parts.channel.get(), deadline) &&
           ReceiveNews(parts.channel.get(), &news, nullptr)) {
      if (news.kind == KeeperNews::Kind::kEnded) return parts.keeper.Reap();
    }
    KillKeeper();
  }

  ChildParts parts;
  bool ended = false;
};

Child::Child(std::unique_ptr<State> state) : state_(std::move(state)) {}
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&&) noexcept = default;
Child::~Child() = default;

Child ChildMaker::Make(ChildParts parts) {
  auto state = std::make_unique<Child::State>();
  state->parts = std::move(parts);
  return Child(std::move(state));
}

pid_t Child::pid() const { return state_->parts.program; }
int Child::pidfd() const { return state_->parts.pidfd.get(); }
int Child::news_descriptor() const { return state_->parts.channel.get(); }
const std::vector<StepResult>& Child::steps() const {
  return state_->parts.report.steps;
}
const std::vector<LimitResult>& Child::limits() const {
  return state_->parts.report.limits;
}

absl::StatusOr<ChildEvent> Child::Next(absl::Time deadline) {
  if (state_->ended) return absl::FailedPreconditionError("it has ended");
  const int channel = state_->parts.channel.get();
  if (!WaitFor(channel, deadline)) return ChildEvent();
  KeeperNews news;
  if (!ReceiveNews(channel, &news, nullptr)) {
    state_->KillKeeper();
    return absl::InternalError("the process that kept the program was killed");
  }
  if (news.kind == KeeperNews::Kind::kEnded) state_->ended = true;
  return ToEvent(news);
}

absl::StatusOr<ChildEvent> Child::Wait(absl::Time deadline) {
  while (true) {
    absl::StatusOr<ChildEvent> event = Next(deadline);
    if (!event.ok() || event->kind == ChildEvent::Kind::kNone ||
        event->kind == ChildEvent::Kind::kEnded) {
      return event;
    }
  }
}

absl::Status Child::Signal(int number) {
  if (syscall(SYS_pidfd_send_signal, pidfd(), number, nullptr, 0) == 0) {
    return absl::OkStatus();
  }
  if (errno == ESRCH) return absl::NotFoundError("the program has ended");
  return absl::InternalError(
      absl::StrCat("cannot send signal ", number, ": ", strerror(errno)));
}

void Child::Terminate(absl::Duration grace) { state_->Order(grace); }

ChildEvent Child::Kill() {
  if (!state_->ended) state_->KillKeeper();
  ChildEvent event;
  event.kind = ChildEvent::Kind::kEnded;
  event.signal = SIGKILL;
  event.exit_status = 128 + SIGKILL;
  event.ended_by_order = true;
  return event;
}

bool ReceiveNews(int channel, KeeperNews* news,
                 fs::FileDescriptor* descriptor) {
  iovec data = {news, sizeof(*news)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t got;
  do {
    got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    fs::FileDescriptor received(
        *reinterpret_cast<const int*>(CMSG_DATA(header)));
    if (descriptor != nullptr) *descriptor = std::move(received);
  }
  return got == static_cast<ssize_t>(sizeof(*news));
}

RunningKeeper& RunningKeeper::operator=(RunningKeeper&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(memory_, other.memory_);
  return *this;
}

RunningKeeper::~RunningKeeper() {
  if (pid_ < 0) return;
  Signal(SIGKILL);
  Reap();
}

void RunningKeeper::Signal(int number) const {
  syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

void RunningKeeper::Reap() {
  // Its end sends no signal: only with __WALL is it seen.
  while (pid_ > 0 && waitpid(pid_, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::vector<ChildEvent::Seen> NearLimits(const ChildEvent& event) {
  std::vector<ChildEvent::Seen> near;
  for (const ChildEvent::Seen& seen : event.seen) {
    const bool reached = std::find(event.reached.begin(), event.reached.end(),
                                   seen.limit) != event.reached.end();
    const auto most = static_cast<double>(seen.use.most);
    if (!reached && most >= 0.9 * static_cast<double>(seen.use.held_to)) {
      near.push_back(seen);
    }
  }
  return near;
}

namespace {

std::string NearText(const ChildEvent::Seen& seen) {
  return absl::StrCat(", came near the limit of ", LimitName(seen.limit), " (",
                      LimitAmountText(seen.limit, seen.use.most), " of ",
                      LimitAmountText(seen.limit, seen.use.held_to),
                      " were seen in use)");
}

}  // namespace

std::string EventText(const ChildEvent& event) {
  switch (event.kind) {
    case ChildEvent::Kind::kNone:
      return "running";
    case ChildEvent::Kind::kStopped:
      return absl::StrCat("stopped by signal ", event.signal);
    case ChildEvent::Kind::kContinued:
      return "continued";
    case ChildEvent::Kind::kEnded:
      break;
  }
  std::string text =
      event.signal != 0 ? absl::StrCat("ended by signal ", event.signal)
                        : absl::StrCat("ended with status ", event.exit_status);
  for (const Limit limit : event.reached) {
    absl::StrAppend(&text, ", reached the limit of ", LimitName(limit));
  }
  for (const ChildEvent::Seen& seen : NearLimits(event)) {
    absl::StrAppend(&text, NearText(seen));
  }
  if (event.left_over > 0) {
    absl::StrAppend(&text, ", ", event.left_over,
                    " processes that it left were killed");
  }
  return text;
}

}  // namespace process
}  // namespace postern
