// Every value that a guest can reach without being granted anything, against
// the list in reachable.golden. What is not on the list has not been thought
// about: CVE-2023-32558, CVE-2023-30586, CVE-2026-21715 and their kind.

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/bindings/lua/guest_runner.h"

namespace postern {
namespace lua {
namespace {

// Walks tables and metatables from what is on top of the stack; pops it.
class Walk {
 public:
  explicit Walk(lua_State* L) : L_(L) {}

  void From(const std::string& name) {
    found_.insert(absl::StrCat(name, " ", luaL_typename(L_, -1)));
    if (lua_getmetatable(L_, -1)) {
      if (Visit()) FromTable(absl::StrCat(name, "<metatable>"));
      lua_pop(L_, 1);
    }
    if (lua_istable(L_, -1) && Visit()) FromTable(name);
    lua_pop(L_, 1);
  }

  const std::set<std::string>& found() const { return found_; }

 private:
  bool Visit() { return seen_.insert(lua_topointer(L_, -1)).second; }

  void FromTable(const std::string& name) {
    luaL_checkstack(L_, 20, "deep");
    const int table = lua_gettop(L_);
    lua_pushnil(L_);
    while (lua_next(L_, table) != 0) {
      const std::string key = lua_type(L_, -2) == LUA_TSTRING
                                  ? lua_tostring(L_, -2)
                                  : luaL_typename(L_, -2);
      From(absl::StrCat(name, ".", key));
    }
  }

  lua_State* const L_;
  std::set<const void*> seen_;
  std::set<std::string> found_;
};

std::set<std::string> Reachable(bool unknown_values) {
  NoModules modules;
  GuestState::Options options;
  options.modules = &modules;
  options.unknown_values = unknown_values;
  GuestState guest(options);
  lua_State* const L = guest.lua();
  Walk walk(L);
  lua_pushglobaltable(L);
  // What several names lead to gets the one that is walked first.
  lua_getfield(L, -1, "string");
  walk.From("_G.string");
  lua_pushliteral(L, "");
  walk.From("<string>");
  walk.From("_G");
  lua_pushboolean(L, 1);
  walk.From("<boolean>");
  lua_pushinteger(L, 1);
  walk.From("<number>");
  lua_pushnil(L);
  walk.From("<nil>");
  lua_pushcfunction(L, [](lua_State*) { return 0; });
  walk.From("<function>");
  lua_pushthread(L);
  walk.From("<thread>");
  return walk.found();
}

std::set<std::string> Golden() {
  std::set<std::string> lines;
  std::ifstream file("tests/bindings/lua/reachable.golden");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.insert(line);
  }
  return lines;
}

TEST(ReachableTest, EveryValueHasARow) {
  const std::set<std::string> golden = Golden();
  ASSERT_FALSE(golden.empty());
  for (bool unknown_values : {false, true}) {
    const std::set<std::string> reachable = Reachable(unknown_values);
    for (const std::string& value : reachable) {
      EXPECT_EQ(golden.count(value), 1u) << value << " has no row";
    }
    for (const std::string& row : golden) {
      EXPECT_EQ(reachable.count(row), 1u) << row << " is not there any more";
    }
  }
}

TEST(ReachableTest, NewThreadsAndClosuresLeadNowhereElse) {
  // Every value that a walk from inside finds is a function, a table or plain
  // data; nothing is a userdata.
  const GuestRun run = RunGuest(
      "local seen = {}\n"
      "local function walk(v) local t = type(v)\n"
      "  if t == 'userdata' then print('userdata') end\n"
      "  if t ~= 'table' or seen[v] then return end seen[v] = true\n"
      "  for k, x in pairs(v) do walk(k) walk(x) end end\n"
      "walk(_G) walk(coroutine.running()) walk(getmetatable(''))\n"
      "walk(getmetatable(print)) walk(getmetatable(1))\n"
      "for w in ('a b'):gmatch('%a') do walk(w) end\n"
      "print('done')");
  EXPECT_EQ(run.output, "done\n");
}

}  // namespace
}  // namespace lua
}  // namespace postern
