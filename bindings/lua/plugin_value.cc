#include "bindings/lua/plugin_value.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/types/variant.h"

namespace postern {
namespace lua {
namespace {

using host::Value;

constexpr int kMostNested = 8;

const char* Copy(lua_State* L, int index, int depth, CopyBudget* budget,
                 Value* value);

const char* CopyList(lua_State* L, int index, int depth, CopyBudget* budget,
                     Value* value) {
  Value::List list(lua_rawlen(L, index));
  for (size_t i = 0; i < list.size(); ++i) {
    lua_rawgeti(L, index, static_cast<lua_Integer>(i) + 1);
    const char* const problem =
        Copy(L, lua_gettop(L), depth + 1, budget, &list[i]);
    lua_pop(L, 1);
    if (problem != nullptr) return problem;
  }
  *value = Value::OfList(std::move(list));
  return nullptr;
}

const char* CopyRecord(lua_State* L, int index, int depth, CopyBudget* budget,
                       Value* value) {
  Value::Record record;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    const char* problem = nullptr;
    Value key;
    Value field;
    if (lua_type(L, -2) != LUA_TSTRING) {
      problem = "a table is neither a list nor a record";
    }
    const int top = lua_gettop(L);
    if (problem == nullptr) problem = Copy(L, top - 1, depth, budget, &key);
    if (problem == nullptr) problem = Copy(L, top, depth + 1, budget, &field);
    if (problem != nullptr) {
      lua_pop(L, 2);
      return problem;
    }
    record.emplace_back(*key.text(), std::move(field));
    lua_pop(L, 1);
  }
  std::sort(record.begin(), record.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  *value = Value::OfRecord(std::move(record));
  return nullptr;
}

// Whether the table's keys are exactly 1 to its length.
bool IsList(lua_State* L, int index, CopyBudget* budget) {
  const size_t length = lua_rawlen(L, index);
  size_t keys = 0;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    if (++keys > length || --budget->values < 0) {
      lua_pop(L, 1);
      return false;
    }
  }
  return keys == length;
}

const char* CopyTable(lua_State* L, int index, int depth, CopyBudget* budget,
                      Value* value) {
  if (depth >= kMostNested || !lua_checkstack(L, 8)) {
    return "a table is nested too deeply";
  }
  return IsList(L, index, budget) ? CopyList(L, index, depth, budget, value)
                                  : CopyRecord(L, index, depth, budget, value);
}

const char* Copy(lua_State* L, int index, int depth, CopyBudget* budget,
                 Value* value) {
  if (--budget->values < 0) return "too many values";
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      *value = Value();
      return nullptr;
    case LUA_TBOOLEAN:
      *value = Value::Bool(lua_toboolean(L, index) != 0);
      return nullptr;
    case LUA_TNUMBER:
      *value = lua_isinteger(L, index) ? Value::Integer(lua_tointeger(L, index))
                                       : Value::Number(lua_tonumber(L, index));
      return nullptr;
    case LUA_TSTRING: {
      size_t size = 0;
      const char* const bytes = lua_tolstring(L, index, &size);
      if (size > budget->bytes) return "too many bytes";
      budget->bytes -= size;
      *value = Value::Bytes(std::string(bytes, size));
      return nullptr;
    }
    case LUA_TTABLE:
      return CopyTable(L, index, depth, budget, value);
    default:
      return "only plain data can be passed to a plugin";
  }
}

// Pushes each kind of data. Holds only the state.
struct Pusher {
  lua_State* L;

  void operator()(absl::monostate) const { lua_pushnil(L); }
  void operator()(bool b) const { lua_pushboolean(L, b); }
  void operator()(int64_t i) const { lua_pushinteger(L, i); }
  void operator()(double d) const { lua_pushnumber(L, d); }
  void operator()(const std::string& s) const {
    lua_pushlstring(L, s.data(), s.size());
  }
  void operator()(const Value::List& list) const {
    lua_newtable(L);
    lua_Integer i = 0;
    for (const Value& value : list) {
      PushToLua(L, value);
      lua_rawseti(L, -2, ++i);
    }
  }
  void operator()(const Value::Record& record) const {
    lua_newtable(L);
    for (const auto& field : record) {
      (*this)(field.first);
      PushToLua(L, field.second);
      lua_rawset(L, -3);
    }
  }
};

}  // namespace

const char* CopyFromLua(lua_State* L, int index, CopyBudget* budget,
                        Value* value) {
  return Copy(L, lua_absindex(L, index), 0, budget, value);
}

void PushToLua(lua_State* L, const Value& value) {
  luaL_checkstack(L, 4, "a plugin's result is nested too deeply");
  absl::visit(Pusher{L}, value.data());
}

}  // namespace lua
}  // namespace postern
