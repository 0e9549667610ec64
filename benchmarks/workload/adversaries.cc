#include "benchmarks/workload/adversaries.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "benchmarks/workload/contexts.h"
#include "benchmarks/workload/workload.h"
#include "permission/layer.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr size_t kSharedBytes = 200;
constexpr size_t kQueries = 1000;  // where there are many rules
constexpr size_t kComponents[] = {64, 128, 256, 512, 1024};
constexpr size_t kDeepComponents[] = {250, 500, 1000, 2000};
constexpr size_t kBytes[] = {256, 512, 1024, 2048, 4095};
constexpr char kLeaf[] = "etc";

using Query = Adversary::Query;
using Step = Adversary::Step;

std::string Repeat(absl::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&out, text);
  return out;
}

std::shared_ptr<const Policy> Allowing(
    const std::vector<std::string>& texts,
    Precedence precedence = Precedence::kDenyOverrides) {
  Layer layer;
  layer.name = "grants";
  layer.precedence = precedence;
  for (const std::string& text : texts) {
    Rule rule;
    rule.effect = Effect::kAllow;
    rule.permissions = PermissionSet(Permission::kFsRead);
    rule.pattern = RulePattern::Text(text);
    layer.rules.push_back(std::move(rule));
  }
  return MustBuild({std::move(layer)});
}

// `count` single files with names that differ in their numbers; half of the
// queries are for other numbers.
Step ManyFiles(absl::string_view start, size_t count) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < count; ++i) {
    texts.push_back(absl::StrFormat("exact:%s%08d", start, i * 2));
  }
  std::vector<Query> queries;
  for (size_t i = 0; i < kQueries; ++i) {
    const size_t number = (i * 7919 % count) * 2 + i % 2;
    queries.push_back(
        {absl::StrFormat("%s%08d", start, number), number % 2 == 0});
  }
  return Step(count, 1, Allowing(texts), queries);
}

Adversary ManyFilesCase(std::string name, absl::string_view start,
                        std::vector<size_t> counts) {
  Adversary adversary;
  adversary.name = std::move(name);
  adversary.unit = "check";
  for (size_t count : counts) {
    adversary.steps.push_back(ManyFiles(start, count));
  }
  return adversary;
}

// Rules that might match anywhere.
Adversary RulesFromAnywhere() {
  Adversary adversary;
  adversary.name = "rules_from_anywhere";
  adversary.unit = "check";
  adversary.grows_with_rules = true;
  for (size_t count : {10, 100, 1000}) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < count; ++i) {
      texts.push_back(absl::StrCat("exact:/**/name", i, "/file"));
    }
    adversary.steps.emplace_back(
        count, 1, Allowing(texts),
        std::vector<Query>{{"/usr/share/doc/name7/file", true},
                           {"/usr/share/doc/name7/other", false},
                           {"/usr/share/doc/nobody/file", false}});
  }
  return adversary;
}

// Rules that `pattern` makes of numbers, against one path: each may cost
// something, and no more where there are many.
Adversary GrowingRules(std::string name,
                       const std::function<std::string(size_t)>& pattern,
                       Precedence precedence, const Query& query) {
  Adversary adversary;
  adversary.name = std::move(name);
  adversary.unit = "rule";
  for (size_t count : {16, 64, 256}) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < count; ++i) texts.push_back(pattern(i));
    adversary.steps.emplace_back(count, count, Allowing(texts, precedence),
                                 std::vector<Query>{query});
  }
  return adversary;
}

// `length` components that match "a", others for each number below 256.
std::string Disguised(size_t number, size_t length) {
  std::string out;
  for (size_t i = 0; i < length; ++i) {
    out += i < 8 && (number >> i & 1) != 0 ? "/?" : "/a";
  }
  return out;
}

// Patterns that all match a long path, which has to tell them apart.
Adversary ComparedCase() {
  return GrowingRules("compared",
                      [](size_t i) { return "/**" + Disguised(i, 60); },
                      Precedence::kMostSpecific, {Repeat("/a", 1000), true});
}

// As much behind a "**" as may be, which matches up to the last component
// everywhere, and more of it alive at once than the automaton's lists hold.
Adversary AlmostCase() {
  return GrowingRules(
      "almost", [](size_t i) { return "exact:/**" + Disguised(i, 63) + "/b"; },
      Precedence::kDenyOverrides, {Repeat("/a", 1000) + "/c/b", false});
}

// Wildcards side by side that a name agrees with at both ends.
Adversary SiblingsCase() {
  return GrowingRules(
      "siblings",
      [](size_t i) { return absl::StrFormat("exact:/srv/x*n%03d*x", i); },
      Precedence::kDenyOverrides,
      {"/srv/x" + std::string(200, 'n') + "x", false});
}

// `chain` times "/**/a" against /a/a/a..., which matches in very many ways,
// and with an end that makes it match in none.
Adversary ChainCase(size_t chain) {
  Adversary adversary;
  adversary.name = absl::StrCat("chain_of_", chain);
  adversary.unit = "component";
  const auto policy = Allowing({"exact:" + Repeat("/**/a", chain)});
  for (size_t size : kComponents) {
    const std::string path = Repeat("/a", size - 1);
    adversary.steps.emplace_back(
        size, size, policy,
        std::vector<Query>{{path + "/a", true}, {path + "/b", false}});
  }
  return adversary;
}

// Stars within one long name.
Adversary StarsCase() {
  Adversary adversary;
  adversary.name = "stars";
  adversary.unit = "byte";
  const auto policy = Allowing({"exact:/srv/*a*a*a*a*a*b"});
  for (size_t size : kBytes) {
    const std::string path = "/srv/" + std::string(size - 6, 'a');
    adversary.steps.emplace_back(
        size, size, policy,
        std::vector<Query>{{path + "b", true}, {path + "c", false}});
  }
  return adversary;
}

// A rule lies at the end of the longest path, so that no look-up ends early.
Adversary DeepCase() {
  Adversary adversary;
  adversary.name = "deep";
  adversary.unit = "component";
  const size_t most = kDeepComponents[std::size(kDeepComponents) - 1];
  const auto policy = Allowing({Repeat("/a", most)});
  for (size_t size : kDeepComponents) {
    adversary.steps.emplace_back(
        size, size, policy,
        std::vector<Query>{{Repeat("/a", size), size == most}});
  }
  return adversary;
}

// A short name with `detour` in front of it, again and again.
Adversary DetourCase(std::string name, absl::string_view detour) {
  Adversary adversary;
  adversary.name = std::move(name);
  adversary.unit = "byte";
  const auto policy = Allowing({absl::StrCat("/", kLeaf)});
  for (size_t size : kBytes) {
    std::string path = "/";
    while (path.size() + detour.size() + sizeof(kLeaf) - 1 <= size) {
      absl::StrAppend(&path, detour);
    }
    absl::StrAppend(&path, kLeaf);
    adversary.steps.emplace_back(size, path.size(), policy,
                                 std::vector<Query>{{path, true}});
  }
  return adversary;
}

// Rules of a thousand literals each, to be looked through for what the call
// should have had. A guest asks, and whoever audits pays.
Adversary DeniedCallCase() {
  Adversary adversary;
  adversary.name = "denied_call";
  adversary.unit = "literal";
  const std::string digits = "{0,1,2,3,4,5,6,7,8,9}";
  for (size_t rules : {4, 40}) {
    Layer layer;
    for (size_t i = 0; i < rules; ++i) {
      Rule rule;
      rule.effect = Effect::kAllow;
      rule.permissions = PermissionSet(Permission::kPluginCall);
      rule.pattern = RulePattern::Call(
          "p.f", {absl::StrCat("q", i, "x", digits, digits, digits)},
          CallForm::kExact);
      layer.rules.push_back(std::move(rule));
    }
    const auto policy = MustBuild({std::move(layer)});
    adversary.steps.emplace_back(
        rules * 1000, rules * 1000, policy,
        std::vector<Query>{{"rm", false}, {"q3x000", true}});
    adversary.steps.back().explains = MustMakeContext(policy);
  }
  return adversary;
}

std::unique_ptr<const PathQueries> Paths(const std::vector<Query>& queries) {
  std::vector<std::string> paths;
  for (const Query& query : queries) paths.push_back(query.path);
  return std::make_unique<PathQueries>(paths);
}

}  // namespace

Adversary::Step::Step(size_t size_in, double units_in,
                      std::shared_ptr<const Policy> policy_in,
                      const std::vector<Query>& queries_in)
    : size(size_in),
      units(units_in),
      policy(std::move(policy_in)),
      queries(Paths(queries_in)) {
  for (const Query& query : queries_in) allowed.push_back(query.allowed);
}

Decision Adversary::Step::AskAndExplain(absl::string_view argument) const {
  const CallArg args[] = {{argument}};
  const Access access = Access::Call({"p.f", args, {}});
  const Decision decision = explains->Check(access);
  Must(explains->Explain(decision, access).status());
  return decision;
}

std::string Adversary::StepName(const Step& step) const {
  return absl::StrCat(name, "/", step.size);
}

double Adversary::Growth(double first_cost, double last_cost) const {
  return (last_cost / steps.back().units) / (first_cost / steps.front().units);
}

std::vector<Adversary> MakeAdversaries(size_t most_rules) {
  const size_t many = std::min<size_t>(most_rules, 10000);
  const std::string names = Repeat("/component", kSharedBytes / 10);
  const std::string name = "/srv/" + std::string(kSharedBytes - 5, 'n');
  std::vector<Adversary> all;
  all.push_back(ManyFilesCase("shared_names", names + "/", {100, many}));
  all.push_back(ManyFilesCase("shared_name", name, {100, many}));
  all.push_back(
      ManyFilesCase("one_directory", "/srv/many/", {100, most_rules}));
  all.push_back(RulesFromAnywhere());
  all.push_back(ComparedCase());
  all.push_back(AlmostCase());
  all.push_back(SiblingsCase());
  all.push_back(ChainCase(3));
  all.push_back(ChainCase(8));
  all.push_back(StarsCase());
  all.push_back(DeepCase());
  all.push_back(DetourCase("climbing", "a/../"));
  all.push_back(DetourCase("dots", "./"));
  all.push_back(DetourCase("slashes", "/"));
  all.push_back(DeniedCallCase());
  return all;
}

absl::Status CheckVerdicts(const Adversary& adversary) {
  for (const Step& step : adversary.steps) {
    for (size_t i = 0; i < step.queries->size(); ++i) {
      const absl::string_view path = (*step.queries)[i];
      const bool allowed = step.Ask(path).allowed();
      if (allowed == step.allowed[i]) continue;
      return absl::InternalError(absl::StrCat(adversary.StepName(step), ": \"",
                                              path.substr(0, 200), "\" is ",
                                              allowed ? "allowed" : "denied"));
    }
  }
  return absl::OkStatus();
}

}  // namespace benchmarks
}  // namespace postern
