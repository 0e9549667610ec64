#include "permission/testing/naive_context.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace postern {
namespace testing {
namespace {

NaivePolicy BuildOrAbort(const PolicySpec& spec) {
  auto policy = NaivePolicy::Build(spec);
  if (!policy.ok()) std::abort();
  return *std::move(policy);
}

// The policy of one rule that allows, or nullopt if that is none.
absl::optional<NaivePolicy> Allowing(PolicySpec terms, Permission permission,
                                     const RulePattern& pattern) {
  Layer layer;
  layer.rules.emplace_back();
  layer.rules[0].effect = Effect::kAllow;
  layer.rules[0].permissions = PermissionSet(permission);
  layer.rules[0].pattern = pattern;
  terms.layers = {layer};
  auto policy = NaivePolicy::Build(terms);
  if (!policy.ok()) return absl::nullopt;
  return *std::move(policy);
}

bool Matches(const NaivePolicy& scope, const Access& access) {
  return scope.Check(access).effect == Effect::kAllow;
}

}  // namespace

NaiveContext::Part NaiveContext::MakePart(const PolicySpec& spec) {
  return {spec, BuildOrAbort(spec)};
}

NaiveContext::NaiveContext(const PolicySpec& spec, absl::string_view session)
    : session_(session), parts_({MakePart(spec)}) {}

NaiveContext::NaiveContext(NaiveContext* parent)
    : parent_(parent),
      depth_(parent->depth_ + 1),
      session_(parent->session_),
      base_(parent->Terms().base_directory) {}

PolicySpec NaiveContext::Terms() const {
  const PolicySpec& root = Root().parts_[0].spec;
  PolicySpec terms;
  terms.variables = root.variables;
  terms.base_directory = parent_ == nullptr ? root.base_directory : base_;
  return terms;
}

void NaiveContext::Publish(const PolicySpec& spec) {
  parts_[0] = MakePart(spec);
  ++generation_;
}

void NaiveContext::Restrict(const PolicySpec& spec) {
  parts_.push_back(MakePart(spec));
  ++generation_;
}

void NaiveContext::Drop(PermissionSet permissions, const RulePattern& pattern) {
  NaivePolicy drop = BuildOrAbort(Terms());
  drop.Drop(permissions, pattern);
  drops_.push_back(std::move(drop));
}

std::vector<const NaiveContext*> NaiveContext::Chain() const {
  std::vector<const NaiveContext*> chain;
  for (const NaiveContext* c = this; c != nullptr; c = c->parent_) {
    chain.insert(chain.begin(), c);
  }
  return chain;
}

absl::Time NaiveContext::Expired() const {
  absl::Time latest = absl::InfinitePast();
  for (const NaiveContext* context : Chain()) {
    latest = std::max(latest, context->expired_);
  }
  return latest;
}

void NaiveContext::See(absl::Time now) {
  now_ = now;
  const absl::Time expired = Expired();
  bool some = false;
  for (const NaiveContext* context : Chain()) {
    for (const Part& part : context->parts_) {
      for (const Layer& layer : part.spec.layers) {
        for (const Rule& rule : layer.rules) {
          const auto& expires = rule.limits.expires;
          some = some || (expires && *expires > expired && *expires <= now);
        }
      }
    }
  }
  if (some) expired_ = now;
}

const Rule& NaiveContext::RuleOf(const RuleId& id) const {
  const NaiveContext& context = *Chain()[static_cast<size_t>(std::get<0>(id))];
  return context.parts_[std::get<2>(id)]
      .spec.layers[std::get<3>(id)]
      .rules[static_cast<size_t>(std::get<4>(id))];
}

Effect NaiveContext::Decide(const Access& access, const Taken& taken,
                            std::vector<Said>* said) const {
  Effect strictest = Effect::kAllow;
  bool granted = false;
  const absl::Time now = std::max(now_, Expired());
  for (const NaiveContext* context : Chain()) {
    for (size_t part = 0; part < context->parts_.size(); ++part) {
      const PolicySpec& spec = context->parts_[part].spec;
      const NaiveAnswer answer =
          context->parts_[part].policy.Check(access, now, session_, taken);
      if (answer.invalid) return Effect::kDeny;
      for (size_t i = 0; i < spec.layers.size(); ++i) {
        if (spec.layers[i].mode == Mode::kAudit) continue;
        const NaiveLayerAnswer& layer = answer.layers[i];
        strictest = std::min(strictest, layer.effect);
        granted = granted || (context->depth_ == 0 && part == 0 &&
                              spec.layers[i].default_effect == Effect::kDeny);
        said->push_back({layer.effect, {}});
        for (int rule : layer.deciders) {
          said->back().deciders.emplace_back(
              context->depth_, context->generation_, part, i, rule);
        }
      }
    }
    for (const NaivePolicy& drop : context->drops_) {
      const NaiveAnswer answer = drop.Check(access, now, session_);
      strictest = std::min(strictest, answer.layers.back().effect);
    }
  }
  return granted ? strictest : Effect::kDeny;
}

Effect NaiveContext::Check(const Access& access) const {
  std::vector<Said> said;
  return Decide(access, {}, &said);
}

std::set<NaiveContext::RuleId> NaiveContext::Asking(
    const std::vector<Said>& said) const {
  std::set<RuleId> rules;
  for (const Said& layer : said) {
    if (layer.effect != Effect::kAsk) continue;
    rules.insert(layer.deciders.begin(), layer.deciders.end());
  }
  return rules;
}

// A no to one of the rules is one to all; a yes is needed for each.
absl::optional<Effect> NaiveContext::Remembered(const Access& access, int id,
                                                const std::set<RuleId>& rules) {
  answers_.erase(std::remove_if(answers_.begin(), answers_.end(),
                                [&](const Stored& stored) {
                                  return stored.answer.lifetime ==
                                             AnswerLifetime::kTimespan &&
                                         stored.answer.expires <= now_;
                                }),
                 answers_.end());
  std::set<RuleId> allowed;
  for (const Stored& stored : answers_) {
    if (stored.permission != access.permission()) continue;
    if (stored.scope ? !Matches(*stored.scope, access) : stored.id != id) {
      continue;
    }
    for (const RuleId& rule : stored.rules) {
      if (rules.count(rule) == 0) continue;
      if (stored.answer.effect == Effect::kDeny) return Effect::kDeny;
      allowed.insert(rule);
    }
  }
  if (allowed != rules) return absl::nullopt;
  return Effect::kAllow;
}

Effect NaiveContext::Ask(const Access& access, int id,
                         const std::set<RuleId>& rules, const Person& person) {
  Stored stored{person(rules.size()), access.permission(), id, {}, rules};
  if (stored.answer.effect == Effect::kAsk) return Effect::kDeny;
  if (stored.answer.scope.kind() != RulePattern::Kind::kWhole) {
    stored.scope = Allowing(Terms(), access.permission(), stored.answer.scope);
    if (!stored.scope || !Matches(*stored.scope, access)) return Effect::kDeny;
  }
  if (stored.answer.lifetime != AnswerLifetime::kSingle) {
    answers_.push_back(stored);
  }
  return stored.answer.effect;
}

// Of each layer by itself: nothing where a rule without uses says the same.
void NaiveContext::TakeUses(const std::vector<Said>& said, Taken* taken) const {
  for (const Said& layer : said) {
    std::vector<UseCounter*> uses;
    for (const RuleId& rule : layer.deciders) {
      uses.push_back(RuleOf(rule).limits.uses.get());
    }
    if (std::find(uses.begin(), uses.end(), nullptr) != uses.end()) continue;
    for (UseCounter* counter : uses) {
      if (taken->insert(counter).second && !counter->Take()) std::abort();
    }
  }
}

Effect NaiveContext::Act(const Access& access, int id, const Person& person,
                         Taken* taken) {
  std::vector<Said> said;
  Effect effect = Decide(access, taken == nullptr ? Taken() : *taken, &said);
  if (effect == Effect::kAsk) {
    const std::set<RuleId> rules = Asking(said);
    const absl::optional<Effect> known = Remembered(access, id, rules);
    effect = known ? *known : Ask(access, id, rules, person);
  }
  if (effect == Effect::kAllow && taken != nullptr) TakeUses(said, taken);
  return effect;
}

}  // namespace testing
}  // namespace postern
