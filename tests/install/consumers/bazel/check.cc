#include <iostream>

#include "permission/builder.h"
#include "permission/context.h"

// Exits 0 if the app may read the file, 1 if not, 2 on a mistake.
int main() {
  using namespace postern;
  PolicyBuilder rules;
  rules.Allow(PermissionSet(Permission::kFsRead),
              RulePattern::Text("/srv/app"));
  const auto policy = rules.Build();
  if (!policy.ok()) return std::cerr << policy.status() << "\n", 2;
  const auto root = PermissionContext::Create(*policy, ContextOptions());
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;
  const Access access =
      Access::Path(Permission::kFsRead, "/srv/app/index.html");
  const Decision decision = root->context->Enforce(access);
  std::cout << (decision.allowed() ? "allowed" : "denied") << "\n";
  return decision.allowed() ? 0 : 1;
}
