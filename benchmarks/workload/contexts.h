#ifndef POSTERN_BENCHMARKS_WORKLOAD_CONTEXTS_H_
#define POSTERN_BENCHMARKS_WORKLOAD_CONTEXTS_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "benchmarks/workload/file_tree.h"
#include "permission/context.h"

// What benchmarks set up contexts with. A benchmark that cannot be set up has
// nothing to measure: all of this ends the program with the reason.
namespace postern {
namespace benchmarks {

void Must(const absl::Status& status);

// A root and its authority.
RootContext MustMakeRoot(std::shared_ptr<const Policy> policy);
// A root that nobody will publish to.
std::shared_ptr<PermissionContext> MustMakeContext(
    std::shared_ptr<const Policy> policy);

// A child of `parent` with these layers of its own.
std::shared_ptr<PermissionContext> MustDerive(const PermissionContext& parent,
                                              std::vector<Layer> layers);

// A layer that narrows: `rules` rules of its own, silence allows. Others for
// other numbers.
Layer NarrowingLayer(const FileTree& tree, size_t rules, size_t number);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_CONTEXTS_H_
