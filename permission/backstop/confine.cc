#include "permission/backstop/confine.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "permission/backstop/file_rules.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/prepared_plan.h"
#include "permission/backstop/probe.h"
#include "process/landlock.h"
#include "process/memory_sharer.h"
#include "process/syscall_filter.h"

namespace postern {
namespace {

constexpr int kThreadSyncAbi = 8;

// By the links of a directory of procfs, whose status nobody is denied; -1 if
// that is not known.
int CountThreads() {
  struct statfs fs = {};
  struct stat st = {};
  if (statfs("/proc/self/task", &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC ||
      stat("/proc/self/task", &st) != 0 || st.st_nlink < 3) {
    return -1;
  }
  return static_cast<int>(st.st_nlink) - 2;
}

absl::Status CheckThreads(const ConfinementPlan& plan,
                          const process::KernelCaps& caps, bool* all_threads) {
  const pid_t sharer = process::FindMemorySharer();
  if (sharer >= 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "process ", sharer,
        " shares the memory of this one and would stay unconfined: confine the "
        "process before it starts programs that do (shares_memory), or after "
        "they ended"));
  }
  const int threads = CountThreads();
  *all_threads = threads != 1;
  if (threads == 1 || plan.landlock.empty() ||
      caps.landlock_abi >= kThreadSyncAbi) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      threads < 0 ? "how many threads run is not known (procfs cannot be read)"
                  : absl::StrCat(threads, " threads run"),
      ", and this kernel confines only the one that asks (Landlock ABI ",
      caps.landlock_abi, "; all of them from ABI ", kThreadSyncAbi,
      "): confine the process before it starts threads"));
}

// Without a probe nothing is certain.
void LowerUnprobed(EnforcementReport* report) {
  for (EnforcementRow& row : report->rows) {
    if (row.level != EnforcementLevel::kFull || row.by.empty()) continue;
    row.level = EnforcementLevel::kPartial;
    row.reason = EnforcementReason::kNotProbed;
  }
}

// Nothing of the kernel holds anything.
bool IsEmpty(const ConfinementPlan& plan) {
  return plan.landlock.empty() && !plan.filter.has_value();
}

absl::Status RestrictError(int error) {
  if (error == E2BIG) {
    return absl::ResourceExhaustedError(
        "the kernel has no room for another layer of Landlock (16)");
  }
  return absl::InternalError(absl::StrCat(
      "the process could not be confined, or only in part: ", strerror(error)));
}

std::string TextOf(const std::vector<process::LandlockRules>& rulesets) {
  std::string text;
  for (const process::LandlockRules& rules : rulesets) {
    text += process::DescribeLandlock(rules);
  }
  return text;
}

bool IsAbout(const EnforcementRow& a, const EnforcementRow& b) {
  return a.permission == b.permission && a.operation == b.operation &&
         a.rule == b.rule && a.layer == b.layer && a.requested == b.requested;
}

// What was seen to be refused is refused under one layer more, too.
void KeepProbed(const EnforcementReport& before, EnforcementReport* now) {
  now->probed = before.probed;
  for (EnforcementRow& row : now->rows) {
    const auto same = std::find_if(
        before.rows.begin(), before.rows.end(),
        [&](const EnforcementRow& other) { return IsAbout(row, other); });
    const bool known =
        same != before.rows.end() && same->level == EnforcementLevel::kFull;
    if (row.level != EnforcementLevel::kFull || known || row.by.empty()) {
      continue;
    }
    row.level = EnforcementLevel::kPartial;
    row.reason = EnforcementReason::kNotProbed;
  }
}

}  // namespace

// What has been put in force so far.
class Confinement::InForce {
 public:
  InForce(std::shared_ptr<PermissionContext> context, ConfineOptions options,
          const process::KernelCaps& caps)
      : context_(std::move(context)),
        options_(std::move(options)),
        caps_(caps) {
    options_.lower.own_process = true;
    options_.lower.ids = ProgramIds{geteuid(), getegid()};
  }

  absl::Status AddFirst();
  absl::Status AddMore();
  PermissionContext* context() { return context_.get(); }
  const EnforcementReport& report() const { return report_; }
  int layers() const { return layers_; }

 private:
  absl::Status Restrict(ConfinementPlan plan, const PreparedPlan& prepared,
                        bool all_threads);

  const std::shared_ptr<PermissionContext> context_;
  ConfineOptions options_;
  const process::KernelCaps caps_;
  EnforcementReport report_;
  FileRules files_;
  std::string landlock_, filter_;  // the latest of each
  int layers_ = 0;
};

absl::Status Confinement::InForce::AddFirst() {
  auto plan = Lower(context_, caps_, options_.lower);
  if (!plan.ok()) return plan.status();
  bool all_threads = false;
  absl::Status status = CheckThreads(*plan, caps_, &all_threads);
  if (!status.ok()) return status;
  auto prepared = Prepare(*plan, &plan->report);
  if (!prepared.ok()) return prepared.status();
  if (!options_.probe) {
    LowerUnprobed(&plan->report);
  } else if (!IsEmpty(*plan)) {
    status = Probe(*prepared, &*plan);
    if (!status.ok()) return status;
  }
  status = Require(options_.require, plan->report, options_.scope);
  if (!status.ok()) return status;
  return Restrict(*std::move(plan), *prepared, all_threads);
}

absl::Status Confinement::InForce::AddMore() {
  LowerOptions options = options_.lower;
  options.within = &files_;
  auto plan = Lower(context_, caps_, options);
  if (!plan.ok()) return plan.status();
  if (TextOf(plan->landlock) == landlock_) plan->landlock.clear();
  if (plan->filter.has_value() &&
      process::DescribeFilter(*plan->filter) == filter_) {
    plan->filter.reset();
  }
  KeepProbed(report_, &plan->report);
  if (IsEmpty(*plan)) {
    report_ = std::move(plan->report);
    return absl::OkStatus();
  }
  bool all_threads = false;
  const absl::Status status = CheckThreads(*plan, caps_, &all_threads);
  if (!status.ok()) return status;
  auto prepared = Prepare(*plan, &plan->report);
  if (!prepared.ok()) return prepared.status();
  return Restrict(*std::move(plan), *prepared, all_threads);
}

absl::Status Confinement::InForce::Restrict(ConfinementPlan plan,
                                            const PreparedPlan& prepared,
                                            bool all_threads) {
  const int error = postern::Restrict(prepared, all_threads);
  if (error != 0) return RestrictError(error);
  layers_ += static_cast<int>(plan.landlock.size());
  if (!plan.landlock.empty()) landlock_ = TextOf(plan.landlock);
  if (plan.filter.has_value()) {
    filter_ = process::DescribeFilter(*plan.filter);
  }
  files_ = std::move(plan.files);
  report_ = std::move(plan.report);
  return absl::OkStatus();
}

Confinement::Confinement(std::unique_ptr<InForce> in_force)
    : in_force_(std::move(in_force)) {}
Confinement::Confinement(Confinement&&) noexcept = default;
Confinement& Confinement::operator=(Confinement&&) noexcept = default;
Confinement::~Confinement() = default;

const EnforcementReport& Confinement::report() const {
  return in_force_->report();
}

int Confinement::layers() const { return in_force_->layers(); }

absl::Status Confinement::Drop(PermissionSet permissions,
                               const RulePattern& pattern) {
  const absl::Status dropped = in_force_->context()->Drop(permissions, pattern);
  const absl::Status added = in_force_->AddMore();
  return added.ok() ? dropped : added;
}

absl::StatusOr<Confinement> Confine(std::shared_ptr<PermissionContext> context,
                                    const ConfineOptions& options) {
  process::KernelCaps caps = process::DetectKernelCaps();
  if (options.pretend.has_value()) {
    caps = process::PretendOlder(caps, *options.pretend);
  }
  auto in_force = absl::make_unique<Confinement::InForce>(std::move(context),
                                                          options, caps);
  const absl::Status status = in_force->AddFirst();
  if (!status.ok()) return status;
  return Confinement(std::move(in_force));
}

}  // namespace postern
