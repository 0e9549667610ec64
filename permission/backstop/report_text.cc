#include "permission/backstop/report_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

std::string Enforcers(const EnforcementRow& row) {
  if (row.by.empty()) return std::string(EnforcerName(Enforcer::kNothing));
  return absl::StrJoin(row.by, ", ", [](std::string* out, Enforcer enforcer) {
    absl::StrAppend(out, EnforcerName(enforcer));
  });
}

// Which words of the policy the row is about.
std::string Words(const EnforcementRow& row) {
  if (row.layer.empty() && row.rule.empty()) {
    return absl::StrCat("what no rule grants of ",
                        PermissionName(row.permission));
  }
  return absl::StrCat(EffectName(row.requested), " ",
                      PermissionName(row.permission), " ",
                      row.rule.empty() ? "whole" : QuoteForDisplay(row.rule));
}

std::string ReasonToText(EnforcementReason reason) {
  if (reason == EnforcementReason::kExact) return "";
  return absl::StrCat("; ", EnforcementReasonText(reason), " [",
                      EnforcementReasonCode(reason), "]");
}

std::string Why(const EnforcementRow& row) {
  std::string why = ReasonToText(row.reason);
  if (row.grants_less && row.less != row.reason) {
    absl::StrAppend(&why,
                    "; less is granted: ", EnforcementReasonText(row.less),
                    " [", EnforcementReasonCode(row.less), "]");
  }
  if (!row.scope.empty()) {
    absl::StrAppend(&why, " at ", EscapeForDisplay(row.scope));
  }
  return why;
}

std::string FactToText(const ReportedFact& fact) {
  return absl::StrCat(
      fact.name, ": ", EscapeForDisplay(fact.state),
      fact.improve.empty() ? "" : absl::StrCat("; to improve: ", fact.improve));
}

}  // namespace

std::string RowWords(const EnforcementRow& row) {
  const std::string operation =
      row.operation == GuardedOperation::kAll
          ? ""
          : absl::StrCat(" (", OperationName(row.operation), ")");
  return absl::StrCat(Words(row), operation, ": ", Enforcers(row), Why(row));
}

std::string LimitWords(const LimitRow& row) {
  return absl::StrCat("limit ", row.limit, " ", row.requested, ": ",
                      row.held_by, ReasonToText(row.reason));
}

std::string RowToText(const EnforcementRow& row) {
  return absl::StrFormat("%-7s %s", LevelName(row.level), RowWords(row));
}

std::string LimitToText(const LimitRow& row) {
  return absl::StrFormat("%-7s %s", LevelName(row.level), LimitWords(row));
}

std::string ReportToText(const EnforcementReport& report) {
  std::string text =
      absl::StrCat("kernel ", EscapeForDisplay(report.kernel),
                   report.probed ? ", probed" : ", not probed", "\n");
  for (const ReportedFact& fact : report.facts) {
    absl::StrAppend(&text, "  ", FactToText(fact), "\n");
  }
  for (const EnforcementRow& row : report.rows) {
    absl::StrAppend(&text, RowToText(row), "\n");
  }
  for (const LimitRow& row : report.limits) {
    absl::StrAppend(&text, LimitToText(row), "\n");
  }
  return text;
}

}  // namespace postern
