#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "net/csp/reach.h"
#include "net/csp/subsume_parts.h"

namespace postern {
namespace csp {
namespace internal {
namespace {

constexpr size_t kMaxPairs = 100000;

// What one list says about loads of one kind.
struct LoadList {
  bool dynamic = false;
  std::set<std::string> nonces;
  std::set<std::string> hashes;
  std::vector<Atom> atoms;  // none beside 'strict-dynamic', which voids them

  // Whether a load with these marks may come from anywhere.
  bool Everything(const Marks& marks, bool parser_inserted) const {
    return nonces.count(marks.nonce) > 0 || hashes.count(marks.hash) > 0 ||
           (dynamic && !parser_inserted);
  }
};

// Twin of HasScriptRules() in match.cc.
bool ScriptRules(Directive leaf, Directive governing) {
  return governing == Directive::kScriptSrc ||
         governing == Directive::kScriptSrcElem ||
         (governing == Directive::kDefaultSrc &&
          leaf == Directive::kScriptSrcElem);
}

LoadList MakeLoadList(const DirectiveValue& value, Directive leaf,
                      const Sides& sides) {
  LoadList out;
  const bool scripts = ScriptRules(leaf, value.directive);
  // A worker has neither nonce nor digest.
  const bool worker = leaf == Directive::kWorkerSrc;
  if ((scripts && !worker) || leaf == Directive::kStyleSrcElem) {
    out.nonces = ValuesOf(value.sources, SourceKind::kNonce);
  }
  if (scripts && !worker) {
    out.hashes = ValuesOf(value.sources, SourceKind::kHash);
  }
  if (scripts || (worker && sides.dialect == Dialect::kChromium)) {
    out.dynamic = HasKeyword(value.sources, Keyword::kStrictDynamic);
  }
  if (out.dynamic) return out;
  for (const PlacedSource& s : value.sources) {
    for (Atom& atom : AtomsOf(s.source, leaf, sides.self, sides.dialect)) {
      out.atoms.push_back(std::move(atom));
    }
  }
  return out;
}

// A redirect makes paths void (CSP3, section 7.7).
void FreePaths(std::vector<Atom>* atoms) {
  for (Atom& atom : *atoms) atom.any_path = true;
}

bool IsRedirected(Directive leaf) {
  return leaf != Directive::kBaseUri && leaf != Directive::kFrameAncestors;
}

Reach ReachOf(const std::vector<Atom>& atoms) {
  Reach reach;
  for (const Atom& atom : atoms) reach.Add(atom);
  return reach;
}

// What several lists allow together; `everything` unless one bounds it.
struct Together {
  bool everything = true;
  bool too_much = false;
  std::vector<Atom> atoms;
};

// Compares one kind of load.
class LoadComparer {
 public:
  LoadComparer(const Sides& sides, Directive leaf, const DirectiveValue& bound)
      : sides_(sides), leaf_(leaf), a_(MakeLoadList(bound, leaf, sides)) {
    for (const DirectiveValue* value : GoverningInB(sides, leaf)) {
      lists_.push_back(MakeLoadList(*value, leaf, sides));
    }
    reach_ = ReachOf(a_.atoms);
  }

  Difference Run() {
    std::vector<std::set<std::string>> nonces, hashes;
    bool dynamic = a_.dynamic;
    for (const LoadList& list : lists_) {
      nonces.push_back(list.nonces);
      hashes.push_back(list.hashes);
      dynamic = dynamic || list.dynamic;
    }
    const std::vector<Marks> all =
        RepresentativeMarks(nonces, hashes, a_.hashes);
    if (all.empty()) return Differs(leaf_, kTooManyMarks);
    for (const Marks& marks : all) {
      // No worker stands in the page's text.
      if (leaf_ != Directive::kWorkerSrc || !dynamic) Compare(marks, true);
      if (dynamic) Compare(marks, false);
      if (found_) break;
    }
    return std::move(found_);
  }

 private:
  void Compare(const Marks& marks, bool parser_inserted) {
    const bool any_nonce = !marks.nonce.empty() && !a_.nonces.empty();
    if (found_ || any_nonce ||
        a_.Everything({"", marks.hash}, parser_inserted)) {
      return;
    }
    Load load;
    load.directive = leaf_;
    load.nonce = marks.nonce;
    load.integrity = marks.hash;
    load.parser_inserted = parser_inserted;
    const Together together = MeetAll(lists_, load);
    CompareReach(reach_, together, load);
    // Of one list, what is within a's is so without paths too; what several
    // allow together may grow.
    const bool grows =
        lists_.size() > 1 && IsRedirected(leaf_) && !together.atoms.empty();
    if (!found_ && grows) CompareRedirected(std::move(load));
  }

  void CompareRedirected(Load load) {
    load.redirected = true;
    std::vector<LoadList> free_lists = lists_;
    for (LoadList& list : free_lists) FreePaths(&list.atoms);
    std::vector<Atom> free_atoms = a_.atoms;
    FreePaths(&free_atoms);
    CompareReach(ReachOf(free_atoms), MeetAll(free_lists, load), load);
  }

  void CompareReach(const Reach& reach, const Together& together,
                    const Load& load) {
    if (together.too_much) {
      found_ = Differs(leaf_, "more sources than can be compared");
      return;
    }
    if (together.everything) return FailAnywhere(reach, load);
    for (const Atom& atom : together.atoms) {
      if (!reach.Covers(atom)) return Fail(reach, atom, load);
    }
  }

  // Of all URLs, one that `a` does not reach: it names no more schemes than it
  // has atoms.
  void FailAnywhere(const Reach& reach, const Load& load) {
    for (absl::string_view scheme : {"https", "http"}) {
      Atom atom;
      atom.scheme = std::string(scheme);
      atom.reach = HostReach::kAnyName;
      if (!reach.Covers(atom)) return Fail(reach, atom, load);
    }
    Atom atom;
    atom.scheme = "data";
    atom.reach = HostReach::kEverything;
    for (size_t i = 0; i <= reach.size() && reach.Covers(atom); ++i) {
      atom.scheme = absl::StrCat("x-", i);
    }
    Fail(reach, atom, load);
  }

  Together MeetAll(const std::vector<LoadList>& lists, const Load& load) {
    Together out;
    for (const LoadList& list : lists) {
      if (list.Everything({load.nonce, load.integrity}, load.parser_inserted)) {
        continue;
      }
      if (out.everything) {
        out.everything = false;
        out.atoms = list.atoms;
        continue;
      }
      const size_t pairs = out.atoms.size() * list.atoms.size();
      if (pairs > pairs_left_) {
        out.too_much = true;
        return out;
      }
      pairs_left_ -= pairs;
      out.atoms = MeetEach(out.atoms, list.atoms);
    }
    return out;
  }

  static std::vector<Atom> MeetEach(const std::vector<Atom>& x,
                                    const std::vector<Atom>& y) {
    std::vector<Atom> out;
    for (const Atom& a : x) {
      for (const Atom& b : y) {
        absl::optional<Atom> both = Meet(a, b);
        if (both) out.push_back(*std::move(both));
      }
    }
    return out;
  }

  // Finds a URL of `atom` that `a` does not reach. There is one among the
  // first: each atom of `a` covers two witnesses of it at most.
  void Fail(const Reach& reach, const Atom& atom, Load load) {
    Url url = Witness(atom, 0);
    const int tries = static_cast<int>(2 * reach.size() + 4);
    for (int i = 1; i <= tries && reach.Covers(AtomOf(url, sides_.dialect));
         ++i) {
      url = Witness(atom, i);
    }
    load.url = std::move(url);
    found_ = Differs(
        leaf_,
        absl::StrCat(
            WhatLoads(leaf_), " from ", load.url.ToString(),
            load.redirected ? " by a redirect" : "",
            load.nonce.empty() ? "" : " with a nonce",
            load.integrity.empty() ? "" : " with a listed digest",
            load.parser_inserted ? "" : ", inserted by a trusted script"));
    found_->load = std::move(load);
  }

  const Sides& sides_;
  const Directive leaf_;
  const LoadList a_;
  std::vector<LoadList> lists_;
  Reach reach_;
  size_t pairs_left_ = kMaxPairs;
  Difference found_;
};

}  // namespace

Difference CompareLoads(const Sides& sides, Directive leaf) {
  const DirectiveValue* const bound = sides.a.Governing(leaf, sides.dialect);
  if (bound == nullptr) return NoDifference();
  return LoadComparer(sides, leaf, *bound).Run();
}

}  // namespace internal

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

}  // namespace csp
}  // namespace postern
