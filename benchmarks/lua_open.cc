// What io.open costs a guest in Lua, guarded and plain:
// tools/bench_runtimes.py. lua_open FOLDER prints {"plain": NS, "guarded": NS}:
// medians of one interleaved run, for opening and closing a file of FOLDER for
// reading, under a policy of 100 rules.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <lua.hpp>
#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "bindings/lua/full_library.h"

namespace {

constexpr int kRules = 100;
constexpr int kCalls = 5000;
constexpr int kRounds = 11;

constexpr char kScript[] =
    "local open, name, calls = io.open, ...\n"
    "for i = 1, calls do open(name):close() end";

// A context of many grants, one of which is for the folder.
postern_context* MakeContext(const std::string& folder) {
  std::string rules = "version: 1 layers { name: 'grants'";
  for (int i = 0; i < kRules - 1; ++i) {
    rules += " rules { allow: 'fs.read' pattern: '/srv/app/part" +
             std::to_string(i) + "' }";
  }
  rules += " rules { allow: 'fs.read' pattern: '" + folder + "' } }";
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = nullptr;
  postern_context* context = nullptr;
  postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rules.data(),
                            rules.size(), "rules", 5, nullptr);
  postern_builder_bind(builder, nullptr, nullptr);
  if (postern_builder_build(builder, &policy, nullptr) == POSTERN_OK) {
    postern_context_new(policy, nullptr, &context, nullptr, nullptr);
  }
  postern_policy_free(policy);
  postern_builder_free(builder);
  return context;
}

// Nanoseconds a call; negative if it failed.
double Time(lua_State* L, const std::string& file) {
  timespec start, end;
  luaL_loadstring(L, kScript);
  lua_pushlstring(L, file.data(), file.size());
  lua_pushinteger(L, kCalls);
  clock_gettime(CLOCK_MONOTONIC, &start);
  const bool ok = lua_pcall(L, 2, 0, 0) == LUA_OK;
  clock_gettime(CLOCK_MONOTONIC, &end);
  lua_settop(L, 0);
  const double ns = 1e9 * static_cast<double>(end.tv_sec - start.tv_sec) +
                    static_cast<double>(end.tv_nsec - start.tv_nsec);
  return ok ? ns / kCalls : -1;
}

double Median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all.front() < 0 ? -1 : all[all.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: lua_open FOLDER\n"), 2;
  const std::string folder = argv[1];
  const std::string file = folder + "/data.txt";
  std::ofstream(file) << "data\n";
  postern_context* const context = MakeContext(folder);
  postern_files* files = nullptr;
  postern_files_new(context, nullptr, &files, nullptr);
  postern_lua_options options = {};
  options.struct_size = sizeof(options);
  options.context = context;
  options.files = files;
  lua_State* const plain = luaL_newstate();
  luaL_openlibs(plain);
  lua_State* const guarded = luaL_newstate();
  if (postern_lua_open(guarded, &options, nullptr) != POSTERN_OK) return 2;
  std::vector<double> plain_ns, guarded_ns;
  for (int round = 0; round < kRounds; ++round) {
    plain_ns.push_back(Time(plain, file));
    guarded_ns.push_back(Time(guarded, file));
  }
  std::printf("{\"plain\": %.1f, \"guarded\": %.1f}\n", Median(plain_ns),
              Median(guarded_ns));
  lua_close(plain);
  lua_close(guarded);
  postern_files_free(files);
  postern_context_free(context);
  return Median(plain_ns) > 0 && Median(guarded_ns) > 0 ? 0 : 1;
}
