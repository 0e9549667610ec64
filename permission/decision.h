#ifndef POSTERN_PERMISSION_DECISION_H_
#define POSTERN_PERMISSION_DECISION_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "permission/rule.h"

namespace postern {

namespace internal {
struct DecisionParts;
}

// Why a decision is as it is.
enum class Reason : uint8_t {
  kNone = 0,           // nothing was decided: deny
  kRule,               // a rule of the named layer
  kDefault,            // no rule of the named layer matched: its default
  kDropped,            // the context gave this up
  kNoGrantLayer,       // no enforcing layer denies by default
  kUnknownPermission,  // not one of Permission
  kInvalidResource,    // empty, NUL, over-long, of the wrong kind
  kNarrowerRule,       // asked for a whole: a rule beneath it is stricter
  kUnconfined,         // AllowUnconfined()
  kAnswered,           // a person (or a stored answer) decided
  kNoAnswer,           // asked, and nobody answered in time
  kStale,              // the rules changed while somebody was asked
  kUsedUp,             // the rule's last use was taken meanwhile
  kUnenforceable,      // the kernel cannot do this safely here
  kProtected,          // the host needs this name to stay what it is
  kNotNamed,           // granted only by what is granted further up
};

// "rule", "default", "dropped", ...: stable codes for logs and JSON.
absl::string_view ReasonCode(Reason reason);

// The answer to an access, with its provenance: the rule, layer and context
// that decided. All-zero bytes are a denial, and so is every value whose effect
// byte is zero. There is no conversion to bool or integer, so that nobody reads
// an answer by accident. Explain() puts it into words.
class [[nodiscard]] Decision {
 public:
  // What rule() is for decisions that no rule made.
  static constexpr uint32_t kNoRule = (uint32_t{1} << 22) - 1;
  // The layer number of a context's own drops.
  static constexpr int kDropLayer = 63;

  constexpr Decision() : Decision(Effect::kDeny, Reason::kNone) {}

  constexpr bool allowed() const {
    return effect_ == static_cast<uint8_t>(Effect::kAllow);
  }
  constexpr Effect effect() const {
    return allowed()                                       ? Effect::kAllow
           : effect_ == static_cast<uint8_t>(Effect::kAsk) ? Effect::kAsk
                                                           : Effect::kDeny;
  }
  constexpr Reason reason() const { return static_cast<Reason>(reason_); }
  // A denial that the guest must see as "does not exist".
  constexpr bool concealed() const { return concealed_; }
  // A layer in audit mode would have denied.
  constexpr bool would_deny() const { return would_deny_; }
  // The layer that decided, in the stack of the context `depth` links above
  // the root; meaningful for kRule, kDefault, kDropped, kNarrowerRule.
  constexpr int layer() const { return layer_; }
  constexpr int depth() const { return depth_; }
  // The deciding rule's number in that snapshot, or kNoRule.
  constexpr uint32_t rule() const { return rule_; }
  // Which snapshot of that context, modulo 65536.
  constexpr uint16_t generation() const { return generation_; }

  // Equal in every part.
  friend constexpr bool operator==(const Decision& a, const Decision& b) {
    return a.effect_ == b.effect_ && a.reason_ == b.reason_ &&
           a.concealed_ == b.concealed_ && a.would_deny_ == b.would_deny_ &&
           a.generation_ == b.generation_ && a.depth_ == b.depth_ &&
           a.layer_ == b.layer_ && a.rule_ == b.rule_;
  }

 private:
  friend struct internal::DecisionParts;
  constexpr Decision(Effect effect, Reason reason)
      : effect_(static_cast<uint8_t>(effect)),
        reason_(static_cast<uint8_t>(reason) & 63),
        concealed_(0),
        would_deny_(0),
        generation_(0),
        depth_(0),
        layer_(0),
        rule_(0) {}

  uint8_t effect_;
  uint8_t reason_ : 6;
  uint8_t concealed_ : 1;
  uint8_t would_deny_ : 1;
  uint16_t generation_;
  uint32_t depth_ : 4;
  uint32_t layer_ : 6;
  uint32_t rule_ : 22;
};

static_assert(sizeof(Decision) == 8, "a decision travels in one register");

}  // namespace postern

#endif  // POSTERN_PERMISSION_DECISION_H_
