#ifndef POSTERN_BINDINGS_CLI_ADAPTER_CONTEXT_H_
#define POSTERN_BINDINGS_CLI_ADAPTER_CONTEXT_H_

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bindings/c/postern.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/terminal_prompt.h"
#include "fs/base/file_descriptor.h"
#include "permission/ask.h"
#include "permission/audit.h"

namespace postern {
namespace cli {

// What decides for a verb that answers a running program: the rules that the
// program is confined by, a log, and a terminal for questions. The order of the
// members is that in which they must not be destroyed.
struct AdapterContext {
  struct FreeContext {
    void operator()(postern_context* c) const { postern_context_free(c); }
  };

  // Something that was decided is not in the log.
  bool log_failed() const { return sink != nullptr && sink->failed(); }

  std::unique_ptr<std::ofstream> log;
  std::unique_ptr<JsonLinesAuditSink> sink;
  fs::FileDescriptor terminal;
  std::unique_ptr<TerminalPrompt> prompt;
  std::unique_ptr<AskHandler> ask;
  std::unique_ptr<postern_context, FreeContext> context;
};

// With --audit-log, which is added to, and /dev/tty: standard input and output
// are the program's. Without a terminal nobody is asked, and that denies.
// `principal` is who the log says it was; "" or no app id: nobody.
absl::StatusOr<AdapterContext> MakeAdapterContext(const ConfinedRun& run,
                                                  const std::string& principal);
absl::Status LogFailure();

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_ADAPTER_CONTEXT_H_
