// Measures checks through contexts, alone and while contexts change, and what
// changing them costs. Exit code 1 is for a wrong verdict
// or an allocation.

#include <cstdio>

#include "absl/status/status.h"
#include "benchmark/benchmark.h"
#include "benchmarks/context_cases.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/file_tree.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kTreeSeed = 1;

int Run(const RunOptions& options) {
  const Machine machine = Machine::This();
  const ContextCases cases(AnyFileTree(kTreeSeed));
  const absl::Status same = cases.CompareVerdicts();
  if (!same.ok()) {
    std::fprintf(stderr, "%s\n", same.ToString().c_str());
    return 1;
  }
  cases.Register();
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  TargetTable table(options.not_run());
  cases.AddRows(medians, &table);
  return options.Finish(machine, table, medians);
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
