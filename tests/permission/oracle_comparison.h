#ifndef POSTERN_TESTS_PERMISSION_ORACLE_COMPARISON_H_
#define POSTERN_TESTS_PERMISSION_ORACLE_COMPARISON_H_

#include <cstdint>
#include <string>

namespace postern {
namespace testing {

// What was compared, and how much of it could have told a difference.
struct ComparisonTally {
  int64_t stacks = 0;
  int64_t refused_stacks = 0;  // by both, when built
  int64_t cases = 0;
  int64_t allowed = 0;
  int64_t two_rules = 0;       // two or more rules matched
  int64_t allow_and_deny = 0;  // both in one layer
  int64_t by_wildcard = 0;
  // In a stack of two to four layers that holds an ask rule, an audit layer
  // and a drop.
  int64_t layered = 0;
};

struct Comparison {
  ComparisonTally tally;
  // The first difference, made small, in words; "" if none was found.
  std::string difference;
};

// Compares the engine with the oracle on at least `cases` random accesses, or
// until they differ.
Comparison CompareWithOracle(uint64_t seed, int64_t cases);

// How many cases a run compares unless POSTERN_CASES says otherwise: a million,
// and a tenth of it under a sanitizer, which makes all slow.
int64_t DefaultCases();

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_ORACLE_COMPARISON_H_
