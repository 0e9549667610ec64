#include "permission/approval/review.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "net/csp/directive.h"
#include "permission/approval/csp_request.h"
#include "permission/approval/csp_risk.h"
#include "permission/approval/internal/canonical.h"
#include "permission/approval/internal/pattern_index.h"
#include "permission/internal/known_programs.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using internal::CanonicalWriter;
using internal::PatternIndex;
using internal::PatternKey;

bool Before(const RuleSource& a, const RuleSource& b) {
  return std::tie(a.kind, a.name, a.line, a.column) <
         std::tie(b.kind, b.name, b.line, b.column);
}

// Collects items and merges those alike.
class ItemCollector {
 public:
  void Add(Change change, PermissionSet permissions,
           const PermissionRequest& request) {
    if (permissions.empty()) return;
    const Key key(change, permissions.ToString(), request.pattern.ToString(),
                  PatternKey(request.pattern));
    auto [it, inserted] = items_.emplace(key, Merged());
    Merged& merged = it->second;
    if (inserted || Before(request.source, merged.request.source)) {
      merged.request = request;
      merged.request.permissions = permissions;
    }
    if (!request.reason.empty()) merged.reasons.insert(request.reason);
  }

  std::vector<ReviewItem> Take() {
    std::vector<ReviewItem> items;
    internal::TrialBudget trials;
    for (auto& [key, merged] : items_) {
      ReviewItem item;
      item.change = std::get<0>(key);
      item.request = std::move(merged.request);
      item.request.reason = absl::StrJoin(merged.reasons, "; ");
      item.risks =
          RisksOf(item.request.permissions, item.request.pattern, &trials);
      items.push_back(std::move(item));
    }
    return items;
  }

 private:
  // The order in which items are shown; only the last part tells patterns
  // apart for certain.
  using Key = std::tuple<Change, std::string, std::string, std::string>;
  struct Merged {
    PermissionRequest request;
    std::set<std::string> reasons;
  };
  std::map<Key, Merged> items_;
};

// Collects the items for words of pages, as the class above does for requests.
class CspCollector {
 public:
  void Add(Change change, const CspRequest& request) {
    auto [it, inserted] = items_.emplace(
        Key(change, csp::DirectiveName(request.directive), request.word),
        Merged());
    Merged& merged = it->second;
    if (inserted || Before(request.source, merged.request.source)) {
      merged.request = request;
    }
    if (!request.reason.empty()) merged.reasons.insert(request.reason);
  }

  // Risks are those of what is asked for together, or was.
  std::vector<CspReviewItem> Take() {
    std::vector<CspReviewItem> items;
    std::vector<CspRequest> asked, removed;
    for (auto& [key, merged] : items_) {
      CspReviewItem item;
      item.change = std::get<0>(key);
      item.request = std::move(merged.request);
      item.request.reason = absl::StrJoin(merged.reasons, "; ");
      (item.change == Change::kRemoved ? removed : asked)
          .push_back(item.request);
      items.push_back(std::move(item));
    }
    if (items.empty()) return items;
    const CspAssessor assessor;
    std::vector<CspRisks> of_asked = assessor.Assess(asked);
    std::vector<CspRisks> of_removed = assessor.Assess(removed);
    size_t next_asked = 0, next_removed = 0;
    for (CspReviewItem& item : items) {
      CspRisks& risks = item.change == Change::kRemoved
                            ? of_removed[next_removed++]
                            : of_asked[next_asked++];
      item.risks = std::move(risks.notes);
    }
    return items;
  }

 private:
  using Key = std::tuple<Change, absl::string_view, std::string>;
  struct Merged {
    CspRequest request;
    std::set<std::string> reasons;
  };
  std::map<Key, Merged> items_;
};

PermissionSet Without(PermissionSet set, PermissionSet other) {
  return PermissionSet::FromBits(set.bits() & ~other.bits());
}

std::vector<ReviewItem> Compare(const std::vector<PermissionRequest>& asked,
                                const std::vector<PermissionRequest>& held) {
  const PatternIndex asked_index(asked), held_index(held);
  ItemCollector items;
  for (const PermissionRequest& request : asked) {
    const PermissionSet approved = held_index.Find(request.pattern);
    items.Add(Change::kAdded, Without(request.permissions, approved), request);
    items.Add(Change::kUnchanged, request.permissions & approved, request);
  }
  for (const PermissionRequest& request : held) {
    const PermissionSet wanted = asked_index.Find(request.pattern);
    items.Add(Change::kRemoved, Without(request.permissions, wanted), request);
  }
  return items.Take();
}

using CspWords = std::set<std::pair<csp::Directive, absl::string_view>>;

CspWords WordsOf(const std::vector<CspRequest>& requests) {
  CspWords words;
  for (const CspRequest& request : requests) {
    words.insert({request.directive, request.word});
  }
  return words;
}

bool Holds(const CspWords& words, const CspRequest& request) {
  return words.count({request.directive, request.word}) > 0;
}

std::vector<CspReviewItem> Compare(const std::vector<CspRequest>& asked,
                                   const std::vector<CspRequest>& held) {
  const CspWords asked_words = WordsOf(asked), held_words = WordsOf(held);
  CspCollector items;
  for (const CspRequest& request : asked) {
    items.Add(Holds(held_words, request) ? Change::kUnchanged : Change::kAdded,
              request);
  }
  for (const CspRequest& request : held) {
    if (!Holds(asked_words, request)) items.Add(Change::kRemoved, request);
  }
  return items.Take();
}

absl::Status CheckInput(const Manifest& manifest,
                        const ApprovalState& current) {
  const std::string app = manifest.app.IdWithoutVersion();
  if (app.empty()) {
    return absl::InvalidArgumentError("a manifest without an app id");
  }
  if (current.approval && current.approval->app != app) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the approval is of ", internal::QuoteForDisplay(current.approval->app),
        ", not of ", internal::QuoteForDisplay(app)));
  }
  for (const PermissionRequest& request : manifest.requests) {
    if (!request.permissions.empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(internal::EscapeForDisplay(request.source.ToString()),
                     ": a request without a permission"));
  }
  return ValidateCsp(manifest.csp);
}

void WriteCurrent(const Review& review, CanonicalWriter* writer) {
  writer->Number(static_cast<uint64_t>(review.current.revision));
  writer->Number(review.in_force ? 1 : 0);
  writer->Number(review.current.approval ? 1 : 0);
  if (!review.current.approval) return;
  const Approval& approval = *review.current.approval;
  writer->Bytes(approval.digest);
  writer->Bytes(approval.approved_by);
  writer->Number(
      static_cast<uint64_t>(absl::ToUnixNanos(approval.approved_at)));
  writer->Number(approval.expires ? 1 : 0);
  if (!approval.expires) return;
  writer->Number(static_cast<uint64_t>(absl::ToUnixNanos(*approval.expires)));
}

void WriteItem(const ReviewItem& item, CanonicalWriter* writer) {
  writer->Bytes(ChangeName(item.change));
  writer->Permissions(item.request.permissions);
  writer->Pattern(item.request.pattern);
  writer->Bytes(item.request.reason);
  writer->Number(item.risks.size());
  for (const RiskNote& risk : item.risks) writer->Bytes(risk.code);
}

void WriteCspItem(const CspReviewItem& item, CanonicalWriter* writer) {
  writer->Bytes(ChangeName(item.change));
  writer->Bytes(csp::DirectiveName(item.request.directive));
  writer->Bytes(item.request.word);
  writer->Bytes(item.request.reason);
  writer->Number(item.risks.size());
  for (const RiskNote& risk : item.risks) writer->Bytes(risk.code);
}

// Adds the item of that number to what is approved.
absl::Status Choose(const Review& review, size_t index, Approval* approval) {
  const size_t permissions = review.items.size();
  if (index >= permissions + review.csp.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no item ", index + 1, ", the review has ",
                     permissions + review.csp.size()));
  }
  const Change change = index < permissions
                            ? review.items[index].change
                            : review.csp[index - permissions].change;
  if (change == Change::kRemoved) {
    return absl::InvalidArgumentError(absl::StrCat(
        "item ", index + 1, " is no longer asked for and cannot be approved"));
  }
  if (index < permissions) {
    approval->requests.push_back(review.items[index].request);
  } else {
    approval->csp.push_back(review.csp[index - permissions].request);
  }
  return absl::OkStatus();
}

template <typename AnyItem>
void AddRisks(const std::vector<AnyItem>& items, size_t before,
              std::map<std::string, size_t>* places,
              std::vector<RiskSummary>* summary) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].change == Change::kRemoved) continue;
    for (const RiskNote& risk : items[i].risks) {
      const auto place = places->emplace(risk.code, summary->size());
      if (place.second) summary->push_back({risk.code, {}});
      std::vector<size_t>& numbers = (*summary)[place.first->second].items;
      const size_t number = before + i + 1;
      if (numbers.empty() || numbers.back() != number) {
        numbers.push_back(number);
      }
    }
  }
}

}  // namespace

std::vector<RiskSummary> SummarizeRisks(const Review& review) {
  std::map<std::string, size_t> places;
  std::vector<RiskSummary> summary;
  AddRisks(review.items, 0, &places, &summary);
  AddRisks(review.csp, review.items.size(), &places, &summary);
  return summary;
}

absl::string_view ChangeName(Change change) {
  switch (change) {
    case Change::kAdded:
      return "ADDED";
    case Change::kRemoved:
      return "REMOVED";
    case Change::kUnchanged:
      return "UNCHANGED";
  }
  return "ADDED";
}

size_t Review::Count(Change change) const {
  const auto is = [change](const auto& item) { return item.change == change; };
  return static_cast<size_t>(std::count_if(items.begin(), items.end(), is) +
                             std::count_if(csp.begin(), csp.end(), is));
}

absl::StatusOr<Review> MakeReview(const Manifest& manifest,
                                  const ApprovalState& current,
                                  absl::Time now) {
  if (absl::Status s = CheckInput(manifest, current); !s.ok()) return s;
  Review review;
  review.app = manifest.app;
  review.title = manifest.title;
  review.current = current;
  review.in_force = current.approval && (!current.approval->expires ||
                                         now < *current.approval->expires);
  review.items = Compare(manifest.requests,
                         review.in_force ? current.approval->requests
                                         : std::vector<PermissionRequest>());
  review.csp =
      Compare(manifest.csp, review.in_force ? current.approval->csp
                                            : std::vector<CspRequest>());
  review.digest = ReviewDigest(review);
  return review;
}

std::string ReviewDigest(const Review& review) {
  CanonicalWriter writer("postern review 1");
  writer.Bytes(review.app.id());
  writer.Bytes(review.title);
  WriteCurrent(review, &writer);
  writer.Number(review.items.size());
  for (const ReviewItem& item : review.items) WriteItem(item, &writer);
  // Reviews without words for pages keep the digest that they always had.
  if (!review.csp.empty()) writer.Number(review.csp.size());
  for (const CspReviewItem& item : review.csp) WriteCspItem(item, &writer);
  return internal::Sha256Hex(writer.bytes());
}

std::vector<size_t> EverythingRequested(const Review& review) {
  std::vector<size_t> chosen;
  for (size_t i = 0; i < review.items.size(); ++i) {
    if (review.items[i].change != Change::kRemoved) chosen.push_back(i);
  }
  for (size_t i = 0; i < review.csp.size(); ++i) {
    if (review.csp[i].change == Change::kRemoved) continue;
    chosen.push_back(review.items.size() + i);
  }
  return chosen;
}

absl::StatusOr<Approval> Approve(const Review& review, absl::string_view digest,
                                 const std::vector<size_t>& chosen,
                                 const Signature& signature) {
  // Taken anew, so that a review changed since it was made does not pass.
  if (const std::string own = ReviewDigest(review); digest != own) {
    return absl::FailedPreconditionError(
        absl::StrCat("what was shown is no longer what would be approved: "
                     "digest ",
                     internal::QuoteForDisplay(digest.substr(0, 64)),
                     ", expected \"", own, "\"; review again"));
  }
  Approval approval;
  approval.app = review.app.IdWithoutVersion();
  approval.approved_by = signature.who;
  approval.approved_at = signature.when;
  approval.expires = signature.expires;
  approval.digest = std::string(digest);
  for (size_t index : std::set<size_t>(chosen.begin(), chosen.end())) {
    if (absl::Status s = Choose(review, index, &approval); !s.ok()) return s;
  }
  if (absl::Status s = ValidateApproval(approval); !s.ok()) return s;
  return approval;
}

}  // namespace postern
