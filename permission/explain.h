#ifndef POSTERN_PERMISSION_EXPLAIN_H_
#define POSTERN_PERMISSION_EXPLAIN_H_

#include <cstddef>
#include <cstdint>
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
  // A rule that would say otherwise but no longer holds, and why; "" if none.
  std::string spent;
};

// A rule that has to be added to a layer for an access to be allowed.
struct RuleToAdd {
  std::string layer;
  bool new_layer = false;  // to be made: denying by default, with this rule
  Rule rule;
  // The rule as a flag if the layer came from flags, else as a line of a policy
  // file in the text form. Hidden characters are escaped: paste it as it is.
  std::string text;
};

// A rule that denies, and has to be removed or made narrower.
struct RuleInTheWay {
  std::string layer;
  std::string rule;
  RuleSource source;
};

// What stands where a call left the rules.
enum class ActualKind : uint8_t { kText, kNotText, kMissing };

// A decision in words, for the host. For a guest use GuestMessage(). Texts that
// a guest chose are at most kMaxReportedBytes long, see Reported().
struct Explanation {
  Decision decision;
  std::string principal;  // id; may be ""
  Permission permission = Permission::kUnknown;
  std::string operation;  // permission, or the called function
  std::string resource;   // as asked; escaped, to be shown as it is
  // What the host found and the guest did not say: the asked path as a bound
  // policy spells it, if that differs; the name of Access::CanonicalPath() and
  // CanonicalEndpoint(); the address of Resolved(). Escaped. For the host only:
  // it tells where links and names lead.
  std::string canonical;
  // For a call that failed at one argument: the argument's index from 0, its
  // value if that is text, and the patterns that would have matched, as in a
  // rule. There are at most kMaxExpected of these, and up to `more_expected`
  // others. `end_expected`: the call might have ended there. Else -1 and empty.
  int argument = -1;
  ActualKind actual_kind = ActualKind::kText;
  std::string actual;
  std::vector<std::string> expected;
  uint64_t more_expected = 0;
  bool end_expected = false;
  // For a call: the arguments that a rule judged as paths ("path:..."), each
  // with its index from 0 and the absolute name that was judged. Whoever acts
  // from a directory other than the context's base must use these names, and
  // not what was asked.
  std::vector<std::pair<int, std::string>> paths;
  std::string layer;  // deciding
  std::string rule;   // deciding; "" if none
  RuleSource source;  // of that rule
  // What would allow this access and no other (least privilege), or why nothing
  // does. Escaped: show it as it is.
  std::string remedy;
  // The remedy for programs. Once rules_to_add are added and rules_in_the_way
  // are gone, the access is allowed, or a person is asked. Both are empty if
  // there is no such way.
  std::vector<RuleToAdd> rules_to_add;
  std::vector<RuleInTheWay> rules_in_the_way;
  std::vector<LayerAnswer> layers;

  static constexpr size_t kMaxExpected = 20;

  // "\"rm\"", "(not text)", "(missing)": escaped.
  std::string ActualText() const;
  // "\"du\" or \"readlink\" or up to 3 more": escaped.
  std::string ExpectedText() const;
  // Several lines, each ended by a line break.
  std::string ToText() const;
};

enum class GuestDetail : uint8_t { kPlain, kFull };

// What the guest may know. kPlain: "ERR_ACCESS_DENIED: fs.read /a/b"; kFull
// adds argument, expected values and remedy. A concealed denial says in both
// that the resource does not exist. Where the host found a name or an address
// (Explanation::canonical), neither has that nor a remedy: the resource is the
// one that was asked, if it is known, else it is left out.
std::string GuestMessage(const Explanation& explanation, GuestDetail detail);

}  // namespace postern

#endif  // POSTERN_PERMISSION_EXPLAIN_H_
