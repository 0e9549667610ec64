#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "bindings/lua/audit_wire.h"

using postern::lua::AuditReport;
using postern::lua::WantedCall;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// What is read must come back when it is written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  AuditReport report;
  const bool whole = postern::lua::DecodeReport(
      absl::string_view(reinterpret_cast<const char*>(data), size), &report);
  if (report.ToJson().empty()) abort();
  if (!whole) return 0;
  std::string again;
  for (const std::string& name : report.modules) {
    again += postern::lua::EncodeModule(name);
  }
  for (const std::string& name : report.files) {
    again += postern::lua::EncodeFile(name);
  }
  for (const WantedCall& call : report.calls) {
    again += postern::lua::EncodeCall(call);
  }
  again += postern::lua::EncodeEnd(report.error);
  AuditReport second;
  if (!postern::lua::DecodeReport(again, &second)) abort();
  if (second.calls != report.calls || second.error != report.error) abort();
  return 0;
}
