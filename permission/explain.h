#ifndef POSTERN_PERMISSION_EXPLAIN_H_
#define POSTERN_PERMISSION_EXPLAIN_H_

#include <string>
#include <utility>
#include <vector>

#include "permission/decision.h"
#include "permission/layer.h"
#include "permission/rule.h"

namespace postern {

// How one layer answers an access.
struct LayerAnswer {
  std::string layer;
  Mode mode = Mode::kEnforce;
  Effect effect = Effect::kDeny;
  bool by_default = true;  // no rule matched
  std::string rule;        // pattern of the deciding rule; "" by default
  RuleSource source;       // of that rule
  std::string reason;      // of that rule
};

// A decision in words, for the host. For a guest use GuestMessage().
struct Explanation {
  Decision decision;
  std::string principal;  // id; may be ""
  Permission permission = Permission::kUnknown;
  std::string operation;  // permission, or the called function
  std::string resource;   // as asked, control bytes escaped
  // How a bound policy spells the path that was asked, if otherwise; control
  // bytes escaped. For the host: it tells where links lead.
  std::string canonical;
  // Of a call that failed at one argument: its index from 0, its value and
  // every value that would have passed there; -1 and empty otherwise.
  int argument = -1;
  std::string actual;
  std::vector<std::string> expected;
  // Of a call: the arguments that a rule judged as paths ("path:..."), by index
  // from 0, as the absolute names that it judged. Who acts in another directory
  // than the context's base uses these instead of what was asked.
  std::vector<std::pair<int, std::string>> paths;
  std::string layer;  // deciding
  std::string rule;   // deciding; "" if none
  RuleSource source;  // of that rule
  // One sentence: what would allow it, and no more than it. Escaped, to be
  // shown as it is.
  std::string remedy;
  std::vector<LayerAnswer> layers;

  // Several lines, each ended by a line break.
  std::string ToText() const;
};

enum class GuestDetail : uint8_t { kPlain, kFull };

// What the guest may know. kPlain: "ERR_ACCESS_DENIED: fs.read /a/b"; kFull
// adds argument, expected values and remedy. A concealed denial says in both
// that the resource does not exist.
std::string GuestMessage(const Explanation& explanation, GuestDetail detail);

}  // namespace postern

#endif  // POSTERN_PERMISSION_EXPLAIN_H_
