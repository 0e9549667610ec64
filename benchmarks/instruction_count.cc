// Counts the instructions of checks, which noise cannot change. Two programs in
// one, as tools/bench runs them:
//   valgrind --tool=callgrind --instr-atstart=no instruction_count
//     does checks, and has callgrind dump the count of each case;
//   instruction_count --bounds=FILE [--update] [--json=FILE] DUMP...
//     compares the dumps with the stored bounds, and with what may grow.
// Exit code 1 is for a broken promise.

#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/instruction_bounds.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/adversaries.h"
#include "benchmarks/workload/baselines.h"
#include "benchmarks/workload/contexts.h"
#include "benchmarks/workload/file_tree.h"
#include "benchmarks/workload/governing_rules.h"
#include "benchmarks/workload/path_queries.h"
#include "benchmarks/workload/path_rules.h"
#include "benchmarks/workload/workload.h"
#include "permission/access.h"
#include "permission/context.h"
#include "permission/policy.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace benchmarks {
namespace {

// The made-up tree, so that counts are the same on every machine.
constexpr uint64_t kTreeSeed = 1;
constexpr uint64_t kRuleSeed = 20;
constexpr uint64_t kQuerySeed = 21;
// Enough for what hashes and addresses change from run to run to even out.
constexpr size_t kQueryBytes = 4000 * 70;
constexpr size_t kMinChecks = 16;  // of paths that are the same each time
constexpr size_t kManyRules = 10000;
constexpr double kMaxGrowth = 1.25;  // from 1,000 to 100,000 literal rules

Access Read(absl::string_view path) {
  return Access::Path(Permission::kFsRead, path);
}

// What the C library looks at when it chooses; valgrind shows it no AVX-512.
const char* Dispatch() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") ? "x86-64-avx2" : "x86-64-sse2";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

std::string LiteralCase(size_t rules) {
  return absl::StrCat("literal/", rules);
}

// Has callgrind count `check(path)` over all queries.
template <typename Check>
void Count(const std::string& name, const PathQueries& queries, Check check) {
  const size_t rounds = (kMinChecks + queries.size() - 1) / queries.size();
  const auto run = [&] {
    for (size_t round = 0; round < rounds; ++round) {
      for (size_t i = 0; i < queries.size(); ++i) {
        benchmark::DoNotOptimize(check(queries[i]));
      }
    }
  };
  run();  // what is done once is done by now
  const std::string label =
      InstructionCount::Label(Dispatch(), name, rounds * queries.size());
  CALLGRIND_ZERO_STATS;
  CALLGRIND_START_INSTRUMENTATION;
  run();
  CALLGRIND_STOP_INSTRUMENTATION;
  CALLGRIND_DUMP_STATS_AT(label.c_str());
}

// Some rules and what is asked of them.
struct Rules {
  Rules(const FileTree& tree, Mix mix, size_t count)
      : rules(MakePathRules(tree, mix, count, kRuleSeed)) {
    const GoverningRules governing(rules);
    const HashedAncestors ancestors(governing);
    const auto governed = [&](const std::string& path) {
      return ancestors.Find(path).matched();
    };
    queries = std::make_unique<PathQueries>(
        MakePathQueries(tree, rules, governed, kQueryBytes, kQuerySeed));
  }
  std::vector<PathRule> rules;
  std::unique_ptr<const PathQueries> queries;
};

void CountScale(const FileTree& tree) {
  const auto count = [&](const std::string& name, Mix mix, size_t size) {
    const Rules rules(tree, mix, size);
    const auto policy = MustBuild({MakeLayer(rules.rules)});
    Count(name, *rules.queries,
          [&](absl::string_view path) { return policy->Check(Read(path)); });
  };
  for (size_t size : {1, 100, 1000, 10000, 100000}) {
    count(LiteralCase(size), Mix::kLiteral, size);
  }
  for (size_t size : {100, 10000}) {
    count(absl::StrCat("mixed/", size), Mix::kMixed, size);
  }
}

void CountCircumstances(const FileTree& tree) {
  const Rules rules(tree, Mix::kLiteral, kManyRules);
  std::vector<Layer> layers = {MakeLayer(rules.rules)};
  const auto policy = MustBuild(layers);
  std::vector<std::string> denied;
  for (size_t i = 0; i < rules.queries->size(); ++i) {
    const absl::string_view path = (*rules.queries)[i];
    if (!policy->Check(Read(path)).allowed()) denied.emplace_back(path);
  }
  Count("denied", PathQueries(denied),
        [&](absl::string_view path) { return policy->Check(Read(path)); });
  const auto count = [&](const std::string& name,
                         const PermissionContext& context) {
    Count(name, *rules.queries,
          [&](absl::string_view path) { return context.Check(Read(path)); });
  };
  count("context/policy:1", *MustMakeContext(policy));
  for (size_t number : {2, 3}) {
    layers.push_back(NarrowingLayer(tree, kManyRules, number));
  }
  count("context/policy:3", *MustMakeContext(MustBuild(layers)));
  auto context = MustMakeContext(policy);
  Must(context->Restrict({layers[1]}));
  Must(context->Restrict({layers[2]}));
  count("context/restricted:2", *context);
  for (size_t drops : {1, 256}) {
    const auto dropping = MustMakeContext(policy);
    for (size_t i = 0; i < drops; ++i) {
      Must(dropping->Drop(PermissionSet(Permission::kFsRead),
                          RulePattern::Text(rules.rules[i].pattern)));
    }
    count(absl::StrCat("context/drops:", drops), *dropping);
  }
}

void CountAdversaries() {
  for (const Adversary& adversary : MakeAdversaries()) {
    Must(CheckVerdicts(adversary));
    for (const Adversary::Step* step :
         {&adversary.steps.front(), &adversary.steps.back()}) {
      Count(adversary.StepName(*step), *step->queries,
            [step](absl::string_view query) { return step->Ask(query); });
    }
  }
}

int CountAll() {
  if (RUNNING_ON_VALGRIND == 0) {
    std::fprintf(stderr, "run this by tools/bench, under callgrind\n");
    return 1;
  }
  const FileTree tree = MadeUpFileTree(kTreeSeed);
  CountScale(tree);
  CountCircumstances(tree);
  CountAdversaries();
  return 0;
}

// Whole contents; "" if it cannot be read.
std::string ReadFile(const std::string& name) {
  std::ifstream in(name);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

struct ReportOptions {
  std::string bounds, json;
  bool update = false;
  std::vector<std::string> dumps;
};

ReportOptions ReadOptions(int argc, char** argv) {
  ReportOptions options;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--bounds=")) {
      options.bounds = std::string(argument);
    } else if (absl::ConsumePrefix(&argument, "--json=")) {
      options.json = std::string(argument);
    } else if (argument == "--update") {
      options.update = true;
    } else {
      options.dumps.emplace_back(argument);
    }
  }
  return options;
}

// Dies with the reason if a dump is none.
std::vector<InstructionCount> ReadDumps(const std::vector<std::string>& names) {
  std::vector<InstructionCount> counts;
  for (const std::string& name : names) {
    auto count = InstructionCount::FromDump(ReadFile(name));
    Must(count.status());
    counts.push_back(*std::move(count));
  }
  return counts;
}

void AddGrowthRows(const std::vector<InstructionCount>& counts,
                   TargetTable* table) {
  const auto find = [&](const std::string& name) -> absl::optional<double> {
    for (const InstructionCount& count : counts) {
      if (count.name == name) return count.per_check;
    }
    return absl::nullopt;
  };
  const auto few = find(LiteralCase(1000)), many = find(LiteralCase(100000));
  TargetRow literal{"instructions a check, literal, N = 100000 ÷ N = 1000",
                    absl::nullopt,
                    "",
                    TargetRow::Bound::kAtMost,
                    kMaxGrowth,
                    true};
  if (few && many) literal.figure = *many / *few;
  table->Add(std::move(literal));
  for (const Adversary& adversary : MakeAdversaries()) {
    const Adversary::Step &first = adversary.steps.front(),
                          &last = adversary.steps.back();
    const auto small = find(adversary.StepName(first));
    const auto large = find(adversary.StepName(last));
    TargetRow row;
    row.name =
        absl::StrCat("instructions a ", adversary.unit, ", ", adversary.name,
                     ", size ", last.size, " ÷ size ", first.size);
    if (small && large) row.figure = adversary.Growth(*small, *large);
    if (adversary.grows_with_rules) {
      row.bound = TargetRow::Bound::kNone;
    } else {
      row.target = Adversary::kMaxGrowth;
      row.structural = true;
    }
    table->Add(std::move(row));
  }
}

std::string ToJson(const TargetTable& table) {
  return WriteIndentedJsonObject([&](JsonWriter& writer) {
    Machine::This().WriteJson(&writer.Key("machine"));
    table.WriteJson(&writer.Key("rows"));
    writer.Key("median_seconds").Object([] {});
  });
}

bool WriteFile(const std::string& name, const std::string& text) {
  std::ofstream out(name);
  out << text;
  out.close();
  if (!out.fail()) return true;
  std::fprintf(stderr, "cannot write \"%s\"\n", name.c_str());
  return false;
}

int Report(const ReportOptions& options) {
  const std::vector<InstructionCount> counts = ReadDumps(options.dumps);
  auto bounds = InstructionBounds::Parse(ReadFile(options.bounds));
  Must(bounds.status());
  if (options.update) {
    bounds->Store(counts);
    if (!WriteFile(options.bounds, bounds->ToText())) return 1;
  }
  TargetTable table("not counted");
  std::vector<std::string> remarks;
  bounds->AddRows(counts, &table, &remarks);
  AddGrowthRows(counts, &table);
  std::cout << "code for " << (counts.empty() ? "" : counts[0].dispatch)
            << "; a bound is what is stored and 5 %\n\n"
            << table.ToText();
  for (const std::string& remark : remarks) std::cout << remark << "\n";
  if (!options.json.empty() && !WriteFile(options.json, ToJson(table))) {
    return 1;
  }
  return table.AnyStructuralMiss() ? 1 : 0;
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  using postern::benchmarks::ReadOptions;
  if (argc == 1) return postern::benchmarks::CountAll();
  return postern::benchmarks::Report(ReadOptions(argc, argv));
}
