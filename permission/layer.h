#ifndef POSTERN_PERMISSION_LAYER_H_
#define POSTERN_PERMISSION_LAYER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "permission/rule.h"

namespace postern {

// How the rules of one layer that match an access are settled.
enum class Precedence : uint8_t {
  kDenyOverrides,  // any deny, else any ask, else any allow, else the default
  kMostSpecific,   // the most specific rule; equals by the strictest
};

enum class Mode : uint8_t { kEnforce, kAudit };

// Somebody's word: a set of rules with what holds where they are silent.
// A value type.
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

// A layer said to be of both modes enforces.
inline Mode CombineModes(Mode a, Mode b) {
  return a == Mode::kAudit && b == Mode::kAudit ? Mode::kAudit : Mode::kEnforce;
}

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
  // A deny or ask pattern with a wildcard that ends neither in "/**" nor
  // starts with "exact:" is taken as written instead of refused.
  bool lenient_wildcards = false;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_LAYER_H_
