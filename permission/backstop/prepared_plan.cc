#include "permission/backstop/prepared_plan.h"

#include <errno.h>
#include <sys/prctl.h>

#include <utility>

#include "process/cgroup_places.h"
#include "process/device_program.h"

namespace postern {
namespace {

void NoteMissing(const process::LandlockRules& rules,
                 const process::LandlockRuleset& ruleset,
                 EnforcementReport* report) {
  if (report == nullptr) return;
  for (const process::LandlockRuleset::Missing& missing : ruleset.missing) {
    report->facts.push_back({"vanished since the plan was made",
                             rules.beneath[missing.rule].path, ""});
  }
}

}  // namespace

absl::StatusOr<PreparedPlan> Prepare(const ConfinementPlan& plan,
                                     EnforcementReport* report) {
  auto namespaces = process::PreparedNamespaces::Prepare(plan.namespaces);
  if (!namespaces.ok()) return namespaces.status();
  PreparedPlan prepared{{}, {}, *std::move(namespaces), {}, {}};
  for (const process::LandlockRules& rules : plan.landlock) {
    auto ruleset = process::MakeLandlockRuleset(rules);
    if (!ruleset.ok()) return ruleset.status();
    NoteMissing(rules, *ruleset, report);
    prepared.landlock.push_back(*std::move(ruleset));
  }
  if (plan.filter.has_value()) {
    auto filter = process::CompileFilter(*plan.filter);
    if (!filter.ok()) return filter.status();
    prepared.filter = *std::move(filter);
  }
  if (plan.devices.has_value()) {
    prepared.device_program = process::LoadDeviceProgram(*plan.devices);
    prepared.cgroup_mounts = process::ReadCgroupMounts();
  }
  return prepared;
}

int Restrict(const PreparedPlan& plan, bool all_threads) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  for (const process::LandlockRuleset& ruleset : plan.landlock) {
    const int error = process::RestrictSelf(
        ruleset.fd.get(), all_threads ? process::landlock::kThreadSync : 0);
    if (error != 0) return error;
  }
  return process::InstallFilter(plan.filter, all_threads);
}

}  // namespace postern
