#include "permission/approval/approval.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "net/csp/directive.h"
#include "net/csp/policy_text.h"
#include "permission/approval/csp_request.h"
#include "permission/approval/internal/pattern_index.h"
#include "permission/principal.h"
#include "permission/text/display.h"

namespace postern {
namespace {

absl::Status Invalid(const Approval& approval, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid approval of ",
                   internal::QuoteForDisplay(approval.app), ": ", what));
}

bool IsDigest(absl::string_view s) {
  return s.size() == 64 &&
         s.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
}

// What the stored form keeps exactly.
bool WholeNanoseconds(absl::Time time) {
  return absl::FromUnixNanos(absl::ToUnixNanos(time)) == time;
}

absl::Status ValidateTimes(const Approval& approval) {
  if (!WholeNanoseconds(approval.approved_at)) {
    return Invalid(approval, "the time of approval is out of range");
  }
  if (!approval.expires) return absl::OkStatus();
  if (!WholeNanoseconds(*approval.expires)) {
    return Invalid(approval,
                   "the expiry is out of range; leave it out for none");
  }
  if (*approval.expires <= approval.approved_at) {
    return Invalid(approval, "it expires before it is given");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateApproval(const Approval& approval) {
  const absl::StatusOr<Principal> app = Principal::Parse(approval.app);
  if (!app.ok()) return app.status();
  if (!app->version().empty()) {
    return Invalid(approval, "expected an app id without a version");
  }
  if (approval.approved_by.empty()) return Invalid(approval, "no approver");
  if (!IsDigest(approval.digest)) {
    return Invalid(approval, "expected a digest of 64 hexadecimal digits");
  }
  for (const PermissionRequest& request : approval.requests) {
    if (request.permissions.empty()) {
      return Invalid(approval, "a request without a permission");
    }
  }
  if (absl::Status s = ValidateCsp(approval.csp); !s.ok()) {
    return Invalid(approval, s.message());
  }
  return ValidateTimes(approval);
}

std::vector<Rule> ApprovalRules(const Approval& approval) {
  std::vector<Rule> rules;
  rules.reserve(approval.requests.size());
  for (const PermissionRequest& request : approval.requests) {
    Rule rule;
    rule.effect = Effect::kAllow;
    rule.permissions = request.permissions;
    rule.pattern = request.pattern;
    rule.source.kind = RuleSource::Kind::kApproval;
    rule.source.name = approval.app;
    rule.reason = request.reason;
    rule.limits.expires = approval.expires;
    rules.push_back(std::move(rule));
  }
  return rules;
}

absl::StatusOr<csp::GrantInput> ApprovalCspGrant(const Approval& approval,
                                                 absl::Time now) {
  csp::GrantInput input;
  input.app = approval.app;
  if (approval.expires && now >= *approval.expires) return input;
  absl::StatusOr<csp::PolicyText> text = CspPolicyText(approval.csp);
  if (!text.ok()) return text.status();
  input.grant = *std::move(text);
  return input;
}

Approval LimitToManifest(const Approval& approval, const Manifest& manifest) {
  Approval limited = approval;
  limited.requests.clear();
  limited.csp.clear();
  if (manifest.app.IdWithoutVersion() != approval.app) return limited;
  const internal::PatternIndex asked(manifest.requests);
  for (PermissionRequest request : approval.requests) {
    request.permissions = request.permissions & asked.Find(request.pattern);
    if (request.permissions.empty()) continue;
    limited.requests.push_back(std::move(request));
  }
  std::set<std::pair<csp::Directive, absl::string_view>> words;
  for (const CspRequest& request : manifest.csp) {
    words.insert({request.directive, request.word});
  }
  for (const CspRequest& request : approval.csp) {
    if (words.count({request.directive, request.word}) == 0) continue;
    limited.csp.push_back(request);
  }
  return limited;
}

}  // namespace postern
