#include "permission/permission.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "permission/internal/nearest_name.h"

namespace postern {
namespace {

struct Row {
  Permission permission;
  const char* name;
  ResourceKind kind;
};

// In the order of Permission, so that a value is its own index.
constexpr Row kRows[kPermissionLimit] = {
    {Permission::kUnknown, "unknown", ResourceKind::kNone},
    {Permission::kFsRead, "fs.read", ResourceKind::kPath},
    {Permission::kFsWrite, "fs.write", ResourceKind::kPath},
    {Permission::kNetConnect, "net.connect", ResourceKind::kEndpoint},
    {Permission::kNetListen, "net.listen", ResourceKind::kEndpoint},
    {Permission::kNetResolve, "net.resolve", ResourceKind::kHostName},
    {Permission::kProcessSpawn, "process.spawn", ResourceKind::kCommand},
    {Permission::kProcessSignal, "process.signal", ResourceKind::kProcess},
    {Permission::kEnvRead, "env.read", ResourceKind::kName},
    {Permission::kEnvWrite, "env.write", ResourceKind::kName},
    {Permission::kSysInfo, "sys.info", ResourceKind::kFact},
    {Permission::kCodeLoad, "code.load", ResourceKind::kPath},
    {Permission::kCodeImport, "code.import", ResourceKind::kModule},
    {Permission::kCodeEval, "code.eval", ResourceKind::kNone},
    {Permission::kThreadCreate, "thread.create", ResourceKind::kNone},
    {Permission::kDebugAttach, "debug.attach", ResourceKind::kNone},
    {Permission::kPluginLoad, "plugin.load", ResourceKind::kModule},
    {Permission::kPluginCall, "plugin.call", ResourceKind::kCall},
    {Permission::kSecretUse, "secret.use", ResourceKind::kSecret},
    {Permission::kSecretReveal, "secret.reveal", ResourceKind::kSecret},
    {Permission::kDeviceUse, "device.use", ResourceKind::kPath},
};

const Row& RowOf(Permission permission) {
  const int index = static_cast<int>(permission);
  return kRows[index < kPermissionLimit ? index : 0];
}

// "fs" of "fs.read".
absl::string_view GroupOf(const Row& row) {
  absl::string_view name = row.name;
  return name.substr(0, name.find('.'));
}

PermissionSet GroupNamed(absl::string_view name) {
  PermissionSet set;
  for (const Row& row : kRows) {
    if (row.permission == Permission::kUnknown) continue;
    if (name == "all" || name == GroupOf(row)) {
      set = set | PermissionSet(row.permission);
    }
  }
  return set;
}

// Whether `row` is the first of a group of several permissions.
bool OpensGroup(const Row& row) {
  const uint32_t bits = GroupNamed(GroupOf(row)).bits();
  const uint32_t own = PermissionSet(row.permission).bits();
  return bits != own && (bits & (own - 1)) == 0;
}

// "all", then each group before its members.
std::vector<std::string> EveryName() {
  std::vector<std::string> names = {"all"};
  for (const Row& row : kRows) {
    if (row.permission == Permission::kUnknown) continue;
    if (OpensGroup(row)) names.emplace_back(GroupOf(row));
    names.emplace_back(row.name);
  }
  return names;
}

}  // namespace

absl::string_view PermissionName(Permission permission) {
  return RowOf(permission).name;
}

ResourceKind ResourceKindOf(Permission permission) {
  return RowOf(permission).kind;
}

absl::optional<Permission> ParsePermission(absl::string_view name) {
  for (const Row& row : kRows) {
    if (row.permission != Permission::kUnknown && name == row.name) {
      return row.permission;
    }
  }
  return absl::nullopt;
}

absl::StatusOr<PermissionSet> PermissionSet::Parse(absl::string_view name) {
  if (absl::optional<Permission> one = ParsePermission(name)) {
    return PermissionSet(*one);
  }
  const PermissionSet group = GroupNamed(name);
  if (!group.empty()) return group;
  const std::vector<std::string> known = EveryName();
  return absl::InvalidArgumentError(
      absl::StrCat("unknown permission \"", name.substr(0, 64), "\"",
                   internal::Suggestion(name, known), ", expected one of ",
                   absl::StrJoin(known, ", ")));
}

std::string PermissionSet::ToString() const {
  if (*this == All()) return "all";
  std::vector<absl::string_view> names;
  for (const Row& row : kRows) {
    if (!Contains(row.permission)) continue;
    if (GroupNamed(GroupOf(row)) == *this &&
        *this != PermissionSet(row.permission)) {
      return std::string(GroupOf(row));
    }
    names.push_back(row.name);
  }
  return absl::StrJoin(names, ",");
}

}  // namespace postern
