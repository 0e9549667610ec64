#include "permission/context.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "permission/internal/context_stack.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/explanation.h"
#include "permission/internal/narrowing.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/rule_table.h"

namespace postern {
namespace {

using internal::AskingRule;
using internal::ContextStack;
using internal::ContextState;
using internal::Deciders;
using internal::DecisionParts;
using internal::MakePart;
using internal::MakeSnapshot;
using internal::MakeState;
using internal::PolicyParts;
using internal::Query;
using internal::QueryScope;
using internal::Snapshot;
using internal::Trace;
using internal::TraceEntry;

// Takes of a rule's last use that another thread may win before we give up.
constexpr int kMaxUseRaces = 64;

Question MakeQuestion(const ContextStack& stack, const Access& access,
                      const std::vector<AskingRule>& rules,
                      absl::Time deadline) {
  Question question{
      stack.state(stack.leaf()).options.principal, access, {}, deadline};
  for (const AskingRule& rule : rules) {
    size_t layer;
    const Snapshot::Part* part =
        stack.snapshot(rule.depth).Find(rule.layer, &layer);
    if (part != nullptr) {
      question.rules.push_back(
          PolicyParts::Rules(*part->policy).Get(rule.rule));
    }
  }
  return question;
}

// `asked` with another effect.
Decision Answered(Effect effect, Reason reason, const Decision& asked) {
  return DecisionParts::WithFlags(DecisionParts::Make(effect, reason), false,
                                  asked.would_deny());
}

// Decides an access that is about to happen, in rounds: each reads what is in
// force by then, and after a person was asked there is another one. It keeps
// nothing of a round's snapshots, which the handler may have freed.
class Acting {
 public:
  Acting(absl::Time deadline, ContextState* state)
      : deadline_(deadline), state_(*state) {}

  // One round; nullopt when it takes another. Never ask.
  absl::optional<Decision> Decide(const ContextStack& stack, const Query& query,
                                  Trace* trace) {
    if (query.invalid() != Reason::kNone) {
      return DecisionParts::Make(Effect::kDeny, query.invalid());
    }
    const Decision decision = stack.Decide(query, trace);
    if (heard_.has_value()) return Settle(decision, stack, query, *trace);
    if (decision.effect() != Effect::kAsk) return decision;
    rules_ = AskingRules(stack, query, *trace);
    const absl::optional<Effect> stored =
        state_.answers.Find(query, rules_, state_.Now());
    if (stored.has_value()) {
      return Answered(*stored, Reason::kAnswered, decision);
    }
    if (state_.options.ask == nullptr) {
      return Answered(Effect::kDeny, Reason::kNoAnswer, decision);
    }
    heard_ = Ask(MakeQuestion(stack, query.access(), rules_, deadline_));
    return absl::nullopt;
  }

 private:
  // In time by the clock; by ours, which may be set back while a person thinks,
  // also by the time that passed. When it is late already, nobody is asked.
  Answer Ask(const Question& question) const {
    const absl::Time began = state_.Now();
    if (began > deadline_) return Answer();
    const auto start = std::chrono::steady_clock::now();
    Answer answer = state_.options.ask->Ask(question);
    absl::Time ended = state_.Now();
    if (state_.options.clock == nullptr) {
      const auto passed = std::chrono::steady_clock::now() - start;
      ended = std::max(ended, began + absl::FromChrono(passed));
    }
    if (ended > deadline_) answer.effect = Effect::kAsk;
    return answer;
  }

  // The answer never meets a deny, nor other rules than those that asked.
  Decision Settle(const Decision& decision, const ContextStack& stack,
                  const Query& query, const Trace& trace) {
    const Effect said = heard_->effect;
    if (decision.effect() == Effect::kDeny) return decision;
    if (said == Effect::kAsk) {
      return Answered(Effect::kDeny, Reason::kNoAnswer, decision);
    }
    const bool asks = decision.effect() == Effect::kAsk;
    if (asks && WasShown(AskingRules(stack, query, trace))) {
      return Accept(decision, stack, query);
    }
    if (said == Effect::kDeny) {
      return Answered(Effect::kDeny, Reason::kAnswered, decision);
    }
    return asks ? Answered(Effect::kDeny, Reason::kStale, decision) : decision;
  }

  bool WasShown(const std::vector<AskingRule>& rules) const {
    return std::includes(rules_.begin(), rules_.end(), rules.begin(),
                         rules.end());
  }

  Decision Accept(const Decision& decision, const ContextStack& stack,
                  const Query& query) {
    accepted_ = accepted_ ||
                state_.answers.Accept(*heard_, query, rules_, stack.Patterns(),
                                      stack.Generations());
    return accepted_ ? Answered(heard_->effect, Reason::kAnswered, decision)
                     : Answered(Effect::kDeny, Reason::kNoAnswer, decision);
  }

  const absl::Time deadline_;
  ContextState& state_;
  std::vector<AskingRule> rules_;  // that asked
  absl::optional<Answer> heard_;   // ask: nothing, or too late
  bool accepted_ = false;
};

// The uses that one layer's decision takes: those of all rules that decide so,
// unless one of them is without.
void AddUses(const Policy& policy, const Deciders& deciders,
             std::vector<std::shared_ptr<UseCounter>>* uses) {
  if (!deciders.takes_uses) return;
  for (uint32_t rule : deciders.rules) {
    const RuleLimits* limits = PolicyParts::Rules(policy).limits(rule);
    if (limits != nullptr && limits->uses != nullptr) {
      uses->push_back(limits->uses);
    }
  }
}

// Takes the uses that a granted access needs and that were not taken for the
// same operation, which are told to `taken`; or none.
bool TakeUses(const Trace& trace, internal::TakenUses* taken) {
  std::vector<std::shared_ptr<UseCounter>> uses;
  for (const TraceEntry& entry : trace) {
    if (entry.policy->layers()[entry.layer].mode == Mode::kAudit) continue;
    AddUses(*entry.policy, entry.deciders.object, &uses);
    AddUses(*entry.policy, entry.deciders.subtree, &uses);
  }
  const auto is_taken = [&](const std::shared_ptr<UseCounter>& counter) {
    return taken->count(counter) > 0;
  };
  uses.erase(std::remove_if(uses.begin(), uses.end(), is_taken), uses.end());
  std::vector<UseCounter*> counters;
  for (const auto& counter : uses) counters.push_back(counter.get());
  if (!UseCounter::TakeEach(std::move(counters))) return false;
  taken->insert(uses.begin(), uses.end());
  return true;
}

void Record(const ContextStack& stack, const Query& query,
            const Decision& decision, const ContextState& state) {
  AuditEvent event;
  event.time = state.Now();
  event.principal = state.options.principal.id();
  event.permission = query.access().permission();
  internal::Resource asked = internal::AskedResource(query.access());
  event.asked = std::move(asked.text);
  event.asked_bytes = asked.full_bytes;
  event.canonical = query.invalid() == Reason::kNone ? query.CanonicalResource()
                                                     : std::string();
  event.decision = decision;
  Explanation why;
  internal::FillDeciding(stack, decision, &why);
  event.layer = why.layer;
  event.rule = why.rule.empty()
                   ? std::string()
                   : absl::StrCat(why.rule, " (", why.source.ToString(), ")");
  state.options.audit->Record(event);
}

}  // namespace

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
  auto& taken = operation == nullptr ? alone.taken_ : operation->taken_;
  {
    const ContextStack stack(*state_);
    const Decision decision = stack.Check(access, &taken);
    if (!stack.Acts(decision)) return decision;
  }
  Acting acting(deadline, state_.get());
  for (int races = 0;;) {
    const ContextStack stack(*state_);
    QueryScope scope = stack.Scope();
    scope.taken_uses = &taken;
    const Query query(access, scope);
    Trace trace;
    absl::optional<Decision> decision = acting.Decide(stack, query, &trace);
    if (!decision.has_value()) continue;
    if (decision->allowed() && !TakeUses(trace, &taken)) {
      if (++races <= kMaxUseRaces) continue;  // without the used-up rule
      decision = DecisionParts::Make(Effect::kDeny, Reason::kUsedUp);
    }
    if (state_->options.audit != nullptr) {
      Record(stack, query, *decision, *state_);
    }
    return *decision;
  }
}

Decision PermissionContext::Resolve(const Access& access, absl::Time deadline) {
  Acting acting(deadline, state_.get());
  for (;;) {
    const ContextStack stack(*state_);
    const Query query(access, stack.Scope());
    Trace trace;
    const absl::optional<Decision> decision =
        acting.Decide(stack, query, &trace);
    if (decision.has_value()) return *decision;
  }
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
