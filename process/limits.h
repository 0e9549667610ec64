#ifndef POSTERN_PROCESS_LIMITS_H_
#define POSTERN_PROCESS_LIMITS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace postern {
namespace process {

enum class Limit {
  kMemory,
  kCpuShare,
  kCpuTime,
  kProcesses,
  kFileSize,
  kOpenFiles,
  kDiskUse,
  kWallTime,
};
constexpr int kLimitCount = 8;

// What a program and all that it starts may use up together, unless a line says
// otherwise. What is not set is not limited. Zero is an error, not "none" and
// not "unlimited".
struct Limits {
  // Of memory, page cache included. Without a cgroup: of address space, for
  // each process (RLIMIT_AS).
  absl::optional<uint64_t> memory_bytes;
  // Of processors at a time: 0.5 is half of one. Needs a cgroup.
  absl::optional<double> cpu_share;
  // User and system. Measured as disk_bytes is; and for each process by
  // RLIMIT_CPU, rounded up to seconds.
  absl::optional<absl::Duration> cpu_time;
  // Processes and threads at a time. Without a cgroup: all of the user's count,
  // and the superuser is not bound (RLIMIT_NPROC).
  absl::optional<uint64_t> processes;
  // Of each file that is written (RLIMIT_FSIZE).
  absl::optional<uint64_t> file_bytes;
  // Of each process (RLIMIT_NOFILE).
  absl::optional<uint64_t> open_files;
  // Written to storage; what is deleted again still counts. The launcher
  // measures every 25 ms: a fast writer gets that much further.
  absl::optional<uint64_t> disk_bytes;
  absl::optional<absl::Duration> wall_time;
};

// Who holds a limit.
enum class LimitLevel {
  kNone,      // nobody: not asked for, or not available
  kLauncher,  // the launcher measures, and kills
  kRlimit,    // setrlimit(2), for each process
  kCgroupV1,
  kCgroupV2,
};

// What became of one limit that was asked for.
struct LimitResult {
  Limit limit = Limit::kMemory;
  LimitLevel level = LimitLevel::kNone;
  std::string note;  // why it is weaker than asked for; "" if it is not
};

// How much of a limit was seen to be used.
struct SeenLimit {
  uint64_t most = 0;
  uint64_t held_to = 0;  // 0: no such limit
};

absl::string_view LimitName(Limit limit);  // "memory", "cpu-share", ...
absl::string_view LimitLevelName(LimitLevel level);

bool IsSet(const Limits& limits, Limit limit);
// An amount of memory, processes, file size, open files or disk use, as people
// read it: "64 MiB", "20".
std::string LimitAmountText(Limit limit, uint64_t amount);
// As people read it: "memory 64 MiB", "wall-time 5s".
std::string LimitText(const Limits& limits, Limit limit);
// The value alone, of one that is set: "64 MiB".
std::string LimitValueText(const Limits& limits, Limit limit);

// InvalidArgument for a limit of nothing, or one that the kernel cannot hold.
absl::Status CheckLimits(const Limits& limits);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_LIMITS_H_
