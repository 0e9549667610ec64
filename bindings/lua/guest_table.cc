#include <algorithm>

#include "bindings/lua/guest_library.h"
#include "bindings/lua/guest_state.h"

namespace postern {
namespace lua {
namespace {

// All of these work on the table itself, without metamethods: those of the
// interpreter ask a metamethod for the length and would go on for as long as
// it says, out of reach of any limit.

// Results and arguments of one call.
constexpr lua_Integer kMostValues = 100000;

lua_Integer Length(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  return static_cast<lua_Integer>(lua_rawlen(L, index));
}

void SpendFor(lua_State* L, lua_Integer count) {
  Spend(L, 5 + (count > 0 ? static_cast<uint64_t>(count) / 2 : 0));
}

// How many integers there are from `from` to `to`; an error beyond `most`.
lua_Integer CountRange(lua_State* L, lua_Integer from, lua_Integer to,
                       lua_Integer most, const char* error) {
  if (from > to) return 0;
  const lua_Unsigned count =
      static_cast<lua_Unsigned>(to) - static_cast<lua_Unsigned>(from);
  if (count >= static_cast<lua_Unsigned>(most)) luaL_error(L, "%s", error);
  return static_cast<lua_Integer>(count) + 1;
}

int Concat(lua_State* L) {
  const lua_Integer length = Length(L, 1);
  size_t gap_size = 0;
  const char* const gap = luaL_optlstring(L, 2, "", &gap_size);
  const lua_Integer from = luaL_optinteger(L, 3, 1);
  const lua_Integer to = luaL_optinteger(L, 4, length);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  for (lua_Integer i = from; i <= to; ++i) {
    Spend(L, 2);
    lua_rawgeti(L, 1, i);
    if (!lua_isstring(L, -1)) {
      return luaL_error(L, "invalid value (at index %I) in table for 'concat'",
                        static_cast<LUAI_UACINT>(i));
    }
    luaL_addvalue(&out);
    if (i == to) break;  // `to` may be the largest integer
    luaL_addlstring(&out, gap, gap_size);
  }
  luaL_pushresult(&out);
  return 1;
}

int Insert(lua_State* L) {
  const lua_Integer end = Length(L, 1) + 1;
  lua_Integer position = end;
  if (lua_gettop(L) == 3) {
    position = luaL_checkinteger(L, 2);
    luaL_argcheck(L, position >= 1 && position <= end, 2,
                  "position out of bounds");
    SpendFor(L, end - position);
    for (lua_Integer i = end; i > position; --i) {
      lua_rawgeti(L, 1, i - 1);
      lua_rawseti(L, 1, i);
    }
  } else if (lua_gettop(L) != 2) {
    return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_rawseti(L, 1, position);
  return 0;
}

int Remove(lua_State* L) {
  const lua_Integer size = Length(L, 1);
  lua_Integer position = luaL_optinteger(L, 2, size);
  if (lua_gettop(L) > 1) {
    luaL_argcheck(L,
                  position == size || (position >= 1 && position <= size + 1),
                  2, "position out of bounds");
  }
  SpendFor(L, size - position);
  lua_rawgeti(L, 1, position);
  for (; position < size; ++position) {
    lua_rawgeti(L, 1, position + 1);
    lua_rawseti(L, 1, position);
  }
  lua_pushnil(L);
  lua_rawseti(L, 1, position);
  return 1;
}

int Move(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const lua_Integer from = luaL_checkinteger(L, 2);
  const lua_Integer last = luaL_checkinteger(L, 3);
  const lua_Integer to = luaL_checkinteger(L, 4);
  const int target = lua_isnoneornil(L, 5) ? 1 : 5;
  luaL_checktype(L, target, LUA_TTABLE);
  const lua_Integer count = CountRange(L, from, last, LUA_MAXINTEGER / 2,
                                       "too many elements to move");
  luaL_argcheck(L, count == 0 || to <= LUA_MAXINTEGER - count + 1, 4,
                "destination wrap around");
  // Backwards where the target lies above and within the source.
  const bool backwards = target == 1 && to > from && to <= last;
  for (lua_Integer i = 0; i < count; ++i) {
    Spend(L, 1);
    const lua_Integer offset = backwards ? count - 1 - i : i;
    lua_rawgeti(L, 1, from + offset);
    lua_rawseti(L, target, to + offset);
  }
  lua_pushvalue(L, target);
  return 1;
}

int Pack(lua_State* L) {
  const int count = lua_gettop(L);
  SpendFor(L, count);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int i = count; i >= 1; --i) lua_rawseti(L, 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return 1;
}

int Unpack(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const lua_Integer from = luaL_optinteger(L, 2, 1);
  const lua_Integer to =
      lua_isnoneornil(L, 3) ? Length(L, 1) : luaL_checkinteger(L, 3);
  const char* const error = "too many results to unpack";
  const lua_Integer count = CountRange(L, from, to, kMostValues, error);
  SpendFor(L, count);
  if (!lua_checkstack(L, static_cast<int>(count))) {
    return luaL_error(L, "%s", error);
  }
  for (lua_Integer i = 0; i < count; ++i) lua_rawgeti(L, 1, from + i);
  return static_cast<int>(count);
}

// How many bytes a comparison of the two values on top may read.
size_t BytesToCompare(lua_State* L) {
  if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
    return 0;
  }
  return std::min(lua_rawlen(L, -2), lua_rawlen(L, -1));
}

// Whether element `a` comes before `b`; both are on top of the stack.
bool TopLess(lua_State* L) {
  Spend(L, 4 + BytesToCompare(L) / 4);
  if (!lua_isfunction(L, 2)) return lua_compare(L, -2, -1, LUA_OPLT) != 0;
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -3);
  lua_pushvalue(L, -3);
  lua_call(L, 2, 1);
  const bool less = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return less;
}

bool Less(lua_State* L, lua_Integer a, lua_Integer b) {
  lua_rawgeti(L, 1, a);
  lua_rawgeti(L, 1, b);
  const bool less = TopLess(L);
  lua_pop(L, 2);
  return less;
}

void Swap(lua_State* L, lua_Integer a, lua_Integer b) {
  lua_rawgeti(L, 1, a);
  lua_rawgeti(L, 1, b);
  lua_rawseti(L, 1, a);
  lua_rawseti(L, 1, b);
}

// Moves the element at `root` down until none of its children is greater.
void SiftDown(lua_State* L, lua_Integer root, lua_Integer size) {
  while (root <= size / 2) {
    lua_Integer child = 2 * root;
    if (child < size && Less(L, child, child + 1)) ++child;
    if (!Less(L, root, child)) return;
    Swap(L, root, child);
    root = child;
  }
}

// A heap sort: n log n comparisons whatever the order function answers.
int Sort(lua_State* L) {
  const lua_Integer size = Length(L, 1);
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  for (lua_Integer root = size / 2; root >= 1; --root) SiftDown(L, root, size);
  for (lua_Integer end = size; end > 1; --end) {
    Swap(L, 1, end);
    SiftDown(L, 1, end - 1);
  }
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"concat", &Concat}, {"insert", &Insert}, {"move", &Move},
    {"pack", &Pack},     {"remove", &Remove}, {"sort", &Sort},
    {"unpack", &Unpack}, {nullptr, nullptr},
};

}  // namespace

void AddTableFunctions(lua_State* L) { luaL_setfuncs(L, kFunctions, 0); }

}  // namespace lua
}  // namespace postern
