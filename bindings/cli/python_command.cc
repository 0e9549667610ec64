#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bindings/cli/adapter_files.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/output.h"
#include "bindings/cli/policies.h"
#include "bindings/python/library_folder.h"
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
  rule.source.name = "python";
  return rule;
}

// What every script needs: the interpreter's library, itself, and what any
// program does (the preset "runtime").
void AddNeeds(const std::string& script, Arguments* arguments) {
  std::vector<Rule>* const rules = &arguments->flags.layer.rules;
  rules->push_back(
      Allowed(Permission::kFsRead, RulePattern::Text(python::kLibraryFolder)));
  rules->push_back(
      Allowed(Permission::kFsRead,
              RulePattern::Text(absl::StrCat("exact:", Literally(script)))));
  for (const std::string& name : arguments->presets) {
    if (name == "runtime") return;
  }
  arguments->presets.push_back("runtime");
}

absl::StatusOr<std::string> Absolute(const std::string& script) {
  if (absl::StartsWith(script, "/")) return script;
  const absl::StatusOr<std::string> here = WorkingDirectory();
  if (!here.ok()) return here.status();
  return absl::StrCat(*here == "/" ? "" : *here, "/", script);
}

bool GrantsNetwork(const Policy& policy) {
  for (const Layer& layer : policy.spec().layers) {
    for (const Rule& rule : layer.rules) {
      for (const Permission permission :
           {Permission::kNetConnect, Permission::kNetResolve}) {
        if (rule.effect != Effect::kDeny &&
            rule.permissions.Contains(permission)) {
          return true;
        }
      }
    }
  }
  return false;
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

// A bare name as it is found along PATH; "" if it is not.
std::string AlongPath(const std::string& program) {
  if (program.empty() || absl::StrContains(program, '/')) return program;
  const char* const path = getenv("PATH");
  for (const absl::string_view folder :
       absl::StrSplit(path == nullptr ? "" : path, ':')) {
    const std::string name = absl::StrCat(folder, "/", program);
    if (absl::StartsWith(folder, "/") && access(name.c_str(), X_OK) == 0) {
      return name;
    }
  }
  return program == "*" ? program : "";
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
      const std::string program = AlongPath(ProgramOf(rule.pattern.text()));
      if (program.empty() || program == "*") continue;
      rules->push_back(
          Allowed(Permission::kProcessSpawn,
                  RulePattern::Text(absl::StrCat(program, " **"))));
    }
  }
}

// What the library itself needs in the kernel when it looks names up
// (resolver(3)). The script is not granted it.
void AddLookUps(std::vector<Rule>* rules) {
  for (const char* const file : {"/etc/hosts", "/etc/resolv.conf"}) {
    rules->push_back(Allowed(Permission::kFsRead, RulePattern::Text(file)));
  }
  rules->push_back(Allowed(Permission::kNetConnect, RulePattern::Text(":53")));
}

}  // namespace

absl::StatusOr<ExitCode> Python(const Arguments& given, Output* out) {
  if (given.words.empty()) {
    return absl::InvalidArgumentError(
        "no script is given, as: postern python --allow-fs-read=data app.py");
  }
  const absl::StatusOr<std::string> program =
      AdapterFile("python/postern-python");
  if (!program.ok()) return program.status();
  const absl::StatusOr<std::string> script = Absolute(given.words[0]);
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
  parts.rules = {Allowed(Permission::kProcessSpawn,
                         RulePattern::Command(Literally(*program), {"**"}))};
  if (GrantsNetwork(*run->loaded.policy)) AddLookUps(&parts.rules);
  AddPrograms(*run->loaded.policy, &parts.rules);
  parts.hosts = Approximation::kWider;
  parts.facts = {
      {"python", "CPython 3.11, every operation decided by the library", ""}};
  return RunConfined(*run, parts, out);
}

}  // namespace cli
}  // namespace postern
