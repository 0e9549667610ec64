#include "net/csp/merge_allowed.h"

#include <algorithm>

namespace postern {
namespace csp {
namespace internal {
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

bool Allowance::Allows(Directive leaf, const Source& source) {
  const DirectiveValue* const governing =
      policy_.Governing(leaf, Dialect::kSpec);
  if (governing == nullptr) return true;
  auto found = lists_.find(leaf);
  if (found == lists_.end()) {
    found = lists_.emplace(leaf, AllowedByList(*governing, leaf, self_)).first;
  }
  return found->second.Allows(source);
}

bool Allowance::CountsForCode(Directive directive) const {
  const auto chain = FallbackChain(Directive::kScriptSrc);
  return std::find(chain.begin(), chain.end(), directive) != chain.end() &&
         !IsShadowed(policy_, Directive::kScriptSrc, directive);
}

std::vector<bool> Allowance::AllowedSources(const DirectiveValue& asked) {
  std::vector<Directive> leaves = LeavesUnder(asked.directive);
  leaves.erase(std::remove_if(leaves.begin(), leaves.end(),
                              [&](Directive leaf) {
                                return IsShadowed(policy_, leaf,
                                                  asked.directive);
                              }),
               leaves.end());
  const bool code = CountsForCode(asked.directive);
  std::vector<bool> out;
  for (const PlacedSource& s : asked.sources) {
    const bool eval = IsEvalKeyword(s.source);
    bool allowed = eval ? code && Allows(Directive::kScriptSrc, s.source)
                        : !leaves.empty();
    for (Directive leaf : leaves) {
      allowed = allowed && (eval || Allows(leaf, s.source));
    }
    out.push_back(allowed);
  }
  return out;
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
