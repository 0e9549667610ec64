#include "process/launch_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "process/start_steps.h"

namespace postern {
namespace process {
namespace {

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

bool HasNul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

absl::Status CheckTexts(const LaunchPlan& plan) {
  if (plan.argv.empty()) {
    return Invalid("expected arguments: the program's name is the first");
  }
  for (size_t i = 0; i < plan.argv.size(); ++i) {
    if (HasNul(plan.argv[i])) {
      return Invalid(absl::StrCat("argument ", i, " holds a NUL byte"));
    }
  }
  for (const std::string& variable : plan.environment) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0 || HasNul(variable)) {
      return Invalid(
          "expected environment variables as NAME=value without a NUL byte");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDescriptors(const LaunchPlan& plan) {
  std::set<int> numbers;
  if (plan.program < 0) return Invalid("expected the program's descriptor");
  if (plan.script_descriptor >= 0) numbers.insert(plan.script_descriptor);
  for (const DescriptorMapping& mapping : plan.descriptors) {
    if (mapping.from < 0 || mapping.to < 0) {
      return Invalid("expected descriptors of 0 or more");
    }
    if (!numbers.insert(mapping.to).second) {
      return Invalid(
          absl::StrCat("descriptor ", mapping.to, " is given twice"));
    }
  }
  for (const int ruleset : plan.landlock_rulesets) {
    if (ruleset < 0) return Invalid("expected the descriptor of a ruleset");
  }
  return absl::OkStatus();
}

absl::Status CheckSteps(const LaunchPlan& plan) {
  for (const std::vector<sock_filter>& filter : plan.syscall_filters) {
    if (!filter.empty() && filter.size() <= BPF_MAXINSNS) continue;
    return Invalid(absl::StrCat("a filter has ", filter.size(),
                                " instructions, the kernel takes 1 to ",
                                BPF_MAXINSNS));
  }
  for (const DeviceAccess& device :
       plan.devices.value_or(std::vector<DeviceAccess>())) {
    if (device.kind != 'c' && device.kind != 'b') {
      return Invalid("expected a device of kind 'c' or 'b'");
    }
    if (!device.read && !device.write && !device.create) {
      return Invalid("expected a device to read, write or create");
    }
  }
  return absl::OkStatus();
}

// ---- The plan as text. ----

std::string NamespacesText(const NamespacePlan& plan) {
  const std::pair<bool, const char*> kinds[] = {
      {plan.user, "user"}, {plan.mount, "mount"}, {plan.network, "net"},
      {plan.pid, "pid"},   {plan.ipc, "ipc"},     {plan.uts, "uts"}};
  std::vector<std::string> parts;
  for (const auto& kind : kinds) {
    if (kind.first) parts.push_back(kind.second);
  }
  if (!plan.masks.empty()) {
    parts.push_back(absl::StrCat("with ", plan.masks.size(), " masks"));
  }
  return absl::StrJoin(parts, " ");
}

std::string FiltersText(const std::vector<std::vector<sock_filter>>& filters) {
  size_t instructions = 0;
  for (const auto& filter : filters) instructions += filter.size();
  return filters.empty() ? "" : absl::StrCat(instructions, " instructions");
}

std::string DeviceText(const DeviceAccess& device) {
  const auto number = [](const absl::optional<uint32_t>& n) {
    return n.has_value() ? absl::StrCat(*n) : std::string("*");
  };
  return absl::StrCat(std::string(1, device.kind), " ", number(device.major),
                      ":", number(device.minor), " ", device.read ? "r" : "",
                      device.write ? "w" : "", device.create ? "m" : "");
}

std::string DevicesText(const std::vector<DeviceAccess>& devices) {
  if (devices.empty()) return "none";
  std::vector<std::string> texts;
  for (const DeviceAccess& device : devices) {
    texts.push_back(DeviceText(device));
  }
  return absl::StrJoin(texts, ", ");
}

std::string DescriptorsText(const LaunchPlan& plan) {
  std::vector<int> numbers;
  for (const DescriptorMapping& mapping : plan.descriptors) {
    numbers.push_back(mapping.to);
  }
  if (plan.script_descriptor >= 0) numbers.push_back(plan.script_descriptor);
  std::sort(numbers.begin(), numbers.end());
  return absl::StrCat(absl::StrJoin(numbers, " "), numbers.empty() ? "" : "; ",
                      "no others (0 to 2 else /dev/null)");
}

std::string LimitsText(const Limits& limits) {
  std::vector<std::string> texts;
  for (int i = 0; i < kLimitCount; ++i) {
    const Limit limit = static_cast<Limit>(i);
    if (IsSet(limits, limit)) texts.push_back(LimitText(limits, limit));
  }
  return absl::StrJoin(texts, ", ");
}

std::string EnvironmentText(const LaunchPlan& plan) {
  std::vector<std::string> names;
  for (const std::string& variable : plan.environment) {
    names.push_back(absl::CHexEscape(variable.substr(0, variable.find('='))));
  }
  return absl::StrJoin(names, " ");
}

std::string StartText(const LaunchPlan& plan) {
  std::string text = absl::CHexEscape(plan.program_name);
  for (const std::string& argument : plan.argv) {
    absl::StrAppend(&text, " \"", absl::CHexEscape(argument), "\"");
  }
  return absl::StrCat(text, " with variables: ", EnvironmentText(plan));
}

std::string IdentityText(const Identity& identity) {
  return absl::StrCat(
      "uid ", identity.uid, " gid ", identity.gid, " groups ",
      identity.groups.empty() ? "none" : absl::StrJoin(identity.groups, " "));
}

// What `plan` says of a step; "" if it is not asked for.
std::string StepText(const LaunchPlan& plan, Step step) {
  switch (step) {
    case Step::kSession:
      return plan.session == Session::kOwn ? "own"
                                           : "the caller's, and terminal";
    case Step::kCgroup:
      if (!NeedsCgroup(plan)) return "";
      return plan.cgroup_parent.empty()
                 ? "beneath the caller's"
                 : absl::StrCat("beneath ",
                                absl::CHexEscape(plan.cgroup_parent));
    case Step::kDevices:
      return plan.devices.has_value() ? DevicesText(*plan.devices) : "";
    case Step::kDirectory:
      return plan.directory < 0
                 ? "/"
                 : absl::StrCat("of descriptor ", plan.directory);
    case Step::kNamespaces:
      return NamespacesText(plan.namespaces);
    case Step::kDescriptors:
      return DescriptorsText(plan);
    case Step::kLimits:
      return LimitsText(plan.limits);
    case Step::kNice:
      return plan.nice.has_value() ? absl::StrCat(*plan.nice) : "";
    case Step::kIdentity:
      return plan.identity.has_value() ? IdentityText(*plan.identity) : "";
    case Step::kCapabilities:
      return plan.capabilities == kAllCapabilities ? ""
             : plan.capabilities == kHeldCapabilities
                 ? "of files and ports only"
                 : absl::StrCat("0x", absl::Hex(plan.capabilities), " only");
    case Step::kNoNewPrivs:
      return plan.no_new_privs ? "set" : "";
    case Step::kLandlock:
      return plan.landlock_rulesets.empty()
                 ? ""
                 : absl::StrCat(plan.landlock_rulesets.size(), " rulesets");
    case Step::kSyscallFilter:
      return FiltersText(plan.syscall_filters);
    case Step::kStart:
      return StartText(plan);
  }
  return "";
}

}  // namespace

bool NeedsCgroup(const LaunchPlan& plan) {
  return plan.own_cgroup || plan.devices.has_value() ||
         plan.limits.memory_bytes.has_value() ||
         plan.limits.cpu_share.has_value() || plan.limits.processes.has_value();
}

absl::Status CheckPlan(const LaunchPlan& plan) {
  if (plan.identity.has_value()) {
    const absl::Status status = CheckIdentity(*plan.identity);
    if (!status.ok()) return status;
  }
  for (const absl::Status& status :
       {CheckTexts(plan), CheckDescriptors(plan), CheckSteps(plan),
        CheckStartOptions(plan)}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string DescribePlan(const LaunchPlan& plan) {
  std::string text;
  for (int i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    const std::string said = StepText(plan, step);
    if (!said.empty()) absl::StrAppend(&text, StepName(step), ": ", said, "\n");
  }
  return text;
}

}  // namespace process
}  // namespace postern
