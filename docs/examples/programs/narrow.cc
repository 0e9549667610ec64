// How the rights of a context shrink, and who can replace its policy.

#include <iostream>
#include <memory>
#include <string>

#include "postern/cpp.h"

using namespace postern;

namespace {

std::shared_ptr<const Policy> Reading(const std::string& folder) {
  PolicyBuilder rules;
  rules.Allow(PermissionSet(Permission::kFsRead), RulePattern::Text(folder));
  const auto policy = rules.Build();
  return policy.ok() ? *policy : nullptr;
}

void Show(const char* when, const PermissionContext& context) {
  std::cout << when << ":";
  for (const char* path : {"/srv/list", "/srv/keys/id", "/var/log/app"}) {
    const Access access = Access::Path(Permission::kFsRead, path);
    if (context.Check(access).allowed()) std::cout << " " << path;
  }
  std::cout << "\n";
}

}  // namespace

int main() {
  const PermissionSet read(Permission::kFsRead);
  auto root = PermissionContext::Create(Reading("/srv"), ContextOptions());
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;
  PermissionContext& guest = *root->context;
  Show("at first", guest);

  // Given up for ever. An error here means that more was dropped, not less.
  (void)guest.Drop(read, RulePattern::Text("/srv/keys"));
  Show("after a drop", guest);

  // A child has its parent's rights at most.
  Layer only_logs;
  only_logs.name = "logs";
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = read;
  rule.pattern = RulePattern::Text("/var/log");
  only_logs.rules.push_back(rule);
  const auto child = guest.Derive({only_logs}, ContextOptions());
  if (!child.ok()) return std::cerr << child.status() << "\n", 2;
  Show("a child", **child);

  // The holder of the authority can replace the policy. The drop stays.
  if (!guest.Publish(root->authority, Reading("/")).ok()) return 2;
  Show("after a new policy", guest);
  Show("the child then", **child);

  guest.Seal();  // from now on nobody can
  return guest.Publish(root->authority, Reading("/")).ok() ? 1 : 0;
}
