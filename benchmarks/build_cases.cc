#include "benchmarks/build_cases.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "benchmarks/workload/path_rules.h"

namespace postern {
namespace benchmarks {
namespace {

using Bound = TargetRow::Bound;

constexpr uint64_t kSeed = 30;
// From here on a build is long enough to be timed alone.
constexpr size_t kLongBuild = 100000;
constexpr int kLongRepetitions = 3;

std::string Name(size_t size) { return absl::StrCat("BM_Build/rules:", size); }

void Build(const PolicyBuilder& builder, benchmark::State& state) {
  for (auto _ : state) {
    auto policy = builder.Build();
    benchmark::DoNotOptimize(policy);
    state.PauseTiming();  // freeing is not building
    if (!policy.ok()) state.SkipWithError("the policy cannot be built");
    policy = nullptr;
    state.ResumeTiming();
  }
}

}  // namespace

BuildCases::BuildCases(const FileTree& tree, const std::vector<size_t>& sizes) {
  for (size_t size : sizes) {
    auto builder = std::make_unique<PolicyBuilder>();
    builder->AddLayer(
        MakeLayer(MakePathRules(tree, Mix::kLiteral, size, kSeed)));
    cases_.push_back({size, std::move(builder)});
  }
}

void BuildCases::Register() const {
  for (const Case& c : cases_) {
    const PolicyBuilder& builder = *c.builder;
    auto* registered = benchmark::RegisterBenchmark(
        Name(c.size).c_str(),
        [&builder](benchmark::State& state) { Build(builder, state); });
    if (c.size >= kLongBuild) {
      registered->Iterations(1)->Repetitions(kLongRepetitions);
    }
  }
}

void BuildCases::AddRows(const Medians& medians, TargetTable* table) const {
  for (size_t size : {100, 10000, 100000}) {
    TargetRow row;
    row.name = absl::StrCat("build a rule, N = ", size);
    const absl::optional<double> seconds = medians.Seconds(Name(size));
    if (seconds) row.figure = *seconds * 1e6 / static_cast<double>(size);
    row.unit = "µs";
    row.target = 2;
    table->Add(std::move(row));
  }
  table->Add({"build all, N = 1000000", medians.Seconds(Name(1000000)), "s",
              Bound::kAtMost, 5});
}

}  // namespace benchmarks
}  // namespace postern
