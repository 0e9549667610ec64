#ifndef POSTERN_BENCHMARKS_BUILD_CASES_H_
#define POSTERN_BENCHMARKS_BUILD_CASES_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/file_tree.h"
#include "permission/builder.h"

namespace postern {
namespace benchmarks {

// How long PolicyBuilder::Build takes, of literal rules.
class BuildCases {
 public:
  BuildCases(const FileTree& tree, const std::vector<size_t>& sizes);

  void Register() const;
  void AddRows(const Medians& medians, TargetTable* table) const;

 private:
  struct Case {
    size_t size;
    std::unique_ptr<const PolicyBuilder> builder;
  };
  std::vector<Case> cases_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_BUILD_CASES_H_
