#include "bindings/cli/inquiry.h"

#include "absl/strings/str_cat.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/resource_problem.h"

namespace postern {
namespace cli {

absl::StatusOr<Inquiry> Inquiry::Make(std::shared_ptr<const Policy> policy,
                                      std::string base) {
  ContextOptions options;
  options.base_directory = base;
  absl::StatusOr<RootContext> root =
      PermissionContext::Create(std::move(policy), std::move(options));
  if (!root.ok()) return root.status();
  return Inquiry(std::move(root->context), std::move(base));
}

absl::StatusOr<Verdict> Inquiry::Answer(const AccessQuestion& question) const {
  Verdict verdict;
  absl::Status status = Add("as asked", question.access(), &verdict);
  if (!status.ok()) return status;
  Explanation& asked = verdict.answers.back().explanation;
  if (asked.decision.reason() == Reason::kInvalidResource) {
    const std::string problem = ResourceProblem(question);
    if (!problem.empty()) asked.remedy = problem;
  }
  verdict.advisory = question.is_path();
  if (!question.is_path()) {
    // A name that is denied is not looked up.
    verdict.advisory = verdict.granted() && question.connects_by_name();
    return verdict;
  }
  // An empty name was denied.
  if (question.path().empty()) return verdict;
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
