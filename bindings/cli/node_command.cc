#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/adapter_files.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/node_flags.h"
#include "bindings/cli/node_program.h"
#include "bindings/cli/output.h"
#include "permission/access.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/preset.h"
#include "permission/context.h"
#include "permission/permission.h"
#include "permission/policy.h"
#include "permission/rule.h"

namespace postern {
namespace cli {
namespace {

// With nothing that stands for other names in patterns.
std::string Literally(absl::string_view name) {
  std::string pattern;
  for (const char c : name) {
    if (absl::string_view("\\*?{}[]").find(c) != absl::string_view::npos) {
      pattern.push_back('\\');
    }
    pattern.push_back(c);
  }
  return pattern;
}

Rule Allowed(Permission permission, RulePattern pattern) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = PermissionSet(permission);
  rule.pattern = std::move(pattern);
  rule.source.kind = RuleSource::Kind::kTemplate;
  rule.source.name = "node";
  return rule;
}

Rule Readable(absl::string_view path) {
  return Allowed(Permission::kFsRead, RulePattern::Text(Literally(path)));
}

// What Node itself needs, and no guest: libraries, threads, the adapter. With a
// network also what looks names up (resolver(3)).
absl::StatusOr<std::vector<Rule>> NeedsOfNode(const std::string& program,
                                              const std::string& package,
                                              bool network) {
  absl::StatusOr<std::vector<Rule>> rules = PresetRules("runtime");
  if (!rules.ok()) return rules;
  rules->push_back(Allowed(Permission::kProcessSpawn,
                           RulePattern::Command(Literally(program), {"**"})));
  rules->push_back(Allowed(Permission::kThreadCreate, RulePattern()));
  rules->push_back(Readable(package));
  if (network) {
    rules->push_back(Readable("/etc/hosts"));
    rules->push_back(Readable("/etc/resolv.conf"));
    rules->push_back(
        Allowed(Permission::kNetConnect, RulePattern::Text(":53")));
  }
  return rules;
}

bool Grants(const Policy& policy, Permission permission) {
  for (const Layer& layer : policy.spec().layers) {
    for (const Rule& rule : layer.rules) {
      if (rule.effect != Effect::kDeny &&
          rule.permissions.Contains(permission)) {
        return true;
      }
    }
  }
  return false;
}

bool GrantsNetwork(const Policy& policy) {
  return Grants(policy, Permission::kNetConnect) ||
         Grants(policy, Permission::kNetResolve) ||
         Grants(policy, Permission::kNetListen);
}

NodeFence FenceOf(const ConfinedRun& run, const NodeProgram& node,
                  const std::string& package) {
  const Policy& policy = *run.loaded.policy;
  NodeFence fence;
  fence.major = node.major;
  fence.readable = {package, "/proc/self/fd"};
  for (const Layer& layer : policy.spec().layers) {
    for (const Rule& rule : layer.rules) {
      if (rule.effect == Effect::kDeny) continue;
      if (!rule.permissions.Contains(Permission::kFsRead)) continue;
      const bool whole = rule.pattern.kind() == RulePattern::Kind::kWhole;
      fence.readable.push_back(
          whole ? "/" : ReadableFolder(rule.pattern.text(), run.loaded.base));
    }
  }
  fence.network = GrantsNetwork(policy);
  fence.children = Grants(policy, Permission::kProcessSpawn);
  fence.workers = Grants(policy, Permission::kThreadCreate);
  fence.inspector = Grants(policy, Permission::kDebugAttach);
  fence.files_for_wasi = Grants(policy, Permission::kFsWrite);
  fence.text_as_code =
      run.context->Check(Access::Whole(Permission::kCodeEval)).allowed();
  return fence;
}

std::vector<ReportedFact> FactsOf(const NodeProgram& node) {
  return {
      {"node", absl::StrCat(node.version, ", ", node.path), ""},
      {"node adapter",
       "decides files, network, programs, variables, workers and code; files "
       "by guarded files",
       ""},
      {"node --permission",
       "on; addons are allowed to Node, for the adapter's: the adapter refuses "
       "every other one, and whoever got past it could load code that may do "
       "what the kernel lets this process do",
       ""},
  };
}

}  // namespace

absl::StatusOr<ExitCode> Node(const Arguments& given, Output* out) {
  if (given.words.empty()) {
    return absl::InvalidArgumentError(
        "no program is given, as: postern node --allow-fs-read=. app.js");
  }
  const absl::StatusOr<NodeProgram> node = FindNode(given.node);
  if (!node.ok()) return node.status();
  const absl::StatusOr<std::string> preload =
      AdapterFile("node/package/preload.js");
  if (!preload.ok()) return preload.status();
  const std::string package = preload->substr(0, preload->rfind('/'));
  const absl::StatusOr<ConfinedRun> run = ReadConfinedRun(given);
  if (!run.ok()) return run.status();
  const NodeFence fence = FenceOf(*run, *node, package);
  absl::StatusOr<std::vector<Rule>> needs =
      NeedsOfNode(node->path, package, fence.network);
  if (!needs.ok()) return needs.status();
  RunParts parts;
  parts.words = {node->path};
  for (std::string& flag : NodeFlags(fence)) {
    parts.words.push_back(std::move(flag));
  }
  parts.words.insert(parts.words.end(), {"-r", *preload, "--"});
  parts.words.insert(parts.words.end(), given.words.begin(), given.words.end());
  parts.rules = *std::move(needs);
  parts.hosts = Approximation::kWider;
  parts.facts = FactsOf(*node);
  return RunConfined(*run, parts, out);
}

}  // namespace cli
}  // namespace postern
