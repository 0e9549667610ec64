#include "bindings/cli/page_overview.h"

#include <algorithm>
#include <string>

#include "permission/access.h"
#include "permission/decision.h"
#include "permission/rule.h"

namespace postern {
namespace cli {
namespace {

constexpr PermissionGroup kGroups[] = {
    {"all", "Every permission"},
    {"fs", "Files"},
    {"net", "Network"},
    {"process", "Processes"},
    {"env", "Environment variables"},
    {"sys", "Facts about the machine"},
    {"code", "Code from elsewhere"},
    {"thread", "Threads"},
    {"debug", "Debuggers"},
    {"plugin", "Plugins of the host"},
    {"secret", "Secrets"},
    {"device", "Devices"},
};

bool InForce(const Rule& rule, absl::Time now) {
  return (!rule.limits.expires || now < *rule.limits.expires) &&
         (rule.limits.uses == nullptr || rule.limits.uses->left() > 0);
}

bool IsWhole(const Rule& rule) {
  return rule.pattern.kind() == RulePattern::Kind::kWhole;
}

// Of one layer that enforces.
Extent ExtentIn(const Layer& layer, Permission permission, absl::Time now) {
  bool some = false, whole = layer.default_effect == Effect::kAllow;
  for (const Rule& rule : layer.rules) {
    if (!rule.permissions.Contains(permission) || !InForce(rule, now)) continue;
    if (rule.effect != Effect::kDeny) {
      some = true;
      whole = whole || (IsWhole(rule) && rule.limits.session.empty());
    } else if (IsWhole(rule) &&
               layer.precedence == Precedence::kDenyOverrides) {
      return Extent::kNothing;
    }
  }
  if (whole) return Extent::kMost;
  return some ? Extent::kPart : Extent::kNothing;
}

// Of a permission that Policy::Check() denies as a whole.
Extent ExtentByRules(const PolicySpec& spec, Permission permission,
                     absl::Time now) {
  Extent least = Extent::kMost;
  for (const Layer& layer : spec.layers) {
    if (layer.mode != Mode::kEnforce) continue;
    least = std::min(least, ExtentIn(layer, permission, now));
  }
  return least;
}

bool GrantsAnything(const Policy& policy) {
  return policy.unconfined() ||
         std::any_of(policy.layers().begin(), policy.layers().end(),
                     [](const LayerSummary& layer) {
                       return layer.mode == Mode::kEnforce &&
                              layer.default_effect == Effect::kDeny;
                     });
}

Extent ExtentOf(const Policy& policy, const PolicySpec& spec,
                Permission permission, absl::Time now) {
  const Decision whole = policy.Check(Access::Whole(permission));
  if (whole.effect() == Effect::kAllow) return Extent::kEverything;
  if (whole.effect() == Effect::kAsk) return Extent::kAsked;
  if (!GrantsAnything(policy)) return Extent::kNothing;
  return ExtentByRules(spec, permission, now);
}

}  // namespace

std::vector<PermissionExtent> ExtentsOf(const Policy& policy,
                                        const PolicySpec& spec,
                                        absl::Time now) {
  std::vector<PermissionExtent> extents;
  for (int i = 1; i < kPermissionLimit; ++i) {
    PermissionExtent one;
    one.permission = static_cast<Permission>(i);
    one.extent = ExtentOf(policy, spec, one.permission, now);
    for (const Layer& layer : spec.layers) {
      one.rules += std::count_if(
          layer.rules.begin(), layer.rules.end(), [&](const Rule& rule) {
            return rule.permissions.Contains(one.permission);
          });
    }
    extents.push_back(one);
  }
  return extents;
}

absl::Span<const PermissionGroup> PermissionGroups() { return kGroups; }

absl::string_view GroupOf(Permission permission) {
  const absl::string_view name = PermissionName(permission);
  return name.substr(0, name.find('.'));
}

absl::string_view PermissionInWords(Permission permission) {
  switch (permission) {
    case Permission::kUnknown:
      return "";
    case Permission::kFsRead:
      return "read files and folders";
    case Permission::kFsWrite:
      return "create, change and remove files";
    case Permission::kNetConnect:
      return "connect to others";
    case Permission::kNetListen:
      return "accept connections";
    case Permission::kNetResolve:
      return "look up host names";
    case Permission::kProcessSpawn:
      return "start programs";
    case Permission::kProcessSignal:
      return "signal other processes";
    case Permission::kEnvRead:
      return "read environment variables";
    case Permission::kEnvWrite:
      return "set environment variables";
    case Permission::kSysInfo:
      return "learn about the machine";
    case Permission::kCodeLoad:
      return "load native code";
    case Permission::kCodeImport:
      return "import other modules";
    case Permission::kCodeEval:
      return "run text as code";
    case Permission::kThreadCreate:
      return "start threads";
    case Permission::kDebugAttach:
      return "attach a debugger";
    case Permission::kPluginLoad:
      return "load plugins of the host";
    case Permission::kPluginCall:
      return "call plugins of the host";
    case Permission::kSecretUse:
      return "use secrets, unseen";
    case Permission::kSecretReveal:
      return "see secrets";
    case Permission::kDeviceUse:
      return "use devices";
  }
  return "";
}

absl::string_view ExtentInWords(Extent extent) {
  switch (extent) {
    case Extent::kNothing:
      return "denied";
    case Extent::kPart:
      return "granted in part";
    case Extent::kMost:
      return "granted, with exceptions";
    case Extent::kEverything:
      return "granted for everything";
    case Extent::kAsked:
      return "granted if a person agrees";
  }
  return "";
}

}  // namespace cli
}  // namespace postern
