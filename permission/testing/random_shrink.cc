#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "permission/testing/random_policy.h"

// Making a failing stack small and readable.

namespace postern {
namespace testing {
namespace {

using Fails = absl::FunctionRef<bool(const RandomStack&)>;

// Leaves out parts of the list that `list` finds, halves first, down to single
// members, where it still fails.
template <typename List>
bool ShrinkList(RandomStack* stack, List list, Fails fails) {
  bool changed = false;
  for (size_t part = list(*stack).size(); part > 0; part /= 2) {
    for (size_t end = list(*stack).size(); end >= part; end -= part) {
      RandomStack smaller = *stack;
      const auto begin = list(smaller).begin() + (end - part);
      list(smaller).erase(begin, begin + part);
      if (!fails(smaller)) continue;
      *stack = smaller;
      changed = true;
    }
  }
  return changed;
}

// Makes one change for the simpler, if it differs and still fails.
template <typename Change>
void Simplify(RandomStack* stack, Change change, Fails fails) {
  RandomStack simpler = *stack;
  change(&simpler);
  if (fails(simpler)) *stack = simpler;
}

void SimplifyLayer(size_t i, RandomStack* stack, Fails fails) {
  const auto layer = [i](RandomStack* s) -> Layer& {
    return s->spec.layers[i];
  };
  Simplify(
      stack, [&](RandomStack* s) { layer(s).conceal = false; }, fails);
  Simplify(
      stack, [&](RandomStack* s) { layer(s).mode = Mode::kEnforce; }, fails);
  Simplify(
      stack,
      [&](RandomStack* s) { layer(s).precedence = Precedence::kDenyOverrides; },
      fails);
  for (size_t r = 0; r < stack->spec.layers[i].rules.size(); ++r) {
    Simplify(
        stack, [&](RandomStack* s) { layer(s).rules[r].limits = {}; }, fails);
  }
}

std::string RuleToString(const Rule& rule) {
  std::string out =
      absl::StrCat(EffectName(rule.effect), " ", rule.permissions.ToString(),
                   " ", absl::CHexEscape(rule.pattern.ToString()));
  if (rule.limits.expires) {
    absl::StrAppend(&out, " expires ", absl::FormatTime(*rule.limits.expires));
  }
  if (rule.limits.uses) {
    absl::StrAppend(&out, " uses ", rule.limits.uses->left());
  }
  if (!rule.limits.session.empty()) {
    absl::StrAppend(&out, " session ", rule.limits.session);
  }
  return out;
}

std::string LayerToString(const Layer& layer) {
  std::string out = absl::StrCat(
      "layer default ", EffectName(layer.default_effect),
      layer.precedence == Precedence::kMostSpecific ? " MOST_SPECIFIC" : "",
      layer.mode == Mode::kAudit ? " audit" : "",
      layer.conceal ? " conceal" : "", "\n");
  for (const Rule& rule : layer.rules) {
    absl::StrAppend(&out, "  ", RuleToString(rule), "\n");
  }
  return out;
}

}  // namespace

RandomStack Shrink(RandomStack stack, Fails fails) {
  bool changed = true;
  while (changed) {
    changed = ShrinkList(
        &stack, [](RandomStack & s) -> auto& { return s.drops; }, fails);
    changed |= ShrinkList(
        &stack, [](RandomStack & s) -> auto& { return s.spec.layers; }, fails);
    for (size_t i = 0; i < stack.spec.layers.size(); ++i) {
      changed |= ShrinkList(
          &stack,
          [i](RandomStack & s) -> auto& { return s.spec.layers[i].rules; },
          fails);
    }
  }
  for (size_t i = 0; i < stack.spec.layers.size(); ++i) {
    SimplifyLayer(i, &stack, fails);
  }
  Simplify(
      &stack, [](RandomStack* s) { s->unconfined = false; }, fails);
  Simplify(
      &stack, [](RandomStack* s) { s->spec.signatures.clear(); }, fails);
  Simplify(
      &stack, [](RandomStack* s) { s->spec.variables.clear(); }, fails);
  Simplify(
      &stack, [](RandomStack* s) { s->spec.base_directory.clear(); }, fails);
  Simplify(
      &stack, [](RandomStack* s) { s->spec.lenient_wildcards = true; }, fails);
  return stack;
}

std::string RandomStack::ToString() const {
  std::string out;
  for (const Layer& layer : spec.layers) {
    absl::StrAppend(&out, LayerToString(layer));
  }
  for (const Drop& drop : drops) {
    absl::StrAppend(&out, "drop ", drop.permissions.ToString(), " ",
                    absl::CHexEscape(drop.pattern.ToString()), "\n");
  }
  if (unconfined) absl::StrAppend(&out, "unconfined\n");
  if (!spec.base_directory.empty()) {
    absl::StrAppend(&out, "base ", spec.base_directory, "\n");
  }
  for (const auto& variable : spec.variables) {
    absl::StrAppend(&out, "${", variable.first, "} = ", variable.second, "\n");
  }
  for (const auto& signature : spec.signatures) {
    absl::StrAppend(&out, "signature ", signature.first, ":");
    for (const std::string& name : signature.second) {
      absl::StrAppend(&out, " ", name);
    }
    absl::StrAppend(&out, "\n");
  }
  absl::StrAppend(&out, spec.lenient_wildcards ? "" : "strict wildcards\n");
  return out;
}

}  // namespace testing
}  // namespace postern
