#ifndef POSTERN_PERMISSION_TESTING_RANDOM_POLICY_H_
#define POSTERN_PERMISSION_TESTING_RANDOM_POLICY_H_

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "permission/layer.h"
#include "permission/permission.h"
#include "permission/rule.h"
#include "permission/testing/owned_access.h"

namespace postern {
namespace testing {

// A policy and what was given up since: all that decides an access.
struct RandomStack {
  struct Drop {
    PermissionSet permissions;
    RulePattern pattern;
  };

  PolicySpec spec;
  bool unconfined = false;
  std::vector<Drop> drops;
  // Holds hundreds of wildcard rules, many of which may match at one place.
  // No subtree is asked for: an answer stricter than need be is right there.
  bool crowded = false;

  // One line a rule; bytes are C-escaped.
  std::string ToString() const;
};

// What a generated stack is mostly about.
enum class RandomTheme {
  kAny,
  kPaths,
  kNames,
  kCalls,
  kSecrets,
  kEndpoints,
  kCommands
};

// Makes stacks and accesses over alphabets so small that rules meet. The same
// seed gives the same sequence. Not thread-safe.
class RandomPolicy {
 public:
  explicit RandomPolicy(uint64_t seed) : random_(seed) {}

  // One in about 30 is refused when built, for a reason or another.
  RandomStack NextStack(RandomTheme theme = RandomTheme::kAny);
  // An access that often meets the rules of the last stack.
  OwnedAccess NextAccess();

  // A single rule or drop of the last stack's theme, well-formed.
  Rule NextRule(Effect effect);
  // 0 <= result < limit.
  int Below(int limit);
  bool OneIn(int n) { return Below(n) == 0; }

 private:
  // A pattern and a text that it matches.
  using Example = std::pair<std::string, std::string>;

  template <typename T, size_t N>
  const T& Pick(const T (&choices)[N]) {
    return choices[Below(static_cast<int>(N))];
  }

  Layer NextLayer(bool first);
  Rule BroadRule();
  void Vary(Rule* rule);
  void VaryPath(Rule* rule);
  void VaryEndpoint(Rule* rule);
  RulePattern Leading(const std::string& host);
  void Crowd(RandomStack* stack);
  RuleLimits NextLimits(Effect effect);
  void NextPathRule(Rule* rule);
  void NextNameRule(Rule* rule);
  void NextCallRule(Rule* rule);
  void NextCommandRule(Rule* rule);
  void NextSecretRule(Rule* rule);
  void NextEndpointRule(Rule* rule);
  Example NextPath();
  std::string RandomPath();
  std::string Disturbed(std::string path);
  std::string Respelled(const std::string& path);

  OwnedAccess PathAccess();
  OwnedAccess NameAccess();
  OwnedAccess CallAccess();
  OwnedAccess CommandAccess();
  RulePattern OddCommand();
  OwnedAccess SecretAccess();
  OwnedAccess EndpointAccess();
  OwnedAccess::Arg NextArg();

  std::mt19937_64 random_;
  RandomTheme theme_ = RandomTheme::kPaths;
  bool lenient_ = true;
  bool has_base_ = false;
  bool crowded_ = false;
  std::vector<std::string> stems_;     // beginnings that the paths share
  std::vector<std::string> examples_;  // what the last stack's paths match
};

// The smallest stack, by leaving things out of `stack`, for which `fails`
// still holds.
RandomStack Shrink(RandomStack stack,
                   absl::FunctionRef<bool(const RandomStack&)> fails);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_RANDOM_POLICY_H_
