#include "bindings/duktape/script.h"

#include <duktape.h>
#include <setjmp.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bindings/duktape/globals.h"
#include "bindings/duktape/guest.h"
#include "bindings/duktape/text.h"
#include "bindings/host/stack_left.h"
#include "fs/base/utf8.h"

namespace postern {
namespace duktape {
namespace {

using Outcome = ScriptResult::Outcome;

constexpr size_t kMaxMessageBytes = 4096;

void* Allocate(void* guest, duk_size_t size) {
  return static_cast<Guest*>(guest)->heap().Allocate(size);
}
void* Reallocate(void* guest, void* block, duk_size_t size) {
  return static_cast<Guest*>(guest)->heap().Reallocate(block, size);
}
void Free(void* guest, void* block) {
  static_cast<Guest*>(guest)->heap().Free(block);
}
// Duktape's last word, of which it wants no return (duk_fatal_function).
void Fatal(void* guest, const char*) {
  static_cast<Guest*>(guest)->heap().Stop(StopReason::kInternal);
}

// What is run, and what becomes of it; plain data, as frames may be left by
// longjmp.
struct Run {
  Guest* guest;
  const char* source;
  size_t source_size;
  const char* name;
  bool started = false;
  bool finished = false;
  bool denied = false;
  char message[kMaxMessageBytes];
  size_t message_size = 0;
};

void AddArguments(duk_context* ctx, const ScriptOptions& options) {
  duk_push_array(ctx);
  duk_uarridx_t i = 0;
  for (const std::string& arg : options.args) {
    duk_push_lstring(ctx, arg.data(), arg.size());
    DefineAt(ctx, i++);
  }
  duk_put_global_string(ctx, "args");
}

// Fills the heap, and leaves the script as a function on the stack.
duk_ret_t Prepare(duk_context* ctx, void* data) {
  Run* const run = static_cast<Run*>(data);
  GuardGlobals(ctx);
  AddFiles(ctx);
  AddEnvironment(ctx);
  AddPermission(ctx);
  AddOutput(ctx);
  AddPlugins(ctx);
  AddArguments(ctx, run->guest->options());
  duk_push_string(ctx, run->name);
  duk_compile_lstring_filename(ctx, 0, run->source, run->source_size);
  return 1;
}

// Keeps the text of the error on top. Code of the guest may run (toString).
duk_ret_t NoteError(duk_context* ctx, void* data) {
  Run* const run = static_cast<Run*>(data);
  run->denied = IsDenial(ctx, -1);
  duk_size_t size = 0;
  const char* const text = duk_to_lstring(ctx, -1, &size);
  run->message_size = size < kMaxMessageBytes ? size : kMaxMessageBytes;
  for (size_t i = 0; i < run->message_size; ++i) run->message[i] = text[i];
  return 0;
}

void RunIn(duk_context* ctx, Run* run) {
  bool ok = duk_safe_call(ctx, &Prepare, run, 0, 1) == DUK_EXEC_SUCCESS;
  run->started = ok;
  if (ok) ok = duk_pcall(ctx, 0) == DUK_EXEC_SUCCESS;
  run->finished = ok;
  if (!ok) (void)duk_safe_call(ctx, &NoteError, run, 1, 1);
}

// Runs until the end, or until a limit.
void RunWithin(Guest* guest, Run* run) {
  // What is below is jumped over; nothing of it is owned by a frame. The heap
  // ends with the guest, as a block of memory.
  if (setjmp(guest->heap().end()) != 0) return;
  duk_context* const ctx =
      duk_create_heap(&Allocate, &Reallocate, &Free, guest, &Fatal);
  if (ctx == nullptr) guest->heap().Stop(StopReason::kMemory);
  RunIn(ctx, run);
}

std::string MessageOf(const Run& run) {
  std::string text;
  const absl::string_view message(run.message, run.message_size);
  // It may have been cut off within a character.
  for (size_t less = 0; less < 6 && less <= message.size(); ++less) {
    if (ToUtf8(message.substr(0, message.size() - less), &text)) return text;
  }
  return "an error whose text has a lone surrogate";
}

void Conclude(StopReason stop, const Run& run, ScriptResult* result) {
  if (stop != StopReason::kNone) {
    result->outcome = Outcome::kLimit;
    result->message = StopMessage(stop);
    return;
  }
  if (run.finished) {
    result->outcome = Outcome::kFinished;
    return;
  }
  result->message = run.message_size == 0 ? "error" : MessageOf(run);
  if (!run.started) return;
  result->outcome = run.denied ? Outcome::kDenied : Outcome::kFailed;
}

// "" if the script can be run at all.
std::string ProblemOf(postern_context* context, const ScriptOptions& options) {
  if (context == nullptr) return "no context";
  if (options.source.size() > options.limits.source_bytes) {
    return "the script is too long";
  }
  return fs::IsUtf8(options.source) ? "" : "the script is not UTF-8";
}

}  // namespace

ScriptResult RunScript(postern_context* context, const host::Catalog& catalog,
                       const ScriptOptions& options) {
  ScriptResult result;
  result.message = ProblemOf(context, options);
  if (!result.message.empty()) return result;
  const size_t left = host::StackLeft();
  if (left < kStackNeeded) {
    result.outcome = Outcome::kNoStack;
    result.message =
        absl::StrCat("a script needs ", kStackNeeded / 1024,
                     " KiB of stack, this thread has ", left / 1024, " left");
    return result;
  }
  ScriptOptions taken = options;
  for (std::string& arg : taken.args) arg = FromUtf8(arg);
  const std::string source = FromUtf8(options.source);
  const auto guest = std::make_unique<Guest>(context, catalog, taken, &result);
  const auto run = std::make_unique<Run>();
  run->guest = guest.get();
  run->source = source.data();
  run->source_size = source.size();
  run->name = taken.name.c_str();
  RunWithin(guest.get(), run.get());
  Conclude(guest->heap().reason(), *run, &result);
  result.denials = guest->calls().TakeDenials();
  return result;
}

}  // namespace duktape
}  // namespace postern
