#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "net/csp/demand.h"
#include "net/csp/subsume_parts.h"

namespace postern {
namespace csp {
namespace internal {

// Each policy of `b` that says the directive takes something away; what they
// leave together is what each of them leaves.
Difference CompareDemand(const Sides& sides, Directive directive) {
  const DirectiveValue* const bound =
      sides.a.Governing(directive, sides.dialect);
  if (bound == nullptr || !DemandsAnything(*bound)) return NoDifference();
  std::vector<const DirectiveValue*> values;
  for (const DirectiveValue* value : GoverningInB(sides, directive)) {
    if (DemandsAnything(*value)) values.push_back(value);
  }
  if (values.empty()) {
    return Differs(directive,
                   absl::StrCat(DirectiveName(directive), " is not demanded"));
  }
  for (const DirectiveValue* value : values) {
    for (const PlacedToken& token : AllTokens(*value)) {
      const bool left = std::all_of(values.begin(), values.end(),
                                    [&token](const DirectiveValue* other) {
                                      return Leaves(*other, token.text);
                                    });
      if (left && !Leaves(*bound, token.text)) {
        return Differs(directive,
                       absl::StrCat(DirectiveName(directive), " ", token.text));
      }
    }
  }
  return NoDifference();
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
