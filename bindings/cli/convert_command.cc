#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/suggestion.h"
#include "bindings/cli/write_file.h"
#include "permission/proto/policy_proto.h"
#include "permission/text/display.h"
#include "permission/text/rule_text.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

absl::Status NoFlags(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("flags cannot say ", what, "; convert to another form"));
}

// What a policy has that no flag says.
absl::Status CheckFrame(const PolicySpec& spec) {
  if (spec.layers.size() != 1) {
    return NoFlags(absl::StrCat(spec.layers.size(), " layers, but one"));
  }
  const Layer& layer = spec.layers[0];
  if (layer.default_effect != Effect::kDeny) {
    return NoFlags("that a layer allows by default");
  }
  if (layer.mode != Mode::kEnforce) return NoFlags("that a layer only reports");
  if (layer.conceal) return NoFlags("that what is denied is hidden");
  if (!spec.variables.empty()) return NoFlags("what variables stand for");
  if (!spec.signatures.empty()) return NoFlags("names of parameters");
  if (spec.lenient_wildcards) return NoFlags("\"lenient_wildcards\"");
  return absl::OkStatus();
}

bool IsRelative(absl::string_view pattern) {
  absl::ConsumePrefix(&pattern, "exact:");
  return !absl::StartsWith(pattern, "/");
}

// Whether a rule names a path that starts in the base directory.
bool HasRelativePath(const Rule& rule) {
  if (!(rule.permissions & PathPermissions()).empty() &&
      rule.pattern.kind() == RulePattern::Kind::kText) {
    return IsRelative(rule.pattern.text());
  }
  const std::vector<std::string>& parts = rule.pattern.parts();
  return std::any_of(parts.begin(), parts.end(), [](absl::string_view part) {
    return absl::ConsumePrefix(&part, "path:") && IsRelative(part);
  });
}

absl::StatusOr<std::string> FlagOf(const Rule& rule, bool same_base) {
  const std::string place = internal::EscapeForDisplay(rule.source.ToString());
  if (!same_base && HasRelativePath(rule)) {
    return NoFlags(absl::StrCat("where the path of the rule of ", place,
                                " starts, which is no absolute one"));
  }
  if (rule.limits.any()) {
    return NoFlags(absl::StrCat("when the rule of ", place, " ends"));
  }
  const absl::optional<std::string> flag = RuleAsFlag(rule);
  if (!flag) return NoFlags(absl::StrCat("the rule of ", place));
  return *flag;
}

// A line a flag. Reasons and the base directory are left out: they change no
// answer to a question with an absolute path, save by rules with relative ones.
absl::StatusOr<std::string> ToFlags(const PolicySpec& spec) {
  const absl::StatusOr<std::string> base = WorkingDirectory();
  if (!base.ok()) return base.status();
  const absl::Status frame = CheckFrame(spec);
  if (!frame.ok()) return frame;
  std::string out;
  if (spec.layers[0].precedence == Precedence::kMostSpecific) {
    out = "--precedence=most-specific\n";
  }
  for (const Rule& rule : spec.layers[0].rules) {
    const absl::StatusOr<std::string> flag =
        FlagOf(rule, spec.base_directory == *base);
    if (!flag.ok()) return flag.status();
    absl::StrAppend(&out, *flag, "\n");
  }
  return out;
}

absl::StatusOr<std::string> Convert(const PolicySpec& spec,
                                    const std::string& form) {
  if (form == "text") return PolicySpecToText(spec);
  if (form == "json") return PolicySpecToJson(spec);
  if (form == "binary") return PolicySpecToBinary(spec);
  if (form == "flags") return ToFlags(spec);
  return absl::InvalidArgumentError(absl::StrCat(
      form.empty()
          ? "--to is missing"
          : absl::StrCat("unknown form ", QuoteForDisplay(form),
                         Suggestion(form, {"text", "json", "binary", "flags"})),
      ", expected --to text, json, binary or flags"));
}

}  // namespace

absl::StatusOr<ExitCode> ConvertPolicy(const Arguments& arguments,
                                       Output* out) {
  const absl::StatusOr<LoadedPolicy> loaded = LoadPolicies(arguments);
  if (!loaded.ok()) return loaded.status();
  const absl::StatusOr<std::string> converted =
      Convert(loaded->policy->spec(), arguments.to);
  if (!converted.ok()) return converted.status();
  if (arguments.out.empty()) {
    out->Print(*converted);
    return ExitCode::kDone;
  }
  const absl::Status status = WriteWholeFile(arguments.out, *converted);
  if (!status.ok()) return status;
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
