#include "bindings/cli/attend_child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace postern {
namespace cli {
namespace {

// All that a program may be sent by others and that does not stand for a
// mistake of the receiver. Those that stop are told to the whole job: this
// process stops when it hears that the program has, and not twice.
sigset_t PassedOn() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number :
       {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT,
        SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH}) {
    sigaddset(&set, number);
  }
  return set;
}

// Whether the program got the same signal from the kernel: keys and sizes of
// the terminal are told to all of its foreground group.
bool CameFromTerminal(const signalfd_siginfo& info) {
  switch (info.ssi_signo) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGWINCH:
    case SIGHUP:
      return info.ssi_code == SI_KERNEL;
    default:
      return false;
  }
}

// A stop that a shell has to hear of. What a program does to itself, or others
// to it, does not stop who holds its limits.
bool IsOfJobControl(int signal) {
  return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

SignalTaker::SignalTaker() {
  const sigset_t passed_on = PassedOn();
  sigprocmask(SIG_BLOCK, &passed_on, nullptr);
  fd_ = signalfd(-1, &passed_on, SFD_CLOEXEC | SFD_NONBLOCK);
}

SignalTaker::~SignalTaker() {
  if (fd_ >= 0) close(fd_);
}

void PassOnSignals(const SignalTaker& signals, bool shares_terminal,
                   process::Child* child) {
  signalfd_siginfo info;
  while (read(signals.descriptor(), &info, sizeof(info)) == sizeof(info)) {
    if (shares_terminal && CameFromTerminal(info)) continue;
    // It may have ended just now, and then that is the next news.
    (void)child->Signal(static_cast<int>(info.ssi_signo));
  }
}

bool SharesTerminal() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (isatty(fd) != 0) return true;
  }
  return false;
}

void StopAsChild(const process::ChildEvent& event, bool shares_terminal) {
  if (event.kind == process::ChildEvent::Kind::kStopped && shares_terminal &&
      IsOfJobControl(event.signal)) {
    kill(getpid(), SIGSTOP);
  }
}

absl::StatusOr<process::ChildEvent> AttendChild(const SignalTaker& signals,
                                                bool shares_terminal,
                                                process::Child* child) {
  using Kind = process::ChildEvent::Kind;
  while (true) {
    pollfd fds[] = {{child->news_descriptor(), POLLIN, 0},
                    {signals.descriptor(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) {
      return absl::ErrnoToStatus(errno, "cannot wait for the program");
    }
    if (fds[1].revents != 0) {
      PassOnSignals(signals, shares_terminal, child);
    }
    if (fds[0].revents == 0) continue;
    const absl::StatusOr<process::ChildEvent> event =
        child->Next(absl::InfinitePast());
    if (!event.ok() || event->kind == Kind::kEnded) return event;
    StopAsChild(*event, shares_terminal);
  }
}

}  // namespace cli
}  // namespace postern
