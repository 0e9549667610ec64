#include "permission/backstop/lower.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "permission/backstop/call_rules.h"
#include "permission/backstop/file_rows.h"
#include "permission/backstop/net_rows.h"
#include "permission/backstop/net_rules.h"
#include "permission/backstop/other_rows.h"
#include "permission/backstop/policy_rights.h"

namespace postern {
namespace {

namespace landlock = process::landlock;

// What every program is used to: null, zero, full, random, urandom, the
// terminal and its like.
std::vector<process::DeviceAccess> CommonDevices() {
  constexpr uint32_t kMemory = 1, kTerminal = 5, kPseudoTerminal = 136;
  std::vector<process::DeviceAccess> devices;
  for (const uint32_t minor : {3, 5, 7, 8, 9}) {
    devices.push_back({'c', kMemory, minor, true, true, false});
  }
  devices.push_back({'c', kTerminal, 0u, true, true, false});
  devices.push_back({'c', kTerminal, 2u, true, true, false});
  devices.push_back({'c', kPseudoTerminal, absl::nullopt, true, true, false});
  return devices;
}

class Lowering {
 public:
  Lowering(const PolicyRights& rights, const process::KernelCaps& caps,
           const LowerOptions& options)
      : rights_(rights),
        caps_(caps),
        options_(options),
        kernel_tree_(MakeKernelFileTree()),
        remembered_(MakeRememberingTree(
            options.tree != nullptr ? *options.tree : *kernel_tree_)),
        tree_(*remembered_) {}

  ConfinementPlan Lower() {
    files_ = FindFileRules(rights_, tree_, options_, CanMask());
    net_ = FindNetRules(rights_, caps_, options_);
    calls_ = FindCallRules(rights_, RefusesMetadata());
    MakeLandlock();
    MakeCallFilter();
    MakeNamespaces();
    MakeDevices();
    Report();
    plan_.files = std::move(files_);
    return std::move(plan_);
  }

 private:
  // Without a filter a mask could be taken away again.
  bool CanMask() const {
    return caps_.mount_namespace && caps_.seccomp && !options_.own_process;
  }

  void MakeCallFilter() {
    if (!caps_.seccomp) return;
    plan_.filter = MakeFilter(calls_, net_);
    if (options_.ids.has_value()) {
      process::AddIdentityRules({options_.ids->uid, options_.ids->gid},
                                &*plan_.filter);
    }
  }

  bool RefusesMetadata() const {
    return caps_.seccomp &&
           (options_.refuse_metadata_changes ||
            (files_.write.subtrees.empty() && files_.write.spines.empty()));
  }

  void MakeLandlock() {
    const int abi = caps_.landlock_abi;
    if (abi == 0) return;
    process::LandlockRules rules = ToLandlock(files_, options_, abi);
    AddNetToLandlock(net_, abi, &rules);
    if (abi >= 6 && !calls_.signals) rules.scoped |= landlock::kScopeSignal;
    plan_.landlock.push_back(std::move(rules));
  }

  void MakeNamespaces() {
    process::NamespacePlan& namespaces = plan_.namespaces;
    namespaces.network = net_.network_namespace;
    namespaces.masks = files_.masks;
    namespaces.mount = !files_.masks.empty();
    namespaces.user =
        options_.user_namespace && (namespaces.network || namespaces.mount);
  }

  void MakeDevices() {
    const bool holds =
        caps_.cgroup_v1_devices || (caps_.cgroup_v2 && caps_.bpf_programs);
    if (!holds || options_.own_process) return;
    plan_.devices = CommonDevices();
    for (const std::string& path : files_.devices) {
      const absl::optional<FileTree::Device> device = tree_.DeviceAt(path);
      if (!device.has_value()) continue;
      plan_.devices->push_back(
          {device->kind, device->major, device->minor, true, true, false});
    }
  }

  // A granted directory in which a device could lie; "" = there is none.
  std::string DeviceLeak() const {
    for (const FileRegions* regions : {&files_.read, &files_.write}) {
      if (!regions->subtrees.empty()) return regions->subtrees.front();
    }
    return "";
  }

  static std::string ProcfsIn(const FileRegions& regions) {
    for (const std::string& path : regions.subtrees) {
      if (path == "/" || path == "/proc" || absl::StartsWith(path, "/proc/")) {
        return path;
      }
    }
    return "";
  }

  void Report() {
    EnforcementReport& report = plan_.report;
    report.kernel = caps_.kernel_release;
    AddFacts(&report);
    AddFileRows(rights_, files_, tree_, options_,
                {caps_.landlock_abi, calls_.refuses_metadata,
                 caps_.seccomp && !calls_.watching},
                &report.rows);
    AddNetRows(rights_, net_, caps_.seccomp, &report.rows);
    OtherRowTerms terms;
    terms.calls = calls_;
    terms.landlock_abi = caps_.landlock_abi;
    terms.filters = caps_.seccomp;
    terms.own_process = options_.own_process;
    terms.programs = &files_.programs;
    terms.may_steer = &options_.may_steer;
    terms.device_list = plan_.devices.has_value();
    terms.device_leak = DeviceLeak();
    terms.procfs_read = ProcfsIn(files_.read);
    terms.procfs_written = ProcfsIn(files_.write);
    AddOtherRows(rights_, terms, &report.rows);
  }

  bool WasTried(const process::KernelFact& fact) const {
    return caps_.namespaces_tried || fact.entered == nullptr;
  }

  void AddFacts(EnforcementReport* report) const {
    const bool newest = caps_.landlock_abi >= 6;
    report->facts.push_back({"landlock",
                             caps_.landlock_abi == 0
                                 ? "none"
                                 : absl::StrCat("ABI ", caps_.landlock_abi),
                             newest ? "" : process::LandlockRemedy()});
    for (const process::KernelFact& fact : process::KernelFacts()) {
      const bool has = caps_.*fact.has;
      report->facts.push_back({fact.name,
                               !has             ? "no"
                               : WasTried(fact) ? "yes"
                                                : "yes, not tried",
                               has ? "" : fact.remedy});
    }
  }

  const PolicyRights& rights_;
  const process::KernelCaps& caps_;
  const LowerOptions& options_;
  const std::unique_ptr<FileTree> kernel_tree_;
  const std::unique_ptr<FileTree> remembered_;
  const FileTree& tree_;
  FileRules files_;
  NetRules net_;
  CallRules calls_;
  ConfinementPlan plan_;
};

std::string DescribeDevices(const std::vector<process::DeviceAccess>& devices) {
  const auto number = [](absl::optional<uint32_t> n) {
    return n.has_value() ? absl::StrCat(*n) : "*";
  };
  std::string text = "devices:\n";
  for (const process::DeviceAccess& device : devices) {
    absl::StrAppend(&text, "  ", std::string(1, device.kind), " ",
                    number(device.major), ":", number(device.minor), " ",
                    device.read ? "r" : "", device.write ? "w" : "",
                    device.create ? "m" : "", "\n");
  }
  return text;
}

}  // namespace

absl::StatusOr<ConfinementPlan> Lower(
    std::shared_ptr<PermissionContext> context, const process::KernelCaps& caps,
    const LowerOptions& options) {
  absl::StatusOr<PolicyRights> rights =
      PolicyRights::Make(std::move(context), options.asks_and_limits);
  if (!rights.ok()) return rights.status();
  return Lowering(*rights, caps, options).Lower();
}

absl::StatusOr<ConfinementPlan> Lower(std::shared_ptr<const Policy> policy,
                                      const process::KernelCaps& caps,
                                      const LowerOptions& options) {
  absl::StatusOr<RootContext> root =
      PermissionContext::Create(std::move(policy), {});
  if (!root.ok()) return root.status();
  return Lower(std::move(root->context), caps, options);
}

std::string DescribeConfinement(const ConfinementPlan& plan) {
  std::string text;
  if (plan.devices.has_value()) text += DescribeDevices(*plan.devices);
  const std::string namespaces = process::DescribeNamespaces(plan.namespaces);
  if (!namespaces.empty()) absl::StrAppend(&text, "namespaces:\n", namespaces);
  for (const process::LandlockRules& rules : plan.landlock) {
    absl::StrAppend(&text, "landlock:\n", process::DescribeLandlock(rules));
  }
  if (plan.filter.has_value()) {
    absl::StrAppend(&text, "system calls:\n",
                    process::DescribeFilter(*plan.filter));
  }
  return text;
}

}  // namespace postern
