#include "permission/guard/spawn_status.h"

#include <errno.h>

#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "permission/text/display.h"

namespace postern {

absl::string_view RefusalCode(SpawnRefusal refusal) {
  switch (refusal) {
    case SpawnRefusal::kNone:
      return "none";
    case SpawnRefusal::kRules:
      return "rules";
    case SpawnRefusal::kReplaced:
      return "replaced";
    case SpawnRefusal::kDeleted:
      return "deleted";
    case SpawnRefusal::kLoader:
      return "loader";
    case SpawnRefusal::kUnknown:
      return "unknown";
    case SpawnRefusal::kUnreadable:
      return "unreadable";
    case SpawnRefusal::kInterpreter:
      return "interpreter";
    case SpawnRefusal::kFile:
      return "file";
    case SpawnRefusal::kInvalid:
      return "invalid";
  }
  return "none";
}

void DecidedCommand::View(absl::FunctionRef<void(const Access&)> use) const {
  std::vector<CallArg> views;
  for (const std::string& arg : args) views.push_back(CallArg{arg});
  const Access command = Access::CanonicalCommand(program, views);
  use(through ? command.Through() : command);
}

SpawnStatus SpawnStatus::Error(int error_number, DecidedCommand command) {
  SpawnStatus status;
  status.error_number = error_number;
  status.command = std::move(command);
  return status;
}

SpawnStatus SpawnStatus::Refused(int error_number, SpawnRefusal refusal,
                                 DecidedCommand command, std::string detail) {
  SpawnStatus status = Error(error_number, std::move(command));
  status.refusal = refusal;
  status.detail = std::move(detail);
  return status;
}

SpawnStatus SpawnStatus::Denied(const Decision& decision,
                                DecidedCommand command) {
  SpawnStatus status = Refused(decision.concealed() ? ENOENT : EACCES,
                               SpawnRefusal::kRules, std::move(command), "");
  status.decision = decision;
  return status;
}

std::string SpawnStatus::ToString() const {
  if (ok()) return "OK";
  const char* const name = strerrorname_np(error_number);
  std::string text = name != nullptr ? name : absl::StrCat(error_number);
  if (denied()) absl::StrAppend(&text, ": refused, ", RefusalCode(refusal));
  absl::StrAppend(&text, ": ", internal::QuoteForDisplay(command.program));
  if (!command.because_of.empty()) {
    absl::StrAppend(&text, " for ",
                    internal::QuoteForDisplay(command.because_of));
  }
  if (!detail.empty()) {
    absl::StrAppend(&text, ": ", internal::EscapeForDisplay(detail));
  }
  return text;
}

absl::StatusOr<Explanation> ExplainSpawn(const PermissionContext& context,
                                         const SpawnStatus& status) {
  if (status.refusal != SpawnRefusal::kRules) {
    return absl::FailedPreconditionError("no rule denied it");
  }
  absl::StatusOr<Explanation> explanation =
      absl::InternalError("not explained");
  status.command.View([&](const Access& access) {
    explanation = context.Explain(status.decision, access);
  });
  if (!explanation.ok() || status.command.because_of.empty()) {
    return explanation;
  }
  explanation->remedy =
      absl::StrCat(internal::QuoteForDisplay(status.command.because_of),
                   " needs it, and a rule for the one is none for the other: ",
                   explanation->remedy);
  return explanation;
}

}  // namespace postern
