#ifndef POSTERN_BENCHMARKS_WORKLOAD_PATH_RULES_H_
#define POSTERN_BENCHMARKS_WORKLOAD_PATH_RULES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/workload/file_tree.h"
#include "permission/layer.h"

namespace postern {
namespace benchmarks {

// How many of the rules of a benchmark have a wildcard.
enum class Mix {
  kLiteral,    // none
  kHundredth,  // 1 %
  kMixed,      // 10 %, the share that targets speak of
  kHalf,       // 50 %
};
// "literal", "wild_1%", "mixed" or "wild_50%".
const char* MixName(Mix mix);
// One rule in so many has a wildcard; 0: none has.
size_t WildcardPeriod(Mix mix);

// Lengths of the paths that single files and queries have, in bytes.
constexpr size_t kMinPathBytes = 60;
constexpr size_t kMaxPathBytes = 80;
// Whether `path` is neither shorter nor longer.
bool HasQueryLength(const std::string& path);

struct PathRule {
  std::string pattern;   // wildcards are "*" and, whole components, "**"
  std::string example;   // a path that it matches
  bool subtree = false;  // with all beneath it; else the nodes alone
  bool deny = false;
  bool wildcard = false;

  // As PolicyBuilder takes it.
  std::string Text() const;
};

// Copies of a file tree side by side, as of container images, so that there
// are names enough for any number of rules without covering everything. Copy 0
// is the tree itself. Borrows the tree.
class TreeCopies {
 public:
  // Enough copies for `rule_count` rules.
  TreeCopies(const FileTree& tree, size_t rule_count);
  // Any directory or file, from a random number.
  std::string Directory(uint64_t random) const;
  std::string File(uint64_t random) const;

 private:
  std::string Pick(const std::vector<std::string>& paths,
                   uint64_t random) const;

  const FileTree& tree_;
  size_t copies_;
};

// `count` different rules: 40 % grant subtrees, 55 % grant single files, 5 %
// deny a subtree below a granted directory; in random order.
std::vector<PathRule> MakePathRules(const FileTree& tree, Mix mix, size_t count,
                                    uint64_t seed);

// The rules for fs.read as a layer, each with its source.
Layer MakeLayer(const std::vector<PathRule>& rules);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_PATH_RULES_H_
