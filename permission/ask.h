#ifndef POSTERN_PERMISSION_ASK_H_
#define POSTERN_PERMISSION_ASK_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "permission/access.h"
#include "permission/principal.h"
#include "permission/rule.h"

namespace postern {

// How long a person's answer holds. Every answer ends with the context, and
// when the rules that it is for change: nothing here writes it down. What shall
// hold in the next run is for the host to keep, as a rule or an approval.
enum class AnswerLifetime : uint8_t {
  kSingle,    // this access, once
  kTimespan,  // until Answer::expires
  kSession,   // as long as answers can hold
  kForever,   // the same here: that the host should keep it
};

struct Answer {
  // Allow or deny; ask = no answer, which denies.
  Effect effect = Effect::kAsk;
  AnswerLifetime lifetime = AnswerLifetime::kSingle;
  absl::Time expires = absl::InfinitePast();  // kTimespan only
  // What the answer covers; Whole() = exactly this access. A pattern that
  // cannot be parsed, or that does not match the access, is refused: then
  // nothing was answered. An answer about a whole permission or a subtree
  // covers exactly that. An answer about a call with an argument that is no
  // text counts once, whatever the lifetime says.
  RulePattern scope;
};

// What a person is asked. These are plain data, so that no text of a guest can
// pass for another part of the question. Whoever shows them escapes them
// (permission/text/display.h).
struct Question {
  Principal principal;
  Access access;
  // Every rule that asks, of every layer, with its reason and source. The
  // answer counts for each of them. If the access is a whole permission or a
  // subtree, the rules beneath it are not listed.
  std::vector<Rule> rules;
  absl::Time deadline = absl::InfiniteFuture();
};

// Asks a person. It is called while no lock of ours is held, and not after the
// deadline. It may block until the deadline; a later answer counts as none. It
// may use the context, and with its authority publish and quiesce. The question
// is a view: copy what is to be kept. Must be thread-safe.
class AskHandler {
 public:
  virtual ~AskHandler() = default;
  virtual Answer Ask(const Question& question) = 0;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_ASK_H_
