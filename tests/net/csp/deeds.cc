#include "tests/net/csp/deeds.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace postern {
namespace csp {
namespace {

Load RandomLoad(const Alphabet& alphabet, bool redirects, Random* random) {
  std::vector<Directive> kinds = {Directive::kBaseUri, Directive::kFormAction,
                                  Directive::kFrameAncestors};
  for (Directive leaf : LeafDirectives()) {
    const bool attribute =
        leaf == Directive::kScriptSrcAttr || leaf == Directive::kStyleSrcAttr;
    if (!attribute) kinds.push_back(leaf);  // attributes load nothing
  }
  Load load;
  load.directive = Pick(kinds, random);
  load.url = *ParseUrl(OneIn(12, random) ? "data:x" : alphabet.Url(random));
  load.redirected = redirects && OneIn(4, random);
  if (OneIn(4, random)) load.nonce = "n";
  load.integrity =
      Pick<std::string>({"", "", "", "sha256-AAAA", "sha256-BBBB"}, random);
  load.parser_inserted = OneIn(2, random);
  return load;
}

InlineCode RandomCode(Random* random) {
  InlineCode code;
  code.kind = Pick<InlineKind>(
      {InlineKind::kScript, InlineKind::kScriptAttribute, InlineKind::kStyle,
       InlineKind::kStyleAttribute, InlineKind::kJavaScriptUrl},
      random);
  code.digests.sha256 =
      Pick<std::string>({"sha256-AAAA", "sha256-BBBB"}, random);
  if (OneIn(3, random)) code.nonce = "n";
  code.parser_inserted = OneIn(2, random);
  return code;
}

}  // namespace

std::string Deed::ToString() const {
  switch (kind) {
    case Kind::kLoad:
      return absl::StrCat(
          DirectiveName(load.directive), " ", load.url.ToString(),
          load.redirected ? " redirected" : "", " nonce ", load.nonce,
          " digest ", load.integrity, load.parser_inserted ? "" : " inserted");
    case Kind::kInline:
      return absl::StrCat("inline ", static_cast<int>(code.kind), " nonce ",
                          code.nonce, " digest ", code.digests.sha256,
                          code.parser_inserted ? "" : " inserted");
    case Kind::kEval:
      return absl::StrCat("eval ", static_cast<int>(eval));
  }
  return "";
}

Deed RandomDeed(const Alphabet& alphabet, bool redirects, Random* random) {
  Deed deed;
  deed.kind =
      Pick<Deed::Kind>({Deed::Kind::kLoad, Deed::Kind::kLoad, Deed::Kind::kLoad,
                        Deed::Kind::kInline, Deed::Kind::kEval},
                       random);
  deed.load = RandomLoad(alphabet, redirects, random);
  deed.code = RandomCode(random);
  deed.eval = OneIn(2, random) ? EvalKind::kWasm : EvalKind::kJavaScript;
  return deed;
}

bool Allows(const Policy& policy, const Origin& self, const Deed& deed,
            Dialect dialect) {
  switch (deed.kind) {
    case Deed::Kind::kLoad:
      return MatchLoad(policy, &self, deed.load, dialect).allowed;
    case Deed::Kind::kInline:
      return MatchInline(policy, deed.code, dialect).allowed;
    case Deed::Kind::kEval:
      return MatchEval(policy, deed.eval, dialect).allowed;
  }
  return false;
}

bool AllAllow(absl::Span<const Policy> policies, const Origin& self,
              const Deed& deed, Dialect dialect) {
  return std::all_of(policies.begin(), policies.end(),
                     [&](const Policy& policy) {
                       return Allows(policy, self, deed, dialect);
                     });
}

}  // namespace csp
}  // namespace postern
