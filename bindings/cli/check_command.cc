#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/explanation_json.h"
#include "bindings/cli/question.h"
#include "bindings/cli/real_name.h"
#include "net/endpoint.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/policy_proto.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

constexpr char kNamesChange[] =
    "a name may mean something else by the time it is used";
constexpr char kNameOnly[] =
    "only the name was decided; acting decides each address that it leads to, "
    "which --resolved ADDRESS asks about";

enum class Detail : uint8_t { kVerdict, kEveryLayer };

absl::StatusOr<std::string> WorkingDirectory() {
  const std::unique_ptr<char, decltype(&free)> name(getcwd(nullptr, 0), &free);
  if (name == nullptr) {
    return absl::FailedPreconditionError(
        "cannot tell the working directory; go to one that exists");
  }
  return std::string(name.get());
}

absl::StatusOr<PolicySpec> ReadRules(const Arguments& arguments,
                                     const std::string& working_directory) {
  const bool has_flags = !arguments.flags.layer.rules.empty();
  if (has_flags != arguments.policy_file.empty()) {
    return absl::InvalidArgumentError(
        has_flags ? "both a policy and rules are given; leave one of them out"
                  : "no rules are given; name a policy with --policy FILE, or "
                    "give rules such as --allow-fs-read=/srv");
  }
  if (!has_flags) return ReadPolicyFile(arguments.policy_file);
  PolicySpec spec;
  spec.layers.push_back(arguments.flags.layer);
  spec.base_directory = working_directory;
  return spec;
}

absl::Status SetVariables(const std::vector<std::string>& variables,
                          PolicySpec* spec) {
  for (const std::string& text : variables) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == text.npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid variable ", internal::QuoteForDisplay(text),
                       ", expected NAME=VALUE"));
    }
    spec->variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return absl::OkStatus();
}

// The policy of a file, or of the flags with the working directory as base;
// with what is said about its circumstances.
absl::StatusOr<std::shared_ptr<const Policy>> ReadPolicy(
    const Arguments& arguments, const std::string& working_directory) {
  absl::StatusOr<PolicySpec> spec = ReadRules(arguments, working_directory);
  if (!spec.ok()) return spec.status();
  const absl::Status status = SetVariables(arguments.variables, &*spec);
  if (!status.ok()) return status;
  if (!arguments.base.empty()) {
    spec->base_directory =
        arguments.base[0] == '/'
            ? arguments.base
            : absl::StrCat(working_directory, "/", arguments.base);
  }
  return PolicyBuilder(*std::move(spec)).Build();
}

void PrintWarnings(const Arguments& arguments, const Policy& policy) {
  std::vector<PolicyWarning> warnings = arguments.flags.warnings;
  warnings.insert(warnings.end(), policy.warnings().begin(),
                  policy.warnings().end());
  for (const PolicyWarning& warning : warnings) {
    const std::string place = warning.source.ToString();
    PrintError(absl::StrCat("warning: ", warning.code, ": ", warning.message,
                            place.empty() ? "" : " (",
                            internal::EscapeForDisplay(place),
                            place.empty() ? "" : ")"));
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

  // `resolved` are the addresses that the asked host leads to, if that is said.
  absl::StatusOr<Verdict> Answer(
      const Question& question,
      const std::vector<std::string>& resolved) const {
    Verdict verdict;
    absl::Status status = Add("as asked", question.access(), &verdict);
    if (!status.ok()) return status;
    const absl::optional<net::Endpoint>& endpoint = question.endpoint();
    const bool acts = question.permission() == Permission::kNetConnect ||
                      question.permission() == Permission::kNetListen;
    if (endpoint && acts && endpoint->kind() == net::Endpoint::Kind::kName) {
      status = AddAddresses(question, resolved, &verdict);
    } else if (!resolved.empty()) {
      status = absl::InvalidArgumentError(
          "--resolved goes with a host name that net.connect or net.listen is "
          "asked for");
    } else if (endpoint && endpoint->kind() == net::Endpoint::Kind::kUnix) {
      status = AddSocketFile(question, &verdict);
    } else if (question.is_path() && !question.path().empty()) {
      status = AddRealPath(question, &verdict);
    }
    if (!status.ok()) return status;
    return verdict;
  }

 private:
  Inquiry(std::shared_ptr<PermissionContext> context, std::string base)
      : context_(std::move(context)), base_(std::move(base)) {}

  static void Advise(const char* why, Verdict* verdict) {
    verdict->advisory = true;
    verdict->advice = why;
  }

  // The name behind every link, if it differs from the one asked; "" also if it
  // cannot be told, as the verdict then says.
  static std::string OtherRealName(const std::string& path, Verdict* verdict) {
    Advise(kNamesChange, verdict);
    const absl::StatusOr<std::string> real = RealName(path);
    if (!real.ok()) {
      verdict->unknown_real_name = std::string(real.status().message());
      return "";
    }
    return *real == LexicalName(path) ? "" : *real;
  }

  absl::Status AddRealPath(const Question& question, Verdict* verdict) const {
    const std::string path = question.path()[0] == '/'
                                 ? question.path()
                                 : absl::StrCat(base_, "/", question.path());
    const std::string real = OtherRealName(path, verdict);
    return real.empty()
               ? absl::OkStatus()
               : Add("as really named", question.AccessFor(real), verdict);
  }

  // A socket by path is a file as well: to connect reads and writes it, to
  // listen makes it.
  absl::Status AddSocketFile(const Question& question, Verdict* verdict) const {
    const std::string path(question.endpoint()->path());
    const std::string real = OtherRealName(path, verdict);
    absl::Status status;
    if (!real.empty()) {
      status = Add(
          "as really named",
          Access::Endpoint(question.permission(), absl::StrCat("unix:", real)),
          verdict);
    }
    const std::string& file = real.empty() ? path : real;
    if (status.ok() && question.permission() == Permission::kNetConnect) {
      status =
          Add("as a file", Access::Path(Permission::kFsRead, file), verdict);
    }
    return status.ok() ? Add("as a file",
                             Access::Path(Permission::kFsWrite, file), verdict)
                       : status;
  }

  absl::Status AddAddresses(const Question& question,
                            const std::vector<std::string>& resolved,
                            Verdict* verdict) const {
    Advise(resolved.empty() ? kNameOnly : kNamesChange, verdict);
    const net::Endpoint& name = *question.endpoint();
    for (const std::string& text : resolved) {
      net::Endpoint address;
      net::SyntaxError error;
      const std::string host = net::Bracketed(text, /*has_port=*/true);
      if (!net::Endpoint::Parse(text[0] == '[' ? text : host, &address,
                                &error) ||
          address.kind() != net::Endpoint::Kind::kAddress ||
          address.port().has_value()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "invalid address ", internal::QuoteForDisplay(text),
            " for --resolved, expected one such as 192.0.2.1, without a port"));
      }
      const std::string at =
          (name.port() ? address.WithPort(*name.port()) : address).ToString();
      const absl::Status status =
          Add(absl::StrCat("at ", address.ToString()),
              Access::Resolved(question.permission(), name.ToString(), at),
              verdict);
      if (!status.ok()) return status;
      verdict->answers.back().is_choice = true;
    }
    return absl::OkStatus();
  }

  absl::Status Add(std::string name, const Access& access,
                   Verdict* verdict) const {
    absl::StatusOr<Explanation> explanation =
        context_->Explain(context_->Check(access), access);
    if (!explanation.ok()) return explanation.status();
    verdict->answers.push_back({std::move(name), *std::move(explanation)});
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
  if (verdict.advisory)
    absl::StrAppend(&out, "advisory: ", verdict.advice, "\n");
  return out;
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
  const absl::StatusOr<Verdict> verdict =
      inquiry->Answer(**question, arguments.resolved);
  if (!verdict.ok()) return verdict.status();
  out->Print(arguments.json
                 ? VerdictToJson(*verdict, detail == Detail::kEveryLayer)
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
