#ifndef POSTERN_PROCESS_CAPABILITIES_H_
#define POSTERN_PROCESS_CAPABILITIES_H_

#include <cstdint>

namespace postern {
namespace process {

// Sets of capabilities (capabilities(7)), a bit each by its number.

// Those about owners, permission bits and ports, above which rulesets of
// Landlock stand. All others reach what no rule is about: other processes,
// interfaces, limits, ids, the kernel.
constexpr uint64_t kHeldCapabilities =
    uint64_t{1} << 0 |  // CAP_CHOWN
    uint64_t{1} << 1 |  // CAP_DAC_OVERRIDE
    uint64_t{1} << 2 |  // CAP_DAC_READ_SEARCH
    uint64_t{1} << 3 |  // CAP_FOWNER
    uint64_t{1} << 4 |  // CAP_FSETID
    uint64_t{1} << 10;  // CAP_NET_BIND_SERVICE
constexpr uint64_t kAllCapabilities = ~uint64_t{0};

// Whether this thread has CAP_SYS_ADMIN in force; without it new namespaces are
// made only within one of users (user_namespaces(7)).
bool IsSystemAdministrator();

// Gives up all capabilities but `kept` for ever, for this process of one thread
// and what it executes as root. Nothing for who has none. Returns the errno;
// EPERM if a root without CAP_SETPCAP would get them back. Async-signal-safe.
int KeepCapabilities(uint64_t kept);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CAPABILITIES_H_
