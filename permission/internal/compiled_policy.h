#ifndef POSTERN_PERMISSION_INTERNAL_COMPILED_POLICY_H_
#define POSTERN_PERMISSION_INTERNAL_COMPILED_POLICY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "permission/internal/call_index.h"
#include "permission/internal/command_index.h"
#include "permission/internal/contest.h"
#include "permission/internal/endpoint_index.h"
#include "permission/internal/name_index.h"
#include "permission/internal/outcome.h"
#include "permission/internal/path_index.h"
#include "permission/internal/rule_table.h"
#include "permission/internal/secret_index.h"
#include "permission/layer.h"

namespace postern {
namespace internal {

// The rules of a RuleTable, indexed by kind of resource. Immutable; borrows the
// table's limits. Made by PolicyCompiler. Thread-safe.
class CompiledPolicy {
 public:
  // Adds to `outcome` what all layers say of the valid `query`; told to
  // `trace`, if there is one.
  void Decide(const Query& query, const Outcome::Place& place, Trace* trace,
              Outcome* outcome) const;
  // What all layers say, fused, of one path as the policy spells it and for the
  // permission of `bit`: much faster. False where that was not worked out in
  // advance.
  bool FindPath(const fs::PathComponents& path, uint32_t bit,
                Decision* fused) const {
    return (limited_whole_permissions_ & bit) == 0 &&
           paths_.Find(path, bit, fused);
  }
  // Some enforcing layer denies by default.
  bool grants() const { return grants_; }
  // Some layer marks what is denied: by concealing, or by saying that it would.
  bool marks_denials() const { return marks_denials_; }
  // Offers every rule that matches the valid `query`. For a whole or a
  // subtree `narrower` hears of the rules that match only parts of it.
  void Evaluate(const Query& query, Contest* contest, Narrower* narrower) const;

  const std::vector<LayerTerms>& layers() const { return layers_; }
  // Some rule expires.
  bool reads_clock() const { return !expiries_.empty(); }
  // Some rule expires after `after` and not after `until`.
  bool ExpiresWithin(absl::Time after, absl::Time until) const;
  // Some rule without a resource has limits and is for a permission of `bits`.
  bool HasLimitedWhole(uint32_t bits) const;
  const CallIndex& calls() const { return calls_; }
  const CommandIndex& commands() const { return commands_; }
  const EndpointIndex& endpoints() const { return endpoints_; }
  const PathIndex& paths() const { return paths_; }
  // In normal form; "" if none.
  const std::string& base_directory() const { return base_directory_; }

 private:
  friend class PolicyCompiler;
  CompiledPolicy() = default;

  // A rule that may cease to hold and needs no matching.
  struct LimitedWhole {
    Candidate candidate;
    const RuleLimits* limits;  // of the RuleTable
  };

  void EvaluateWhole(const Query& query, Contest* contest) const;
  void EvaluateLimitedWhole(const Query& query, Contest* contest) const;
  void EvaluateEndpoint(const Query& query, Contest* contest) const;
  void EvaluateResolved(const Query& query, Contest* contest) const;
  void EvaluateEveryHost(const net::Endpoint& endpoint, uint32_t bit,
                         EndpointIndex::Holds holds, Contest* contest) const;
  void EvaluateHost(const net::Endpoint& endpoint, uint32_t bit,
                    EndpointIndex::Holds holds, Contest* contest) const;
  bool NameStandsFor(const Winner& every_host, const Winner& name,
                     const LayerTerms& layer, bool leads) const;
  void EvaluateSubtree(const Query& query, Contest* contest,
                       Narrower* narrower) const;
  void EvaluateResource(const Query& query, Contest* contest,
                        Narrower* narrower) const;

  std::vector<LayerTerms> layers_;
  std::string base_directory_;
  std::vector<absl::Time> expiries_;  // ascending, each once
  bool grants_ = false;
  bool marks_denials_ = false;
  bool denies_look_ups_ = false;  // a rule denies net.resolve

  std::vector<Candidate> whole_;  // rules without a resource that may decide
  std::vector<LimitedWhole> limited_whole_;
  uint32_t limited_whole_permissions_ = 0;  // of any of these
  // The unlimited rules with a resource; and those with limits that ask.
  Narrower narrower_;
  std::vector<LimitedWhole> limited_asks_;

  PathIndex paths_;
  NameIndex names_;
  CallIndex calls_;
  CommandIndex commands_;
  SecretIndex secrets_;
  EndpointIndex endpoints_;
};

// Calls visit(arguments' pattern, rule's candidate) for every rule that names
// what `query` calls or starts and is in force.
template <typename Visit>
void VisitArguments(const Query& query, const CompiledPolicy& policy,
                    Visit visit) {
  if (query.access().form() == Access::Form::kCommand) {
    policy.commands().VisitProgram(query, visit);
  } else {
    policy.calls().VisitFunction(query, visit);
  }
}

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_COMPILED_POLICY_H_
