// Measures how policies are read from each form of file, and built: time, and
// memory at its highest.

#include <cstdint>
#include <cstdio>

#include "absl/status/status.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/load_cases.h"
#include "benchmarks/workload/file_tree.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kTreeSeed = 1;

int Run(const RunOptions& options) {
  const Machine machine = Machine::This();
  LoadCases cases(AnyFileTree(kTreeSeed), options.quick
                                              ? LoadCases::Extent::kQuick
                                              : LoadCases::Extent::kFull);
  const absl::Status prepared = cases.Prepare();
  if (!prepared.ok()) {
    std::fprintf(stderr, "not loaded: %s\n", prepared.ToString().c_str());
    return 1;
  }
  cases.Register();
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  TargetTable table(options.not_run());
  cases.AddRows(medians, &table);
  std::printf("%s\n", cases.ToText(medians).c_str());
  return options.Report(machine, table, medians) ? 0 : 1;
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
