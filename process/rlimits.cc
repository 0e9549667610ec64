#include "process/rlimits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace postern {
namespace process {
namespace {

class RlimitPlanner {
 public:
  RlimitPlanner(const LaunchPlan& plan, std::vector<LimitResult>* results)
      : plan_(plan), results_(results) {}

  std::vector<RlimitValue> Plan() {
    // A core is a file that nobody granted.
    Add(RLIMIT_CORE, 0, 0);
    PlanMemory();
    PlanCpu();
    PlanProcesses();
    PlanFiles();
    PlanWatched();
    return std::move(values_);
  }

 private:
  bool IsHeld(Limit limit) const {
    return std::any_of(
        results_->begin(), results_->end(),
        [limit](const LimitResult& result) { return result.limit == limit; });
  }
  bool IsOpen(Limit limit) const {
    return IsSet(plan_.limits, limit) && !IsHeld(limit);
  }
  void Add(int resource, uint64_t soft, uint64_t hard) {
    values_.push_back({resource, soft, hard});
  }
  void Tell(Limit limit, LimitLevel level, const char* note) {
    results_->push_back({limit, level, note});
  }

  void PlanMemory() {
    if (!IsOpen(Limit::kMemory)) return;
    Add(RLIMIT_AS, *plan_.limits.memory_bytes, *plan_.limits.memory_bytes);
    Tell(Limit::kMemory, LimitLevel::kRlimit, "of each process, no cgroup");
  }

  // The launcher measures all together. This is for when it is stopped.
  void PlanCpu() {
    if (IsSet(plan_.limits, Limit::kCpuTime)) {
      const auto seconds = static_cast<uint64_t>(absl::ToInt64Seconds(
          absl::Ceil(*plan_.limits.cpu_time, absl::Seconds(1))));
      // SIGXCPU at the soft limit, SIGKILL at the hard one.
      Add(RLIMIT_CPU, seconds, seconds + 1);
    }
    if (IsOpen(Limit::kCpuShare)) {
      Tell(Limit::kCpuShare, LimitLevel::kNone, "needs a cgroup");
    }
  }

  void PlanProcesses() {
    if (!IsOpen(Limit::kProcesses)) return;
    const uid_t uid =
        plan_.identity.has_value() ? plan_.identity->uid : geteuid();
    if (uid == 0) {
      Tell(Limit::kProcesses, LimitLevel::kNone,
           "needs a cgroup: RLIMIT_NPROC does not bind the superuser");
      return;
    }
    Add(RLIMIT_NPROC, *plan_.limits.processes, *plan_.limits.processes);
    Tell(Limit::kProcesses, LimitLevel::kRlimit,
         "of the user together, no cgroup");
  }

  void PlanFiles() {
    if (IsOpen(Limit::kFileSize)) {
      Add(RLIMIT_FSIZE, *plan_.limits.file_bytes, *plan_.limits.file_bytes);
      Tell(Limit::kFileSize, LimitLevel::kRlimit, "");
    }
    if (IsOpen(Limit::kOpenFiles)) {
      Add(RLIMIT_NOFILE, *plan_.limits.open_files, *plan_.limits.open_files);
      Tell(Limit::kOpenFiles, LimitLevel::kRlimit, "");
    }
  }

  void PlanWatched() {
    for (const Limit limit :
         {Limit::kCpuTime, Limit::kDiskUse, Limit::kWallTime}) {
      if (IsOpen(limit)) Tell(limit, LimitLevel::kLauncher, "");
    }
  }

  const LaunchPlan& plan_;
  std::vector<LimitResult>* const results_;
  std::vector<RlimitValue> values_;
};

}  // namespace

std::vector<RlimitValue> PlanRlimits(const LaunchPlan& plan,
                                     std::vector<LimitResult>* results) {
  return RlimitPlanner(plan, results).Plan();
}

}  // namespace process
}  // namespace postern
