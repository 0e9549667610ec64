#ifndef POSTERN_BINDINGS_LUA_AUDIT_WIRE_H_
#define POSTERN_BINDINGS_LUA_AUDIT_WIRE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "bindings/lua/audit_report.h"

namespace postern {
namespace lua {

// How the child of an audit tells its parent what it saw: records that begin
// with a letter, each appended as it happens, so that what was seen before a
// violent end is not lost. Numbers are 32 bits, the low byte first.

// The most that a report may take.
constexpr size_t kMaxReportBytes = 256 << 10;

std::string EncodeModule(absl::string_view name);
std::string EncodeFile(absl::string_view name);
std::string EncodeCall(const WantedCall& call);
// The last record. "" = the top level came to its end.
std::string EncodeEnd(absl::string_view error);

// Reads what a child wrote; the child is not trusted. What is understood up to
// the first mistake is taken. False if there is a mistake or no last record;
// `report->error` is then untouched.
bool DecodeReport(absl::string_view bytes, AuditReport* report);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_AUDIT_WIRE_H_
