#include "bindings/cli/policies.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bindings/cli/input.h"
#include "bindings/cli/output.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/suggestion.h"
#include "permission/analysis/rule_problems.h"
#include "permission/builder.h"
#include "permission/join_specs.h"
#include "permission/proto/policy_proto.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

absl::Status Invalid(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

FileForm FormOf(absl::string_view bytes) {
  const size_t begin =
      std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size());
  if (bytes.substr(begin, 1) == "{") return FileForm::kJson;
  return begin < bytes.size() && static_cast<unsigned char>(bytes[begin]) < ' '
             ? FileForm::kBinary
             : FileForm::kText;
}

// Joins files and flags. Each call but Take() may fail.
class Joiner {
 public:
  explicit Joiner(const Arguments& arguments) : arguments_(arguments) {}

  absl::Status ReadVariables() {
    for (const std::string& word : arguments_.variables) {
      const size_t equals = word.find('=');
      if (equals == word.npos || equals == 0) {
        return Invalid(absl::StrCat("expected --var NAME=VALUE, not ",
                                    QuoteForDisplay(word)));
      }
      if (!given_.emplace(word.substr(0, equals), word.substr(equals + 1))
               .second) {
        return Invalid(absl::StrCat("--var gives a variable twice: ",
                                    QuoteForDisplay(word.substr(0, equals))));
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddFile(const PolicyFile& file) {
    PolicySpec spec = file.spec;
    for (const auto& entry : spec.variables) declared_.insert(entry.first);
    // What the command line settles, files need not agree on.
    for (const auto& entry : given_) spec.variables.erase(entry.first);
    if (!arguments_.base.empty()) spec.base_directory.clear();
    absl::Status status = NameLayers(file, &spec);
    if (status.ok()) status = JoinSpec(std::move(spec), &spec_);
    ++file_count_;
    if (status.ok()) return status;
    return Invalid(absl::StrCat(internal::EscapeForDisplay(file.name), ": ",
                                status.message()));
  }

  absl::Status AddFlags() {
    const Layer& flags = arguments_.flags.layer;
    if (flags.rules.empty()) return absl::OkStatus();
    if (file_count_ == 0) {
      spec_.layers.push_back(flags);
      return absl::OkStatus();
    }
    if (flags.precedence != Precedence::kDenyOverrides) {
      return Invalid(
          "--precedence is for rules alone; leave it out beside --policy");
    }
    return AddFlagsToFiles(flags);
  }

  // What --var may give.
  std::set<std::string> Variables() const {
    std::set<std::string> names = declared_;
    for (const Layer& layer : spec_.layers) {
      for (const Rule& rule : layer.rules) {
        AddUsed(rule.pattern.text(), &names);
        for (const std::string& part : rule.pattern.parts()) {
          AddUsed(part, &names);
        }
      }
    }
    return names;
  }

  PolicySpec Take(const std::string& base) {
    for (const auto& entry : given_)
      spec_.variables[entry.first] = entry.second;
    if (!base.empty()) spec_.base_directory = base;
    return std::move(spec_);
  }

 private:
  // The names in all "${NAME}".
  static void AddUsed(absl::string_view text, std::set<std::string>* names) {
    for (size_t at = text.find("${"); at != text.npos; at = text.find("${")) {
      text.remove_prefix(at + 2);
      const size_t end = text.find('}');
      if (end == text.npos) return;
      names->emplace(text.substr(0, end));
    }
  }

  bool HasLayer(const std::string& name) const {
    return std::any_of(spec_.layers.begin(), spec_.layers.end(),
                       [&name](const Layer& l) { return l.name == name; });
  }

  // Gives each layer whose name is taken another one.
  absl::Status NameLayers(const PolicyFile& file, PolicySpec* spec) const {
    for (Layer& layer : spec->layers) {
      if (HasLayer(layer.name)) {
        layer.name = absl::StrCat(layer.name, " of ", file.name);
      }
      if (HasLayer(layer.name)) {
        return Invalid("is given twice, expected it once");
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddFlagsToFiles(const Layer& flags) {
    Layer narrowing;
    narrowing.name = "flags";
    narrowing.default_effect = Effect::kAllow;
    std::vector<Rule> grants;
    for (const Rule& rule : flags.rules) {
      (rule.effect == Effect::kAllow ? grants : narrowing.rules)
          .push_back(rule);
    }
    const absl::Status status = AddGrants(std::move(grants));
    if (!status.ok() || narrowing.rules.empty()) return status;
    if (HasLayer(narrowing.name)) narrowing.name = "flags of the command line";
    spec_.layers.push_back(std::move(narrowing));
    return absl::OkStatus();
  }

  absl::Status AddGrants(std::vector<Rule> grants) {
    if (grants.empty()) return absl::OkStatus();
    std::vector<Layer*> denying;
    for (Layer& layer : spec_.layers) {
      if (layer.default_effect == Effect::kDeny &&
          layer.mode == Mode::kEnforce) {
        denying.push_back(&layer);
      }
    }
    if (denying.size() != 1) {
      return Invalid(absl::StrCat(
          denying.size(),
          " layers of the policy deny by default, expected one to add \"",
          grants[0].source.name, "\" to; write the rule in a file"));
    }
    for (Rule& rule : grants) denying[0]->rules.push_back(std::move(rule));
    return absl::OkStatus();
  }

  const Arguments& arguments_;
  std::map<std::string, std::string> given_;  // --var
  std::set<std::string> declared_;            // variables of files
  size_t file_count_ = 0;
  PolicySpec spec_;
};

absl::StatusOr<std::vector<PolicyFile>> ReadFiles(const Arguments& arguments) {
  const absl::Status once = CheckStandardInputOnce(arguments.policies);
  if (!once.ok()) return once;
  std::vector<PolicyFile> files;
  for (const std::string& path : arguments.policies) {
    absl::StatusOr<PolicyFile> file = ReadPolicy(path);
    if (!file.ok()) return file.status();
    files.push_back(*std::move(file));
  }
  return files;
}

// All that is wrong with the files, if anything is; of `whole`, that has what
// holds for all of them.
absl::Status ProblemsOf(const std::vector<PolicyFile>& files,
                        const PolicySpec& whole) {
  std::vector<Problem> all;
  for (const PolicyFile& file : files) {
    std::vector<Problem> problems = file.problems;
    if (!problems.empty() && file.complete) {
      PolicySpec spec = file.spec;
      for (const auto& entry : whole.variables) {
        spec.variables[entry.first] = entry.second;
      }
      if (!whole.base_directory.empty()) {
        spec.base_directory = whole.base_directory;
      }
      AddRuleProblems(spec, kMaxProblems, &problems);
    }
    SortByPlace(&problems);
    all.insert(all.end(), problems.begin(), problems.end());
  }
  return all.empty() ? absl::OkStatus() : ProblemsStatus(all);
}

bool LoadsSeveral(Command command) {
  return command == Command::kTest || command == Command::kDiff;
}

// What to give in place of `name`: a likely one, else all that are known.
std::string KnownVariables(const std::string& name,
                           const std::set<std::string>& known) {
  const std::vector<std::string> names(known.begin(), known.end());
  const std::string near = Suggestion(name, names);
  if (!near.empty()) return near;
  return names.empty()
             ? "; none has a variable"
             : absl::StrCat(
                   ", expected one of ",
                   internal::EscapeForDisplay(absl::StrJoin(names, ", ")));
}

std::string AbsoluteBase(const Arguments& arguments,
                         const std::string& working_directory) {
  if (!arguments.base.empty()) {
    return LexicalName(NameFrom(working_directory, arguments.base));
  }
  return arguments.policies.empty() ? working_directory : "";
}

}  // namespace

absl::Status CheckVariables(const Arguments& arguments,
                            const std::set<std::string>& known) {
  for (const std::string& word : arguments.variables) {
    const std::string name = word.substr(0, word.find('='));
    if (known.count(name) != 0) continue;
    return Invalid(absl::StrCat("--var gives ", QuoteForDisplay(name),
                                ", which no policy has",
                                KnownVariables(name, known)));
  }
  return absl::OkStatus();
}

PolicyFile ReadPolicyBytes(FileForm form, const Input& input) {
  PolicyReading reading = ReadPolicyWithProblems(
      {form, input.bytes, input.name}, kMaxProblems,
      input.is_standard ? Includes::kRefused : Includes::kRead);
  PolicyFile file;
  file.name = input.name;
  file.spec = std::move(reading.spec);
  file.complete = reading.complete;
  file.problems = std::move(reading.problems);
  return file;
}

absl::StatusOr<PolicyFile> ReadPolicy(const std::string& path) {
  absl::StatusOr<FileForm> form = FileForm::kText;
  if (path != "-") form = DetectForm(path);
  if (!form.ok()) return form.status();
  const absl::StatusOr<Input> input = ReadInput(path, ReadLimits().max_bytes);
  if (!input.ok()) return input.status();
  return ReadPolicyBytes(input->is_standard ? FormOf(input->bytes) : *form,
                         *input);
}

absl::StatusOr<std::shared_ptr<const Policy>> BuildPolicy(PolicySpec spec) {
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(spec).Build();
  if (policy.ok()) return policy;
  std::vector<Problem> problems;
  AddRuleProblems(spec, kMaxProblems, &problems);
  return problems.empty() ? policy.status() : ProblemsStatus(problems);
}

absl::StatusOr<RootContext> NewContext(std::shared_ptr<const Policy> policy,
                                       const std::string& base) {
  ContextOptions options;
  options.base_directory = base;
  return PermissionContext::Create(std::move(policy), std::move(options));
}

absl::Status NoRulesError() {
  return Invalid(
      "no rules are given; name a policy with --policy FILE, or give rules "
      "such as --allow-fs-read=/srv");
}

absl::StatusOr<LoadedPolicy> LoadPolicies(const Arguments& arguments) {
  if (arguments.policies.empty() && arguments.flags.layer.rules.empty()) {
    return NoRulesError();
  }
  const absl::StatusOr<std::string> working_directory = WorkingDirectory();
  if (!working_directory.ok()) return working_directory.status();
  const absl::StatusOr<std::vector<PolicyFile>> files = ReadFiles(arguments);
  if (!files.ok()) return files.status();
  Joiner joiner(arguments);
  absl::Status status = joiner.ReadVariables();
  for (const PolicyFile& file : *files) {
    if (status.ok() && file.problems.empty()) status = joiner.AddFile(file);
  }
  if (status.ok()) status = joiner.AddFlags();
  LoadedPolicy loaded;
  loaded.variables = joiner.Variables();
  if (status.ok() && !LoadsSeveral(arguments.command)) {
    status = CheckVariables(arguments, loaded.variables);
  }
  PolicySpec spec = joiner.Take(AbsoluteBase(arguments, *working_directory));
  const absl::Status problems = ProblemsOf(*files, spec);
  if (!problems.ok()) return problems;
  if (!status.ok()) return status;
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      BuildPolicy(std::move(spec));
  if (!policy.ok()) return policy.status();
  loaded.policy = *std::move(policy);
  loaded.warnings = arguments.flags.warnings;
  loaded.warnings.insert(loaded.warnings.end(),
                         loaded.policy->warnings().begin(),
                         loaded.policy->warnings().end());
  loaded.base = loaded.policy->base_directory().empty()
                    ? *working_directory
                    : loaded.policy->base_directory();
  return loaded;
}

void PrintWarnings(const std::vector<PolicyWarning>& warnings) {
  for (const PolicyWarning& warning : warnings) {
    PrintError(absl::StrCat(
        "warning: ", internal::EscapeForDisplay(warning.source.ToString()),
        ": ", warning.code, ": ", warning.message));
  }
}

}  // namespace cli
}  // namespace postern
