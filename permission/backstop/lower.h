#ifndef POSTERN_PERMISSION_BACKSTOP_LOWER_H_
#define POSTERN_PERMISSION_BACKSTOP_LOWER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "permission/backstop/file_rules.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/report.h"
#include "permission/context.h"
#include "permission/policy.h"
#include "process/kernel_caps.h"
#include "process/landlock.h"
#include "process/launch_plan.h"
#include "process/namespaces.h"
#include "process/syscall_filter.h"

namespace postern {

// What the kernel is to hold of a policy, for whoever starts a program or
// confines itself: plain data that can be printed and kept. It is about the
// files that were there when it was made.
struct ConfinementPlan {
  // What it was made of, for a plan that narrows it (LowerOptions::within).
  FileRules files;
  // Each is one more restriction. Empty if there is no Landlock.
  std::vector<process::LandlockRules> landlock;
  // Nothing if the kernel has no filters.
  absl::optional<process::SyscallFilter> filter;
  process::NamespacePlan namespaces;
  // Devices that can be used; nullopt if no cgroup can hold them.
  absl::optional<std::vector<process::DeviceAccess>> devices;
  // Not probed: nothing here was tried (permission/backstop/probe.h).
  EnforcementReport report;
};

// Puts what `context` grants now into the terms of a kernel that has `caps`.
// Decides nothing itself: the context is asked, about each file as far as it
// must be, so that the plan never allows what the context denies, but for what
// the report says. Changes nothing; looks at the file system through
// LowerOptions::tree alone. An error if a limited policy cannot be built.
// Allocates; takes as long as it takes to list directories in which some files
// are granted and some are not.
absl::StatusOr<ConfinementPlan> Lower(
    std::shared_ptr<PermissionContext> context, const process::KernelCaps& caps,
    const LowerOptions& options = LowerOptions());
// The same for a root context of `policy`, without a session.
absl::StatusOr<ConfinementPlan> Lower(
    std::shared_ptr<const Policy> policy, const process::KernelCaps& caps,
    const LowerOptions& options = LowerOptions());

// The plan without the report, in the order of execution, for people.
std::string DescribeConfinement(const ConfinementPlan& plan);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_LOWER_H_
