#ifndef POSTERN_TESTS_BINDINGS_LUA_FULL_GUEST_H_
#define POSTERN_TESTS_BINDINGS_LUA_FULL_GUEST_H_

#include <lua.hpp>
#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "bindings/lua/full_library.h"
#include "gtest/gtest.h"
#include "tests/bindings/host/guest_policy.h"

namespace postern {
namespace lua {

// A context under permission flags, and policies (text that begins with
// "version:"), with files and, if wanted, a launcher.
class Rights {
 public:
  explicit Rights(const std::vector<std::string>& flags,
                  bool with_programs = false,
                  const std::string& base = ::testing::TempDir()) {
    postern_error* const error = postern_error_new();
    Make(flags, base, error);
    if (with_programs) MakeLauncher(error);
    EXPECT_STREQ(postern_error_message(error, nullptr), "");
    postern_error_free(error);
  }
  Rights(const Rights&) = delete;
  Rights& operator=(const Rights&) = delete;
  ~Rights() {
    postern_launcher_free(launcher_);
    postern_files_free(files_);
    postern_context_free(context_);
  }

  postern_lua_options Options() const {
    postern_lua_options options = {};
    options.struct_size = sizeof(options);
    options.context = context_;
    options.files = files_;
    options.launcher = launcher_;
    return options;
  }
  postern_context* context() const { return context_; }

 private:
  void Make(const std::vector<std::string>& flags, const std::string& base,
            postern_error* error) {
    postern_policy* const policy =
        postern::testing::PolicyForGuests(flags, base, "runtime");
    postern_context_options options = {};
    options.struct_size = sizeof(options);
    options.principal = postern_bytes{"guest", 5};
    postern_context_new(policy, &options, &context_, nullptr, error);
    postern_policy_free(policy);
    postern_files_new(context_, nullptr, &files_, error);
  }

  void MakeLauncher(postern_error* error) {
    postern_launcher_options options = {};
    options.struct_size = sizeof(options);
    options.no_probe = 1;
    postern_launcher_new(context_, &options, &launcher_, error);
  }

  postern_context* context_ = nullptr;
  postern_files* files_ = nullptr;
  postern_launcher* launcher_ = nullptr;
};

// A state with the full library.
class FullGuest {
 public:
  explicit FullGuest(const postern_lua_options& options) : L_(luaL_newstate()) {
    const char* problem = nullptr;
    EXPECT_EQ(postern_lua_open(L_, &options, &problem), POSTERN_OK) << problem;
  }
  FullGuest(const FullGuest&) = delete;
  FullGuest& operator=(const FullGuest&) = delete;
  ~FullGuest() { lua_close(L_); }

  lua_State* lua() const { return L_; }

  // Runs a script; what it returned as text, or "error: " and the message.
  std::string Run(const std::string& source) {
    lua_settop(L_, 0);
    if (luaL_loadbuffer(L_, source.data(), source.size(), "=test") != 0 ||
        lua_pcall(L_, 0, LUA_MULTRET, 0) != 0) {
      return "error: " + Text(lua_gettop(L_));
    }
    std::string all;
    for (int i = 1, top = lua_gettop(L_); i <= top; ++i) {
      all += (i == 1 ? "" : " ") + Text(i);
    }
    return all;
  }

 private:
  std::string Text(int index) {
    if (lua_istable(L_, index)) {
      lua_getfield(L_, index, "message");
    } else {
      lua_pushvalue(L_, index);
    }
    if (lua_isboolean(L_, -1)) return lua_toboolean(L_, -1) ? "true" : "false";
    const char* const text = lua_tostring(L_, -1);
    return text == nullptr ? luaL_typename(L_, index) : text;
  }

  lua_State* const L_;
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_LUA_FULL_GUEST_H_
