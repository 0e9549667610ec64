#include "process/fork_child.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/sanitized.h"

namespace postern {
namespace process {
namespace {

int Run(void* argument) {
  const auto* const child = static_cast<const SharingChild*>(argument);
  child->run(child->argument);
  return 127;
}

// struct clone_args as Linux 5.7 has it (clone3(2)): headers may be older.
struct CloneArguments {
  uint64_t flags;
  uint64_t pidfd;
  uint64_t child_tid;
  uint64_t parent_tid;
  uint64_t exit_signal;
  uint64_t stack;
  uint64_t stack_size;
  uint64_t tls;
  uint64_t set_tid;
  uint64_t set_tid_size;
  uint64_t cgroup;
};
constexpr uint64_t kIntoCgroup = uint64_t{1} << 33;  // CLONE_INTO_CGROUP

#if defined(__x86_64__)
[[noreturn]] void RunAndExit(void* child) { _exit(Run(child)); }

// libc has no function for clone3(2) with a stack: the child must not return
// through the frame of its parent, which goes on using it.
long Clone3(CloneArguments* arguments, const SharingChild* child) {
  arguments->stack = reinterpret_cast<uint64_t>(child->stack);
  arguments->stack_size = SharingChild::kStackSize;
  long result;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "mov %[child], %%rdi\n\t"
      "call *%[run]\n\t"  // does not return
      "ud2\n"
      "1:"
      : "=a"(result)
      : "a"(SYS_clone3), "D"(arguments),
        "S"(sizeof(*arguments)), [child] "r"(child), [run] "r"(&RunAndExit)
      : "rcx", "r11", "memory", "cc");
  return result;
}
#else
long Clone3(CloneArguments*, const SharingChild*) { return -ENOSYS; }
#endif

pid_t ResultOf(long result) {
  if (result >= 0) return static_cast<pid_t>(result);
  errno = static_cast<int>(-result);
  return -1;
}

// With a `cgroup` of -1 in the parent's.
pid_t ForkBy3(const SharingChild& child, int cgroup, int* pidfd) {
  CloneArguments arguments = {};
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | child.new_namespaces;
  arguments.pidfd = reinterpret_cast<uint64_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= kIntoCgroup;
    arguments.cgroup = static_cast<uint64_t>(cgroup);
  }
  return ResultOf(Clone3(&arguments, &child));
}

}  // namespace

pid_t ForkSharing(const SharingChild& child, int* pidfd) {
  const pid_t pid = ForkBy3(child, -1, pidfd);
  // Containers hide it, in ways of their own (ENOSYS, EPERM).
  if (pid > 0 || errno == EAGAIN || errno == ENOMEM) return pid;
  SharingChild copy = child;
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD |
                    static_cast<int>(child.new_namespaces);
  return clone(Run, child.stack + SharingChild::kStackSize, flags, &copy,
               pidfd);
}

pid_t ForkSharingIntoCgroup(const SharingChild& child, int directory,
                            int* pidfd) {
  return ForkBy3(child, directory, pidfd);
}

bool MaySafelyShare() {
  struct utsname name;
  if (kSanitized || uname(&name) != 0) return false;
  char* rest = name.release;
  const unsigned long major = strtoul(rest, &rest, 10);
  const unsigned long minor = *rest == '.' ? strtoul(rest + 1, nullptr, 10) : 0;
  return major > 5 || (major == 5 && minor >= 16);
}

bool RunSharing(absl::FunctionRef<void()> body) {
  SharingChild child;
  child.run = [](void* argument) {
    (*static_cast<absl::FunctionRef<void()>*>(argument))();
    _exit(0);
  };
  child.argument = &body;
  constexpr size_t kStackSize = SharingChild::kStackSize;
  // On a guard, as the heap may lie beneath.
  char* const mapped = static_cast<char*>(mmap(
      nullptr, 2 * kStackSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (mapped == MAP_FAILED) return false;
  child.stack = mapped + kStackSize;
  const bool usable =
      mprotect(child.stack, kStackSize, PROT_READ | PROT_WRITE) == 0;
  // A handler of the parent must not run in the child.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int pidfd = -1;
  const pid_t pid = usable ? ForkSharing(child, &pidfd) : -1;
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  while (pid > 0 && waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  if (pidfd >= 0) close(pidfd);
  munmap(mapped, 2 * kStackSize);
  return pid > 0;
}

pid_t ForkBeside(const SharingChild* child, void* thread, int* pidfd) {
  CloneArguments arguments = {};
  arguments.flags = CLONE_VM | CLONE_SETTLS | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(pidfd);
  arguments.tls = reinterpret_cast<uint64_t>(thread);
  return ResultOf(Clone3(&arguments, child));
}

}  // namespace process
}  // namespace postern
