#include "permission/internal/path_index.h"

#include <algorithm>
#include <utility>

#include "fs/path_specificity.h"

namespace postern {
namespace internal {
namespace {

using fs::PathTree;

bool NeedsComparison(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers) {
    if (layer.precedence == Precedence::kMostSpecific) return true;
  }
  return false;
}

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

}  // namespace

bool PathIndex::Add(const fs::PathPattern& pattern, Candidate candidate,
                    const RuleLimits* limits) {
  if (limits != nullptr) {
    limited_.push_back({pattern, candidate, limits});
    return true;
  }
  candidate.set = builder_.Add(pattern);
  if (candidate.set == PathTree::kNone) return false;
  if (candidate.set == building_.size()) {
    building_.emplace_back();
    patterns_.push_back(pattern);
  }
  building_[candidate.set].push_back(candidate);
  return true;
}

void PathIndex::Build(const std::vector<Layer>& layers,
                      const std::vector<LayerInfo>& infos,
                      const std::vector<Candidate>& whole) {
  tree_ = builder_.Build();
  builder_ = PathTree::Builder();
  std::vector<std::vector<Candidate>> sets(building_.size());
  for (size_t set = 0; set < sets.size(); ++set) {
    MergeCandidates(building_[set], layers, &sets[set]);
    if (tree_.has_wildcards()) own_.push_back(table_.Add(sets[set]));
  }
  BuildNodes(layers, sets, whole);
  BuildBelow(building_, infos);
  building_ = {};
  const bool compares =
      NeedsComparison(layers) && (tree_.has_wildcards() || !limited_.empty());
  if (!compares) patterns_ = {};
  for (LimitedRule<fs::PathPattern>& rule : limited_) {
    rule.candidate.set = static_cast<SetId>(patterns_.size());
    if (compares) patterns_.push_back(rule.pattern);
  }
}

// In preorder every parent is done before its children.
void PathIndex::BuildNodes(const std::vector<Layer>& layers,
                           const std::vector<std::vector<Candidate>>& sets,
                           const std::vector<Candidate>& whole) {
  const size_t count = tree_.node_count();
  at_.assign(count, 0);
  below_.assign(count, 0);
  const uint32_t whole_number = table_.Add(whole);
  for (NodeId node = 0; node < count; ++node) {
    if (!tree_.on_spine(node)) continue;
    below_[node] = node == 0 ? whole_number : below_[tree_.parent(node)];
    const auto extend = [&](SetId set, uint32_t* number) {
      if (set == PathTree::kNone) return;
      const absl::Span<const Candidate> inherited = table_[*number];
      std::vector<Candidate> winners(inherited.begin(), inherited.end());
      MergeCandidates(sets[set], layers, &winners);
      *number = table_.Add(winners);
    };
    extend(tree_.subtree_set(node), &below_[node]);
    at_[node] = below_[node];
    extend(tree_.node_set(node), &at_[node]);
  }
}

void PathIndex::BuildBelow(const std::vector<std::vector<Candidate>>& sets,
                           const std::vector<LayerInfo>& infos) {
  bool any = false;
  for (const std::vector<Candidate>& set : sets) {
    for (const Candidate& candidate : set) {
      any = any || candidate.effect() != Effect::kAllow;
    }
  }
  if (!any) return;
  beneath_.resize(tree_.node_count());
  for (size_t i = tree_.node_count(); i-- > 1;) {
    const NodeId node = static_cast<NodeId>(i);
    Narrower* parent = &beneath_[tree_.parent(node)];
    for (SetId set : {tree_.node_set(node), tree_.subtree_set(node)}) {
      if (set == PathTree::kNone) continue;
      for (const Candidate& candidate : sets[set]) {
        parent->Add(candidate, infos[candidate.layer]);
      }
    }
    parent->Add(beneath_[node]);
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

size_t PathIndex::MemoryBytes() const {
  return tree_.MemoryBytes() + table_.MemoryBytes() +
         (at_.capacity() + below_.capacity() + own_.capacity()) *
             sizeof(uint32_t) +
         beneath_.capacity() * sizeof(Narrower);
}

}  // namespace internal
}  // namespace postern
