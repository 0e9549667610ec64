#ifndef POSTERN_PERMISSION_ASK_H_
#define POSTERN_PERMISSION_ASK_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "permission/access.h"
#include "permission/principal.h"
#include "permission/rule.h"

namespace postern {

// How long a person's answer holds.
enum class AnswerLifetime : uint8_t {
  kSingle,    // this access, once
  kTimespan,  // until Answer::expires
  kSession,   // while the context lives
  kForever,   // until the rules change
};

struct Answer {
  // Allow or deny; ask = no answer, which denies.
  Effect effect = Effect::kAsk;
  AnswerLifetime lifetime = AnswerLifetime::kSingle;
  absl::Time expires = absl::InfinitePast();  // kTimespan only
  // What the person chose instead of exactly this access; Whole() = exactly
  // this access. A pattern that does not match the access is refused, and so
  // is one that cannot be parsed: then nothing was answered. For a whole or a
  // subtree the answer is kept to exactly that. A call with an argument that
  // is no text is answered for once, whatever the lifetime says.
  RulePattern scope;
};

// What a person is shown. All in plain data: nothing to escape from.
struct Question {
  Principal principal;
  Access access;
  // All rules that ask, of every asking layer; reasons and sources inside. The
  // answer is one to each of them. Rules beneath a whole or a subtree are not
  // named.
  std::vector<Rule> rules;
  absl::Time deadline = absl::InfiniteFuture();
};

// Asks a person. Called outside of any lock, and not after the deadline; may
// block until then, and an answer after it counts as none. May use the context,
// and with its authority publish and quiesce. The question is a view: keep
// copies alone. Must be thread-safe.
class AskHandler {
 public:
  virtual ~AskHandler() = default;
  virtual Answer Ask(const Question& question) = 0;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_ASK_H_
