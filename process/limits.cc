#include "process/limits.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace postern {
namespace process {
namespace {

// setrlimit(2) takes more for "unlimited".
constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();

absl::Status Bad(Limit limit, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("limit \"", LimitName(limit), "\": expected ", expected));
}

absl::Status CheckCount(Limit limit, const absl::optional<uint64_t>& count) {
  if (!count.has_value() || (*count > 0 && *count <= kMost)) {
    return absl::OkStatus();
  }
  return Bad(limit, absl::StrCat("1 to ", kMost, ", not ", *count));
}

absl::Status CheckTime(Limit limit, const absl::optional<absl::Duration>& time,
                       absl::Duration least) {
  if (!time.has_value() ||
      (*time >= least && *time <= absl::Hours(24 * 365 * 100))) {
    return absl::OkStatus();
  }
  return Bad(limit, absl::StrCat("at least ", absl::FormatDuration(least),
                                 " and less than 100 years, not ",
                                 absl::FormatDuration(*time)));
}

absl::Status CheckShare(const absl::optional<double>& share) {
  // A period of 100 ms has room for no less (cpu.max: a quota of 1 ms).
  if (!share.has_value() || (*share >= 0.01 && *share <= 10000)) {
    return absl::OkStatus();
  }
  return Bad(Limit::kCpuShare,
             absl::StrCat("0.01 to 10000 processors, not ", *share));
}

std::string BytesText(uint64_t bytes) {
  if (bytes % (1 << 20) == 0) return absl::StrCat(bytes >> 20, " MiB");
  if (bytes % (1 << 10) == 0) return absl::StrCat(bytes >> 10, " KiB");
  return absl::StrCat(bytes, " bytes");
}

// With less no program begins: its start alone takes some pages, and the kernel
// then waits for memory that never comes.
constexpr uint64_t kLeastMemory = 1 << 20;

absl::Status CheckMemory(const absl::optional<uint64_t>& bytes) {
  if (!bytes.has_value() || *bytes >= kLeastMemory) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected a memory limit of 1 MiB or more, not ", *bytes,
                   " bytes: no program could begin"));
}

}  // namespace

absl::string_view LimitName(Limit limit) {
  switch (limit) {
    case Limit::kMemory:
      return "memory";
    case Limit::kCpuShare:
      return "cpu-share";
    case Limit::kCpuTime:
      return "cpu-time";
    case Limit::kProcesses:
      return "processes";
    case Limit::kFileSize:
      return "file-size";
    case Limit::kOpenFiles:
      return "open-files";
    case Limit::kDiskUse:
      return "disk-use";
    case Limit::kWallTime:
      return "wall-time";
  }
  return "";
}

absl::string_view LimitLevelName(LimitLevel level) {
  switch (level) {
    case LimitLevel::kNone:
      return "none";
    case LimitLevel::kLauncher:
      return "launcher";
    case LimitLevel::kRlimit:
      return "rlimit";
    case LimitLevel::kCgroupV1:
      return "cgroup v1";
    case LimitLevel::kCgroupV2:
      return "cgroup v2";
  }
  return "";
}

bool IsSet(const Limits& limits, Limit limit) {
  switch (limit) {
    case Limit::kMemory:
      return limits.memory_bytes.has_value();
    case Limit::kCpuShare:
      return limits.cpu_share.has_value();
    case Limit::kCpuTime:
      return limits.cpu_time.has_value();
    case Limit::kProcesses:
      return limits.processes.has_value();
    case Limit::kFileSize:
      return limits.file_bytes.has_value();
    case Limit::kOpenFiles:
      return limits.open_files.has_value();
    case Limit::kDiskUse:
      return limits.disk_bytes.has_value();
    case Limit::kWallTime:
      return limits.wall_time.has_value();
  }
  return false;
}

std::string LimitText(const Limits& limits, Limit limit) {
  if (!IsSet(limits, limit))
    return absl::StrCat(LimitName(limit), " unlimited");
  return absl::StrCat(LimitName(limit), " ", LimitValueText(limits, limit));
}

std::string LimitAmountText(Limit limit, uint64_t amount) {
  const bool bytes = limit == Limit::kMemory || limit == Limit::kFileSize ||
                     limit == Limit::kDiskUse;
  return bytes ? BytesText(amount) : absl::StrCat(amount);
}

std::string LimitValueText(const Limits& limits, Limit limit) {
  switch (limit) {
    case Limit::kMemory:
      return LimitAmountText(limit, *limits.memory_bytes);
    case Limit::kCpuShare:
      return absl::StrCat(*limits.cpu_share, " processors");
    case Limit::kCpuTime:
      return absl::FormatDuration(*limits.cpu_time);
    case Limit::kProcesses:
      return LimitAmountText(limit, *limits.processes);
    case Limit::kFileSize:
      return LimitAmountText(limit, *limits.file_bytes);
    case Limit::kOpenFiles:
      return LimitAmountText(limit, *limits.open_files);
    case Limit::kDiskUse:
      return LimitAmountText(limit, *limits.disk_bytes);
    case Limit::kWallTime:
      return absl::FormatDuration(*limits.wall_time);
  }
  return "";
}

absl::Status CheckLimits(const Limits& limits) {
  const absl::Status checked[] = {
      CheckCount(Limit::kMemory, limits.memory_bytes),
      CheckMemory(limits.memory_bytes),
      CheckShare(limits.cpu_share),
      CheckTime(Limit::kCpuTime, limits.cpu_time, absl::Milliseconds(1)),
      CheckCount(Limit::kProcesses, limits.processes),
      CheckCount(Limit::kFileSize, limits.file_bytes),
      CheckCount(Limit::kOpenFiles, limits.open_files),
      CheckCount(Limit::kDiskUse, limits.disk_bytes),
      CheckTime(Limit::kWallTime, limits.wall_time, absl::Milliseconds(1)),
  };
  for (const absl::Status& status : checked) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace process
}  // namespace postern
