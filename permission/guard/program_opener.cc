#include "permission/guard/program_monitor.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "permission/decision.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/verdict.h"
#include "permission/policy.h"

namespace postern {
namespace internal {
namespace {

using fs::FileIdentity;
using fs::Right;
using fs::Rights;
using fs::Verdict;

Verdict Granted() {
  return VerdictOf<Verdict>(DecisionParts::Make(Effect::kAllow, Reason::kNone));
}

Verdict Denied(Reason reason) {
  return VerdictOf<Verdict>(DecisionParts::Make(Effect::kDeny, reason));
}

// Everything but opening for reading is denied: nothing else is done with it.
class ProgramMonitor final : public fs::PathMonitor {
 public:
  ProgramMonitor(std::shared_ptr<const PermissionContext> context,
                 absl::Span<const CallArg> args, bool through)
      : context_(std::move(context)), args_(args), through_(through) {}

  absl::Status Ready() const override {
    if (context_->policy()->binding() != nullptr) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "the policy is not bound to the file system, so that its rules would "
        "hold for other programs than they name; call PolicyBuilder::Bind() "
        "before Build()");
  }

  // Who is to be asked is asked later, about the whole command.
  Verdict Check(Rights rights, absl::string_view path) const override {
    if (!(rights == Rights(Right::kRead)) || path.empty() || path[0] != '/') {
      return Denied(Reason::kInvalidResource);
    }
    const Access command = Access::CanonicalCommand(path, args_);
    Verdict verdict = VerdictOf<Verdict>(
        context_->Check(through_ ? command.Through() : command));
    verdict.allowed = verdict.allowed || verdict.asks;
    verdict.asks = false;
    return verdict;
  }
  Verdict Enforce(Rights rights, absl::string_view path,
                  absl::string_view) override {
    return Check(rights, path);
  }

  Verdict CheckSubtree(Rights, absl::string_view) const override {
    return Denied(Reason::kInvalidResource);
  }
  bool IsUniformBelow(Rights, absl::string_view) const override {
    return false;
  }
  Verdict CheckMove(absl::string_view, absl::string_view, bool) const override {
    return Denied(Reason::kInvalidResource);
  }
  Verdict CheckReplace(absl::string_view) const override {
    return Denied(Reason::kInvalidResource);
  }
  // A link on the way is followed; where it leads to is decided.
  bool Conceals() const override { return false; }
  Verdict CheckLink(Rights, absl::string_view) const override {
    return Granted();
  }
  // Other names of the file are looked at once it is open.
  bool KnowsIdentities() const override { return false; }
  bool KnowsEntries() const override { return false; }
  Verdict CheckIdentity(Rights, FileIdentity,
                        absl::string_view) const override {
    return Granted();
  }
  Verdict CheckEntry(Rights, FileIdentity, absl::string_view) const override {
    return Granted();
  }
  // Nothing of procfs is a program: /proc/PID/exe is a link that leads past
  // names.
  Verdict CheckNamed(Rights, absl::string_view,
                     absl::string_view) const override {
    return Denied(Reason::kNotNamed);
  }

 private:
  const std::shared_ptr<const PermissionContext> context_;
  const absl::Span<const CallArg> args_;
  const bool through_;
};

}  // namespace

std::shared_ptr<fs::PathMonitor> MakeProgramMonitor(
    std::shared_ptr<const PermissionContext> context,
    absl::Span<const CallArg> args, bool through) {
  return std::make_shared<ProgramMonitor>(std::move(context), args, through);
}

}  // namespace internal
}  // namespace postern
