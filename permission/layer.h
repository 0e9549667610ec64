#ifndef POSTERN_PERMISSION_LAYER_H_
#define POSTERN_PERMISSION_LAYER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "permission/rule.h"

namespace postern {

// Which rule wins where several rules of one layer match an access.
enum class Precedence : uint8_t {
  kDenyOverrides,  // any deny, else any ask, else any allow, else the default
  kMostSpecific,   // the most specific rule; of equals, the strictest
};

enum class Mode : uint8_t { kEnforce, kAudit };

// The rules of one source, such as the host, a user or an approval, and a
// default where no rule matches. No layer can widen what another one denies: of
// all layers that enforce, the strictest answer counts. A value type.
struct Layer {
  std::string name;
  Effect default_effect = Effect::kDeny;  // kDeny or kAllow
  Precedence precedence = Precedence::kDenyOverrides;
  Mode mode = Mode::kEnforce;
  // What this layer denies is shown to the guest as not existing.
  bool conceal = false;
  std::vector<Rule> rules;
};

// How a layer settles what its rules say, and what comes of it: all of a layer
// that a check needs beside its rules.
struct LayerTerms {
  Effect default_effect = Effect::kDeny;
  Precedence precedence = Precedence::kDenyOverrides;
  Mode mode = Mode::kEnforce;
  bool conceal = false;
};

// A layer without its rules, which are numbered over all layers of a policy.
struct LayerSummary : LayerTerms {
  std::string name;
  uint32_t first_rule = 0;
  uint32_t rule_count = 0;
};

// Names of a plugin function's parameters, by full function name
// ("exec.in.run"); a last name "*rest" takes what is left over.
// Looked up without a copy.
using Signatures = std::map<std::string, std::vector<std::string>, std::less<>>;

// Everything that a policy is built from. A value type.
struct PolicySpec {
  std::vector<Layer> layers;
  Signatures signatures;
  // Where relative path patterns and names start: absolute, "" = they are
  // refused.
  std::string base_directory;
  // What ${NAME} stands for in path patterns; the values are literal.
  std::map<std::string, std::string> variables;
  // A deny or ask pattern with a wildcard leaves open what lies beneath, unless
  // it ends in "/**". Such a pattern is refused if it does not start with
  // "exact:"; with this set it is taken as written.
  bool lenient_wildcards = false;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_LAYER_H_
