#ifndef POSTERN_PERMISSION_INTERNAL_NAME_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_NAME_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "permission/internal/name_pattern.h"
#include "permission/internal/set_list.h"

namespace postern {
namespace internal {

// The rules for names (variables, facts, modules): one look-up for the name
// itself and one for each length that some prefix has.
class NameIndex {
 public:
  void Add(const NamePattern& pattern, Candidate candidate,
           const RuleLimits* limits);
  void Build(const std::vector<LayerTerms>& layers);
  void Evaluate(const Query& query, Contest* contest) const;

 private:
  using Map = absl::flat_hash_map<std::string, uint32_t>;

  SetList<NamePattern> sets_;
  Map names_, prefixes_;
  std::vector<size_t> prefix_lengths_;  // ascending
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_NAME_INDEX_H_
