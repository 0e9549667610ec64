#include "permission/backstop/probe_tries.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace postern {
namespace {

// What Landlock and the filters answer. Permissions of the file system answer
// the same: so what is tried must pass without the plan.
ProbeResult Judge(bool failed) {
  return failed && (errno == EACCES || errno == EPERM || errno == ENOSYS)
             ? ProbeResult::kRefused
             : ProbeResult::kPassed;
}

// A file without a name is reached by a link of procfs, which the plan may
// hide: then nothing was tried.
ProbeResult JudgeFile(const ProbeTry& what, bool failed) {
  return what.descriptor >= 0 && failed && errno == ENOENT
             ? ProbeResult::kNotTried
             : Judge(failed);
}

ProbeResult TryOpen(const ProbeTry& what, int flags) {
  const int nofollow = what.descriptor >= 0 ? 0 : O_NOFOLLOW;
  const int fd =
      open(what.path.c_str(), flags | nofollow | O_CLOEXEC | O_NONBLOCK);
  const ProbeResult result = JudgeFile(what, fd < 0);
  if (fd >= 0) close(fd);
  return result;
}

// A mask has a mode that nothing else has.
ProbeResult TrySee(const char* path) {
  struct stat st = {};
  if (lstat(path, &st) != 0) return Judge(true);
  return (st.st_mode & 07777) == 0 ? ProbeResult::kRefused
                                   : ProbeResult::kPassed;
}

// Never done: a file made with O_EXCL gets no name (ENOENT, vfs_link() in the
// kernel's fs/namei.c), which is looked at after the right to make one.
ProbeResult TryMake(const ProbeTry& what) {
  const char* const entry = what.entry.c_str();
  const int made =
      linkat(AT_FDCWD, what.path.c_str(), AT_FDCWD, entry, AT_SYMLINK_FOLLOW);
  const ProbeResult result =
      made != 0 && errno == EXDEV ? ProbeResult::kNotTried : Judge(made != 0);
  if (made == 0) unlink(entry);
  return result;
}

ProbeResult TryExecute(const ProbeTry& what) {
  char* const none[] = {nullptr};
  execve(what.path.c_str(), none, none);  // an empty file is no program
  return JudgeFile(what, true);
}

ProbeResult TryChangeMode(const ProbeTry& what) {
  return JudgeFile(what, chmod(what.path.c_str(), 0755) != 0);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

using SocketCall = int (*)(int, const sockaddr*, socklen_t);

ProbeResult TrySocket(int type, SocketCall call, uint16_t port) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Judge(true);
  const sockaddr_in address = Loopback(port);
  const ProbeResult result =
      Judge(call(fd, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) != 0);
  close(fd);
  return result;
}

ProbeResult TryKind(int domain) {
  const int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const ProbeResult result = Judge(fd < 0);
  if (fd >= 0) close(fd);
  return result;
}

ProbeResult TryUnix(bool binds) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Judge(true);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  // Only the family: the kernel chooses an abstract name.
  const ProbeResult result =
      Judge(binds && bind(fd, reinterpret_cast<const sockaddr*>(&address),
                          sizeof(address.sun_family)) != 0);
  close(fd);
  return result;
}

}  // namespace

void RenewFile(const ProbeTry& what) {
  if (what.what != ProbeTry::What::kMakeEntry || what.descriptor < 0) return;
  const int fd = open(what.directory.c_str(),
                      O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0700);
  if (fd < 0) return;
  dup3(fd, what.descriptor, O_CLOEXEC);
  close(fd);
}

ProbeResult Attempt(const ProbeTry& what, pid_t other) {
  using What = ProbeTry::What;
  switch (what.what) {
    case What::kRead:
      return TryOpen(what, O_RDONLY);
    case What::kList:
      return TryOpen(what, O_RDONLY | O_DIRECTORY);
    case What::kWrite:
      return TryOpen(what, O_WRONLY);
    case What::kMakeEntry:
      return TryMake(what);
    case What::kExecute:
      return TryExecute(what);
    case What::kChangeMode:
      return TryChangeMode(what);
    case What::kConnect:
      return TrySocket(SOCK_STREAM, connect, what.port);
    case What::kSend:
      return TrySocket(SOCK_DGRAM, connect, what.port);
    case What::kBind:
      return TrySocket(SOCK_STREAM, bind, what.port);
    case What::kBindUdp:
      return TrySocket(SOCK_DGRAM, bind, what.port);
    case What::kUnix:
      return TryUnix(false);
    case What::kBindUnix:
      return TryUnix(true);
    case What::kSee:
      return TrySee(what.path.c_str());
    case What::kVsock:
      return TryKind(AF_VSOCK);
    case What::kSignal:
      return Judge(kill(other, 0) != 0);
    case What::kThread:
      // Threads share memory and handlers; without these it is EINVAL.
      return Judge(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0) < 0);
    case What::kDebug:
      return Judge(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0);
  }
  return ProbeResult::kNotTried;
}

}  // namespace postern
