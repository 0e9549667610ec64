#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/store.h"
#include "permission/approval/manifest.h"
#include "permission/approval/review_text.h"
#include "permission/approval/store_json.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using Row = std::array<std::string, 4>;

std::string Time(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
}

Row RowOf(const AppApproval& entry, absl::Time now) {
  std::string until = "until changed";
  if (entry.approval.expires) {
    until = absl::StrCat(*entry.approval.expires <= now ? "EXPIRED " : "",
                         Time(*entry.approval.expires));
  }
  return Row{EscapeForDisplay(entry.app),
             EscapeForDisplay(entry.approval.approved_by),
             Time(entry.approval.approved_at), until};
}

std::string Line(const Row& row, const std::array<size_t, 4>& widths) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    absl::StrAppend(&line, row[i],
                    std::string(widths[i] - row[i].size() + 2, ' '));
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// A table, and below each app what is approved.
std::string ToText(const std::vector<AppApproval>& entries) {
  const absl::Time now = absl::Now();
  std::vector<Row> rows = {{"APP", "APPROVED BY", "ON (UTC)", "UNTIL (UTC)"}};
  for (const AppApproval& entry : entries) rows.push_back(RowOf(entry, now));
  std::array<size_t, 4> widths = {};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out = Line(rows[0], widths);
  for (size_t i = 0; i < entries.size(); ++i) {
    absl::StrAppend(&out, Line(rows[i + 1], widths));
    for (const PermissionRequest& request : entries[i].approval.requests) {
      absl::StrAppend(&out, "  ", request.permissions.ToString(), "  ",
                      DescribePattern(request.permissions, request.pattern),
                      "\n");
    }
    for (const CspRequest& request : entries[i].approval.csp) {
      absl::StrAppend(&out, "  csp  ", DescribeCsp(request), "\n");
    }
    if (!entries[i].approval.place.empty()) {
      absl::StrAppend(&out, "  in folder  ",
                      internal::QuoteForDisplay(entries[i].approval.place),
                      "\n");
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<ExitCode> List(const Arguments& arguments, Output* out) {
  const absl::StatusOr<std::string> path = StorePath(arguments.store);
  if (!path.ok()) return path.status();
  const absl::StatusOr<std::unique_ptr<ApprovalStore>> store = OpenStore(*path);
  if (!store.ok()) return store.status();
  absl::StatusOr<std::vector<AppApproval>> entries = std::vector<AppApproval>();
  if (*store != nullptr) entries = (*store)->List();
  if (!entries.ok()) return entries.status();
  if (arguments.json) {
    out->Print(ApprovalsToJson(*entries));
  } else if (entries->empty()) {
    out->Print(absl::StrCat("nothing is approved in ",
                            internal::QuoteForDisplay(*path), "\n"));
  } else {
    out->Print(ToText(*entries));
  }
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
