#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/batch.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/explanation_json.h"
#include "bindings/cli/input.h"
#include "bindings/cli/inquiry.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/resolved.h"
#include "permission/analysis/access_question.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

constexpr char kAdvisory[] =
    "advisory: a name may mean something else by the time it is used\n";
constexpr char kOfHost[] =
    "advisory: the name is granted; each address that it leads to is decided "
    "when a program connects\n";

absl::string_view Advice(const Verdict& verdict) {
  if (!verdict.advisory) return "";
  return verdict.answers[0].explanation.permission == Permission::kNetConnect
             ? kOfHost
             : kAdvisory;
}

// Tables of decisions and answers write so what is asked with --subtree here.
void WarnOfStars(const AccessQuestion& question) {
  if (!question.is_path() ||
      question.extent() == AccessQuestion::Extent::kSubtree ||
      !absl::EndsWith(question.path(), "/**")) {
    return;
  }
  PrintError(absl::StrCat(
      "warning: ", internal::EscapeForDisplay(question.path()),
      " is asked about as one name, with stars in it; for a folder and all "
      "beneath it leave \"/**\" out and give --subtree"));
}

enum class Detail : uint8_t { kVerdict, kEveryLayer };

// A rule on the command line that does not say where it starts, as ".", says
// here what it became. Only of plain names: prefixes ("exact:"), variables and
// patterns are not read here, so these stay as they are.
Explanation WithWholeName(Explanation e, const std::string& base) {
  if (ResourceKindOf(e.permission) == ResourceKind::kPath && !e.rule.empty() &&
      absl::StartsWith(e.source.name, "--") && e.rule[0] != '/' &&
      e.rule.find_first_of("{}[]()*?:$\\") == e.rule.npos) {
    absl::StrAppend(&e.rule, ", which is ",
                    LexicalName(NameFrom(base, e.rule)));
  }
  return e;
}

std::string ToText(const Verdict& verdict, Detail detail,
                   const std::string& base) {
  std::string out;
  for (const NamedAnswer& answer : verdict.answers) {
    const Explanation& e = answer.explanation;
    if (detail == Detail::kEveryLayer) {
      absl::StrAppend(&out, "(", answer.name, ") ",
                      WithWholeName(e, base).ToText());
      continue;
    }
    absl::StrAppend(&out, EffectName(e.decision.effect()), ": ",
                    PermissionName(e.permission), e.resource.empty() ? "" : " ",
                    e.resource, "  (", answer.name, ")\n");
    // No rule is to blame, so it is said without "explain".
    if (answer.resource_is_wrong) {
      absl::StrAppend(&out, "  ", e.remedy, "\n");
    }
  }
  if (!verdict.unknown_real_name.empty()) {
    absl::StrAppend(&out, "deny: ", verdict.unknown_real_name, "\n");
  }
  return absl::StrCat(out, Advice(verdict));
}

absl::StatusOr<Inquiry> MakeInquiry(const Arguments& arguments) {
  const absl::StatusOr<LoadedPolicy> loaded = LoadPolicies(arguments);
  if (!loaded.ok()) return loaded.status();
  PrintWarnings(loaded->warnings);
  return Inquiry::Make(loaded->policy, loaded->base);
}

absl::StatusOr<ExitCode> DecideBatch(const Arguments& arguments, Detail detail,
                                     Output* out) {
  if (!arguments.permission.empty() || arguments.subtree ||
      !arguments.resolved.empty()) {
    return absl::InvalidArgumentError(
        "--batch takes its questions from standard input; leave PERMISSION, "
        "resource, --subtree and --resolved out");
  }
  std::vector<std::string> read = arguments.policies;
  read.push_back("-");
  if (!CheckStandardInputOnce(read).ok()) {
    return absl::InvalidArgumentError(
        "--batch takes its questions from standard input; give the policy as a "
        "file");
  }
  const absl::StatusOr<Inquiry> inquiry = MakeInquiry(arguments);
  if (!inquiry.ok()) return inquiry.status();
  return AnswerBatch(*inquiry,
                     detail == Detail::kEveryLayer ? BatchDetail::kAnswers
                                                   : BatchDetail::kVerdict,
                     out);
}

absl::StatusOr<Question> ReadQuestion(const Arguments& arguments) {
  absl::StatusOr<std::unique_ptr<AccessQuestion>> asked =
      AccessQuestion::Read(arguments.permission, arguments.words,
                           arguments.subtree ? AccessQuestion::Extent::kSubtree
                                             : AccessQuestion::Extent::kOne);
  if (!asked.ok()) return asked.status();
  return WithResolved(*std::move(asked), arguments.resolved);
}

absl::StatusOr<ExitCode> Decide(const Arguments& arguments, Detail detail,
                                Output* out) {
  if (arguments.batch) return DecideBatch(arguments, detail, out);
  const absl::StatusOr<Question> question = ReadQuestion(arguments);
  if (!question.ok()) return question.status();
  WarnOfStars(*question->asked);
  const absl::StatusOr<Inquiry> inquiry = MakeInquiry(arguments);
  if (!inquiry.ok()) return inquiry.status();
  const absl::StatusOr<Verdict> verdict = inquiry->Answer(*question);
  if (!verdict.ok()) return verdict.status();
  out->Print(arguments.json ? VerdictToJson(*verdict)
                            : ToText(*verdict, detail, inquiry->base()));
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
