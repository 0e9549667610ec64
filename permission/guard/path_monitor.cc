#include "permission/guard/path_monitor.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fs/path_components.h"
#include "permission/guard/context_parts.h"
#include "permission/guard/denial_by_rule.h"
#include "permission/guard/kept_operation.h"
#include "permission/guard/other_names.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/context_stack.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/drop_set.h"
#include "permission/internal/enforcement.h"
#include "permission/internal/move_rights.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/query.h"
#include "permission/internal/trace.h"
#include "permission/internal/verdict.h"
#include "permission/layer.h"
#include "permission/path_binding.h"
#include "permission/policy.h"
#include "permission/rule.h"

namespace postern {
namespace internal {
namespace {

using fs::Right;
using fs::Rights;
using fs::Verdict;
using internal::VerdictOf;
using Path = const fs::PathComponents&;

constexpr Right kEveryRight[] = {Right::kRead, Right::kWrite};

Permission PermissionFor(Right right) {
  switch (right) {
    case Right::kRead:
      return Permission::kFsRead;
    case Right::kWrite:
      return Permission::kFsWrite;
  }
  return Permission::kUnknown;
}

Verdict Denied(Reason reason) {
  return VerdictOf<Verdict>(DecisionParts::Make(Effect::kDeny, reason));
}

Verdict Granted() {
  return VerdictOf<Verdict>(DecisionParts::Make(Effect::kAllow, Reason::kNone));
}

using Uses = std::vector<std::shared_ptr<UseCounter>>;

// `path` names what it is asked for, as it stands.
Access CanonicalAccess(Access::Form form, Permission permission,
                       absl::string_view path) {
  return form == Access::Form::kSubtree
             ? Access::CanonicalSubtree(permission, path)
             : Access::CanonicalPath(permission, path);
}

bool IsAbsolute(absl::string_view path) {
  return !path.empty() && path[0] == '/';
}

Decision DecideOn(const ContextStack& stack, const Access& access,
                  const TakenUses* taken) {
  if (!IsAbsolute(access.text())) {
    return DecisionParts::Make(Effect::kDeny, Reason::kInvalidResource);
  }
  return stack.Check(access, taken);
}

// `a` says less than `b`: it is the stricter one, or as strict and concealed.
bool IsStricter(const Decision& a, const Decision& b) {
  return a.effect() < b.effect() ||
         (a.effect() == b.effect() && a.concealed() && !b.concealed());
}

// The strictest answer to several rights, and which right got it.
struct Strictest {
  Decision decision;
  Right right = Right::kRead;
};

Strictest DecideAll(const ContextStack& stack, Rights rights, Access::Form form,
                    absl::string_view path, const TakenUses* taken = nullptr) {
  const auto decide = [&](Right right) {
    return DecideOn(stack, CanonicalAccess(form, PermissionFor(right), path),
                    taken);
  };
  // Most ask for one right, of which nothing has to be compared.
  if (rights == Right::kRead) return {decide(Right::kRead), Right::kRead};
  Strictest strictest;
  if (!rights.Contains(Right::kWrite)) return strictest;
  strictest = {decide(Right::kWrite), Right::kWrite};
  if (!rights.Contains(Right::kRead)) return strictest;
  const Decision reading = decide(Right::kRead);
  return IsStricter(strictest.decision, reading)
             ? strictest
             : Strictest{reading, Right::kRead};
}

Decision DenialOn(const ContextStack& stack, const Access& access,
                  const TakenUses* taken) {
  QueryScope scope = stack.Scope();
  scope.taken_uses = taken;
  const AnyQuery query(access, scope);
  if (query.invalid() != Reason::kNone) {
    return DecisionParts::Make(Effect::kDeny, query.invalid());
  }
  Trace trace;
  const Decision decision = stack.Decide(query, &trace);
  const bool by_rule =
      std::any_of(trace.begin(), trace.end(), [](const TraceEntry& entry) {
        return entry.effect == Effect::kDeny &&
               entry.rule != Decision::kNoRule &&
               entry.policy->layers()[entry.layer].mode == Mode::kEnforce;
      });
  return by_rule ? decision
                 : DecisionParts::Make(Effect::kAllow, Reason::kNone);
}

Verdict VerdictOn(const ContextStack& stack, const Decision& decision) {
  Verdict verdict = VerdictOf<Verdict>(decision);
  verdict.acts = stack.Acts(decision);
  return verdict;
}

// A right would be gained, here or beneath. Not concealed: who moves a thing
// knows of it.
Verdict RefusedMove(const ContextStack& stack) {
  const Decision denial = DecisionParts::At(
      DecisionParts::Make(Effect::kDeny, Reason::kNarrowerRule), 0, 0,
      Decision::kNoRule);
  return VerdictOf<Verdict>(
      DecisionParts::WithGeneration(denial, stack.snapshot(0).generation));
}

Verdict JudgeMove(const ContextStack& stack, absl::string_view from,
                  absl::string_view to, bool is_directory) {
  return MoveGainsNothing(stack, from, to, is_directory) ? Granted()
                                                         : RefusedMove(stack);
}

bool StartsWith(Path path, Path prefix) {
  return prefix.size() <= path.size() &&
         path.text().substr(0, path.end(prefix.size())) == prefix.text();
}

// Whether a rule of the root's policy that begins at `place` or beneath it
// grants or asks for `permission` on `path`. One that is used up counts if the
// operation took the use. Adds to `uses` what it has yet to take.
bool IsNamedBy(const ContextStack& stack, Permission permission,
               absl::string_view path, Path place, const TakenUses* taken,
               Uses* uses) {
  QueryScope scope = stack.Scope();
  scope.taken_uses = taken;
  const AnyQuery query(Access::CanonicalPath(permission, path), scope);
  if (query.invalid() != Reason::kNone || !StartsWith(query.path(), place)) {
    return false;
  }
  const CompiledPolicy& policy = PolicyParts::Compiled(stack.root_policy());
  return policy.paths().IsNamed(query, place.size(), uses);
}

Verdict JudgeReplace(const ContextStack& stack, absl::string_view path) {
  const PathBinding* binding = stack.root_policy().binding();
  return binding != nullptr && binding->IsProtected(path)
             ? Denied(Reason::kProtected)
             : Granted();
}

// A denial of some right by a rule; else an allowing decision.
Decision AnyDenialOn(const ContextStack& stack, Rights rights,
                     absl::string_view path, const TakenUses* taken) {
  Decision decision = DecisionParts::Make(Effect::kAllow, Reason::kNone);
  for (const Right right : kEveryRight) {
    if (!decision.allowed()) break;
    if (!rights.Contains(right)) continue;
    decision = DenialOn(
        stack, Access::CanonicalPath(PermissionFor(right), path), taken);
  }
  return decision;
}

Verdict VerdictOnOthers(const absl::optional<Decision>& denial) {
  return denial.has_value() ? VerdictOf<Verdict>(*denial) : Granted();
}

PermissionSet DroppedIn(const DropSet& drops) {
  PermissionSet dropped;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const PermissionSet one(static_cast<Permission>(i));
    if (drops.MayHold(one.bits())) dropped = dropped | one;
  }
  return dropped;
}

}  // namespace

// A thin view of a context; holds no state of its own.
class ContextPathMonitor final : public fs::PathMonitor {
 public:
  ContextPathMonitor(std::shared_ptr<PermissionContext> context,
                     PathMonitorOptions options)
      : context_(std::move(context)), options_(options) {}

  absl::Status Ready() const override {
    if (options_.accept_unbound_policy || context_->policy()->binding()) {
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        "the policy is not bound to the file system, so that its rules for "
        "names that pass links would hold for no file; call "
        "PolicyBuilder::Bind() before Build(), or set "
        "PathMonitorOptions::accept_unbound_policy");
  }

  Verdict Check(Rights rights, absl::string_view path) const override {
    return CheckIn(nullptr, rights, path);
  }

  Verdict CheckIn(const Kept* kept, Rights rights,
                  absl::string_view path) const override {
    const ContextStack stack(state());
    const TakenUses* taken = TakenIn(kept);
    return VerdictOn(
        stack,
        DecideAll(stack, rights, Access::Form::kPath, path, taken).decision);
  }

  Verdict Enforce(Rights rights, absl::string_view path,
                  absl::string_view asked) override {
    std::unique_ptr<Kept> kept;
    return EnforceIn(&kept, rights, path, asked);
  }

  // The right that is denied comes first, so that nothing is asked or taken
  // for the others in vain.
  Verdict EnforceIn(std::unique_ptr<Kept>* kept, Rights rights,
                    absl::string_view path, absl::string_view asked) override {
    Strictest strictest;
    {
      const ContextStack stack(state());
      strictest = DecideAll(stack, rights, Access::Form::kPath, path,
                            TakenIn(kept->get()));
      if (!stack.Acts(strictest.decision)) {
        return VerdictOf<Verdict>(strictest.decision);
      }
    }
    if (rights.empty() || !IsAbsolute(path)) {
      return VerdictOf<Verdict>(strictest.decision);
    }
    OneOperation* const operation = OperationIn(kept);
    const absl::Time deadline = state().Now() + options_.ask_timeout;
    Decision decision = Act(strictest.right, path, asked, deadline, operation);
    for (const Right right : kEveryRight) {
      if (!decision.allowed()) break;
      if (right == strictest.right || !rights.Contains(right)) continue;
      decision = Act(right, path, asked, deadline, operation);
    }
    return VerdictOf<Verdict>(decision);
  }

  Verdict CheckSubtree(Rights rights, absl::string_view path) const override {
    const ContextStack stack(state());
    return VerdictOf<Verdict>(
        DecideAll(stack, rights, Access::Form::kSubtree, path).decision);
  }

  bool IsUniformBelow(Rights rights, absl::string_view path) const override {
    const ContextStack stack(state());
    for (const Right right : kEveryRight) {
      if (!rights.Contains(right)) continue;
      if (!IsAbsolute(path)) return false;
      const AnyQuery query(Access::CanonicalSubtree(PermissionFor(right), path),
                           stack.Scope());
      if (query.invalid() != Reason::kNone || !stack.IsUniformBelow(query)) {
        return false;
      }
    }
    return true;
  }

  Verdict CheckMove(absl::string_view from, absl::string_view to,
                    bool is_directory) const override {
    if (!IsAbsolute(from) || !IsAbsolute(to)) {
      return Denied(Reason::kInvalidResource);
    }
    if (from == to) return Granted();
    const ContextStack stack(state());
    for (absl::string_view path : {from, to}) {
      const Verdict verdict = JudgeReplace(stack, path);
      if (!verdict.allowed) return verdict;
    }
    return JudgeMove(stack, from, to, is_directory);
  }

  Verdict CheckReplace(absl::string_view path) const override {
    return JudgeReplace(ContextStack(state()), path);
  }

  bool Conceals() const override {
    const ContextStack stack(state());
    for (int depth = 0; depth <= stack.leaf(); ++depth) {
      for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
        if (PolicyParts::Compiled(*part.policy).marks_denials()) return true;
      }
    }
    return false;
  }

  Verdict CheckLink(Rights rights, absl::string_view path) const override {
    const ContextStack stack(state());
    const Decision decision =
        DecideAll(stack, rights, Access::Form::kPath, path).decision;
    const bool by_rule = decision.reason() == Reason::kRule ||
                         decision.reason() == Reason::kDropped;
    return decision.effect() == Effect::kDeny && decision.concealed() && by_rule
               ? VerdictOf<Verdict>(decision)
               : Granted();
  }

  bool KnowsIdentities() const override {
    const PathBinding* binding = ContextStack(state()).root_policy().binding();
    return binding != nullptr && binding->guarded_files() > 0;
  }

  bool KnowsEntries() const override {
    const PathBinding* binding = ContextStack(state()).root_policy().binding();
    return binding != nullptr &&
           (binding->guarded_files() > 0 || binding->has_places());
  }

  Verdict CheckIdentity(Rights rights, fs::FileIdentity file,
                        absl::string_view path) const override {
    return CheckIdentityIn(nullptr, rights, file, path);
  }

  Verdict CheckIdentityIn(const Kept* kept, Rights rights,
                          fs::FileIdentity file,
                          absl::string_view path) const override {
    return CheckAliases(TakenIn(kept), rights, file, path, "");
  }

  Verdict CheckEntry(Rights rights, fs::FileIdentity directory,
                     absl::string_view path) const override {
    return CheckEntryIn(nullptr, rights, directory, path);
  }

  Verdict CheckEntryIn(const Kept* kept, Rights rights,
                       fs::FileIdentity directory,
                       absl::string_view path) const override {
    if (!IsAbsolute(path)) return Denied(Reason::kInvalidResource);
    const TakenUses* const taken = TakenIn(kept);
    const EntryName name(path);
    const Verdict verdict =
        CheckAliases(taken, rights, directory, name.directory, name.behind);
    return verdict.allowed ? CheckPlaces(taken, rights, directory,
                                         name.directory, name.behind)
                           : verdict;
  }

  static Decision DenialIn(const PermissionContext& context,
                           const Access& access,
                           const OneOperation* operation) {
    return DenialOn(ContextStack(*context.state_), access, TakenIn(operation));
  }

  static ContextParts PartsIn(const PermissionContext& context) {
    const ContextStack stack(*context.state_);
    ContextParts parts;
    parts.generations = stack.Generations();
    for (int depth = 0; depth <= stack.leaf(); ++depth) {
      parts.generations.push_back(stack.state(depth).drops.additions());
      for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
        parts.policies.push_back(part.policy);
      }
      parts.dropped = parts.dropped | DroppedIn(stack.state(depth).drops);
    }
    return parts;
  }

  Verdict CheckNamed(Rights rights, absl::string_view path,
                     absl::string_view place) const override {
    Uses uses;
    return JudgeNamed(nullptr, rights, path, place, &uses);
  }

  // Who loses the race for a last use looks again, without that rule.
  Verdict EnforceNamedIn(std::unique_ptr<Kept>* kept, Rights rights,
                         absl::string_view path,
                         absl::string_view place) override {
    for (;;) {
      Uses uses;
      const Verdict verdict =
          JudgeNamed(TakenIn(kept->get()), rights, path, place, &uses);
      if (!verdict.allowed || uses.empty() ||
          TakeOnce(std::move(uses), &OperationIn(kept)->taken_)) {
        return verdict;
      }
    }
  }

 private:
  Verdict JudgeNamed(const TakenUses* taken, Rights rights,
                     absl::string_view path, absl::string_view place,
                     Uses* uses) const {
    const ContextStack stack(state());
    fs::AnyPathComponents components;
    if (rights.empty() || !IsAbsolute(path) || !components.Split("", place)) {
      return Denied(Reason::kInvalidResource);
    }
    for (const Right right : kEveryRight) {
      if (rights.Contains(right) && !IsNamedBy(stack, PermissionFor(right),
                                               path, components, taken, uses)) {
        return Denied(Reason::kNotNamed);
      }
    }
    return Granted();
  }

  // Whether a deny rule names `behind` in the directory by another name than
  // `path`. That there nobody granted it is no denial: here somebody did.
  Verdict CheckPlaces(const TakenUses* taken, Rights rights,
                      fs::FileIdentity directory, absl::string_view path,
                      absl::string_view behind) const {
    const ContextStack stack(state());
    return VerdictOnOthers(FindDenialByOtherName(
        stack.root_policy().binding(), &PathBinding::FindPlace, directory, path,
        behind, [&](absl::string_view name) {
          return AnyDenialOn(stack, rights, name, taken);
        }));
  }

  static const TakenUses* TakenIn(const Kept* kept) {
    return TakenIn(OperationIn(kept));
  }
  static const TakenUses* TakenIn(const OneOperation* operation) {
    return operation == nullptr ? nullptr : &operation->taken_;
  }

  // Whether another name of `file` than `path` denies the rights on what has
  // that name with `behind` after it. The operation may have used up what
  // grants both names.
  Verdict CheckAliases(const TakenUses* taken, Rights rights,
                       fs::FileIdentity file, absl::string_view path,
                       absl::string_view behind) const {
    const ContextStack stack(state());
    return VerdictOnOthers(FindDenialByOtherName(
        stack.root_policy().binding(), &PathBinding::FindDenied, file, path,
        behind, [&](absl::string_view name) {
          return DecideAll(stack, rights, Access::Form::kPath, name, taken)
              .decision;
        }));
  }

  const ContextState& state() const { return *context_->state_; }
  Decision Act(Right right, absl::string_view path, absl::string_view asked,
               absl::Time deadline, OneOperation* operation) {
    return context_->Enforce(
        Access::CanonicalPath(PermissionFor(right), path, asked), deadline,
        operation);
  }

  const std::shared_ptr<PermissionContext> context_;
  const PathMonitorOptions options_;
};

Decision DenialByRule(const PermissionContext& context, const Access& access,
                      const OneOperation* operation) {
  return ContextPathMonitor::DenialIn(context, access, operation);
}

ContextParts PartsOf(const PermissionContext& context) {
  return ContextPathMonitor::PartsIn(context);
}

}  // namespace internal

std::shared_ptr<fs::PathMonitor> MakePathMonitor(
    std::shared_ptr<PermissionContext> context, PathMonitorOptions options) {
  return std::make_shared<internal::ContextPathMonitor>(std::move(context),
                                                        options);
}

Decision DecisionOf(const fs::Verdict& verdict) {
  return internal::DecisionIn(verdict);
}

}  // namespace postern
