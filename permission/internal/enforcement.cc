#include "permission/internal/enforcement.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "permission/ask.h"
#include "permission/audit.h"
#include "permission/internal/context_stack.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/explanation.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/query.h"
#include "permission/internal/rule_table.h"
#include "permission/internal/trace.h"

namespace postern {
namespace internal {
namespace {

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

// The uses that a granted access needs.
void AddUses(const Trace& trace,
             std::vector<std::shared_ptr<UseCounter>>* uses) {
  for (const TraceEntry& entry : trace) {
    if (entry.policy->layers()[entry.layer].mode == Mode::kAudit) continue;
    AddUses(*entry.policy, entry.deciders.object, uses);
    AddUses(*entry.policy, entry.deciders.subtree, uses);
  }
}

// Takes the uses that a granted access needs and that were not taken for the
// same operation, which are told to `taken`; or none.
bool TakeUses(const Trace& trace, TakenUses* taken) {
  std::vector<std::shared_ptr<UseCounter>> uses;
  AddUses(trace, &uses);
  return TakeOnce(std::move(uses), taken);
}

void Record(const ContextStack& stack, const Query& query,
            const Decision& decision, const ContextState& state) {
  AuditEvent event;
  event.time = state.Now();
  event.principal = state.options.principal.id();
  event.permission = query.access().permission();
  Resource asked = AskedResource(query.access());
  event.asked = std::move(asked.text);
  event.asked_bytes = asked.full_bytes;
  event.canonical = query.invalid() == Reason::kNone ? query.CanonicalResource()
                                                     : std::string();
  event.decision = decision;
  Explanation why;
  FillDeciding(stack, decision, &why);
  event.layer = why.layer;
  event.rule = why.rule.empty()
                   ? std::string()
                   : absl::StrCat(why.rule, " (", why.source.ToString(), ")");
  state.options.audit->Record(event);
}

Decision Strictest(const ContextStack& stack, absl::Span<const Access> accesses,
                   const TakenUses* taken, size_t* decides) {
  *decides = 0;
  if (accesses.empty()) {
    return DecisionParts::Make(Effect::kDeny, Reason::kInvalidResource);
  }
  Decision strictest = stack.Check(accesses[0], taken);
  for (size_t i = 1; i < accesses.size(); ++i) {
    const Decision decision = stack.Check(accesses[i], taken);
    if (decision.effect() >= strictest.effect()) continue;
    strictest = decision;
    *decides = i;
  }
  return strictest;
}

// The parts of an operation that is about to happen. Rounds as those of Acting,
// in each of which all parts are decided by the same snapshots.
class ActingTogether {
 public:
  ActingTogether(absl::Span<const Access> accesses, absl::Time deadline,
                 TakenUses* taken, ContextState* state)
      : accesses_(accesses),
        acting_(accesses.size(), Acting(deadline, state)),
        decisions_(accesses.size()),
        taken_(*taken),
        state_(*state) {}

  // One round; nullopt when it takes another.
  absl::optional<Decision> Decide(size_t* decides) {
    const ContextStack stack(state_);
    const Decision at_once = Strictest(stack, accesses_, &taken_, decides);
    if (accesses_.empty()) return at_once;
    if (at_once.effect() == Effect::kDeny) {  // then nobody is asked
      return Deny(stack, *decides, at_once);
    }
    std::vector<std::shared_ptr<UseCounter>> uses;
    for (size_t i = 0; i < accesses_.size(); ++i) {
      *decides = i;
      const AnyQuery query(accesses_[i], ScopeOf(stack));
      Trace trace;
      const auto decision = acting_[i].Decide(stack, query, &trace);
      if (!decision.has_value()) return absl::nullopt;
      if (!decision->allowed()) return Deny(stack, i, *decision);
      decisions_[i] = *decision;
      AddUses(trace, &uses);
    }
    *decides = 0;
    if (!TakeOnce(std::move(uses), &taken_)) {
      if (++races_ <= kMaxUseRaces) return absl::nullopt;
      return Deny(stack, 0,
                  DecisionParts::Make(Effect::kDeny, Reason::kUsedUp));
    }
    for (size_t i = 0; i < accesses_.size(); ++i) {
      Tell(stack, i);
      // The first that a layer in audit mode would have denied, if there is
      // one.
      const size_t so_far = *decides;
      if (decisions_[i].would_deny() && !decisions_[so_far].would_deny()) {
        *decides = i;
      }
    }
    return decisions_[*decides];
  }

 private:
  QueryScope ScopeOf(const ContextStack& stack) const {
    QueryScope scope = stack.Scope();
    scope.taken_uses = &taken_;
    return scope;
  }

  void Tell(const ContextStack& stack, size_t i) const {
    if (state_.options.audit == nullptr) return;
    Record(stack, AnyQuery(accesses_[i], ScopeOf(stack)), decisions_[i],
           state_);
  }

  Decision Deny(const ContextStack& stack, size_t i, Decision decision) {
    decisions_[i] = decision;
    Tell(stack, i);
    return decision;
  }

  const absl::Span<const Access> accesses_;
  std::vector<Acting> acting_;
  std::vector<Decision> decisions_;
  TakenUses& taken_;
  ContextState& state_;
  int races_ = 0;
};

}  // namespace

bool TakeOnce(std::vector<std::shared_ptr<UseCounter>> uses, TakenUses* taken) {
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

Decision EnforceAccess(const Access& access, absl::Time deadline,
                       TakenUses* taken, ContextState* state) {
  {
    const ContextStack stack(*state);
    const Decision decision = stack.Check(access, taken);
    if (!stack.Acts(decision)) return decision;
  }
  Acting acting(deadline, state);
  for (int races = 0;;) {
    const ContextStack stack(*state);
    QueryScope scope = stack.Scope();
    scope.taken_uses = taken;
    const AnyQuery query(access, scope);
    Trace trace;
    absl::optional<Decision> decision = acting.Decide(stack, query, &trace);
    if (!decision.has_value()) continue;
    if (decision->allowed() && !TakeUses(trace, taken)) {
      if (++races <= kMaxUseRaces) continue;  // without the used-up rule
      decision = DecisionParts::Make(Effect::kDeny, Reason::kUsedUp);
    }
    if (state->options.audit != nullptr) {
      Record(stack, query, *decision, *state);
    }
    return *decision;
  }
}

Decision CheckTogether(absl::Span<const Access> accesses,
                       const TakenUses* taken, const ContextState& state,
                       size_t* decides) {
  return Strictest(ContextStack(state), accesses, taken, decides);
}

Decision EnforceTogether(absl::Span<const Access> accesses, absl::Time deadline,
                         TakenUses* taken, ContextState* state,
                         size_t* decides) {
  ActingTogether acting(accesses, deadline, taken, state);
  for (;;) {
    const absl::optional<Decision> decision = acting.Decide(decides);
    if (decision.has_value()) return *decision;
  }
}

Decision ResolveAccess(const Access& access, absl::Time deadline,
                       ContextState* state) {
  Acting acting(deadline, state);
  for (;;) {
    const ContextStack stack(*state);
    const AnyQuery query(access, stack.Scope());
    Trace trace;
    const absl::optional<Decision> decision =
        acting.Decide(stack, query, &trace);
    if (decision.has_value()) return *decision;
  }
}

}  // namespace internal
}  // namespace postern
