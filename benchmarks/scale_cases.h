#ifndef POSTERN_BENCHMARKS_SCALE_CASES_H_
#define POSTERN_BENCHMARKS_SCALE_CASES_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/workload.h"

namespace postern {
namespace benchmarks {

// How checks and memory grow with the number of rules and with the share of
// those that have a wildcard, next to the baselines.
class ScaleCases {
 public:
  // `quick` leaves the large sizes out.
  ScaleCases(const FileTree& tree, bool quick);

  // An error if some baseline disagrees with us.
  absl::Status CompareVerdicts() const;
  void Register() const;
  void AddRows(const Medians& medians, TargetTable* table) const;

 private:
  void AddCheckRows(const Medians& medians, TargetTable* table) const;
  void AddRivalRows(const Medians& medians, TargetTable* table) const;
  void AddShareRows(const Medians& medians, TargetTable* table) const;
  void AddGrowthRows(const Medians& medians, TargetTable* table) const;
  void AddMemoryRows(TargetTable* table) const;
  void AddAllocationRow(TargetTable* table) const;
  const Workload* Find(Mix mix, size_t size) const;  // or null

  std::vector<std::unique_ptr<const Workload>> workloads_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_SCALE_CASES_H_
