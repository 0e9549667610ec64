#include "net/csp/merge.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "net/csp/ceiling_notes.h"
#include "net/csp/intersect.h"
#include "net/csp/merge_ledger.h"
#include "net/csp/merge_requests.h"
#include "net/csp/merge_union.h"

namespace postern {
namespace csp {
namespace {

// As many as take a second, all apps together.
constexpr int kMaxPairs = 20000;

// One call of Merge().
class Merger {
 public:
  explicit Merger(const MergeInput& input)
      : input_(input),
        self_(input.self.scheme.empty() ? AssumedOrigin() : input.self),
        requests_(input.requests),
        base_(Entered(input.base, Voice::kBase)) {
    if (input.ceiling) ceiling_ = Entered(*input.ceiling, Voice::kCeiling);
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
      if (status.ok()) {
        requests_.Compare(app, grant, one.merged.policy,
                          ceiling_ ? &*ceiling_ : nullptr, self_,
                          &asked_budget_, &one.notes);
      }
      result.apps.push_back(std::move(one));
    }
    if (!status.ok()) return status;
    return result;
  }

 private:
  Policy Entered(const PolicyText& text, Voice voice) {
    Policy out = text.policy;
    const auto enter = [&](Place* place) {
      *place = internal::PlaceOf(
          ledger_.Enter({voice, "", text.FileOf(*place), *place}));
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
      const absl::Status name = CheckName(request.app);
      if (!name.ok()) return name;
      if (!asking.insert(request.app).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("two requests of the app ", request.app));
      }
    }
    for (const GrantInput& grant : input_.grants) {
      const absl::Status name = CheckName(grant.app);
      if (!name.ok()) return name;
      if (!granted.insert(grant.app).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("two grants for the app ", grant.app));
      }
    }
    return absl::OkStatus();
  }

  // It stands in messages and in lines to paste.
  static absl::Status CheckName(const std::string& app) {
    if (IsAppName(app)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "no name of an app: \"", absl::CHexEscape(app.substr(0, 100)),
        "\"; letters, digits, \"-\", \".\" and \"_\" make one"));
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
    Policy merged =
        internal::UnionOf(base_, grants, &allowance_, &ledger_, notes);
    if (ceiling_) {
      absl::StatusOr<Policy> within =
          Intersect(merged, *ceiling_, self_, &budget_);
      if (!within.ok()) {
        return absl::Status(
            within.status().code(),
            absl::StrCat(
                "the merged policy cannot be kept within the ceiling: ",
                within.status().message()));
      }
      internal::TellOfCeiling(merged, *within, ledger_, notes);
      merged = *std::move(within);
    }
    Fill(std::move(merged), out);
    return absl::OkStatus();
  }

  std::vector<Provenance> WithRequests(Directive directive,
                                       const std::string& word,
                                       const Place& place) const {
    std::vector<Provenance> out;
    std::set<std::string> known;
    for (const Provenance& from : ledger_.Get(internal::EntryAt(place))) {
      if (!known.insert(from.ToString()).second) continue;
      out.push_back(from);
      if (from.voice != Voice::kGrant) continue;
      for (Directive asked : FallbackChain(directive)) {
        const Provenance* const at = requests_.Find(from.app, asked, word);
        if (at == nullptr) continue;
        if (known.insert(at->ToString()).second) out.push_back(*at);
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
      const bool lists = ValueKindOf(value.directive) == ValueKind::kSources;
      if (merged.words.empty() && !lists) {
        merged.from = ledger_.Get(internal::EntryAt(value.place));
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

  const MergeInput& input_;
  const Origin self_;
  const internal::RequestIndex requests_;
  internal::Ledger ledger_;
  const Policy base_;
  internal::Allowance allowance_{base_, self_};
  absl::optional<Policy> ceiling_;
  PairBudget budget_{kMaxPairs};
  // What apps ask for never makes a merge fail.
  PairBudget asked_budget_{kMaxPairs};
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

GrantInput ToGrantInput(GrantText grant) {
  GrantInput input;
  input.app = std::move(grant.app);
  input.grant = std::move(grant.grant);
  for (const Acceptance& acceptance : grant.accepted) {
    input.accepted.push_back(acceptance.conflict);
  }
  return input;
}

}  // namespace csp
}  // namespace postern
