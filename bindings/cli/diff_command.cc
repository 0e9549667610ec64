#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/input.h"
#include "bindings/cli/json.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/problems.h"
#include "permission/analysis/decision_line.h"
#include "permission/analysis/policy_diff.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;

const char* KindName(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kWider:
      return "wider";
    case ChangeKind::kNarrower:
      return "narrower";
    case ChangeKind::kOther:
      return "other";
  }
  return "";
}

// What decided: "by app.textproto:4:3".
std::string DeciderOf(const AccessQuestion& question, const Decision& decision,
                      const absl::optional<Rule>& rule) {
  if (rule) {
    return absl::StrCat("by ", EscapeForDisplay(rule->source.ToString()));
  }
  if (decision.reason() == Reason::kNarrowerRule) return "by a rule within it";
  const bool many = question.words().empty() ||
                    question.extent() == AccessQuestion::Extent::kSubtree;
  return many ? "as no rule is for all of it" : "by no rule";
}

// Lines that "postern test" reads: what the new policy answers, with what was
// answered before as a comment.
std::string ToText(const PolicyDiff& diff) {
  std::string out;
  for (const ChangeKind kind :
       {ChangeKind::kWider, ChangeKind::kNarrower, ChangeKind::kOther}) {
    std::string lines;
    for (const AccessChange& change : diff.changes) {
      if (change.kind != kind) continue;
      absl::StrAppend(
          &lines,
          EscapeForDisplay(
              FormatDecisionLine(DecisionName(change.after), *change.example)),
          "  # was ", DecisionName(change.before), " ",
          DeciderOf(*change.example, change.before, change.rule_before),
          ", now ", DeciderOf(*change.example, change.after, change.rule_after),
          "\n");
    }
    if (lines.empty()) continue;
    absl::StrAppend(&out, "# ", KindName(kind), "\n", lines);
  }
  if (diff.changes.empty()) out = "# no difference\n";
  for (const auto& entry : diff.inexact) {
    absl::StrAppend(&out,
                    "# not compared exactly: ", PermissionName(entry.first),
                    ", which has ", entry.second, "\n");
  }
  return out;
}

void WriteRule(const char* key, const absl::optional<Rule>& rule,
               JsonWriter* json) {
  if (!rule) return;
  json->Key(key).StartObject();
  WritePlace(rule->source, json);
  JsonMember("pattern", rule->pattern.ToString(), json);
  json->EndObject();
}

std::string ToJson(const PolicyDiff& diff) {
  return JsonObject([&](JsonWriter* json) {
    json->Key("changes").StartArray();
    for (const AccessChange& change : diff.changes) {
      json->StartObject().Key("kind").String(KindName(change.kind));
      json->Key("permission")
          .String(PermissionName(change.example->permission()));
      JsonList("resource", change.example->words(), json);
      json->Key("subtree").Bool(change.example->extent() ==
                                AccessQuestion::Extent::kSubtree);
      json->Key("before").String(DecisionName(change.before));
      json->Key("after").String(DecisionName(change.after));
      WriteRule("rule_before", change.rule_before, json);
      WriteRule("rule_after", change.rule_after, json);
      json->EndObject();
    }
    json->EndArray();
    json->Key("inexact").StartArray();
    for (const auto& entry : diff.inexact) {
      json->StartObject();
      json->Key("permission").String(PermissionName(entry.first));
      json->Key("why").String(entry.second);
      json->EndObject();
    }
    json->EndArray();
  });
}

absl::StatusOr<LoadedPolicy> Load(Arguments arguments,
                                  const std::string& path) {
  arguments.policies = {path};
  return LoadPolicies(arguments);
}

}  // namespace

absl::StatusOr<ExitCode> Diff(const Arguments& arguments, Output* out) {
  if (arguments.words.size() != 2) {
    return absl::InvalidArgumentError(
        "expected two policies, the old and the new one; see \"postern diff "
        "--help\"");
  }
  const absl::Status once = CheckStandardInputOnce(arguments.words);
  if (!once.ok()) return once;
  const absl::StatusOr<LoadedPolicy> before =
      Load(arguments, arguments.words[0]);
  if (!before.ok()) return before.status();
  const absl::StatusOr<LoadedPolicy> after =
      Load(arguments, arguments.words[1]);
  if (!after.ok()) return after.status();
  std::set<std::string> variables = before->variables;
  variables.insert(after->variables.begin(), after->variables.end());
  const absl::Status known = CheckVariables(arguments, variables);
  if (!known.ok()) return known;
  const PolicyDiff diff = DiffPolicies(*before->policy, *after->policy);
  out->Print(arguments.json ? ToJson(diff) : ToText(diff));
  return diff.changes.empty() ? ExitCode::kDone : ExitCode::kDenied;
}

}  // namespace cli
}  // namespace postern
