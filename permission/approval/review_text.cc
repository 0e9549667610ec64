#include "permission/approval/review_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "permission/internal/escape.h"

namespace postern {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

std::string QuotedList(const std::vector<std::string>& parts) {
  return absl::StrCat("[",
                      absl::StrJoin(parts, ", ",
                                    [](std::string* out, const std::string& s) {
                                      absl::StrAppend(out, QuoteForDisplay(s));
                                    }),
                      "]");
}

bool AnyHas(PermissionSet permissions, bool (*holds)(ResourceKind)) {
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (permissions.Contains(permission) && holds(ResourceKindOf(permission))) {
      return true;
    }
  }
  return false;
}

bool IsPath(ResourceKind kind) { return kind == ResourceKind::kPath; }
bool IsSomething(ResourceKind kind) { return kind != ResourceKind::kNone; }

std::string DescribeText(PermissionSet permissions, const std::string& text) {
  const bool subtree = AnyHas(permissions, IsPath) &&
                       !absl::StartsWith(text, "exact:") &&
                       text.find_first_of("*?") == std::string::npos;
  return absl::StrCat(QuoteForDisplay(text),
                      subtree ? " and all beneath it" : "");
}

// A function's name as it is, if nobody can take a part of it for ours.
std::string DescribeFunction(const std::string& name) {
  const bool plain =
      !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
               absl::StrContains("._-*", absl::string_view(&c, 1));
      });
  return plain ? name : QuoteForDisplay(name);
}

std::string Time(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

std::string DescribeCurrent(const Review& review) {
  const ApprovalState& current = review.current;
  if (current.revision == 0 && !current.approval) return "nothing is approved";
  std::string out = absl::StrCat("revision ", current.revision);
  if (!current.approval) return out + ", revoked: nothing is approved";
  absl::StrAppend(&out, ", by ", QuoteForDisplay(current.approval->approved_by),
                  " on ", Time(current.approval->approved_at));
  if (current.approval->expires) {
    absl::StrAppend(&out, review.in_force ? ", until " : ", expired on ",
                    Time(*current.approval->expires));
  }
  return out;
}

std::string Count(const Review& review, Change change) {
  return absl::StrCat(
      std::count_if(review.items.begin(), review.items.end(),
                    [&](const ReviewItem& i) { return i.change == change; }),
      " ", ChangeName(change));
}

std::string Head(const Review& review) {
  std::string out =
      absl::StrCat("app       ", QuoteForDisplay(review.app.id()));
  if (!review.title.empty()) {
    absl::StrAppend(&out, ", titled ", QuoteForDisplay(review.title));
  }
  absl::StrAppend(&out, "\napproved  ", DescribeCurrent(review));
  absl::StrAppend(&out, "\nrequests  ", Count(review, Change::kAdded), ", ",
                  Count(review, Change::kRemoved), ", ",
                  Count(review, Change::kUnchanged));
  return absl::StrCat(out, "\ndigest    ", review.digest, "\n");
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

size_t PermissionWidth(const Review& review) {
  size_t width = 0;
  for (const ReviewItem& item : review.items) {
    width = std::max(width, item.request.permissions.ToString().size());
  }
  return std::min(width, size_t{24});
}

std::string Item(size_t number, const ReviewItem& item, size_t width) {
  const PermissionRequest& request = item.request;
  const std::string indent(17, ' ');
  std::string out = absl::StrFormat("%4d  ", number);
  absl::StrAppend(&out, Padded(std::string(ChangeName(item.change)), 11),
                  Padded(request.permissions.ToString(), width), "  ",
                  DescribePattern(request.permissions, request.pattern), "\n");
  absl::StrAppend(
      &out, indent, "reason  ",
      request.reason.empty() ? "(none given)" : QuoteForDisplay(request.reason),
      "\n", indent, "source  ", EscapeForDisplay(request.source.ToString()),
      "\n");
  for (const RiskNote& risk : item.risks) {
    absl::StrAppend(&out, indent, "risk    ", risk.code, ": ", risk.text, "\n");
  }
  return out;
}

}  // namespace

std::string DescribePattern(PermissionSet permissions,
                            const RulePattern& pattern) {
  switch (pattern.kind()) {
    case RulePattern::Kind::kWhole:
      return AnyHas(permissions, IsSomething) ? "everything" : "(no resource)";
    case RulePattern::Kind::kText:
      return DescribeText(permissions, pattern.text());
    case RulePattern::Kind::kCall:
      return absl::StrCat(
          DescribeFunction(pattern.text()), " ", QuotedList(pattern.parts()),
          pattern.form() == CallForm::kList ? " and further arguments" : "");
    case RulePattern::Kind::kSecret:
      return QuotedList(pattern.parts());
    case RulePattern::Kind::kResolving:
      return absl::StrCat(DescribeText(permissions, pattern.text()),
                          ", which may lead to ", QuotedList(pattern.parts()));
  }
  return "";
}

std::string ReviewToText(const Review& review) {
  std::string out = Head(review);
  const size_t width = PermissionWidth(review);
  for (size_t i = 0; i < review.items.size(); ++i) {
    absl::StrAppend(&out, "\n", Item(i + 1, review.items[i], width));
  }
  return out;
}

}  // namespace postern
