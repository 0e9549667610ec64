#ifndef POSTERN_PERMISSION_INTERNAL_SECRET_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_SECRET_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/set_list.h"

namespace postern {
namespace internal {

// The rules for secrets: a look-up by the first part of the key finds the
// patterns that are then matched one by one. All rank the same.
class SecretIndex {
 public:
  void Add(const SecretPattern& pattern, Candidate candidate,
           const RuleLimits* limits);
  void Build(const std::vector<LayerTerms>& layers) { sets_.Build(layers); }
  void Evaluate(const Query& query, Contest* contest) const;

 private:
  SetList<SecretPattern> sets_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> by_first_part_;
  std::vector<uint32_t> others_;  // begin with "*" or "**"
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_SECRET_INDEX_H_
