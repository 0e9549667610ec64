#include "permission/context.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "permission/internal/context_stack.h"
#include "permission/internal/context_state.h"
#include "permission/internal/enforcement.h"
#include "permission/internal/explanation.h"
#include "permission/internal/mutex.h"
#include "permission/internal/narrowing.h"
#include "permission/internal/snapshot.h"

namespace postern {

using internal::ContextStack;
using internal::ContextState;
using internal::MakePart;
using internal::MakeSnapshot;
using internal::MakeState;
using internal::Snapshot;

PermissionContext::PermissionContext(std::unique_ptr<ContextState> state)
    : state_(std::move(state)) {}

PermissionContext::~PermissionContext() = default;

absl::StatusOr<RootContext> PermissionContext::Create(
    std::shared_ptr<const Policy> policy, ContextOptions options) {
  if (policy == nullptr) {
    return absl::InvalidArgumentError("a context needs a policy");
  }
  absl::StatusOr<std::unique_ptr<ContextState>> state =
      MakeState(std::move(options));
  if (!state.ok()) return state.status();
  {
    internal::MutexLock lock(&(*state)->mutex);
    absl::Status status =
        Install(MakeSnapshot({MakePart(std::move(policy))}, 1), state->get());
    if (!status.ok()) return status;
  }
  std::shared_ptr<PermissionContext> context(
      new PermissionContext(*std::move(state)));
  context->state_->token = std::make_shared<const char>('\0');
  Authority authority(context->state_->token);
  return RootContext{std::move(context), std::move(authority)};
}

Decision PermissionContext::Check(const Access& access,
                                  const OneOperation* operation) const {
  return ContextStack(*state_).Check(
      access, operation == nullptr ? nullptr : &operation->taken_);
}

Decision PermissionContext::CheckUndiminished(const Access& access) const {
  return ContextStack(*state_).CheckUndiminished(access);
}

Decision PermissionContext::CheckResolved(Permission permission,
                                          absl::string_view name,
                                          absl::string_view address) const {
  const ContextStack stack(*state_);
  const Decision named = stack.Check(Access::Endpoint(permission, name));
  if (named.effect() == Effect::kDeny) return named;
  const Decision resolved =
      stack.Check(Access::Resolved(permission, name, address));
  return resolved.effect() < named.effect() ? resolved : named;
}

Decision PermissionContext::Enforce(const Access& access, absl::Time deadline,
                                    OneOperation* operation) {
  OneOperation alone;
  if (operation == nullptr) operation = &alone;
  return internal::EnforceAccess(access, deadline, &operation->taken_,
                                 state_.get());
}

Decision PermissionContext::CheckAll(absl::Span<const Access> accesses,
                                     size_t* decides) const {
  size_t which = 0;
  const Decision decision =
      internal::CheckTogether(accesses, nullptr, *state_, &which);
  if (decides != nullptr) *decides = which;
  return decision;
}

Decision PermissionContext::EnforceAll(absl::Span<const Access> accesses,
                                       absl::Time deadline, size_t* decides) {
  internal::TakenUses taken;
  size_t which = 0;
  const Decision decision = internal::EnforceTogether(
      accesses, deadline, &taken, state_.get(), &which);
  if (decides != nullptr) *decides = which;
  return decision;
}

Decision PermissionContext::Resolve(const Access& access, absl::Time deadline) {
  return internal::ResolveAccess(access, deadline, state_.get());
}

absl::Status PermissionContext::Drop(PermissionSet permissions,
                                     const RulePattern& pattern) {
  return state_->drops.Add(permissions, pattern,
                           ContextStack(*state_).Patterns());
}

absl::StatusOr<std::shared_ptr<PermissionContext>> PermissionContext::Derive(
    std::vector<Layer> layers, ContextOptions options) const {
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      CompileLayers(ContextStack(*state_), std::move(layers));
  if (!policy.ok()) return policy.status();
  return MakeChild(*std::move(policy), std::move(options));
}

absl::StatusOr<std::shared_ptr<PermissionContext>>
PermissionContext::DeriveWithin(std::shared_ptr<const Policy> policy,
                                ContextOptions options) const {
  absl::StatusOr<std::shared_ptr<const Policy>> narrowing =
      NarrowingOf(ContextStack(*state_), std::move(policy));
  if (!narrowing.ok()) return narrowing.status();
  return MakeChild(*std::move(narrowing), std::move(options));
}

absl::StatusOr<std::shared_ptr<PermissionContext>> PermissionContext::MakeChild(
    std::shared_ptr<const Policy> policy, ContextOptions options) const {
  if (state_->depth == kMaxDepth) {
    return absl::ResourceExhaustedError(
        absl::StrCat("contexts derive at most ", kMaxDepth, " deep"));
  }
  // Its parent's rules would hold for it where they do not for its parent.
  if (!options.session.empty() && options.session != state_->options.session) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a child's session is its parent's, \"", state_->options.session,
        "\", not \"", options.session, "\""));
  }
  options.session = state_->options.session;
  if (options.clock == nullptr) options.clock = state_->options.clock;
  if (options.base_directory.empty()) {
    options.base_directory =
        std::string(ContextStack(*state_).Scope().base_directory);
  }
  absl::StatusOr<std::unique_ptr<ContextState>> state =
      MakeState(std::move(options));
  if (!state.ok()) return state.status();
  std::vector<Snapshot::Part> parts;
  if (policy != nullptr) parts.push_back(MakePart(std::move(policy)));
  ContextState* child = state->get();
  child->parent = shared_from_this();
  child->parent_state = state_.get();
  child->depth = state_->depth + 1;
  {
    internal::MutexLock lock(&child->mutex);
    absl::Status status = Install(MakeSnapshot(std::move(parts), 1), child);
    if (!status.ok()) return status;
  }
  return std::shared_ptr<PermissionContext>(
      new PermissionContext(*std::move(state)));
}

absl::Status PermissionContext::Restrict(std::vector<Layer> layers) {
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      CompileLayers(ContextStack(*state_), std::move(layers));
  if (!policy.ok()) return policy.status();
  return AddPart(*std::move(policy));
}

absl::Status PermissionContext::RestrictTo(
    std::shared_ptr<const Policy> policy) {
  absl::StatusOr<std::shared_ptr<const Policy>> narrowing =
      NarrowingOf(ContextStack(*state_), std::move(policy));
  if (!narrowing.ok()) return narrowing.status();
  return AddPart(*std::move(narrowing));
}

// Null adds nothing.
absl::Status PermissionContext::AddPart(std::shared_ptr<const Policy> policy) {
  if (policy == nullptr) return absl::OkStatus();
  internal::MutexLock lock(&state_->mutex);
  const Snapshot& current = *state_->snapshot.load(std::memory_order_relaxed);
  std::vector<Snapshot::Part> parts = current.parts;
  parts.push_back(MakePart(std::move(policy)));
  if (state_->depth == 0 && LayersAfterFirst(parts) > kMaxRestrictions) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "a root is restricted by at most ", kMaxRestrictions, " layers"));
  }
  return Install(MakeSnapshot(std::move(parts), current.generation + 1),
                 state_.get());
}

absl::Status PermissionContext::Publish(const Authority& authority,
                                        std::shared_ptr<const Policy> policy) {
  if (policy == nullptr) {
    return absl::InvalidArgumentError("a context needs a policy");
  }
  if (authority.token_ == nullptr || authority.token_ != state_->token) {
    return absl::PermissionDeniedError(
        "this authority is not the one of this root context");
  }
  internal::MutexLock lock(&state_->mutex);
  if (state_->sealed) {
    return absl::PermissionDeniedError("the context is sealed");
  }
  const Snapshot& current = *state_->snapshot.load(std::memory_order_relaxed);
  std::vector<Snapshot::Part> parts = current.parts;
  parts[0] = MakePart(std::move(policy));
  return Install(MakeSnapshot(std::move(parts), current.generation + 1),
                 state_.get());
}

void PermissionContext::Seal() {
  internal::MutexLock lock(&state_->mutex);
  state_->sealed = true;
}

void PermissionContext::Quiesce() {
  internal::MutexLock lock(&state_->mutex);
  state_->kept.erase(state_->kept.begin(), state_->kept.end() - 1);
  state_->drops.Quiesce();
}

absl::StatusOr<Explanation> PermissionContext::Explain(
    const Decision& decision, const Access& access) const {
  return internal::MakeExplanation(ContextStack(*state_), access, decision);
}

absl::Time PermissionContext::Now() const { return state_->Now(); }

const Principal& PermissionContext::principal() const {
  return state_->options.principal;
}

std::shared_ptr<const Policy> PermissionContext::policy() const {
  return ContextStack(*state_).snapshot(0).parts[0].policy;
}

}  // namespace postern
