#ifndef POSTERN_BENCHMARKS_HARNESS_MEASURE_H_
#define POSTERN_BENCHMARKS_HARNESS_MEASURE_H_

#include <cstddef>
#include <string>

#include "benchmark/benchmark.h"

namespace postern {
namespace benchmarks {

// Registers a benchmark of `check(queries[i])`, one query an iteration and
// round again; threads start at different queries. Queries and what `check`
// borrows must live until it has run.
template <typename Queries, typename Check>
benchmark::internal::Benchmark* Measure(const std::string& name,
                                        const Queries& queries, Check check) {
  const auto run = [&queries, check](benchmark::State& state) {
    size_t i = queries.size() / static_cast<size_t>(state.threads()) *
               static_cast<size_t>(state.thread_index());
    for (auto _ : state) {
      benchmark::DoNotOptimize(check(queries[i]));
      if (++i == queries.size()) i = 0;
    }
  };
  return benchmark::RegisterBenchmark(name.c_str(), run);
}

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_MEASURE_H_
