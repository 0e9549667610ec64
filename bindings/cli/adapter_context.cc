#include "bindings/cli/adapter_context.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "bindings/c/bridge.h"
#include "fs/base/file_descriptor.h"
#include "permission/context.h"
#include "permission/principal.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

absl::StatusOr<std::unique_ptr<std::ofstream>> OpenLog(
    const std::string& path) {
  if (path.empty()) return std::unique_ptr<std::ofstream>();
  auto log = std::make_unique<std::ofstream>(path, std::ios::app);
  if (log->is_open()) return log;
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write to the audit log ",
                   internal::QuoteForDisplay(path), ": ", strerror(errno)));
}

}  // namespace

absl::StatusOr<AdapterContext> MakeAdapterContext(
    const ConfinedRun& run, const std::string& principal) {
  AdapterContext made;
  absl::StatusOr<std::unique_ptr<std::ofstream>> log =
      OpenLog(run.arguments.audit_log);
  if (!log.ok()) return log.status();
  made.log = *std::move(log);
  if (made.log != nullptr) {
    made.sink = std::make_unique<JsonLinesAuditSink>(made.log.get());
  }
  made.terminal =
      fs::FileDescriptor(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  made.prompt = std::make_unique<TerminalPrompt>(made.terminal.get(),
                                                 made.terminal.get());
  made.ask = c::NewAskHandler(&TerminalPrompt::Ask, made.prompt.get());
  ContextOptions options;
  const absl::StatusOr<Principal> app = Principal::Parse(principal);
  if (app.ok()) options.principal = *app;
  options.base_directory = run.loaded.base;
  options.audit = made.sink.get();
  options.ask = made.ask.get();
  absl::StatusOr<RootContext> root =
      PermissionContext::Create(run.context->policy(), std::move(options));
  if (!root.ok()) return root.status();
  made.context.reset(c::NewHandle(std::move(root->context)));
  return made;
}

absl::Status LogFailure() {
  return absl::DataLossError("the audit log could not be written");
}

}  // namespace cli
}  // namespace postern
