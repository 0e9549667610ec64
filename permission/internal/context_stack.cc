#include "permission/internal/context_stack.h"

#include <algorithm>
#include <utility>

#include "permission/internal/compiled_policy.h"
#include "permission/internal/one_check.h"
#include "permission/internal/path_binder.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/rule_table.h"

namespace postern {
namespace internal {

static_assert(PermissionContext::kMaxDrops == DropSet::kMaxDrops,
              "the public bound is the set's");
static_assert(PermissionContext::kMaxLayers == kMaxPolicyLayers,
              "the public bound is the policy's");

absl::string_view ContextStack::BaseDirectory() const {
  const std::string& own = state(leaf_).base_directory;
  return own.empty() ? PolicyParts::Compiled(root_policy()).base_directory()
                     : own;
}

QueryScope ContextStack::Scope() const {
  const ContextState& leaf = state(leaf_);
  QueryScope scope;
  scope.base_directory = BaseDirectory();
  scope.signatures = &root_policy().signatures();
  scope.binding = root_policy().binding();
  scope.session = leaf.options.session;
  for (int i = 0; i <= leaf_; ++i) {
    if (!snapshot(i).reads_clock) continue;
    scope.now = Moment();
    break;
  }
  return scope;
}

bool ContextStack::ExpiresWithin(absl::Time after, absl::Time until) const {
  for (int i = 0; i <= leaf_; ++i) {
    if (!snapshot(i).reads_clock) continue;
    for (const Snapshot::Part& part : snapshot(i).parts) {
      if (PolicyParts::Compiled(*part.policy).ExpiresWithin(after, until))
        return true;
    }
  }
  return false;
}

absl::Time ContextStack::Moment() const {
  const ContextState& leaf = state(leaf_);
  int64_t seen = leaf.expired_us.load(std::memory_order_relaxed);
  int64_t latest = seen;  // what a parent saw expire, its child has not
  for (int i = 0; i < leaf_; ++i) {
    latest =
        std::max(latest, state(i).expired_us.load(std::memory_order_relaxed));
  }
  const absl::Time now = leaf.Now(), expired = absl::FromUnixMicros(latest);
  if (now <= expired) return expired;
  if (!ExpiresWithin(expired, now)) return now;
  const int64_t floor = absl::ToUnixMicros(now);
  const int64_t next = floor < INT64_MAX ? floor + 1 : floor;
  while (seen < next && !leaf.expired_us.compare_exchange_weak(
                            seen, next, std::memory_order_relaxed)) {
  }
  return now;
}

PatternScope ContextStack::Patterns() const {
  std::shared_ptr<PathBinder> binder;
  if (root_policy().binding() != nullptr) binder = PathBinder::ForNarrowing();
  return {{std::string(Scope().base_directory), &root_policy().variables()},
          root_policy().lenient_wildcards(),
          std::move(binder)};
}

// What a check by this stack asks.
class ContextStack::Asked {
 public:
  Asked(const ContextStack& stack, const TakenUses* taken)
      : stack_(stack), taken_(taken) {}

  absl::string_view BaseDirectory() const { return stack_.BaseDirectory(); }
  const PathBinding* binding() const { return stack_.root_policy().binding(); }
  absl::optional<Decision> DecidePath(const fs::PathComponents& path,
                                      Permission permission) const {
    return stack_.DecidePath(path, permission);
  }
  QueryScope Scope() const {
    QueryScope scope = stack_.Scope();
    scope.taken_uses = taken_;
    return scope;
  }
  Decision Decide(const Query& query) const {
    return stack_.Decide(query, /*trace=*/nullptr);
  }

 private:
  const ContextStack& stack_;
  const TakenUses* const taken_;
};

Decision ContextStack::Check(const Access& access,
                             const TakenUses* taken) const {
  const Asked asked(*this, taken);
  return OneCheck<Asked>(asked, access).Decide();
}

// The same without what time took away. Never by what was worked out in
// advance, which knows uses and drops.
class ContextStack::AskedUndiminished {
 public:
  explicit AskedUndiminished(const ContextStack& stack) : stack_(stack) {}

  absl::string_view BaseDirectory() const { return stack_.BaseDirectory(); }
  const PathBinding* binding() const { return stack_.root_policy().binding(); }
  absl::optional<Decision> DecidePath(const fs::PathComponents&,
                                      Permission) const {
    return absl::nullopt;
  }
  QueryScope Scope() const {
    QueryScope scope = stack_.Scope();
    scope.now = absl::InfinitePast();
    scope.ignores_uses = true;
    return scope;
  }
  Decision Decide(const Query& query) const {
    Outcome outcome;
    if (stack_.root_policy().unconfined()) outcome.AllowUnconfined();
    for (int depth = 0; depth <= stack_.leaf(); ++depth) {
      stack_.DecideLayers(depth, query, /*trace=*/nullptr, &outcome);
    }
    return outcome.Decide();
  }

 private:
  const ContextStack& stack_;
};

Decision ContextStack::CheckUndiminished(const Access& access) const {
  const AskedUndiminished asked(*this);
  return OneCheck<AskedUndiminished>(asked, access).Decide();
}

bool ContextStack::IsAlone(uint32_t bit) const {
  return leaf_ == 0 && snapshot(0).parts.size() == 1 &&
         !state(0).drops.MayHold(bit);
}

absl::optional<Decision> ContextStack::DecidePath(
    const fs::PathComponents& path, Permission permission) const {
  const uint32_t bit = PermissionSet(permission).bits();
  if (IsAlone(bit)) {
    const CompiledPolicy& policy = PolicyParts::Compiled(root_policy());
    Decision fused;
    if (!policy.FindPath(path, bit, &fused)) return absl::nullopt;
    return DecideAlone(fused, policy.grants(), root_policy().unconfined(),
                       snapshot(0).generation);
  }
  Outcome outcome;
  if (root_policy().unconfined()) outcome.AllowUnconfined();
  for (int depth = 0; depth <= leaf_; ++depth) {
    const Snapshot& current = snapshot(depth);
    for (const Snapshot::Part& part : current.parts) {
      const CompiledPolicy& policy = PolicyParts::Compiled(*part.policy);
      if (outcome.denied() && !policy.marks_denials()) continue;
      Decision fused;
      if (!policy.FindPath(path, bit, &fused)) return absl::nullopt;
      const bool may_grant = depth == 0 && &part == &current.parts[0];
      outcome.AddFused(fused, policy.grants(),
                       {depth, part.first_layer, current.generation,
                        part.policy.get(), may_grant});
    }
    if (outcome.denied() || !state(depth).drops.MayHold(bit)) continue;
    const absl::optional<uint32_t> drop =
        state(depth).drops.FindPath(permission, path);
    if (drop.has_value()) outcome.AddDrop(depth, *drop, current.generation);
  }
  return outcome.Decide();
}

void ContextStack::DecideLayers(int depth, const Query& query, Trace* trace,
                                Outcome* outcome) const {
  const Snapshot& current = snapshot(depth);
  for (const Snapshot::Part& part : current.parts) {
    // Not by the layers' numbers: a policy may have none.
    const bool may_grant = depth == 0 && &part == &current.parts[0];
    PolicyParts::Compiled(*part.policy)
        .Decide(query,
                {depth, part.first_layer, current.generation, part.policy.get(),
                 may_grant},
                trace, outcome);
  }
}

Decision ContextStack::Decide(const Query& query, Trace* trace) const {
  Outcome outcome;
  if (root_policy().unconfined()) outcome.AllowUnconfined();
  for (int depth = 0; depth <= leaf_; ++depth) {
    DecideLayers(depth, query, trace, &outcome);
    const absl::optional<uint32_t> drop = state(depth).drops.Find(query);
    if (drop.has_value()) {
      outcome.AddDrop(depth, *drop, snapshot(depth).generation);
    }
  }
  return outcome.Decide();
}

bool ContextStack::Acts(const Decision& decision) const {
  if (state(leaf_).options.audit != nullptr) return true;
  switch (decision.effect()) {
    case Effect::kDeny:
      return false;
    case Effect::kAsk:
      return true;
    case Effect::kAllow:
      return takes_uses();
  }
  return true;
}

bool ContextStack::takes_uses() const {
  for (int depth = 0; depth <= leaf_; ++depth) {
    if (snapshot(depth).takes_uses) return true;
  }
  return false;
}

bool ContextStack::IsUniformBelow(const Query& query) const {
  for (int depth = 0; depth <= leaf_; ++depth) {
    for (const Snapshot::Part& part : snapshot(depth).parts) {
      if (!PolicyParts::Compiled(*part.policy).paths().IsUniformBelow(query))
        return false;
    }
    // A drop of the whole permission is the same everywhere.
    const absl::optional<uint32_t> drop = state(depth).drops.Find(query);
    if (drop.has_value() && *drop != Decision::kNoRule) return false;
  }
  return true;
}

std::vector<uint64_t> ContextStack::Generations() const {
  std::vector<uint64_t> generations;
  for (int i = 0; i <= leaf_; ++i) {
    generations.push_back(snapshot(i).generation);
  }
  return generations;
}

std::vector<AskingRule> AskingRules(const ContextStack& stack,
                                    const Query& query, const Trace& trace) {
  std::vector<AskingRule> rules;
  const auto add = [&](const TraceEntry& entry, const Deciders& deciders) {
    if (deciders.effect != Effect::kAsk) return;
    for (uint32_t rule : deciders.rules) {
      rules.push_back({entry.depth, entry.number, entry.generation, rule});
    }
  };
  for (int i = 0; query.AsksForMany() && i <= stack.leaf(); ++i) {
    rules.push_back({i, -1, stack.snapshot(i).generation, Decision::kNoRule});
  }
  for (const TraceEntry& entry : trace) {
    const LayerSummary& layer = entry.policy->layers()[entry.layer];
    if (layer.mode == Mode::kAudit || entry.effect != Effect::kAsk) continue;
    add(entry, entry.deciders.object);
    add(entry, entry.deciders.subtree);
  }
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  return rules;
}

}  // namespace internal
}  // namespace postern
