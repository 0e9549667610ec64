#include "permission/approval/review_text.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "net/address.h"
#include "net/csp/directive.h"
#include "net/csp/review.h"
#include "net/csp/source.h"
#include "net/endpoint_pattern.h"
#include "net/host_pattern.h"
#include "permission/approval/internal/endpoint_extent.h"
#include "permission/text/display.h"

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

std::string DescribeHost(const net::HostPattern& host) {
  switch (host.kind) {
    case net::HostPattern::Kind::kAny:
      return ", every host";
    case net::HostPattern::Kind::kName:
      return "";
    case net::HostPattern::Kind::kBelow:
      return ", every host below";
    case net::HostPattern::Kind::kBlock:
      return host.block.bits < net::IpAddress::kBits
                 ? ", every address of that block"
                 : "";
    case net::HostPattern::Kind::kClass:
      return host.address_class == net::AddressClass::kPublic
                 ? ", every such address and every name that leads to one"
                 : ", every such address";
  }
  return "";
}

// What is behind the text of an endpoint, ports not for look-ups.
std::string DescribeExtent(const net::EndpointPattern& endpoint, bool ports) {
  const char* const any =
      ports && endpoint.ports.any() ? ", on every port" : "";
  switch (endpoint.kind) {
    case net::EndpointPattern::Kind::kHost:
      return absl::StrCat(DescribeHost(endpoint.host), any);
    case net::EndpointPattern::Kind::kUnix:
      return ", that socket and all beneath it";
    case net::EndpointPattern::Kind::kAbstract:
      return endpoint.prefix ? ", every name that begins so" : "";
    case net::EndpointPattern::Kind::kVsock:
      return any;
  }
  return "";
}

std::string DescribeEndpoint(PermissionSet permissions,
                             const std::string& text) {
  const absl::StatusOr<net::EndpointPattern> endpoint =
      net::ParseEndpointPattern(text);
  return absl::StrCat(
      QuoteForDisplay(text),
      endpoint.ok() ? DescribeExtent(
                          *endpoint,
                          permissions != PermissionSet(Permission::kNetResolve))
                    : "");
}

bool IsPath(ResourceKind kind) { return kind == ResourceKind::kPath; }
bool IsSomething(ResourceKind kind) { return kind != ResourceKind::kNone; }

std::string DescribeText(PermissionSet permissions, const std::string& text) {
  if (internal::AreForEndpoints(permissions)) {
    return DescribeEndpoint(permissions, text);
  }
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
  return absl::StrCat(review.Count(change), " ", ChangeName(change));
}

// Numbers of items that one line of the summary names.
constexpr size_t kNumbersShown = 8;

// The items of each risk, a line each.
std::string Risks(const Review& review) {
  std::string out;
  for (const RiskSummary& risk : SummarizeRisks(review)) {
    const size_t shown = std::min(risk.items.size(), kNumbersShown);
    absl::StrAppend(
        &out, out.empty() ? "\nrisks     " : "\n          ", risk.code, ": ",
        absl::StrJoin(risk.items.begin(), risk.items.begin() + shown, ", "));
    if (shown < risk.items.size()) {
      absl::StrAppend(&out, " and ", risk.items.size() - shown, " more");
    }
  }
  return out;
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
                  Count(review, Change::kUnchanged), Risks(review));
  return absl::StrCat(out, "\ndigest    ", review.digest, "\n");
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// Stands for the permission of words for pages.
constexpr absl::string_view kCsp = "csp";

size_t PermissionWidth(const Review& review) {
  size_t width = 0;
  for (const ReviewItem& item : review.items) {
    width = std::max(width, item.request.permissions.ToString().size());
  }
  if (!review.csp.empty()) width = std::max(width, kCsp.size());
  return std::min(width, size_t{24});
}

// An item of either kind, with its first line behind the change.
template <typename AnyItem>
std::string Item(size_t number, const AnyItem& item, absl::string_view line) {
  const std::string indent(17, ' ');
  std::string out = absl::StrFormat("%4d  ", number);
  absl::StrAppend(&out, Padded(std::string(ChangeName(item.change)), 11), line,
                  "\n");
  const std::string& reason = item.request.reason;
  absl::StrAppend(&out, indent, "reason  ",
                  reason.empty() ? "(none given)" : QuoteForDisplay(reason),
                  "\n", indent, "source  ",
                  EscapeForDisplay(item.request.source.ToString()), "\n");
  for (const RiskNote& risk : item.risks) {
    absl::StrAppend(&out, indent, "risk    ", risk.code, ": ", risk.text, "\n");
  }
  return out;
}

std::string LineOf(const PermissionRequest& request, size_t width) {
  return absl::StrCat(Padded(request.permissions.ToString(), width), "  ",
                      DescribePattern(request.permissions, request.pattern));
}

std::string LineOf(const CspRequest& request, size_t width) {
  return absl::StrCat(Padded(std::string(kCsp), width), "  ",
                      DescribeCsp(request));
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

std::string DescribeCsp(const CspRequest& request) {
  const absl::string_view directive = csp::DirectiveName(request.directive);
  if (request.word.empty()) return std::string(directive);
  std::string out =
      absl::StrCat(directive, " ", EscapeForDisplay(request.word));
  if (csp::ValueKindOf(request.directive) == csp::ValueKind::kSources) {
    absl::StrAppend(
        &out, " (",
        EscapeForDisplay(csp::SourceInWords(
            request.directive, csp::ParseSource(request.word).source)),
        ")");
  }
  return out;
}

std::string ReviewToText(const Review& review) {
  std::string out = Head(review);
  const size_t width = PermissionWidth(review);
  for (size_t i = 0; i < review.items.size(); ++i) {
    const ReviewItem& item = review.items[i];
    absl::StrAppend(&out, "\n", Item(i + 1, item, LineOf(item.request, width)));
  }
  for (size_t i = 0; i < review.csp.size(); ++i) {
    const CspReviewItem& item = review.csp[i];
    absl::StrAppend(
        &out, "\n",
        Item(review.items.size() + i + 1, item, LineOf(item.request, width)));
  }
  return out;
}

}  // namespace postern
