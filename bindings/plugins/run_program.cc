#include "bindings/plugins/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "bindings/plugins/child_start.h"

namespace postern {
namespace plugins {
namespace {

constexpr size_t kMaxArgumentBytes = 128 << 10;
// Between two looks at whether the program has ended: while it may still
// write, and when it has closed its output.
constexpr int kPollMs = 20;
constexpr int kPollClosedMs = 1;

// A descriptor above 2 that closes itself.
class ScopedFd {
 public:
  ScopedFd() = default;
  explicit ScopedFd(int fd) : fd_(fd) {
    if (fd_ < 0 || fd_ > 2) return;
    // The host had closed its standard descriptors.
    fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
  }
  ScopedFd(ScopedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ScopedFd& operator=(ScopedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~ScopedFd() { Close(); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  ScopedFd read;
  ScopedFd write;
};

absl::Status SystemError(absl::string_view what, int error) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, ": ", strerror(error)));
}

absl::Status NotFound(absl::string_view program) {
  return absl::NotFoundError(
      absl::StrCat("program \"", program, "\" not found"));
}

absl::StatusOr<Pipe> NewPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("make a pipe", errno);
  Pipe pipe;
  pipe.read = ScopedFd(ends[0]);
  pipe.write = ScopedFd(ends[1]);
  return pipe;
}

absl::Status CheckRequest(const ProgramRequest& request) {
  size_t bytes = request.program.size();
  bool has_nul = request.program.find('\0') != std::string::npos;
  for (const std::string& arg : request.args) {
    bytes += arg.size() + 1;
    has_nul |= arg.find('\0') != std::string::npos;
  }
  if (has_nul) return absl::InvalidArgumentError("argument holds a NUL byte");
  if (bytes > kMaxArgumentBytes || request.args.size() > 1000) {
    return absl::InvalidArgumentError("arguments are too long");
  }
  const std::string& name = request.program;
  if (name.empty() || name.size() > 255 || name == "." || name == ".." ||
      name.find('/') != std::string::npos) {
    return NotFound(name);
  }
  return absl::OkStatus();
}

// Both streams of a running program, and what was kept of them.
class Capture {
 public:
  Capture(int output, int error_output, size_t max_bytes, ProgramResult* result)
      : fds_{{output, POLLIN, 0}, {error_output, POLLIN, 0}},
        max_bytes_(max_bytes),
        result_(result) {}

  bool open() const { return fds_[0].fd >= 0 || fds_[1].fd >= 0; }

  // Waits for output and takes it. False if there was none in time.
  bool Take(int timeout_ms) {
    const int ready = poll(fds_, 2, timeout_ms);
    if (ready <= 0) return false;
    TakeFrom(&fds_[0], &result_->output);
    TakeFrom(&fds_[1], &result_->error_output);
    return true;
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
    if (kept < static_cast<size_t>(got)) result_->truncated = true;
  }

  pollfd fds_[2];
  const size_t max_bytes_;
  ProgramResult* const result_;
};

// Whether the child has ended; it stays to be reaped, so that its id and that
// of its group are still its own.
bool HasEnded(pid_t child) {
  siginfo_t info = {};
  return waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

int Reap(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;  // the host ignores SIGCHLD
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Collects output until the program ends or is out of time, then kills all
// that is left of its group.
void Supervise(pid_t child, const ProgramRequest& request, Capture* capture,
               ProgramResult* result) {
  while (!HasEnded(child)) {
    if (absl::Now() >= request.deadline) {
      result->timed_out = true;
      break;
    }
    if (capture->open()) {
      capture->Take(kPollMs);
    } else {
      poll(nullptr, 0, kPollClosedMs);
    }
  }
  kill(-child, SIGKILL);
  // setsid() may not have been reached yet.
  if (result->timed_out) kill(child, SIGKILL);
  // What is in the pipes. Who left the group may go on writing: not for ever.
  for (int i = 0; i < 8 && capture->open() && capture->Take(0); ++i) {
  }
  result->status = Reap(child);
}

// What execve() takes, and who owns it.
struct Arguments {
  explicit Arguments(const ProgramRequest& request)
      : strings{request.program},
        paths_text{absl::StrCat("/usr/bin/", request.program),
                   absl::StrCat("/bin/", request.program)} {
    strings.insert(strings.end(), request.args.begin(), request.args.end());
    for (std::string& text : strings) argv.push_back(&text[0]);
    argv.push_back(nullptr);
    for (std::string& text : environment) envp.push_back(&text[0]);
    envp.push_back(nullptr);
    for (const std::string& path : paths_text) paths.push_back(path.c_str());
    paths.push_back(nullptr);
  }

  std::vector<std::string> strings;
  std::vector<std::string> paths_text;
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin", "LC_ALL=C",
                                          "LANG=C"};
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<const char*> paths;
};

// What the child could not do; 0 if it runs its program.
int StartError(int failure) {
  int error = 0;
  ssize_t got;
  do {
    got = read(failure, &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof(error)) ? error : 0;
}

}  // namespace

absl::StatusOr<ProgramResult> RunProgram(const ProgramRequest& request) {
  absl::Status status = CheckRequest(request);
  if (!status.ok()) return status;
  Arguments arguments(request);
  absl::StatusOr<Pipe> output = NewPipe();
  absl::StatusOr<Pipe> error_output = NewPipe();
  absl::StatusOr<Pipe> failure = NewPipe();
  for (const absl::StatusOr<Pipe>* pipe : {&output, &error_output, &failure}) {
    if (!pipe->ok()) return pipe->status();
  }
  const ScopedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() < 0) return SystemError("open /dev/null", errno);
  ChildStart start;
  start.paths = arguments.paths.data();
  start.argv = arguments.argv.data();
  start.envp = arguments.envp.data();
  start.directory = request.directory;
  start.null = null.get();
  start.output = output->write.get();
  start.error_output = error_output->write.get();
  start.failure = failure->write.get();
  const pid_t child = StartChild(start);
  if (child < 0) return SystemError("start a process", errno);
  output->write.Close();
  error_output->write.Close();
  failure->write.Close();
  const int start_error = StartError(failure->read.get());
  if (start_error != 0) {
    Reap(child);
    if (start_error == ENOENT || start_error == EACCES) {
      return NotFound(request.program);
    }
    return SystemError("start the program", start_error);
  }
  ProgramResult result;
  Capture capture(output->read.get(), error_output->read.get(),
                  request.max_output_bytes, &result);
  Supervise(child, request, &capture, &result);
  return result;
}

}  // namespace plugins
}  // namespace postern
