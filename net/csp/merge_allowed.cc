#include "net/csp/merge_allowed.h"

#include <algorithm>

#include "net/csp/subsume.h"

namespace postern {
namespace csp {
namespace internal {
namespace {

// Sources of `list` for one leaf or for code from strings, which the policy
// may restrict.
std::vector<bool> AllowedFor(Directive leaf, const DirectiveValue& list,
                             const Policy& policy, const Origin& self) {
  const DirectiveValue* const governing =
      policy.Governing(leaf, Dialect::kSpec);
  if (governing == nullptr) return std::vector<bool>(list.sources.size(), true);
  DirectiveValue moved = list;
  moved.directive = leaf;
  return AllowedAlready(*governing, moved, self);
}

}  // namespace

bool IsEvalKeyword(const Source& source) {
  return source.Is(Keyword::kUnsafeEval) ||
         source.Is(Keyword::kWasmUnsafeEval) ||
         source.Is(Keyword::kTrustedTypesEval);
}

std::vector<Directive> LeavesUnder(Directive directive) {
  std::vector<Directive> out;
  for (Directive leaf : LeafDirectives()) {
    const auto chain = FallbackChain(leaf);
    if (std::find(chain.begin(), chain.end(), directive) != chain.end()) {
      out.push_back(leaf);
    }
  }
  return out;
}

bool IsShadowed(const Policy& policy, Directive leaf, Directive directive) {
  for (Directive link : FallbackChain(leaf)) {
    if (link == directive) return false;
    if (policy.Find(link) != nullptr) return true;
  }
  return false;
}

std::vector<bool> AllowedSources(const DirectiveValue& asked,
                                 const Policy& policy, const Origin& self) {
  bool counts = false;
  std::vector<bool> loads(asked.sources.size(), true);
  for (Directive leaf : LeavesUnder(asked.directive)) {
    if (IsShadowed(policy, leaf, asked.directive)) continue;
    counts = true;
    const std::vector<bool> allowed = AllowedFor(leaf, asked, policy, self);
    for (size_t i = 0; i < loads.size(); ++i) loads[i] = loads[i] && allowed[i];
  }
  const auto chain = FallbackChain(Directive::kScriptSrc);
  const bool evals =
      std::find(chain.begin(), chain.end(), asked.directive) != chain.end() &&
      !IsShadowed(policy, Directive::kScriptSrc, asked.directive);
  const std::vector<bool> code =
      AllowedFor(Directive::kScriptSrc, asked, policy, self);
  for (size_t i = 0; i < loads.size(); ++i) {
    const bool eval = IsEvalKeyword(asked.sources[i].source);
    loads[i] = eval ? evals && code[i] : counts && loads[i];
  }
  return loads;
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
