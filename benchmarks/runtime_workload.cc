// Writes what whole runtimes are compared on, and measures our check of the
// same; see tools/bench_runtimes.py.
//   runtime_workload RULES DIRECTORY
// writes rules.txt (a line for each: "subtree PATH" or "file PATH"; grants
// only, since not every runtime can deny) and queries.txt ("1 PATH" where we
// allow, else "0 PATH") there, and prints nanoseconds a check.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "benchmarks/workload/baselines.h"
#include "benchmarks/workload/file_tree.h"
#include "benchmarks/workload/governing_rules.h"
#include "benchmarks/workload/path_queries.h"
#include "benchmarks/workload/path_rules.h"
#include "benchmarks/workload/workload.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kTreeSeed = 1;
constexpr uint64_t kRuleSeed = 20;
constexpr uint64_t kQuerySeed = 21;
constexpr int kRounds = 9;

std::vector<PathRule> Grants(const FileTree& tree, size_t count) {
  // One in twenty is a deny.
  std::vector<PathRule> rules =
      MakePathRules(tree, Mix::kLiteral, count + count / 19 + 1, kRuleSeed);
  rules.erase(std::remove_if(rules.begin(), rules.end(),
                             [](const PathRule& rule) { return rule.deny; }),
              rules.end());
  rules.resize(count);
  return rules;
}

// A pass over all queries, the median of some.
double NanosecondsPerCheck(const Ours& ours, const PathQueries& queries) {
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < queries.size(); ++i) {
      benchmark::DoNotOptimize(ours.Allows(queries[i]));
    }
    const std::chrono::duration<double, std::nano> took =
        std::chrono::steady_clock::now() - start;
    rounds.push_back(took.count() / static_cast<double>(queries.size()));
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[kRounds / 2];
}

bool Write(const std::string& name, const std::string& text) {
  std::ofstream out(name);
  out << text;
  out.close();
  return !out.fail();
}

int Run(size_t count, const std::string& directory) {
  const FileTree tree = AnyFileTree(kTreeSeed);
  const std::vector<PathRule> rules = Grants(tree, count);
  const GoverningRules governing(rules);
  const HashedAncestors ancestors(governing);
  const auto governed = [&](const std::string& path) {
    return ancestors.Find(path).matched();
  };
  const PathQueries queries(
      MakePathQueries(tree, rules, governed, QueryBytes(), kQuerySeed));
  const Ours ours(MustBuild({MakeLayer(rules)}));
  std::string rule_text, query_text;
  for (const PathRule& rule : rules) {
    absl::StrAppend(&rule_text, rule.subtree ? "subtree " : "file ",
                    rule.pattern, "\n");
  }
  for (size_t i = 0; i < queries.size(); ++i) {
    absl::StrAppend(&query_text, ours.Allows(queries[i]) ? "1 " : "0 ",
                    queries[i], "\n");
  }
  if (!Write(directory + "/rules.txt", rule_text) ||
      !Write(directory + "/queries.txt", query_text)) {
    std::fprintf(stderr, "cannot write to \"%s\"\n", directory.c_str());
    return 1;
  }
  std::printf("%.1f\n", NanosecondsPerCheck(ours, queries));
  return 0;
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  size_t count = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[1], &count) || count == 0) {
    std::fprintf(stderr, "usage: runtime_workload RULES DIRECTORY\n");
    return 2;
  }
  return postern::benchmarks::Run(count, argv[2]);
}
