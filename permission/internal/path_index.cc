#include "permission/internal/path_index.h"

#include <algorithm>
#include <utility>

#include "fs/path_specificity.h"

namespace postern {
namespace internal {
namespace {

using fs::PathTree;

// Whether the last component of `pattern` could match strictly below `path`.
bool CouldEndBelow(const fs::PathPattern& pattern,
                   absl::Span<const absl::string_view> path) {
  for (size_t i = 0; i < pattern.components.size(); ++i) {
    const fs::PatternComponent& component = pattern.components[i];
    const bool any_depth =
        component.kind == fs::PatternComponent::Kind::kAnyDepth;
    if (any_depth || i == path.size()) return true;
    if (!component.Matches(path[i])) return false;
  }
  return false;
}

bool TakesPaths(const Candidate& candidate) {
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (ResourceKindOf(permission) == ResourceKind::kPath &&
        PermissionSet::FromBits(candidate.permissions).Contains(permission)) {
      return true;
    }
  }
  return false;
}

// One bit for each permission that has paths.
uint8_t GrantBits(uint32_t permissions) {
  constexpr Permission kPathPermissions[] = {
      Permission::kFsRead, Permission::kFsWrite, Permission::kCodeLoad,
      Permission::kDeviceUse};
  const PermissionSet set = PermissionSet::FromBits(permissions);
  unsigned bits = 0;
  for (size_t i = 0; i < 4; ++i) {
    if (set.Contains(kPathPermissions[i])) bits |= 1u << i;
  }
  return static_cast<uint8_t>(bits);
}

bool Grants(const Candidate& candidate, const LayerInfo& layer) {
  return candidate.effect() != Effect::kDeny && layer.mode == Mode::kEnforce &&
         layer.default_effect == Effect::kDeny;
}

size_t LiteralsInFront(const fs::PathPattern& pattern) {
  size_t count = 0;
  for (const fs::PatternComponent& component : pattern.components) {
    if (component.kind != fs::PatternComponent::Kind::kLiteral) break;
    ++count;
  }
  return count;
}

bool MatchesAllBelow(const fs::PathPattern& pattern, const Query& query) {
  return pattern.subtree && pattern.Matches(query.path());
}

// Whether a layer in state `to` is at most as generous as one in state `from`,
// and stays so when other rules are offered to both.
bool IsNoMoreGenerous(const LayerStates& to, const LayerStates& from,
                      size_t layer) {
  if (to.effect(layer) > from.effect(layer)) return false;
  // Beside another rule that allows, silence holds nothing back.
  const auto holds_to = [](const LayerState& state) {
    return state.matched ? state.effect : Effect::kAllow;
  };
  if (holds_to(to[layer]) > holds_to(from[layer])) return false;
  // A pattern overrules what a rule without a resource says; none does not.
  const auto by_pattern = [](const LayerState& state) {
    return state.matched && state.set != Candidate::kWholeSet;
  };
  return to.info(layer).precedence == Precedence::kDenyOverrides ||
         by_pattern(from[layer]) || !by_pattern(to[layer]) ||
         to.effect(layer) == Effect::kDeny;
}

bool NoLayerIsMoreGenerous(const LayerStates& to, const LayerStates& from,
                           const std::vector<LayerInfo>& infos) {
  for (size_t i = 0; i < infos.size(); ++i) {
    if (infos[i].mode == Mode::kEnforce && !IsNoMoreGenerous(to, from, i)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool PathIndex::Add(const fs::PathPattern& pattern, Candidate candidate,
                    const RuleLimits* limits) {
  if (limits != nullptr) {
    limited_.push_back({pattern, candidate, limits});
    return true;
  }
  candidate.set = builder_.Add(pattern);
  if (candidate.set == PathTree::kNone) return false;
  if (compares_ && candidate.set == patterns_.size()) {
    patterns_.push_back(pattern);
  }
  building_.push_back(candidate);
  return true;
}

void PathIndex::Build(const std::vector<Layer>& layers,
                      const std::vector<LayerInfo>& infos,
                      const std::vector<Candidate>& whole) {
  tree_ = builder_.Build();
  builder_ = PathTree::Builder();
  const SetRules sets = MergeSets(layers);
  if (tree_.has_wildcards()) {
    for (SetId set = 0; set < tree_.set_count(); ++set) {
      own_.push_back(table_.Add(sets.winners[sets.numbers[set]]));
    }
  }
  BuildNodes(layers, sets, whole);
  BuildBelow(infos);
  BuildGrants(infos);
  building_ = {};
  compares_ = compares_ && (tree_.has_wildcards() || !limited_.empty());
  if (!compares_) patterns_ = {};
  for (LimitedRule<fs::PathPattern>& rule : limited_) {
    rule.candidate.set = static_cast<SetId>(patterns_.size());
    if (compares_) patterns_.push_back(rule.pattern);
  }
}

// Sorts the rules by set; the order within a set does not matter.
PathIndex::SetRules PathIndex::MergeSets(const std::vector<Layer>& layers) {
  std::sort(building_.begin(), building_.end(),
            [](const Candidate& a, const Candidate& b) {
              return a.set != b.set ? a.set < b.set : a.rule < b.rule;
            });
  SetRules sets;
  sets.numbers.reserve(tree_.set_count());
  std::vector<Candidate> own, winners;
  for (size_t i = 0; i < building_.size();) {
    own.clear();
    winners.clear();
    const SetId set = building_[i].set;
    for (; i < building_.size() && building_[i].set == set; ++i) {
      own.push_back(building_[i]);
    }
    MergeCandidates(own, layers, &winners);
    sets.numbers.push_back(sets.winners.Add(winners));
  }
  return sets;
}

// In preorder every parent is done before its children.
void PathIndex::BuildNodes(const std::vector<Layer>& layers,
                           const SetRules& sets,
                           const std::vector<Candidate>& whole) {
  const size_t count = tree_.node_count();
  at_.assign(count, 0);
  below_.assign(count, 0);
  std::vector<Candidate> winners;
  for (const Candidate& candidate : whole) {
    if (TakesPaths(candidate)) winners.push_back(candidate);
  }
  const uint32_t whole_number = table_.Add(winners);
  for (NodeId node = 0; node < count; ++node) {
    if (!tree_.on_spine(node)) continue;
    below_[node] = node == 0 ? whole_number : below_[tree_.parent(node)];
    const auto extend = [&](SetId set, uint32_t* number) {
      if (set == PathTree::kNone) return;
      const absl::Span<const Candidate> inherited = table_[*number];
      winners.assign(inherited.begin(), inherited.end());
      MergeCandidates(sets.winners[sets.numbers[set]], layers, &winners);
      *number = table_.Add(winners);
    };
    extend(tree_.subtree_set(node), &below_[node]);
    at_[node] = below_[node];
    extend(tree_.node_set(node), &at_[node]);
  }
}

void PathIndex::BuildBelow(const std::vector<LayerInfo>& infos) {
  std::vector<Narrower> by_set(tree_.set_count());
  bool any = false;
  for (const Candidate& candidate : building_) {
    by_set[candidate.set].Add(candidate, infos[candidate.layer]);
    any = any || candidate.effect() != Effect::kAllow;
  }
  if (!any) return;
  beneath_.resize(tree_.node_count());
  for (size_t i = tree_.node_count(); i-- > 1;) {
    const NodeId node = static_cast<NodeId>(i);
    Narrower* parent = &beneath_[tree_.parent(node)];
    for (SetId set : {tree_.node_set(node), tree_.subtree_set(node)}) {
      if (set != PathTree::kNone) parent->Add(by_set[set]);
    }
    parent->Add(beneath_[node]);
  }
}

void PathIndex::BuildGrants(const std::vector<LayerInfo>& infos) {
  grants_.assign(tree_.set_count(), 0);
  for (const Candidate& candidate : building_) {
    if (!Grants(candidate, infos[candidate.layer])) continue;
    grants_[candidate.set] = static_cast<uint8_t>(
        grants_[candidate.set] | GrantBits(candidate.permissions));
  }
}

int PathIndex::Compare(SetId a, SetId b, const Query& query) const {
  if (a == b) return 0;
  if (a == Candidate::kWholeSet) return -1;
  if (b == Candidate::kWholeSet) return 1;
  return fs::CompareSpecificity(patterns_[a], patterns_[b], query.path());
}

// Offers the wildcard rules as the tree finds them.
class PathIndex::Offering final : public PathTree::Visitor {
 public:
  Offering(const PathIndex& index, const Query& query, LayerStates* states)
      : index_(index), query_(query), states_(states) {}

  void OnMatch(SetId set, bool subtree) override {
    OfferList(index_.own_[set], states_);
    if (subtree && below_states_ != nullptr) {
      OfferList(index_.own_[set], below_states_);
    }
  }
  void OnBelow(NodeId node) override { AddBeneath(node); }

  void OfferList(uint32_t number, LayerStates* states) const {
    states->OfferAll(index_.table_[number], query_.permission_bit(),
                     Comparison());
  }
  void OfferLimited() const {
    for (const LimitedRule<fs::PathPattern>& rule : index_.limited_) {
      if ((rule.candidate.permissions & query_.permission_bit()) == 0 ||
          !InForce(*rule.limits, query_.scope())) {
        continue;
      }
      if (narrower_ != nullptr && CouldEndBelow(rule.pattern, query_.path())) {
        narrower_->Add(rule.candidate, states_->info(rule.candidate.layer));
      }
      if (!rule.pattern.Matches(query_.path())) continue;
      states_->OfferOne(rule.candidate, Comparison());
      if (below_states_ != nullptr && rule.pattern.subtree) {
        below_states_->OfferOne(rule.candidate, Comparison());
      }
    }
  }
  void AddBeneath(NodeId node) const {
    if (narrower_ != nullptr && !index_.beneath_.empty()) {
      narrower_->Add(index_.beneath_[node]);
    }
  }
  // From now on `states` gets what also holds for all beneath the path, and
  // `narrower` what may hold there alone.
  void WatchBelow(LayerStates* states, Narrower* narrower) {
    below_states_ = states;
    narrower_ = narrower;
  }

 private:
  struct Comparator {
    const PathIndex& index;
    const Query& query;
    int operator()(SetId a, SetId b) const {
      return index.Compare(a, b, query);
    }
  };
  Comparator Comparison() const { return {index_, query_}; }

  const PathIndex& index_;
  const Query& query_;
  LayerStates* const states_;
  LayerStates* below_states_ = nullptr;
  Narrower* narrower_ = nullptr;
};

void PathIndex::Evaluate(const Query& query, LayerStates* states) const {
  Offering offering(*this, query, states);
  const PathTree::Place place = tree_.Match(query.path(), &offering);
  offering.OfferList(place.exact ? at_[place.node] : below_[place.node],
                     states);
  if (!limited_.empty()) offering.OfferLimited();
}

void PathIndex::EvaluateSubtree(const Query& query, LayerStates* top,
                                LayerStates* all, Narrower* narrower) const {
  Offering offering(*this, query, top);
  offering.WatchBelow(all, narrower);
  const PathTree::Place place = tree_.Match(query.path(), &offering);
  offering.OfferList(place.exact ? at_[place.node] : below_[place.node], top);
  offering.OfferList(below_[place.node], all);
  if (place.exact) offering.AddBeneath(place.node);
  offering.OfferLimited();
}

void PathIndex::EvaluateUnlimited(const Query& query,
                                  LayerStates* states) const {
  Offering offering(*this, query, states);
  const PathTree::Place place = tree_.Match(query.path(), &offering);
  offering.OfferList(place.exact ? at_[place.node] : below_[place.node],
                     states);
}

void PathIndex::EvaluateBelow(const Query& query, LayerStates* all) const {
  LayerStates top = *all;
  Offering offering(*this, query, &top);
  offering.WatchBelow(all, /*narrower=*/nullptr);
  const PathTree::Place place = tree_.Match(query.path(), &offering);
  offering.OfferList(below_[place.node], all);
}

// How specific patterns with wildcards are depends on the whole name, and what
// limits leave in force on the moment: beside layers that compare patterns,
// neither is thought through.
bool PathIndex::IsUniformBelow(const Query& query) const {
  if (tree_.AnyBoundaryBelow(query.path())) return false;
  if (compares_ && tree_.AnyWildcardBelow(query.path())) return false;
  for (const LimitedRule<fs::PathPattern>& rule : limited_) {
    if ((rule.candidate.permissions & query.permission_bit()) == 0) continue;
    if (CouldEndBelow(rule.pattern, query.path()) ||
        (compares_ && MatchesAllBelow(rule.pattern, query))) {
      return false;
    }
  }
  return true;
}

bool PathIndex::SameLimitedBelow(const Query& from, const Query& to) const {
  for (const LimitedRule<fs::PathPattern>& rule : limited_) {
    if ((rule.candidate.permissions & from.permission_bit()) == 0) continue;
    if (CouldEndBelow(rule.pattern, from.path()) ||
        CouldEndBelow(rule.pattern, to.path()) ||
        MatchesAllBelow(rule.pattern, from) !=
            MatchesAllBelow(rule.pattern, to)) {
      return false;
    }
  }
  return true;
}

bool PathIndex::GainsNothingBelow(const Query& from, const Query& to,
                                  const std::vector<LayerInfo>& infos) const {
  if (compares_ && (!limited_.empty() || tree_.AnyWildcardBelow(from.path()) ||
                    tree_.AnyWildcardBelow(to.path()))) {
    return false;
  }
  if (!tree_.SameBelow(from.path(), to.path()) || !SameLimitedBelow(from, to)) {
    return false;
  }
  LayerStates at_from(infos), at_to(infos);
  EvaluateBelow(from, &at_from);
  EvaluateBelow(to, &at_to);
  return NoLayerIsMoreGenerous(at_to, at_from, infos);
}

PathIndex::LimitedMatches PathIndex::MatchLimited(const Query& from,
                                                  const Query& to) const {
  LimitedMatches matches;
  for (const LimitedRule<fs::PathPattern>& rule : limited_) {
    if ((rule.candidate.permissions & from.permission_bit()) == 0) continue;
    const bool at_from = rule.pattern.Matches(from.path());
    const bool at_to = rule.pattern.Matches(to.path());
    matches.from = matches.from || at_from;
    matches.to = matches.to || at_to;
    if (at_from != at_to || (at_from && compares_)) matches.same = false;
  }
  return matches;
}

bool PathIndex::GainsNothingAt(const Query& from, const Query& to,
                               const std::vector<LayerInfo>& infos) const {
  LayerStates at_from(infos), at_to(infos);
  EvaluateUnlimited(from, &at_from);
  EvaluateUnlimited(to, &at_to);
  return NoLayerIsMoreGenerous(at_to, at_from, infos);
}

bool PathIndex::IsNamed(const Query& query, size_t literals, bool used_up,
                        const std::vector<LayerInfo>& infos) const {
  const uint8_t bit = GrantBits(query.permission_bit());
  bool named = false;
  tree_.FindNamed(query.path(), literals, [&](SetId set) {
    named = named || (grants_[set] & bit) != 0;
  });
  for (const LimitedRule<fs::PathPattern>& rule : limited_) {
    if (named) break;
    named = (rule.candidate.permissions & query.permission_bit()) != 0 &&
            Grants(rule.candidate, infos[rule.candidate.layer]) &&
            (used_up ? InForceIfUsesLeft(*rule.limits, query.scope())
                     : InForce(*rule.limits, query.scope())) &&
            LiteralsInFront(rule.pattern) >= literals &&
            rule.pattern.Matches(query.path());
  }
  return named;
}

size_t PathIndex::MemoryBytes() const {
  return tree_.MemoryBytes() + table_.MemoryBytes() + grants_.capacity() +
         (at_.capacity() + below_.capacity() + own_.capacity()) *
             sizeof(uint32_t) +
         beneath_.capacity() * sizeof(Narrower);
}

}  // namespace internal
}  // namespace postern
