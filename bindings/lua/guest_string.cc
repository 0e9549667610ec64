#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "bindings/lua/guest_library.h"
#include "bindings/lua/guest_state.h"
#include "bindings/lua/pattern.h"

namespace postern {
namespace lua {
namespace {

absl::string_view CheckText(lua_State* L, int index) {
  size_t size = 0;
  const char* const data = luaL_checklstring(L, index, &size);
  return absl::string_view(data, size);
}

// A position as the language counts: from 1, or from the end if negative.
// Returns it from 0; beyond the end if there is none.
size_t StartIndex(lua_Integer position, size_t size) {
  if (position > 0) return static_cast<size_t>(position - 1);
  if (position == 0) return 0;
  if (position < -static_cast<lua_Integer>(size)) return 0;
  return size + static_cast<size_t>(position);
}

// A match in progress, with its results pushed to the guest.
class Search {
 public:
  Search(lua_State* L, absl::string_view subject, absl::string_view pattern)
      : L_(L),
        subject_(subject),
        matcher_(subject, pattern, &GuestState::Of(L)->meter()) {}

  // As PatternMatcher::MatchAt(), but raises what went wrong.
  size_t MatchAt(size_t begin) {
    begin_ = begin;
    end_ = matcher_.MatchAt(begin);
    if (GuestState::Of(L_)->meter().stopped()) RaiseStop(L_);
    if (matcher_.error() != nullptr) luaL_error(L_, "%s", matcher_.error());
    return end_;
  }

  int capture_count() const {
    return matcher_.capture_count() == 0 ? 1 : matcher_.capture_count();
  }

  void PushCapture(int index) {
    PatternMatcher::Capture capture;
    if (!matcher_.GetCapture(index, begin_, end_, &capture)) {
      luaL_error(L_, "%s", matcher_.error());
    }
    if (capture.position) {
      lua_pushinteger(L_, static_cast<lua_Integer>(capture.begin) + 1);
    } else {
      lua_pushlstring(L_, subject_.data() + capture.begin, capture.length);
    }
  }

  // All captures, or the whole match if there are none.
  int PushCaptures(bool whole_if_none) {
    const int count =
        whole_if_none ? capture_count() : matcher_.capture_count();
    luaL_checkstack(L_, count, "too many captures");
    for (int i = 0; i < count; ++i) PushCapture(i);
    return count;
  }

 private:
  lua_State* const L_;
  const absl::string_view subject_;
  size_t begin_ = 0;
  size_t end_ = 0;
  PatternMatcher matcher_;
};

int FindPlainly(lua_State* L, absl::string_view subject, absl::string_view text,
                size_t start) {
  Spend(L, (subject.size() - start + text.size()) / 16 + 1);
  const void* const found =
      memmem(subject.data() + start, subject.size() - start, text.data(),
             text.size());  // linear in glibc
  if (found == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  const lua_Integer at = static_cast<const char*>(found) - subject.data();
  lua_pushinteger(L, at + 1);
  lua_pushinteger(L, at + static_cast<lua_Integer>(text.size()));
  return 2;
}

// string.find and string.match.
int FindOrMatch(lua_State* L, bool find) {
  const absl::string_view subject = CheckText(L, 1);
  absl::string_view pattern = CheckText(L, 2);
  size_t start = StartIndex(luaL_optinteger(L, 3, 1), subject.size());
  if (start > subject.size()) {
    lua_pushnil(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) ||
               pattern.find_first_of("^$*+?.([%-") == pattern.npos)) {
    return FindPlainly(L, subject, pattern, start);
  }
  const bool anchored = !pattern.empty() && pattern[0] == '^';
  if (anchored) pattern.remove_prefix(1);
  Search search(L, subject, pattern);
  do {
    const size_t end = search.MatchAt(start);
    if (end != PatternMatcher::kNone) {
      if (!find) return search.PushCaptures(true);
      lua_pushinteger(L, static_cast<lua_Integer>(start) + 1);
      lua_pushinteger(L, static_cast<lua_Integer>(end));
      return search.PushCaptures(false) + 2;
    }
  } while (++start <= subject.size() && !anchored);
  lua_pushnil(L);
  return 1;
}

int Find(lua_State* L) { return FindOrMatch(L, true); }
int Match(lua_State* L) { return FindOrMatch(L, false); }

// Upvalues: subject, pattern, next start, end of the last match or -1.
int NextMatch(lua_State* L) {
  size_t size = 0;
  const char* const data = lua_tolstring(L, lua_upvalueindex(1), &size);
  const absl::string_view subject(data, size);
  size_t pattern_size = 0;
  const char* const pattern =
      lua_tolstring(L, lua_upvalueindex(2), &pattern_size);
  const lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  Search search(L, subject, absl::string_view(pattern, pattern_size));
  size_t start = static_cast<size_t>(lua_tointeger(L, lua_upvalueindex(3)));
  for (; start <= size; ++start) {
    const size_t end = search.MatchAt(start);
    if (end == PatternMatcher::kNone) continue;
    if (static_cast<lua_Integer>(end) == last) continue;  // empty, just after
    lua_pushinteger(L, static_cast<lua_Integer>(end));
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return search.PushCaptures(true);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(size) + 1);
  lua_replace(L, lua_upvalueindex(3));
  return 0;
}

int Gmatch(lua_State* L) {
  const size_t size = CheckText(L, 1).size();
  CheckText(L, 2);
  size_t start = StartIndex(luaL_optinteger(L, 3, 1), size);
  if (start > size) start = size + 1;
  lua_settop(L, 2);
  lua_pushinteger(L, static_cast<lua_Integer>(start));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, &NextMatch, 4);
  return 1;
}

// Adds what "%0" to "%9" and "%%" in the replacement text stand for.
void AddReplacementText(lua_State* L, luaL_Buffer* out, Search* search,
                        absl::string_view match) {
  size_t size = 0;
  const char* const text = lua_tolstring(L, 3, &size);
  Spend(L, size / 8);
  for (size_t i = 0; i < size; ++i) {
    if (text[i] != '%') {
      luaL_addchar(out, text[i]);
      continue;
    }
    const char next = ++i < size ? text[i] : '\0';
    if (next == '%') {
      luaL_addchar(out, '%');
    } else if (next == '0') {
      luaL_addlstring(out, match.data(), match.size());
    } else if (next >= '1' && next <= '9') {
      const int index = next - '1';
      if (index >= search->capture_count()) {
        luaL_error(L, "invalid capture index %%%d in replacement string",
                   index + 1);
      }
      search->PushCapture(index);
      luaL_tolstring(L, -1, nullptr);  // a position is a number
      lua_remove(L, -2);
      luaL_addvalue(out);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
  }
}

// Adds what the function or table at 3 says for a match; false keeps it.
void AddReplacementValue(lua_State* L, luaL_Buffer* out, Search* search,
                         absl::string_view match) {
  if (lua_type(L, 3) == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    const int count = search->PushCaptures(true);
    lua_call(L, count, 1);
  } else {
    search->PushCapture(0);
    lua_gettable(L, 3);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(out, match.data(), match.size());
  } else if (!lua_isstring(L, -1)) {
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  } else {
    luaL_addvalue(out);
  }
}

int Gsub(lua_State* L) {
  const absl::string_view subject = CheckText(L, 1);
  absl::string_view pattern = CheckText(L, 2);
  const int kind = lua_type(L, 3);
  luaL_argexpected(L,
                   kind == LUA_TNUMBER || kind == LUA_TSTRING ||
                       kind == LUA_TFUNCTION || kind == LUA_TTABLE,
                   3, "string/function/table");
  const lua_Integer most =
      luaL_optinteger(L, 4, static_cast<lua_Integer>(subject.size()) + 1);
  const bool is_text = kind == LUA_TNUMBER || kind == LUA_TSTRING;
  const bool anchored = !pattern.empty() && pattern[0] == '^';
  if (anchored) pattern.remove_prefix(1);
  lua_Integer count = 0;
  size_t at = 0;
  size_t last = PatternMatcher::kNone;
  Search search(L, subject, pattern);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  while (count < most) {
    Spend(L, 1);
    const size_t end = search.MatchAt(at);
    if (end != PatternMatcher::kNone && end != last) {
      ++count;
      const absl::string_view match = subject.substr(at, end - at);
      if (is_text) {
        AddReplacementText(L, &out, &search, match);
      } else {
        AddReplacementValue(L, &out, &search, match);
      }
      at = last = end;
    } else if (at < subject.size()) {
      luaL_addchar(&out, subject[at++]);
    } else {
      break;
    }
    if (anchored) break;
  }
  if (at < subject.size()) {
    luaL_addlstring(&out, subject.data() + at, subject.size() - at);
  }
  luaL_pushresult(&out);
  lua_pushinteger(L, count);
  return 2;
}

int Rep(lua_State* L) {
  const absl::string_view text = CheckText(L, 1);
  const lua_Integer count = luaL_checkinteger(L, 2);
  size_t gap_size = 0;
  const char* const gap = luaL_optlstring(L, 3, "", &gap_size);
  if (count <= 0 || text.size() + gap_size == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  const size_t limit = GuestState::Of(L)->limits().string_bytes;
  if (static_cast<uint64_t>(count) > limit / (text.size() + gap_size)) {
    return luaL_error(L, "resulting string too large");
  }
  const size_t total = (text.size() + gap_size) * count - gap_size;
  Spend(L, 1 + total / 64);
  luaL_Buffer out;
  char* const to = luaL_buffinitsize(L, &out, total);
  memcpy(to, text.data(), text.size());
  if (count > 1) memcpy(to + text.size(), gap, gap_size);
  // What is there is copied behind itself, twice as much each time.
  for (size_t done = text.size() + gap_size; done < total; done *= 2) {
    memcpy(to + done, to, std::min(done, total - done));
  }
  luaL_pushresultsize(&out, total);
  return 1;
}

int Byte(lua_State* L) {
  const absl::string_view text = CheckText(L, 1);
  const lua_Integer size = static_cast<lua_Integer>(text.size());
  const lua_Integer from = luaL_optinteger(L, 2, 1);
  lua_Integer to = luaL_optinteger(L, 3, from);
  if (to < 0) to = to < -size ? 0 : size + to + 1;
  if (to > size) to = size;
  const lua_Integer start =
      static_cast<lua_Integer>(StartIndex(from, text.size()));
  if (start >= to) return 0;
  const lua_Integer count = to - start;
  if (count > 100000) return luaL_error(L, "string slice too long");
  Spend(L, count / 4);
  luaL_checkstack(L, static_cast<int>(count), "string slice too long");
  for (lua_Integer i = start; i < to; ++i) {
    lua_pushinteger(L, static_cast<unsigned char>(text[i]));
  }
  return static_cast<int>(count);
}

// Raises if the format holds "%p", which tells addresses.
void RefuseAddresses(lua_State* L, absl::string_view format) {
  for (size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    while (i < format.size() &&
           strchr("-+ #0123456789.", format[i]) != nullptr &&
           format[i] != '\0') {
      ++i;
    }
    if (i < format.size() && format[i] == 'p') {
      luaL_error(L, "invalid conversion '%%p' to 'format'");
    }
  }
}

// The interpreter's own format, after what it would print as an address has
// become text.
int Format(lua_State* L) {
  RefuseAddresses(L, CheckText(L, 1));
  const int count = lua_gettop(L);
  for (int i = 2; i <= count; ++i) {
    const int type = lua_type(L, i);
    if (type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA ||
        type == LUA_TTHREAD) {
      PushText(L, i, nullptr);
      lua_replace(L, i);
    }
  }
  SpendForArguments(L);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

constexpr luaL_Reg kFunctions[] = {
    {"byte", &Byte},   {"find", &Find}, {"gmatch", &Gmatch}, {"gsub", &Gsub},
    {"match", &Match}, {"rep", &Rep},   {nullptr, nullptr},
};

}  // namespace

void AddStringFunctions(lua_State* L) {
  luaL_setfuncs(L, kFunctions, 0);
  lua_getfield(L, -1, "format");
  lua_pushcclosure(L, &Format, 1);
  lua_setfield(L, -2, "format");
}

}  // namespace lua
}  // namespace postern
