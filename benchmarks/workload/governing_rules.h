#ifndef POSTERN_BENCHMARKS_WORKLOAD_GOVERNING_RULES_H_
#define POSTERN_BENCHMARKS_WORKLOAD_GOVERNING_RULES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "benchmarks/workload/path_rules.h"

namespace postern {
namespace benchmarks {

// A verdict with the number of its rule. Zero: no rule matches.
class Governed {
 public:
  constexpr Governed() = default;
  constexpr Governed(bool deny, size_t rule)
      : bits_(static_cast<uint32_t>(rule) * 4 + (deny ? 2 : 1)) {}

  bool matched() const { return bits_ != 0; }
  bool allowed() const { return (bits_ & 3) == 1; }
  bool denied() const { return (bits_ & 3) == 2; }
  // Deny overrides; else what is there stays.
  void Meet(Governed other) {
    if (!matched() || other.denied()) *this = other;
  }

 private:
  uint32_t bits_ = 0;
};

// What the indexes among the baselines share: for each name that a rule begins
// with, what holds there and beneath by literal rules, worked out in advance,
// so that the deepest known ancestor of a path answers for all others. Rules
// with wildcards hang on the last name before the wildcard.
// Views into the rules, which must outlive this.
class GoverningRules {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Name {
    absl::string_view path;
    uint32_t parent = kNone;  // the deepest name above it
    Governed at, below;
    bool globs_at_or_above = false;
    std::vector<uint32_t> globs;  // numbers of rules
  };

  explicit GoverningRules(const std::vector<PathRule>& rules);

  // By component: a name comes before all beneath it, and these before any
  // other. The root is left out.
  const std::vector<Name>& names() const { return names_; }
  // What holds for `path` if names()[name] is its deepest known ancestor or
  // itself. kNone: no ancestor is known.
  Governed Resolve(uint32_t name, absl::string_view path) const;

 private:
  void AddName(absl::string_view path);
  void AddRule(uint32_t number);  // to the last name
  // Rule `number` hangs on `name`, which is `path` or above it.
  void MeetGlob(uint32_t number, const Name& name, absl::string_view path,
                Governed* governed) const;

  const std::vector<PathRule>& rules_;
  std::vector<Name> names_;
};

// Whether the rule's pattern matches the normal path.
bool RuleMatches(const PathRule& rule, absl::string_view path);

// Order by component, as if the slash came before all other bytes.
bool ComponentLess(absl::string_view a, absl::string_view b);
// Whether `path` is `ancestor` or beneath it.
bool IsAtOrBelow(absl::string_view path, absl::string_view ancestor);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_GOVERNING_RULES_H_
