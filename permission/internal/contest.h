#ifndef POSTERN_PERMISSION_INTERNAL_CONTEST_H_
#define POSTERN_PERMISSION_INTERNAL_CONTEST_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "permission/decision.h"
#include "permission/internal/precedence.h"
#include "permission/internal/query.h"

namespace postern {
namespace internal {

// All rules by which a layer says what it says, by number: those that are as
// strict and as specific as the one that is named.
struct Deciders {
  std::vector<uint32_t> rules;
  Effect effect = Effect::kAllow;  // of these
  bool takes_uses = false;         // the uses of each of them are counted

  void Note(const Candidate& candidate, Standing standing) {
    if (standing == Standing::kWins) {
      rules.clear();
      takes_uses = true;
      effect = candidate.effect();
    }
    takes_uses = takes_uses && candidate.has_uses != 0;
    if (rules.empty() || rules.back() != candidate.rule) {
      rules.push_back(candidate.rule);
    }
  }
  // Whether all that is here was noted in `other`, too.
  bool IsWithin(const Deciders& other) const {
    return std::all_of(rules.begin(), rules.end(), [&](uint32_t rule) {
      return std::find(other.rules.begin(), other.rules.end(), rule) !=
             other.rules.end();
    });
  }
};

// The contest of a policy's layers while the matching rules are offered. Fixed
// in size, on the stack, unless deciders are noted.
class Contest {
 public:
  explicit Contest(const std::vector<LayerTerms>& layers) : layers_(layers) {
    for (size_t i = 0; i < layers.size(); ++i) winners_[i] = Winner();
  }
  // For another question about the same layers; notes what this one notes.
  Contest Fresh() const {
    Contest fresh(layers_);
    if (notes()) fresh.NoteDeciders();
    return fresh;
  }
  // From now on all rules that decide are noted, for acting calls: they ask by
  // each of them, and take its uses. Allocates.
  void NoteDeciders() { deciders_.resize(layers_.size()); }
  // From now on the lowest number is named of the rules that say the same and
  // are as specific, not the first one offered.
  void NameTheLowest() { names_lowest_ = true; }
  Contest(const Contest&) = default;
  Contest& operator=(const Contest&) = delete;

  // Offers those of `candidates` that are for the permissions of `bit`.
  template <typename Compare>
  void OfferAll(absl::Span<const Candidate> candidates, uint32_t bit,
                Compare compare) {
    for (const Candidate& candidate : candidates) {
      if ((candidate.permissions & bit) != 0) OfferOne(candidate, compare);
    }
  }
  template <typename Compare>
  void OfferOne(const Candidate& candidate, Compare compare) {
    const Standing standing =
        Offer(candidate, layers_[candidate.layer].precedence, compare,
              &winners_[candidate.layer]);
    if (notes() && standing != Standing::kLoses) {
      deciders_[candidate.layer].object.Note(candidate, standing);
    }
    if (names_lowest_ && standing == Standing::kJoins) {
      Winner& winner = winners_[candidate.layer];
      winner.rule = std::min<uint32_t>(winner.rule, candidate.rule);
    }
  }

  const Winner& operator[](size_t layer) const { return winners_[layer]; }
  const LayerTerms& info(size_t layer) const { return layers_[layer]; }
  Effect effect(size_t layer) const {
    return winners_[layer].matched ? winners_[layer].effect
                                   : layers_[layer].default_effect;
  }
  // Empty unless they were noted. Of a subtree, those for the object on top
  // and those for all of it.
  struct PartDeciders {
    Deciders object, subtree;
  };
  PartDeciders deciders(size_t layer) const {
    return notes() ? deciders_[layer] : PartDeciders();
  }
  // What decides is not one of the layer's own rules.
  void Grant(size_t layer) {
    winners_[layer] = {true, Effect::kAllow, Decision::kNoRule, 0};
    if (notes()) deciders_[layer] = {};
  }
  void Take(size_t layer, const Contest& other) {
    winners_[layer] = other.winners_[layer];
    if (notes()) deciders_[layer] = other.deciders_[layer];
  }
  // Takes from `other`, an address, what it adds to `name`, which was granted:
  // rules that took a use for the name take none again.
  void TakeBeside(size_t layer, const Contest& name, const Contest& other) {
    Take(layer, other);
    if (!notes()) return;
    const Deciders& paid = name.deciders_[layer].object;
    Deciders* const own = &deciders_[layer].object;
    if (paid.takes_uses && own->IsWithin(paid)) own->takes_uses = false;
  }
  // Makes what denies by a rule of `other` the answer.
  void TakeDenials(const Contest& other) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (other[i].matched && other[i].effect == Effect::kDeny &&
          effect(i) != Effect::kDeny) {
        Take(i, other);
      }
    }
  }
  // Makes layer by layer the stricter of both answers the answer: `all` is for
  // all of a subtree, these are for the object on top.
  void TakeStricter(const Contest& all) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (all.effect(i) < effect(i)) winners_[i] = all.winners_[i];
      if (notes()) deciders_[i].subtree = all.deciders_[i].object;
    }
  }

 private:
  bool notes() const { return !deciders_.empty(); }

  const std::vector<LayerTerms>& layers_;
  bool names_lowest_ = false;
  Winner winners_[kMaxPolicyLayers];    // as many as layers_ are in use
  std::vector<PartDeciders> deciders_;  // by layer, or none
};

// What narrower rules say to a question for a whole: of some object in it.
// Bits of permissions.
struct Narrower {
  uint32_t deny = 0;            // an enforcing layer denies
  uint32_t concealed_deny = 0;  // one that conceals
  uint32_t ask = 0;             // an enforcing layer asks
  uint32_t audit_deny = 0;      // a layer in audit mode denies

  void Add(const Candidate& candidate, const LayerTerms& layer) {
    const uint32_t bits = candidate.permissions;
    if (candidate.effect() == Effect::kAllow) return;
    if (layer.mode == Mode::kAudit) {
      if (candidate.effect() == Effect::kDeny) audit_deny |= bits;
    } else if (candidate.effect() == Effect::kAsk) {
      ask |= bits;
    } else {
      deny |= bits;
      if (layer.conceal) concealed_deny |= bits;
    }
  }
  bool empty() const { return (deny | concealed_deny | ask | audit_deny) == 0; }
  void Add(const Narrower& other) {
    deny |= other.deny;
    concealed_deny |= other.concealed_deny;
    ask |= other.ask;
    audit_deny |= other.audit_deny;
  }
};

// A rule that may cease to hold; such rules are few and matched one by one.
template <typename Pattern>
struct LimitedRule {
  Pattern pattern;
  Candidate candidate;
  const RuleLimits* limits;  // of the policy's RuleTable
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_CONTEST_H_
