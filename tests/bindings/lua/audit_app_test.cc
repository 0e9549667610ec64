#include "bindings/lua/audit_app.h"

#include <sys/resource.h>

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/amount.h"
#include "tests/bindings/lua/guest_runner.h"

namespace postern {
namespace lua {
namespace {

AuditReport Audit(absl::string_view source) {
  const AppFolder folder(source);
  AuditOptions options;
  options.directory = folder.path();
  return AuditApp(options);
}

absl::Duration ProcessorTimeOfChildren() {
  rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) +
         absl::DurationFromTimeval(usage.ru_stime);
}

TEST(AuditAppTest, TellsWhatIsWanted) {
  const AppFolder folder(
      "local exec = require 'exec.in'\n"
      "local b = require 'lib.b'\n"
      "local du = exec.run('du', '-s', ...)\n"
      "exec.run('readlink', du.stdout)\n"
      "exec.run{program = 'rm'} exec.run({'list'}) exec.run(7, nil, true)\n"
      "exec.run('du', '-s', ...)");
  folder.MakeFolder("lib");
  folder.Write("lib/b.lua", "require('net.http').get('http://x')");
  AuditOptions options;
  options.directory = folder.path();
  options.args = {"/tmp"};
  EXPECT_EQ(AuditApp(options).ToJson(),
            "{\"complete\":true,\"modules\":[\"exec.in\",\"net.http\"],"
            "\"files\":[\"main.lua\",\"lib/b.lua\"],\"calls\":["
            "{\"function\":\"net.http.get\",\"args\":[\"http://x\"]},"
            "{\"function\":\"exec.in.run\",\"args\":[\"du\",\"-s\",\"/tmp\"]},"
            "{\"function\":\"exec.in.run\",\"args\":[\"readlink\","
            "{\"kind\":\"unknown\"}]},"
            "{\"function\":\"exec.in.run\",\"args\":[],"
            "\"named\":{\"program\":\"rm\"}},"
            "{\"function\":\"exec.in.run\",\"args\":[{\"kind\":\"not_text\"}]},"
            "{\"function\":\"exec.in.run\",\"args\":[{\"kind\":\"not_text\"},"
            "{\"kind\":\"not_text\"},{\"kind\":\"not_text\"}]}]}");
}

TEST(AuditAppTest, ResultsSurviveWhateverIsDoneWithThem) {
  for (const char* use :
       {"local y = x.a.b.c[1][true]",
        "x.a = 1",
        "x.a.b = x",
        "local y = x(1)(2).z:method(3)",
        "local y = x + 1 - 2 * x / 3 % x ^ 2",
        "local y = -x // 1 & x | 3 ~ x << 1 >> x local z = ~x",
        "local y = 'a' .. x .. 'b' .. 1",
        "local y = x < 1 or 1 <= x or x > x",
        "if x == 1 then error() end",
        "for i = 1, #x do print(i) end",
        "while x > 3 do end",
        "for k, v in pairs(x) do print(k, v) end",
        "for i, v in ipairs(x) do print(i, v) end",
        "for line in x.stdout:gmatch('[^\\n]+') do p.line(line) end",
        "for line in string.gmatch(x, '.') do p.line(line) end",
        "for line in x:lines() do p.line(line) end",
        "for a in x do p.line(a) end",
        "local n = tonumber(x) + 1 local s = tostring(x) .. 'a'",
        "local s = ('%s %d'):format(x, x):upper():rep(3)",
        "local s = ('abc'):gsub('b', x) local t = x:sub(1, 2):lower()",
        "print(x, tostring(x))",
        "local t = {x, 'a'} print(table.concat(t))",
        "local t = {} table.insert(t, x) assert(#t == 1)",
        "print(table.unpack(x))",
        "local t = {3, x} table.sort(t)",
        "print(math.floor(x / 1024), math.max(1, x), utf8.len(x))",
        "print(os.date('%Y', x), os.time(x))",
        "local y <close> = x",
        "assert(x) assert(x.ok, x.message)",
        "print(select('#', x, x))",
        "local ok, e = pcall(x.f, 1) assert(ok)",
        "local t = setmetatable({}, {__index = x}) print(t.a.b)",
        "coroutine.wrap(function() local y = x.a coroutine.yield(y) end)()",
        "print(type(x), rawequal(x, x), getmetatable(x), next({x}))",
        "local f = load(x.code) f()",
        "print(string.format('%q', x), rawlen(x))",
        "local function f(...) return ... end f(x):g()",
        "print(x and x.a or 'b', not x)"}) {
    SCOPED_TRACE(use);
    const AuditReport report = Audit(absl::StrCat(
        "local p = require 'p' local x = p.f()\n", use, "\np.reached()"));
    EXPECT_EQ(report.error, "");
    ASSERT_FALSE(report.calls.empty());
    EXPECT_EQ(report.calls.back().function, "p.reached");
  }
}

// What no result went into is told as the app would have it.
TEST(AuditAppTest, KnownValuesStayKnown) {
  const AuditReport report = Audit(
      "local p = require 'p' local n = 0\n"
      "for i, v in ipairs({10, 20}) do n = n + i * v end\n"
      "local t = {'b', 'a'} table.sort(t) table.insert(t, 'c')\n"
      "p.f(table.concat({'a', 'b', 'c'}, '-', 2), table.concat({'x', 'y'}),\n"
      "    ('ab'):rep(2, ','), ('%d'):format(7), tostring(n),\n"
      "    table.concat(t), utf8.char(65), tostring(math.max(1, 2)),\n"
      "    tostring(tonumber('10', 2)), tostring(rawlen({1, 2, 3})),\n"
      "    load('return ...', 'c', 't')('loaded'), os.date('!%Y', 0))");
  EXPECT_EQ(report.error, "");
  ASSERT_EQ(report.calls.size(), 1u);
  std::string known;
  for (const WantedArg& arg : report.calls[0].args) {
    absl::StrAppend(&known, arg.kind == WantedArg::Kind::kText ? arg.text : "?",
                    " ");
  }
  EXPECT_EQ(known, "b-c xy ab,ab 7 50 abc A 2 2 3 loaded 1970 ");
}

TEST(AuditAppTest, OnlyPlainNamesAreFunctionsOfPlugins) {
  const AuditReport report = Audit(
      "local p = require 'p'\n"
      "p[1]('no') p[true]('no') p['f\\0g']('no') p['f\\0']('no')\n"
      "p[('x'):rep(201)]('no') p[('x'):rep(5000)]('no') p.f.g('no')\n"
      "p[('x'):rep(200)]('yes') p.f('yes')");
  EXPECT_EQ(report.error, "");
  ASSERT_EQ(report.calls.size(), 2u);
  EXPECT_EQ(report.calls[0].function,
            absl::StrCat("p.", std::string(200, 'x')));
  EXPECT_EQ(report.calls[1].function, "p.f");
  // With the longest name of a module, too.
  const std::string name(200, 'm');
  const AuditReport longest = Audit(absl::StrCat(
      "require('", name, "')[('x'):rep(200)]('yes') require(('m'):rep(201))"));
  ASSERT_EQ(longest.calls.size(), 1u);
  EXPECT_EQ(longest.calls[0].function,
            absl::StrCat(name, ".", std::string(200, 'x')));
  EXPECT_EQ(longest.modules.size(), 1u);
  EXPECT_NE(longest.error.find("invalid module name"), std::string::npos);
}

TEST(AuditAppTest, LoopsOverResultsRunOnce) {
  const AuditReport report = Audit(
      "local p = require 'p'\n"
      "for _, v in pairs(p.list()) do p.each(v) end\n"
      "for i, v in ipairs(p.list()) do p.each(v, 'i') end\n"
      "for l in p.list():lines() do p.each(l, 'l') end\n"
      "for i = 1, #p.list() do p.each(i, 'n') end");
  EXPECT_EQ(report.error, "");
  ASSERT_EQ(report.calls.size(), 5u);
  EXPECT_EQ(report.calls[1].args[0].kind, WantedArg::Kind::kUnknown);
}

TEST(AuditAppTest, AnErrorKeepsWhatWasSeen) {
  const AuditReport report =
      Audit("require('exec.in').run('du') error('stop here')");
  EXPECT_EQ(report.error, "main.lua:1: stop here");
  EXPECT_FALSE(report.complete());
  ASSERT_EQ(report.calls.size(), 1u);
  EXPECT_EQ(Audit("x =").error.substr(0, 11), "main.lua:1:");
  EXPECT_EQ(Audit("error({})").error, "error object is a table");
  EXPECT_NE(Audit("error('')").error, "");
  EXPECT_NE(Audit("error()").error, "");
}

TEST(AuditAppTest, MissingAppIsAnError) {
  AuditOptions options;
  options.directory = "/nonexistent";
  EXPECT_NE(AuditApp(options).error, "");
  const AppFolder empty;
  options.directory = empty.path();
  EXPECT_EQ(AuditApp(options).error,
            "cannot read \"main.lua\": No such file or directory");
}

struct Greedy {
  const char* name;
  const char* source;
};

// Each of these wants to go on for ever, or to have all memory.
const Greedy kGreedy[] = {
    {"loop", "while true do end"},
    {"nested pcall",
     "local function f() while true do pcall(f) end end while true do"
     " pcall(pcall, pcall, f) end"},
    {"coroutines",
     "local create, resume = coroutine.create, coroutine.resume\n"
     "local function f(d) return function() for i = 1, 12 do"
     " resume(create(d == 0 and print or f(d - 1))) end end end\n"
     "resume(create(f(30)))"},
    {"coroutine that catches",
     "while true do pcall(coroutine.wrap(function() while true do"
     " pcall(coroutine.wrap(function() while true do end end)) end end)) end"},
    {"gc",
     "setmetatable({}, {__gc = function() while true do end end})\n"
     "local t = {} while true do t[1] = {} end"},
    {"close",
     "local mt = {__close = function() while true do end end}\n"
     "pcall(coroutine.wrap(function() local x <close> = setmetatable({}, mt)"
     " while true do end end))"},
    {"handler",
     "while true do xpcall(function() while true do end end,"
     " function() while true do end end) end"},
    {"backtracking pattern", "(('a'):rep(30000)):find('.-.-.-.-.-.-b')"},
    {"backtracking gsub", "(('a'):rep(30000)):gsub('a-a-a-a-a-a-b', 'x')"},
    {"huge rep",
     "local t = {} while true do t[#t + 1] ="
     " ('x'):rep(1 << 20) .. #t end"},
    {"rep beyond memory", "('x'):rep(1 << 40)"},
    {"huge format",
     "local s = ('x'):rep(1 << 22) while true do"
     " s = string.format('%s%s', s, s) end"},
    {"huge width", "string.format('%99999d', 1)"},
    {"growing text", "local s = 'x' while true do s = s .. s end"},
    {"growing table", "local t = {} for i = 1, 1e12 do t[i] = i end"},
    {"many keys", "local t = {} for i = 1, 1e12 do t['k' .. i] = i end"},
    {"colliding keys",
     "for k = 1, 30 do local m, t = (1 << (k + 1)) - 1, {}\n"
     "for i = 1, (1 << k) do t[i * m + (1 << 40) // m * m] = true end\n"
     "t[-m] = true end"},
    {"huge unpack", "while true do table.unpack({}, 1, 90000) end"},
    {"endless load", "while true do load(function() return ' ' end) end"},
    {"deep nesting", "load(('('):rep(200000))() while true do end"},
    {"loop over a result",
     "local x = require('p').f() local i = 1 while x[i] do i = i + 1 end"},
    {"many calls",
     "local p = require 'p' local i = 0 while true do"
     " i = i + 1 p.f(tostring(i)) end"},
    {"large argument",
     "local p = require 'p' local i = 0 while true do"
     " i = i + 1 p.f(('x'):rep(100000) .. i) end"},
    {"many modules",
     "local i = 0 while true do i = i + 1 require('m' .. i) end"},
};

TEST(AuditAppTest, EndlessAndGreedyCodeEndsInAnError) {
  // A row takes a second of processor time; of more in a sanitizer's build,
  // which starts and ends slowly, one in three.
  const size_t step = testing::IsSanitized() ? 3 : 1;
  const absl::Duration most =
      absl::Milliseconds(testing::IsSanitized() ? 3000 : 1300);
  for (size_t i = 0; i < std::size(kGreedy); i += step) {
    const Greedy& c = kGreedy[i];
    SCOPED_TRACE(c.name);
    const absl::Duration before = ProcessorTimeOfChildren();
    const AuditReport report =
        Audit(absl::StrCat("require 'seen'; ", c.source));
    EXPECT_NE(report.error, "");
    ASSERT_FALSE(report.modules.empty());
    EXPECT_EQ(report.modules[0], "seen");
    // The kernel counts ticks.
    EXPECT_LT(ProcessorTimeOfChildren() - before, most);
  }
}

TEST(AuditAppTest, AReportIsBounded) {
  const AuditReport report = Audit(
      "local p = require 'p'\n"
      "for i = 1, 100 do p.f(('x'):rep(10000) .. i) end");
  EXPECT_EQ(report.error, "report limit reached");
  EXPECT_GT(report.calls.size(), 20u);
  EXPECT_LT(report.calls.size(), 27u);
}

TEST(AuditAppTest, NoPluginCodeRuns) {
  const std::string marker = ::testing::TempDir() + "/audit_marker";
  const AuditReport report =
      Audit(absl::StrCat("require('exec.in').run('touch', '", marker, "')"));
  ASSERT_EQ(report.calls.size(), 1u);
  EXPECT_EQ(report.calls[0].args[1].text, marker);
  EXPECT_NE(access(marker.c_str(), F_OK), 0);
}

TEST(AuditAppTest, PrintGoesNowhere) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(Audit("print('to be seen by nobody')").error, "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace lua
}  // namespace postern
