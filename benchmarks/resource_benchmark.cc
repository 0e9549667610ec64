// Measures checks of names, calls, secrets and endpoints over growing numbers
// of rules. Exit code 1 is for a wrong verdict or for an allocation where none
// is due.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/allocation_counter.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/resource_sets.h"

namespace postern {
namespace benchmarks {
namespace {

using Bound = TargetRow::Bound;
using Make = std::unique_ptr<const ResourceSet> (*)(size_t);

// One kind of resource, by numbers of rules.
struct Kind {
  Make make;
  std::vector<size_t> sizes;
  bool allocates_nothing;  // RE2's cache may
};

std::string Name(const ResourceSet& set) {
  return absl::StrCat("BM_Resource/", set.name());
}

class ResourceCases {
 public:
  ResourceCases() {
    const std::vector<size_t> names = {10, 100, 1000, 10000};
    const std::vector<size_t> calls = {1, 10, 100, 1000};
    const std::vector<Kind> kinds = {{ResourceSet::ExactNames, names, true},
                                     {ResourceSet::MixedNames, names, true},
                                     {ResourceSet::LiteralCalls, calls, true},
                                     {ResourceSet::RegexCalls, calls, false},
                                     {ResourceSet::Secrets, names, true},
                                     {ResourceSet::HostNames, names, true},
                                     {ResourceSet::Addresses, names, true}};
    for (const Kind& kind : kinds) {
      for (size_t size : kind.sizes) {
        sets_.push_back(kind.make(size));
        if (kind.allocates_nothing) bare_.push_back(sets_.back().get());
      }
    }
  }

  absl::Status CheckVerdicts() const {
    absl::Status status;
    for (const auto& set : sets_) status.Update(set->CheckVerdicts());
    return status;
  }

  void Register() const {
    for (const auto& set : sets_) {
      const Policy& policy = set->policy();
      Measure(Name(*set), *set,
              [&policy](const Access& access) { return policy.Check(access); });
    }
  }

  void AddRows(const Medians& medians, TargetTable* table) const {
    double most = 0;
    for (const ResourceSet* set : bare_) {
      most =
          std::max(most, AllocationsPerCheck(*set, [&](const Access& access) {
                     static_cast<void>(set->policy().Check(access));
                   }));
    }
    for (const auto& set : sets_) {
      absl::optional<double> nanoseconds = medians.Seconds(Name(*set));
      if (nanoseconds) *nanoseconds *= 1e9;
      table->Add({absl::StrCat("check, ", set->name()), nanoseconds, "ns",
                  Bound::kNone});
    }
    table->Add({"allocations a check, without regular expressions", most, "",
                Bound::kAtMost, 0, true});
  }

 private:
  std::vector<std::unique_ptr<const ResourceSet>> sets_;
  std::vector<const ResourceSet*> bare_;
};

int Run(const RunOptions& options) {
  const Machine machine = Machine::This();
  const ResourceCases cases;
  const absl::Status right = cases.CheckVerdicts();
  if (!right.ok()) {
    std::fprintf(stderr, "%s\n", right.ToString().c_str());
    return 1;
  }
  cases.Register();
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  TargetTable table("not run");
  cases.AddRows(medians, &table);
  return options.Finish(machine, table, medians);
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
