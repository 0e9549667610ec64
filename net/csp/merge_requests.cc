#include "net/csp/merge_requests.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "net/csp/merge_allowed.h"
#include "net/csp/merge_ledger.h"

namespace postern {
namespace csp {
namespace internal {
namespace {

std::string KeyOf(const std::string& app, Directive directive,
                  const std::string& word) {
  return absl::StrCat(app, " ", static_cast<int>(directive), " ", word);
}

using PlaceKey = std::tuple<int, int, int>;

PlaceKey KeyOf(const Place& place) {
  return {place.file, place.line, place.column};
}

// Sources are numbered from here on, in place of their line, to be found again
// in an intersection. A ceiling's places are entries of a ledger, and never
// that many.
constexpr int kFirstNumber = 1 << 30;

// The places in `asked` of the sources of which nothing is left within the
// ceiling, whatever stands beside them. None if that takes too much.
std::set<PlaceKey> OutsideCeiling(const Policy& asked, const Policy& ceiling,
                                  const Origin& self, PairBudget* budget) {
  Policy numbered = asked;
  std::vector<Place> places;
  for (DirectiveValue& value : numbered.directives) {
    for (PlacedSource& s : value.sources) {
      places.push_back(s.place);
      s.place.line = kFirstNumber + static_cast<int>(places.size()) - 1;
    }
  }
  const absl::StatusOr<Policy> left =
      Intersect(numbered, ceiling, self, budget);
  std::set<PlaceKey> outside;
  if (!left.ok()) return outside;
  std::vector<bool> kept(places.size(), false);
  for (const DirectiveValue& value : left->directives) {
    for (const PlacedSource& s : value.sources) {
      if (s.place.line < kFirstNumber) continue;
      kept[static_cast<size_t>(s.place.line - kFirstNumber)] = true;
    }
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (!kept[i]) outside.insert(KeyOf(places[i]));
  }
  return outside;
}

// Tells what becomes of one directive that is asked for.
class Asked {
 public:
  Asked(const RequestInput& request, const DirectiveValue& value,
        const DirectiveValue* granted, const std::set<PlaceKey>& outside,
        std::vector<Note>* notes)
      : request_(request), value_(value), outside_(outside), notes_(notes) {
    if (granted == nullptr) return;
    granted_ = true;
    words_ = TextsOf(granted->sources);
    for (const PlacedToken& token : granted->tokens) words_.insert(token.text);
  }

  void TellSources(Allowance* allowance) {
    const bool loads = IsFetchDirective(value_.directive);
    const std::vector<bool> allowed =
        loads ? allowance->AllowedSources(value_)
              : std::vector<bool>(value_.sources.size(), false);
    for (size_t i = 0; i < value_.sources.size(); ++i) {
      const PlacedSource& s = value_.sources[i];
      const std::string word = s.source.ToString();
      if (loads && s.source.kind == SourceKind::kNone) {
        Tell(NoteKind::kNoneDropped, word, s.place,
             "dropped: nothing can be added by 'none'");
      } else if (words_.count(word) == 0 && allowed[i]) {
        Tell(NoteKind::kAlreadyAllowed, word, s.place,
             "asked for, allowed already");
      } else if (words_.count(word) == 0) {
        const bool outside = s.source.kind != SourceKind::kNone &&
                             outside_.count(KeyOf(s.place)) > 0;
        outside ? TellOutside(word, s.place) : TellMissing(word, s.place);
      }
    }
  }

  void TellTokens() {
    for (const PlacedToken& token : value_.tokens) {
      if (words_.count(token.text) == 0) TellMissing(token.text, token.place);
    }
    const bool lists = ValueKindOf(value_.directive) == ValueKind::kSources;
    if (!lists && value_.tokens.empty() && !granted_) {
      TellMissing(std::string(DirectiveName(value_.directive)), value_.place);
    }
  }

 private:
  void TellMissing(const std::string& word, const Place& place) {
    Tell(NoteKind::kNotGranted, word, place, "asked for, not granted");
  }

  void TellOutside(const std::string& word, const Place& place) {
    Tell(NoteKind::kOutsideCeiling, word, place,
         "asked for, not granted; the ceiling forbids it, so that a grant "
         "alone would change nothing");
  }

  void Tell(NoteKind kind, const std::string& word, const Place& place,
            std::string message) {
    notes_->push_back(
        {kind,
         request_.app,
         value_.directive,
         word,
         {Voice::kRequest, request_.app, request_.request.FileOf(place), place},
         std::move(message)});
  }

  const RequestInput& request_;
  const DirectiveValue& value_;
  const std::set<PlaceKey>& outside_;
  bool granted_ = false;
  std::set<std::string> words_;  // that are granted
  std::vector<Note>* const notes_;
};

}  // namespace

RequestIndex::RequestIndex(const std::vector<RequestInput>& requests)
    : requests_(requests) {
  for (const RequestInput& request : requests) {
    for (const DirectiveValue& value : request.request.policy.directives) {
      for (const PlacedSource& s : value.sources) {
        sources_.emplace(
            KeyOf(request.app, value.directive, s.source.ToString()),
            Provenance{Voice::kRequest, request.app,
                       request.request.FileOf(s.place), s.place});
      }
    }
  }
}

const Provenance* RequestIndex::Find(const std::string& app,
                                     Directive directive,
                                     const std::string& word) const {
  const auto found = sources_.find(KeyOf(app, directive, word));
  return found == sources_.end() ? nullptr : &found->second;
}

void RequestIndex::Compare(const std::string& app, const GrantInput* grant,
                           const Policy& policy, const Policy* ceiling,
                           const Origin& self, PairBudget* budget,
                           std::vector<Note>* notes) const {
  Allowance allowance(policy, self);
  for (const RequestInput& request : requests_) {
    if (request.app != app) continue;
    std::set<PlaceKey> outside;
    if (ceiling != nullptr) {
      outside = OutsideCeiling(request.request.policy, *ceiling, self, budget);
    }
    for (const DirectiveValue& value : request.request.policy.directives) {
      Asked asked(request, value,
                  grant == nullptr ? nullptr
                                   : grant->grant.policy.Find(value.directive),
                  outside, notes);
      asked.TellSources(&allowance);
      asked.TellTokens();
    }
  }
  if (grant == nullptr) return;
  for (const DirectiveValue& value : grant->grant.policy.directives) {
    for (const PlacedSource& s : value.sources) {
      const std::string word = s.source.ToString();
      if (Find(app, value.directive, word) != nullptr) continue;
      notes->push_back(
          {NoteKind::kNotAsked,
           app,
           value.directive,
           word,
           {Voice::kGrant, app, grant->grant.FileOf(s.place), s.place},
           "granted, though the app does not ask for it"});
    }
  }
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
