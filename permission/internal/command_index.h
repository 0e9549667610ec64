#ifndef POSTERN_PERMISSION_INTERNAL_COMMAND_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_COMMAND_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "permission/internal/command_pattern.h"
#include "permission/internal/set_list.h"

namespace postern {
namespace internal {

// The rules for commands: a look-up by the last component of the program's name
// finds the patterns that are then matched one by one, and so are those whose
// last component is a wildcard.
class CommandIndex {
 public:
  void Add(const CommandPattern& pattern, Candidate candidate,
           const RuleLimits* limits);
  void Build(const std::vector<LayerTerms>& layers) { sets_.Build(layers); }
  void Evaluate(const Query& query, Contest* contest) const;

  // Calls visit(arguments' pattern, rule's candidate) for every rule that is
  // known to name the program of `query` and is in force: for Explain.
  template <typename Visit>
  void VisitProgram(const Query& query, Visit visit) const {
    const GivenProgram program = query.program();
    for (const LimitedRule<CommandPattern>& rule : sets_.limited()) {
      if (rule.pattern.MatchesProgram(program) == Match::kYes &&
          InForce(*rule.limits, query.scope())) {
        visit(*rule.pattern.arguments, rule.candidate);
      }
    }
    VisitSets(program.name, [&](uint32_t set) {
      const CommandPattern& pattern = sets_.pattern(set);
      if (pattern.MatchesProgram(program) != Match::kYes) return;
      for (const Candidate& rule : sets_.rules(set)) {
        visit(*pattern.arguments, rule);
      }
    });
  }

 private:
  // Of one program.
  void AddOne(CommandPattern one, absl::string_view name, uint32_t rank,
              Candidate candidate, const RuleLimits* limits);

  template <typename Visit>
  void VisitSets(absl::string_view name, Visit visit) const {
    const auto it = named_.find(name);
    if (it != named_.end()) {
      for (uint32_t set : it->second) visit(set);
    }
    for (uint32_t set : others_) visit(set);
  }

  SetList<CommandPattern> sets_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> named_;
  std::vector<uint32_t> others_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_COMMAND_INDEX_H_
