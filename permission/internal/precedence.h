#ifndef POSTERN_PERMISSION_INTERNAL_PRECEDENCE_H_
#define POSTERN_PERMISSION_INTERNAL_PRECEDENCE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "permission/layer.h"

namespace postern {
namespace internal {

// The most layers that one policy has: their numbers fit a Decision.
constexpr size_t kMaxPolicyLayers = 62;

// What one rule says through one of its patterns: all that a check needs of
// it. The rule's source and reason stay in the RuleTable.
struct Candidate {
  // The set of the rules that have no resource: less specific than any other.
  static constexpr uint32_t kWholeSet = UINT32_MAX;
  static constexpr uint32_t kMaxRules = (uint32_t{1} << 22) - 1;

  uint32_t permissions;  // bits of a PermissionSet
  uint32_t set;          // the pattern's number in the index of its kind
  uint32_t rule : 22;    // number over all layers, in the order of the spec
  uint32_t layer : 6;
  uint32_t effect_bits : 2;
  uint32_t has_uses : 1;  // its uses are counted

  Effect effect() const { return static_cast<Effect>(effect_bits); }
};

// The rule of a layer that wins so far, while those that match are offered one
// by one.
// Small: a check has one for each layer that there may be on its stack.
struct Winner {
  Winner() : Winner(false, Effect::kDeny, 0, 0) {}
  Winner(bool has_matched, Effect says, uint32_t number, uint32_t pattern)
      : matched(has_matched), effect(says), rule(number), set(pattern) {}

  bool matched : 1;
  Effect effect : 2;
  uint32_t rule : 22;  // as in a Candidate, or Decision::kNoRule
  uint32_t set;
};
static_assert(sizeof(Winner) == 8, "or a check needs more stack");

// Whether a rule of `effect` takes over from one of `current`, in a layer of
// `precedence`, being `specificity` (> 0: more specific, 0: equally) to it.
// The one place where precedence is decided.
inline bool TakesOver(Effect effect, Effect current, Precedence precedence,
                      int specificity) {
  if (precedence == Precedence::kMostSpecific && specificity != 0) {
    return specificity > 0;
  }
  return effect < current;
}

// Compares a rule without a resource with the set of another: it is less
// specific than any other.
inline int BelowAll(uint32_t, uint32_t current) {
  return current == Candidate::kWholeSet ? 0 : -1;
}

// How a rule that is offered stands to those that were offered before.
enum class Standing : uint8_t {
  kWins,   // it alone decides
  kJoins,  // it says the same as the one that is named, being as specific
  kLoses,
};

// Lets `candidate` become its layer's winner if it takes over. `compare` is
// called as compare(candidate.set, winner.set), only where it matters.
template <typename Compare>
Standing Offer(const Candidate& candidate, Precedence precedence,
               Compare compare, Winner* winner) {
  if (winner->matched) {
    const int specificity = precedence == Precedence::kMostSpecific
                                ? compare(candidate.set, winner->set)
                                : 0;
    if (!TakesOver(candidate.effect(), winner->effect, precedence,
                   specificity)) {
      return specificity == 0 && candidate.effect() == winner->effect
                 ? Standing::kJoins
                 : Standing::kLoses;
    }
  }
  *winner = {true, candidate.effect(), candidate.rule, candidate.set};
  return Standing::kWins;
}

// Folds `own`, rules of one set, into `winners`, which holds for each layer
// and permission at most one candidate: those of less specific sets, or of the
// same. Used when building.
void MergeCandidates(absl::Span<const Candidate> own,
                     const std::vector<LayerTerms>& layers,
                     std::vector<Candidate>* winners);

// Those of `own`, rules of one set, that may decide something: for each layer
// and permission the winner and, if that asks, all others that ask as well:
// each of them wants an answer. Used when building.
std::vector<Candidate> DecidingCandidates(
    absl::Span<const Candidate> own, const std::vector<LayerTerms>& layers);

// Lists of candidates in one arena, by number.
class CandidateTable {
 public:
  // The number of a list; an empty one is 0.
  uint32_t Add(absl::Span<const Candidate> list);
  absl::Span<const Candidate> operator[](uint32_t number) const {
    return absl::MakeConstSpan(pool_).subspan(
        begins_[number], begins_[number + 1] - begins_[number]);
  }
  size_t MemoryBytes() const {
    return pool_.capacity() * sizeof(Candidate) +
           begins_.capacity() * sizeof(uint32_t);
  }

 private:
  std::vector<Candidate> pool_;
  std::vector<uint32_t> begins_ = {0, 0};
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PRECEDENCE_H_
