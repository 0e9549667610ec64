// Every name of Lua's standard library has a row, and what a row takes away can
// be reached by nothing: CVE-2023-32558, CVE-2023-30586, CVE-2026-21715.

#include <set>
#include <string>

#include "bindings/lua/full/entries.h"
#include "tests/bindings/lua/full_guest.h"

namespace postern {
namespace lua {
namespace {

// The functions in C that are reached from what is on top, by every way that
// the C interface knows: fields, keys, metatables, upvalues, environments.
class Walk {
 public:
  explicit Walk(lua_State* L) : L_(L) {}

  // Pops it.
  void From() {
    luaL_checkstack(L_, 10, "deep");
    const int type = lua_type(L_, -1);
    const bool object = type == LUA_TTABLE || type == LUA_TFUNCTION ||
                        type == LUA_TUSERDATA || type == LUA_TTHREAD;
    const bool fresh = object && seen_.insert(lua_topointer(L_, -1)).second;
    if ((fresh || !object) && lua_getmetatable(L_, -1)) From();
    if (fresh && type == LUA_TTABLE) FromTable();
    if (fresh && type == LUA_TFUNCTION) FromFunction();
#if LUA_VERSION_NUM == 501
    if (fresh && type != LUA_TTABLE) {
      lua_getfenv(L_, -1);
      From();
    }
#endif
    lua_pop(L_, 1);
  }

  const std::set<lua_CFunction>& functions() const { return functions_; }

 private:
  void FromTable() {
    const int table = lua_gettop(L_);
    lua_pushnil(L_);
    while (lua_next(L_, table) != 0) {
      From();
      lua_pushvalue(L_, -1);
      From();
    }
  }
  void FromFunction() {
    const lua_CFunction function = lua_tocfunction(L_, -1);
    if (function != nullptr) functions_.insert(function);
    for (int i = 1; lua_getupvalue(L_, -1, i) != nullptr; ++i) From();
  }

  lua_State* const L_;
  std::set<const void*> seen_;
  std::set<lua_CFunction> functions_;
};

// Argument: where to put what is found.
int WalkAll(lua_State* L) {
  auto* const found =
      static_cast<std::set<lua_CFunction>*>(lua_touserdata(L, 1));
  Walk walk(L);
  lua_pushvalue(L, LUA_REGISTRYINDEX);  // which holds the globals
  walk.From();
  lua_pushthread(L);
  walk.From();
  lua_pushliteral(L, "");
  walk.From();
#if LUA_VERSION_NUM == 501
  lua_pushvalue(L, LUA_GLOBALSINDEX);
  walk.From();
#endif
  *found = walk.functions();
  return 0;
}

std::set<lua_CFunction> Reachable(lua_State* L) {
  std::set<lua_CFunction> found;
  lua_pushcfunction(L, &WalkAll);
  lua_pushlightuserdata(L, &found);
  EXPECT_EQ(lua_pcall(L, 1, 0, 0), 0) << lua_tostring(L, -1);
  return found;
}

// Calls `visit` for each name of a state with all of Lua's libraries, with its
// value on top.
template <typename Visit>
void ForEachName(lua_State* L, const Visit& visit) {
#if LUA_VERSION_NUM == 501
  lua_pushvalue(L, LUA_GLOBALSINDEX);
#else
  lua_pushglobaltable(L);
#endif
  const int globals = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, globals) != 0) {
    const std::string name = lua_tostring(L, -2);
    visit("_G", name);
    if (lua_istable(L, -1) && name != "_G") {
      const int library = lua_gettop(L);
      lua_pushnil(L);
      while (lua_next(L, library) != 0) {
        visit(name, std::string(lua_tostring(L, -2)));
        lua_pop(L, 1);
      }
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

lua_State* Reference() {
  lua_State* const L = luaL_newstate();
  luaL_openlibs(L);
  return L;
}

TEST(FullEntriesTest, EveryNameHasARow) {
  lua_State* const L = Reference();
  int names = 0;
  ForEachName(L, [&](const std::string& library, const std::string& name) {
    ++names;
    EXPECT_NE(FindEntry(library, name), nullptr)
        << library << "." << name << " has no row";
  });
  EXPECT_GT(names, 130);
  lua_close(L);
}

TEST(FullEntriesTest, EveryRowIsOfANameAndStandsOnce) {
  lua_State* const L = Reference();
  std::set<std::string> there = {"permission.has", "permission.drop",
                                 "_G.permission"};
  ForEachName(L, [&](const std::string& library, const std::string& name) {
    there.insert(library + "." + name);
  });
  lua_close(L);
  size_t count = 0;
  const Entry* const entries = Entries(&count);
  std::set<std::string> rows;
  for (size_t i = 0; i < count; ++i) {
    const std::string row =
        std::string(entries[i].library) + "." + entries[i].name;
    EXPECT_TRUE(rows.insert(row).second) << row << " stands twice";
    EXPECT_EQ(there.count(row), 1u) << row << " is not in this Lua";
  }
}

TEST(FullEntriesTest, HandlesHaveNoMethodsButOurs) {
  lua_State* const L = Reference();
  const Rights rights({});
  FullGuest guest(rights.Options());
  const std::string list =
      "local t = {} for n, v in pairs(getmetatable(io.stdout)) do\n"
      "  if type(v) == 'function' and n:sub(1, 2) == '__' then\n"
      "    t[#t + 1] = n end end\n"
      "for n, v in pairs(getmetatable(io.stdout).__index) do\n"
      "  if n:sub(1, 2) ~= '__' then t[#t + 1] = n end end\n"
      "table.sort(t) return table.concat(t, ' ')";
  ASSERT_EQ(luaL_dostring(L, list.c_str()), 0);
  EXPECT_EQ(guest.Run(list), lua_tostring(L, -1));
  lua_close(L);
}

TEST(FullEntriesTest, WhatRowsTakeAwayIsReachedByNothing) {
  lua_State* const L = Reference();
  const Rights rights({});
  FullGuest guest(rights.Options());
  const std::set<lua_CFunction> reachable = Reachable(guest.lua());
  EXPECT_GT(reachable.size(), 60u);
  int taken = 0;
  ForEachName(L, [&](const std::string& library, const std::string& name) {
    const lua_CFunction own = lua_tocfunction(L, -1);
    const Entry* const entry = FindEntry(library, name);
    // Those of `debug` are upvalues, which `debug` itself does not show.
    if (own == nullptr || entry == nullptr) return;
    if (entry->kind == EntryKind::kPure || entry->kind == EntryKind::kDebug) {
      return;
    }
    ++taken;
    EXPECT_EQ(reachable.count(own), 0u) << library << "." << name;
  });
  EXPECT_GT(taken, 25);
  lua_close(L);
}

TEST(FullEntriesTest, NamesOfAGuardedStateAreThoseOfTheRows) {
  const Rights rights({});
  FullGuest guest(rights.Options());
  ForEachName(
      guest.lua(), [&](const std::string& library, const std::string& name) {
        EXPECT_NE(FindEntry(library, name), nullptr) << library << "." << name;
      });
}

}  // namespace
}  // namespace lua
}  // namespace postern
