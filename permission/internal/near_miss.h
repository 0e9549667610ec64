#ifndef POSTERN_PERMISSION_INTERNAL_NEAR_MISS_H_
#define POSTERN_PERMISSION_INTERNAL_NEAR_MISS_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "permission/explain.h"
#include "permission/internal/argument_pattern.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/query.h"
#include "permission/policy.h"

namespace postern {
namespace internal {

// What a call or a command would have needed at the argument where it went
// wrong: of all the allow rules for its function or program, those that it
// followed the furthest.
// Cost: one comparison of the call for each rule, and Explanation::kMaxExpected
// literals of all rules together, however many they have.
class NearMiss {
 public:
  // Of a valid `query` for a call or a command; fills in the argument, what it
  // is and what was expected.
  NearMiss(const Query& query, Explanation* out) : query_(query), out_(out) {}

  void Add(const Policy& policy, size_t layer);

 private:
  void AddPattern(const ArgumentsPattern& pattern, const Policy& policy,
                  uint32_t rule);
  void StartAt(int index);
  void ExpectAll(const ArgumentPattern& argument);
  void Expect(std::string pattern);

  const Query& query_;
  Explanation* const out_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_NEAR_MISS_H_
