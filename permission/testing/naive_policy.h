#ifndef POSTERN_PERMISSION_TESTING_NAIVE_POLICY_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_POLICY_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "permission/access.h"
#include "permission/layer.h"

namespace postern {
namespace testing {

// What one layer says, and by which of its rules.
struct NaiveLayerAnswer {
  Effect effect = Effect::kDeny;
  // The rules (by index in the layer) that alone would decide so; none if the
  // default did. They all have `effect`.
  std::vector<int> deciders;
  int matching = 0;             // rules that matched, rank aside
  bool allow_and_deny = false;  // both were among them
  // Every decider matched by a wildcard.
  bool by_wildcard = false;
};

struct NaiveAnswer {
  Effect effect = Effect::kDeny;
  bool concealed = false;
  bool would_deny = false;
  bool no_grant_layer = false;
  bool invalid = false;  // denied before any layer was asked
  // How interesting the case was.
  bool default_only = true;  // no rule of any layer matched
  int matching = 0;
  bool allow_and_deny = false;  // in one layer
  bool by_wildcard = false;     // in an enforcing layer that gave `effect`
  // In the order of the policy; then the drops, if there are any.
  std::vector<NaiveLayerAnswer> layers;
};

// Decides as the design says, by trying every rule: the oracle that the engine
// is compared with. Shares only the rules' text with it.
// Thread-safe once built; Drop() is not.
class NaivePolicy {
 public:
  // InvalidArgument where PolicyBuilder must refuse; its text is unspecified.
  static absl::StatusOr<NaivePolicy> Build(const PolicySpec& spec,
                                           bool unconfined = false);

  // Gives up what `pattern` matches; all of `permissions` if it cannot be
  // read. Without the bound of 256 drops on a permission.
  void Drop(PermissionSet permissions, const RulePattern& pattern);

  NaiveAnswer Check(const Access& access) const {
    return Check(access, absl::Now(), "");
  }
  // Rules that count their uses in `taken` hold, though they may be used up.
  NaiveAnswer Check(const Access& access, absl::Time now,
                    absl::string_view session,
                    const std::set<const UseCounter*>& taken = {}) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_POLICY_H_
