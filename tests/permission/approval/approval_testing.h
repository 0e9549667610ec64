#ifndef POSTERN_TESTS_PERMISSION_APPROVAL_APPROVAL_TESTING_H_
#define POSTERN_TESTS_PERMISSION_APPROVAL_APPROVAL_TESTING_H_

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "net/csp/directive.h"
#include "permission/approval/approval.h"
#include "permission/approval/manifest.h"
#include "permission/approval/store.h"

namespace postern {

inline PermissionRequest Request(absl::string_view permission,
                                 RulePattern pattern,
                                 absl::string_view reason = "because",
                                 int line = 1) {
  PermissionRequest request;
  request.permissions = PermissionSet::Parse(permission).value();
  request.pattern = std::move(pattern);
  request.reason = std::string(reason);
  request.source.kind = RuleSource::Kind::kFile;
  request.source.name = "manifest.json";
  request.source.line = line;
  return request;
}

inline PermissionRequest PathRequest(absl::string_view permission,
                                     absl::string_view path) {
  return Request(permission, RulePattern::Text(path));
}

// A word for pages, as "img-src https://a.test".
inline CspRequest PageRequest(absl::string_view directive_and_word,
                              absl::string_view reason = "because",
                              int line = 1) {
  const size_t space = directive_and_word.find(' ');
  CspRequest request;
  request.directive =
      csp::ParseDirectiveName(directive_and_word.substr(0, space)).value();
  if (space != directive_and_word.npos) {
    request.word = std::string(directive_and_word.substr(space + 1));
  }
  request.reason = std::string(reason);
  request.source.kind = RuleSource::Kind::kFile;
  request.source.name = "manifest.json";
  request.source.line = line;
  return request;
}

// `exec.in.run ["du"]`, the list form.
inline PermissionRequest RunRequest(std::vector<std::string> args,
                                    CallForm form = CallForm::kList) {
  return Request("plugin.call",
                 RulePattern::Call("exec.in.run", std::move(args), form));
}

inline Manifest MakeManifest(absl::string_view app,
                             std::vector<PermissionRequest> requests) {
  Manifest manifest;
  manifest.app = Principal::Parse(app).value();
  manifest.title = "Notes";
  manifest.requests = std::move(requests);
  return manifest;
}

inline absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1700000000 + seconds);
}

inline Approval MakeApproval(absl::string_view app,
                             std::vector<PermissionRequest> requests) {
  Approval approval;
  approval.app = std::string(app);
  approval.requests = std::move(requests);
  approval.approved_by = "alice";
  approval.approved_at = At(0);
  approval.digest = std::string(64, 'a');
  return approval;
}

inline ApprovalState InForce(int64_t revision, Approval approval) {
  ApprovalState state;
  state.revision = revision;
  state.approval = std::move(approval);
  return state;
}

inline ChangeInfo By(absl::string_view who, absl::string_view note = "") {
  return {std::string(who), At(0), std::string(note)};
}

// All that an approval says, for comparisons and failure messages.
inline std::string Dump(const Approval& a) {
  std::string out = absl::StrCat(a.app, " by ", a.approved_by, " at ",
                                 absl::FormatTime(a.approved_at), " until ",
                                 a.expires ? absl::FormatTime(*a.expires) : "-",
                                 " of ", a.digest, " in \"", a.place, "\"");
  for (const PermissionRequest& r : a.requests) {
    absl::StrAppend(&out, "\n  ", r.permissions.ToString(), " ",
                    r.pattern.ToString(), " (", r.reason, ") ",
                    r.source.ToString());
  }
  for (const CspRequest& r : a.csp) {
    absl::StrAppend(&out, "\n  csp ", csp::DirectiveName(r.directive), " ",
                    r.word, " (", r.reason, ") ", r.source.ToString());
  }
  return out;
}

inline std::string Dump(const ApprovalEvent& e) {
  return absl::StrCat(e.revision, " ", e.app, " ", e.info.who, " ",
                      absl::FormatTime(e.info.when), " ", e.info.note, " ",
                      e.approval ? Dump(*e.approval) : "revoked");
}

}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_APPROVAL_APPROVAL_TESTING_H_
