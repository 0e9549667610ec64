#include "permission/backstop/probe_run.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "process/fork_child.h"

namespace postern {
namespace {

// What a child tells first.
struct Entered {
  int error = 0;
  const char* place = "";  // static, and so the same in the parent
};

void WriteAll(int fd, const void* bytes, size_t size) {
  const char* from = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = write(fd, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    from += written;
    size -= static_cast<size_t>(written);
  }
}

bool ReadAll(int fd, void* bytes, size_t size) {
  char* to = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = read(fd, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

// A child that tells by a pipe. It is killed, at the latest, at the end.
class TellingChild {
 public:
  // `body` gets the pipe's end, and may only do what is async-signal-safe.
  static absl::StatusOr<TellingChild> Start(absl::FunctionRef<void(int)> body);
  TellingChild(TellingChild&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), in_(std::move(other.in_)) {}
  TellingChild& operator=(TellingChild&&) = delete;
  ~TellingChild();

  pid_t pid() const { return pid_; }
  // What it told: whether it was entered, and then the results.
  absl::Status Read(std::vector<Tried>* results) const;

 private:
  TellingChild(pid_t pid, fs::FileDescriptor in)
      : pid_(pid), in_(std::move(in)) {}
  pid_t pid_;
  fs::FileDescriptor in_;
};

absl::StatusOr<TellingChild> TellingChild::Start(
    absl::FunctionRef<void(int)> body) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  fs::FileDescriptor in(ends[0]);
  const fs::FileDescriptor out(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    body(out.get());
    _exit(0);
  }
  return TellingChild(pid, std::move(in));
}

TellingChild::~TellingChild() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

absl::Status StatusOf(const Entered& entered) {
  return entered.error == 0
             ? absl::OkStatus()
             : absl::ErrnoToStatus(
                   entered.error,
                   absl::StrCat("confining the probe: ", entered.place));
}

absl::Status TellingChild::Read(std::vector<Tried>* results) const {
  Entered entered;
  const bool told =
      ReadAll(in_.get(), &entered, sizeof(entered)) &&
      (entered.error != 0 ||
       ReadAll(in_.get(), results->data(), results->size() * sizeof(Tried)));
  if (!told) return absl::InternalError("the probe ended early");
  return StatusOf(entered);
}

// The rest is the children's.

class Trial {
 public:
  Trial(const PreparedPlan& plan, const ProbeAs& as,
        absl::Span<const ProbeTry> tries, std::vector<Tried>* results)
      : plan_(plan), as_(as), tries_(tries), results_(*results) {}

  // As whom the plan is for, without it; stays to be signalled.
  void TryBefore(int out) {
    Entered entered;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    entered.error = process::TakeIdentity(*as_.identity);
    entered.place = "identity";
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (entered.error == 0) Run(&Tried::before, getpid());
    Tell(out, entered);
    pause();
  }
  bool takes_identity() const { return as_.identity != nullptr; }
  Entered TryUnder(pid_t other) {
    if (as_.identity == nullptr) Run(&Tried::before, other);
    const Entered entered = Enter();
    if (entered.error == 0) Run(&Tried::under, other);
    return entered;
  }
  void Tell(int out, const Entered& entered) const {
    WriteAll(out, &entered, sizeof(entered));
    WriteAll(out, results_.data(), results_.size() * sizeof(Tried));
  }

 private:
  Entered Enter() const {
    if (plan_.namespaces.flags() != 0) {
      const process::PreparedNamespaces::Outcome outcome =
          plan_.namespaces.Enter(nullptr);
      if (outcome.error != 0) return {outcome.error, outcome.step};
    }
    int error =
        as_.identity == nullptr ? 0 : process::TakeIdentity(*as_.identity);
    if (error != 0) return {error, "identity"};
    if ((plan_.namespaces.flags() & CLONE_NEWNS) != 0) {
      for (const ProbeTry& one : tries_) RenewFile(one);
    }
    error = process::KeepCapabilities(as_.capabilities);
    if (error != 0) return {error, "capabilities"};
    return {Restrict(plan_, /*all_threads=*/false), "Landlock and the filter"};
  }

  void Run(ProbeResult Tried::*when, pid_t other) {
    for (size_t i = 0; i < tries_.size(); ++i) {
      const bool ends = tries_[i].what == ProbeTry::What::kDebug;
      if (ends && when == &Tried::before) continue;
      results_[i].*when = Attempt(tries_[i], other);
    }
  }

  const PreparedPlan& plan_;
  const ProbeAs& as_;
  const absl::Span<const ProbeTry> tries_;
  std::vector<Tried>& results_;
};

// In a child that shares memory, as copying page tables takes long; else in one
// that tells by a pipe. None that shares takes another identity: the memory
// would be undumpable (prctl(2), PR_SET_DUMPABLE) for its host, too.
absl::Status RunUnder(Trial* trial, pid_t other, std::vector<Tried>* results) {
  Entered entered;
  bool told = false;
  if (process::MaySafelyShare() && !trial->takes_identity()) {
    process::RunSharing([&] {
      entered = trial->TryUnder(other);
      told = true;
    });
  }
  if (told) return StatusOf(entered);
  const auto child = TellingChild::Start(
      [&](int out) { trial->Tell(out, trial->TryUnder(other)); });
  return child.ok() ? child->Read(results) : child.status();
}

}  // namespace

absl::Status RunTries(const PreparedPlan& plan, const ProbeAs& as,
                      absl::Span<const ProbeTry> tries,
                      std::vector<Tried>* results) {
  results->assign(tries.size(), Tried());
  Trial trial(plan, as, tries, results);
  const auto under = [&](pid_t other) {
    return RunUnder(&trial, other, results);
  };
  if (as.identity == nullptr) return under(getpid());
  const auto before =
      TellingChild::Start([&](int out) { trial.TryBefore(out); });
  if (!before.ok()) return before.status();
  const absl::Status status = before->Read(results);
  return status.ok() ? under(before->pid()) : status;
}

}  // namespace postern
