#include "bindings/cli/inquiry.h"

#include "bindings/cli/policies.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/resource_problem.h"

namespace postern {
namespace cli {

namespace {

// Says what is wrong with what was asked about, if that is why it is denied.
void NoteResource(const AccessQuestion& asked, NamedAnswer* answer) {
  Explanation& explanation = answer->explanation;
  if (explanation.decision.allowed()) return;
  const bool invalid =
      explanation.decision.reason() == Reason::kInvalidResource;
  const std::string problem =
      invalid ? ResourceProblem(asked) : ResourceSlip(asked);
  if (!problem.empty()) explanation.remedy = problem;
  answer->resource_is_wrong = invalid || !problem.empty();
}

}  // namespace

absl::StatusOr<Inquiry> Inquiry::Make(std::shared_ptr<const Policy> policy,
                                      std::string base) {
  absl::StatusOr<RootContext> root = NewContext(std::move(policy), base);
  if (!root.ok()) return root.status();
  return Inquiry(std::move(root->context), std::move(base));
}

absl::StatusOr<Verdict> Inquiry::Answer(const Question& question) const {
  const AccessQuestion& asked = *question.asked;
  Verdict verdict;
  absl::Status status = Add("as asked", asked.access(), &verdict);
  if (!status.ok()) return status;
  NoteResource(asked, &verdict.answers.back());
  const Explanation& explanation = verdict.answers.back().explanation;
  if (asked.is_path()) {
    status = AddRealName(asked, &verdict);
  } else if (question.resolved.empty()) {
    verdict.advisory = verdict.granted() && asked.connects_by_name();
  } else if (explanation.decision.effect() != Effect::kDeny) {
    // A name that is denied is not looked up.
    status = Add("as resolved",
                 Access::Resolved(asked.permission(), asked.words()[0],
                                  question.resolved),
                 &verdict);
  }
  if (!status.ok()) return status;
  return verdict;
}

absl::Status Inquiry::AddRealName(const AccessQuestion& question,
                                  Verdict* verdict) const {
  verdict->advisory = true;
  // An empty name was denied.
  if (question.path().empty()) return absl::OkStatus();
  const std::string path = NameFrom(base_, question.path());
  const absl::StatusOr<std::string> real = RealName(path);
  if (!real.ok()) {
    verdict->unknown_real_name = std::string(real.status().message());
    return absl::OkStatus();
  }
  return *real == LexicalName(path)
             ? absl::OkStatus()
             : Add("as really named", question.AccessFor(*real), verdict);
}

absl::Status Inquiry::Add(const char* name, const Access& access,
                          Verdict* verdict) const {
  absl::StatusOr<Explanation> explanation =
      context_->Explain(context_->Check(access), access);
  if (!explanation.ok()) return explanation.status();
  verdict->answers.push_back({name, *std::move(explanation)});
  return absl::OkStatus();
}

}  // namespace cli
}  // namespace postern
