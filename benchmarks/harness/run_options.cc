#include "benchmarks/harness/run_options.h"

#include <cstdio>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/progress.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace benchmarks {

RunOptions RunOptions::Read(int argc, char** argv) {
  constexpr absl::string_view kJson = "--json=";
  RunOptions options;
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

bool RunOptions::InitializeBenchmark() const {
  std::vector<std::string> arguments = rest;
  // Interleaved, so that what else the machine does hits all alike. These come
  // first: what the caller says overrides them.
  const std::vector<std::string> defaults = {
      "--benchmark_enable_random_interleaving=true",
      absl::StrCat("--benchmark_repetitions=", quick ? 3 : 9),
      absl::StrCat("--benchmark_min_time=", quick ? 0.02 : 0.1)};
  arguments.insert(arguments.begin() + 1, defaults.begin(), defaults.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(&argument[0]);
  int count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  benchmark::Initialize(&count, pointers.data());
  return !benchmark::ReportUnrecognizedArguments(count, pointers.data());
}

bool RunOptions::WriteJson(const Machine& machine, const TargetTable& table,
                           const Medians& medians) const {
  if (json.empty()) return true;
  std::ofstream out(json);
  out << WriteIndentedJsonObject([&](JsonWriter& writer) {
    machine.WriteJson(&writer.Key("machine"));
    table.WriteJson(&writer.Key("rows"));
    medians.WriteJson(&writer.Key("median_seconds"));
  });
  out.close();
  if (!out.fail()) return true;
  std::fprintf(stderr, "cannot write \"%s\"\n", json.c_str());
  return false;
}

bool RunOptions::Report(const Machine& machine, const TargetTable& table,
                        const Medians& medians) const {
  std::printf("%s\n\n%s\n%s", machine.ToText().c_str(),
              medians.ToText().c_str(), table.ToText().c_str());
  std::fflush(stdout);
  return WriteJson(machine, table, medians);
}

int RunOptions::Finish(const Machine& machine, const TargetTable& table,
                       const Medians& medians) const {
  if (!Report(machine, table, medians)) return 1;
  return table.AnyStructuralMiss() ? 1 : 0;
}

int RunMain(int argc, char** argv, int (*run)(const RunOptions&)) {
  const RunOptions options = RunOptions::Read(argc, argv);
  if (!options.InitializeBenchmark()) return 1;
  const Ticker ticker;
  return run(options);
}

}  // namespace benchmarks
}  // namespace postern
