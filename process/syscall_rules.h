#ifndef POSTERN_PROCESS_SYSCALL_RULES_H_
#define POSTERN_PROCESS_SYSCALL_RULES_H_

#include <sys/types.h>

#include <vector>

#include "absl/types/span.h"
#include "process/syscall_filter.h"

namespace postern {
namespace process {

// Rules for SyscallFilter, by what they keep out. Each function says when they
// are wanted; none knows a policy.

// Calls that belong together, which no confined program gets.
enum class CallGroup {
  kIoUring,     // does other calls past the filter
  kMounts,      // would uncover what is masked
  kNamespaces,  // bring capabilities; clone3 too, whose flags cannot be seen
  kDebug,       // ptrace and all else that reaches into other processes
  kKeyrings,
  kKernel,    // modules, kexec, reboot, clocks, swap, host name, bpf, perf
  kFiles,     // by handle, past directories; watching whole file systems; nodes
  kTerminal,  // types into the terminal
};
constexpr int kCallGroupCount = 8;

// What a group keeps out, as "mounts".
const char* Name(CallGroup group);

// Without arguments for `except`: all groups.
SyscallFilter RefusedCalls(absl::Span<const CallGroup> except = {});
SyscallFilter RefusedGroup(CallGroup group);

// Kinds of sockets that may be made. Nothing set means none.
struct SocketKinds {
  bool tcp = false;   // stream sockets of IPv4 and IPv6
  bool udp = false;   // datagram sockets of IPv4 and IPv6
  bool ping = false;  // ICMP datagrams
  bool unix_domain = false;
  bool netlink_route = false;  // what getifaddrs(3) reads
  bool netlink = false;        // all of netlink
  bool raw = false;            // of IPv4 and IPv6
  bool packet = false;
  bool vsock = false;
  // MPTCP, and TCP that becomes SMC: Landlock's ports hold neither.
  bool multipath = false;
  bool fast_open = false;  // sendto(2) that connects, past Landlock's ports
  bool listen = false;     // of any kind
};
// Adds to both lists: no other kinds, and what of fast_open and listen is not
// set neither. Pairs (socketpair(2)) of unix sockets may be made, but not of
// datagrams unless unix_domain is set: those can be sent elsewhere. Refused
// kinds are EACCES.
void AddSocketRules(const SocketKinds& kinds, SyscallFilter* filter);

// Users and groups that a process may become: its own, over and over. Wanted
// where it starts with CAP_SETUID, as under a launcher of root.
struct OwnIds {
  uid_t uid = 0;
  gid_t gid = 0;
};
// Adds to both lists. Others are EPERM.
void AddIdentityRules(OwnIds own, SyscallFilter* filter);

// Metadata that Landlock does not hold: owners, modes, times, attributes,
// flags. Wanted where nothing may be changed that is not the program's own.
std::vector<SyscallRule> MetadataRules();

// IPC by keys and names (System V, message queues): reaches all processes of
// the same user that are in the same IPC namespace.
std::vector<SyscallRule> SharedIpcRules();

// Files in memory, which can be executed under no name that a rule has.
std::vector<SyscallRule> MemoryFileRules();

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_SYSCALL_RULES_H_
