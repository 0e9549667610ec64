// Asks about one access, and says why it is denied.

#include <iostream>

#include "postern/cpp.h"

int main() {
  using namespace postern;
  const PermissionSet read(Permission::kFsRead);
  PolicyBuilder rules;
  rules.Allow(read, RulePattern::Text("/srv/app"));
  rules.Deny(read, RulePattern::Text("/srv/app/keys"));
  const auto policy = rules.Build();
  if (!policy.ok()) return std::cerr << policy.status() << "\n", 2;
  const auto root = PermissionContext::Create(*policy, ContextOptions());
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;
  const Access access = Access::Path(Permission::kFsRead, "/srv/app/keys/id");
  const Decision decision = root->context->Enforce(access);
  std::cout << root->context->Explain(decision, access)->ToText();
  return decision.allowed() ? 1 : 0;  // denied, as it should be
}
