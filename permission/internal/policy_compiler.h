#ifndef POSTERN_PERMISSION_INTERNAL_POLICY_COMPILER_H_
#define POSTERN_PERMISSION_INTERNAL_POLICY_COMPILER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fs/path_pattern.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/path_binder.h"
#include "permission/internal/rule_table.h"
#include "permission/internal/rule_warnings.h"
#include "permission/layer.h"
#include "permission/policy_warning.h"

namespace postern {
namespace internal {

// Makes a CompiledPolicy of a RuleTable: parses and binds each pattern, warns
// of what voids the model, counts what patterns expand to, and builds the
// indexes.
class PolicyCompiler {
 public:
  // Alternatives of all patterns together.
  static constexpr size_t kMaxPatterns = 8000000;

  // InvalidArgument as PolicyBuilder::Build() reports it. Patterns that void
  // the model are told to `warnings`. `spec` says how patterns are read; its
  // layers do not count. `rules` must outlive the result; more text may be
  // added to it. Path patterns are bound by `binder`, if there is one. Tests
  // lower the bound.
  static absl::StatusOr<std::unique_ptr<const CompiledPolicy>> Compile(
      const PolicySpec& spec, std::shared_ptr<PathBinder> binder,
      RuleTable* rules, std::vector<PolicyWarning>* warnings,
      size_t max_patterns = kMaxPatterns);

 private:
  PolicyCompiler(size_t max_patterns, CompiledPolicy* policy)
      : policy_(policy), max_patterns_(max_patterns) {}

  absl::Status AddLayers(const std::vector<LayerSummary>& layers);
  absl::Status AddRules(const PatternScope& scope, RuleTable* rules,
                        std::vector<PolicyWarning>* warnings);
  absl::Status AddRule(const RuleTable& rules, uint32_t number,
                       const PatternScope& scope, RuleWarnings* warnings);
  void AddDeniedLookUp(Candidate candidate);
  absl::Status CountPatterns(size_t count);
  // `bytes` are what the braces of one more rule became.
  absl::Status CountExpanded(size_t bytes);
  absl::Status AddPlainPath(const fs::PlainPath& path,
                            const Candidate& candidate,
                            const RuleLimits* limits);
  absl::Status AddPaths(const std::vector<fs::PathPattern>& paths,
                        const Candidate& candidate, const RuleLimits* limits);
  absl::Status AddPattern(const ParsedPattern& parsed, Candidate candidate,
                          const RuleLimits* limits);
  void Build();

  CompiledPolicy* const policy_;  // in the making
  const size_t max_patterns_;
  size_t patterns_ = 0;
  size_t text_bytes_ = 0;  // of all rules, as written
  size_t expanded_bytes_ = 0;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_POLICY_COMPILER_H_
