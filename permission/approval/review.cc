#include "permission/approval/review.h"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "permission/approval/internal/canonical.h"
#include "permission/approval/internal/pattern_index.h"
#include "permission/internal/escape.h"

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
    for (auto& [key, merged] : items_) {
      ReviewItem item;
      item.change = std::get<0>(key);
      item.request = std::move(merged.request);
      item.request.reason = absl::StrJoin(merged.reasons, "; ");
      item.risks = RisksOf(item.request.permissions, item.request.pattern);
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
  return absl::OkStatus();
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

absl::StatusOr<PermissionRequest> ChosenRequest(const Review& review,
                                                size_t index) {
  if (index >= review.items.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no item ", index + 1, ", the review has ", review.items.size()));
  }
  const ReviewItem& item = review.items[index];
  if (item.change == Change::kRemoved) {
    return absl::InvalidArgumentError(absl::StrCat(
        "item ", index + 1, " is no longer asked for and cannot be approved"));
  }
  return item.request;
}

}  // namespace

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

bool Review::NeedsApproval() const {
  for (const ReviewItem& item : items) {
    if (item.change == Change::kAdded) return true;
  }
  return false;
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
  return internal::Sha256Hex(writer.bytes());
}

std::vector<size_t> EverythingRequested(const Review& review) {
  std::vector<size_t> chosen;
  for (size_t i = 0; i < review.items.size(); ++i) {
    if (review.items[i].change != Change::kRemoved) chosen.push_back(i);
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
    absl::StatusOr<PermissionRequest> request = ChosenRequest(review, index);
    if (!request.ok()) return request.status();
    approval.requests.push_back(*std::move(request));
  }
  if (absl::Status s = ValidateApproval(approval); !s.ok()) return s;
  return approval;
}

}  // namespace postern
