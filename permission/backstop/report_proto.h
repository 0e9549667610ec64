#ifndef POSTERN_PERMISSION_BACKSTOP_REPORT_PROTO_H_
#define POSTERN_PERMISSION_BACKSTOP_REPORT_PROTO_H_

#include <string>

#include "permission/backstop/report.h"

namespace postern {

// The report as a message of permission/backstop/report.proto, in protobuf's
// binary form; the same bytes for the same report.
std::string ReportToBinary(const EnforcementReport& report);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_REPORT_PROTO_H_
