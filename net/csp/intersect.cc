#include "net/csp/intersect.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "net/csp/allowed_by_list.h"
#include "net/csp/demand.h"
#include "net/csp/reach.h"
#include "net/csp/subsume.h"

namespace postern {
namespace csp {
namespace {

constexpr int kMaxPairs = 20000;

// A source of the narrower list and where it comes from.
struct KeptSource {
  Source source;
  size_t index = 0;  // in the list that was narrowed
};

bool IsSame(const DirectiveValue& a, const DirectiveValue& b) {
  return TextsOf(a.sources) == TextsOf(b.sources);
}

// A source as if it were written out: host and port of 'self' and "*".
Source Spelled(const Source& source, const Origin& self) {
  Source out = source;
  if (source.kind == SourceKind::kHost) return out;
  out.host_wildcard = source.kind != SourceKind::kSelf;
  out.port_kind = PortKind::kAny;
  if (source.kind == SourceKind::kSelf) {
    out.scheme = self.scheme;
    out.host = self.host;
    out.port_kind = self.port ? PortKind::kNumber : PortKind::kUnset;
    out.port = self.port.value_or(0);
  }
  out.kind = SourceKind::kHost;
  return out;
}

bool HostWithin(const Source& outer, const Source& inner) {
  if (!outer.host_wildcard) {
    return !inner.host_wildcard && outer.host == inner.host;
  }
  if (outer.host.empty()) return true;
  if (inner.host_wildcard && inner.host == outer.host) return true;
  const std::string tail = absl::StrCat(".", outer.host);
  return inner.host.size() > tail.size() &&
         inner.host.compare(inner.host.size() - tail.size(), tail.size(),
                            tail) == 0;
}

// Quickly: false if the hosts have nothing in common.
bool MayMeet(const Source& a, const Source& b) {
  if (!MatchesUrls(a) || !MatchesUrls(b)) return false;
  if (a.kind != SourceKind::kHost || b.kind != SourceKind::kHost) return true;
  return HostWithin(a, b) || HostWithin(b, a);
}

// Of the sources that may be the meeting of two, the first that fits, the
// widest first.
template <typename Fits>
absl::optional<Source> FirstCandidate(const Source& a, const Source& b,
                                      const Origin& self, Fits fits) {
  const Source x = Spelled(a, self), y = Spelled(b, self);
  if (!HostWithin(x, y) && !HostWithin(y, x)) return absl::nullopt;
  Source base = HostWithin(x, y) ? y : x;
  std::vector<std::string> paths = {x.path};
  if (y.path != x.path) paths.push_back(y.path);
  std::vector<std::string> schemes = {x.scheme, y.scheme, "https", "wss"};
  // A scheme that is named is clearer than the page's.
  std::stable_partition(schemes.begin(), schemes.end(),
                        [](const std::string& s) { return !s.empty(); });
  for (const std::string& scheme : schemes) {
    const absl::optional<uint16_t> standard =
        DefaultPort(scheme.empty() ? self.scheme : scheme);
    for (const std::string& path : paths) {
      base.scheme = scheme;
      base.path = path;
      for (const Source* from : {&x, &y}) {
        base.port_kind = from->port_kind;
        base.port = from->port;
        if (fits(base)) return base;
      }
      base.port_kind = PortKind::kUnset;
      base.port = 0;
      if (fits(base)) return base;
      base.port_kind = PortKind::kNumber;
      base.port = standard.value_or(0);
      if (standard && fits(base)) return base;
    }
  }
  return absl::nullopt;
}

// What one source reaches, to each dialect.
struct BothAtoms {
  std::vector<Atom> atoms[2];

  bool IsEmpty() const { return atoms[0].empty() && atoms[1].empty(); }
};

BothAtoms AtomsToBoth(const Source& source, Directive directive,
                      const Origin& self) {
  BothAtoms out;
  for (Dialect dialect : kDialects) {
    out.atoms[static_cast<int>(dialect)] =
        AtomsOf(source, directive, self, dialect);
  }
  return out;
}

bool CoversAll(const BothAtoms& outer, const BothAtoms& inner) {
  for (Dialect dialect : kDialects) {
    const int i = static_cast<int>(dialect);
    for (const Atom& atom : inner.atoms[i]) {
      const auto covers = [&atom](const Atom& a) { return Covers(a, atom); };
      if (std::none_of(outer.atoms[i].begin(), outer.atoms[i].end(), covers)) {
        return false;
      }
    }
  }
  return true;
}

// What may be kept of the words that are no URLs.
bool KeepsWord(const Source& source, const std::set<std::string>& bound,
               bool bound_has_nonce) {
  switch (source.kind) {
    case SourceKind::kNonce:
      return bound_has_nonce;
    case SourceKind::kHash:
      return bound.count(source.ToString()) > 0;
    case SourceKind::kKeyword:
      if (source.keyword == Keyword::kReportSample) return true;
      return AllowsWord(bound, source);
    case SourceKind::kInvalid:
    case SourceKind::kNone:
    case SourceKind::kAny:
    case SourceKind::kSelf:
    case SourceKind::kScheme:
    case SourceKind::kHost:
      return false;
  }
  return false;
}

bool HasKind(const DirectiveValue& value, SourceKind kind) {
  return std::any_of(
      value.sources.begin(), value.sources.end(),
      [kind](const PlacedSource& s) { return s.source.kind == kind; });
}

// Whether `list`, in the place of `bound`, allows nothing that it does not.
bool IsWithin(const DirectiveValue& bound, const DirectiveValue& list,
              const Origin& self) {
  Policy a, b;
  a.directives.push_back(bound);
  b.directives.push_back(list);
  // Of default-src, web sockets are looked at with connect-src.
  if (bound.directive == Directive::kDefaultSrc) {
    b.directives.emplace_back();
    b.directives[1].directive = Directive::kConnectSrc;
  }
  for (Dialect dialect : kDialects) {
    if (!Subsumes(a, absl::MakeConstSpan(&b, 1), self, dialect).holds) {
      return false;
    }
  }
  return true;
}

DirectiveValue ListOf(Directive directive,
                      const std::vector<KeptSource>& kept) {
  DirectiveValue out;
  out.directive = directive;
  for (const KeptSource& one : kept) {
    out.sources.push_back({one.source, Place{}});
  }
  return out;
}

template <typename Matches>
void Drop(Matches matches, std::vector<KeptSource>* kept) {
  kept->erase(std::remove_if(kept->begin(), kept->end(),
                             [&matches](const KeptSource& one) {
                               return matches(one.source);
                             }),
              kept->end());
}

// Drops what stands in the way until nothing exceeds either list: a word may
// come to life where one beside it, such as a nonce, is left out.
void DropUntilWithin(const DirectiveValue& bound, const DirectiveValue& list,
                     const Origin& self, std::vector<KeptSource>* kept) {
  const auto fits = [&] {
    const DirectiveValue now = ListOf(list.directive, *kept);
    return IsWithin(bound, now, self) && IsWithin(list, now, self);
  };
  if (fits()) return;
  Drop(
      [](const Source& source) {
        return source.kind == SourceKind::kKeyword &&
               source.keyword == Keyword::kUnsafeInline;
      },
      kept);
  if (fits()) return;
  Drop(MatchesUrls, kept);
  if (!fits()) kept->clear();
}

}  // namespace

absl::optional<Source> IntersectSources(const Source& a, const Source& b,
                                        Directive directive,
                                        const Origin& self) {
  if (!MatchesUrls(a) || !MatchesUrls(b)) return absl::nullopt;
  const BothAtoms in_a = AtomsToBoth(a, directive, self);
  const BothAtoms in_b = AtomsToBoth(b, directive, self);
  if (in_a.IsEmpty() || in_b.IsEmpty()) return absl::nullopt;
  if (CoversAll(in_a, in_b)) return b;
  if (CoversAll(in_b, in_a)) return a;
  const auto fits = [&](const Source& candidate) {
    const BothAtoms in_both = AtomsToBoth(candidate, directive, self);
    return !in_both.IsEmpty() && CoversAll(in_a, in_both) &&
           CoversAll(in_b, in_both);
  };
  const absl::optional<Source> found = FirstCandidate(a, b, self, fits);
  if (!found) return absl::nullopt;
  return ParseSource(found->ToString()).source;  // in its canonical form
}

namespace {

// What of `list` lies within `bound`, for both dialects, and allows nothing
// that `list` does not. Sources that one source cannot say are left out. Both
// are of one directive; of default-src, web sockets are not looked at.
absl::StatusOr<std::vector<KeptSource>> IntersectLists(
    const DirectiveValue& bound, const DirectiveValue& list, const Origin& self,
    PairBudget* budget) {
  const Directive directive = list.directive;
  BothReaches reach(directive, self);
  for (const PlacedSource& s : bound.sources) reach.Add(s.source);
  const std::set<std::string> texts = TextsOf(bound.sources);
  const bool has_nonce = HasKind(bound, SourceKind::kNonce);
  std::vector<KeptSource> kept;
  std::set<std::string> seen;
  const auto keep = [&](Source source, size_t index) {
    if (!seen.insert(source.ToString()).second) return;
    kept.push_back({std::move(source), index});
  };
  for (size_t i = 0; i < list.sources.size(); ++i) {
    const Source& source = list.sources[i].source;
    if (!MatchesUrls(source)) {
      if (KeepsWord(source, texts, has_nonce)) keep(source, i);
      continue;
    }
    if (reach.Cover(source)) {
      keep(source, i);
      continue;
    }
    for (const PlacedSource& other : bound.sources) {
      budget->TakeGlance();
      if (!MayMeet(other.source, source)) continue;
      budget->TakePair();
      if (budget->IsSpent()) {
        return absl::ResourceExhaustedError(
            absl::StrCat(DirectiveName(directive),
                         ": too many sources to narrow one by one"));
      }
      absl::optional<Source> both =
          IntersectSources(other.source, source, directive, self);
      if (both) keep(*std::move(both), i);
    }
  }
  DropUntilWithin(bound, list, self, &kept);
  return kept;
}

// Meets two policies directive by directive.
class PolicyMeeting {
 public:
  PolicyMeeting(const Policy& a, const Policy& b, const Origin& self,
                PairBudget* budget)
      : a_(a), b_(b), self_(self), budget_(budget) {}

  absl::StatusOr<Policy> Run() {
    for (const DirectiveValue& value : a_.directives) AddOnce(value.directive);
    for (const DirectiveValue& value : b_.directives) AddOnce(value.directive);
    // A list may govern here what another one governs in a or b.
    for (Directive leaf : LeafDirectives()) AddLeafIfNeeded(leaf);
    CheckWithin(a_);
    CheckWithin(b_);
    if (!status_.ok()) return status_;
    return std::move(out_);
  }

 private:
  void AddOnce(Directive directive) {
    if (!status_.ok() || out_.Find(directive) != nullptr) return;
    DirectiveValue value;
    const bool governed = ValueKindOf(directive) == ValueKind::kSources
                              ? MeetSources(directive, &value)
                              : MeetTokens(directive, &value);
    if (governed) out_.directives.push_back(std::move(value));
  }

  // What both allow for the directive; false if neither bounds it.
  bool MeetSources(Directive directive, DirectiveValue* out) {
    const DirectiveValue* const a = a_.Governing(directive, Dialect::kSpec);
    const DirectiveValue* const b = b_.Governing(directive, Dialect::kSpec);
    if (a == nullptr && b == nullptr) return false;
    *out = a != nullptr ? *a : *b;
    out->directive = directive;
    out->absent_in_chromium = false;
    if (a == nullptr || b == nullptr || IsSame(*a, *b)) return true;
    DirectiveValue bound = *b;
    bound.directive = directive;
    absl::StatusOr<std::vector<KeptSource>> kept =
        IntersectLists(bound, *out, self_, budget_);
    if (!kept.ok()) {
      status_ = kept.status();
      return false;
    }
    std::vector<PlacedSource> sources;
    for (KeptSource& one : *kept) {
      sources.push_back({std::move(one.source), out->sources[one.index].place});
    }
    out->sources = std::move(sources);
    return true;
  }

  bool MeetTokens(Directive directive, DirectiveValue* out) {
    const DirectiveValue* const a = a_.Find(directive);
    const DirectiveValue* const b = b_.Find(directive);
    const bool reports =
        directive == Directive::kReportUri || directive == Directive::kReportTo;
    if (a != nullptr && b != nullptr && !reports) {
      *out = MeetDemands(*a, *b);
    } else {
      *out = a != nullptr ? *a : *b;
    }
    return true;
  }

  void AddLeafIfNeeded(Directive leaf) {
    if (!status_.ok() || out_.Find(leaf) != nullptr) return;
    DirectiveValue value;
    if (!MeetSources(leaf, &value)) return;
    DropVoid(&value);
    const DirectiveValue* const governing =
        out_.Governing(leaf, Dialect::kSpec);
    if (governing != nullptr) {
      DirectiveValue now = *governing;
      now.directive = leaf;
      DropVoid(&now);
      if (IsSame(now, value)) return;
    }
    out_.directives.push_back(std::move(value));
  }

  // Leaves out what means nothing for that kind of load.
  static void DropVoid(DirectiveValue* value) {
    const Directive leaf = value->directive;
    const bool elements =
        leaf == Directive::kScriptSrcElem || leaf == Directive::kStyleSrcElem;
    if (elements) return;
    const bool attributes =
        leaf == Directive::kScriptSrcAttr || leaf == Directive::kStyleSrcAttr;
    const auto is_void = [&](const PlacedSource& s) {
      if (MatchesUrls(s.source)) return attributes;
      if (attributes) return s.source.kind == SourceKind::kNonce;
      // In Chromium it lets in all workers.
      return s.source.kind != SourceKind::kKeyword ||
             s.source.keyword != Keyword::kStrictDynamic;
    };
    value->sources.erase(
        std::remove_if(value->sources.begin(), value->sources.end(), is_void),
        value->sources.end());
  }

  // What governs a load may stand elsewhere now and mean something else there.
  void CheckWithin(const Policy& policy) {
    for (Dialect dialect : kDialects) {
      if (!status_.ok()) return;
      const Subsumption within =
          Subsumes(policy, absl::MakeConstSpan(&out_, 1), self_, dialect);
      if (within.holds) continue;
      status_ = absl::FailedPreconditionError(absl::StrCat(
          "no one policy allows what both do and no more: ",
          DirectiveName(within.directive), ", ", within.counterexample));
    }
  }

  const Policy& a_;
  const Policy& b_;
  const Origin& self_;
  PairBudget* const budget_;
  Policy out_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Policy> Intersect(const Policy& a, const Policy& b,
                                 const Origin& self, PairBudget* budget) {
  return PolicyMeeting(a, b, self, budget).Run();
}

absl::StatusOr<Policy> Intersect(const Policy& a, const Policy& b,
                                 const Origin& self) {
  PairBudget budget(kMaxPairs);
  return Intersect(a, b, self, &budget);
}

}  // namespace csp
}  // namespace postern
