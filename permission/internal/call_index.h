#ifndef POSTERN_PERMISSION_INTERNAL_CALL_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_CALL_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/set_list.h"

namespace postern {
namespace internal {

// The rules for calls: a look-up by function finds the patterns that are then
// matched one by one.
class CallIndex {
 public:
  void Add(const CallPattern& pattern, Candidate candidate,
           const RuleLimits* limits);
  void Build(const std::vector<LayerTerms>& layers) { sets_.Build(layers); }
  void Evaluate(const Query& query, Contest* contest) const;

  // Calls visit(pattern, rule's candidate) for every rule that names the
  // function that `query` calls and is in force: for Explain.
  template <typename Visit>
  void VisitFunction(const Query& query, Visit visit) const {
    const absl::string_view function = query.access().text();
    for (const LimitedRule<CallPattern>& rule : sets_.limited()) {
      if (rule.pattern.MatchesFunction(function) &&
          InForce(*rule.limits, query.scope())) {
        visit(rule.pattern, rule.candidate);
      }
    }
    VisitSets(function, [&](uint32_t set) {
      for (const Candidate& rule : sets_.rules(set)) {
        visit(sets_.pattern(set), rule);
      }
    });
  }

 private:
  using Map = absl::flat_hash_map<std::string, std::vector<uint32_t>>;

  // visit(set) for the function itself and for each "prefix.*" of it.
  template <typename Visit>
  void VisitSets(absl::string_view function, Visit visit) const {
    const auto visit_all = [&](const Map& map, absl::string_view key) {
      const auto it = map.find(key);
      if (it == map.end()) return;
      for (uint32_t set : it->second) visit(set);
    };
    visit_all(functions_, function);
    for (size_t i = 0; i < function.size(); ++i) {
      if (function[i] == '.') visit_all(plugins_, function.substr(0, i));
    }
  }

  SetList<CallPattern> sets_;
  Map functions_, plugins_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_CALL_INDEX_H_
