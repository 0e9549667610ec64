#include "bindings/lua/audit_app.h"

#include <algorithm>
#include <utility>

#include "bindings/lua/app_directory.h"
#include "bindings/lua/audit_modules.h"
#include "bindings/lua/audit_wire.h"
#include "bindings/lua/guest_state.h"
#include "bindings/lua/limited_child.h"

namespace postern {
namespace lua {
namespace {

// What the child may use; beside it stand the kernel's limits of the process.
Limits AuditLimits(Limits limits) {
  limits.memory_bytes = std::min<size_t>(limits.memory_bytes, 64 << 20);
  limits.time = std::min(limits.time, absl::Seconds(4));
  limits.output_bytes = 0;
  return limits;
}

// In the child.
void Audit(const AuditOptions& options, int output, int directory) {
  const AppDirectory files = AppDirectory::FromDescriptor(directory);
  AuditModules modules(output);
  GuestState::Options guest_options;
  guest_options.limits = AuditLimits(options.limits);
  guest_options.files = &files;
  guest_options.modules = &modules;
  guest_options.unknown_values = true;
  GuestState guest(std::move(guest_options));
  const GuestState::RunResult run = guest.RunFile("main.lua", options.args);
  modules.End(run.finished          ? ""
              : run.message.empty() ? "error without a message"
                                    : run.message);
}

}  // namespace

AuditReport AuditApp(const AuditOptions& options) {
  AuditReport report;
  absl::StatusOr<AppDirectory> files = AppDirectory::Open(options.directory);
  if (!files.ok()) {
    report.error = std::string(files.status().message());
    return report;
  }
  const ChildResult child = RunInLimitedChild(
      ChildLimits(), files->fd(), [&options](int output, int directory) {
        Audit(options, output, directory);
      });
  if (!DecodeReport(child.output, &report)) {
    report.error =
        child.error.empty() ? "audit ended without a report" : child.error;
  }
  return report;
}

}  // namespace lua
}  // namespace postern
