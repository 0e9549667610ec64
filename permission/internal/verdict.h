#ifndef POSTERN_PERMISSION_INTERNAL_VERDICT_H_
#define POSTERN_PERMISSION_INTERNAL_VERDICT_H_

#include <cstring>

#include "permission/decision.h"

namespace postern {
namespace internal {

// A decision as what a monitor of fs or net answers (fs::Verdict,
// net::Verdict), which hands it through without knowing what it is.
template <typename Verdict>
Verdict VerdictOf(const Decision& decision) {
  static_assert(sizeof(Decision) == sizeof(Verdict::decision), "handed on");
  Verdict verdict;
  verdict.allowed = decision.allowed();
  verdict.concealed = decision.concealed();
  verdict.asks = decision.effect() == Effect::kAsk;
  std::memcpy(&verdict.decision, &decision, sizeof(decision));
  return verdict;
}

// The decision that a verdict holds. All-zero bytes are a denial.
template <typename Verdict>
Decision DecisionIn(const Verdict& verdict) {
  Decision decision;
  std::memcpy(static_cast<void*>(&decision), &verdict.decision,
              sizeof(decision));
  return decision;
}

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_VERDICT_H_
