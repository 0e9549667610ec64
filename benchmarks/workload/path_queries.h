#ifndef POSTERN_BENCHMARKS_WORKLOAD_PATH_QUERIES_H_
#define POSTERN_BENCHMARKS_WORKLOAD_PATH_QUERIES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "benchmarks/workload/file_tree.h"
#include "benchmarks/workload/path_rules.h"

namespace postern {
namespace benchmarks {

// Paths to ask for, one behind the other in memory in the order of asking.
// Immutable; not movable, since the views point into it.
class PathQueries {
 public:
  explicit PathQueries(const std::vector<std::string>& paths);
  PathQueries(const PathQueries&) = delete;
  PathQueries& operator=(const PathQueries&) = delete;

  size_t size() const { return views_.size(); }
  absl::string_view operator[](size_t i) const { return views_[i]; }

 private:
  std::string text_;
  std::vector<absl::string_view> views_;
};

// Text that does not fit the L2 cache of this machine.
size_t QueryBytes();

// At least `bytes` bytes of paths: in turn one that `governed` says some rule
// matches, drawn evenly from the rules, and one that none does; every fifth
// needs normalisation. In random order. `governed` takes normal paths.
std::vector<std::string> MakePathQueries(
    const FileTree& tree, const std::vector<PathRule>& rules,
    absl::FunctionRef<bool(const std::string&)> governed, size_t bytes,
    uint64_t seed);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_PATH_QUERIES_H_
