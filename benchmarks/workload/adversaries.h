#ifndef POSTERN_BENCHMARKS_WORKLOAD_ADVERSARIES_H_
#define POSTERN_BENCHMARKS_WORKLOAD_ADVERSARIES_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "benchmarks/workload/path_queries.h"
#include "permission/access.h"
#include "permission/context.h"
#include "permission/decision.h"
#include "permission/policy.h"

namespace postern {
namespace benchmarks {

// Rules and paths that are made to hurt, in steps of growing size: what a step
// costs for each unit of its size must not grow.
struct Adversary {
  // A hundred times the rules, or many times the path: at most this times the
  // cost of a check, or of a component or byte of the path. More is quadratic.
  static constexpr double kMaxGrowth = 2;

  struct Query {
    std::string path;
    bool allowed;
  };
  struct Step {
    size_t size;   // what grows: rules, components or bytes
    double units;  // what the cost of a check is divided by
    std::shared_ptr<const Policy> policy;
    std::vector<bool> allowed;  // what must be said of each query
    std::unique_ptr<const PathQueries> queries;
    // Null: a check of a path is asked for. Else a call "p.f" of one argument,
    // with its explanation, as for an audit sink.
    std::shared_ptr<const PermissionContext> explains;

    Step(size_t size, double units, std::shared_ptr<const Policy> policy,
         const std::vector<Query>& queries);

    // What is measured.
    Decision Ask(absl::string_view query) const {
      if (explains != nullptr) return AskAndExplain(query);
      return policy->Check(Access::Path(Permission::kFsRead, query));
    }

   private:
    Decision AskAndExplain(absl::string_view argument) const;
  };

  std::string name;  // for benchmarks
  std::string unit;  // "check", "component", "byte", "rule", "literal"
  // Each rule has to be looked at, so that rules cost something: no promise.
  bool grows_with_rules = false;
  std::vector<Step> steps;  // by size, two at least

  // "shared_prefix/10000".
  std::string StepName(const Step& step) const;
  // What the largest step costs by unit, ÷ the smallest; from costs of checks.
  double Growth(double first_cost, double last_cost) const;
};

// Rules that share 200 bytes, in names and within one name; very many names in
// one directory, `most_rules`; wildcards that match anywhere, that almost
// match, that lie side by side or have to be compared; chains of "**" and of
// "*"; long names of short files; very many literals that a denied call might
// have had.
std::vector<Adversary> MakeAdversaries(size_t most_rules = 100000);

// An error that names a query on which a verdict is not what it must be.
absl::Status CheckVerdicts(const Adversary& adversary);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_ADVERSARIES_H_
