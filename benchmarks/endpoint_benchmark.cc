// Measures look-ups in the endpoint set from 1 to 100,000 rules, next to trying
// every rule, and says how much they grow.

#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "net/coverage.h"
#include "net/endpoint.h"
#include "net/endpoint_pattern.h"
#include "net/endpoint_set.h"
#include "net/purpose.h"

namespace postern {
namespace benchmarks {
namespace {

using net::Coverage;
using net::Endpoint;
using net::EndpointPattern;
using net::EndpointSet;

constexpr size_t kQueries = 4096;
// Trying every rule is not measured beyond.
constexpr size_t kMostTried = 10000;

enum class Theme { kNames, kAddresses };

const char* ThemeName(Theme theme) {
  return theme == Theme::kNames ? "names" : "addresses";
}

// Rules and queries drawn from the same hosts: half of the queries are covered.
class Texts {
 public:
  Texts(Theme theme, uint64_t seed) : theme_(theme), random_(seed) {}

  std::string Rule() {
    const std::string host = Host(random_() % 100000);
    const std::string port = absl::StrCat(1 + random_() % 1000);
    if (theme_ == Theme::kNames) {
      return random_() % 5 == 0 ? absl::StrCat("*.", host)
                                : absl::StrCat(host, ":", port);
    }
    if (random_() % 5 != 0) return host;
    return absl::StrCat("10.", random_() % 256, ".", random_() % 256, ".0/24");
  }
  // Of the first `rules` hosts, or of none.
  std::string Query() {
    const uint64_t other = random_() % 2 == 0 ? 0 : 100000;
    const std::string port = absl::StrCat(1 + random_() % 1000);
    return absl::StrCat(Host(random_() % 100000 + other), ":", port);
  }

 private:
  std::string Host(uint64_t number) const {
    if (theme_ == Theme::kNames) {
      return absl::StrCat("h", number % 97, ".site", number,
                          number % 3 == 0 ? ".example.com" : ".example.net");
    }
    return absl::StrCat(number < 100000 ? "10." : "11.", number >> 16, ".",
                        number >> 8 & 255, ".", number & 255);
  }

  const Theme theme_;
  std::mt19937_64 random_;
};

struct Case {
  Case(Theme the_theme, size_t the_rules) : theme(the_theme), rules(the_rules) {
    Texts texts(theme, 1);
    EndpointSet::Builder builder;
    for (size_t i = 0; i < rules; ++i) {
      patterns.push_back(*net::ParseEndpointPattern(texts.Rule()));
      builder.Add(patterns.back());
    }
    set = builder.Build();
    for (size_t i = 0; i < kQueries; ++i) {
      Endpoint endpoint;
      net::SyntaxError error;
      Endpoint::Parse(texts.Query(), &endpoint, &error);
      queries.push_back(endpoint);
    }
  }

  std::string Name(const char* what) const {
    return absl::StrCat(what, "/", ThemeName(theme), "/rules:", rules);
  }
  size_t BySet(const Endpoint& query) const {
    size_t found = 0;
    set.Match(query, net::Purpose::kConnect,
              [&found](EndpointSet::SetId, Coverage) { ++found; });
    return found;
  }
  // The baseline.
  size_t OneByOne(const Endpoint& query) const {
    size_t found = 0;
    for (const EndpointPattern& pattern : patterns) {
      found += net::CoverageOf(pattern, query, net::Purpose::kConnect) !=
                       Coverage::kNone
                   ? 1
                   : 0;
    }
    return found;
  }

  Theme theme;
  size_t rules;
  std::vector<EndpointPattern> patterns;
  EndpointSet set;
  std::vector<Endpoint> queries;
};

template <typename Check>
void Register(const Case& c, const char* what, Check check) {
  benchmark::RegisterBenchmark(
      c.Name(what).c_str(), [&c, check](benchmark::State& state) {
        size_t i = 0;
        for (auto _ : state) {
          benchmark::DoNotOptimize(check(c.queries[i++ % kQueries]));
        }
      });
}

void RegisterAll(const std::vector<std::unique_ptr<Case>>& cases) {
  for (const auto& pointer : cases) {
    const Case& c = *pointer;
    Register(c, "BM_Match",
             [&c](const Endpoint& query) { return c.BySet(query); });
    if (c.rules > kMostTried) continue;
    Register(c, "BM_Match_Baseline",
             [&c](const Endpoint& query) { return c.OneByOne(query); });
  }
}

absl::optional<double> Nanoseconds(const Medians& medians,
                                   const std::string& name) {
  absl::optional<double> figure = medians.Seconds(name);
  if (figure) *figure *= 1e9;
  return figure;
}

// What each number of rules costs, and by how much that grows.
void AddRows(const Case& c, const Medians& medians, TargetTable* table) {
  const std::string what =
      absl::StrCat("match, ", ThemeName(c.theme), ", N = ", c.rules);
  table->Add({what, Nanoseconds(medians, c.Name("BM_Match")), "ns",
              TargetRow::Bound::kNone});
  table->Add({absl::StrCat(what, ", ÷ N = 100"),
              medians.Ratio(
                  c.Name("BM_Match"),
                  absl::StrCat("BM_Match/", ThemeName(c.theme), "/rules:100")),
              "", TargetRow::Bound::kNone});
  table->Add({absl::StrCat("every rule tried ÷ ours, ", ThemeName(c.theme),
                           ", N = ", c.rules),
              medians.Ratio(c.Name("BM_Match_Baseline"), c.Name("BM_Match")),
              "", TargetRow::Bound::kNone});
}

int Run(const RunOptions& options) {
  std::vector<std::unique_ptr<Case>> cases;
  for (Theme theme : {Theme::kNames, Theme::kAddresses}) {
    for (size_t rules : {1, 100, 1000, 10000, 100000}) {
      if (options.quick && rules > kMostTried) continue;
      cases.push_back(std::make_unique<Case>(theme, rules));
    }
  }
  RegisterAll(cases);
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  TargetTable table(options.not_run());
  for (const auto& c : cases) AddRows(*c, medians, &table);
  std::printf("%s\n%s\n%s", Machine::This().ToText().c_str(),
              medians.ToText().c_str(), table.ToText().c_str());
  return options.WriteJson(Machine::This(), table, medians) ? 0 : 1;
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
