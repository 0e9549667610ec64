#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "net/csp/subsume_parts.h"

namespace postern {
namespace csp {
namespace internal {
namespace {

struct InlineList {
  bool all = false;
  bool dynamic = false;
  bool unsafe_hashes = false;
  std::set<std::string> nonces;
  std::set<std::string> hashes;

  bool Allows(const Marks& marks, bool parser_inserted) const {
    return all || nonces.count(marks.nonce) > 0 ||
           hashes.count(marks.hash) > 0 || (dynamic && !parser_inserted);
  }
};

InlineList MakeInlineList(const std::vector<PlacedSource>& sources,
                          InlineKind kind, Dialect dialect) {
  const bool element =
      kind == InlineKind::kScript || kind == InlineKind::kStyle;
  const bool style =
      kind == InlineKind::kStyle || kind == InlineKind::kStyleAttribute;
  InlineList out;
  const std::set<std::string> nonces = ValuesOf(sources, SourceKind::kNonce);
  const std::set<std::string> hashes = ValuesOf(sources, SourceKind::kHash);
  const bool strict = HasKeyword(sources, Keyword::kStrictDynamic);
  out.unsafe_hashes = !element && HasKeyword(sources, Keyword::kUnsafeHashes);
  out.all = HasKeyword(sources, Keyword::kUnsafeInline) && nonces.empty() &&
            hashes.empty() && (style || !strict);
  out.dynamic =
      dialect == Dialect::kChromium && strict && kind == InlineKind::kScript;
  if (element) out.nonces = nonces;
  if (element || out.unsafe_hashes) out.hashes = hashes;
  return out;
}

absl::string_view InlineWords(InlineKind kind) {
  switch (kind) {
    case InlineKind::kScript:
      return "inline scripts";
    case InlineKind::kScriptAttribute:
      return "event handlers in attributes";
    case InlineKind::kStyle:
      return "inline style sheets";
    case InlineKind::kStyleAttribute:
      return "style attributes";
    case InlineKind::kJavaScriptUrl:
      return "javascript: URLs";
  }
  return "";
}

// The first code that all lists allow and `a` does not.
Difference CompareCode(InlineKind kind, const InlineList& a,
                       const std::vector<InlineList>& lists,
                       const std::vector<Marks>& all) {
  for (const Marks& marks : all) {
    const bool any_nonce = !marks.nonce.empty() && !a.nonces.empty();
    for (bool parser_inserted : {true, false}) {
      if (any_nonce || a.Allows({"", marks.hash}, parser_inserted)) continue;
      const bool allowed =
          std::all_of(lists.begin(), lists.end(), [&](const InlineList& list) {
            return list.Allows(marks, parser_inserted);
          });
      if (!allowed) continue;
      return Differs(
          LeafOfInline(kind),
          absl::StrCat(
              InlineWords(kind), marks.nonce.empty() ? "" : " with a nonce",
              marks.hash.empty() ? "" : " with a listed digest",
              parser_inserted ? "" : ", inserted by a trusted script"));
    }
  }
  return NoDifference();
}

// What a keyword allows beside loads and inline code.
struct Power {
  Directive directive;
  Keyword keyword;
  Keyword stronger;  // grants it too
  absl::string_view words;
  bool by_name_only;  // what the stronger one allows is told of elsewhere
};

constexpr Power kPowers[] = {
    {Directive::kScriptSrc, Keyword::kUnsafeEval, Keyword::kUnsafeEval,
     "code from strings (eval)", false},
    {Directive::kScriptSrc, Keyword::kWasmUnsafeEval, Keyword::kUnsafeEval,
     "WebAssembly", false},
    {Directive::kScriptSrc, Keyword::kTrustedTypesEval, Keyword::kUnsafeEval,
     "code from strings of trusted types", true},
    {Directive::kScriptSrcElem, Keyword::kInlineSpeculationRules,
     Keyword::kUnsafeInline, "inline speculation rules", true},
};

bool IsGranted(const Power& power, const DirectiveValue& value,
               Dialect dialect) {
  if (HasKeyword(value.sources, power.keyword)) return true;
  if (power.stronger == Keyword::kUnsafeInline) {
    // Only where nothing beside it voids it.
    return MakeInlineList(value.sources, InlineKind::kScript, dialect).all;
  }
  return HasKeyword(value.sources, power.stronger);
}

Difference ComparePower(const Sides& sides, const Power& power) {
  const DirectiveValue* const bound =
      sides.a.Governing(power.directive, sides.dialect);
  if (bound == nullptr || IsGranted(power, *bound, sides.dialect)) {
    return NoDifference();
  }
  const auto lists = GoverningInB(sides, power.directive);
  const bool allowed =
      std::all_of(lists.begin(), lists.end(), [&](const DirectiveValue* value) {
        return IsGranted(power, *value, sides.dialect);
      });
  const bool by_name = std::any_of(
      lists.begin(), lists.end(), [&power](const DirectiveValue* value) {
        return HasKeyword(value->sources, power.keyword);
      });
  if (!allowed || (power.by_name_only && !by_name)) return NoDifference();
  return Differs(power.directive, std::string(power.words));
}

}  // namespace

Difference CompareInline(const Sides& sides, InlineKind kind) {
  const Directive leaf = LeafOfInline(kind);
  const DirectiveValue* const bound = sides.a.Governing(leaf, sides.dialect);
  if (bound == nullptr) return NoDifference();
  const InlineList a = MakeInlineList(bound->sources, kind, sides.dialect);
  if (a.all) return NoDifference();
  std::vector<InlineList> lists;
  std::vector<std::set<std::string>> nonces, hashes;
  bool unsafe_hashes = true;
  for (const DirectiveValue* value : GoverningInB(sides, leaf)) {
    lists.push_back(MakeInlineList(value->sources, kind, sides.dialect));
    nonces.push_back(lists.back().nonces);
    hashes.push_back(lists.back().hashes);
    unsafe_hashes = unsafe_hashes && lists.back().unsafe_hashes;
  }
  if (!lists.empty() && unsafe_hashes && !a.unsafe_hashes) {
    return Differs(leaf, absl::StrCat(InlineWords(kind), " by their digest"));
  }
  const std::vector<Marks> all = RepresentativeMarks(nonces, hashes, a.hashes);
  if (all.empty()) return Differs(leaf, kTooManyMarks);
  return CompareCode(kind, a, lists, all);
}

std::vector<Subsumption> ComparePowers(const Sides& sides) {
  std::vector<Subsumption> out;
  for (const Power& power : kPowers) {
    Difference found = ComparePower(sides, power);
    if (found) out.push_back(*std::move(found));
  }
  return out;
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
