#include "net/csp/merge_union.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "net/csp/conflict.h"
#include "net/csp/merge_allowed.h"

namespace postern {
namespace csp {
namespace internal {
namespace {

using D = Directive;

bool HoldsMarks(const DirectiveValue& value) {
  return std::any_of(value.sources.begin(), value.sources.end(),
                     [](const PlacedSource& s) {
                       return s.source.kind == SourceKind::kNonce ||
                              s.source.kind == SourceKind::kHash ||
                              (s.source.kind == SourceKind::kKeyword &&
                               s.source.keyword == Keyword::kStrictDynamic);
                     });
}

bool IsScriptList(Directive directive) {
  return directive == D::kScriptSrc || directive == D::kScriptSrcElem;
}

// A source that is granted.
struct Addition {
  const GrantInput* grant = nullptr;
  PlacedSource source;  // its place is an entry of the ledger
  Provenance at;
};

// Merges grants into a base, before any ceiling.
class Union {
 public:
  Union(const Policy& base, const std::vector<const GrantInput*>& grants,
        Allowance* allowance, Ledger* ledger, std::vector<Note>* notes)
      : base_(base), allowance_(allowance), ledger_(ledger), notes_(notes) {
    out_ = base;
    // Base words that stand twice are one.
    for (DirectiveValue& value : out_.directives) {
      SourceSet set(ledger_);
      set.AddAll(value.sources);
      value.sources = set.Take();
    }
    for (const GrantInput* grant : grants) Collect(*grant);
  }

  Policy Run() {
    // From general to specific, so that a list starts from a complete one.
    for (Directive directive :
         {D::kDefaultSrc, D::kChildSrc, D::kScriptSrc, D::kStyleSrc}) {
      if (additions_.count(directive) > 0) WriteGroup(directive);
    }
    for (Directive leaf : LeafDirectives()) WriteLeaf(leaf);
    for (Directive directive :
         {D::kBaseUri, D::kFormAction, D::kFrameAncestors}) {
      if (additions_.count(directive) > 0) WriteList(directive);
    }
    for (const auto& entry : additions_) TellIfVoid(entry.first);
    for (const auto& entry : additions_) TellTheRest(entry.first);
    return std::move(out_);
  }

 private:
  void Tell(NoteKind kind, const Addition& addition, Directive directive,
            std::string message) {
    told_.insert(EntryAt(addition.source.place));
    notes_->push_back({kind, addition.grant->app, directive,
                       addition.source.source.ToString(), addition.at,
                       std::move(message)});
  }

  // ---- What is granted ----

  bool IsAccepted(const GrantInput& grant, Conflict conflict) const {
    return std::find(grant.accepted.begin(), grant.accepted.end(), conflict) !=
           grant.accepted.end();
  }

  Provenance At(const GrantInput& grant, const Place& place) const {
    return {Voice::kGrant, grant.app, grant.grant.FileOf(place), place};
  }

  // Whether it may be merged; tells of a conflict either way.
  bool Passes(const GrantInput& grant, absl::optional<Conflict> conflict,
              Directive directive, const std::string& word,
              const Provenance& at) {
    if (!conflict) return true;
    const bool accepted = IsAccepted(grant, *conflict);
    const absl::string_view name = ConflictName(*conflict);
    notes_->push_back(
        {accepted ? NoteKind::kConflictTaken : NoteKind::kConflict, grant.app,
         directive, word, at,
         accepted
             ? absl::StrCat("merged, as the conflict ", name, " is accepted")
             : absl::StrCat("left out: it changes more than it adds; "
                            "write \"accept ",
                            name, "\" in the grant to merge it")});
    return accepted;
  }

  void Collect(const GrantInput& grant) {
    for (const DirectiveValue& value : grant.grant.policy.directives) {
      const absl::optional<Conflict> whole = ConflictOf(value.directive);
      if (whole && !Passes(grant, whole, value.directive,
                           std::string(DirectiveName(value.directive)),
                           At(grant, value.place))) {
        continue;
      }
      if (ValueKindOf(value.directive) != ValueKind::kSources) {
        MergeTokens(grant, value);
        continue;
      }
      const std::vector<bool> allowed = AllowedByBase(value);
      for (size_t i = 0; i < value.sources.size(); ++i) {
        CollectSource(grant, value.directive, value.sources[i],
                      whole.has_value(), allowed[i]);
      }
      TellWhatItIsNotFor(grant, value);
    }
  }

  // Which sources add nothing to what the base says, though it does not say
  // them.
  std::vector<bool> AllowedByBase(const DirectiveValue& value) {
    std::vector<bool> out(value.sources.size(), false);
    if (out.empty() || !IsFetchDirective(value.directive) ||
        !IsRestricted(value.directive)) {
      return out;
    }
    out = allowance_->AllowedSources(value);
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = out[i] && !IsSaidByBase(value.directive,
                                       value.sources[i].source.ToString());
    }
    return out;
  }

  bool IsRestricted(Directive directive) const {
    const std::vector<Directive> leaves = LeavesUnder(directive);
    return std::any_of(leaves.begin(), leaves.end(), [this](Directive leaf) {
      return GovernorInBase(leaf) >= 0;
    });
  }

  // Whether it stands in the lists that govern what the directive is for.
  bool IsSaidByBase(Directive directive, const std::string& word) {
    for (Directive leaf : LeavesUnder(directive)) {
      const DirectiveValue* const list = base_.Governing(leaf, Dialect::kSpec);
      if (list == nullptr || IsShadowed(base_, leaf, directive)) continue;
      auto& texts = said_[list->directive];
      if (texts.empty()) texts = TextsOf(list->sources);
      if (texts.count(word) > 0) return true;
    }
    return false;
  }

  void CollectSource(const GrantInput& grant, Directive directive,
                     const PlacedSource& source, bool may_be_none,
                     bool allowed) {
    const Provenance at = At(grant, source.place);
    Addition addition{&grant, source, at};
    addition.source.place = PlaceOf(ledger_->Enter(at));
    if (source.source.kind == SourceKind::kNone && !may_be_none) {
      return Tell(NoteKind::kNoneDropped, addition, directive,
                  "dropped: nothing can be added by 'none'");
    }
    if (!Passes(grant, ConflictOf(source.source), directive,
                source.source.ToString(), at)) {
      return;
    }
    if (allowed) {
      return Tell(NoteKind::kAlreadyAllowed, addition, directive,
                  "allowed already by what the base says: nothing is added");
    }
    additions_[directive].push_back(std::move(addition));
  }

  // Kinds of load that the directive's name promises and another list governs.
  void TellWhatItIsNotFor(const GrantInput& grant,
                          const DirectiveValue& value) {
    std::string loads, lists;
    std::set<Directive> governing;
    bool any = false;
    for (Directive leaf : LeavesUnder(value.directive)) {
      any = any || !IsShadowed(base_, leaf, value.directive);
      // script-src is meant for workers by few, and has a list for them.
      if (leaf == D::kWorkerSrc && value.directive == D::kScriptSrc) continue;
      if (!IsShadowed(base_, leaf, value.directive) ||
          grant.grant.policy.Find(leaf) != nullptr) {
        continue;
      }
      absl::StrAppend(&loads, loads.empty() ? "" : ", ", WhatLoads(leaf));
      const Directive list =
          FallbackChain(leaf)[static_cast<size_t>(GovernorInBase(leaf))];
      if (!governing.insert(list).second) continue;
      absl::StrAppend(&lists, lists.empty() ? "" : ", ", DirectiveName(list));
    }
    if (!any || loads.empty()) return;
    notes_->push_back(
        {NoteKind::kPartlyEffective, grant.app, value.directive,
         std::string(DirectiveName(value.directive)), At(grant, value.place),
         absl::StrCat("adds nothing for ", loads, ": governed by ", lists)});
  }

  // ---- What governs what ----

  // The place of the base's governing directive in the chain, or -1.
  int GovernorInBase(Directive directive) const {
    const auto chain = FallbackChain(directive);
    for (size_t i = 0; i < chain.size(); ++i) {
      if (base_.Find(chain[i]) != nullptr) return static_cast<int>(i);
    }
    return -1;
  }

  // What governs `directive` after all is merged, "unrestricted" aside: the
  // base's list and what is granted at its level or more specifically.
  bool Desired(Directive directive, SourceSet* out) const {
    const int governor = GovernorInBase(directive);
    if (governor < 0) return false;
    const auto chain = FallbackChain(directive);
    out->AddAll(base_.Find(chain[static_cast<size_t>(governor)])->sources);
    for (int i = governor; i >= 0; --i) {
      const auto found = additions_.find(chain[static_cast<size_t>(i)]);
      if (found == additions_.end()) continue;
      for (const Addition& addition : found->second) out->Add(addition.source);
    }
    return true;
  }

  // ---- Writing ----

  // 'none' goes where something joins it.
  void DropNone(Directive directive, std::vector<PlacedSource>* sources) {
    const auto none = std::find_if(sources->begin(), sources->end(),
                                   [](const PlacedSource& s) {
                                     return s.source.kind == SourceKind::kNone;
                                   });
    if (none == sources->end()) return;
    for (const Provenance& at : ledger_->Get(EntryAt(none->place))) {
      notes_->push_back({NoteKind::kNoneDropped, at.app, directive, "'none'",
                         at, "dropped: other sources join it"});
    }
    sources->erase(none);
  }

  void Write(Directive directive, std::vector<PlacedSource> sources) {
    if (sources.size() > 1) DropNone(directive, &sources);
    DirectiveValue* value = out_.Find(directive);
    if (value == nullptr) {
      out_.directives.emplace_back();
      value = &out_.directives.back();
      value->directive = directive;
    }
    value->sources = std::move(sources);
  }

  // A directive that others fall back to.
  void WriteGroup(Directive directive) {
    SourceSet desired(ledger_);
    if (!Desired(directive, &desired)) return;
    // An added child-src would take workers away from script-src: frames and
    // workers get lists of their own instead.
    if (directive == D::kChildSrc && base_.Find(directive) == nullptr) return;
    Write(directive, desired.Take());
  }

  void WriteLeaf(Directive leaf) {
    SourceSet set(ledger_);
    if (!Desired(leaf, &set)) return;
    const DirectiveValue& before = *base_.Find(
        FallbackChain(leaf)[static_cast<size_t>(GovernorInBase(leaf))]);
    std::vector<PlacedSource> desired = set.Take();
    const DirectiveValue* const now = out_.Governing(leaf, Dialect::kSpec);
    const bool same_rules =
        IsScriptList(now->directive) == IsScriptList(before.directive) ||
        !HoldsMarks(before) || leaf != D::kWorkerSrc;
    if (same_rules && SameSet(now->sources, desired)) return;
    // By 'strict-dynamic' every worker is allowed, and as worker-src the same
    // list would not be.
    if (leaf == D::kWorkerSrc && IsScriptList(before.directive) &&
        HasKeyword(before.sources, Keyword::kStrictDynamic)) {
      return;  // told of by TellTheRest()
    }
    Write(leaf, std::move(desired));
  }

  static bool SameSet(const std::vector<PlacedSource>& a,
                      const std::vector<PlacedSource>& b) {
    std::set<std::string> x = TextsOf(a), y = TextsOf(b);
    x.erase("'none'");
    y.erase("'none'");
    return x == y;
  }

  // base-uri and its like, once accepted: the union, and where the base has
  // none, what is granted.
  void WriteList(Directive directive) {
    SourceSet set(ledger_);
    const DirectiveValue* const own = base_.Find(directive);
    if (own != nullptr) set.AddAll(own->sources);
    for (const Addition& addition : additions_[directive]) {
      set.Add(addition.source);
    }
    Write(directive, set.Take());
  }

  void MergeTokens(const GrantInput& grant, const DirectiveValue& value) {
    DirectiveValue* own = out_.Find(value.directive);
    if (own == nullptr) {
      out_.directives.push_back(value);
      own = &out_.directives.back();
      own->place = PlaceOf(ledger_->Enter(At(grant, value.place)));
      own->tokens.clear();
    } else if (value.directive == D::kReportTo) {
      notes_->push_back(
          {NoteKind::kConflict, grant.app, value.directive,
           value.tokens.empty() ? "" : value.tokens[0].text,
           At(grant, value.place),
           "left out: reports go to one place, and there is one"});
      return;
    }
    for (const PlacedToken& token : value.tokens) {
      const EntryId entry = ledger_->Enter(At(grant, token.place));
      const auto found = std::find_if(
          own->tokens.begin(), own->tokens.end(),
          [&token](const PlacedToken& t) { return t.text == token.text; });
      if (found == own->tokens.end()) {
        own->tokens.push_back({token.text, PlaceOf(entry)});
      } else {
        const EntryId joined = ledger_->Copy(EntryAt(found->place));
        ledger_->Join(joined, entry);
        found->place = PlaceOf(joined);
      }
    }
  }

  // ---- What does nothing ----

  void TellIfVoid(Directive directive) {
    if (!IsFetchDirective(directive)) return;
    const bool restricted = IsRestricted(directive);
    const std::vector<Directive> leaves = LeavesUnder(directive);
    const bool loads =
        std::any_of(leaves.begin(), leaves.end(), [&](Directive leaf) {
          return GovernorInBase(leaf) >= 0 &&
                 !IsShadowed(base_, leaf, directive);
        });
    for (const Addition& addition : additions_[directive]) {
      if (loads ||
          (IsEvalKeyword(addition.source.source) && IsForEval(directive))) {
        continue;
      }
      if (restricted) {
        Tell(NoteKind::kNeverEffective, addition, directive,
             "never effective: more specific directives govern all that it is "
             "for");
      } else {
        Tell(NoteKind::kAlreadyAllowed, addition, directive,
             "already allowed: no directive restricts it, and a list would "
             "block all else");
      }
    }
  }

  // Nothing that is granted vanishes without a word.
  void TellTheRest(Directive directive) {
    for (const Addition& addition : additions_[directive]) {
      if (addition.source.source.kind == SourceKind::kNone ||
          told_.count(EntryAt(addition.source.place)) > 0 ||
          Stands(directive, addition.source.source.ToString())) {
        continue;
      }
      if (MatchesUrls(addition.source.source)) {
        Tell(NoteKind::kAlreadyAllowed, addition, directive,
             "allowed already: 'strict-dynamic' lets in every worker");
      } else {
        Tell(NoteKind::kNeverEffective, addition, directive,
             "never effective: it means nothing for what the directive is for");
      }
    }
  }

  // Whether the word stands in what governs anything the directive is for.
  bool Stands(Directive directive, const std::string& word) const {
    return std::any_of(out_.directives.begin(), out_.directives.end(),
                       [&](const DirectiveValue& value) {
                         const auto chain = FallbackChain(value.directive);
                         return std::find(chain.begin(), chain.end(),
                                          directive) != chain.end() &&
                                TextsOf(value.sources).count(word) > 0;
                       });
  }

  // Whether it is what governs code from strings.
  bool IsForEval(Directive directive) const {
    const auto chain = FallbackChain(D::kScriptSrc);
    return std::find(chain.begin(), chain.end(), directive) != chain.end() &&
           GovernorInBase(D::kScriptSrc) >= 0 &&
           !IsShadowed(base_, D::kScriptSrc, directive);
  }

  const Policy& base_;
  Allowance* const allowance_;
  Ledger* const ledger_;
  std::vector<Note>* const notes_;
  std::map<Directive, std::vector<Addition>> additions_;
  std::map<Directive, std::set<std::string>> said_;  // by the base's lists
  std::set<EntryId> told_;  // additions that a note tells of
  Policy out_;
};

}  // namespace

Policy UnionOf(const Policy& base, const std::vector<const GrantInput*>& grants,
               Allowance* allowance, Ledger* ledger, std::vector<Note>* notes) {
  return Union(base, grants, allowance, ledger, notes).Run();
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
