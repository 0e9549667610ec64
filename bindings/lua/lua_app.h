#ifndef POSTERN_BINDINGS_LUA_LUA_APP_H_
#define POSTERN_BINDINGS_LUA_LUA_APP_H_

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
#include "bindings/lua/limits.h"

namespace postern {
namespace lua {

// How much the guest is told about a denial, which it gets as an error: a table
// that prints as its `message`, with `code` ("ERR_ACCESS_DENIED", or
// "ERR_NOT_FOUND" if it is concealed), `resource` and, unless concealed,
// `permission`. kFull adds `operation`, `remedy` and, if one argument failed,
// `argument` (from 0), `actual` and the list `expected`; of a call with more
// than kMaxExplainedBytes it adds nothing.
using host::DenialDetail;

struct AppOptions {
  // Holds main.lua and the other Lua files of the app.
  std::string directory;
  std::vector<std::string> args;  // what `...` is in main.lua
  Limits limits;
  DenialDetail detail = DenialDetail::kPlain;
  // Gets what the guest prints, as it is printed, within limits.output_bytes.
  // Null: collected in AppResult::output.
  std::function<void(absl::string_view)> print;
};

using host::Denial;
using host::kMaxDenialBytes;
using host::kMaxExplainedBytes;

struct AppResult {
  enum class Outcome : uint8_t {
    kNotStarted,  // no main.lua, or one that cannot be read or parsed
    kNoStack,     // the calling thread has too little: see `message`
    kFinished,
    kFailed,  // an error that the app did not catch
    kDenied,  // the same, and the error is a denial
    kLimit,   // a limit was reached
  };
  Outcome outcome = Outcome::kNotStarted;
  std::string message;  // of the error, cut at 4 KiB; "" if finished
  std::string output;   // what was printed, if AppOptions::print is null
  bool output_truncated = false;
  // The first 100 within kMaxDenialBytes, caught ones included.
  std::vector<Denial> denials;
};

// Runs the app of `options.directory` on the calling thread. The app has no
// powers (capabilities) but the plugins of `catalog`, and `context` decides
// each use of them. require "exec.in" needs plugin.load, or else any granted
// plugin.call of that plugin and no rule against loading it. exec.run("du",
// path), which may also be written exec.run{program = "du"}, needs plugin.call
// exec.in.run ["du", ...]. Lua files of the app come first in require and need
// nothing. `context` is borrowed; null denies everything. Runs in different
// threads share nothing but `context` and `catalog`. The thread's stack must
// have StackNeeded() (stack_room.h) left: 4 MiB with the default limits.
AppResult RunApp(postern_context* context, const host::Catalog& catalog,
                 const AppOptions& options);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_LUA_APP_H_
