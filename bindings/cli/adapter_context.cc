#include "bindings/cli/adapter_context.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/c/bridge.h"
#include "fs/base/file_descriptor.h"
#include "permission/context.h"
#include "permission/principal.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// With nothing that stands for other names in patterns.
std::string Literally(const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    if (absl::string_view("\\*?{}[]").find(c) != absl::string_view::npos) {
      pattern.push_back('\\');
    }
    pattern.push_back(c);
  }
  return pattern;
}

Rule AllowRule(PermissionSet permissions, RulePattern pattern) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = permissions;
  rule.pattern = std::move(pattern);
  rule.source.kind = RuleSource::Kind::kFlag;
  rule.source.name = "the command line";
  return rule;
}

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

Rule StartRule(const std::string& program) {
  return AllowRule(PermissionSet(Permission::kProcessSpawn),
                   RulePattern::Command(Literally(program), {"**"}));
}

Rule FileRule(PermissionSet permissions, const std::string& path) {
  return AllowRule(permissions, RulePattern::Text(Literally(path)));
}

}  // namespace cli
}  // namespace postern
