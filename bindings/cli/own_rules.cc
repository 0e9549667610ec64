#include "bindings/cli/own_rules.h"

#include <utility>

#include "permission/literal_pattern.h"

namespace postern {
namespace cli {

RuleSource RuntimeSource(std::string runtime) {
  RuleSource source;
  source.kind = RuleSource::Kind::kTemplate;
  source.name = std::move(runtime);
  return source;
}

RuleSource CommandLineSource() {
  RuleSource source;
  source.kind = RuleSource::Kind::kFlag;
  source.name = "the command line";
  return source;
}

Rule AllowRule(PermissionSet permissions, RulePattern pattern,
               RuleSource source) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = permissions;
  rule.pattern = std::move(pattern);
  rule.source = std::move(source);
  return rule;
}

Rule StartRule(absl::string_view program, RuleSource source) {
  return AllowRule(PermissionSet(Permission::kProcessSpawn),
                   RulePattern::Command(LiteralProgram(program), {"**"}),
                   std::move(source));
}

Rule FileRule(PermissionSet permissions, absl::string_view path,
              RuleSource source) {
  return AllowRule(permissions, RulePattern::Text(LiteralPath(path)),
                   std::move(source));
}

std::vector<Rule> ResolverFileRules(const RuleSource& source) {
  const PermissionSet read(Permission::kFsRead);
  return {FileRule(read, "/etc/hosts", source),
          FileRule(read, "/etc/resolv.conf", source)};
}

std::vector<Rule> LookUpRules(const RuleSource& source) {
  std::vector<Rule> rules = ResolverFileRules(source);
  rules.push_back(AllowRule(PermissionSet(Permission::kNetConnect),
                            RulePattern::Text(":53"), source));
  return rules;
}

bool MayGrant(const Policy& policy, PermissionSet permissions) {
  for (const Layer& layer : policy.spec().layers) {
    for (const Rule& rule : layer.rules) {
      if (rule.effect != Effect::kDeny &&
          !(rule.permissions & permissions).empty()) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace cli
}  // namespace postern
