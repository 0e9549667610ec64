#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/adapter_files.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/node_flags.h"
#include "bindings/cli/node_program.h"
#include "bindings/cli/output.h"
#include "bindings/cli/own_rules.h"
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

// What Node itself needs, and no guest: libraries, threads, the adapter. With a
// network also what looks names up.
absl::StatusOr<std::vector<Rule>> NeedsOfNode(const std::string& program,
                                              const std::string& package,
                                              bool network) {
  absl::StatusOr<std::vector<Rule>> rules = PresetRules("runtime");
  if (!rules.ok()) return rules;
  const RuleSource source = RuntimeSource("node");
  rules->push_back(StartRule(program, source));
  rules->push_back(AllowRule(PermissionSet(Permission::kThreadCreate),
                             RulePattern(), source));
  rules->push_back(
      FileRule(PermissionSet(Permission::kFsRead), package, source));
  if (!network) return rules;
  for (Rule& rule : LookUpRules(source)) rules->push_back(std::move(rule));
  return rules;
}

bool Grants(const Policy& policy, Permission permission) {
  return MayGrant(policy, PermissionSet(permission));
}

bool GrantsNetwork(const Policy& policy) {
  return MayGrant(policy, PermissionSet(Permission::kNetConnect) |
                              PermissionSet(Permission::kNetResolve) |
                              PermissionSet(Permission::kNetListen));
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
