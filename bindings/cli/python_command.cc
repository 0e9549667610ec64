#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bindings/cli/adapter_files.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/output.h"
#include "bindings/cli/own_rules.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/search_path.h"
#include "bindings/python/library_folder.h"
#include "permission/literal_pattern.h"
#include "permission/permission.h"
#include "permission/policy.h"
#include "permission/rule.h"

namespace postern {
namespace cli {
namespace {

// What the verb grants by itself is no policy: without one nothing starts, as
// with the other verbs.
bool GivesRules(const Arguments& arguments) {
  return !arguments.policies.empty() || !arguments.flags.layer.rules.empty() ||
         !arguments.presets.empty() || !arguments.app.empty();
}

// What every script needs: the interpreter's library, itself, and what any
// program does (the preset "runtime").
void AddNeeds(const std::string& script, Arguments* arguments) {
  std::vector<Rule>* const rules = &arguments->flags.layer.rules;
  const PermissionSet read(Permission::kFsRead);
  const RuleSource source = RuntimeSource("python");
  rules->push_back(FileRule(read, python::kLibraryFolder, source));
  rules->push_back(AllowRule(
      read, RulePattern::Text(absl::StrCat("exact:", LiteralPath(script))),
      source));
  for (const std::string& name : arguments->presets) {
    if (name == "runtime") return;
  }
  arguments->presets.push_back("runtime");
}

bool LooksUpNames(const Policy& policy) {
  return MayGrant(policy, PermissionSet(Permission::kNetConnect) |
                              PermissionSet(Permission::kNetResolve));
}

// The program of a command's pattern, "through:" and arguments aside.
std::string ProgramOf(absl::string_view pattern) {
  (void)absl::ConsumePrefix(&pattern, "through:");
  size_t end = 0;
  while (end < pattern.size() && pattern[end] != ' ') {
    end += pattern[end] == '\\' ? 2 : 1;
  }
  return std::string(pattern.substr(0, end));
}

// The kernel knows programs and no arguments, so that it would start none whose
// rule names some. Here the library decides these before each start.
void AddPrograms(const Policy& policy, std::vector<Rule>* rules) {
  for (const Layer& layer : policy.spec().layers) {
    for (const Rule& rule : layer.rules) {
      if (rule.effect != Effect::kAllow ||
          !rule.permissions.Contains(Permission::kProcessSpawn) ||
          rule.pattern.kind() != RulePattern::Kind::kText) {
        continue;
      }
      std::string program = ProgramOf(rule.pattern.text());
      if (!absl::StrContains(program, '/')) {
        program = LiteralPath(FindAlongPath(program));
      }
      if (program.empty()) continue;
      rules->push_back(
          AllowRule(PermissionSet(Permission::kProcessSpawn),
                    RulePattern::Text(absl::StrCat(program, " **")),
                    RuntimeSource("python")));
    }
  }
}

}  // namespace

absl::StatusOr<ExitCode> Python(const Arguments& given, Output* out) {
  if (given.words.empty()) {
    return absl::InvalidArgumentError(
        "no script is given, as: postern python --allow-fs-read=data app.py");
  }
  if (!GivesRules(given)) return NoRulesError();
  const absl::StatusOr<std::string> program =
      AdapterFile("python/postern-python");
  if (!program.ok()) return program.status();
  const absl::StatusOr<std::string> script = NameFromHere(given.words[0]);
  if (!script.ok()) return script.status();
  Arguments arguments = given;
  AddNeeds(*script, &arguments);
  const absl::StatusOr<ConfinedRun> run = ReadConfinedRun(arguments);
  if (!run.ok()) return run.status();
  RunParts parts;
  parts.words = {*program};
  if (given.plain_errors) parts.words.push_back("--plain-errors");
  parts.words.push_back("--");
  parts.words.push_back(*script);
  parts.words.insert(parts.words.end(), given.words.begin() + 1,
                     given.words.end());
  const RuleSource source = RuntimeSource("python");
  parts.rules = {StartRule(*program, source)};
  // The library looks names up in the script's process, which the kernel has to
  // let; the script is not granted that.
  if (LooksUpNames(*run->loaded.policy)) {
    for (Rule& rule : LookUpRules(source)) {
      parts.rules.push_back(std::move(rule));
    }
  }
  AddPrograms(*run->loaded.policy, &parts.rules);
  parts.hosts = Approximation::kWider;
  parts.facts = {
      {"python", "CPython 3.11, every operation decided by the library", ""}};
  return RunConfined(*run, parts, out);
}

}  // namespace cli
}  // namespace postern
