#include "net/csp/subsume.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "net/csp/reach.h"

namespace postern {
namespace csp {
namespace {

constexpr size_t kMaxPairs = 100000;
constexpr size_t kMaxLists = 64;

using Sources = std::vector<PlacedSource>;

const Sources* SourcesOf(const DirectiveValue* value) {
  return value == nullptr ? nullptr : &value->sources;
}

bool Has(const Sources& sources, Keyword keyword) {
  return std::any_of(sources.begin(), sources.end(),
                     [keyword](const PlacedSource& s) {
                       return s.source.kind == SourceKind::kKeyword &&
                              s.source.keyword == keyword;
                     });
}

std::set<std::string> ValuesOf(const Sources& sources, SourceKind kind) {
  std::set<std::string> out;
  for (const PlacedSource& s : sources) {
    if (s.source.kind == kind) out.insert(s.source.value);
  }
  return out;
}

// Values of nonces or hashes that behave alike: in the same lists. One
// representative of each is enough.
std::vector<std::string> Representatives(
    const std::vector<std::set<std::string>>& lists,
    const std::set<std::string>& other) {
  std::map<std::string, uint64_t> masks;
  for (size_t i = 0; i < lists.size(); ++i) {
    for (const std::string& value : lists[i]) masks[value] |= uint64_t{1} << i;
  }
  std::set<std::pair<uint64_t, bool>> seen;
  std::vector<std::string> out = {""};
  for (const auto& entry : masks) {
    if (seen.insert({entry.second, other.count(entry.first) > 0}).second) {
      out.push_back(entry.first);
    }
  }
  return out;
}

// What one list says about loads of one kind.
struct LoadList {
  bool scripts = false;  // nonces, hashes and 'strict-dynamic' count
  bool dynamic = false;
  std::set<std::string> nonces;
  std::set<std::string> hashes;
  std::vector<Atom> atoms;  // none beside 'strict-dynamic', which voids them

  // Whether a load with these marks may come from anywhere.
  bool Everything(const std::string& nonce, const std::string& hash,
                  bool parser_inserted) const {
    return nonces.count(nonce) > 0 || hashes.count(hash) > 0 ||
           (dynamic && !parser_inserted);
  }
};

bool ScriptRules(Directive leaf, Directive governing) {
  return governing == Directive::kScriptSrc ||
         governing == Directive::kScriptSrcElem ||
         (governing == Directive::kDefaultSrc &&
          leaf == Directive::kScriptSrcElem);
}

LoadList MakeLoadList(const DirectiveValue& value, Directive leaf,
                      const Origin& self, Dialect dialect) {
  LoadList out;
  out.scripts = ScriptRules(leaf, value.directive);
  // A worker has neither nonce nor digest.
  const bool worker = leaf == Directive::kWorkerSrc;
  if ((out.scripts && !worker) || leaf == Directive::kStyleSrcElem) {
    out.nonces = ValuesOf(value.sources, SourceKind::kNonce);
  }
  if (out.scripts && !worker) {
    out.hashes = ValuesOf(value.sources, SourceKind::kHash);
  }
  if (out.scripts || (worker && dialect == Dialect::kChromium)) {
    out.dynamic = Has(value.sources, Keyword::kStrictDynamic);
  }
  if (out.dynamic) return out;
  for (const PlacedSource& s : value.sources) {
    for (Atom& atom : AtomsOf(s.source, leaf, self, dialect)) {
      out.atoms.push_back(std::move(atom));
    }
  }
  return out;
}

// What several lists allow together; `everything` unless one bounds it.
struct Together {
  bool everything = true;
  bool too_much = false;
  std::vector<Atom> atoms;
};

Together MeetAll(const std::vector<LoadList>& lists, const std::string& nonce,
                 const std::string& hash, bool parser_inserted) {
  Together out;
  for (const LoadList& list : lists) {
    if (list.Everything(nonce, hash, parser_inserted)) continue;
    const std::vector<Atom>& atoms = list.atoms;
    if (out.everything) {
      out.everything = false;
      out.atoms = atoms;
      continue;
    }
    if (out.atoms.size() * atoms.size() > kMaxPairs) {
      out.too_much = true;
      return out;
    }
    std::vector<Atom> met;
    for (const Atom& a : out.atoms) {
      for (const Atom& b : atoms) {
        absl::optional<Atom> both = Meet(a, b);
        if (both) met.push_back(*std::move(both));
      }
    }
    out.atoms = std::move(met);
  }
  return out;
}

// What a keyword allows beside loads and inline code.
struct Power {
  Directive directive;
  Keyword keyword;
  Keyword stronger;  // grants it too
  absl::string_view words;
  bool by_name_only;  // the absence of a list is told of elsewhere
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

class Comparer {
 public:
  Comparer(const Policy& a, absl::Span<const Policy> b, const Origin& self,
           Dialect dialect)
      : a_(a), b_(b), self_(self), dialect_(dialect) {}

  // The differences, one a kind of load or power; at most the first if one is
  // enough.
  std::vector<Subsumption> Run(bool first_only) {
    first_only_ = first_only;
    if (b_.size() > kMaxLists) {
      Fail(Directive::kDefaultSrc, "more policies than can be compared");
      Next();
      return std::move(found_);
    }
    for (Directive leaf : LeafDirectives()) {
      const bool attribute =
          leaf == Directive::kScriptSrcAttr || leaf == Directive::kStyleSrcAttr;
      if (Next() && !attribute) CompareLoads(leaf);
    }
    for (Directive list : {Directive::kBaseUri, Directive::kFormAction,
                           Directive::kFrameAncestors}) {
      if (Next()) CompareLoads(list);
    }
    for (InlineKind kind : {InlineKind::kScript, InlineKind::kScriptAttribute,
                            InlineKind::kStyle, InlineKind::kStyleAttribute}) {
      if (Next()) CompareInline(kind);
    }
    for (const Power& power : kPowers) {
      if (Next()) ComparePower(power);
    }
    for (Directive directive :
         {Directive::kSandbox, Directive::kUpgradeInsecureRequests,
          Directive::kRequireTrustedTypesFor, Directive::kTrustedTypes}) {
      if (Next()) CompareDemand(directive);
    }
    Next();
    return std::move(found_);
  }

 private:
  // Keeps what was found; whether to go on.
  bool Next() {
    if (out_.holds) return !first_only_ || found_.empty();
    found_.push_back(std::move(out_));
    out_ = Subsumption();
    return !first_only_;
  }

  void Fail(Directive directive, std::string counterexample) {
    out_.holds = false;
    out_.directive = directive;
    out_.counterexample = std::move(counterexample);
  }

  // The values of the lists of `b` that govern, without those that are silent.
  std::vector<const DirectiveValue*> GoverningInB(Directive directive) const {
    std::vector<const DirectiveValue*> out;
    for (const Policy& policy : b_) {
      const DirectiveValue* const value = policy.Governing(directive, dialect_);
      if (value != nullptr) out.push_back(value);
    }
    return out;
  }

  // ---- Loads ----

  void CompareLoads(Directive leaf) {
    const DirectiveValue* const bound = a_.Governing(leaf, dialect_);
    if (bound == nullptr) return;
    const LoadList a = MakeLoadList(*bound, leaf, self_, dialect_);
    std::vector<LoadList> lists;
    for (const DirectiveValue* value : GoverningInB(leaf)) {
      lists.push_back(MakeLoadList(*value, leaf, self_, dialect_));
    }
    Reach reach;
    for (const Atom& atom : a.atoms) reach.Add(atom);
    std::vector<std::set<std::string>> nonces, hashes;
    bool dynamic = a.dynamic;
    for (const LoadList& list : lists) {
      nonces.push_back(list.nonces);
      hashes.push_back(list.hashes);
      dynamic = dynamic || list.dynamic;
    }
    for (const std::string& nonce : Representatives(nonces, {})) {
      for (const std::string& hash : Representatives(hashes, a.hashes)) {
        // No worker stands in the page's text.
        if (leaf != Directive::kWorkerSrc || !dynamic) {
          CompareMarked(leaf, a, reach, lists, nonce, hash, true);
        }
        if (dynamic) CompareMarked(leaf, a, reach, lists, nonce, hash, false);
        if (!out_.holds) return;
      }
    }
  }

  void CompareMarked(Directive leaf, const LoadList& a, const Reach& reach,
                     const std::vector<LoadList>& lists,
                     const std::string& nonce, const std::string& hash,
                     bool parser_inserted) {
    if (!out_.holds) return;
    const bool any_nonce = !nonce.empty() && !a.nonces.empty();
    if (any_nonce || a.Everything("", hash, parser_inserted)) return;
    const Together together = MeetAll(lists, nonce, hash, parser_inserted);
    if (together.too_much) {
      return Fail(leaf, "more sources than can be compared");
    }
    Load load;
    load.directive = leaf;
    load.nonce = nonce;
    load.integrity = hash;
    load.parser_inserted = parser_inserted;
    if (together.everything) {
      Atom anywhere;
      anywhere.scheme = "https";
      anywhere.reach = HostReach::kAnyName;
      return FailLoad(reach, anywhere, std::move(load));
    }
    for (const Atom& atom : together.atoms) {
      if (!reach.Covers(atom)) return FailLoad(reach, atom, std::move(load));
    }
  }

  // Finds a URL of `atom` that `a` does not reach. There is one among the
  // first: each atom of `a` covers two witnesses of it at most.
  void FailLoad(const Reach& reach, const Atom& atom, Load load) {
    Url url = Witness(atom, 0);
    const int tries = static_cast<int>(2 * reach.size() + 4);
    for (int i = 1; i <= tries && reach.Covers(AtomOf(url, dialect_)); ++i) {
      url = Witness(atom, i);
    }
    load.url = std::move(url);
    Fail(load.directive,
         absl::StrCat(
             WhatLoads(load.directive), " from ", load.url.ToString(),
             load.nonce.empty() ? "" : " with a nonce",
             load.integrity.empty() ? "" : " with a listed digest",
             load.parser_inserted ? "" : ", inserted by a trusted script"));
    out_.load = std::move(load);
  }

  // ---- Inline code ----

  struct InlineList {
    bool all = false;
    bool dynamic = false;
    bool hashes_count = false;
    bool unsafe_hashes = false;
    std::set<std::string> nonces;
    std::set<std::string> hashes;

    bool Allows(const std::string& nonce, const std::string& hash,
                bool parser_inserted) const {
      return all || nonces.count(nonce) > 0 || hashes.count(hash) > 0 ||
             (dynamic && !parser_inserted);
    }
  };

  InlineList MakeInlineList(const Sources& sources, InlineKind kind) const {
    const bool element =
        kind == InlineKind::kScript || kind == InlineKind::kStyle;
    const bool script =
        kind == InlineKind::kScript || kind == InlineKind::kScriptAttribute;
    InlineList out;
    const std::set<std::string> nonces = ValuesOf(sources, SourceKind::kNonce);
    const std::set<std::string> hashes = ValuesOf(sources, SourceKind::kHash);
    const bool strict = Has(sources, Keyword::kStrictDynamic);
    out.unsafe_hashes = !element && Has(sources, Keyword::kUnsafeHashes);
    out.all = Has(sources, Keyword::kUnsafeInline) && nonces.empty() &&
              hashes.empty() && !(strict && script);
    out.dynamic =
        dialect_ == Dialect::kChromium && strict && kind == InlineKind::kScript;
    if (element) out.nonces = nonces;
    if (element || out.unsafe_hashes) out.hashes = hashes;
    return out;
  }

  static Directive LeafOfInline(InlineKind kind) {
    switch (kind) {
      case InlineKind::kScript:
        return Directive::kScriptSrcElem;
      case InlineKind::kScriptAttribute:
        return Directive::kScriptSrcAttr;
      case InlineKind::kStyle:
        return Directive::kStyleSrcElem;
      case InlineKind::kStyleAttribute:
        return Directive::kStyleSrcAttr;
    }
    return Directive::kScriptSrcElem;
  }

  static absl::string_view InlineWords(InlineKind kind) {
    switch (kind) {
      case InlineKind::kScript:
        return "inline scripts";
      case InlineKind::kScriptAttribute:
        return "event handlers in attributes";
      case InlineKind::kStyle:
        return "inline style sheets";
      case InlineKind::kStyleAttribute:
        return "style attributes";
    }
    return "";
  }

  void CompareInline(InlineKind kind) {
    const Directive leaf = LeafOfInline(kind);
    const Sources* const bound = SourcesOf(a_.Governing(leaf, dialect_));
    if (bound == nullptr) return;
    const InlineList a = MakeInlineList(*bound, kind);
    if (a.all) return;
    std::vector<InlineList> lists;
    std::vector<std::set<std::string>> nonces, hashes;
    bool unsafe_hashes = true;
    for (const DirectiveValue* value : GoverningInB(leaf)) {
      lists.push_back(MakeInlineList(value->sources, kind));
      nonces.push_back(lists.back().nonces);
      hashes.push_back(lists.back().hashes);
      unsafe_hashes = unsafe_hashes && lists.back().unsafe_hashes;
    }
    if (!lists.empty() && unsafe_hashes && !a.unsafe_hashes) {
      return Fail(leaf, absl::StrCat(InlineWords(kind), " by their digest"));
    }
    for (const std::string& nonce : Representatives(nonces, {})) {
      for (const std::string& hash : Representatives(hashes, a.hashes)) {
        for (bool parser_inserted : {true, false}) {
          const bool any_nonce = !nonce.empty() && !a.nonces.empty();
          if (any_nonce || a.Allows("", hash, parser_inserted)) continue;
          const bool allowed = std::all_of(
              lists.begin(), lists.end(), [&](const InlineList& list) {
                return list.Allows(nonce, hash, parser_inserted);
              });
          if (!allowed) continue;
          return Fail(
              leaf,
              absl::StrCat(
                  InlineWords(kind), nonce.empty() ? "" : " with a nonce",
                  hash.empty() ? "" : " with a listed digest",
                  parser_inserted ? "" : ", inserted by a trusted script"));
        }
      }
    }
  }

  // ---- Code from strings and other powers ----

  void ComparePower(const Power& power) {
    const DirectiveValue* const bound = a_.Governing(power.directive, dialect_);
    if (bound == nullptr || Has(bound->sources, power.keyword) ||
        Has(bound->sources, power.stronger)) {
      return;
    }
    const auto lists = GoverningInB(power.directive);
    const bool allowed = std::all_of(
        lists.begin(), lists.end(), [&power](const DirectiveValue* value) {
          return Has(value->sources, power.keyword) ||
                 (!power.by_name_only && Has(value->sources, power.stronger));
        });
    if (allowed && !(power.by_name_only && lists.empty())) {
      Fail(power.directive, std::string(power.words));
    }
  }

  // ---- What a page must put up with ----

  std::set<std::string> TokensInB(Directive directive, bool* found) const {
    std::set<std::string> tokens;
    *found = false;
    for (const Policy& policy : b_) {
      const DirectiveValue* const value = policy.Find(directive);
      if (value == nullptr) continue;
      std::set<std::string> own;
      for (const PlacedToken& token : value->tokens) {
        if (!*found || tokens.count(token.text) > 0) own.insert(token.text);
      }
      tokens = std::move(own);
      *found = true;
    }
    return tokens;
  }

  void CompareDemand(Directive directive) {
    const DirectiveValue* const bound = a_.Find(directive);
    if (bound == nullptr) return;
    bool found = false;
    const std::set<std::string> tokens = TokensInB(directive, &found);
    if (!found) {
      return Fail(directive,
                  absl::StrCat(DirectiveName(directive), " is not demanded"));
    }
    // To require more is no power.
    if (directive == Directive::kRequireTrustedTypesFor) return;
    std::set<std::string> allowed;
    for (const PlacedToken& token : bound->tokens) allowed.insert(token.text);
    for (const std::string& token : tokens) {
      const bool any_name = directive == Directive::kTrustedTypes &&
                            allowed.count("*") > 0 &&
                            token != "'allow-duplicates'";
      if (allowed.count(token) == 0 && !any_name && token != "'none'") {
        return Fail(directive,
                    absl::StrCat(DirectiveName(directive), " ", token));
      }
    }
  }

  const Policy& a_;
  const absl::Span<const Policy> b_;
  const Origin& self_;
  const Dialect dialect_;
  bool first_only_ = true;
  Subsumption out_;
  std::vector<Subsumption> found_;
};

}  // namespace

Subsumption Subsumes(const Policy& a, absl::Span<const Policy> b,
                     const Origin& self, Dialect dialect) {
  std::vector<Subsumption> found = Comparer(a, b, self, dialect).Run(true);
  return found.empty() ? Subsumption() : std::move(found[0]);
}

std::vector<Subsumption> Differences(const Policy& a,
                                     absl::Span<const Policy> b,
                                     const Origin& self, Dialect dialect) {
  return Comparer(a, b, self, dialect).Run(false);
}

bool SourceSubsumes(const Source& a, const Source& b, const Origin& self,
                    Dialect dialect) {
  Reach reach;
  // In connect-src a source reaches all that it ever does.
  for (const Atom& atom : AtomsOf(a, Directive::kConnectSrc, self, dialect)) {
    reach.Add(atom);
  }
  const std::vector<Atom> atoms =
      AtomsOf(b, Directive::kConnectSrc, self, dialect);
  return std::all_of(atoms.begin(), atoms.end(),
                     [&](const Atom& atom) { return reach.Covers(atom); });
}

Origin AssumedOrigin() {
  return {"https", HostKind::kName, "self.invalid", absl::nullopt};
}

}  // namespace csp
}  // namespace postern
