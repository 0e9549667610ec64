#ifndef POSTERN_PERMISSION_INTERNAL_PATH_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_PATH_INDEX_H_

#include <vector>

#include "fs/path_pattern.h"
#include "fs/path_tree.h"
#include "permission/internal/layer_states.h"

namespace postern {
namespace internal {

// The rules of all layers for paths, on one fs::PathTree. For the literal
// rules what each node's path gets is worked out when building, so that a
// check looks it up once, however many rules lie on the way.
class PathIndex {
 public:
  // Some layer may have to compare patterns. Before the first Add().
  void KeepPatterns() { compares_ = true; }
  // The rule of `candidate` has this pattern; candidate.set is ignored.
  // `limits` is null or outlives the index. False when full.
  bool Add(const fs::PathPattern& pattern, Candidate candidate,
           const RuleLimits* limits);
  // `whole` are the winners among the rules without a resource.
  void Build(const std::vector<Layer>& layers,
             const std::vector<LayerInfo>& infos,
             const std::vector<Candidate>& whole);

  // Offers every rule that matches the query's path, those without a resource
  // too.
  void Evaluate(const Query& query, LayerStates* states) const;
  // Offers to `top` what matches the path, to `all` what matches the path and
  // all beneath; `narrower` hears of rules that could match beneath alone.
  void EvaluateSubtree(const Query& query, LayerStates* top, LayerStates* all,
                       Narrower* narrower) const;

  // Whether every name strictly beneath the query's path gets the same from
  // Evaluate(). Says no where that takes thought.
  bool IsUniformBelow(const Query& query) const;
  // Whether what lies strictly beneath `from` gets nothing more generous from
  // any enforcing layer once `from` is called `to`, whatever rules without a
  // resource say as well. Says no where that takes thought. Both queries are
  // for one permission. Allocates.
  bool GainsNothingBelow(const Query& from, const Query& to,
                         const std::vector<LayerInfo>& infos) const;
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
  bool GainsNothingAt(const Query& from, const Query& to,
                      const std::vector<LayerInfo>& infos) const;
  // Whether some rule that allows or asks, of an enforcing layer that denies by
  // default, matches the query's path by a pattern that begins with at least
  // `literals` components without a wildcard, overruled or not. A rule that is
  // used up counts if `used_up` says so. Slow: looks through all patterns with
  // wildcards.
  bool IsNamed(const Query& query, size_t literals, bool used_up,
               const std::vector<LayerInfo>& infos) const;

  const fs::PathTree& tree() const { return tree_; }
  size_t MemoryBytes() const;

 private:
  using SetId = fs::PathTree::SetId;
  using NodeId = fs::PathTree::NodeId;
  class Offering;

  // The winners of each set: winners[numbers[set]].
  struct SetRules {
    CandidateTable winners;
    std::vector<uint32_t> numbers;
  };

  SetRules MergeSets(const std::vector<Layer>& layers);
  void BuildNodes(const std::vector<Layer>& layers, const SetRules& sets,
                  const std::vector<Candidate>& whole);
  void BuildBelow(const std::vector<LayerInfo>& infos);
  void BuildGrants(const std::vector<LayerInfo>& infos);
  void EvaluateUnlimited(const Query& query, LayerStates* states) const;
  // Offers what matches all beneath the query's path, but for limited rules.
  void EvaluateBelow(const Query& query, LayerStates* all) const;
  bool SameLimitedBelow(const Query& from, const Query& to) const;
  // Which of two sets is more specific for this path.
  int Compare(SetId a, SetId b, const Query& query) const;

  fs::PathTree::Builder builder_;
  std::vector<Candidate> building_;
  bool compares_ = false;
  fs::PathTree tree_;
  CandidateTable table_;
  // Numbers in table_. By node: what its own path gets, and what a path below
  // gets that has no node. By set: its own rules.
  std::vector<uint32_t> at_, below_, own_;
  // By node: what patterns strictly beneath say; empty if all allow.
  std::vector<Narrower> beneath_;
  // By set: what is allowed or asked for there, if maybe overruled, by layers
  // that enforce and deny by default; see GrantBits().
  std::vector<uint8_t> grants_;
  // By set; kept only where a layer may have to compare two of them.
  std::vector<fs::PathPattern> patterns_;
  std::vector<LimitedRule<fs::PathPattern>> limited_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PATH_INDEX_H_
