#ifndef POSTERN_PERMISSION_ANALYSIS_POLICY_DIFF_H_
#define POSTERN_PERMISSION_ANALYSIS_POLICY_DIFF_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "permission/analysis/access_question.h"
#include "permission/decision.h"
#include "permission/permission.h"
#include "permission/policy.h"

namespace postern {

// What a new policy does with an access that an old one decided otherwise.
enum class ChangeKind : uint8_t {
  kWider,  // more generous: deny, ask, allow in this order
  kNarrower,
  kOther,  // as generous, but hidden or reported otherwise
};

// One access that two policies decide differently, an example for all that
// differ by the same rules: of what is wider, the most alarming one that is
// known or else the shortest (alarming.h).
struct AccessChange {
  ChangeKind kind = ChangeKind::kOther;
  std::unique_ptr<AccessQuestion> example;
  Decision before;
  Decision after;
  // The rules that decided, if rules did.
  absl::optional<Rule> rule_before;
  absl::optional<Rule> rule_after;
};

struct PolicyDiff {
  // By permission.
  std::vector<AccessChange> changes;
  // Permissions for which there may be changes without an example here, and
  // why, for people. For all others there is an example of every change, but
  // for what AccessSamples::inexact leaves open for all.
  std::map<Permission, std::string> inexact;
};

// How many accesses are tried.
constexpr size_t kMaxDiffSamples = 200'000;

// Compares what `before` and `after` decide now, outside of any session, with
// names taken as they are written. What rules say of a permission with the same
// words in the same layers is no change, and is compared exactly.
PolicyDiff DiffPolicies(const Policy& before, const Policy& after);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_POLICY_DIFF_H_
