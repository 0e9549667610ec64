#ifndef POSTERN_BENCHMARKS_CIRCUMSTANCE_CASES_H_
#define POSTERN_BENCHMARKS_CIRCUMSTANCE_CASES_H_

#include <atomic>
#include <memory>

#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/file_tree.h"
#include "benchmarks/workload/path_queries.h"
#include "benchmarks/workload/workload.h"
#include "permission/policy.h"

namespace postern {
namespace benchmarks {

// A check by a bare policy of 10,000 literal rules under other circumstances
// than alone: readers side by side, denials, paths that are made to hurt, and
// no policy at all. ContextCases has contexts.
class CircumstanceCases {
 public:
  explicit CircumstanceCases(const FileTree& tree);

  void Register() const;
  void AddRows(const Medians& medians, TargetTable* table) const;

 private:
  void MakeHostile();
  void RegisterReaders() const;
  void RegisterHostile() const;
  void AddDisabledRows(const Medians& medians, TargetTable* table) const;

  const Workload workload_;
  PathQueries granted_, denied_;
  // A rule lies at the end of the long path, so that no look-up ends early.
  std::shared_ptr<const Policy> hostile_policy_;
  std::unique_ptr<const PathQueries> climbing_, deep_;
  // What a host has that was given no policy.
  const std::atomic<const Policy*> no_policy_{nullptr};
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_CIRCUMSTANCE_CASES_H_
