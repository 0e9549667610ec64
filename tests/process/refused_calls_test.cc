#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ostream>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "process/bpf.h"
#include "process/namespaces.h"
#include "process/syscall_rules.h"
#include "tests/attacks/child.h"

// Programs that try what a filter refuses, each once without it: that the
// kernel then says something else shows that the filter is what refuses.

namespace postern {
namespace process {
namespace {

// A child's end: the errno of the call, or a signal.
struct End {
  int error = 0;
  int signal = 0;
  bool skipped = false;

  bool operator==(const End& other) const {
    return error == other.error && signal == other.signal;
  }
};
std::ostream& operator<<(std::ostream& out, const End& end) {
  if (end.signal != 0) return out << "signal " << end.signal;
  return out << "errno " << end.error << " (" << strerror(end.error) << ")";
}

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

constexpr int kSkipped = 254;

struct Victim {
  const char* name;
  long (*call)();  // below 0 with errno if it fails
  End refused;
  bool (*prepare)() = nullptr;  // before the filter; false: cannot be done here
};
std::ostream& operator<<(std::ostream& out, const Victim& victim) {
  return out << victim.name;
}

SyscallFilter WholeFilter() {
  SyscallFilter filter = RefusedCalls();
  SocketKinds kinds;
  kinds.tcp = kinds.udp = true;
  AddSocketRules(kinds, &filter);
  Append(MetadataRules(), &filter.refused);
  Append(SharedIpcRules(), &filter.refused);
  Append(MemoryFileRules(), &filter.refused);
  AddIdentityRules({geteuid(), getegid()}, &filter);
  return filter;
}

const CompiledFilter& Compiled() {
  static const CompiledFilter* const compiled = [] {
    absl::StatusOr<CompiledFilter> made = CompileFilter(WholeFilter());
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? new CompiledFilter(*std::move(made)) : nullptr;
  }();
  return *compiled;
}

End EndOf(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  const int code = WEXITSTATUS(status);
  return {code == kSkipped ? 0 : code, 0, code == kSkipped};
}

// The end of a child that prepares, goes under `filter` if there is one, and
// calls.
End Try(long (*call)(), bool (*prepare)(), const CompiledFilter* filter) {
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    if (prepare != nullptr && !prepare()) _exit(kSkipped);
    if (filter != nullptr && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                              InstallFilter(*filter) != 0)) {
      _exit(253);
    }
    _exit(call() < 0 ? errno : 0);
  }
  return EndOf(child);
}

// ---------------------------------------------------------------- the victims

long UringSetup() {
  io_uring_params parameters = {};
  return syscall(SYS_io_uring_setup, 4, &parameters);
}

#ifdef __x86_64__
// As a program of i386 does it.
long Int80() {
  long result = 20;  // getpid
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
  return result;
}
// Some machines know no such calls: they are a crash.
bool CanInt80() {
  return signal(SIGSEGV, [](int) { _exit(kSkipped); }) != SIG_ERR;
}
long X32() { return syscall(0x40000000 | SYS_getpid); }
#endif

long Ptrace() { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }

long WriteProcess(int number) {
  char from = 'x', to = 'y';
  const iovec local = {&from, 1}, remote = {&to, 1};
  return syscall(number, getpid(), &local, 1, &remote, 1, 0);
}

long PidfdGetfd() {
  const long self = syscall(SYS_pidfd_open, getpid(), 0);
  return self < 0 ? self : syscall(SYS_pidfd_getfd, self, 1, 0);
}

long Userfaultfd() {
  return syscall(SYS_userfaultfd, O_CLOEXEC | 1);  // UFFD_USER_MODE_ONLY
}

long LimitParent() {
  rlimit limit;
  return syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, nullptr, &limit);
}

long CloneWith(unsigned long flags) {
  const long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) syscall(SYS_exit_group, 0);
  return child;
}

long Clone3() {
  clone_args arguments = {};
  arguments.exit_signal = SIGCHLD;
  const long child = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (child == 0) syscall(SYS_exit_group, 0);
  return child;
}

bool OwnMounts() { return postern::testing::EnterMountNamespace().empty(); }

constexpr char kMasked[] = "/etc/passwd";
bool UnderAMask() {
  NamespacePlan plan;
  plan.user = geteuid() != 0;
  plan.mount = true;
  plan.masks = {{kMasked, Mask::Kind::kHidden}};
  const absl::StatusOr<PreparedNamespaces> prepared =
      PreparedNamespaces::Prepare(plan);
  return prepared.ok() && prepared->Enter(nullptr).error == 0;
}

long KernelBpf() {
  bpf_attr attributes;
  memset(&attributes, 0, sizeof(attributes));
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

long PerfEvent() {
  perf_event_attr attributes;
  memset(&attributes, 0, sizeof(attributes));
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof(attributes);
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = 1;
  return syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

long OpenByHandle() {
  char handle[64] = {};
  return syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDONLY);
}

long MakeNode(mode_t mode) {
  const std::string name = "/tmp/postern_node_" + std::to_string(getpid());
  const long result = mknod(name.c_str(), mode | 0600, makedev(1, 3));
  const int error = errno;
  unlink(name.c_str());
  errno = error;
  return result;
}

long TypeIntoTerminal() {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  return ioctl(terminal, TIOCSTI, "x");
}

long Pair(int type) {
  int ends[2];
  return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends);
}

sockaddr_in Loopback() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Nobody listens there: ECONNREFUSED, if the kernel was asked.
long SendMessage(int flags) {
  sockaddr_in address = Loopback();
  iovec data = {&address, 1};
  msghdr message = {};
  message.msg_name = &address;
  message.msg_namelen = sizeof(address);
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  return sendmsg(socket(AF_INET, SOCK_STREAM, 0), &message, flags);
}
long SendTo(int flags) {
  const sockaddr_in address = Loopback();
  return sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, flags,
                reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}
long SendMessages(int flags) {
  sockaddr_in address = Loopback();
  iovec data = {&address, 1};
  mmsghdr message = {};
  message.msg_hdr.msg_name = &address;
  message.msg_hdr.msg_namelen = sizeof(address);
  message.msg_hdr.msg_iov = &data;
  message.msg_hdr.msg_iovlen = 1;
  return sendmmsg(socket(AF_INET, SOCK_STREAM, 0), &message, 1, flags);
}

// By a name that no kernel has: ENOENT.
long BecomeAnother() {
  constexpr int kTcpUlp = 31;
  return setsockopt(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_TCP, kTcpUlp, "x",
                    2);
}

long Listen() { return listen(socket(AF_INET, SOCK_STREAM, 0), 1); }

// By number: libc has none of them.
long ChangeMode2() { return syscall(452, -1, "x", 0700, 0); }
long SetXattrAt() { return syscall(463, -1, "x", 0, "user.x", nullptr, 0); }
long FileSetattr() { return syscall(469, -1, "x", nullptr, 0, 0); }

#define CALL(expression) []() -> long { return expression; }

const Victim kVictims[] = {
    {"IoUring", UringSetup, {ENOSYS}},
#ifdef __x86_64__
    {"Int80", Int80, {0, SIGSYS}, CanInt80},
    {"X32", X32, {0, SIGSYS}},
#endif
    {"Ptrace", Ptrace, {EPERM}},
    {"ProcessVmWritev", CALL(WriteProcess(SYS_process_vm_writev)), {EPERM}},
    {"ProcessVmReadv", CALL(WriteProcess(SYS_process_vm_readv)), {EPERM}},
    {"PidfdGetfd", PidfdGetfd, {EPERM}},
    {"Userfaultfd", Userfaultfd, {EPERM}},
    {"LimitsOfOthers", LimitParent, {EPERM}},
    {"UnshareUser", CALL(unshare(CLONE_NEWUSER)), {EPERM}},
    {"UnshareMounts", CALL(unshare(CLONE_NEWNS)), {EPERM}},
    {"CloneUser", CALL(CloneWith(CLONE_NEWUSER)), {EPERM}},
    {"CloneUserAndNetwork",
     CALL(CloneWith(CLONE_NEWUSER | CLONE_NEWNET)),
     {EPERM}},
    {"CloneParent", CALL(CloneWith(CLONE_PARENT)), {EPERM}},
    {"Clone3", Clone3, {ENOSYS}},
    {"Setns", CALL(setns(-1, CLONE_NEWNET)), {EPERM}},
    {"Mount",
     CALL(mount("none", "/mnt", "tmpfs", 0, nullptr)),
     {EPERM},
     OwnMounts},
    {"Fsopen", CALL(syscall(SYS_fsopen, "tmpfs", 0)), {EPERM}, OwnMounts},
    {"OpenTree",
     CALL(
         syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE)),
     {EPERM},
     OwnMounts},
    {"Chroot", CALL(chroot("/")), {EPERM}, OwnMounts},
    {"UmountOfAMask", CALL(umount2(kMasked, MNT_DETACH)), {EPERM}, UnderAMask},
    {"MoveOfAMask",
     CALL(
         syscall(SYS_move_mount, AT_FDCWD, kMasked, AT_FDCWD, "/etc/group", 0)),
     {EPERM},
     UnderAMask},
    {"Keyctl", CALL(syscall(SYS_keyctl, 0, -3, 1)), {EPERM}},
    {"AddKey", CALL(syscall(SYS_add_key, "user", "x", "x", 1, -2)), {EPERM}},
    {"Bpf", KernelBpf, {EPERM}},
    {"PerfEventOpen", PerfEvent, {EPERM}},
    {"OpenByHandle", OpenByHandle, {EPERM}},
    {"MakeDevice", CALL(MakeNode(S_IFCHR)), {EPERM}},
    {"Tiocsti", TypeIntoTerminal, {EPERM}},
    {"RawSocket", CALL(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)), {EACCES}},
    {"RawSocket6",
     CALL(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, 58)),
     {EACCES}},
    {"Netlink", CALL(socket(AF_NETLINK, SOCK_RAW, 0)), {EACCES}},
    {"Vsock", CALL(socket(AF_VSOCK, SOCK_STREAM, 0)), {EACCES}},
    {"Packet", CALL(socket(AF_PACKET, SOCK_RAW, 0)), {EACCES}},
    {"UnixSocket", CALL(socket(AF_UNIX, SOCK_STREAM, 0)), {EACCES}},
    {"Multipath", CALL(socket(AF_INET, SOCK_STREAM, 262)), {EACCES}},
    // An int: the kernel does not see the upper half.
    {"HiddenFamily",
     CALL(syscall(SYS_socket, 0x100000000 | AF_UNIX, SOCK_STREAM, 0)),
     {EACCES}},
    {"PairOfDatagrams", CALL(Pair(SOCK_DGRAM)), {EACCES}},
    {"FastOpenSendto", CALL(SendTo(MSG_FASTOPEN)), {EPERM}},
    {"FastOpenSendmsg",
     CALL(SendMessage(MSG_FASTOPEN | MSG_NOSIGNAL)),
     {EPERM}},
    {"FastOpenSendmmsg", CALL(SendMessages(MSG_FASTOPEN)), {EPERM}},
    {"SocketThatBecomesAnother", BecomeAnother, {ENOPROTOOPT}},
    {"Listen", Listen, {EACCES}},
    {"Setuid", CALL(syscall(SYS_setuid, 12345)), {EPERM}},
    {"Setresuid", CALL(syscall(SYS_setresuid, -1, 12345, -1)), {EPERM}},
    {"Setresgid", CALL(syscall(SYS_setresgid, 12345, 12345, 12345)), {EPERM}},
    {"SavedUser", CALL(syscall(SYS_setresuid, -1, -1, 12345)), {EPERM}},
    {"Setgroups", CALL(syscall(SYS_setgroups, 0, nullptr)), {EPERM}},
    {"Fchmodat2", ChangeMode2, {EPERM}},
    {"Setxattrat", SetXattrAt, {EPERM}},
    {"FileSetattr", FileSetattr, {EPERM}},
    {"MemoryFile", CALL(memfd_create("x", 0)), {EPERM}},
    {"SharedMemory", CALL(shmget(IPC_PRIVATE, 0, 0600)), {EPERM}},
};

class RefusedCallsTest : public ::testing::TestWithParam<Victim> {};

INSTANTIATE_TEST_SUITE_P(All, RefusedCallsTest, ::testing::ValuesIn(kVictims),
                         [](const auto& tested) {
                           return std::string(tested.param.name);
                         });

TEST_P(RefusedCallsTest, IsRefusedByTheFilterAndNotWithoutIt) {
  const Victim& victim = GetParam();
  const End without = Try(victim.call, victim.prepare, nullptr);
  if (without.skipped) GTEST_SKIP() << "cannot be prepared here";
  const End refused = Try(victim.call, victim.prepare, &Compiled());
  EXPECT_EQ(refused, victim.refused);
  if (without == victim.refused) {
    GTEST_SKIP() << "also without the filter: " << without;
  }
  if (victim.prepare != nullptr) {
    EXPECT_EQ(without, End());
  }
}

// ----------------------------------------------------------- positive twins

const Victim kGranted[] = {
    {"UnshareFiles", CALL(unshare(CLONE_FILES | CLONE_FS)), {}},
    {"Fork", CALL(CloneWith(0)), {}},
    {"OwnLimits",
     CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, nullptr, nullptr)),
     {}},
    {"TcpSocket", CALL(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}},
    {"UdpSocket", CALL(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)), {}},
    {"PairOfStreams", CALL(Pair(SOCK_STREAM)), {}},
    {"SendWithoutConnecting", CALL(SendTo(MSG_NOSIGNAL)), {EPIPE}},
    {"OwnUser", CALL(syscall(SYS_setresuid, geteuid(), -1, geteuid())), {}},
    {"OwnGroup", CALL(syscall(SYS_setgid, getegid())), {}},
    {"SameUser", CALL(syscall(SYS_setreuid, -1, geteuid())), {}},
    {"MakeFifo", CALL(MakeNode(S_IFIFO)), {}},
    {"OwnSignal", CALL(kill(getpid(), 0)), {}},
    {"Dumpable", CALL(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)), {}},
    {"UnknownNumber", CALL(syscall(999)), {ENOSYS}},
};

class GrantedCallsTest : public ::testing::TestWithParam<Victim> {};

INSTANTIATE_TEST_SUITE_P(All, GrantedCallsTest, ::testing::ValuesIn(kGranted),
                         [](const auto& tested) {
                           return std::string(tested.param.name);
                         });

TEST_P(GrantedCallsTest, IsAsWithoutTheFilter) {
  const Victim& granted = GetParam();
  EXPECT_EQ(Try(granted.call, nullptr, &Compiled()), granted.refused);
  EXPECT_EQ(Try(granted.call, nullptr, nullptr), granted.refused);
}

// libc asks for clone3 first, then takes clone.
TEST(FilteredProgramsTest, ThreadsBegin) {
  const auto begin = []() -> long {
    int done = 0;
    std::thread([&done] { done = 1; }).join();
    return done - 1;
  };
  EXPECT_EQ(Try(begin, nullptr, &Compiled()), End());
}

TEST(FilteredProgramsTest, ProgramsRun) {
  const auto run = []() -> long {
    execl("/bin/sh", "sh", "-c",
          "ls -l / | sort | grep -q usr && test \"$(echo a b | wc -w)\" = 2",
          nullptr);
    return -1;
  };
  EXPECT_EQ(Try(run, nullptr, &Compiled()), End());
}

// Which also shows that a thread of the process does not stay outside.
TEST(FilteredProgramsTest, AFilterCanHoldForAllThreads) {
  const auto check = []() -> long {
    int error = -1;
    int go[2];
    if (pipe(go) != 0) return -1;
    std::thread other([&] {
      char byte;
      const bool went = read(go[0], &byte, 1) == 1;
      error = went && unshare(CLONE_NEWUSER) != 0 ? errno : 0;
    });
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    errno = InstallFilter(Compiled(), /*all_threads=*/true);
    const bool told = write(go[1], "x", 1) == 1;
    other.join();
    return errno == 0 && told && error == EPERM ? 0 : -1;
  };
  Compiled();
  EXPECT_EQ(Try(check, nullptr, nullptr), End());
}

}  // namespace
}  // namespace process
}  // namespace postern
