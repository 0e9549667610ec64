#ifndef POSTERN_BENCHMARKS_CONTEXT_CASES_H_
#define POSTERN_BENCHMARKS_CONTEXT_CASES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/file_tree.h"
#include "benchmarks/workload/workload.h"
#include "permission/context.h"

namespace postern {
namespace benchmarks {

// Checks through contexts, each layer with 10,000 literal rules: layers in the
// policy, restricting it and of children; one thread and two; with drops, while
// others drop, and while others publish. And what it costs to change a context.
class ContextCases {
 public:
  explicit ContextCases(const FileTree& tree);

  // An error if a context disagrees with the bare policy of its layers.
  absl::Status CompareVerdicts() const;
  void Register() const;
  void AddRows(const Medians& medians, TargetTable* table) const;

 private:
  struct NamedContext {
    std::string name;
    std::shared_ptr<const PermissionContext> context;
    std::shared_ptr<const Policy> same;  // a bare policy that says the same
    // What a check may cost beside a bare policy of one layer, if promised.
    absl::optional<double> target;
  };

  void MakeLayered(const FileTree& tree);
  void AddLayered(const std::vector<Layer>& layers);
  void MakeDropped();
  void RegisterChecks() const;
  void RegisterInFlight() const;
  void RegisterChanges() const;
  // Runs `check` over all queries, a benchmark iteration each.
  void ReadAll(const PermissionContext& context, benchmark::State& state) const;
  double MostAllocations() const;
  void DropAll(PermissionContext* context, size_t count) const;

  const Workload workload_;
  std::vector<NamedContext> contexts_;
  std::vector<std::string> to_drop_;  // names that queries ask for, too
  Layer small_layer_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_CONTEXT_CASES_H_
