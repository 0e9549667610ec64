// Measures the check of paths next to its baselines and prints the targets of
// docs/design.md#speed with what was reached. Exit code 1 is for broken
// promises (an allocation, a verdict that differs); a missed target is not one.

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "benchmarks/build_cases.h"
#include "benchmarks/circumstance_cases.h"
#include "benchmarks/file_tree.h"
#include "benchmarks/machine.h"
#include "benchmarks/medians.h"
#include "benchmarks/scale_cases.h"
#include "benchmarks/target_table.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kTreeSeed = 1;

struct Options {
  bool quick = false;
  std::string json;               // a file's name; "" = none
  std::vector<std::string> rest;  // for Google Benchmark
};

Options ReadOptions(int argc, char** argv) {
  constexpr absl::string_view kJson = "--json=";
  Options options;
  for (int i = 0; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    if (argument == "--quick") {
      options.quick = true;
    } else if (absl::StartsWith(argument, kJson)) {
      options.json = std::string(argument.substr(kJson.size()));
    } else {
      options.rest.emplace_back(argument);
    }
  }
  return options;
}

// False if an argument is unknown.
bool InitializeBenchmark(const Options& options) {
  std::vector<std::string> arguments = options.rest;
  // Interleaved, so that what else the machine does hits all alike. These come
  // first: what the caller says overrides them.
  const std::vector<std::string> defaults = {
      "--benchmark_enable_random_interleaving=true",
      absl::StrCat("--benchmark_repetitions=", options.quick ? 3 : 9),
      absl::StrCat("--benchmark_min_time=", options.quick ? 0.02 : 0.1)};
  arguments.insert(arguments.begin() + 1, defaults.begin(), defaults.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(&argument[0]);
  int count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  benchmark::Initialize(&count, pointers.data());
  return !benchmark::ReportUnrecognizedArguments(count, pointers.data());
}

std::vector<size_t> Sizes(bool quick) {
  std::vector<size_t> sizes = {1, 100, 1000, 10000};
  if (!quick) sizes.insert(sizes.end(), {100000, 1000000});
  return sizes;
}

bool WriteJson(const std::string& file, const Machine& machine,
               const TargetTable& table, const Medians& medians) {
  std::ofstream out(file);
  out << "{\n  \"machine\": " << machine.ToJson()
      << ",\n  \"rows\": " << table.ToJson()
      << ",\n  \"median_seconds\": " << medians.ToJson() << "\n}\n";
  out.close();
  if (!out.fail()) return true;
  std::fprintf(stderr, "cannot write \"%s\"\n", file.c_str());
  return false;
}

void Print(const Machine& machine, const FileTree& tree,
           const TargetTable& table, const Medians& medians) {
  std::printf("%s\n%zu directories and %zu files to draw from\n\n",
              machine.ToText().c_str(), tree.directories.size(),
              tree.files.size());
  std::printf("%s\n%s", medians.ToText().c_str(), table.ToText().c_str());
}

int Run(const Options& options) {
  const Machine machine = Machine::This();
  const FileTree tree = AnyFileTree(kTreeSeed);
  const ScaleCases scale(tree, Sizes(options.quick));
  const BuildCases build(tree, Sizes(options.quick));
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
  TargetTable table(options.quick ? "not run (--quick)" : "not run");
  scale.AddRows(medians, &table);
  build.AddRows(medians, &table);
  circumstances.AddRows(medians, &table);
  Print(machine, tree, table, medians);
  if (!options.json.empty() &&
      !WriteJson(options.json, machine, table, medians)) {
    return 1;
  }
  return table.AnyStructuralMiss() ? 1 : 0;
}

int Main(int argc, char** argv) {
  const Options options = ReadOptions(argc, argv);
  return InitializeBenchmark(options) ? Run(options) : 1;
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::Main(argc, argv);
}
