#include "bindings/lua/lua_app.h"

#include <string.h>

#include <atomic>
#include <string>
#include <thread>  // NOLINT: apps on several threads
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/variant.h"
#include "bindings/plugins/exec_in.h"
#include "tests/bindings/lua/guest_runner.h"

namespace postern {
namespace lua {
namespace {

using Outcome = AppResult::Outcome;
using host::PluginCall;
using host::Value;

// A context made from flags.
class Rights {
 public:
  explicit Rights(const std::vector<std::string>& flags,
                  absl::string_view base = "") {
    std::vector<postern_bytes> bytes;
    for (const std::string& flag : flags) {
      bytes.push_back({flag.data(), flag.size()});
    }
    postern_error* const error = postern_error_new();
    postern_policy* policy = nullptr;
    postern_policy_from_flags(bytes.data(), bytes.size(), nullptr, &policy,
                              error);
    EXPECT_NE(policy, nullptr) << postern_error_message(error, nullptr);
    postern_context_options options = {};
    options.struct_size = sizeof(options);
    options.base_directory = {base.data(), base.size()};
    postern_context_new(policy, &options, &context_, &authority_, error);
    EXPECT_NE(context_, nullptr) << postern_error_message(error, nullptr);
    postern_policy_free(policy);
    postern_error_free(error);
  }
  Rights(const Rights&) = delete;
  Rights& operator=(const Rights&) = delete;
  ~Rights() {
    postern_authority_free(authority_);
    postern_context_free(context_);
  }
  postern_context* context() const { return context_; }

 private:
  postern_context* context_ = nullptr;
  postern_authority* authority_ = nullptr;
};

std::string Show(const Value& value);

// The kind of each value, and what it holds.
struct Shown {
  std::string operator()(absl::monostate) const { return "nil"; }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
  std::string operator()(int64_t i) const { return absl::StrCat("int ", i); }
  std::string operator()(double d) const { return absl::StrCat("number ", d); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Value::List& list) const {
    std::string out = "[";
    for (const Value& value : list) absl::StrAppend(&out, Show(value), ",");
    return out + "]";
  }
  std::string operator()(const Value::Record& record) const {
    std::string out = "{";
    for (const auto& field : record) {
      absl::StrAppend(&out, field.first, "=", Show(field.second), ",");
    }
    return out + "}";
  }
};

std::string Show(const Value& value) {
  return absl::visit(Shown(), value.data());
}

// A plugin that notes its calls: "exec.in" with run(program, *args), and
// others.
class Notes {
 public:
  Notes() {
    host::Plugin plugin;
    plugin.id = "exec.in";
    plugin.functions.push_back(Function("run", {"program", "*args"}));
    plugin.functions.push_back(Function("pair", {"first", "second"}));
    EXPECT_TRUE(catalog_.Add(plugin).ok());
    host::Plugin other;
    other.id = "other";
    other.functions.push_back(Function("f", {}));
    EXPECT_TRUE(catalog_.Add(other).ok());
  }
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;

  const host::Catalog& catalog() const { return catalog_; }
  const std::string& calls() const { return calls_; }

 private:
  host::PluginFunction Function(const std::string& name,
                                std::vector<std::string> parameters) {
    host::PluginFunction function;
    function.name = name;
    function.parameters = std::move(parameters);
    function.handler = [this,
                        name](const PluginCall& call) -> absl::StatusOr<Value> {
      absl::StrAppend(&calls_, name, "(");
      for (const Value& arg : call.args) {
        absl::StrAppend(&calls_, Show(arg), ";");
      }
      absl::StrAppend(&calls_, ")");
      return Value::OfRecord({{"stdout", Value::Bytes("out")},
                              {"list", Value::OfList({Value::Integer(7)})}});
    };
    return function;
  }

  host::Catalog catalog_;
  std::string calls_;
};

struct AppRun {
  AppResult result;
  std::string calls;
};

AppRun RunWith(absl::string_view source, const std::vector<std::string>& flags,
               DenialDetail detail = DenialDetail::kPlain,
               absl::string_view base = "") {
  const Rights rights(flags, base);
  const Notes notes;
  const AppFolder folder(source);
  AppOptions options;
  options.directory = folder.path();
  options.detail = detail;
  AppRun run;
  run.result = RunApp(rights.context(), notes.catalog(), options);
  run.calls = notes.calls();
  return run;
}

const char kDu[] = "--allow-plugin-call=exec.in.run du **";
const char kReadlink[] = "--allow-plugin-call=exec.in.run readlink **";

TEST(LuaAppTest, AGrantedCallRuns) {
  const AppRun run = RunWith(
      "local exec = require 'exec.in'\n"
      "local r = exec.run('du', '-s', 'x') print(r.stdout, r.list[1])\n"
      "r = exec.run{program = 'du'} print(r.stdout)",
      {kDu});
  EXPECT_EQ(run.result.outcome, Outcome::kFinished) << run.result.message;
  EXPECT_EQ(run.result.output, "out\t7\nout\n");
  EXPECT_EQ(run.calls, "run(du;-s;x;)run(du;)");
  EXPECT_TRUE(run.result.denials.empty());
}

TEST(LuaAppTest, ADeniedCallRunsNothingAndSaysWhy) {
  const AppRun run = RunWith(
      "local exec = require 'exec.in'\n"
      "local ok, e = pcall(exec.run, 'rm', '-r')\n"
      "print(ok, e.code, e.permission, e.resource, e.argument, e.remedy)\n"
      "print(e) print('text: ' .. e) exec.run('rm')",
      {kDu, kReadlink});
  EXPECT_EQ(run.result.outcome, Outcome::kDenied);
  EXPECT_EQ(run.calls, "");
  EXPECT_EQ(run.result.output.substr(0, run.result.output.find('\n')),
            "false\tERR_ACCESS_DENIED\tplugin.call\texec.in.run\tnil\tnil");
  EXPECT_NE(run.result.output.find("\nERR_ACCESS_DENIED: plugin.call exec.in."
                                   "run"),
            std::string::npos)
      << run.result.output;
  ASSERT_EQ(run.result.denials.size(), 2u);
  EXPECT_EQ(run.result.denials[0].operation, "exec.in.run");
  EXPECT_NE(run.result.denials[0].explanation.find("readlink"),
            std::string::npos);
  EXPECT_NE(run.result.denials[0].explanation_json.find("\"actual\":\"rm\""),
            std::string::npos)
      << run.result.denials[0].explanation_json;
}

TEST(LuaAppTest, FullDenialsTellOperationArgumentExpectedAndRemedy) {
  const AppRun run = RunWith(
      "local ok, e = pcall(require('exec.in').run, 'rm')\n"
      "print(e.operation, e.argument, e.actual,"
      " table.concat(e.expected, '|'), type(e.remedy), #e.remedy > 0)\n"
      "for k in pairs(e) do assert(k ~= 'source' and k ~= 'rule') end",
      {kDu, kReadlink}, DenialDetail::kFull);
  EXPECT_EQ(run.result.outcome, Outcome::kFinished) << run.result.message;
  EXPECT_EQ(run.result.output,
            "exec.in.run\t0\trm\tdu|readlink\tstring\ttrue\n");
}

TEST(LuaAppTest, OnlyTheExactProgramPasses) {
  for (const char* call :
       {"exec.run('./du')",
        "exec.run('DU')",
        "exec.run('du\\n')",
        "exec.run('du\\0')",
        "exec.run(' du')",
        "exec.run('/usr/bin/du')",
        "exec.run({'du'})",
        "exec.run{program = {'du'}}",
        "exec.run()",
        "exec.run{}",
        "exec.run(1)",
        "exec.run(nil, 'du')",
        "exec.run(true)",
        "exec.run{program = 'rm'}",
        "exec.run{program = 'du', x = '1'}",
        "exec.run{PROGRAM = 'du'}",
        "exec.run{args = 'du'}",
        "exec.run{['*args'] = 'du'}",
        "exec.run('d' .. 'U')",
        "exec.run('')",
        "exec.pair('du')",
        "exec.run(('d'):rep(5000))",
        "exec.run(setmetatable({}, {__tostring = function() return 'du'"
        " end, __index = {'du'}, __len = function() return 1 end}))",
        "exec.run(setmetatable({}, {__index = {program = 'du'},"
        " __pairs = function() return pairs({program = 'du'}) end}))"}) {
    SCOPED_TRACE(call);
    const AppRun run =
        RunWith(absl::StrCat("local exec = require 'exec.in' ", call), {kDu});
    EXPECT_EQ(run.result.outcome, Outcome::kDenied) << run.result.message;
    EXPECT_EQ(run.calls, "");
  }
}

TEST(LuaAppTest, ValuesReachAPluginAsTheyAre) {
  const struct {
    const char* args;
    const char* want;
  } kCases[] = {
      {"nil, true", "nil;true;"},
      {"7, 7.5", "int 7;number 7.5;"},
      {"7.0, '7'", "number 7;7;"},
      {"{}, {1, 'b', {false}}", "[];[int 1,b,[false,],];"},
      {"{1, 2, x = 3}, 0", nullptr},  // neither
      {"'x', {b = {1}, a = 'y'}", "x;{a=y,b=[int 1,],};"},
      {"print, 0", nullptr},
      {"{{{{{{{{1}}}}}}}}, 0", "[[[[[[[[int 1,],],],],],],],];int 0;"},
      {"{{{{{{{{{1}}}}}}}}}, 0", nullptr},
  };
  for (const auto& c : kCases) {
    const AppRun run =
        RunWith(absl::StrCat("require('exec.in').pair(", c.args, ")"),
                {"--allow-plugin-call"});
    EXPECT_EQ(run.calls,
              c.want == nullptr ? "" : absl::StrCat("pair(", c.want, ")"))
        << c.args << " " << run.result.message;
    EXPECT_EQ(run.result.outcome == Outcome::kFinished, c.want != nullptr);
  }
}

// A guest that calls in a loop has to end within its work.
TEST(LuaAppTest, ACallCostsAsMuchAsManyInstructions) {
  AppOptions options;
  options.limits.instructions = 1000 * 1000;
  const AppFolder folder("local f = require('other').f while true do f() end");
  const Rights rights({"--allow-plugin-call"}, "");
  const Notes notes;
  options.directory = folder.path();
  const AppResult result = RunApp(rights.context(), notes.catalog(), options);
  EXPECT_NE(result.outcome, Outcome::kFinished);
  const size_t calls = notes.calls().size() / strlen("f()");
  EXPECT_GT(calls, 500u);
  EXPECT_LE(calls, 2000u);
}

TEST(LuaAppTest, TheVerdictByNameIsThatByPosition) {
  const std::vector<std::string> kFlags = {
      "--allow-plugin-call=exec.in.pair a b"};
  EXPECT_EQ(RunWith("require('exec.in').pair('a', 'b')", kFlags).calls,
            "pair(a;b;)");
  EXPECT_EQ(
      RunWith("require('exec.in').pair{second = 'b', first = 'a'}", kFlags)
          .calls,
      "pair(a;b;)");
  for (const char* call :
       {"pair{first = 'b', second = 'a'}", "pair{first = 'a'}",
        "pair{second = 'b'}", "pair('b', 'a')", "pair('a')",
        "pair('a', 'b', 'c')"}) {
    const AppRun run =
        RunWith(absl::StrCat("require('exec.in').", call), kFlags);
    EXPECT_EQ(run.result.outcome, Outcome::kDenied) << call;
    EXPECT_EQ(run.calls, "");
  }
}

TEST(LuaAppTest, ANameThatCannotBeBoundNeverReachesAPlugin) {
  for (const char* call : {"pair{x = 'a'}", "pair{first = 'a', x = 'b'}",
                           "run{args = 'a'}", "run{['*args'] = 'a'}"}) {
    const AppRun run = RunWith(absl::StrCat("require('exec.in').", call),
                               {"--allow-plugin-call"});
    EXPECT_NE(run.result.outcome, Outcome::kFinished) << call;
    EXPECT_EQ(run.calls, "");
  }
}

// A relative name means one thing where it is decided and another where the
// program starts: "../../x" could be granted here and be somebody else's there.
TEST(LuaAppTest, PathArgumentsReachThePluginAsTheyWereDecided) {
  const std::vector<std::string> flags = {
      "--allow-plugin-call=exec.in.run cat path:/srv/a",
      "--allow-plugin-call=exec.in.run dd path:/srv/a",
      "--allow-plugin-call=exec.in.run tail re:.*"};
  const struct {
    const char* args;
    const char* want;
  } kCases[] = {
      {"'cat', 'x'", "run(cat;/srv/a/b/x;)"},
      {"'cat', '.'", "run(cat;/srv/a/b;)"},
      {"'cat', '../x'", "run(cat;/srv/a/x;)"},
      {"'cat', '/srv//a/./y'", "run(cat;/srv/a/y;)"},
      {"'dd', 'of=x'", "run(dd;/srv/a/b/of=x;)"},
      {"'tail', '../x'", "run(tail;../x;)"},
      {"'cat', '../../x'", ""},
      {"'cat', '-x'", ""},
  };
  for (const auto& c : kCases) {
    const AppRun run =
        RunWith(absl::StrCat("require('exec.in').run(", c.args, ")"), flags,
                DenialDetail::kPlain, "/srv/a/b");
    EXPECT_EQ(run.calls, c.want) << c.args;
  }
}

TEST(LuaAppTest, AValueThatIsNoTextPassesOnlyAStar) {
  EXPECT_EQ(RunWith("require('exec.in').pair({'x'}, 5)",
                    {"--allow-plugin-call=exec.in.pair * *"})
                .calls,
            "pair([x,];int 5;)");
  EXPECT_EQ(RunWith("require('exec.in').pair({'x'}, 'y')",
                    {"--allow-plugin-call=exec.in.pair x *"})
                .calls,
            "");
}

TEST(LuaAppTest, WhatCannotBeCopiedNeverReachesAPlugin) {
  for (const char* arg :
       {"print", "coroutine.create(print)", "{print}", "{1, a = 2}",
        "{[{}] = 1}", "('x'):rep(2 << 20)", "{{{{{{{{{{1}}}}}}}}}}"}) {
    const AppRun run =
        RunWith(absl::StrCat("require('exec.in').run(", arg, ", 1)"),
                {"--allow-plugin-call=exec.in.run"});
    EXPECT_EQ(run.result.outcome, Outcome::kFailed) << arg;
    EXPECT_EQ(run.calls, "") << arg;
  }
  const AppRun shared = RunWith(
      "local s = ('x'):rep(1 << 19) local t = {}\n"
      "for i = 1, 9000 do t[i] = s end require('exec.in').run(t, t)",
      {"--allow-plugin-call=exec.in.run"});
  EXPECT_EQ(shared.result.outcome, Outcome::kFailed);
}

TEST(LuaAppTest, LoadingFollowsTheCalls) {
  struct Case {
    std::vector<std::string> flags;
    const char* module;
    bool loads;
  };
  const Case kCases[] = {
      {{kDu}, "exec.in", true},
      {{kDu}, "other", false},
      {{"--allow-plugin-call=exec.in.pair x"}, "exec.in", true},
      {{"--allow-plugin-call=exec.in.run"}, "exec.in", true},
      {{"--allow-plugin-load=exec.in"}, "exec.in", true},
      {{"--allow-plugin-load=exec.in"}, "other", false},
      {{kDu, "--deny-plugin-load=exec.in"}, "exec.in", false},
      {{kDu, "--deny-plugin-load"}, "exec.in", false},
      {{}, "exec.in", false},
      {{kDu}, "exec", false},
      {{kDu}, "exec.in.run", false},
      {{kDu}, "nothing", false},
      {{"--allow-fs-read"}, "exec.in", false},
  };
  for (const Case& c : kCases) {
    const AppRun run =
        RunWith(absl::StrCat("require '", c.module, "'"), c.flags);
    EXPECT_EQ(run.result.outcome,
              c.loads ? Outcome::kFinished : Outcome::kDenied)
        << c.module << ": " << run.result.message;
  }
}

TEST(LuaAppTest, WhatIsNotThereLooksLikeWhatIsDenied) {
  const AppRun denied =
      RunWith("print((select(2, pcall(require, 'other'))))", {});
  const AppRun missing =
      RunWith("print((select(2, pcall(require, 'othes'))))", {});
  EXPECT_EQ(denied.result.output, "ERR_ACCESS_DENIED: plugin.load other\n");
  EXPECT_EQ(missing.result.output, "ERR_ACCESS_DENIED: plugin.load othes\n");
  const AppRun granted = RunWith(
      "local _, e = pcall(require, 'othes')"
      " print(e, e.code, e.permission)",
      {"--allow-plugin-load"});
  EXPECT_EQ(granted.result.output,
            "ERR_NOT_FOUND: othes does not exist\tERR_NOT_FOUND\tnil\n");
}

TEST(LuaAppTest, ADropAndANullContextDeny) {
  const Rights rights({kDu});
  ASSERT_EQ(
      postern_drop(rights.context(), "plugin.call", 11, nullptr, 0, nullptr),
      POSTERN_OK);
  const Notes notes;
  const AppFolder folder("require('exec.in').run('du')");
  AppOptions options;
  options.directory = folder.path();
  EXPECT_EQ(RunApp(rights.context(), notes.catalog(), options).outcome,
            Outcome::kDenied);
  const AppResult null = RunApp(nullptr, notes.catalog(), options);
  EXPECT_EQ(null.outcome, Outcome::kDenied);
  EXPECT_EQ(null.message, "ERR_ACCESS_DENIED: plugin.load exec.in");
  EXPECT_EQ(notes.calls(), "");
}

// CVE-2023-39331, CVE-2024-21891, CVE-2024-21896: the guest replaces what the
// check calls. Here nothing of the guest is called between the copying of the
// arguments and the end of the handler.
TEST(LuaAppTest, OverwritingEveryBuiltInChangesNoVerdict) {
  const char kOverwrite[] =
      "local exec = require 'exec.in'\n"
      "local run, pcall, print, pairs, type, rawset, tostring ="
      " exec.run, pcall, print, pairs, type, rawset, tostring\n"
      "local function lie() return 'du' end\n"
      "local all = {}\n"
      "local function collect(t) if all[t] then return end all[t] = true\n"
      "  for _, v in pairs(t) do if type(v) == 'table' then collect(v) end end"
      " end\n"
      "collect(_G) collect(exec)\n"
      "for t in pairs(all) do for k in pairs(t) do rawset(t, k, lie) end end\n"
      "for _, f in pairs{'__index', '__newindex', '__eq', '__call',"
      " '__tostring', '__len', '__name', '__pairs', '__metatable'} do\n"
      "  rawset(_ENV or {}, f, lie) end\n";
  const char kCalls[] =
      "local function try(...) local ok, e = pcall(run, ...)"
      " print(ok, ok or e.code) end\n"
      "try('rm') try('du') try{program = 'rm'} try{program = 'du'}"
      " try({'du'}) try() try('./du') try('du', 'x')\n";
  const AppRun plain = RunWith(
      absl::StrCat("local exec = require 'exec.in' local run = exec.run\n",
                   kCalls),
      {kDu});
  const AppRun overwritten = RunWith(absl::StrCat(kOverwrite, kCalls), {kDu});
  EXPECT_EQ(plain.result.outcome, Outcome::kFinished) << plain.result.message;
  EXPECT_EQ(overwritten.result.outcome, Outcome::kFinished)
      << overwritten.result.message;
  EXPECT_EQ(overwritten.result.output, plain.result.output);
  EXPECT_EQ(overwritten.calls, plain.calls);
  EXPECT_EQ(plain.calls, "run(du;)run(du;)run(du;x;)");
}

TEST(LuaAppTest, ADenialCannotBeForgedIntoAGrant) {
  const AppRun run = RunWith(
      "local exec = require 'exec.in'\n"
      "local _, e = pcall(exec.run, 'rm')\n"
      "e.code = 'OK' print(getmetatable(e))\n"
      "print(pcall(setmetatable, e, {}))\n"
      "print(pcall(exec.run, 'rm'))",
      {kDu});
  EXPECT_EQ(run.calls, "");
  EXPECT_EQ(run.result.output.substr(0, 6), "false\n");
}

TEST(LuaAppTest, HandlersMayFail) {
  host::Catalog catalog;
  host::Plugin plugin;
  plugin.id = "p";
  host::PluginFunction function;
  function.handler = [](const PluginCall&) -> absl::StatusOr<Value> {
    return absl::InternalError("it broke");
  };
  function.name = "status";
  plugin.functions.push_back(function);
  function.handler = [](const PluginCall&) -> absl::StatusOr<Value> {
    throw 1;
  };
  function.name = "throws";
  plugin.functions.push_back(function);
  ASSERT_TRUE(catalog.Add(plugin).ok());
  const Rights rights({"--allow-plugin-call"});
  const AppFolder folder(
      "local p = require 'p' print(pcall(p.status)) print(pcall(p.throws))");
  AppOptions options;
  options.directory = folder.path();
  const AppResult result = RunApp(rights.context(), catalog, options);
  EXPECT_EQ(result.output,
            "false\tp.status: it broke\nfalse\tp.throws: plugin failed\n");
}

TEST(LuaAppTest, TimeOfPluginsCounts) {
  host::Catalog catalog;
  ASSERT_TRUE(catalog.Add(plugins::MakeExecIn()).ok());
  const Rights rights({"--allow-plugin-call=exec.in.run sleep **"});
  const AppFolder folder(
      "local exec = require 'exec.in'\n"
      "pcall(exec.run, 'sleep', '20') print('survived')");
  AppOptions options;
  options.directory = folder.path();
  options.limits.time = absl::Milliseconds(300);
  const absl::Time start = absl::Now();
  const AppResult result = RunApp(rights.context(), catalog, options);
  EXPECT_EQ(result.outcome, Outcome::kLimit);
  EXPECT_EQ(result.message, "time limit reached");
  EXPECT_EQ(result.output, "");
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

// The application of the design: du is granted, rm is not, and du is real.
TEST(LuaAppTest, DuIsRunAndRmIsDenied) {
  host::Catalog catalog;
  ASSERT_TRUE(catalog.Add(plugins::MakeExecIn()).ok());
  const Rights rights(
      {"--allow-plugin-call=exec.in.run du -b -- path:/", kReadlink});
  const AppFolder folder(
      "local exec = require 'exec.in'\n"
      "local r = exec.run('du', '-b', '--', ...)\n"
      "print(r.status, r.stdout)\n"
      "exec.run('rm', '-rf', ...)");
  folder.MakeFolder("data");
  folder.Write("data/f", std::string(12345, 'x'));
  AppOptions options;
  options.directory = folder.path();
  options.args = {folder.Path("data")};
  const AppResult result = RunApp(rights.context(), catalog, options);
  EXPECT_EQ(result.outcome, Outcome::kDenied);
  EXPECT_EQ(result.output.substr(0, 2), "0\t");
  EXPECT_NE(result.output.find("/data\n"), std::string::npos);
  EXPECT_EQ(access(folder.Path("data/f").c_str(), F_OK), 0);
}

TEST(LuaAppTest, OutcomesAreTold) {
  EXPECT_EQ(RunWith("print('x')", {}).result.outcome, Outcome::kFinished);
  EXPECT_EQ(RunWith("error('x', 0)", {}).result.outcome, Outcome::kFailed);
  EXPECT_EQ(RunWith("error('x', 0)", {}).result.message, "x");
  EXPECT_EQ(RunWith("x =", {}).result.outcome, Outcome::kNotStarted);
  EXPECT_EQ(RunWith("error({message = 'm'})", {}).result.message, "m");
  EXPECT_EQ(RunWith("error(setmetatable({}, {__tostring = function() while true"
                    " do end end}))",
                    {})
                .result.message,
            "error object is a table");
  EXPECT_EQ(RunWith("while true do end", {}).result.outcome, Outcome::kLimit);
  AppOptions options;
  options.directory = "/nonexistent";
  EXPECT_EQ(RunApp(nullptr, host::Catalog(), options).outcome,
            Outcome::kNotStarted);
}

TEST(LuaAppTest, RequireLoadsNoBytecode) {
  for (const char* name : {"m.lua", "m/init.lua"}) {
    AppFolder folder("print(pcall(require, 'm'))");
    folder.MakeFolder("m");
    folder.Write(name,
                 absl::string_view("\033Lua\x54\0\x19\x93\r\n\x1a\n", 12));
    AppOptions options;
    options.directory = folder.path();
    EXPECT_EQ(RunApp(nullptr, host::Catalog(), options).output,
              "false\tattempt to load a binary chunk (mode is 't')\n");
  }
}

TEST(LuaAppTest, DenialsTellNoAddress) {
  const AppRun run = RunWith(
      "local _, e = pcall(require('exec.in').run, 'rm')\n"
      "for _, v in ipairs{{}, print, function() end, coroutine.create(print)} "
      "do"
      " print((e .. v):sub(-10), (v .. e):sub(1, 10)) end",
      {kDu});
  EXPECT_EQ(run.result.output.find("0x"), std::string::npos)
      << run.result.output;
  EXPECT_EQ(run.result.outcome, Outcome::kFinished) << run.result.message;
}

TEST(LuaAppTest, LongArgumentsAreNotExplained) {
  const AppRun run = RunWith(
      "local run = require('exec.in').run\n"
      "print(pcall(run, ('\\1'):rep(100000)))\n"
      "print(pcall(run, ('x'):rep(16 << 10)))",
      {kDu});
  ASSERT_EQ(run.result.denials.size(), 2u);
  EXPECT_EQ(run.result.denials[0].explanation,
            "deny plugin.call exec.in.run (not explained: its arguments have "
            "100000 bytes)");
  EXPECT_EQ(
      run.result.denials[0].explanation_json,
      "{\"permission\":\"plugin.call\",\"operation\":\"exec.in.run\","
      "\"allowed\":false,\"effect\":\"deny\",\"note\":\"not explained: its "
      "arguments have 100000 bytes\"}");
  EXPECT_LT(run.result.output.size(), 200000u);
  EXPECT_EQ(run.result.denials[1].explanation.find("not explained"),
            std::string::npos);
}

TEST(LuaAppTest, DenialsTakeLittleMemory) {
  const AppRun run = RunWith(
      "local run, s = require('exec.in').run, ('\\1'):rep(16 << 10)\n"
      "for i = 1, 100 do pcall(run, s) end\n"
      "print(pcall(run, s))",
      {kDu}, DenialDetail::kFull);
  size_t bytes = 0;
  for (const Denial& denial : run.result.denials) {
    bytes += denial.explanation.size() + denial.explanation_json.size();
  }
  EXPECT_GT(run.result.denials.size(), 0u);
  EXPECT_LE(bytes, kMaxDenialBytes);
}

// A denied call costs the guest what its arguments cost the host.
TEST(LuaAppTest, BytesOfArgumentsAreWork) {
  AppOptions options;
  const AppFolder folder(
      "local run, s = require('exec.in').run, ('\\1'):rep(1000000)\n"
      "while true do pcall(run, s) end");
  options.directory = folder.path();
  options.limits.instructions = 2000000;
  const Rights rights({kDu});
  const Notes notes;
  const AppResult result = RunApp(rights.context(), notes.catalog(), options);
  EXPECT_EQ(result.outcome, Outcome::kLimit);
  EXPECT_LE(result.denials.size(), 8u);
}

TEST(LuaAppTest, AppsOnManyThreadsShareAContext) {
  const Rights rights({kDu});
  host::Catalog catalog;
  host::Plugin plugin;
  plugin.id = "exec.in";
  host::PluginFunction function;
  function.name = "run";
  function.parameters = {"program", "*args"};
  std::atomic<int> calls{0};
  function.handler = [&calls](const PluginCall&) -> absl::StatusOr<Value> {
    ++calls;
    return Value::Integer(1);
  };
  plugin.functions.push_back(function);
  ASSERT_TRUE(catalog.Add(plugin).ok());
  const AppFolder folder(
      "local exec, n = require 'exec.in', 0\n"
      "for i = 1, 50 do if pcall(exec.run, 'du', tostring(i)) then n = n + 1"
      " end if pcall(exec.run, 'rm') then n = -1000 end end print(n)");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      AppOptions options;
      options.directory = folder.path();
      for (int j = 0; j < 5; ++j) {
        const AppResult result = RunApp(rights.context(), catalog, options);
        EXPECT_EQ(result.output, "50\n") << result.message;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls, 1000);
}

}  // namespace
}  // namespace lua
}  // namespace postern
