// Measures the check of paths next to its baselines and prints the targets of
// docs/design.md#speed with what was reached. Exit code 1 is for broken
// promises (an allocation, a verdict that differs); a missed target is not one.

#include <cstdio>
#include <vector>

#include "absl/status/status.h"
#include "benchmark/benchmark.h"
#include "benchmarks/build_cases.h"
#include "benchmarks/circumstance_cases.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/scale_cases.h"
#include "benchmarks/workload/file_tree.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kTreeSeed = 1;

std::vector<size_t> BuildSizes(bool quick) {
  std::vector<size_t> sizes = {1, 100, 1000, 10000};
  if (!quick) sizes.insert(sizes.end(), {100000, 1000000});
  return sizes;
}

int Run(const RunOptions& options) {
  const Machine machine = Machine::This();
  const FileTree tree = AnyFileTree(kTreeSeed);
  const ScaleCases scale(tree, options.quick);
  const BuildCases build(tree, BuildSizes(options.quick));
  const CircumstanceCases circumstances(tree);
  const absl::Status same = scale.CompareVerdicts();
  if (!same.ok()) {
    std::fprintf(stderr, "verdicts differ: %s\n", same.ToString().c_str());
    return 1;
  }
  scale.Register();
  build.Register();
  circumstances.Register();

  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  TargetTable table(options.not_run());
  scale.AddRows(medians, &table);
  build.AddRows(medians, &table);
  circumstances.AddRows(medians, &table);
  std::printf("%zu directories and %zu files to draw from\n",
              tree.directories.size(), tree.files.size());
  return options.Finish(machine, table, medians);
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
