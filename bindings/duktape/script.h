#ifndef POSTERN_BINDINGS_DUKTAPE_SCRIPT_H_
#define POSTERN_BINDINGS_DUKTAPE_SCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bindings/c/postern.h"
#include "bindings/host/catalog.h"
#include "bindings/host/denial.h"
#include "bindings/host/plugin_calls.h"

namespace postern {
namespace duktape {

// What one run may use up (docs/duktape.md). Reaching a limit ends the run; the
// guest cannot catch that. They are looked at whenever the guest needs memory
// or calls the host. NOT held: a loop that does neither, which nothing can
// interrupt in a Duktape that was built without DUK_USE_EXEC_TIMEOUT_CHECK, as
// Debian's. A host that needs a hard limit gives the run a process of its own.
struct Limits {
  size_t memory_bytes = 64 << 20;           // of the guest's heap
  absl::Duration time = absl::Seconds(30);  // wall clock, plugins included
  size_t output_bytes = 1 << 20;            // print; the rest is cut off
  size_t source_bytes = 1 << 20;            // of the script
  size_t file_bytes = 16 << 20;             // of one fs.readFile
};

struct ScriptOptions {
  std::string source;             // UTF-8
  std::string name = "script";    // in messages
  std::vector<std::string> args;  // the guest's `args`
  Limits limits;
  // Files as `context` has them, borrowed; null: every file is denied.
  const postern_files* files = nullptr;
  host::DenialDetail detail = host::DenialDetail::kPlain;
  absl::Duration ask_timeout = absl::InfiniteDuration();
  // Gets what the guest prints. Null: collected in ScriptResult::output.
  std::function<void(absl::string_view)> print;
};

struct ScriptResult {
  enum class Outcome : uint8_t {
    kNotStarted,  // not UTF-8, too long, or it cannot be parsed
    kNoStack,     // the calling thread has less than kStackNeeded left
    kFinished,
    kFailed,  // an error that the script did not catch
    kDenied,  // the same, and the error is a denial
    kLimit,   // a limit was reached
  };
  Outcome outcome = Outcome::kNotStarted;
  std::string message;  // of the error, cut at 4 KiB; "" if finished
  std::string output;   // what was printed, if ScriptOptions::print is null
  bool output_truncated = false;
  std::vector<host::Denial> denials;  // of plugin calls, for the host
};

// Duktape's parser and its regular expressions call themselves.
constexpr size_t kStackNeeded = size_t{6} << 20;

// Runs a script on the calling thread, in a heap of its own. It has the
// language (without `eval` and `Function`, unless code.eval is granted),
// `print`, `args`, and what `context` grants of `fs`, `env`, `permission` and,
// by `require`, the plugins of `catalog`. `context` is borrowed and must not be
// null. Runs in different threads share nothing but what is borrowed.
ScriptResult RunScript(postern_context* context, const host::Catalog& catalog,
                       const ScriptOptions& options);

}  // namespace duktape
}  // namespace postern

#endif  // POSTERN_BINDINGS_DUKTAPE_SCRIPT_H_
