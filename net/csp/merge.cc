#include "net/csp/merge.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "net/csp/subsume.h"

namespace postern {
namespace csp {
namespace {

using D = Directive;

// While it is merged, a word's place holds its number in a table of
// provenances; what several voices say has all of them.
class Ledger {
 public:
  Place Enter(Provenance from) {
    entries_.push_back({std::move(from)});
    return {static_cast<int>(entries_.size()), 0};
  }
  // An entry of its own, to which voices may be joined.
  Place Copy(const Place& place) {
    entries_.push_back(std::vector<Provenance>(Get(place)));
    return {static_cast<int>(entries_.size()), 0};
  }
  void Join(const Place& to, const Place& other) {
    if (to.line == other.line) return;
    std::vector<Provenance>& into = entries_[Index(to)];
    const std::vector<Provenance> more = entries_[Index(other)];
    into.insert(into.end(), more.begin(), more.end());
  }
  size_t size() const { return entries_.size(); }
  // Forgets what was entered since it had that size.
  void Truncate(size_t size) { entries_.resize(size); }
  const std::vector<Provenance>& Get(const Place& place) const {
    return entries_[Index(place)];
  }

 private:
  static size_t Index(const Place& place) {
    return static_cast<size_t>(place.line) - 1;
  }
  std::vector<std::vector<Provenance>> entries_;
};

std::set<std::string> TextsOf(const std::vector<PlacedSource>& sources) {
  std::set<std::string> out;
  for (const PlacedSource& s : sources) out.insert(s.source.ToString());
  return out;
}

// A list without duplicates that knows what it holds.
class SourceSet {
 public:
  explicit SourceSet(Ledger* ledger) : ledger_(ledger) {}

  void Add(const PlacedSource& source) {
    const std::string text = source.source.ToString();
    const auto added = index_.emplace(text, sources_.size());
    if (added.second) {
      PlacedSource own = source;
      own.place = ledger_->Copy(source.place);
      sources_.push_back(std::move(own));
    } else {
      ledger_->Join(sources_[added.first->second].place, source.place);
    }
  }
  void AddAll(const std::vector<PlacedSource>& sources) {
    for (const PlacedSource& source : sources) Add(source);
  }
  std::vector<PlacedSource> Take() { return std::move(sources_); }

 private:
  Ledger* const ledger_;
  std::vector<PlacedSource> sources_;
  std::map<std::string, size_t> index_;
};

bool HoldsMarks(const DirectiveValue& value) {
  return std::any_of(value.sources.begin(), value.sources.end(),
                     [](const PlacedSource& s) {
                       return s.source.kind == SourceKind::kNonce ||
                              s.source.kind == SourceKind::kHash ||
                              (s.source.kind == SourceKind::kKeyword &&
                               s.source.keyword == Keyword::kStrictDynamic);
                     });
}

bool HoldsStrictDynamic(const DirectiveValue& value) {
  return std::any_of(value.sources.begin(), value.sources.end(),
                     [](const PlacedSource& s) {
                       return s.source.kind == SourceKind::kKeyword &&
                              s.source.keyword == Keyword::kStrictDynamic;
                     });
}

bool IsScriptList(Directive directive) {
  return directive == D::kScriptSrc || directive == D::kScriptSrcElem;
}

// The words of a directive as they were written, for notes.
struct Addition {
  const GrantInput* grant = nullptr;
  PlacedSource source;  // its place is one of the ledger
  Provenance at;
};

// Merges grants into a base, before any ceiling.
class Union {
 public:
  Union(const Policy& base, const std::vector<const GrantInput*>& grants,
        Ledger* ledger, std::vector<Note>* notes)
      : base_(base), ledger_(ledger), notes_(notes) {
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
    return std::move(out_);
  }

 private:
  void Tell(NoteKind kind, const Addition& addition, Directive directive,
            std::string message) {
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
    return {Voice::kGrant, grant.app, grant.grant.file, place};
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
      for (const PlacedSource& s : value.sources) {
        CollectSource(grant, value.directive, s, whole.has_value());
      }
    }
  }

  void CollectSource(const GrantInput& grant, Directive directive,
                     const PlacedSource& source, bool may_be_none) {
    const Provenance at = At(grant, source.place);
    Addition addition{&grant, source, at};
    addition.source.place = ledger_->Enter(at);
    if (source.source.kind == SourceKind::kNone && !may_be_none) {
      return Tell(NoteKind::kNoneDropped, addition, directive,
                  "dropped: nothing can be added by 'none'");
    }
    if (!Passes(grant, ConflictOf(source.source), directive,
                source.source.ToString(), at)) {
      return;
    }
    additions_[directive].push_back(std::move(addition));
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

  void Write(Directive directive, std::vector<PlacedSource> sources) {
    // 'none' goes where something joins it.
    if (sources.size() > 1) {
      sources.erase(std::remove_if(sources.begin(), sources.end(),
                                   [](const PlacedSource& s) {
                                     return s.source.kind == SourceKind::kNone;
                                   }),
                    sources.end());
    }
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
        HoldsStrictDynamic(before)) {
      return;
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
      own->place = ledger_->Enter(At(grant, value.place));
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
      const Place place = ledger_->Enter(At(grant, token.place));
      const auto found = std::find_if(
          own->tokens.begin(), own->tokens.end(),
          [&token](const PlacedToken& t) { return t.text == token.text; });
      if (found == own->tokens.end()) {
        own->tokens.push_back({token.text, place});
      } else {
        found->place = ledger_->Copy(found->place);
        ledger_->Join(found->place, place);
      }
    }
  }

  // ---- What does nothing ----

  void TellIfVoid(Directive directive) {
    if (!IsFetchDirective(directive)) return;
    bool restricted = false, effective = false;
    for (Directive leaf : LeafDirectives()) {
      const auto chain = FallbackChain(leaf);
      const auto place = std::find(chain.begin(), chain.end(), directive);
      if (place == chain.end()) continue;
      const int governor = GovernorInBase(leaf);
      restricted = restricted || governor >= 0;
      effective = effective || governor >= place - chain.begin();
    }
    if (effective) return;
    for (const Addition& addition : additions_[directive]) {
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

  const Policy& base_;
  Ledger* const ledger_;
  std::vector<Note>* const notes_;
  std::map<Directive, std::vector<Addition>> additions_;
  Policy out_;
};

// One call of Merge().
class Merger {
 public:
  explicit Merger(const MergeInput& input)
      : input_(input),
        self_(input.self.scheme.empty() ? AssumedOrigin() : input.self),
        base_(Entered(input.base, Voice::kBase)) {
    if (input.ceiling) ceiling_ = Entered(*input.ceiling, Voice::kCeiling);
    IndexRequests();
  }

  absl::StatusOr<MergeResult> Run() {
    const absl::Status apps = CheckApps();
    if (!apps.ok()) return apps;
    MergeResult result;
    std::vector<Note> base_notes;
    absl::Status status = MergeGrants({}, &result.base, &base_notes);
    std::vector<const GrantInput*> all;
    for (const GrantInput& grant : input_.grants) all.push_back(&grant);
    if (status.ok()) status = MergeGrants(all, &result.all, &result.notes);
    for (const std::string& app : AppNames()) {
      if (!status.ok()) return status;
      AppPolicy one;
      one.app = app;
      const GrantInput* const grant = FindGrant(app);
      status = grant == nullptr ? MergeGrants({}, &one.merged, &one.notes)
                                : MergeGrants({grant}, &one.merged, &one.notes);
      CompareWithRequest(app, grant, &one.notes);
      result.apps.push_back(std::move(one));
    }
    if (!status.ok()) return status;
    return result;
  }

 private:
  Policy Entered(const PolicyText& text, Voice voice) {
    Policy out = text.policy;
    const auto enter = [&](Place* place) {
      *place = ledger_.Enter({voice, "", text.file, *place});
    };
    for (DirectiveValue& value : out.directives) {
      enter(&value.place);
      for (PlacedSource& s : value.sources) enter(&s.place);
      for (PlacedToken& token : value.tokens) enter(&token.place);
    }
    return out;
  }

  absl::Status CheckApps() const {
    std::set<std::string> asking, granted;
    for (const RequestInput& request : input_.requests) {
      if (!asking.insert(request.app).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("two requests of the app ", request.app));
      }
    }
    for (const GrantInput& grant : input_.grants) {
      if (!granted.insert(grant.app).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("two grants for the app ", grant.app));
      }
    }
    return absl::OkStatus();
  }

  std::vector<std::string> AppNames() const {
    std::vector<std::string> out;
    std::set<std::string> seen;
    for (const RequestInput& request : input_.requests) {
      if (seen.insert(request.app).second) out.push_back(request.app);
    }
    for (const GrantInput& grant : input_.grants) {
      if (seen.insert(grant.app).second) out.push_back(grant.app);
    }
    return out;
  }

  const GrantInput* FindGrant(const std::string& app) const {
    for (const GrantInput& grant : input_.grants) {
      if (grant.app == app) return &grant;
    }
    return nullptr;
  }

  absl::Status MergeGrants(const std::vector<const GrantInput*>& grants,
                           MergedPolicy* out, std::vector<Note>* notes) {
    const size_t mark = ledger_.size();
    const absl::Status status = MergeEntered(grants, out, notes);
    ledger_.Truncate(mark);
    return status;
  }

  absl::Status MergeEntered(const std::vector<const GrantInput*>& grants,
                            MergedPolicy* out, std::vector<Note>* notes) {
    Policy merged = Union(base_, grants, &ledger_, notes).Run();
    if (ceiling_) {
      absl::StatusOr<Policy> within = Intersect(merged, *ceiling_, self_);
      if (!within.ok()) return within.status();
      TellWhatWasCut(merged, *within, notes);
      merged = *std::move(within);
      const absl::Status kept = CheckCeiling(merged);
      if (!kept.ok()) return kept;
    }
    Fill(std::move(merged), out);
    return absl::OkStatus();
  }

  absl::Status CheckCeiling(const Policy& policy) const {
    for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
      const Subsumption within =
          Subsumes(*ceiling_, absl::MakeConstSpan(&policy, 1), self_, dialect);
      if (within.holds) continue;
      return absl::FailedPreconditionError(absl::StrCat(
          "the merged policy cannot be kept within the ceiling: ",
          DirectiveName(within.directive), ", ", within.counterexample));
    }
    return absl::OkStatus();
  }

  void TellWhatWasCut(const Policy& before, const Policy& after,
                      std::vector<Note>* notes) const {
    for (const DirectiveValue& value : before.directives) {
      const DirectiveValue* const left = after.Find(value.directive);
      if (left == nullptr) continue;
      std::set<std::string> texts = TextsOf(left->sources);
      for (const PlacedToken& token : left->tokens) texts.insert(token.text);
      for (const PlacedSource& s : value.sources) {
        if (s.source.kind == SourceKind::kNone) continue;
        TellIfCut(value.directive, s.source.ToString(), s.place, texts, *left,
                  notes);
      }
      for (const PlacedToken& token : value.tokens) {
        TellIfCut(value.directive, token.text, token.place, texts, *left,
                  notes);
      }
    }
  }

  void TellIfCut(Directive directive, const std::string& word,
                 const Place& place, const std::set<std::string>& texts,
                 const DirectiveValue& left, std::vector<Note>* notes) const {
    if (texts.count(word) > 0) return;
    std::string rest;
    for (const PlacedSource& s : left.sources) {
      if (s.place.line != place.line) continue;
      absl::StrAppend(&rest, rest.empty() ? "" : " ", s.source.ToString());
    }
    const Provenance& at = ledger_.Get(place)[0];
    notes->push_back({NoteKind::kOutsideCeiling, at.app, directive, word, at,
                      rest.empty()
                          ? "left out: outside the ceiling"
                          : absl::StrCat("narrowed by the ceiling to ", rest)});
  }

  static std::string RequestKey(const std::string& app, Directive directive,
                                const std::string& word) {
    return absl::StrCat(app, " ", static_cast<int>(directive), " ", word);
  }

  void IndexRequests() {
    for (const RequestInput& request : input_.requests) {
      for (const DirectiveValue& value : request.request.policy.directives) {
        for (const PlacedSource& s : value.sources) {
          requested_.emplace(
              RequestKey(request.app, value.directive, s.source.ToString()),
              Provenance{Voice::kRequest, request.app, request.request.file,
                         s.place});
        }
      }
    }
  }

  // Where the app itself asked for what it was granted, or nullptr.
  const Provenance* FindRequested(const std::string& app, Directive directive,
                                  const std::string& word) const {
    const auto found = requested_.find(RequestKey(app, directive, word));
    return found == requested_.end() ? nullptr : &found->second;
  }

  std::vector<Provenance> WithRequests(Directive directive,
                                       const std::string& word,
                                       const Place& place) const {
    std::vector<Provenance> out;
    std::set<std::string> known;
    for (const Provenance& from : ledger_.Get(place)) {
      if (!known.insert(from.ToString()).second) continue;
      out.push_back(from);
      if (from.voice != Voice::kGrant) continue;
      for (Directive asked : FallbackChain(directive)) {
        const Provenance* const at = FindRequested(from.app, asked, word);
        if (at == nullptr) continue;
        out.push_back(*at);
        break;
      }
    }
    return out;
  }

  void Fill(Policy policy, MergedPolicy* out) const {
    for (const DirectiveValue& value : policy.directives) {
      MergedValue merged;
      merged.directive = value.directive;
      for (const PlacedSource& s : value.sources) {
        const std::string text = s.source.ToString();
        merged.words.push_back(
            {text, WithRequests(value.directive, text, s.place)});
      }
      for (const PlacedToken& token : value.tokens) {
        merged.words.push_back(
            {token.text,
             WithRequests(value.directive, token.text, token.place)});
      }
      out->values.push_back(std::move(merged));
    }
    // Numbers of the ledger mean nothing outside.
    for (DirectiveValue& value : policy.directives) {
      value.place = Place{};
      for (PlacedSource& s : value.sources) s.place = Place{};
      for (PlacedToken& token : value.tokens) token.place = Place{};
    }
    out->policy = std::move(policy);
  }

  // The rules that an app misses, and those that it never asked for.
  void CompareWithRequest(const std::string& app, const GrantInput* grant,
                          std::vector<Note>* notes) const {
    for (const RequestInput& request : input_.requests) {
      if (request.app != app) continue;
      for (const DirectiveValue& value : request.request.policy.directives) {
        TellMissing(request, value,
                    grant == nullptr
                        ? nullptr
                        : grant->grant.policy.Find(value.directive),
                    notes);
      }
    }
    if (grant == nullptr) return;
    for (const DirectiveValue& value : grant->grant.policy.directives) {
      for (const PlacedSource& s : value.sources) {
        const std::string word = s.source.ToString();
        if (FindRequested(app, value.directive, word) != nullptr) continue;
        notes->push_back({NoteKind::kNotAsked,
                          app,
                          value.directive,
                          word,
                          {Voice::kGrant, app, grant->grant.file, s.place},
                          "granted, though the app does not ask for it"});
      }
    }
  }

  void TellMissing(const RequestInput& request, const DirectiveValue& value,
                   const DirectiveValue* granted,
                   std::vector<Note>* notes) const {
    std::set<std::string> words;
    if (granted != nullptr) {
      words = TextsOf(granted->sources);
      for (const PlacedToken& token : granted->tokens) words.insert(token.text);
    }
    const auto tell = [&](const std::string& word, const Place& place) {
      notes->push_back(
          {NoteKind::kNotGranted,
           request.app,
           value.directive,
           word,
           {Voice::kRequest, request.app, request.request.file, place},
           "asked for, not granted"});
    };
    for (const PlacedSource& s : value.sources) {
      const std::string word = s.source.ToString();
      if (s.source.kind != SourceKind::kNone && words.count(word) == 0) {
        tell(word, s.place);
      }
    }
    for (const PlacedToken& token : value.tokens) {
      if (words.count(token.text) == 0) tell(token.text, token.place);
    }
    if (ValueKindOf(value.directive) == ValueKind::kNothing &&
        granted == nullptr) {
      tell(std::string(DirectiveName(value.directive)), value.place);
    }
  }

  const MergeInput& input_;
  const Origin self_;
  Ledger ledger_;
  const Policy base_;
  absl::optional<Policy> ceiling_;
  std::map<std::string, Provenance> requested_;
};

}  // namespace

absl::string_view VoiceName(Voice voice) {
  switch (voice) {
    case Voice::kBase:
      return "base";
    case Voice::kRequest:
      return "request";
    case Voice::kGrant:
      return "grant";
    case Voice::kCeiling:
      return "ceiling";
  }
  return "";
}

std::string Provenance::ToString() const {
  const std::string at = PlaceInFile(file, place);
  switch (voice) {
    case Voice::kBase:
      return absl::StrCat("base, ", at);
    case Voice::kRequest:
      return absl::StrCat("asked for by ", app, ", ", at);
    case Voice::kGrant:
      return absl::StrCat("granted to ", app, ", ", at);
    case Voice::kCeiling:
      return absl::StrCat("ceiling, ", at);
  }
  return at;
}

absl::StatusOr<MergeResult> Merge(const MergeInput& input) {
  return Merger(input).Run();
}

std::vector<Conflict> AllConflicts() {
  return {Conflict::kNonce,
          Conflict::kHash,
          Conflict::kStrictDynamic,
          Conflict::kSandbox,
          Conflict::kTrustedTypes,
          Conflict::kBaseUri,
          Conflict::kFormAction,
          Conflict::kFrameAncestors,
          Conflict::kUpgradeInsecureRequests,
          Conflict::kReporting};
}

absl::optional<Conflict> ConflictOf(Directive directive) {
  if (IsFetchDirective(directive)) return absl::nullopt;
  if (directive == D::kBaseUri) return Conflict::kBaseUri;
  if (directive == D::kFormAction) return Conflict::kFormAction;
  if (directive == D::kFrameAncestors) return Conflict::kFrameAncestors;
  if (directive == D::kSandbox) return Conflict::kSandbox;
  if (directive == D::kUpgradeInsecureRequests) {
    return Conflict::kUpgradeInsecureRequests;
  }
  if (directive == D::kReportUri || directive == D::kReportTo) {
    return Conflict::kReporting;
  }
  return Conflict::kTrustedTypes;
}

absl::optional<Conflict> ConflictOf(const Source& source) {
  if (source.kind == SourceKind::kNonce) return Conflict::kNonce;
  if (source.kind == SourceKind::kHash) return Conflict::kHash;
  if (source.kind == SourceKind::kKeyword &&
      source.keyword == Keyword::kStrictDynamic) {
    return Conflict::kStrictDynamic;
  }
  return absl::nullopt;
}

}  // namespace csp
}  // namespace postern
