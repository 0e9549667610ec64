#ifndef POSTERN_BENCHMARKS_SCALE_CASES_H_
#define POSTERN_BENCHMARKS_SCALE_CASES_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "benchmarks/medians.h"
#include "benchmarks/target_table.h"
#include "benchmarks/workload.h"

namespace postern {
namespace benchmarks {

// How checks, memory and building grow with the number of rules, next to the
// baselines.
class ScaleCases {
 public:
  ScaleCases(const FileTree& tree, const std::vector<size_t>& sizes);

  // An error if some baseline disagrees with us.
  absl::Status CompareVerdicts() const;
  void Register() const;
  void AddRows(const Medians& medians, TargetTable* table) const;

 private:
  void AddCheckRows(const Medians& medians, TargetTable* table) const;
  void AddRivalRows(const Medians& medians, TargetTable* table) const;
  void AddMemoryRows(TargetTable* table) const;
  void AddAllocationRow(TargetTable* table) const;
  const Workload* Find(Mix mix, size_t size) const;  // or null

  std::vector<std::unique_ptr<const Workload>> workloads_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_SCALE_CASES_H_
