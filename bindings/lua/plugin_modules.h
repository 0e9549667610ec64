#ifndef POSTERN_BINDINGS_LUA_PLUGIN_MODULES_H_
#define POSTERN_BINDINGS_LUA_PLUGIN_MODULES_H_

#include <vector>

#include "bindings/host/denial.h"
#include "bindings/host/plugin_calls.h"
#include "bindings/lua/guest_state.h"

namespace postern {
namespace lua {

using host::GuestDenial;

// The plugins that a guest's context grants, as modules of Lua.
class PluginModules : public Modules {
 public:
  explicit PluginModules(const host::PluginCalls::Options& options)
      : calls_(options) {}

  void Push(lua_State* L, const char* name) override;
  void FileLoaded(const char*) noexcept override {}

  std::vector<host::Denial> TakeDenials() { return calls_.TakeDenials(); }

 private:
  using Verdict = host::PluginCalls::Verdict;

  static int CallFunction(lua_State* L);
  static const char* CopyInto(lua_State* L, host::PluginCalls::Arguments* to);
  bool CopyArguments(lua_State* L) noexcept;

  host::PluginCalls calls_;
};

// Raises a denial as a Lua error: a table with the fields of GuestDenial.
[[noreturn]] void RaiseDenial(lua_State* L, const GuestDenial& denial);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_PLUGIN_MODULES_H_
