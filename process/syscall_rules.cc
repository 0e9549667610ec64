#include "process/syscall_rules.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace postern {
namespace process {
namespace {

using Names = std::initializer_list<const char*>;

SyscallRule Refuse(const char* name, std::vector<ArgumentTest> when, int error,
                   const char* reason) {
  return {name, std::move(when), {error}, reason};
}

std::vector<SyscallRule> RefuseAll(Names names, int error, const char* reason) {
  std::vector<SyscallRule> rules;
  for (const char* name : names) {
    rules.push_back(Refuse(name, {}, error, reason));
  }
  return rules;
}

constexpr CallGroup kGroups[] = {
    CallGroup::kIoUring, CallGroup::kMounts,   CallGroup::kNamespaces,
    CallGroup::kDebug,   CallGroup::kKeyrings, CallGroup::kKernel,
    CallGroup::kFiles,   CallGroup::kTerminal,
};
static_assert(sizeof(kGroups) / sizeof(kGroups[0]) == kCallGroupCount,
              "a group is missing");

constexpr Names kKernelCalls = {
    "bpf",
    "perf_event_open",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "syslog",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "vhangup",
    "nfsservctl",
    "lsm_set_self_attr",
    "modify_ldt",
};

// Flags of clone(2) and unshare(2) that make namespaces. In clone's flags, the
// bit of CLONE_NEWTIME belongs to the signal.
constexpr uint64_t kCloneNewTime = 0x80;
constexpr uint64_t kNamespaceFlags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

SyscallFilter NamespaceRules() {
  const char* reason = Name(CallGroup::kNamespaces);
  SyscallFilter filter;
  filter.refused = RefuseAll({"setns"}, EPERM, reason);
  // libc then takes clone.
  filter.refused.push_back(Refuse("clone3", {}, ENOSYS, reason));
  // CLONE_PARENT makes a child of the parent's: out of the tree that is waited
  // for and ended.
  filter.only = {
      Refuse("clone", {HasNone(0, kNamespaceFlags | CLONE_PARENT)}, EPERM,
             reason),
      Refuse("unshare", {HasNone(0, kNamespaceFlags | kCloneNewTime)}, EPERM,
             reason)};
  return filter;
}

SyscallFilter DebugRules() {
  const char* reason = Name(CallGroup::kDebug);
  SyscallFilter filter;
  filter.refused = RefuseAll({"ptrace", "process_vm_readv", "process_vm_writev",
                              "process_madvise", "process_mrelease", "kcmp",
                              "pidfd_getfd", "userfaultfd", "lookup_dcookie"},
                             EPERM, reason);
  // Others' limits, and how they are scheduled; 0 is the caller.
  for (const char* call : {"prlimit64", "sched_setaffinity", "sched_setattr",
                           "sched_setparam", "sched_setscheduler"}) {
    filter.only.push_back(Refuse(call, {IntIs(0, 0)}, EPERM, reason));
  }
  // The caller or its group: not all of a user's, PRIO_USER and
  // IOPRIO_WHO_USER.
  const auto add = [&](const char* call, uint32_t which) {
    filter.only.push_back(
        Refuse(call, {IntIs(0, which), IntIs(1, 0)}, EPERM, reason));
  };
  for (const uint32_t which : {PRIO_PROCESS, PRIO_PGRP}) {
    add("setpriority", which);
  }
  constexpr uint32_t kWhoProcess = 1, kWhoGroup = 2;  // ioprio_set(2)
  for (const uint32_t which : {kWhoProcess, kWhoGroup}) {
    add("ioprio_set", which);
  }
  return filter;
}

std::vector<SyscallRule> FileRules() {
  const char* reason = Name(CallGroup::kFiles);
  std::vector<SyscallRule> rules =
      RefuseAll({"open_by_handle_at", "fanotify_init", "fanotify_mark",
                 "quotactl", "quotactl_fd"},
                EPERM, reason);
  for (const uint64_t device : {S_IFCHR, S_IFBLK}) {
    rules.push_back(Refuse("mknod", {{1, device, S_IFMT}}, EPERM, reason));
    rules.push_back(Refuse("mknodat", {{2, device, S_IFMT}}, EPERM, reason));
  }
  return rules;
}

std::vector<SyscallRule> TerminalRules() {
  std::vector<SyscallRule> rules;
  constexpr uint32_t kTioclinux = 0x541c;  // ioctl_console(2): pastes
  for (const uint32_t request : {uint32_t{TIOCSTI}, kTioclinux,
                                 uint32_t{TIOCCONS}, uint32_t{TIOCSETD}}) {
    rules.push_back(Refuse("ioctl", {IntIs(1, request)}, EPERM,
                           Name(CallGroup::kTerminal)));
  }
  return rules;
}

// ------------------------------------------------------------------ sockets

constexpr int kTypeBits = 4;      // beside them SOCK_CLOEXEC and SOCK_NONBLOCK
constexpr uint32_t kTcpUlp = 31;  // TCP_ULP of linux/tcp.h
constexpr uint32_t kIcmp = 1, kIcmpv6 = 58, kMptcp = 262, kTcp = 6, kUdp = 17;

ArgumentTest IsType(uint32_t type) {
  return {1, type, (uint64_t{1} << kTypeBits) - 1};
}

// One kind of socket, any protocol if there are none.
struct Kind {
  uint32_t family;
  absl::optional<uint32_t> type;  // none: any
  std::vector<uint32_t> protocols;
};

void AddInternetKinds(uint32_t family, const SocketKinds& kinds,
                      std::vector<Kind>* all) {
  Kind streams{family, SOCK_STREAM, {}};
  if (kinds.tcp) streams.protocols = {0, kTcp};
  if (kinds.multipath) streams.protocols.push_back(kMptcp);
  Kind datagrams{family, SOCK_DGRAM, {}};
  if (kinds.udp) datagrams.protocols = {0, kUdp};
  if (kinds.ping) {
    datagrams.protocols.push_back(family == AF_INET ? kIcmp : kIcmpv6);
  }
  if (!streams.protocols.empty()) all->push_back(std::move(streams));
  if (!datagrams.protocols.empty()) all->push_back(std::move(datagrams));
  if (kinds.raw) all->push_back({family, SOCK_RAW, {}});
}

std::vector<Kind> KindsOf(const SocketKinds& kinds) {
  std::vector<Kind> all;
  AddInternetKinds(AF_INET, kinds, &all);
  AddInternetKinds(AF_INET6, kinds, &all);
  if (kinds.unix_domain) all.push_back({AF_UNIX, {}, {}});
  if (kinds.netlink) {
    all.push_back({AF_NETLINK, {}, {}});
  } else if (kinds.netlink_route) {
    all.push_back({AF_NETLINK, {}, {0}});
  }
  if (kinds.packet) all.push_back({AF_PACKET, {}, {}});
  if (kinds.vsock) all.push_back({AF_VSOCK, {}, {}});
  return all;
}

std::vector<ArgumentTest> TestsOf(const Kind& kind) {
  std::vector<ArgumentTest> tests = {IntIs(0, kind.family)};
  if (kind.type.has_value()) tests.push_back(IsType(*kind.type));
  return tests;
}

constexpr char kOtherKinds[] = "sockets of other kinds";

// The errno for what is not allowed: "Permission to create a socket of the
// specified type and/or protocol is denied" (socket(2)).
SyscallRule SocketRule(std::vector<ArgumentTest> tests) {
  return Refuse("socket", std::move(tests), EACCES, kOtherKinds);
}

void AllowKind(const Kind& kind, std::vector<SyscallRule>* only) {
  const std::vector<ArgumentTest> tests = TestsOf(kind);
  if (kind.protocols.empty()) only->push_back(SocketRule(tests));
  for (const uint32_t protocol : kind.protocols) {
    only->push_back(SocketRule(tests));
    only->back().when.push_back(IntIs(2, protocol));
  }
}

// Datagrams of a pair can be sent elsewhere, and SOCK_RAW is taken for them
// (unix_create() of net/unix/af_unix.c).
void AddPairRules(const SocketKinds& kinds, std::vector<SyscallRule>* only) {
  const auto allow = [only](std::vector<ArgumentTest> tests) {
    only->push_back(Refuse("socketpair", std::move(tests), EACCES,
                           "pairs of sockets that can be sent elsewhere"));
  };
  if (kinds.unix_domain) return allow({IntIs(0, AF_UNIX)});
  for (const uint32_t type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    allow({IntIs(0, AF_UNIX), IsType(type)});
  }
}

void AddFastOpenRules(std::vector<SyscallRule>* rules) {
  const std::pair<const char*, int> calls[] = {
      {"sendto", 3}, {"sendmsg", 2}, {"sendmmsg", 3}};
  for (const auto& call : calls) {
    rules->push_back(Refuse(call.first, {HasBits(call.second, MSG_FASTOPEN)},
                            EPERM, "sending that connects"));
  }
}

}  // namespace

const char* Name(CallGroup group) {
  switch (group) {
    case CallGroup::kIoUring:
      return "io_uring";
    case CallGroup::kMounts:
      return "mounts";
    case CallGroup::kNamespaces:
      return "namespaces";
    case CallGroup::kDebug:
      return "other processes";
    case CallGroup::kKeyrings:
      return "keyrings";
    case CallGroup::kKernel:
      return "the kernel";
    case CallGroup::kFiles:
      return "files past directories";
    case CallGroup::kTerminal:
      return "the terminal's input";
  }
  return "?";
}

SyscallFilter RefusedGroup(CallGroup group) {
  const auto whole = [group](Names names, int error) {
    return SyscallFilter{RefuseAll(names, error, Name(group)), {}};
  };
  switch (group) {
    case CallGroup::kIoUring:
      // As on a kernel without it, so that programs do without.
      return whole({"io_uring_setup", "io_uring_enter", "io_uring_register"},
                   ENOSYS);
    case CallGroup::kMounts:
      return whole({"mount", "umount2", "pivot_root", "chroot", "move_mount",
                    "open_tree", "open_tree_attr", "fsopen", "fsconfig",
                    "fsmount", "fspick", "mount_setattr"},
                   EPERM);
    case CallGroup::kNamespaces:
      return NamespaceRules();
    case CallGroup::kDebug:
      return DebugRules();
    case CallGroup::kKeyrings:
      return whole({"add_key", "request_key", "keyctl"}, EPERM);
    case CallGroup::kKernel:
      return whole(kKernelCalls, EPERM);
    case CallGroup::kFiles:
      return {FileRules(), {}};
    case CallGroup::kTerminal:
      return {TerminalRules(), {}};
  }
  return {};
}

SyscallFilter RefusedCalls(absl::Span<const CallGroup> except) {
  SyscallFilter filter;
  for (const CallGroup group : kGroups) {
    if (std::find(except.begin(), except.end(), group) == except.end()) {
      Append(RefusedGroup(group), &filter);
    }
  }
  return filter;
}

void AddSocketRules(const SocketKinds& kinds, SyscallFilter* filter) {
  const std::vector<Kind> all = KindsOf(kinds);
  for (const Kind& kind : all) AllowKind(kind, &filter->only);
  std::vector<SyscallRule>* const refused = &filter->refused;
  // Without a rule in `only`, all would pass.
  if (all.empty()) refused->push_back(SocketRule({}));
  AddPairRules(kinds, &filter->only);
  if (!kinds.fast_open) AddFastOpenRules(refused);
  // A TCP socket becomes one of another kind by it (net/smc/af_smc.c), which
  // Landlock takes for no TCP; libraries for TLS do without.
  if (!kinds.multipath) {
    refused->push_back(Refuse("setsockopt",
                              {IntIs(1, IPPROTO_TCP), IntIs(2, kTcpUlp)},
                              ENOPROTOOPT, kOtherKinds));
  }
  if (!kinds.listen) {
    refused->push_back(Refuse("listen", {}, EACCES, "listening"));
  }
}

namespace {

constexpr char kOtherUsers[] = "other users and groups";

// A call with as many ids; each may be the own one, or -1: unchanged.
void AddOnlyOwn(const std::string& name, int ids, uint32_t own,
                SyscallFilter* filter) {
  for (int choice = 0; choice < 1 << ids; ++choice) {
    SyscallRule rule{name, {}, {EPERM}, kOtherUsers};
    for (int i = 0; i < ids; ++i) {
      const bool unchanged = (choice >> i & 1) != 0;
      rule.when.push_back(IntIs(i, unchanged ? ~uint32_t{0} : own));
    }
    filter->only.push_back(std::move(rule));
  }
}

}  // namespace

void AddIdentityRules(OwnIds own, SyscallFilter* filter) {
  for (const auto& id :
       {std::make_pair("uid", own.uid), std::make_pair("gid", own.gid)}) {
    int ids = 1;
    for (const char* call : {"set", "setre", "setres"}) {
      AddOnlyOwn(absl::StrCat(call, id.first), ids++, id.second, filter);
    }
    // Tells the id when asked for -1.
    AddOnlyOwn(absl::StrCat("setfs", id.first), 1, id.second, filter);
  }
  filter->refused.push_back({"setgroups", {}, {EPERM}, kOtherUsers});
}

std::vector<SyscallRule> MetadataRules() {
  const char* reason = "metadata of files";
  std::vector<SyscallRule> rules =
      RefuseAll({"chmod",       "fchmod",       "fchmodat",     "fchmodat2",
                 "chown",       "lchown",       "fchown",       "fchownat",
                 "utime",       "utimes",       "futimesat",    "utimensat",
                 "setxattr",    "lsetxattr",    "fsetxattr",    "setxattrat",
                 "removexattr", "lremovexattr", "fremovexattr", "removexattrat",
                 "file_setattr"},
                EPERM, reason);
  constexpr uint32_t kSetFlags = 0x40086602;       // FS_IOC_SETFLAGS
  constexpr uint32_t kSetAttributes = 0x401c5820;  // FS_IOC_FSSETXATTR
  for (const uint32_t request : {kSetFlags, kSetAttributes}) {
    rules.push_back(Refuse("ioctl", {IntIs(1, request)}, EPERM, reason));
  }
  return rules;
}

std::vector<SyscallRule> SharedIpcRules() {
  return RefuseAll(
      {"shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semctl",
       "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"},
      EPERM, "memory and queues shared by key");
}

std::vector<SyscallRule> MemoryFileRules() {
  return RefuseAll({"memfd_create", "memfd_secret"}, EPERM, "files in memory");
}

}  // namespace process
}  // namespace postern
