#ifndef POSTERN_BENCHMARKS_WORKLOAD_BASELINES_H_
#define POSTERN_BENCHMARKS_WORKLOAD_BASELINES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "benchmarks/workload/governing_rules.h"
#include "benchmarks/workload/path_rules.h"
#include "re2/set.h"

// What a check is compared with. All take absolute paths, normalise them, and
// are built once from rules which must outlive them; deny overrides. Each is
// written to be as fast as its idea allows: a slow rival proves nothing.
// Thread-safe.
namespace postern {
namespace benchmarks {

// The least that a check by table can cost: normalise, hash the path once,
// read one slot. It knows exact names only, so its verdicts are not ours.
class Floor {
 public:
  explicit Floor(const std::vector<PathRule>& rules);
  bool Allows(absl::string_view path) const;

 private:
  std::vector<uint64_t> slots_;  // a power of two, at least twice the rules
};

// A hash map from names to what holds there, probed once per ancestor from the
// path itself upwards, until a name is known.
class HashedAncestors {
 public:
  explicit HashedAncestors(const GoverningRules& rules);
  bool Allows(absl::string_view path) const;
  // What governs a path in normal form.
  Governed Find(absl::string_view normal) const;

 private:
  struct Value {
    Governed at, below;
    uint32_t name;  // set if rules with wildcards must be asked too
  };
  Governed Resolve(const Value& value, absl::string_view normal,
                   size_t size) const;

  const GoverningRules& rules_;
  absl::flat_hash_map<absl::string_view, Value> values_;
};

// A sorted vector, searched in halves; from there along links to ancestors.
class SortedNames {
 public:
  explicit SortedNames(const GoverningRules& rules) : rules_(rules) {}
  bool Allows(absl::string_view path) const;

 private:
  const GoverningRules& rules_;
};

// One automaton of all rules.
class RegexSet {
 public:
  explicit RegexSet(const std::vector<PathRule>& rules);
  bool Allows(absl::string_view path) const;

 private:
  const std::vector<PathRule>& rules_;
  std::unique_ptr<RE2::Set> set_;
};

// What one would write first: std::filesystem, and rule after rule.
class LinearScan {
 public:
  explicit LinearScan(const std::vector<PathRule>& rules) : rules_(rules) {}
  bool Allows(absl::string_view path) const;

 private:
  const std::vector<PathRule>& rules_;
};

// LinearScan with paths normalised as the other baselines do, so that what is
// left is the scan.
class FastLinearScan {
 public:
  explicit FastLinearScan(const std::vector<PathRule>& rules) : rules_(rules) {}
  bool Allows(absl::string_view path) const;

 private:
  const std::vector<PathRule>& rules_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_BASELINES_H_
