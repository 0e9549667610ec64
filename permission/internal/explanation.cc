#include "permission/internal/explanation.h"

#include <utility>

#include "absl/base/attributes.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/context_stack.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/near_miss.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/remedy.h"
#include "permission/internal/rule_table.h"
#include "permission/text/display.h"
#include "permission/text/reported.h"

namespace postern {
namespace {

using internal::AnyQuery;
using internal::ContextStack;
using internal::EscapeForDisplay;
using internal::Query;
using internal::QueryScope;
using internal::QuoteForDisplay;
using internal::Trace;
using internal::TraceEntry;

// Of all rules that grant the call: an answer that stands on a rule's last use
// is the same.
void AddPaths(const Query& query, const TraceEntry& entry, Explanation* out) {
  const absl::string_view base = query.scope().base_directory;
  const absl::Span<const CallArg> args = query.arguments().args;
  internal::VisitArguments(
      query, internal::PolicyParts::Compiled(*entry.policy),
      [&](const internal::ArgumentsPattern& pattern,
          const internal::Candidate& candidate) {
        if (candidate.layer != entry.layer ||
            candidate.effect() == Effect::kDeny ||
            pattern.MatchesArguments(query.arguments(), base) !=
                internal::Match::kYes) {
          return;
        }
        for (size_t i = 0; i < pattern.needed(); ++i) {
          if (pattern.args[i].kind != internal::ArgumentPattern::Kind::kPath) {
            continue;
          }
          out->paths.emplace_back(static_cast<int>(i),
                                  fs::NormalPath(base, args[i].text));
        }
      });
}

LayerAnswer AnswerOf(const TraceEntry& entry) {
  const LayerSummary& layer = entry.policy->layers()[entry.layer];
  const internal::RuleTable& rules =
      internal::PolicyParts::Rules(*entry.policy);
  LayerAnswer answer;
  answer.layer = layer.name;
  answer.mode = layer.mode;
  answer.effect = entry.effect;
  answer.by_default = entry.rule == Decision::kNoRule;
  if (!answer.by_default) {
    answer.rule = rules.Pattern(entry.rule).ToString();
    answer.source = rules.Source(entry.rule);
    answer.reason = std::string(rules.reason(entry.rule));
  }
  return answer;
}

absl::Status NotAbout() {
  return absl::FailedPreconditionError(
      "this decision is not the one for this access now: it is about another "
      "access, or rules, limits or drops changed since; decide again");
}

// Why a limited rule holds no more, or not here.
std::string WhySpent(const RuleLimits& limits, const QueryScope& scope) {
  if (limits.expires && *limits.expires <= scope.now) return "it has expired";
  if (!limits.session.empty() && limits.session != scope.session) {
    return "it is for another session";
  }
  return "its uses are spent";
}

// Tells in `answers`, those of `trace`, of rules that would decide otherwise,
// were it not for their limits. Not inlined, so that its query is on the stack
// for no longer.
ABSL_ATTRIBUTE_NOINLINE
void AddSpent(const ContextStack& stack, const Query& query, const Trace& trace,
              std::vector<LayerAnswer>* answers) {
  QueryScope scope = query.scope();
  scope.ignores_limits = true;
  const AnyQuery unlimited(query.access(), scope);
  Trace then;
  static_cast<void>(stack.Decide(unlimited, &then));
  for (size_t i = 0; i < trace.size(); ++i) {
    if (then[i].rule == Decision::kNoRule || then[i].rule == trace[i].rule) {
      continue;
    }
    const internal::RuleTable& rules =
        internal::PolicyParts::Rules(*then[i].policy);
    const RuleLimits* limits = rules.limits(then[i].rule);
    if (limits == nullptr || internal::InForce(*limits, query.scope()))
      continue;
    (*answers)[i].spent =
        absl::StrCat(EffectName(then[i].effect), " by ",
                     rules.Pattern(then[i].rule).ToString(), " (",
                     rules.Source(then[i].rule).ToString(),
                     ") no more: ", WhySpent(*limits, query.scope()));
  }
}

// A decision that was made while the access took place cannot be made again.
bool MayBeAbout(const Decision& decision, const Decision& now) {
  switch (decision.reason()) {
    case Reason::kAnswered:
    case Reason::kNoAnswer:
      return now.effect() == Effect::kAsk;
    case Reason::kNone:
    case Reason::kStale:
    case Reason::kUsedUp:
    case Reason::kUnenforceable:
    case Reason::kProtected:
    case Reason::kNotNamed:
      return true;
    case Reason::kRule:
    case Reason::kDefault:
    case Reason::kDropped:
    case Reason::kNoGrantLayer:
    case Reason::kUnknownPermission:
    case Reason::kInvalidResource:
    case Reason::kNarrowerRule:
    case Reason::kUnconfined:
      return decision == now;
  }
  return false;
}

// The resource, and whose words it is: GuestMessage() tells nothing that is
// `canonical`, so whatever only the host knows is put there too.
void DescribeResource(const Query& query, Explanation* out) {
  const Access& access = query.access();
  if (access.form() == Access::Form::kResolved) {
    out->canonical = EscapeForDisplay(Reported(access.address()));
    out->resource = absl::StrCat(EscapeForDisplay(Reported(access.text())),
                                 " = ", out->canonical);
    return;
  }
  out->resource = EscapeForDisplay(internal::AskedResource(access).text);
  if (query.translated()) {
    out->canonical = EscapeForDisplay(query.CanonicalResource());
  } else if (access.is_canonical()) {
    out->canonical = access.asked() == access.text()
                         ? out->resource
                         : EscapeForDisplay(Reported(access.text()));
  }
}

// What the access is: the same for every way to read limits.
void Describe(const ContextStack& stack, const Query& query, Explanation* out) {
  const Access& access = query.access();
  out->principal = stack.state(stack.leaf()).options.principal.id();
  out->permission = access.permission();
  out->operation = access.form() == Access::Form::kCall
                       ? Reported(access.text())
                       : std::string(PermissionName(access.permission()));
  DescribeResource(query, out);
}

void AddLayers(const ContextStack& stack, const Query& query,
               const Trace& trace, Explanation* out) {
  internal::NearMiss near_miss(query, out);
  for (const TraceEntry& entry : trace) {
    out->layers.push_back(AnswerOf(entry));
    if (query.access().form() != Access::Form::kCall &&
        query.access().form() != Access::Form::kCommand) {
      continue;
    }
    if (out->decision.allowed()) AddPaths(query, entry, out);
    if (entry.rule == Decision::kNoRule && entry.effect == Effect::kDeny &&
        !query.arguments().unbound) {
      near_miss.Add(*entry.policy, entry.layer);
    }
  }
  AddSpent(stack, query, trace, &out->layers);
}

// nullopt if `decision` is not about `access` as it is decided in `scope`.
absl::optional<Explanation> ExplainIn(const ContextStack& stack,
                                      const QueryScope& scope,
                                      const Access& access,
                                      const Decision& decision) {
  const AnyQuery query(access, scope);
  Trace trace;
  const bool valid = query.invalid() == Reason::kNone;
  const Decision now =
      valid ? stack.Decide(query, &trace)
            : internal::DecisionParts::Make(Effect::kDeny, query.invalid());
  if (!MayBeAbout(decision, now) &&
      !MayBeAbout(decision, stack.Check(access))) {
    return absl::nullopt;
  }
  Explanation out;
  out.decision = decision;
  Describe(stack, query, &out);
  internal::FillDeciding(stack, decision, &out);
  if (valid) AddLayers(stack, query, trace, &out);
  internal::AddRemedy(stack, query, trace, &out);
  return out;
}

}  // namespace

namespace internal {

void FillDeciding(const ContextStack& stack, const Decision& decision,
                  Explanation* out) {
  if (decision.reason() == Reason::kDropped) {
    out->layer = "drops";
    out->source.kind = RuleSource::Kind::kDrop;
    const RulePattern* drop =
        stack.state(decision.depth()).drops.FindPattern(decision.rule());
    out->rule = drop == nullptr ? "(everything)" : drop->ToString();
    return;
  }
  if (decision.reason() != Reason::kRule &&
      decision.reason() != Reason::kDefault) {
    return;
  }
  size_t layer = 0;
  const Snapshot::Part* part =
      stack.snapshot(decision.depth()).Find(decision.layer(), &layer);
  if (part == nullptr) return;
  out->layer = part->policy->layers()[layer].name;
  if (decision.rule() == Decision::kNoRule) return;
  const absl::optional<Rule> rule = part->policy->FindRule(decision.rule());
  if (!rule.has_value()) return;
  out->rule = rule->pattern.ToString();
  out->source = rule->source;
}

// The decision may rest on a rule whose last use it took, or that expired
// since.
absl::StatusOr<Explanation> MakeExplanation(const ContextStack& stack,
                                            const Access& access,
                                            const Decision& decision) {
  if (decision.depth() > stack.leaf()) return NotAbout();
  const QueryScope now = stack.Scope();
  QueryScope unused = now, unlimited = now;
  unused.ignores_uses = true;
  unlimited.ignores_limits = true;
  for (const QueryScope& scope : {now, unused, unlimited}) {
    absl::optional<Explanation> out = ExplainIn(stack, scope, access, decision);
    if (out.has_value()) return *std::move(out);
  }
  if (access.form() == Access::Form::kResolved) {  // denied by its name
    return MakeExplanation(
        stack, Access::Endpoint(access.permission(), access.text()), decision);
  }
  return NotAbout();
}

}  // namespace internal

}  // namespace postern
