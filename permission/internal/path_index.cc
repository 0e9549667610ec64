#include "permission/internal/path_index.h"

#include <algorithm>
#include <utility>

namespace postern {
namespace internal {
namespace {

using fs::PathTree;

// Whether the last component of `pattern` could match strictly below `path`.
bool CouldEndBelow(const fs::PathPattern& pattern,
                   const fs::PathComponents& path) {
  for (size_t i = 0; i < pattern.components.size(); ++i) {
    const fs::PatternComponent& component = pattern.components[i];
    const bool any_depth =
        component.kind == fs::PatternComponent::Kind::kAnyDepth;
    if (any_depth || i == path.size()) return true;
    if (!component.Matches(path[i])) return false;
  }
  return false;
}

bool Grants(const Candidate& candidate, const LayerTerms& layer) {
  return candidate.effect() != Effect::kDeny && layer.mode == Mode::kEnforce &&
         layer.default_effect == Effect::kDeny;
}

// Of a rule that is in force.
bool NeedsUse(const RuleLimits& limits, const QueryScope& scope) {
  return limits.uses != nullptr && (scope.taken_uses == nullptr ||
                                    scope.taken_uses->count(limits.uses) == 0);
}

bool MatchesAllBelow(const fs::PathPattern& pattern, const Query& query) {
  return pattern.subtree && pattern.Matches(query.path());
}

// Whether a layer in state `to` is at most as generous as one in state `from`,
// and stays so when other rules are offered to both.
bool IsNoMoreGenerous(const Contest& to, const Contest& from, size_t layer) {
  if (to.effect(layer) > from.effect(layer)) return false;
  // Beside another rule that allows, silence holds nothing back.
  const auto holds_to = [](const Winner& winner) {
    return winner.matched ? winner.effect : Effect::kAllow;
  };
  if (holds_to(to[layer]) > holds_to(from[layer])) return false;
  // A pattern overrules what a rule without a resource says; none does not.
  const auto by_pattern = [](const Winner& winner) {
    return winner.matched && winner.set != Candidate::kWholeSet;
  };
  return to.info(layer).precedence == Precedence::kDenyOverrides ||
         by_pattern(from[layer]) || !by_pattern(to[layer]) ||
         to.effect(layer) == Effect::kDeny;
}

bool NoLayerIsMoreGenerous(const Contest& to, const Contest& from,
                           const std::vector<LayerTerms>& infos) {
  for (size_t i = 0; i < infos.size(); ++i) {
    if (infos[i].mode == Mode::kEnforce && !IsNoMoreGenerous(to, from, i)) {
      return false;
    }
  }
  return true;
}

// Puts what stands by old number at the new one.
std::vector<fs::PathPattern> ByNumber(
    std::vector<fs::PathPattern> patterns,
    const std::vector<PathTree::SetId>& numbers, const PathTree& tree) {
  std::vector<fs::PathPattern> renumbered(tree.set_count());
  for (size_t i = 0; i < patterns.size(); ++i) {
    renumbered[numbers[i]] = std::move(patterns[i]);
  }
  return renumbered;
}

}  // namespace

void PathIndex::UseText(fs::TextArena* text) {
  builder_ = PathTree::Builder(text);
  text_ = text;
}

bool PathIndex::Add(const fs::PathPattern& pattern, Candidate candidate,
                    const RuleLimits* limits) {
  if (limits != nullptr) {
    limited_.push_back({pattern, candidate, limits});
    limited_permissions_ |= candidate.permissions;
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

bool PathIndex::AddPlain(const fs::PlainPath& pattern, Candidate candidate,
                         const RuleLimits* limits) {
  if (limits != nullptr || compares_ || text_ == nullptr) {
    return Add(fs::ToPathPattern(pattern), candidate, limits);
  }
  const ptrdiff_t offset =
      pattern.path.data() - text_->text(0, 0).data();  // where it was parsed
  const size_t size = pattern.path == "/" ? 0 : pattern.path.size();
  candidate.set =
      builder_.AddLiteral(static_cast<uint32_t>(offset), size, pattern.subtree);
  if (candidate.set == PathTree::kNone) return false;
  building_.push_back(candidate);
  return true;
}

void PathIndex::Build(const std::vector<LayerTerms>& layers,
                      const std::vector<Candidate>& whole) {
  std::vector<SetId> numbers;
  tree_ = builder_.BuildByNode(&numbers);
  for (Candidate& candidate : building_) {
    candidate.set = numbers[candidate.set];
  }
  if (compares_) patterns_ = ByNumber(std::move(patterns_), numbers, tree_);
  layers_ = layers;
  whole_ = whole;
  verdicts_.Build(tree_, layers, std::move(building_), whole);
  building_ = {};
  BuildNarrower();
  compares_ = compares_ && (tree_.has_wildcards() || !limited_.empty());
  if (!compares_) patterns_ = {};
  for (LimitedRule<fs::PathPattern>& rule : limited_) {
    rule.candidate.set = static_cast<SetId>(patterns_.size());
    if (compares_) patterns_.push_back(rule.pattern);
  }
}

void PathIndex::AddOwn(SetId set, Narrower* narrower) const {
  if (set == PathTree::kNone) return;
  verdicts_.ForEachOwn(set, [&](const Candidate& candidate) {
    narrower->Add(candidate, layers_[candidate.layer]);
  });
}

void PathIndex::BuildNarrower() {
  Narrower any;
  for (SetId set = 0; set < tree_.set_count(); ++set) AddOwn(set, &any);
  if (any.empty()) return;
  const fs::WildcardTree& wildcards = tree_.wildcards();
  wildcards_beneath_.resize(wildcards.node_count());
  roots_beneath_.resize(wildcards.roots().size());
  // Parents have lower numbers.
  for (size_t i = wildcards.node_count(); i-- > 0;) {
    const uint32_t node = static_cast<uint32_t>(i);
    Narrower with_own = wildcards_beneath_[i];
    AddOwn(wildcards.node_set(node), &with_own);
    AddOwn(wildcards.subtree_set(node), &with_own);
    all_wildcards_.Add(with_own);
    const uint32_t parent = wildcards.parent(node);
    (parent == PathTree::kNone ? roots_beneath_[wildcards.root(node)]
                               : wildcards_beneath_[parent])
        .Add(with_own);
  }
  spine_beneath_.resize(tree_.spine_count() / kBlock + 1);
  for (size_t i = 0; i < tree_.spine_count(); ++i) {
    AddNode(static_cast<NodeId>(i), &spine_beneath_[i / kBlock]);
  }
}

// What begins at a node of the spine, with and without wildcards.
void PathIndex::AddNode(NodeId node, Narrower* narrower) const {
  AddOwn(tree_.node_set(node), narrower);
  AddOwn(tree_.subtree_set(node), narrower);
  const uint32_t root = tree_.root_index({node, true});
  if (root != PathTree::kNone) narrower->Add(roots_beneath_[root]);
}

void PathIndex::AddBeneath(const Query& query, const PathTree::Place& place,
                           Narrower* narrower) const {
  if (spine_beneath_.empty()) return;
  const uint32_t root = tree_.root_index(place);
  if (root != PathTree::kNone) narrower->Add(roots_beneath_[root]);
  const PathTree::Interval below = tree_.SpineBelow(query.path());
  for (NodeId node = below.begin; node < below.end;) {
    if (node % kBlock == 0 && node + kBlock <= below.end) {
      narrower->Add(spine_beneath_[node / kBlock]);
      node += kBlock;
    } else {
      AddNode(node++, narrower);
    }
  }
}

int PathIndex::Compare(SetId a, SetId b, fs::SpecificityOrder* order) const {
  if (a == b) return 0;
  if (a == Candidate::kWholeSet) return -1;
  if (b == Candidate::kWholeSet) return 1;
  // No wildcards: they come from the end of the path upwards.
  if (!compares_) return -1;
  return order->Compare(patterns_[a], patterns_[b]);
}

// Adds the wildcard rules to a verdict as the tree finds them.
class PathIndex::Finding final : public PathTree::Visitor {
 public:
  Finding(const PathVerdicts& verdicts, uint32_t bit, Decision* verdict)
      : verdicts_(verdicts), bit_(bit), verdict_(*verdict) {}

  void OnMatch(SetId set, bool) override {
    if (!verdicts_.strictest_counts()) {
      verdicts_.ForEachOwn(set, [this](const Candidate& candidate) {
        simple_ = simple_ && (candidate.permissions & bit_) == 0;
      });
      return;
    }
    const bool first = verdict_ == before_;
    simple_ = simple_ && verdicts_.Meet(set, bit_, first, &verdict_);
  }
  void OnBelow(uint32_t) override {}
  void OnGuess() override {}

  bool simple() const { return simple_; }

 private:
  const PathVerdicts& verdicts_;
  const uint32_t bit_;
  Decision& verdict_;
  const Decision before_ = verdict_;
  bool simple_ = true;
};

bool PathIndex::AddWildcards(const fs::PathComponents& path,
                             const PathTree::Place& place,
                             uint32_t permission_bit, Decision* fused) const {
  Finding finding(verdicts_, permission_bit, fused);
  tree_.MatchWildcards(path, place.node, &finding);
  return finding.simple();
}

// Offers the rules as the tree finds them.
class PathIndex::Offering final : public PathTree::Visitor {
 public:
  Offering(const PathIndex& index, const Query& query, Contest* contest)
      : index_(index), query_(query), contest_(contest), order_(query.path()) {}

  void OnMatch(SetId set, bool subtree) override {
    Offer(set, contest_);
    if (subtree && below_contest_ != nullptr) Offer(set, below_contest_);
  }
  void OnBelow(uint32_t node) override {
    if (narrower_ != nullptr && !index_.wildcards_beneath_.empty()) {
      narrower_->Add(index_.wildcards_beneath_[node]);
    }
  }
  void OnGuess() override {
    if (narrower_ != nullptr) narrower_->Add(index_.all_wildcards_);
  }

  // What holds at and beneath the node, from the most specific rule on, which
  // is the one to name where others say the same.
  void OfferSubtrees(NodeId node, Contest* contest) const {
    for (; node != PathTree::kNone; node = index_.tree_.parent(node)) {
      const SetId set = index_.tree_.subtree_set(node);
      if (set != PathTree::kNone) Offer(set, contest);
    }
    contest->OfferAll(index_.whole_, query_.permission_bit(), Comparison());
  }
  void OfferPlace(const PathTree::Place& place, Contest* contest) const {
    const SetId set = index_.tree_.node_set(place.node);
    if (place.exact && set != PathTree::kNone) Offer(set, contest);
    OfferSubtrees(place.node, contest);
  }
  void OfferLimited() const {
    for (const LimitedRule<fs::PathPattern>& rule : index_.limited_) {
      if ((rule.candidate.permissions & query_.permission_bit()) == 0 ||
          !InForce(*rule.limits, query_.scope())) {
        continue;
      }
      if (narrower_ != nullptr && CouldEndBelow(rule.pattern, query_.path())) {
        narrower_->Add(rule.candidate, contest_->info(rule.candidate.layer));
      }
      if (!rule.pattern.Matches(query_.path())) continue;
      contest_->OfferOne(rule.candidate, Comparison());
      if (below_contest_ != nullptr && rule.pattern.subtree) {
        below_contest_->OfferOne(rule.candidate, Comparison());
      }
    }
  }
  // From now on `contest` gets what also holds for all beneath the path, and
  // `narrower` what may hold there alone.
  void WatchBelow(Contest* contest, Narrower* narrower) {
    below_contest_ = contest;
    narrower_ = narrower;
  }

 private:
  struct Comparator {
    const PathIndex& index;
    fs::SpecificityOrder* order;
    int operator()(SetId a, SetId b) const {
      return index.Compare(a, b, order);
    }
  };
  Comparator Comparison() const { return {index_, &order_}; }
  void Offer(SetId set, Contest* contest) const {
    index_.verdicts_.ForEachOwn(set, [&](const Candidate& candidate) {
      if ((candidate.permissions & query_.permission_bit()) != 0) {
        contest->OfferOne(candidate, Comparison());
      }
    });
  }

  const PathIndex& index_;
  const Query& query_;
  Contest* const contest_;
  mutable fs::SpecificityOrder order_;  // what it keeps shows nowhere
  Contest* below_contest_ = nullptr;
  Narrower* narrower_ = nullptr;
};

void PathIndex::Evaluate(const Query& query, Contest* contest) const {
  Offering offering(*this, query, contest);
  const PathTree::Place place = tree_.Match(query.path(), &offering);
  offering.OfferPlace(place, contest);
  if (!limited_.empty()) offering.OfferLimited();
}

void PathIndex::EvaluateSubtree(const Query& query, Contest* top, Contest* all,
                                Narrower* narrower) const {
  Offering offering(*this, query, top);
  offering.WatchBelow(all, narrower);
  const PathTree::Place place = tree_.Match(query.path(), &offering);
  offering.OfferPlace(place, top);
  offering.OfferSubtrees(place.node, all);
  AddBeneath(query, place, narrower);
  offering.OfferLimited();
}

void PathIndex::EvaluateUnlimited(const Query& query, Contest* contest) const {
  Offering offering(*this, query, contest);
  offering.OfferPlace(tree_.Match(query.path(), &offering), contest);
}

void PathIndex::EvaluateBelow(const Query& query, Contest* all) const {
  Contest top = *all;
  Offering offering(*this, query, &top);
  offering.WatchBelow(all, /*narrower=*/nullptr);
  const PathTree::Place place = tree_.Match(query.path(), &offering);
  offering.OfferSubtrees(place.node, all);
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

bool PathIndex::KeepsBelow(const Query& from, const Query& to) const {
  if (compares_ && (!limited_.empty() || tree_.AnyWildcardBelow(from.path()) ||
                    tree_.AnyWildcardBelow(to.path()))) {
    return false;
  }
  if (!tree_.SameBelow(from.path(), to.path()) || !SameLimitedBelow(from, to)) {
    return false;
  }
  Contest at_from(layers_), at_to(layers_);
  EvaluateBelow(from, &at_from);
  EvaluateBelow(to, &at_to);
  return NoLayerIsMoreGenerous(at_to, at_from, layers_);
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

bool PathIndex::KeepsAt(const Query& from, const Query& to) const {
  Contest at_from(layers_), at_to(layers_);
  EvaluateUnlimited(from, &at_from);
  EvaluateUnlimited(to, &at_to);
  return NoLayerIsMoreGenerous(at_to, at_from, layers_);
}

bool PathIndex::IsNamed(const Query& query, size_t literals,
                        std::vector<std::shared_ptr<UseCounter>>* uses) const {
  const auto counts = [&](const Candidate& candidate) {
    return (candidate.permissions & query.permission_bit()) != 0 &&
           Grants(candidate, layers_[candidate.layer]);
  };
  bool free = false;  // named without another use
  tree_.FindNamed(query.path(), literals, [&](SetId set) {
    verdicts_.ForEachOwn(set, [&](const Candidate& candidate) {
      free = free || counts(candidate);
    });
  });
  std::vector<std::shared_ptr<UseCounter>> needed;
  for (const LimitedRule<fs::PathPattern>& rule : limited_) {
    if (free) break;
    if (!counts(rule.candidate) || !InForce(*rule.limits, query.scope()) ||
        rule.pattern.literal_prefix() < literals ||
        !rule.pattern.Matches(query.path())) {
      continue;
    }
    free = !NeedsUse(*rule.limits, query.scope());
    if (!free) needed.push_back(rule.limits->uses);
  }
  if (free) return true;
  uses->insert(uses->end(), needed.begin(), needed.end());
  return !needed.empty();
}

}  // namespace internal
}  // namespace postern
