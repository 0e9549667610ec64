#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "permission/builder.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace {

using Parts = std::vector<std::string>;

RulePattern PatternOf(uint8_t kind, const Parts& parts) {
  switch (kind % 6) {
    case 0:
      return RulePattern::Text(parts[0]);
    case 1:
      return RulePattern::Call(parts[0], Parts(parts.begin() + 1, parts.end()),
                               CallForm::kExact);
    case 2:
      return RulePattern::Call(parts[0], Parts(parts.begin() + 1, parts.end()),
                               CallForm::kList);
    case 3:
      return RulePattern::Secret(parts);
    case 5:
      return RulePattern::Command(parts[0],
                                  Parts(parts.begin() + 1, parts.end()));
    default:
      return RulePattern::Resolving(parts[0],
                                    Parts(parts.begin() + 1, parts.end()));
  }
}

// The access that spells the pattern's own text.
Decision CheckLiterally(const Policy& policy, Permission permission,
                        const Parts& parts) {
  std::vector<CallArg> args;
  for (size_t i = 1; i < parts.size(); ++i) args.push_back({parts[i]});
  const std::vector<absl::string_view> key(parts.begin(), parts.end());
  switch (ResourceKindOf(permission)) {
    case ResourceKind::kCall:
      return policy.Check(Access::Call({parts[0], args, {}}));
    case ResourceKind::kCommand:
      return policy.Check(Access::Command(parts[0], args));
    case ResourceKind::kSecret:
      return policy.Check(Access::Secret(permission, key));
    case ResourceKind::kPath:
      return policy.Check(Access::Path(permission, parts[0]));
    case ResourceKind::kEndpoint:
    case ResourceKind::kHostName:
      if (parts.size() > 1) {
        return policy.Check(Access::Resolved(permission, parts[0], parts[1]));
      }
      return policy.Check(Access::Endpoint(permission, parts[0]));
    default:
      return policy.Check(Access::Name(permission, parts[0]));
  }
}

}  // namespace
}  // namespace postern

// A byte for the permission, one for the form, then parts divided by line
// breaks. Adding a deny beside an allow never adds anything.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern;  // NOLINT: one function
  if (size < 3) return 0;
  const auto permission = static_cast<Permission>(data[0] % kPermissionLimit);
  const Parts parts = absl::StrSplit(
      absl::string_view(reinterpret_cast<const char*>(data) + 2, size - 2),
      '\n');
  const PermissionSet set = PermissionSet(permission);
  const RulePattern pattern = PatternOf(data[1], parts);
  PolicyBuilder builder;
  const auto policy = builder.Allow(set, pattern).Build();
  if (!policy.ok()) return 0;
  const bool allowed = CheckLiterally(**policy, permission, parts).allowed();
  const auto denying = builder.Deny(set, RulePattern::Whole()).Build();
  Require(denying.ok(), "a deny without a resource always builds");
  Require(!CheckLiterally(**denying, permission, parts).allowed(),
          "a deny denies");
  Require(!allowed || (*policy)->warnings().size() <= 4, "few warnings");
  return 0;
}
