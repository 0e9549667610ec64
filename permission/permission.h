#ifndef POSTERN_PERMISSION_PERMISSION_H_
#define POSTERN_PERMISSION_PERMISSION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace postern {

// A kind of access: a closed set with dotted names ("fs.read"). Zero is no
// permission at all and is always denied.
enum class Permission : uint8_t {
  kUnknown = 0,
  kFsRead,
  kFsWrite,
  kNetConnect,
  kNetListen,
  kNetResolve,
  kProcessSpawn,
  kProcessSignal,
  kEnvRead,
  kEnvWrite,
  kSysInfo,
  kCodeLoad,
  kCodeImport,
  kCodeEval,
  kThreadCreate,
  kDebugAttach,
  kPluginLoad,
  kPluginCall,
  kSecretUse,
  kSecretReveal,
  kDeviceUse,
};

// One more than the largest value of Permission; sizes tables.
constexpr int kPermissionLimit = 21;

// What a permission is applied to.
enum class ResourceKind : uint8_t {
  kNone,      // code.eval, thread.create, debug.attach: the permission is all
  kPath,      // bytes naming a file system object
  kEndpoint,  // host and port
  kHostName,  // a name to look up
  kCommand,   // program and arguments
  kProcess,   // principal or class of process ids
  kName,      // an environment variable
  kFact,      // a kind of fact about the machine, as "hostname"
  kModule,    // id of a plugin, module or URL
  kCall,      // function and arguments
  kSecret,    // list of key parts
};

// The dotted name, as "fs.read"; "unknown" for kUnknown. Static storage.
absl::string_view PermissionName(Permission permission);

// What `permission` is applied to; kNone for kUnknown.
ResourceKind ResourceKindOf(Permission permission);

// The permission with exactly this dotted name; nullopt for groups and for
// anything else.
absl::optional<Permission> ParsePermission(absl::string_view name);

// A set of permissions, as a group names it. A value type; zero is empty.
class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  constexpr explicit PermissionSet(Permission p) : bits_(Bit(p)) {}

  // "fs" (all of fs.*), "all", or one dotted name. An unknown name is an
  // InvalidArgument that lists what was expected.
  static absl::StatusOr<PermissionSet> Parse(absl::string_view name);
  static constexpr PermissionSet FromBits(uint32_t bits) {
    PermissionSet set;
    set.bits_ = bits & kEveryBit;
    return set;
  }
  static constexpr PermissionSet All() { return FromBits(kEveryBit); }

  constexpr bool Contains(Permission p) const { return (bits_ & Bit(p)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint32_t bits() const { return bits_; }

  // The name that Parse() reads back: of a group or of one permission, else
  // dotted names joined by commas (which Parse() does not read).
  std::string ToString() const;

  friend constexpr bool operator==(PermissionSet a, PermissionSet b) {
    return a.bits_ == b.bits_;
  }
  friend constexpr bool operator!=(PermissionSet a, PermissionSet b) {
    return !(a == b);
  }
  friend constexpr PermissionSet operator|(PermissionSet a, PermissionSet b) {
    return FromBits(a.bits_ | b.bits_);
  }
  friend constexpr PermissionSet operator&(PermissionSet a, PermissionSet b) {
    return FromBits(a.bits_ & b.bits_);
  }

 private:
  // None for kUnknown and for what is no permission.
  static constexpr uint32_t Bit(Permission p) {
    return static_cast<int>(p) < kPermissionLimit
               ? (uint32_t{1} << static_cast<int>(p)) & ~uint32_t{1}
               : 0;
  }
  // Every permission but kUnknown.
  static constexpr uint32_t kEveryBit =
      ((uint32_t{1} << kPermissionLimit) - 1) & ~uint32_t{1};

  uint32_t bits_ = 0;
};

// The permissions whose resource is a path (ResourceKindOf()).
constexpr PermissionSet PathPermissions() {
  return PermissionSet(Permission::kFsRead) |
         PermissionSet(Permission::kFsWrite) |
         PermissionSet(Permission::kCodeLoad) |
         PermissionSet(Permission::kDeviceUse);
}

}  // namespace postern

#endif  // POSTERN_PERMISSION_PERMISSION_H_
