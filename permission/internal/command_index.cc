#include "permission/internal/command_index.h"

#include <utility>

namespace postern {
namespace internal {
namespace {

// `pattern` for one of its programs.
CommandPattern ForOne(const CommandPattern& pattern) {
  CommandPattern one;
  one.name_is_bound = pattern.name_is_bound;
  one.through = pattern.through;
  one.arguments = pattern.arguments;
  return one;
}

}  // namespace

void CommandIndex::AddOne(CommandPattern one, absl::string_view name,
                          uint32_t rank, Candidate candidate,
                          const RuleLimits* limits) {
  if (limits != nullptr) {
    sets_.AddLimited(std::move(one), rank, candidate, limits);
    return;
  }
  const uint32_t set = sets_.AddSet(std::move(one), rank);
  (name.empty() ? others_ : named_[name]).push_back(set);
  sets_.AddRule(set, candidate);
}

// Each program is judged alone: its pattern may be more specific than others.
void CommandIndex::Add(const CommandPattern& pattern, Candidate candidate,
                       const RuleLimits* limits) {
  if (pattern.any_program) {
    CommandPattern any = ForOne(pattern);
    any.any_program = true;
    return AddOne(std::move(any), "", 0, candidate, limits);
  }
  if (!pattern.name.empty()) {
    CommandPattern named = ForOne(pattern);
    named.name = pattern.name;
    AddOne(std::move(named), pattern.name, UINT32_MAX, candidate, limits);
  }
  for (const fs::PathPattern& program : pattern.programs) {
    CommandPattern one = ForOne(pattern);
    one.programs = {program};
    AddOne(std::move(one), ProgramNameIn(program), RankOfProgram(program),
           candidate, limits);
  }
}

void CommandIndex::Evaluate(const Query& query, Contest* contest) const {
  const GivenProgram program = query.program();
  const auto match = [&](const CommandPattern& pattern) {
    return pattern.Matches(program, query.arguments(),
                           query.access().is_through(),
                           query.scope().base_directory);
  };
  VisitSets(program.name, [&](uint32_t set) {
    sets_.OfferSet(set, match(sets_.pattern(set)), query, contest);
  });
  sets_.OfferLimited(query, match, contest);
}

}  // namespace internal
}  // namespace postern
