#include "bindings/plugins/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
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
// How long after the deadline its keeper may take to end a program.
constexpr absl::Duration kGrace = absl::Seconds(5);
constexpr absl::Duration kLongestPoll = absl::Minutes(1);
// The kernel keeps this folder, and nothing in it: nobody, root included, can
// write there or to a folder above it.
constexpr char kEmptyFolder[] = "/proc/tty/ldisc";

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

// Both streams of a running program, and what was kept of them; and the report
// of its keeper.
class Capture {
 public:
  Capture(int output, int error_output, int report, size_t max_bytes,
          ProgramResult* result)
      : fds_{{output, POLLIN, 0},
             {error_output, POLLIN, 0},
             {report, POLLIN, 0}},
        max_bytes_(max_bytes),
        result_(result) {}

  // Waits for output or the report, and takes the output. True if there was
  // something.
  bool Take(absl::Duration timeout) {
    timeout = std::max(absl::ZeroDuration(), std::min(timeout, kLongestPoll));
    // Rounded up, not to spin in the last millisecond.
    const int64_t ms = absl::ToInt64Milliseconds(
        timeout + absl::Milliseconds(1) - absl::Nanoseconds(1));
    const int ready = poll(fds_, 3, static_cast<int>(ms));
    if (ready <= 0) return false;
    TakeFrom(&fds_[0], &result_->output);
    TakeFrom(&fds_[1], &result_->error_output);
    return true;
  }
  // Whether the report, or its end, can be read.
  bool reported() const { return fds_[2].revents != 0; }

  // Takes what is in the pipes. Who left the group may go on writing: not for
  // ever.
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
    if (kept < static_cast<size_t>(got)) result_->truncated = true;
  }

  pollfd fds_[3];
  const size_t max_bytes_;
  ProgramResult* const result_;
};

absl::StatusOr<ChildReport> ReadReport(int fd) {
  ChildReport report;
  ssize_t got;
  do {
    got = read(fd, &report, sizeof(report));
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof(report))) return report;
  // The program ended with its keeper (PR_SET_PDEATHSIG).
  return absl::InternalError("the process that kept the program was killed");
}

absl::StatusOr<ChildReport> AwaitReport(pid_t keeper, int fd,
                                        absl::Time deadline, Capture* capture) {
  while (true) {
    const absl::Duration left = deadline + kGrace - absl::Now();
    capture->Take(left);
    if (capture->reported()) return ReadReport(fd);
    if (left > absl::ZeroDuration()) continue;
    // It holds the other end, so it lives and its id is its own. Somebody has
    // stopped it; the program ends with it.
    kill(keeper, SIGKILL);
    ChildReport report;
    report.status = SIGKILL;
    report.timed_out = 1;
    return report;
  }
}

// Nothing hangs on the answer: a host that ignores SIGCHLD, or waits for every
// child, has reaped the keeper before.
void Reap(pid_t keeper) {
  while (waitpid(keeper, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int ExitStatus(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
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

// Where a program starts whose caller names no folder.
absl::StatusOr<ScopedFd> OpenEmptyFolder() {
  ScopedFd folder(open(kEmptyFolder, O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs info;
  if (folder.get() >= 0 && fstatfs(folder.get(), &info) == 0 &&
      info.f_type == PROC_SUPER_MAGIC) {
    return folder;
  }
  folder = ScopedFd(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return SystemError("open /", errno);
  return folder;
}

int64_t MonotonicDeadline(absl::Time deadline) {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::ToInt64Nanoseconds(absl::DurationFromTimespec(now) +
                                  (deadline - absl::Now()));
}

}  // namespace

absl::StatusOr<ProgramResult> RunProgram(const ProgramRequest& request) {
  absl::Status status = CheckRequest(request);
  if (!status.ok()) return status;
  Arguments arguments(request);
  absl::StatusOr<Pipe> output = NewPipe();
  absl::StatusOr<Pipe> error_output = NewPipe();
  absl::StatusOr<Pipe> report = NewPipe();
  for (const absl::StatusOr<Pipe>* pipe : {&output, &error_output, &report}) {
    if (!pipe->ok()) return pipe->status();
  }
  const ScopedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() < 0) return SystemError("open /dev/null", errno);
  const absl::StatusOr<ScopedFd> empty = OpenEmptyFolder();
  if (!empty.ok()) return empty.status();
  ChildStart start;
  start.paths = arguments.paths.data();
  start.argv = arguments.argv.data();
  start.envp = arguments.envp.data();
  start.directory = request.directory < 0 ? empty->get() : request.directory;
  start.null = null.get();
  start.output = output->write.get();
  start.error_output = error_output->write.get();
  start.report = report->write.get();
  start.deadline_ns = MonotonicDeadline(request.deadline);
  const pid_t keeper = StartKeeper(start);
  if (keeper < 0) return SystemError("start a process", errno);
  output->write.Close();
  error_output->write.Close();
  report->write.Close();
  ProgramResult result;
  Capture capture(output->read.get(), error_output->read.get(),
                  report->read.get(), request.max_output_bytes, &result);
  const absl::StatusOr<ChildReport> told =
      AwaitReport(keeper, report->read.get(), request.deadline, &capture);
  capture.TakeRest();
  Reap(keeper);
  if (!told.ok()) return told.status();
  if (told->at_folder != 0) return SystemError("enter the folder", told->error);
  if (told->error == ENOENT || told->error == EACCES) {
    return NotFound(request.program);
  }
  if (told->error != 0) return SystemError("start the program", told->error);
  result.status = ExitStatus(told->status);
  result.timed_out = told->timed_out != 0;
  return result;
}

}  // namespace plugins
}  // namespace postern
