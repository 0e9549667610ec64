#include "tests/permission/oracle_comparison.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "permission/testing/naive_policy.h"
#include "permission/testing/owned_access.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"
#include "tests/permission/engine_under_test.h"

namespace postern {
namespace testing {
namespace {

constexpr int kCasesOfAStack = 60;

absl::StatusOr<NaivePolicy> BuildOracle(const RandomStack& stack) {
  absl::StatusOr<NaivePolicy> oracle =
      NaivePolicy::Build(stack.spec, stack.unconfined);
  if (!oracle.ok()) return oracle;
  for (const RandomStack::Drop& drop : stack.drops) {
    oracle->Drop(drop.permissions, drop.pattern);
  }
  return oracle;
}

// "" if the rule that the engine names is one of those that decided.
std::string JudgeRule(const Policy& policy, const Decision& said,
                      const NaiveAnswer& truth) {
  const size_t layer = static_cast<size_t>(said.layer());
  if (layer >= policy.layers().size()) return "no such layer";
  if (layer >= truth.layers.size()) return "no layer of the oracle decided";
  const NaiveLayerAnswer& decided = truth.layers[layer];
  if (decided.effect != truth.effect) return "another layer decided";
  const bool by_default = said.reason() == Reason::kDefault;
  if (by_default) return decided.deciders.empty() ? "" : "a rule decided";
  // A name stands in for its address.
  if (said.rule() == Decision::kNoRule) {
    return decided.effect == Effect::kAllow ? "" : "no rule decided";
  }
  const uint32_t first = policy.layers()[layer].first_rule;
  for (int index : decided.deciders) {
    if (said.rule() == first + static_cast<uint32_t>(index)) return "";
  }
  return "another rule decided";
}

// "" if the reason that the engine gives is a true one.
std::string JudgeReason(const Policy& policy, const Decision& said,
                        const NaiveAnswer& truth) {
  switch (said.reason()) {
    case Reason::kRule:
    case Reason::kDefault:
      return JudgeRule(policy, said, truth);
    case Reason::kDropped:
      return truth.layers.size() > policy.layers().size() &&
                     truth.layers.back().effect == Effect::kDeny
                 ? ""
                 : "not dropped";
    case Reason::kNoGrantLayer:
      return truth.no_grant_layer ? "" : "there is a grant layer";
    case Reason::kUnknownPermission:
    case Reason::kInvalidResource:
      return truth.invalid ? "" : "the resource is valid";
    case Reason::kUnconfined:
      return policy.unconfined() ? "" : "not unconfined";
    case Reason::kNone:
    case Reason::kNarrowerRule:
    case Reason::kAnswered:
    case Reason::kNoAnswer:
    case Reason::kStale:
    case Reason::kUsedUp:
    case Reason::kUnenforceable:
    case Reason::kProtected:
    case Reason::kNotNamed:
      break;
  }
  return "not a reason for this";
}

bool IsForOneObject(const Access& access) {
  return access.form() != Access::Form::kWhole &&
         access.form() != Access::Form::kSubtree;
}

std::string FlagDifference(const Decision& said, const NaiveAnswer& truth) {
  if (said.concealed() != truth.concealed) return "concealed";
  if (said.would_deny() != truth.would_deny) return "would_deny";
  return "";
}

// "" if engine and oracle agree on the access.
std::string Difference(const EngineUnderTest& engine, const NaivePolicy& oracle,
                       const OwnedAccess& owned, NaiveAnswer* truth) {
  std::string difference;
  owned.View([&](const Access& access) {
    *truth = oracle.Check(access);
    const Decision said = engine.Check(access);
    if (said.effect() != truth->effect) {
      difference = absl::StrCat("engine says ", EffectName(said.effect()),
                                ", oracle says ", EffectName(truth->effect));
      return;
    }
    difference = FlagDifference(said, *truth);
    if (difference.empty() && IsForOneObject(access)) {
      difference = JudgeReason(engine.policy(), said, *truth);
    }
    if (!difference.empty()) {
      absl::StrAppend(&difference, " (", EffectName(said.effect()), ", reason ",
                      ReasonCode(said.reason()), ", layer ", said.layer(), ")");
    }
  });
  return difference;
}

// "" if both refuse the stack, or both accept it and agree on the access.
std::string DifferenceOf(const RandomStack& stack, const OwnedAccess& access) {
  absl::StatusOr<NaivePolicy> oracle = BuildOracle(stack);
  absl::StatusOr<EngineUnderTest> engine = EngineUnderTest::Build(stack);
  if (oracle.ok() && engine.ok()) {
    NaiveAnswer truth;
    return Difference(*engine, *oracle, access, &truth);
  }
  if (!oracle.ok() && !engine.ok()) return "";
  return oracle.ok()
             ? absl::StrCat("engine refuses: ", engine.status().message())
             : absl::StrCat("engine accepts, oracle refuses: ",
                            oracle.status().message());
}

std::string MakeSmall(const RandomStack& stack, const OwnedAccess& access) {
  const bool accepted = BuildOracle(stack).ok();
  // Of the same sort: a stack that one of them refuses is another finding.
  const auto fails = [&](const RandomStack& smaller) {
    return BuildOracle(smaller).ok() == accepted &&
           !DifferenceOf(smaller, access).empty();
  };
  const RandomStack small = Shrink(stack, fails);
  return absl::StrCat(DifferenceOf(small, access), "\n", small.ToString(),
                      "asked: ", access.ToString(), "\n");
}

bool IsLayered(const RandomStack& stack) {
  const std::vector<Layer>& layers = stack.spec.layers;
  bool ask = false, audit = false;
  for (const Layer& layer : layers) {
    audit |= layer.mode == Mode::kAudit;
    for (const Rule& rule : layer.rules) ask |= rule.effect == Effect::kAsk;
  }
  return layers.size() >= 2 && layers.size() <= 4 && ask && audit &&
         !stack.drops.empty();
}

void Count(const NaiveAnswer& truth, bool layered, ComparisonTally* tally) {
  ++tally->cases;
  tally->allowed += truth.effect == Effect::kAllow;
  tally->two_rules += truth.matching >= 2;
  tally->allow_and_deny += truth.allow_and_deny;
  tally->by_wildcard += truth.by_wildcard;
  tally->layered += layered;
}

// Compares on one stack; "" or the difference.
std::string CompareStack(RandomPolicy* random, ComparisonTally* tally) {
  const RandomStack stack = random->NextStack();
  ++tally->stacks;
  absl::StatusOr<NaivePolicy> oracle = BuildOracle(stack);
  absl::StatusOr<EngineUnderTest> engine = EngineUnderTest::Build(stack);
  if (oracle.ok() != engine.ok()) return MakeSmall(stack, OwnedAccess());
  if (!oracle.ok()) {
    ++tally->refused_stacks;
    return "";
  }
  const bool layered = IsLayered(stack);
  for (int i = 0; i < kCasesOfAStack; ++i) {
    const OwnedAccess access = random->NextAccess();
    NaiveAnswer truth;
    if (!Difference(*engine, *oracle, access, &truth).empty()) {
      return MakeSmall(stack, access);
    }
    Count(truth, layered, tally);
  }
  return "";
}

}  // namespace

Comparison CompareWithOracle(uint64_t seed, int64_t cases) {
  RandomPolicy random(seed);
  Comparison comparison;
  while (comparison.tally.cases < cases && comparison.difference.empty()) {
    comparison.difference = CompareStack(&random, &comparison.tally);
  }
  return comparison;
}

int64_t DefaultCases() { return IsSanitized() ? 100000 : 1000000; }

}  // namespace testing
}  // namespace postern
