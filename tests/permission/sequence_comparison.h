#ifndef POSTERN_TESTS_PERMISSION_SEQUENCE_COMPARISON_H_
#define POSTERN_TESTS_PERMISSION_SEQUENCE_COMPARISON_H_

#include <cstdint>
#include <string>

namespace postern {
namespace testing {

// What was compared, and how much of it could have told a difference.
struct SequenceTally {
  int64_t acts = 0;
  int64_t allowed = 0;
  int64_t asked = 0;         // a person
  int64_t asked_by_two = 0;  // by several rules at once
  int64_t remembered = 0;    // an answer was known
  int64_t uses = 0;          // that were taken
  int64_t clock_back = 0;    // the clock was set back
};

struct SequenceComparison {
  SequenceTally tally;
  // The first sequence that led to a difference, in words; "" if none did.
  std::string difference;
};

// Compares contexts with their model on `sequences` random sequences of calls:
// acting, answering, counting, dropping, restricting, deriving, publishing,
// while the clock goes forth and back. Or until they differ.
SequenceComparison CompareSequences(uint64_t seed, int64_t sequences);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_SEQUENCE_COMPARISON_H_
