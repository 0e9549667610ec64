#include "permission/internal/path_verdicts.h"

#include <algorithm>
#include <utility>

#include "permission/internal/outcome.h"

namespace postern {
namespace internal {
namespace {

using fs::PathTree;

bool SetComesFirst(const Candidate& a, const Candidate& b) {
  return a.set != b.set ? a.set < b.set : a.rule < b.rule;
}

}  // namespace

// Goes through the spine in preorder and keeps, for each node above the present
// one, which rules win beneath it.
class PathVerdicts::Builder {
 public:
  Builder(const PathTree& tree, const std::vector<LayerTerms>& layers,
          std::vector<Candidate> candidates, PathVerdicts* verdicts)
      : tree_(tree),
        layers_(layers),
        candidates_(std::move(candidates)),
        out_(*verdicts) {}

  void Build(const std::vector<Candidate>& whole) {
    SortCandidates();
    out_.entries_.reserve(tree_.set_count() + kUsualExtras);
    out_.entries_.resize(tree_.set_count());
    AddBottom(whole);
    for (uint32_t node = 0; node < tree_.spine_count(); ++node) AddNode(node);
    AddWildcards();
    out_.entries_.shrink_to_fit();
  }

 private:
  static constexpr size_t kUsualExtras = 2;

  // What holds beneath a node.
  struct Level {
    uint32_t node;
    uint32_t entry;
    std::vector<Candidate> winners;
  };

  // Those of a set keep their order, which is that of rules as a rule.
  void SortCandidates() {
    begins_.assign(tree_.set_count() + 1, 0);
    for (const Candidate& candidate : candidates_) ++begins_[candidate.set + 1];
    for (size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
    std::vector<Candidate> sorted(candidates_.size());
    std::vector<uint32_t> next(begins_.begin(), begins_.end() - 1);
    for (const Candidate& candidate : candidates_) {
      sorted[next[candidate.set]++] = candidate;
    }
    if (!std::is_sorted(sorted.begin(), sorted.end(), SetComesFirst)) {
      std::sort(sorted.begin(), sorted.end(), SetComesFirst);
    }
    candidates_ = std::move(sorted);
  }

  // Those of the set's rules that may decide, to own_.
  void ReadOwn(SetId set) {
    own_ = DecidingCandidates(
        absl::MakeConstSpan(candidates_)
            .subspan(begins_[set], begins_[set + 1] - begins_[set]),
        layers_);
  }

  // Rules without a resource, then what layers say where no rule does.
  void AddBottom(const std::vector<Candidate>& whole) {
    uint32_t next = AddExtra({UINT32_MAX, 0, Fuse({}, 0)});
    out_.entries_[next].next = next;
    uint32_t bits = 0;
    MergeCandidates(whole, layers_, &bottom_winners_);
    for (const Candidate& candidate : whole) bits |= candidate.permissions;
    while (bits != 0) {
      const Entry entry = TakeGroup(bottom_winners_, next, &bits);
      next = AddExtra(entry);
    }
    out_.bottom_ = next;
  }

  void AddNode(uint32_t node) {
    while (!levels_.empty() && depth_ > 0 &&
           levels_[depth_ - 1].node != tree_.parent(node)) {
      --depth_;
    }
    const bool top = depth_ == 0;
    if (depth_ == levels_.size()) levels_.emplace_back();
    Level* const level = &levels_[depth_];
    level->node = node;
    level->entry = top ? out_.bottom_ : levels_[depth_ - 1].entry;
    level->winners = top ? bottom_winners_ : levels_[depth_ - 1].winners;
    ++depth_;
    if (tree_.subtree_set(node) != PathTree::kNone) {
      AddSet(tree_.subtree_set(node), level->entry, &level->winners);
      level->entry = tree_.subtree_set(node);
    }
    if (tree_.node_set(node) != PathTree::kNone) {
      scratch_ = level->winners;
      AddSet(tree_.node_set(node), level->entry, &scratch_);
    }
  }

  // Folds the set's rules into `winners`, which hold around it.
  void AddSet(SetId set, uint32_t around, std::vector<Candidate>* winners) {
    ReadOwn(set);
    MergeCandidates(own_, layers_, winners);
    uint32_t bits = 0;
    for (const Candidate& candidate : own_) bits |= candidate.permissions;
    Entry first = TakeGroup(*winners, around, &bits);
    while (bits != 0) {
      const Entry more = TakeGroup(*winners, first.next, &bits);
      first.next = AddExtra(more);
    }
    out_.entries_[set] = first;
    if (own_.size() != 1 || !Says(first, own_[0])) Remember(set);
  }

  // Sets that are on no node of the spine say what they say by themselves.
  void AddWildcards() {
    const fs::WildcardTree& wildcards = tree_.wildcards();
    for (uint32_t node = 0; node < wildcards.node_count(); ++node) {
      for (SetId set :
           {wildcards.node_set(node), wildcards.subtree_set(node)}) {
        if (set == PathTree::kNone) continue;
        ReadOwn(set);
        if (own_.size() == 1) {
          uint32_t bits = own_[0].permissions;
          out_.entries_[set] = TakeGroup(own_, 0, &bits);
        }
        if (own_.size() != 1 || !Says(out_.entries_[set], own_[0])) {
          out_.entries_[set].next = kSeveral;
          Remember(set);
        }
      }
    }
  }

  void Remember(SetId set) { out_.several_[set] = out_.lists_.Add(own_); }

  static bool Says(const Entry& entry, const Candidate& candidate) {
    return entry.permissions == candidate.permissions &&
           entry.verdict.reason() == Reason::kRule &&
           entry.verdict.effect() == candidate.effect() &&
           entry.verdict.rule() == candidate.rule &&
           entry.verdict.layer() == static_cast<int>(candidate.layer);
  }

  uint32_t AddExtra(const Entry& entry) {
    out_.entries_.push_back(entry);
    return static_cast<uint32_t>(out_.entries_.size() - 1);
  }

  // An entry for the lowest of `bits` and all others that get the same.
  Entry TakeGroup(const std::vector<Candidate>& winners, uint32_t next,
                  uint32_t* bits) const {
    Entry entry;
    entry.next = next;
    if (*bits == 0) return entry;
    entry.verdict = Fuse(winners, *bits & -*bits);
    for (uint32_t left = *bits; left != 0; left &= left - 1) {
      const uint32_t bit = left & -left;
      if (Fuse(winners, bit) == entry.verdict) entry.permissions |= bit;
    }
    *bits &= ~entry.permissions;
    return entry;
  }

  Decision Fuse(absl::Span<const Candidate> winners, uint32_t bit) const {
    Contest contest(layers_);
    // Winners are at most one for a layer and permission.
    contest.OfferAll(winners, bit, [](uint32_t, uint32_t) { return 0; });
    Outcome outcome;
    outcome.AddLayers(layers_, contest, {}, nullptr);
    return outcome.Fused();
  }

  const PathTree& tree_;
  const std::vector<LayerTerms>& layers_;
  std::vector<Candidate> candidates_;
  PathVerdicts& out_;
  std::vector<uint32_t> begins_;  // of each set in candidates_
  std::vector<Candidate> bottom_winners_;
  std::vector<Level> levels_;  // the first depth_ are in use
  size_t depth_ = 0;
  std::vector<Candidate> own_, scratch_;
};

void PathVerdicts::Build(const PathTree& tree,
                         const std::vector<LayerTerms>& layers,
                         std::vector<Candidate> candidates,
                         const std::vector<Candidate>& whole) {
  for (const LayerTerms& info : layers) {
    any_enforces_ = any_enforces_ || info.mode == Mode::kEnforce;
  }
  strictest_counts_ =
      layers.size() == 1 && layers[0].precedence == Precedence::kDenyOverrides;
  Builder(tree, layers, std::move(candidates), this).Build(whole);
}

Candidate PathVerdicts::OnlyOne(SetId set) const {
  const Entry& entry = entries_[set];
  Candidate candidate = {};
  candidate.permissions = entry.permissions;
  candidate.set = set;
  candidate.rule = entry.verdict.rule() & Candidate::kMaxRules;
  candidate.layer = static_cast<uint32_t>(entry.verdict.layer()) & 63;
  candidate.effect_bits = static_cast<uint32_t>(entry.verdict.effect()) & 3;
  return candidate;
}

}  // namespace internal
}  // namespace postern
