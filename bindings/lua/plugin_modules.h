#ifndef POSTERN_BINDINGS_LUA_PLUGIN_MODULES_H_
#define POSTERN_BINDINGS_LUA_PLUGIN_MODULES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bindings/c/postern.h"
#include "bindings/host/catalog.h"
#include "bindings/host/denial.h"
#include "bindings/lua/guest_state.h"
#include "bindings/lua/lua_app.h"

namespace postern {
namespace lua {

using host::GuestDenial;

// Gives a guest the plugins that its context grants. A plugin may be loaded if
// plugin.load of it is granted, or if nothing is said about that and a call of
// one of its functions is granted in some form: loading runs nothing.
//
// A call is copied, bound to positions by the plugin's own signature, decided
// (postern_enforce) and run, in this order, on these same copies: between the
// decision and the handler no code of the guest runs. Arguments by name are
// thus judged exactly as those by position. An argument that was judged as a
// path reaches the handler as the absolute name that was judged: what a
// relative one means depends on where the handler, or a program, looks.
class PluginModules : public Modules {
 public:
  struct Options {
    postern_context* context = nullptr;  // borrowed; null denies everything
    const host::Catalog* catalog = nullptr;
    DenialDetail detail = DenialDetail::kPlain;
    int directory = -1;
  };

  explicit PluginModules(const Options& options) : options_(options) {}

  void Push(lua_State* L, const char* name) override;
  void FileLoaded(const char*) noexcept override {}

  std::vector<Denial> TakeDenials() { return std::move(denials_); }

 private:
  // The call in progress. Lives here because Lua errors jump over frames.
  struct Call {
    std::vector<host::NamedValue> named;
    host::PluginCall copied;
    size_t bytes = 0;  // of text in the arguments
    std::string problem;
    GuestDenial denial;
    host::Value result;
  };
  enum class Verdict : uint8_t { kGranted, kDenied, kError };

  static int CallFunction(lua_State* L);
  Verdict Prepare(lua_State* L, const host::Plugin& plugin,
                  const host::PluginFunction& function) noexcept;
  bool Run(const host::PluginFunction& function, absl::Time deadline) noexcept;
  Verdict DecideLoad(const char* name) noexcept;

  bool CopyArguments(lua_State* L);
  Verdict DecideCall(const std::string& function);
  bool SomeCallIsGranted(const host::Plugin& plugin);
  bool Enforce(const postern_access& access, postern_decision* decision);
  bool UseDecidedPaths(const postern_access& access, postern_decision decision);
  void NoteDenial(const postern_access& access, postern_decision decision);
  void KeepDenial(const postern_access& access,
                  const postern_explanation* explanation);

  const Options options_;
  Call call_;
  const host::Plugin* loading_ = nullptr;
  int64_t deadline_ns_ = INT64_MAX;  // of the run; nobody is asked for longer
  std::vector<Denial> denials_;
  size_t denial_bytes_ = 0;
};

// Raises a denial as a Lua error: a table with the fields of GuestDenial.
[[noreturn]] void RaiseDenial(lua_State* L, const GuestDenial& denial);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_PLUGIN_MODULES_H_
