// The full library, in Lua 5.4 and in LuaJIT: this file is compiled for both.

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/bindings/lua/full_guest.h"

namespace postern {
namespace lua {
namespace {

// A world: granted/ for reading and writing, outside/ with a secret, and links.
class FullLibraryTest : public ::testing::Test {
 protected:
  FullLibraryTest() {
    std::string name = ::testing::TempDir() + "/world_XXXXXX";
    char real[4096];
    EXPECT_NE(realpath(mkdtemp(&name[0]), real), nullptr);
    world_ = real;
    for (const char* folder : {"/granted", "/outside", "/read"}) {
      mkdir((world_ + folder).c_str(), 0755);
    }
    Write("/outside/secret", "secret");
    Write("/granted/text", "one\ntwo\n3.5 0x10\nrest");
    Write("/read/text", "read only");
    EXPECT_EQ(symlink("../outside/secret", (world_ + "/granted/link").c_str()),
              0);
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(world_ + name) << text;
  }
  std::string Contents(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(world_ + name).rdbuf();
    return text.str();
  }
  std::vector<std::string> Flags(std::vector<std::string> more = {}) {
    more.push_back("--allow-fs-read=" + world_ + "/granted");
    more.push_back("--allow-fs-write=" + world_ + "/granted");
    more.push_back("--allow-fs-read=" + world_ + "/read");
    return more;
  }
  // Runs with W as the world's name.
  std::string Run(const std::string& source, std::vector<std::string> more = {},
                  bool with_programs = false) {
    const Rights rights(Flags(std::move(more)), with_programs, world_);
    postern_lua_options options = rights.Options();
    const std::string temporary = world_ + "/granted";
    options.temporary_directory = {temporary.data(), temporary.size()};
    const std::string path =
        world_ + "/granted/?.lua;" + world_ + "/read/?.lua";
    options.package_path = {path.data(), path.size()};
    const std::string code = world_ + "/read";
    options.code_directory = {code.data(), code.size()};
    FullGuest guest(options);
    lua_pushlstring(guest.lua(), world_.data(), world_.size());
    lua_setglobal(guest.lua(), "W");
    return guest.Run(source);
  }

  std::string world_;
};

TEST_F(FullLibraryTest, GrantedFilesWorkAsInLua) {
  EXPECT_EQ(Run("local f = assert(io.open(W .. '/granted/text'))\n"
                "local a, b = f:read('*l', '*n' and '*l')\n"
                "local x, y = f:read('*n', '*n')\n"
                "local nl, rest = f:read(1, '*a')\n"
                "local none = f:read(0) local all = f:read('*a')\n"
                "assert(f:seek('set', 4) == 4 and f:read(3) == 'two')\n"
                "assert(f:close()) return a, b, x, y, rest, none, all"),
            "one two 3.5 16 rest nil ");
  EXPECT_EQ(Run("local n = 0 for l in io.lines(W .. '/granted/text') do\n"
                "  n = n + #l end return n"),
            "18");
  EXPECT_EQ(Run("local f = io.open(W .. '/granted/new', 'w')\n"
                "f:write('a', 1, 2.5) f:close()\n"
                "f = io.open(W .. '/granted/new', 'a') f:write('b') f:close()\n"
                "io.output(W .. '/granted/other') io.write('x') io.close()\n"
                "io.input(W .. '/granted/new') return io.read('*a')"),
            "a12.5b");
  EXPECT_EQ(Contents("/granted/other"), "x");
  EXPECT_EQ(Run("assert(os.rename(W .. '/granted/new', W .. '/granted/n2'))\n"
                "assert(os.remove(W .. '/granted/n2'))\n"
                "local n = os.tmpname() local f = io.open(n) f:close()\n"
                "os.remove(n) local t = io.tmpfile() t:write('abc')\n"
                "t:seek('set') return t:read('*a'), io.type(t), io.type(f)"),
            "abc file closed file");
}

TEST_F(FullLibraryTest, ErrorsAreThoseOfLua) {
  EXPECT_EQ(Run("return io.open(W .. '/granted/none')"),
            "nil " + world_ + "/granted/none: No such file or directory 2");
  EXPECT_EQ(Run("return io.open(W .. '/granted'):read(1)"),
            "nil Is a directory 21");
  EXPECT_EQ(Run("return io.open(W .. '/granted/text'):write('x') and 1"
                " or select(3, io.open(W .. '/read/text'):write('x'))"),
            "9");
  EXPECT_EQ(Run("io.open(W .. '/granted/text', 'q')").substr(0, 7), "error: ");
  EXPECT_EQ(Run("local f = io.open(W .. '/granted/text') f:close()\n"
                "return pcall(f.read, f)"),
            "false attempt to use a closed file");
  EXPECT_EQ(Run("return select(2, io.open('a\\0b'))").find("\\0"),
            std::string::npos);
}

TEST_F(FullLibraryTest, WhatIsNotGrantedIsDenied) {
  for (const char* call :
       {"io.open(W .. '/outside/secret')", "io.open(W .. '/granted/link')",
        "io.open(W .. '/granted/../outside/secret')",
        "io.open(W .. '/outside/none')", "io.open(W .. '/read/text', 'r+')",
        "io.open(W .. '/read/new', 'w')", "os.remove(W .. '/read/text')",
        "os.rename(W .. '/read/text', W .. '/granted/t')",
        "os.rename(W .. '/granted/text', W .. '/read/t')", "os.getenv('HOME')",
        "os.setlocale('C')", "io.popen('true')", "os.execute('true')",
        "load('return 1')", "load(function() end)",
        "loadfile(W .. '/outside/secret')"}) {
    SCOPED_TRACE(call);
    EXPECT_EQ(Run(std::string("local v, m, c, d = ") + call +
                  " return v, c, d.code, d.message == m, d.message:match("
                  "'^ERR_ACCESS_DENIED: [a-z.]+') ~= nil"),
              "nil 13 ERR_ACCESS_DENIED true true");
  }
  for (const char* call :
       {"io.lines(W .. '/outside/secret')", "io.input(W .. '/outside/secret')",
        "io.output(W .. '/read/x')", "dofile(W .. '/outside/secret')",
        "os.exit(3)", "debug.getinfo(1)", "debug.sethook()"}) {
    SCOPED_TRACE(call);
    EXPECT_EQ(Run(std::string("local ok, d = pcall(function() ") + call +
                  " end) return ok, d.code, tostring(d) == d.message"),
              "false ERR_ACCESS_DENIED true");
  }
  EXPECT_EQ(Contents("/outside/secret"), "secret");
  EXPECT_EQ(Contents("/read/text"), "read only");
}

TEST_F(FullLibraryTest, ConcealedFilesDoNotExist) {
  const std::string conceal =
      "version: 1 layers { name: 'ceiling' default: ALLOW deny_as: NOT_FOUND"
      " rules { deny: 'fs' pattern: '" +
      world_ + "/outside' } }";
  EXPECT_EQ(Run("return io.open(W .. '/outside/secret')", {conceal}),
            "nil " + world_ + "/outside/secret: No such file or directory 2");
  EXPECT_EQ(Run("return select('#', io.open(W .. '/outside/secret'))"
                " == select('#', io.open(W .. '/granted/none'))",
                {conceal}),
            "true");
  EXPECT_EQ(Run("return pcall(io.lines, W .. '/outside/x')", {conceal}),
            "false " + world_ + "/outside/x: No such file or directory");
  const std::string no_variables =
      "version: 1 layers { name: 'ceiling' default: ALLOW deny_as: NOT_FOUND"
      " rules { deny: 'env.read' } }";
  EXPECT_EQ(Run("return os.getenv('PATH')", {no_variables}), "nil");
}

TEST_F(FullLibraryTest, EnvironmentByName) {
  setenv("POSTERN_TEST_A", "a", 1);
  setenv("POSTERN_TEST_B", "b", 1);
  EXPECT_EQ(Run("return os.getenv('POSTERN_TEST_A'),"
                " (os.getenv('POSTERN_TEST_B')), (os.getenv('NONE'))",
                {"--allow-env-read=POSTERN_TEST_A", "--allow-env-read=NONE"}),
            "a nil nil");
}

TEST_F(FullLibraryTest, CodeOfFiles) {
  Write("/read/own.lua", "#!/usr/bin/lua\nreturn {name = ..., n = 7}");
  Write("/granted/made.lua", "return 8");
  Write("/read/bad.lua", "x x x");
  EXPECT_EQ(
      Run("local m = require('own') return m.n, m.name, m == require 'own',"
          " package.loaded.own == m, dofile(W .. '/read/own.lua').n"),
      "7 own true true 7");
  // The guest may write it: that is code from text, and from elsewhere.
  EXPECT_EQ(
      Run("return pcall(dofile, W .. '/granted/made.lua')"),
      "false ERR_ACCESS_DENIED: code.import " + world_ + "/granted/made.lua");
  const std::string import = "--allow-code-import=" + world_ + "/granted/*";
  EXPECT_EQ(Run("return pcall(require, 'made')", {import}),
            "false ERR_ACCESS_DENIED: code.eval");
  EXPECT_EQ(
      Run("return require('made')", {import, "--allow-code-eval"}).substr(0, 1),
      "8");
  EXPECT_NE(Run("return pcall(require, 'none.there')")
                .find("no file '" + world_ + "/granted/none/there.lua'"),
            std::string::npos);
  EXPECT_NE(Run("return pcall(require, 'bad')").find("error loading module"),
            std::string::npos);
  EXPECT_EQ(Run("return loadfile(W .. '/read/bad.lua')").substr(0, 4), "nil ");
  EXPECT_EQ(
      Run("package.path = W .. '/outside/?' return pcall(require, 'secret')")
          .find("secret:1:"),
      std::string::npos);
}

TEST_F(FullLibraryTest, CodeThatTheGuestWroteNeedsEvalAfterADropToo) {
  const std::string import = "--allow-code-import=" + world_ + "/granted/*";
  const std::string denied = "false ERR_ACCESS_DENIED: code.eval";
  EXPECT_EQ(Run("local f = io.open(W .. '/granted/evil.lua', 'w')\n"
                "f:write('return 1') f:close() permission.drop('fs.write')\n"
                "return pcall(dofile, W .. '/granted/evil.lua')",
                {import}),
            denied);
  // A handle outlives the right that it was opened with.
  EXPECT_EQ(Run("local f = io.open(W .. '/granted/evil.lua', 'w')\n"
                "permission.drop('fs.write', W .. '/granted/evil.lua')\n"
                "f:write('return 1') f:flush()\n"
                "return pcall(dofile, W .. '/granted/evil.lua')",
                {import}),
            denied);
  EXPECT_EQ(Run("permission.drop('fs.write')\n"
                "return dofile(W .. '/granted/evil.lua')",
                {import, "--allow-code-eval"}),
            "1");
  EXPECT_EQ(Run("permission.drop('fs.write')\n"
                "return pcall(loadfile, W .. '/read/text')"),
            "true nil " + Run("return select(2, loadfile(W .. '/read/text'))"));
}

TEST_F(FullLibraryTest, CodeThatTheGuestWroteWithItsOnlyUse) {
  mkdir((world_ + "/once").c_str(), 0755);
  const std::string once = world_ + "/once";
  const std::string policy =
      "version: 1 layers { name: 'once' rules { allow: 'fs.read' pattern: '/' }"
      " rules { allow: 'code.import' }"
      " rules { allow: 'fs.write' pattern: '" +
      once + "' uses: 1 } }";
  EXPECT_EQ(Run("local f = io.open(W .. '/once/evil.lua', 'w')\n"
                "f:write('return 1') f:close()\n"
                "return io.open(W .. '/once/evil.lua', 'a') == nil,\n"
                "    pcall(dofile, W .. '/once/evil.lua')",
                {policy, "--allow-fs-read=" + once, "--allow-fs-write=" + once,
                 "--allow-code-import=" + once + "/*"}),
            "true false ERR_ACCESS_DENIED: code.eval");
}

TEST_F(FullLibraryTest, TextIsLoadedAndBytecodeNever) {
  const std::string eval = "--allow-code-eval";
  EXPECT_EQ(Run("local n = 0 return load('return 1')(), load(function()\n"
                " n = n + 1 return n == 1 and 'return 2' or nil end)(),\n"
                " load('x =')",
                {eval})
                .substr(0, 8),
            "1 2 nil ");
  EXPECT_EQ(Run("local env = {y = 5} return load('return y', 'n', 't', env)()",
                {eval}),
            "5");
  for (const char* chunk :
       {"'\\27Lua'", "'\\27LJ'", "function() return '\\27LJ' end"}) {
    EXPECT_NE(Run(std::string("return load(") + chunk + ", 'x', 'b')", {eval})
                  .find("attempt to load"),
              std::string::npos);
    EXPECT_NE(Run(std::string("return load(") + chunk + ")", {eval})
                  .find("attempt to load"),
              std::string::npos);
  }
  EXPECT_EQ(Run("return pcall(string.dump, print)"),
            "false string.dump is not available");
  EXPECT_EQ(Run("return ('').dump == string.dump"), "true");
}

TEST_F(FullLibraryTest, Programs) {
  const std::string shell = "--allow-process-spawn=/bin/sh **";
  EXPECT_EQ(Run("local p = io.popen('echo hello') local t = p:read('*a')\n"
                "return t, (p:close())",
                {shell}, true),
            "hello\n true");
  EXPECT_EQ(Run("local p = io.popen('read x; exit $x', 'w') p:write('3\\n')\n"
                "return select(-1, true, p:close())",
                {shell}, true),
            LUA_VERSION_NUM == 501 ? "true" : "3");
  EXPECT_EQ(Run("return os.execute('exit 3')", {shell}, true),
            LUA_VERSION_NUM == 501 ? "768" : "nil exit 3");
  EXPECT_EQ(Run("return (os.execute())", {shell}, true),
            LUA_VERSION_NUM == 501 ? "1" : "true");
  // What the program does meets the kernel, by the same rules.
  EXPECT_EQ(Run("local p = io.popen('cat ' .. W .. '/outside/secret 2>&1')\n"
                "return (p:read('*a'):find('secret\\n', 1, true))",
                {shell}, true),
            "nil");
  // The rule is for the whole command.
  const std::string one = "--allow-process-spawn=/bin/sh -c echo\\ a";
  EXPECT_EQ(Run("return io.popen('echo a'):read('*a')", {one}, true), "a\n");
  EXPECT_EQ(Run("return (io.popen('echo a;id'))", {one}, true), "nil");
}

TEST_F(FullLibraryTest, PermissionsCanBeAskedAndDropped) {
  EXPECT_EQ(Run("local p = permission\n"
                "return p.has('fs.read', W .. '/granted/x'),"
                " p.has('fs.read', W .. '/outside'), p.has('fs.read'),"
                " p.has('fs'), p.has('nonsense', 'x'), p.has('code.eval'),"
                " p.has('plugin.call', {'exec.in.run', 'du'}),"
                " p.has('fs.read', {'a', 'b'})",
                {"--allow-plugin-call=exec.in.run du"}),
            "true false false false false false true false");
  EXPECT_EQ(Run("local f = io.open(W .. '/granted/text')\n"
                "permission.drop('fs.read', W .. '/granted')\n"
                "return permission.has('fs.read', W .. '/granted/text'),\n"
                "  select(3, io.open(W .. '/granted/text')), f:read('*l')"),
            "false 13 one");
  EXPECT_EQ(Run("return permission.has('secret.use', {'db', 'password'}),"
                " permission.has('secret.use', 'db/password'),"
                " permission.has('secret.use', 'db'), permission.has('all')",
                {"--allow-secret-use=db/password"}),
            "true true false false");
  EXPECT_EQ(Run("return pcall(permission.has, 1)").substr(0, 5), "false");
  EXPECT_EQ(Run("return pcall(permission.drop, 'fs', {})").substr(0, 5),
            "false");
  EXPECT_EQ(Run("local ok = pcall(permission.drop, 'fs.read', 'a\\0b')\n"
                "return ok, (io.open(W .. '/granted/text'))"),
            "false nil");
}

TEST_F(FullLibraryTest, CoroutinesAndNewStatesHaveTheSameRights) {
  EXPECT_EQ(Run("return coroutine.wrap(function()\n"
                "  return (io.open(W .. '/outside/secret')) end)()"),
            "nil");
  EXPECT_EQ(Run("permission.drop('fs.read')\n"
                "return coroutine.wrap(io.open)(W .. '/granted/text')")
                .substr(0, 4),
            "nil ");
  const Rights rights(Flags());
  FullGuest one(rights.Options());
  FullGuest two(rights.Options());
  one.Run("permission.drop('fs')");
  EXPECT_EQ(two.Run("return (io.open('" + world_ + "/granted/text'))"), "nil");
}

// CVE-2023-39331, CVE-2024-21891, CVE-2024-21896: the guest replaces what a
// check calls.
TEST_F(FullLibraryTest, ReplacedFunctionsChangeNoVerdict) {
  EXPECT_EQ(Run("local open, pc, W = io.open, pcall, W\n"
                "local read, getmt, sel = io.lines, getmetatable, select\n"
                "local mt, smt = getmt(io.stdout), getmt('')\n"
                "local function wreck(t) local k = {}\n"
                "  for n, v in pairs(t) do k[#k + 1] = n end\n"
                "  for _, n in ipairs(k) do if type(t[n]) == 'function' then\n"
                "    t[n] = function() return true, W .. '/granted/text' end "
                "end end\n"
                "end\n"
                "wreck(mt.__index) wreck(mt) mt.__index = {} mt.__name = 'x'\n"
                "for _, l in pairs{string, table, math, io, os, package, "
                "permission,\n"
                "  coroutine, debug} do wreck(l) end\n"
                "wreck(_G) _G._G = nil\n"
                "return (open(W .. '/outside/secret')), (pc(read, W .. "
                "'/outside/secret')), (open(W .. '/granted/text')) ~= nil"),
            "nil false true");
}

TEST_F(FullLibraryTest, TricksLeadNowhere) {
  // Other objects in place of handles.
  EXPECT_EQ(Run("local m = getmetatable(io.stdout).__index\n"
                "local bad = 0 for _, v in pairs{{}, 'x', 1, print,\n"
                "  coroutine.create(print), setmetatable({},\n"
                "  getmetatable(io.stdout))} do\n"
                "  for n, f in pairs(m) do if type(f) == 'function' and\n"
                "    pcall(f, v) then bad = bad + 1 end end end return bad"),
            "0");
  // A finalizer that closes the file that is being read.
  EXPECT_EQ(
      Run("local f = io.open(W .. '/granted/big', 'w')\n"
          "f:write(('x'):rep(3000000)) f:close()\n"
          "f = io.open(W .. '/granted/big')\n"
          "local function finalizer() pcall(f.close, f) end\n"
          "local function trap() if newproxy then local p = newproxy(true)\n"
          "  getmetatable(p).__gc = finalizer else\n"
          "  setmetatable({}, {__gc = finalizer}) end end\n"
          "collectgarbage('setpause', 1) collectgarbage('setstepmul', 1000)\n"
          "for i = 1, 1000 do trap() end\n"
          "local ok, text = pcall(f.read, f, '*a')\n"
          "return ok and #text == 3000000 or text:match('closed file') ~= nil"),
      "true");
  // Finalizers that fail while a failure is being told.
  EXPECT_EQ(Run("local function finalizer() io.open(('z'):rep(300)) end\n"
                "local n = 0 collectgarbage('setpause', 1)\n"
                "for i = 1, 2000 do if newproxy then\n"
                "  getmetatable(newproxy(true)).__gc = finalizer else\n"
                "  setmetatable({}, {__gc = finalizer}) end\n"
                "  local _, m = io.open(W .. '/outside/' .. ('y'):rep(200))\n"
                "  if m:find('yyy$') then n = n + 1 end end return n"),
            "2000");
  // Many open handles, never closed, and states that end with them.
  EXPECT_EQ(Run("local t = {} for i = 1, 50 do\n"
                "  t[i] = assert(io.open(W .. '/granted/text')) end return #t"),
            "50");
  // Names that are long, or have odd bytes.
  EXPECT_EQ(Run("local n = 0 for _, s in pairs{('a'):rep(5000), 'a\\0b', '',\n"
                "  ('../'):rep(1000), '\\255', '\\n'} do\n"
                "  if not io.open(s) and not os.remove(s) and\n"
                "    not os.rename(s, s) then n = n + 1 end end return n"),
            "6");
  EXPECT_EQ(Run("return pcall(debug.getregistry)"),
            "false debug.getregistry is not available");
}

TEST_F(FullLibraryTest, DebugStaysOutOfTheLibrary) {
  const std::string debug = "--allow-debug-attach";
  EXPECT_EQ(Run("local x = 5 local n, v = debug.getlocal(1, 1)\n"
                "return n, v, debug.getinfo(1, 'l').currentline",
                {debug}),
            "x 5 2");
  EXPECT_EQ(Run("local n = 0 for _, f in pairs{\n"
                "  function() debug.getupvalue(io.open, 1) end,\n"
                "  function() debug.setupvalue(io.open, 1, {}) end,\n"
                "  function() debug.upvalueid(io.open, 1) end,\n"
                "  function() debug.upvaluejoin(io.open, 1, print, 1) end,\n"
                "  function() debug.setmetatable(io.stdout, {}) end,\n"
                "  function() debug.setmetatable('', {}) end,\n"
                "  function() debug.getregistry() end,\n"
                "  function() table.sort({1, 2}, function()\n"
                "    assert(debug.getlocal(2, 1)) end) end} do\n"
                "  if not pcall(f) then n = n + 1 end end return n",
                {debug}),
            "8");
  // The state of a loop and temporary values are the interpreter's.
  EXPECT_EQ(Run("local n, told = 0, 0\n"
                "for i = 1, 2 do for k = 1, 20 do\n"
                "  local name = select(2, pcall(debug.getlocal, 1, k))\n"
                "  told = told + (string.find(tostring(name), '^%(') and 1 "
                "or 0)\n"
                "end end\n"
                "local function own() for i = 1, 1 do for k = 1, 20 do\n"
                "  local ok, e = pcall(function()\n"
                "    debug.setlocal(3, k, {}) end)\n"
                "  if not ok and string.find(e, 'has no name', 1, true) then\n"
                "    n = n + 1 end\n"
                "end end end pcall(own)\n"
                "return told, n > 3",
                {debug}),
            "0 true");
  EXPECT_EQ(Run("local function f(...)\n"
                "  local n, v = debug.getlocal(1, -1) return v end\n"
                "return (f(7))",
                {debug}),
            "7");
  EXPECT_EQ(Run("debug.sethook(function() end, 'crl')\n"
                "local v = io.open(W .. '/outside/secret') debug.sethook()\n"
                "return v",
                {debug}),
            "nil");
}

TEST_F(FullLibraryTest, NativeCode) {
  EXPECT_EQ(Run("return package.loadlib(W .. '/read/text', 'f')"),
            "nil ERR_ACCESS_DENIED: code.load " + world_ + "/read/text open");
  EXPECT_NE(Run("return package.loadlib(W .. '/read/text', 'f')",
                {"--allow-code-load=" + world_ + "/read/text"})
                .find("open"),
            std::string::npos);
  // The loader would look for it in places of its own.
  EXPECT_EQ(
      Run("return package.loadlib('libm.so.6', '*')", {"--allow-code-load"}),
      "nil ERR_ACCESS_DENIED: code.load libm.so.6 open");
  EXPECT_NE(Run("return package.loadlib(W .. '/outside/secret', '*')")
                .find("ERR_ACCESS_DENIED: fs.read"),
            std::string::npos);
}

TEST_F(FullLibraryTest, Ffi) {
#if LUA_VERSION_NUM == 501
  // A source with a number like this one makes LuaJIT open `ffi` by itself.
  EXPECT_EQ(Run("local f = load('return 1LL') return package.loaded.ffi,"
                " pcall(require, 'ffi')",
                {"--allow-code-eval"})
                .substr(0, 10),
            "nil false ");
  EXPECT_EQ(Run("return 1LL and package.loaded.ffi"), "nil");
  EXPECT_EQ(Run("return type(require('ffi').C)", {"--allow-code-load"}),
            "userdata");
  for (const char* name :
       {"jit.util", "jit.profile", "jit.opt", "string.buffer", "table.new"}) {
    EXPECT_EQ(Run(std::string("return (pcall(require, '") + name + "'))"),
              "false")
        << name;
  }
  EXPECT_EQ(Run("return jit.util, jit.opt, pcall(jit.attach, print)"),
            "nil nil false jit.attach is not available");
#else
  EXPECT_EQ(Run("return pcall(require, 'ffi')").substr(0, 5), "false");
#endif
}

TEST_F(FullLibraryTest, HandlesOfOtherLibrariesAreErrors) {
  const Rights rights(Flags());
  FullGuest guest(rights.Options());
  lua_State* const L = guest.lua();
  *static_cast<FILE**>(lua_newuserdata(L, sizeof(FILE*))) = stdout;
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_setmetatable(L, -2);
  lua_setglobal(L, "other");
  EXPECT_EQ(guest.Run("return io.type(other), select(2, pcall(io.close, other))"
                      ":match('a file of another library')"),
            "nil a file of another library");
  EXPECT_EQ(guest.Run("return pcall(getmetatable(other).__index.read, other)")
                .substr(0, 5),
            "false");
}

TEST_F(FullLibraryTest, OddCalls) {
  // Each is an error of Lua's own kind, and nothing else.
  for (const char* call :
       {"io.open()",
        "io.open({})",
        "io.open(W, {})",
        "io.lines({})",
        "io.input(1.5)",
        "io.input({})",
        "io.output(print)",
        "io.close(1)",
        "io.read('x')",
        "io.popen('true', 'rw')",
        "io.write({})",
        "os.execute({})",
        "os.exit('x')",
        "os.getenv()",
        "os.remove()",
        "os.rename(W)",
        "os.setlocale('C', 'x')",
        "load()",
        "load({})",
        "loadfile({})",
        "loadfile()",
        "dofile()",
        "require()",
        "require({})",
        "package.searchpath('x')",
        "package.loadlib('x')",
        "permission.has()",
        "permission.has({})",
        "permission.has('fs', 1)",
        "permission.has('fs.read', {1})",
        "permission.drop()",
        "io.open(W .. '/granted/text'):read(-1)",
        "io.open(W .. '/granted/text'):read({})",
        "io.open(W .. '/granted/text'):seek('x')",
        "io.open(W .. '/granted/text'):seek('set', 0.5)",
        "io.open(W .. '/granted/text'):setvbuf('x')",
        "io.open(W .. '/granted/text'):setvbuf('full', -1)"}) {
    EXPECT_EQ(Run(std::string("return (pcall(function() ") + call + " end))"),
              "false")
        << call;
  }
  EXPECT_EQ(Run("return (os.execute('true\\0x')), (io.popen('true\\0x'))",
                {"--allow-process-spawn=/bin/sh **"}, true),
            "nil nil");
  EXPECT_EQ(Run("package.path = 1 return (pcall(require, 'x'))"), "false");
  EXPECT_EQ(Run("package.path = ('?;'):rep(2000) return (pcall(require, 'x'))"),
            "false");
  EXPECT_EQ(Run("package.searchers, package.loaders = nil\n"
                "return (pcall(require, 'x'))"),
            "false");
}

// Whatever functions are called with, and whatever was granted: an error of
// Lua's kind or a result, and nothing outside is touched.
TEST_F(FullLibraryTest, RandomCallsTouchNothingOutside) {
  const char* const script =
      "math.randomseed(7)\n"
      "local f, closed = io.open(W .. '/granted/text'), io.tmpfile()\n"
      "closed:close()\n"
      "local odd = setmetatable({}, {__index = function() error('x') end,\n"
      "  __tostring = function() error('y') end, __len = function()\n"
      "  return 3 end, __call = function() return 'z' end})\n"
      "local values = {W .. '/outside/secret', W .. '/outside/new',\n"
      "  W .. '/granted/a', W .. '/granted/link', 'fs.read', 'r', 'w', '*a',\n"
      "  'x', '', 'a\\0b', '\\27Lua', -1, 0, 1, 2, 4096, 2^31, 0.5, 0/0,\n"
      "  true, false, {}, {'a', 'b'}, odd, f, closed, print,\n"
      "  function() return 'return 1' end, coroutine.create(print)}\n"
      "local functions = {load, loadfile, dofile, require, loadstring}\n"
      "for _, lib in pairs{io, os, package, permission, debug,\n"
      "    getmetatable(f), getmetatable(f).__index} do\n"
      "  for name, v in pairs(lib) do\n"
      "    if type(v) == 'function' and v ~= os.exit and v ~= io.read and\n"
      "      v ~= permission.drop and v ~= debug.sethook then\n"
      "      functions[#functions + 1] = v end end end\n"
      "local calls, select, random, pcall = 0, select, math.random, pcall\n"
      "local function pick() return values[random(#values)] end\n"
      "for i = 1, 4000 do local g = functions[random(#functions)]\n"
      "  local n, ok = random(0, 4)\n"
      "  if n == 0 then ok = pcall(g) elseif n == 1 then ok = pcall(g, "
      "pick())\n"
      "  elseif n == 2 then ok = pcall(g, pick(), pick())\n"
      "  elseif n == 3 then ok = pcall(g, pick(), pick(), pick())\n"
      "  else ok = pcall(g, pick(), pick(), pick(), pick()) end\n"
      "  calls = calls + 1 end return calls";
  EXPECT_EQ(Run(script, {"--allow-code-eval", "--allow-debug-attach"}), "4000");
  EXPECT_EQ(Contents("/outside/secret"), "secret");
  EXPECT_EQ(Contents("/read/text"), "read only");
  EXPECT_NE(access((world_ + "/outside/new").c_str(), F_OK), 0);
}

TEST_F(FullLibraryTest, WithoutStandardStreams) {
  const Rights rights(Flags());
  postern_lua_options options = rights.Options();
  options.flags = POSTERN_LUA_NO_STANDARD_STREAMS;
  FullGuest guest(options);
  EXPECT_EQ(guest.Run("return io.stdout, pcall(print, 1)"),
            "nil false print: there is no standard output");
  EXPECT_EQ(guest.Run("return pcall(io.write, 'x')").substr(0, 5), "false");
}

TEST_F(FullLibraryTest, OnlyFreshStatesAreTaken) {
  const Rights rights(Flags());
  const postern_lua_options options = rights.Options();
  lua_State* const L = luaL_newstate();
  luaL_openlibs(L);
  const char* problem = nullptr;
  EXPECT_EQ(postern_lua_open(L, &options, &problem),
            POSTERN_FAILED_PRECONDITION);
  EXPECT_STREQ(problem, "the state is not fresh");
  lua_close(L);
  postern_lua_options unknown = options;
  unknown.flags = 64;
  EXPECT_EQ(postern_lua_open(nullptr, &unknown, nullptr),
            POSTERN_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace lua
}  // namespace postern
