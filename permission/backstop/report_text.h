#ifndef POSTERN_PERMISSION_BACKSTOP_REPORT_TEXT_H_
#define POSTERN_PERMISSION_BACKSTOP_REPORT_TEXT_H_

#include <string>

#include "permission/backstop/report.h"

namespace postern {

// For people: facts about the kernel, then one line for each row and limit.
// What guests or files wrote is escaped (permission/text/display.h).
std::string ReportToText(const EnforcementReport& report);

// One row, without a line break:
//   full    deny fs.read "/srv/app/keys" (contents): landlock
std::string RowToText(const EnforcementRow& row);
// The same of a limit:
//   full    limit memory 64 MiB: cgroup v2
std::string LimitToText(const LimitRow& row);
// Without the level, which stands in a column there: for a text that goes on.
std::string RowWords(const EnforcementRow& row);
std::string LimitWords(const LimitRow& row);

// The same as JSON, several lines. Names are those of the text, and stable.
std::string ReportToJson(const EnforcementReport& report);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_REPORT_TEXT_H_
