#ifndef POSTERN_BINDINGS_LUA_GUEST_STATE_H_
#define POSTERN_BINDINGS_LUA_GUEST_STATE_H_

#include <functional>
#include <lua.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/lua/app_directory.h"
#include "bindings/lua/limits.h"
#include "bindings/lua/meter.h"

namespace postern {
namespace lua {

// Lua reports errors by longjmp, which runs no destructors. In every function
// of this folder that takes a lua_State*, local variables are therefore
// trivially destructible; strings and the like live in objects that outlast
// the run, and are touched by functions that are noexcept.

// Where `require` finds what is no file of the app.
class Modules {
 public:
  virtual ~Modules() = default;
  // Pushes the module onto the stack, or raises a Lua error.
  virtual void Push(lua_State* L, const char* name) = 0;
  // A Lua file of the app is about to run.
  virtual void FileLoaded(const char* name) noexcept = 0;
};

// One guest: an interpreter that holds nothing but what guest_library.h lists,
// under limits that the guest can neither catch nor outlive. Single-threaded.
class GuestState {
 public:
  struct Options {
    Limits limits;
    const AppDirectory* files = nullptr;  // borrowed
    Modules* modules = nullptr;           // borrowed
    // Library functions of the language take unknown values (audit_stub.h).
    bool unknown_values = false;
    std::function<void(absl::string_view)> print;
  };

  struct RunResult {
    bool no_stack = false;  // the thread has too little (stack_room.h)
    bool started = false;   // the file was read and parsed
    bool finished = false;  // without an error
    bool denied = false;    // the error is a denial
    std::string message;  // at most kMaxMessageBytes, and how many are left out
  };
  static constexpr size_t kMaxMessageBytes = 4096;

  explicit GuestState(Options options);
  GuestState(const GuestState&) = delete;
  GuestState& operator=(const GuestState&) = delete;
  ~GuestState();

  // Runs a Lua file of the app with `args` as its `...`. While it runs, and
  // the plugins that it calls, the thread's locale is "C": the interpreter
  // compares strings and reads numbers by it.
  RunResult RunFile(const std::string& name,
                    const std::vector<std::string>& args);

  static GuestState* Of(lua_State* L) {
    return *static_cast<GuestState**>(lua_getextraspace(L));
  }

  // Null if there was no memory for it.
  lua_State* lua() { return L_; }
  Meter& meter() { return meter_; }
  const Limits& limits() const { return options_.limits; }
  Modules* modules() { return options_.modules; }
  bool unknown_values() const { return options_.unknown_values; }
  bool output_truncated() const { return output_truncated_; }

  // Gives text to the host, within the limit of output.
  void Print(const char* text, size_t size) noexcept;

  // Reads a file of the app into source(). False if it could not be read;
  // `missing` says whether there is none, text() what is wrong.
  bool ReadSource(const char* name, bool* missing) noexcept;
  const std::string& source() const { return source_; }
  const std::string& text() const { return text_; }

  // How many coroutines are being closed inside one another right now.
  int closing = 0;

 private:
  static int Initialize(lua_State* L);
  RunResult Run(const std::string& name, const std::vector<std::string>& args);

  const Options options_;
  Meter meter_;
  lua_State* L_ = nullptr;
  size_t printed_ = 0;
  bool output_truncated_ = false;
  std::string source_;
  std::string text_;
};

// Takes work from the guest's limit; raises an error when none is left.
void Spend(lua_State* L, uint64_t work);
// Ends the guest's run: raises an error that nothing of the guest can catch.
[[noreturn]] void RaiseStop(lua_State* L);
// To be called with the status of every protected call before the guest goes
// on: raises again what must not be caught.
void RethrowStop(lua_State* L, int status);

// The key in the registry of the metatable that marks a denial.
const void* DenialMetatableKey();

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_GUEST_STATE_H_
