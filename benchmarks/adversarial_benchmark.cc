// Measures checks of rules and paths that are made to hurt, at sizes that grow,
// and prints by how much the cost of a unit grows with them. Exit code 1 is for
// a wrong verdict or an allocation; that the growth holds is proved by counting
// instructions (instruction_count.cc), since times of single paths are noisy.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/allocation_counter.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/adversaries.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr double kMinSeconds = 0.03;  // there are many, all of one kind

std::string Name(const Adversary& adversary, const Adversary::Step& step) {
  return absl::StrCat("BM_Adversary/", adversary.StepName(step));
}

void Register(const Adversary& adversary) {
  for (const Adversary::Step& step : adversary.steps) {
    Measure(Name(adversary, step), *step.queries,
            [&step](absl::string_view query) { return step.Ask(query); })
        ->MinTime(kMinSeconds);
  }
}

TargetRow Row(const Adversary& adversary, const Medians& medians) {
  const Adversary::Step &first = adversary.steps.front(),
                        &last = adversary.steps.back();
  TargetRow row;
  row.name = absl::StrCat(adversary.name, ": time of a ", adversary.unit,
                          ", size ", last.size, " ÷ size ", first.size);
  const auto small = medians.Seconds(Name(adversary, first));
  const auto large = medians.Seconds(Name(adversary, last));
  if (small && large) row.figure = adversary.Growth(*small, *large);
  row.target = Adversary::kMaxGrowth;
  if (adversary.grows_with_rules) row.bound = TargetRow::Bound::kNone;
  return row;
}

// An explanation is text, and allocates.
double MostAllocations(const std::vector<Adversary>& adversaries) {
  double most = 0;
  for (const Adversary& adversary : adversaries) {
    for (const Adversary::Step& step : adversary.steps) {
      if (step.explains != nullptr) continue;
      most = std::max(
          most, AllocationsPerCheck(*step.queries, [&](absl::string_view path) {
            static_cast<void>(step.Ask(path));
          }));
    }
  }
  return most;
}

int Run(const RunOptions& options) {
  const Machine machine = Machine::This();
  const std::vector<Adversary> adversaries = MakeAdversaries();
  for (const Adversary& adversary : adversaries) {
    const absl::Status right = CheckVerdicts(adversary);
    if (!right.ok()) {
      std::fprintf(stderr, "%s\n", right.ToString().c_str());
      return 1;
    }
    Register(adversary);
  }
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  TargetTable table(options.not_run());
  for (const Adversary& adversary : adversaries) {
    table.Add(Row(adversary, medians));
  }
  table.Add({"allocations a check, most of all", MostAllocations(adversaries),
             "", TargetRow::Bound::kAtMost, 0, true});
  return options.Finish(machine, table, medians);
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
