#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/explanation_json.h"
#include "bindings/cli/question.h"
#include "bindings/cli/real_name.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/proto/policy_proto.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

constexpr char kAdvisory[] =
    "advisory: a name may mean something else by the time it is used\n";

enum class Detail : uint8_t { kVerdict, kEveryLayer };

absl::StatusOr<std::string> WorkingDirectory() {
  const std::unique_ptr<char, decltype(&free)> name(getcwd(nullptr, 0), &free);
  if (name == nullptr) {
    return absl::FailedPreconditionError(
        "cannot tell the working directory; go to one that exists");
  }
  return std::string(name.get());
}

// The policy of a file, or of the flags with the working directory as base.
absl::StatusOr<std::shared_ptr<const Policy>> ReadPolicy(
    const Arguments& arguments, const std::string& working_directory) {
  const bool has_flags = !arguments.flags.layer.rules.empty();
  if (has_flags != arguments.policy_file.empty()) {
    return absl::InvalidArgumentError(
        has_flags ? "both a policy and rules are given; leave one of them out"
                  : "no rules are given; name a policy with --policy FILE, or "
                    "give rules such as --allow-fs-read=/srv");
  }
  PolicySpec spec;
  if (has_flags) {
    spec.layers.push_back(arguments.flags.layer);
    spec.base_directory = working_directory;
  } else {
    absl::StatusOr<PolicySpec> read = ReadPolicyFile(arguments.policy_file);
    if (!read.ok()) return read.status();
    spec = *std::move(read);
  }
  return PolicyBuilder(std::move(spec)).Build();
}

void PrintWarnings(const Arguments& arguments, const Policy& policy) {
  std::vector<PolicyWarning> warnings = arguments.flags.warnings;
  warnings.insert(warnings.end(), policy.warnings().begin(),
                  policy.warnings().end());
  for (const PolicyWarning& warning : warnings) {
    PrintError(absl::StrCat("warning: ", warning.code, ": ", warning.message));
  }
}

// Answers one question, by the name asked and by the real one.
class Inquiry {
 public:
  static absl::StatusOr<Inquiry> Make(std::shared_ptr<const Policy> policy,
                                      std::string base) {
    ContextOptions options;
    options.base_directory = base;
    absl::StatusOr<RootContext> root =
        PermissionContext::Create(std::move(policy), std::move(options));
    if (!root.ok()) return root.status();
    return Inquiry(std::move(root->context), std::move(base));
  }

  absl::StatusOr<Verdict> Answer(const Question& question) const {
    Verdict verdict;
    absl::Status status = Add("as asked", question.access(), &verdict);
    if (!status.ok()) return status;
    verdict.advisory = question.is_path();
    // An empty name was denied.
    if (!verdict.advisory || question.path().empty()) return verdict;
    const std::string path = question.path()[0] == '/'
                                 ? question.path()
                                 : absl::StrCat(base_, "/", question.path());
    const absl::StatusOr<std::string> real = RealName(path);
    if (!real.ok()) {
      verdict.unknown_real_name = std::string(real.status().message());
    } else if (*real != LexicalName(path)) {
      status = Add("as really named", question.AccessFor(*real), &verdict);
    }
    if (!status.ok()) return status;
    return verdict;
  }

 private:
  Inquiry(std::shared_ptr<PermissionContext> context, std::string base)
      : context_(std::move(context)), base_(std::move(base)) {}

  absl::Status Add(const char* name, const Access& access,
                   Verdict* verdict) const {
    absl::StatusOr<Explanation> explanation =
        context_->Explain(context_->Check(access), access);
    if (!explanation.ok()) return explanation.status();
    verdict->answers.push_back({name, *std::move(explanation)});
    return absl::OkStatus();
  }

  std::shared_ptr<PermissionContext> context_;
  std::string base_;
};

std::string ToText(const Verdict& verdict, Detail detail) {
  std::string out;
  for (const NamedAnswer& answer : verdict.answers) {
    const Explanation& e = answer.explanation;
    if (detail == Detail::kEveryLayer) {
      absl::StrAppend(&out, "(", answer.name, ") ", e.ToText());
      continue;
    }
    absl::StrAppend(&out, EffectName(e.decision.effect()), ": ",
                    PermissionName(e.permission), e.resource.empty() ? "" : " ",
                    e.resource, "  (", answer.name, ")\n");
  }
  if (!verdict.unknown_real_name.empty()) {
    absl::StrAppend(&out, "deny: ", verdict.unknown_real_name, "\n");
  }
  return absl::StrCat(out, verdict.advisory ? kAdvisory : "");
}

absl::StatusOr<ExitCode> Decide(const Arguments& arguments, Detail detail,
                                Output* out) {
  const absl::StatusOr<std::unique_ptr<Question>> question = Question::Read(
      arguments.permission, arguments.words,
      arguments.subtree ? Question::Extent::kSubtree : Question::Extent::kOne);
  if (!question.ok()) return question.status();
  const absl::StatusOr<std::string> working_directory = WorkingDirectory();
  if (!working_directory.ok()) return working_directory.status();
  const absl::StatusOr<std::shared_ptr<const Policy>> policy =
      ReadPolicy(arguments, *working_directory);
  if (!policy.ok()) return policy.status();
  PrintWarnings(arguments, **policy);

  const std::string& base = (*policy)->base_directory();
  const absl::StatusOr<Inquiry> inquiry =
      Inquiry::Make(*policy, base.empty() ? *working_directory : base);
  if (!inquiry.ok()) return inquiry.status();
  const absl::StatusOr<Verdict> verdict = inquiry->Answer(**question);
  if (!verdict.ok()) return verdict.status();
  out->Print(arguments.json ? VerdictToJson(*verdict)
                            : ToText(*verdict, detail));
  return verdict->granted() ? ExitCode::kDone : ExitCode::kDenied;
}

}  // namespace

absl::StatusOr<ExitCode> Check(const Arguments& arguments, Output* out) {
  return Decide(arguments, Detail::kVerdict, out);
}

absl::StatusOr<ExitCode> Explain(const Arguments& arguments, Output* out) {
  return Decide(arguments, Detail::kEveryLayer, out);
}

}  // namespace cli
}  // namespace postern
