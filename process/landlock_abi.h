#ifndef POSTERN_PROCESS_LANDLOCK_ABI_H_
#define POSTERN_PROCESS_LANDLOCK_ABI_H_

#include <cstdint>

namespace postern {
namespace process {

// Rights of Landlock (landlock(7), include/uapi/linux/landlock.h), by the
// version (ABI) that brought them. Debian's headers end with ABI 2.
namespace landlock {

// ABI 1, Linux 5.13.
constexpr uint64_t kExecute = 1 << 0;
constexpr uint64_t kWriteFile = 1 << 1;
constexpr uint64_t kReadFile = 1 << 2;
constexpr uint64_t kReadDir = 1 << 3;
constexpr uint64_t kRemoveDir = 1 << 4;
constexpr uint64_t kRemoveFile = 1 << 5;
constexpr uint64_t kMakeChar = 1 << 6;
constexpr uint64_t kMakeDir = 1 << 7;
constexpr uint64_t kMakeReg = 1 << 8;
constexpr uint64_t kMakeSock = 1 << 9;
constexpr uint64_t kMakeFifo = 1 << 10;
constexpr uint64_t kMakeBlock = 1 << 11;
constexpr uint64_t kMakeSym = 1 << 12;
// ABI 2, Linux 5.19: links and renames between directories. Without it, each
// ruleset refuses them all.
constexpr uint64_t kRefer = 1 << 13;
// ABI 3, Linux 6.2.
constexpr uint64_t kTruncate = 1 << 14;
// ABI 5, Linux 6.10: ioctl(2) of devices.
constexpr uint64_t kIoctlDev = 1 << 15;
// ABI 9, Linux 7.1: connecting or sending to a unix socket by its path, made
// by somebody outside.
constexpr uint64_t kResolveUnix = 1 << 16;

// ABI 4, Linux 6.7: ports of TCP.
constexpr uint64_t kBindTcp = 1 << 0;
constexpr uint64_t kConnectTcp = 1 << 1;
// ABI 10, Linux 7.2: ports of UDP.
constexpr uint64_t kBindUdp = 1 << 2;
constexpr uint64_t kConnectSendUdp = 1 << 3;

// ABI 6, Linux 6.12: what is outside cannot be reached at all.
constexpr uint64_t kScopeAbstractUnix = 1 << 0;
constexpr uint64_t kScopeSignal = 1 << 1;

// ABI 7, Linux 6.15: flags for what the audit log hears.
constexpr uint32_t kLogSameExecOff = 1 << 0;
constexpr uint32_t kLogNewExecOn = 1 << 1;
constexpr uint32_t kLogSubdomainsOff = 1 << 2;
// ABI 8, Linux 7.0: a flag, all threads of the process are restricted.
constexpr uint32_t kThreadSync = 1 << 3;

// The newest one that this file knows.
constexpr int kNewestAbi = 10;
// A process can have as many rulesets, one above the other.
constexpr int kMaxLayers = 16;

// All rights of a version.
constexpr uint64_t FileRights(int abi) {
  return abi >= 9   ? 0x1ffff
         : abi >= 5 ? 0xffff
         : abi >= 3 ? 0x7fff
         : abi == 2 ? 0x3fff
         : abi == 1 ? 0x1fff
                    : 0;
}
constexpr uint64_t PortRights(int abi) {
  return abi >= 10 ? 0xf : abi >= 4 ? 0x3 : 0;
}
constexpr uint64_t Scopes(int abi) { return abi >= 6 ? 0x3 : 0; }

// The rights that a file other than a directory can have.
constexpr uint64_t kRightsOfFiles =
    kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDev | kResolveUnix;

}  // namespace landlock
}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_LANDLOCK_ABI_H_
