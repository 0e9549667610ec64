#ifndef POSTERN_PERMISSION_INTERNAL_TRIAL_BUDGET_H_
#define POSTERN_PERMISSION_INTERNAL_TRIAL_BUDGET_H_

#include <cstdint>

namespace postern {
namespace internal {

// What may be spent on trying text against patterns of calls and paths, for all
// of one policy or manifest together: somebody else wrote it. In steps of bytes
// of text times size of the pattern, which is what they take at worst.
class TrialBudget {
 public:
  // About a second.
  static constexpr uint64_t kMaxSteps = uint64_t{1} << 29;

  // False, and nothing is taken, if there is no more.
  bool Take(uint64_t steps) {
    if (steps > left_) return false;
    left_ -= steps;
    return true;
  }

 private:
  uint64_t left_ = kMaxSteps;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_TRIAL_BUDGET_H_
