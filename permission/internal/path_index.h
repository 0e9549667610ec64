#ifndef POSTERN_PERMISSION_INTERNAL_PATH_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_PATH_INDEX_H_

#include <memory>
#include <vector>

#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "fs/path_specificity.h"
#include "fs/path_tree.h"
#include "fs/text_arena.h"
#include "permission/decision.h"
#include "permission/internal/contest.h"
#include "permission/internal/path_verdicts.h"

namespace postern {
namespace internal {

// The rules of all layers for paths, on one fs::PathTree.
class PathIndex {
 public:
  // Before the first Add(): where rules' text lies, which must stay.
  void UseText(fs::TextArena* text);
  // Some layer may have to compare patterns. Before the first Add().
  void KeepPatterns() { compares_ = true; }
  // The rule of `candidate` has this pattern; candidate.set is ignored.
  // `limits` is null or outlives the index. False when full.
  bool Add(const fs::PathPattern& pattern, Candidate candidate,
           const RuleLimits* limits);
  // Add() of a pattern without a wildcard; it views the text.
  bool AddPlain(const fs::PlainPath& pattern, Candidate candidate,
                const RuleLimits* limits);
  // `whole` are the rules without a resource that may decide.
  void Build(const std::vector<LayerTerms>& layers,
             const std::vector<Candidate>& whole);

  // What all layers say together, those rules without a resource that have no
  // limits included. False where that was not worked out when building: then
  // Evaluate() tells.
  bool Find(const fs::PathComponents& path, uint32_t permission_bit,
            Decision* fused) const {
    if ((limited_permissions_ & permission_bit) != 0 ||
        !verdicts_.any_enforces()) {
      return false;
    }
    const fs::PathTree::Place place = tree_.Find(path);
    *fused = verdicts_.At(tree_, place, permission_bit);
    return !tree_.HasWildcardsAbove(place.node) ||
           AddWildcards(path, place, permission_bit, fused);
  }

  // Offers every rule that matches the query's path, those without a resource
  // too.
  void Evaluate(const Query& query, Contest* contest) const;
  // Offers to `top` what matches the path, to `all` what matches the path and
  // all beneath; `narrower` hears of rules that could match beneath alone.
  void EvaluateSubtree(const Query& query, Contest* top, Contest* all,
                       Narrower* narrower) const;

  // Whether every name strictly beneath the query's path gets the same from
  // Evaluate(). Says no where that takes thought.
  bool IsUniformBelow(const Query& query) const;
  // Whether what lies strictly beneath `from` gets nothing more generous from
  // any enforcing layer once `from` is called `to`, whatever rules without a
  // resource say as well. Says no where that takes thought. Both queries are
  // for one permission. Allocates.
  bool KeepsBelow(const Query& from, const Query& to) const;
  // How the rules with limits, in force or not, match the paths of two queries
  // for one permission.
  struct LimitedMatches {
    bool from = false;  // some match this path
    bool to = false;
    bool same = true;  // each both or none, and no layer compares them
  };
  LimitedMatches MatchLimited(const Query& from, const Query& to) const;
  // Whether without limited rules each enforcing layer is at most as generous
  // to `to` as to `from`, and stays so beside rules that match both.
  bool KeepsAt(const Query& from, const Query& to) const;
  // Whether some rule that allows or asks, of an enforcing layer that denies by
  // default, matches the query's path by a pattern that begins with at least
  // `literals` components without a wildcard, overruled or not. Adds to `uses`
  // what has to be taken for that: a use of each such rule if all have limited
  // uses and the query's operation took none of them. Slow: looks through all
  // patterns with wildcards.
  bool IsNamed(const Query& query, size_t literals,
               std::vector<std::shared_ptr<UseCounter>>* uses) const;

  const fs::PathTree& tree() const { return tree_; }

 private:
  using SetId = fs::PathTree::SetId;
  using NodeId = fs::PathTree::NodeId;
  class Offering;
  class Finding;

  bool AddWildcards(const fs::PathComponents& path,
                    const fs::PathTree::Place& place, uint32_t permission_bit,
                    Decision* fused) const;
  void BuildNarrower();
  void AddOwn(SetId set, Narrower* narrower) const;
  void AddNode(NodeId node, Narrower* narrower) const;
  void EvaluateUnlimited(const Query& query, Contest* contest) const;
  // Offers what matches all beneath the query's path, but for limited rules.
  void EvaluateBelow(const Query& query, Contest* all) const;
  bool SameLimitedBelow(const Query& from, const Query& to) const;
  // What the rules say that begin strictly beneath a path without a wildcard,
  // and those that go on with one.
  void AddBeneath(const Query& query, const fs::PathTree::Place& place,
                  Narrower* narrower) const;
  // Which of two sets is more specific for this path.
  int Compare(SetId a, SetId b, fs::SpecificityOrder* order) const;

  // Nodes of the spine that one of spine_beneath_ stands for.
  static constexpr size_t kBlock = 64;

  fs::PathTree::Builder builder_;
  const fs::TextArena* text_ = nullptr;
  std::vector<Candidate> building_;
  bool compares_ = false;
  fs::PathTree tree_;
  PathVerdicts verdicts_;
  std::vector<Candidate> whole_;
  std::vector<LayerTerms> layers_;
  // What patterns say of names beneath; all empty if they all allow: those of
  // each block of the spine's nodes; those strictly beneath a wildcard node;
  // those of a root.
  std::vector<Narrower> spine_beneath_, wildcards_beneath_, roots_beneath_;
  Narrower all_wildcards_;
  // By set; kept only where a layer may have to compare two of them.
  std::vector<fs::PathPattern> patterns_;
  std::vector<LimitedRule<fs::PathPattern>> limited_;
  uint32_t limited_permissions_ = 0;  // of any of these
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PATH_INDEX_H_
