#include "permission/guard/program_opener.h"

#include <sys/stat.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "fs/options.h"
#include "fs/path_monitor.h"
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

// As many as Prepare() has at a time on most machines.
constexpr size_t kMaxFree = 16;

}  // namespace

// Everything but opening for reading is denied: nothing else is done with it.
class ProgramMonitor final : public fs::PathMonitor {
 public:
  explicit ProgramMonitor(std::shared_ptr<const PermissionContext> context)
      : context_(std::move(context)) {}

  // What the names that follow are asked for. Borrowed.
  void SetCommand(absl::Span<const CallArg> args, bool through) {
    args_ = args;
    through_ = through;
  }

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
  absl::Span<const CallArg> args_;
  bool through_ = false;
};

ProgramOpener::ProgramOpener(std::shared_ptr<ProgramMonitor> monitor,
                             std::unique_ptr<const fs::GuardedFs> files)
    : monitor_(std::move(monitor)), files_(std::move(files)) {}

ProgramOpener::~ProgramOpener() = default;

absl::StatusOr<std::unique_ptr<ProgramOpener>> ProgramOpener::Create(
    std::shared_ptr<const PermissionContext> context) {
  auto monitor = std::make_shared<ProgramMonitor>(std::move(context));
  fs::GuardedFsOptions options;
  options.kinds = fs::Kinds::None().And(S_IFREG);
  auto files = fs::GuardedFs::Create(monitor, std::move(options));
  if (!files.ok()) return files.status();
  return absl::WrapUnique(
      new ProgramOpener(std::move(monitor), *std::move(files)));
}

fs::FsResult<fs::Handle> ProgramOpener::Open(const std::string& path,
                                             absl::Span<const CallArg> args,
                                             bool through) {
  monitor_->SetCommand(args, through);
  fs::FsResult<fs::Handle> handle = files_->Open(path, fs::OpenIntent());
  monitor_->SetCommand({}, false);
  return handle;
}

ProgramOpeners::ProgramOpeners(std::shared_ptr<const PermissionContext> context)
    : context_(std::move(context)) {}

absl::StatusOr<std::unique_ptr<ProgramOpener>> ProgramOpeners::Take() {
  {
    MutexLock lock(&mutex_);
    if (!free_.empty()) {
      std::unique_ptr<ProgramOpener> opener = std::move(free_.back());
      free_.pop_back();
      return opener;
    }
  }
  return ProgramOpener::Create(context_);
}

void ProgramOpeners::GiveBack(std::unique_ptr<ProgramOpener> opener) {
  MutexLock lock(&mutex_);
  if (free_.size() < kMaxFree) free_.push_back(std::move(opener));
}

}  // namespace internal
}  // namespace postern
