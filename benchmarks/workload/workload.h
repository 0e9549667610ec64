#ifndef POSTERN_BENCHMARKS_WORKLOAD_WORKLOAD_H_
#define POSTERN_BENCHMARKS_WORKLOAD_WORKLOAD_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "benchmarks/workload/baselines.h"
#include "benchmarks/workload/file_tree.h"
#include "benchmarks/workload/governing_rules.h"
#include "benchmarks/workload/path_queries.h"
#include "benchmarks/workload/path_rules.h"
#include "permission/access.h"
#include "permission/policy.h"

namespace postern {
namespace benchmarks {

// The library as the baselines are: the check of a bare policy.
class Ours {
 public:
  explicit Ours(std::shared_ptr<const Policy> policy)
      : policy_(std::move(policy)) {}
  bool Allows(absl::string_view path) const {
    return policy_->Check(Access::Path(Permission::kFsRead, path)).allowed();
  }
  const std::shared_ptr<const Policy>& policy() const { return policy_; }

 private:
  std::shared_ptr<const Policy> policy_;
};

// Rivals for which more rules than this take too long; 0: they stay out.
struct RivalLimits {
  size_t linear = 0;  // both scans
  size_t regexes = 0;
};

// Some rules, the paths asked for, and everyone who answers. Immutable.
class Workload {
 public:
  // With all rivals whose limits allow it.
  Workload(const FileTree& tree, Mix mix, size_t rule_count,
           const RivalLimits& limits = RivalLimits());
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // "BM_Check/<who>/<mix>/rules:<count>".
  std::string Name(absl::string_view who) const;

  Mix mix() const { return mix_; }
  const std::vector<PathRule>& rules() const { return rules_; }
  const PathQueries& queries() const { return *queries_; }
  const Ours& ours() const { return *ours_; }
  const Floor& floor() const { return floor_; }
  const HashedAncestors& flat_hash_map() const { return flat_hash_map_; }
  const SortedNames& sorted() const { return sorted_; }
  const LinearScan* linear() const { return linear_.get(); }  // or null
  const FastLinearScan* fast_linear() const { return fast_linear_.get(); }
  const RegexSet* regex_set() const { return regex_set_.get(); }  // or null

  // What the policy takes on the heap beyond its rules' text.
  double OwnBytesPerRule() const;
  // Heap allocations in one pass over the queries, by each.
  double AllocationsPerCheck() const;
  // An error that names a path on which somebody disagrees with us.
  absl::Status CompareVerdicts() const;
  // The queries that we allow, or that we do not.
  std::vector<std::string> QueriesThatGet(bool allowed) const;

 private:
  void MakeSlowRivals(const RivalLimits& limits);
  void MakeOurs();

  const Mix mix_;
  const std::vector<PathRule> rules_;
  const GoverningRules governing_;
  const Floor floor_;
  const HashedAncestors flat_hash_map_;
  const SortedNames sorted_;
  std::unique_ptr<const LinearScan> linear_;
  std::unique_ptr<const FastLinearScan> fast_linear_;  // with linear_
  std::unique_ptr<const RegexSet> regex_set_;
  std::unique_ptr<const PathQueries> queries_;
  std::unique_ptr<const Ours> ours_;
  int64_t policy_bytes_ = 0;
};

// A policy of these layers; dies with the reason if it cannot be built.
std::shared_ptr<const Policy> MustBuild(std::vector<Layer> layers);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_WORKLOAD_H_
