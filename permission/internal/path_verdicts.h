#ifndef POSTERN_PERMISSION_INTERNAL_PATH_VERDICTS_H_
#define POSTERN_PERMISSION_INTERNAL_PATH_VERDICTS_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "fs/large_pages.h"
#include "fs/path_tree.h"
#include "permission/decision.h"
#include "permission/internal/contest.h"
#include "permission/internal/precedence.h"

namespace postern {
namespace internal {

// What all layers of a policy say together of a path, worked out when building
// for each node of an fs::PathTree from the rules without wildcards and limits.
// One entry of 16 bytes a set; what an entry does not speak of, one further up
// does. Immutable; thread-safe.
class PathVerdicts {
 public:
  using SetId = fs::PathTree::SetId;

  // The sets of `tree` have to be numbered by node. `candidates` by set, in any
  // order within one; `whole` are the rules without a resource.
  void Build(const fs::PathTree& tree, const std::vector<LayerTerms>& layers,
             std::vector<Candidate> candidates,
             const std::vector<Candidate>& whole);

  // Some layer enforces: the verdicts mean something.
  bool any_enforces() const { return any_enforces_; }
  // There is one layer, where the strictest rule that matches counts: then what
  // sets with wildcards say can be added to a verdict by Meet().
  bool strictest_counts() const { return strictest_counts_; }

  // The verdict on a path in this place, for the permission of `bit`.
  Decision At(const fs::PathTree& tree, const fs::PathTree::Place& place,
              uint32_t bit) const {
    for (uint32_t i = FirstAt(tree, place);; i = entries_[i].next) {
      if ((entries_[i].permissions & bit) != 0) return entries_[i].verdict;
    }
  }
  // Lets a set with wildcards speak, before all others if `first`. False if
  // that is not so simple.
  bool Meet(SetId set, uint32_t bit, bool first, Decision* verdict) const {
    const Entry& entry = entries_[set];
    if (entry.next == kSeveral) return false;
    if ((entry.permissions & bit) == 0) return true;
    const bool over = verdict->reason() == Reason::kDefault ||
                      entry.verdict.effect() < verdict->effect() ||
                      (first && entry.verdict.effect() == verdict->effect());
    if (over) *verdict = entry.verdict;
    return true;
  }

  // Calls `found` with what each rule of the set says by itself, at most one
  // for a layer and permission, but all of those that ask beside each other.
  template <typename Found>
  void ForEachOwn(SetId set, Found found) const {
    const auto it = several_.find(set);
    if (it == several_.end()) {
      // Sets have the numbers of nodes, of which some have no rules.
      if (entries_[set].permissions != 0) found(OnlyOne(set));
      return;
    }
    for (const Candidate& candidate : lists_[it->second]) found(candidate);
  }

 private:
  static constexpr uint32_t kSeveral = UINT32_MAX;

  struct Entry {
    uint32_t permissions = 0;  // that it speaks of
    uint32_t next = 0;  // of sets with wildcards: kSeveral if in several_
    Decision verdict;
  };
  class Builder;

  uint32_t FirstAt(const fs::PathTree& tree,
                   const fs::PathTree::Place& place) const {
    // Such a set has the node's number: nothing waits for the node.
    if (tree.HasOneSet(place.node) &&
        (place.exact || !tree.has_node_set(place.node))) {
      return place.node;
    }
    if (place.exact && tree.node_set(place.node) != fs::PathTree::kNone) {
      return tree.node_set(place.node);
    }
    for (uint32_t node = place.node; node != fs::PathTree::kNone;
         node = tree.parent(node)) {
      const SetId set = tree.subtree_set(node);
      if (set != fs::PathTree::kNone) return set;
    }
    return bottom_;
  }
  Candidate OnlyOne(SetId set) const;

  bool any_enforces_ = false;
  bool strictest_counts_ = false;
  uint32_t bottom_ = 0;  // where no rule for paths speaks
  // First one a set, then what did not fit there.
  std::vector<Entry, fs::LargePages<Entry>> entries_;
  // Sets whose rules cannot be read off their entry: lists_ by number.
  absl::flat_hash_map<SetId, uint32_t> several_;
  CandidateTable lists_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PATH_VERDICTS_H_
