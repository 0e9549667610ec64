#include "bindings/lua/plugin_modules.h"

#include <utility>

#include "bindings/lua/plugin_value.h"

namespace postern {
namespace lua {
namespace {

using host::NamedValue;
using host::Value;

// The one argument is a table with nothing but text keys, and not empty.
bool IsNamedCall(lua_State* L) {
  if (lua_gettop(L) != 1 || !lua_istable(L, 1) || !lua_checkstack(L, 4)) {
    return false;
  }
  int keys = 0;
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING || ++keys > 100) {
      lua_pop(L, 1);
      return false;
    }
  }
  return keys > 0;
}

}  // namespace

// Returns null, or why they cannot be copied.
const char* PluginModules::CopyInto(lua_State* L,
                                    host::PluginCalls::Arguments* to) {
  CopyBudget budget;
  const char* problem = nullptr;
  Value value;
  if (IsNamedCall(L)) {
    problem = CopyFromLua(L, 1, &budget, &value);
    if (problem == nullptr) {
      for (const auto& field : absl::get<Value::Record>(value.data())) {
        to->named.push_back(NamedValue{field.first, field.second});
      }
    }
  } else {
    const int count = lua_gettop(L);
    if (count > 1000) problem = "too many arguments";
    for (int i = 1; i <= count && problem == nullptr; ++i) {
      problem = CopyFromLua(L, i, &budget, &value);
      to->args.push_back(std::move(value));
    }
  }
  to->bytes = CopyBudget().bytes - budget.bytes;
  return problem;
}

bool PluginModules::CopyArguments(lua_State* L) noexcept {
  try {
    const char* const problem = CopyInto(L, &calls_.NewCall());
    if (problem != nullptr) calls_.set_problem(problem);
    return problem == nullptr;
  } catch (...) {
    return false;
  }
}

// Upvalues: this object, the plugin, the function.
int PluginModules::CallFunction(lua_State* L) {
  auto* const self =
      static_cast<PluginModules*>(lua_touserdata(L, lua_upvalueindex(1)));
  const auto& plugin =
      *static_cast<const host::Plugin*>(lua_touserdata(L, lua_upvalueindex(2)));
  const auto& function = *static_cast<const host::PluginFunction*>(
      lua_touserdata(L, lua_upvalueindex(3)));
  host::PluginCalls& calls = self->calls_;
  Meter& meter = GuestState::Of(L)->meter();
  Spend(L, 500);
  if (!meter.CheckTime()) RaiseStop(L);
  calls.set_deadline(meter.deadline());
  const bool copied = self->CopyArguments(L);
  const size_t bytes = calls.bytes();
  const Verdict verdict =
      copied ? calls.Decide(plugin, function) : Verdict::kError;
  Spend(L, bytes / 4);
  if (verdict == Verdict::kDenied) RaiseDenial(L, calls.denial());
  const bool done = verdict == Verdict::kGranted && calls.Run(function);
  if (!meter.CheckTime()) RaiseStop(L);
  if (!done) {
    const char* const problem = calls.problem().c_str();
    return luaL_error(L, "%s.%s: %s", plugin.id.c_str(), function.name.c_str(),
                      *problem == '\0' ? "plugin failed" : problem);
  }
  PushToLua(L, calls.result());
  return 1;
}

void PluginModules::Push(lua_State* L, const char* name) {
  calls_.set_deadline(GuestState::Of(L)->meter().deadline());
  const Verdict verdict = calls_.Load(name);
  if (verdict == Verdict::kDenied) RaiseDenial(L, calls_.denial());
  if (verdict == Verdict::kError) luaL_error(L, "cannot load '%s'", name);
  const host::Plugin& plugin = *calls_.plugin();
  lua_newtable(L);
  for (const host::PluginFunction& function : plugin.functions) {
    lua_pushlightuserdata(L, this);
    lua_pushlightuserdata(L, const_cast<host::Plugin*>(&plugin));
    lua_pushlightuserdata(L, const_cast<host::PluginFunction*>(&function));
    lua_pushcclosure(L, &CallFunction, 3);
    lua_setfield(L, -2, function.name.c_str());
  }
}

}  // namespace lua
}  // namespace postern
