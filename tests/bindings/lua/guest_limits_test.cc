// What a guest can do to stay alive, to eat memory or to take long. Each row
// is a way that works against a sandbox which only sets a hook.

#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <sys/mman.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "bindings/lua/stack_room.h"
#include "tests/amount.h"
#include "tests/bindings/lua/guest_runner.h"

namespace postern {
namespace lua {
namespace {

constexpr char kForever[] = "while true do end";

struct Case {
  const char* name;
  std::string source;
  StopReason want;
};

// Calls a function with a thousand long numerals. `function` may be followed
// by a first argument.
std::string Many(absl::string_view function) {
  return absl::StrCat(
      "local s = ('0'):rep(2 << 20) local t = {}\n"
      "for i = 1, 1000 do t[i] = s end\n"
      "local f, first = ",
      function, "\n",
      "if first then f(first, table.unpack(t))\n"
      "else f(table.unpack(t)) end");
}

// Runs `source` beneath some 100,000 calls.
std::string Deep(absl::string_view source) {
  return absl::StrCat("local function deep(n) if n == 0 then ", source,
                      " end return 1 + deep(n - 1) end deep(100000)");
}

const Case kCases[] = {
    {"loop", kForever, StopReason::kInstructions},
    {"repeat", "repeat until false", StopReason::kInstructions},
    {"goto", "::a:: goto a", StopReason::kInstructions},
    {"tail call", "local function f() return f() end f()",
     StopReason::kInstructions},
    {"nested pcall",
     "local function f() while true do pcall(f) end end\n"
     "while true do pcall(pcall, pcall, f) end",
     StopReason::kInstructions},
    {"xpcall with an endless handler",
     "while true do xpcall(function() while true do end end,"
     " function() while true do end end) end",
     StopReason::kInstructions},
    {"handler after a runtime error",
     "xpcall(function() local x = nil + 1 end,"
     " function() while true do end end)",
     StopReason::kInstructions},
    {"pcall of error in a loop", "while true do pcall(error, {}) end",
     StopReason::kInstructions},
    {"coroutine", "coroutine.wrap(function() while true do end end)()",
     StopReason::kInstructions},
    {"caught coroutines",
     "while true do coroutine.resume(coroutine.create(function()"
     " while true do end end)) end",
     StopReason::kInstructions},
    {"nest of short coroutines",
     "local create, resume = coroutine.create, coroutine.resume\n"
     "local function leaf() local x = 0 for i = 1, 20 do x = x + 1 end end\n"
     "local function f(d) return function() for i = 1, 12 do"
     " resume(create(d == 0 and leaf or f(d - 1))) end end end\n"
     "resume(create(f(30)))",
     StopReason::kInstructions},
    {"yields",
     "local f = coroutine.wrap(function() while true do"
     " coroutine.yield() end end) while true do f() end",
     StopReason::kInstructions},
    {"coroutine in pcall in coroutine",
     "while true do pcall(coroutine.wrap(function() while true do"
     " pcall(coroutine.wrap(function() while true do end end)) end end)) end",
     StopReason::kInstructions},
    {"close after the limit",
     "local mt = {__close = function() while true do end end}\n"
     "pcall(coroutine.wrap(function() local x <close> = setmetatable({}, mt)"
     " while true do end end))",
     StopReason::kInstructions},
    {"close of a coroutine after the limit",
     "local mt = {__close = function() while true do end end}\n"
     "local co = coroutine.create(function() local x <close> ="
     " setmetatable({}, mt) while true do end end)\n"
     "pcall(coroutine.resume, co) coroutine.close(co)",
     StopReason::kInstructions},
    {"close of a suspended coroutine",
     "local co = coroutine.create(function() local x <close> = setmetatable("
     "{}, {__close = function() while true do end end})"
     " coroutine.yield() end)\n"
     "coroutine.resume(co) pcall(coroutine.close, co)",
     StopReason::kInstructions},
    {"close in a loop",
     "while true do local x <close> = setmetatable({}, {__close ="
     " function() while true do end end}) end",
     StopReason::kInstructions},
    {"index metamethod",
     "local t = setmetatable({}, {__index = function(t, k)"
     " while true do end end}) local x = t.x",
     StopReason::kInstructions},
    {"tostring metamethod",
     "print(setmetatable({}, {__tostring = function() while true do end"
     " end}))",
     StopReason::kInstructions},
    {"iterator", "for _ in function() return 1 end do end",
     StopReason::kInstructions},
    {"backtracking find", "(('a'):rep(3000)):find('.-.-.-.-.-b')",
     StopReason::kInstructions},
    {"backtracking match", "(('a'):rep(3000)):match('a*a*a*a*a*b')",
     StopReason::kInstructions},
    {"backtracking gmatch",
     "for _ in (('a'):rep(3000)):gmatch('.-.-.-.-b') do end",
     StopReason::kInstructions},
    {"backtracking gsub", "(('a'):rep(3000)):gsub('a-a-a-a-a-b', '')",
     StopReason::kInstructions},
    {"balanced", "(('('):rep(100000)):find('%b()')", StopReason::kInstructions},
    {"back reference", "(('a'):rep(20000)):find('(a*)(a*)%1%2b')",
     StopReason::kInstructions},
    {"plain find of many",
     "while true do (('a'):rep(100000)):find("
     "('a'):rep(50000) .. 'b', 1, true) end",
     StopReason::kInstructions},
    {"gsub with callback",
     "while true do (('a'):rep(1000)):gsub('a',"
     " function() end) end",
     StopReason::kInstructions},
    {"rep in a loop", "while true do local s = ('x'):rep(1 << 20) end",
     StopReason::kInstructions},
    {"rep of nothing with a gap",
     "while true do pcall(string.rep, '', 1 << 20, 'x') end",
     StopReason::kInstructions},
    {"concat of a large text in a loop",
     "local s = ('x'):rep(1 << 20) while true do local t = s .. 'y' end",
     StopReason::kInstructions},
    {"unpack in a loop",
     "local t = {} for i = 1, 90000 do t[i] = i end\n"
     "while true do select('#', table.unpack(t)) end",
     StopReason::kInstructions},
    {"insert at the front",
     "local t = {} while true do table.insert(t, 1, 1) end",
     StopReason::kInstructions},
    {"remove at the front",
     "local t = {} for i = 1, 100000 do t[i] = i end\n"
     "while true do table.remove(t, 1) t[#t + 1] = 1 end",
     StopReason::kInstructions},
    {"move far", "table.move({}, 1, 1 << 40, 2)", StopReason::kInstructions},
    {"concat",
     "local t = {''} while true do for i = 1, 1000 do t[i] = '' end"
     " table.concat(t) end",
     StopReason::kInstructions},
    {"sort with a lying order",
     "local t = {} for i = 1, 20000 do t[i] = i end\n"
     "while true do table.sort(t, function() return true end) end",
     StopReason::kInstructions},
    {"sort by a function of the interpreter",
     "local t = {} for i = 1, 20000 do t[i] = i end\n"
     "while true do table.sort(t, math.ult) end",
     StopReason::kInstructions},
    {"load in a loop", "while true do load('return 1') end",
     StopReason::kInstructions},
    {"load from an endless reader",
     "while true do load(function() return ' ' end) end",
     StopReason::kInstructions},
    {"load with a looping reader", "load(function() while true do end end)",
     StopReason::kInstructions},
    {"print without end", "while true do print('x') end",
     StopReason::kInstructions},
    // All of these worked for minutes or hours within one call.
    {"sort of long texts",
     "local s = ('\\0'):rep(2 << 20) local t = {}\n"
     "for i = 1, 64 do t[i] = s end table.sort(t)",
     StopReason::kInstructions},
    {"greatest of long texts", Many("math.max"), StopReason::kInstructions},
    {"least of long texts", Many("math.min"), StopReason::kInstructions},
    {"long numerals to characters", Many("string.char"),
     StopReason::kInstructions},
    {"long numerals to UTF-8", Many("utf8.char"), StopReason::kInstructions},
    {"long numerals to a struct", Many("string.pack, ('B'):rep(1000)"),
     StopReason::kInstructions},
    {"long numerals to text", Many("string.format, ('%d'):rep(1000)"),
     StopReason::kInstructions},
    {"gsub of nothing",
     "local s = ('a'):rep(1 << 20) for i = 1, 10 do s:gsub('', '') end",
     StopReason::kInstructions},
    {"large pieces to load",
     "local s = (' '):rep(60000) while true do local n = 0\n"
     "load(function() n = n + 1 return n == 1 and s or nil end) end",
     StopReason::kInstructions},
    {"tracebacks from far up",
     Deep("while true do debug.traceback('', 99000) end"),
     StopReason::kInstructions},
    {"errors blamed on far up",
     Deep("while true do pcall(error, 'x', 99000) end"),
     StopReason::kInstructions},
    {"growing text", "local s = 'x' while true do s = s .. s end",
     StopReason::kString},
    {"long text of a list",
     "local t = {} for i = 1, 4 do t[i] = ('x'):rep(1 << 20) end\n"
     "table.concat(t)",
     StopReason::kString},
    {"long text of a pattern", "(('x'):rep(1 << 20)):gsub('x', '%0%0%0')",
     StopReason::kString},
    {"growing list", "local t = {} for i = 1, 1e9 do t[i] = i end",
     StopReason::kMemory},
    {"growing text, caught",
     "local s = 'x' while true do pcall(function() s = s .. s end) end",
     StopReason::kString},
    {"memory in coroutines",
     "local t = {} while true do local co = coroutine.create(function()"
     " local s = ('x'):rep(1 << 20) coroutine.yield(s) end)"
     " coroutine.resume(co) t[#t + 1] = co end",
     StopReason::kMemory},
    {"pack", "string.pack('c1000000000', '')", StopReason::kMemory},
    {"table of many keys", "local t = {} for i = 1, 1e6 do t['k' .. i] = 1 end",
     StopReason::kTable},
    {"table of many keys, caught",
     "while true do pcall(function() local t = {} for i = 1, 1e6 do"
     " t['k' .. i] = 1 end end) end",
     StopReason::kTable},
};

// On a thread with a stack of `bytes`.
GuestRun OnStack(size_t bytes, const std::string& source,
                 const Limits& limits = Limits()) {
  struct Job {
    const std::string* source;
    const Limits* limits;
    GuestRun run;
  } job = {&source, &limits, GuestRun()};
  // Exactly as large, above a page that cannot be touched.
  constexpr size_t kGuard = 4096;
  char* const memory =
      static_cast<char*>(mmap(nullptr, kGuard + bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  EXPECT_NE(memory, MAP_FAILED);
  EXPECT_EQ(mprotect(memory, kGuard, PROT_NONE), 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EXPECT_EQ(pthread_attr_setstack(&attributes, memory + kGuard, bytes), 0);
  pthread_t thread;
  const auto run = [](void* data) -> void* {
    Job* const mine = static_cast<Job*>(data);
    mine->run = RunGuest(*mine->source, *mine->limits);
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, run, &job), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  munmap(memory, kGuard + bytes);
  return job.run;
}

TEST(GuestLimitsTest, NothingOutlivesALimit) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Limits limits;
    if (c.want == StopReason::kInstructions) {
      limits.instructions = postern::testing::IsSanitized() ? 150000 : 2000000;
    }
    const absl::Time start = absl::Now();
    const GuestRun run =
        RunGuest(absl::StrCat(c.source, "\nprint('survived')"), limits);
    EXPECT_EQ(run.reason, c.want) << run.result.message;
    EXPECT_FALSE(run.result.finished);
    EXPECT_EQ(run.output.find("survived"), std::string::npos);
    EXPECT_LE(run.memory_used, limits.memory_bytes + (64 << 10));
    EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  }
}

TEST(GuestLimitsTest, AGuestThatCatchesGoesOnForNotOneStep) {
  const GuestRun run = RunGuest(
      "local function spin() while true do end end\n"
      "local ok = pcall(spin) print('pcall', ok)\n"
      "ok = xpcall(spin, function(m) print('handler', m) return m end)\n"
      "print('xpcall', ok)\n"
      "local co = coroutine.create(spin)\n"
      "print('resume', coroutine.resume(co))\n"
      "local mt = {__close = function() print('close') end}\n"
      "local x <close> = setmetatable({}, mt) spin()");
  EXPECT_EQ(run.reason, StopReason::kInstructions);
  EXPECT_EQ(run.output, "");
}

// Each coroutine has a counter of its own: one that ends before its first
// count would have run for nothing.
TEST(GuestLimitsTest, ShortCoroutinesAreNotFree) {
  Limits limits;
  limits.instructions = 1000 * 1000;
  const GuestRun run = RunGuest(
      "local n = 0\n"
      "local function leaf() local x = 0 for i = 1, 25 do x = x + 1 end\n"
      "  n = n + 1 if n % 1000 == 0 then print(n) end end\n"
      "while true do coroutine.resume(coroutine.create(leaf)) end",
      limits);
  EXPECT_EQ(run.reason, StopReason::kInstructions);
  // A leaf takes some 60 instructions.
  EXPECT_EQ(run.output.find("17000"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("2000"), std::string::npos) << run.output;
}

// What a C function does is between two instructions: it pays by itself, for
// each call and for how much it reads or makes.
TEST(GuestLimitsTest, CallsCostWhatTheyDo) {
  const char kSetUp[] =
      "local text = ('x'):rep(64000) local list = {}\n"
      "for i = 1, 10000 do list[i] = 'x' end\n"
      "local function f() end local dead = coroutine.create(f)\n"
      "coroutine.resume(dead) coroutine.close(dead)\n"
      "local n = 0 local function reader() n = n + 1\n"
      "  if n % 1000 ~= 0 then return ' ' end end\n";
  const struct {
    const char* call;
    uint64_t least;
  } kCalls[] = {
      {"coroutine.close(dead)", 50},
      {"coroutine.resume(dead)", 20},
      {"coroutine.create(f)", 100},
      {"print('x')", 20},
      {"print(text)", 64000 / 16},
      {"load('return 1')", 132},
      {"load(text)", 4 * 64000},
      {"load(reader)", 1000 * 20},
      {"require 'a'", 200},
      {"os.time{year = 2000, month = 1, day = 1}", 1000},
      {"text:find('y', 1, true)", 64000 / 16},
      {"text:find('y+')", 64000},
      {"text:gsub('y', '')", 2 * 64000},
      {"('x'):gsub('x', text)", 64000 / 8 + 2000},
      {"('x'):rep(64000)", 64000 / 64 + 2000},
      {"text:byte(1, 64000)", 64000 / 2},
      {"text:upper()", 64000 / 64},
      {"string.format('%s', text)", 64000 / 4},
      {"table.concat(list)", 2 * 10000},
      {"table.insert(list, 1, 'x') list[#list] = nil", 5000},
      {"table.remove(list, 1) list[#list + 1] = 'x'", 5000},
      {"table.move(list, 1, 10000, 2) list[#list] = nil", 10000},
      {"table.unpack(list)", 5000},
      {"table.pack(table.unpack(list))", 10000},
      {"table.sort(list)", 10 * 10000},
      {"math.max(text, text)", 64000 / 2},
  };
  constexpr uint64_t kTimes = 20;
  Limits limits;
  limits.instructions = 1ull << 40;
  const auto work = [&](absl::string_view body) {
    // What is wrong with a call, such as a module that is not there, is
    // caught: it costs all the same.
    const GuestRun run =
        RunGuest(absl::StrCat(kSetUp, "for i = 1, ", kTimes,
                              " do pcall(function() ", body, " end) end"),
                 limits);
    EXPECT_TRUE(run.result.finished) << run.result.message;
    return run.work;
  };
  const uint64_t nothing = work("");
  for (const auto& c : kCalls) {
    // The hook takes a hundred instructions at a time.
    EXPECT_GE(work(c.call) + 100, nothing + kTimes * c.least) << c.call;
  }
}

TEST(GuestLimitsTest, TheClockStopsAGuest) {
  Limits limits;
  limits.instructions = 1ull << 60;
  limits.time = absl::Milliseconds(200);
  for (const char* source :
       {kForever, "while true do pcall(error) end",
        "(('a'):rep(3000)):find('.-.-.-.-.-b')",
        "local s = ('x'):rep(1 << 20) while true do local t = s .. 'y' end",
        "local s = ('0'):rep(2 << 20) while true do os.time{year = s,"
        " month = s, day = s, hour = s, min = s, sec = s} end",
        // Within one call of a C function.
        "table.move({}, 1, 1 << 60, 2)",
        "local t = {} for i = 1, 1000000 do t[i] = i end\n"
        "while true do table.sort(t) end"}) {
    SCOPED_TRACE(source);
    const absl::Time start = absl::Now();
    EXPECT_EQ(RunGuest(source, limits).reason, StopReason::kTime);
    EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  }
}

TEST(GuestLimitsTest, CollidingKeysTakeSecondsAtMost) {
  // All keys of one table fall into one chain when it grows: its square.
  const GuestRun run = RunGuest(
      "for k = 10, 14 do\n"
      "  local m, t = (1 << (k + 1)) - 1, {}\n"
      "  for i = 1, (1 << k) do t[i * m + (1 << 40) // m * m] = true end\n"
      "  t[-m] = true\n"
      "end print('done')");
  EXPECT_EQ(run.output, "done\n") << run.result.message;
}

TEST(GuestLimitsTest, WeakTablesAreStrong) {
  const GuestRun run = RunGuest(
      "local mt = {__mode = 'k'} local t = setmetatable({}, mt)\n"
      "mt['__mo' .. 'de'] = 'kv'\n"
      "for i = 1, 100 do t[{}] = {} end\n"
      "local s = {} for i = 1, 200000 do s[i] = {} s[i - 1000] = nil end\n"
      "local n = 0 for _ in pairs(t) do n = n + 1 end print(n)");
  EXPECT_EQ(run.output, "100\n") << run.result.message;
}

TEST(GuestLimitsTest, ThereAreNoFinalizers) {
  const GuestRun run = RunGuest(
      "print(pcall(setmetatable, {}, {__gc = function() end}))\n"
      "local mt = {} local t = setmetatable({}, mt)\n"
      "mt.__gc = function() print('finalizer') end\n"
      "setmetatable({}, {__index = mt})\n"
      "t = nil for i = 1, 200000 do local x = {} end");
  EXPECT_EQ(run.output, "false\t\"__gc\" is not available\n");
  EXPECT_TRUE(run.result.finished) << run.result.message;
}

TEST(GuestLimitsTest, ChainOfClosesDoesNotOverflowTheStack) {
  const GuestRun run = RunGuest(
      "local last\n"
      "for i = 1, 20000 do\n"
      "  local inner = last\n"
      "  last = coroutine.create(function()\n"
      "    local x <close> = setmetatable({}, {__close = function()\n"
      "      if inner then coroutine.close(inner) end end})\n"
      "    coroutine.yield() end)\n"
      "  coroutine.resume(last)\n"
      "end\n"
      "coroutine.close(last)");
  EXPECT_TRUE(run.result.finished) << run.result.message;
}

TEST(GuestLimitsTest, DeepRecursionIsAnError) {
  for (const char* source :
       {"local function f() return 1 + f() end print(pcall(f))",
        "local function f() return pcall(f) end print(f())",
        "local function f() return (('x'):gsub('x', f)) end print(pcall(f))",
        "local function f() return coroutine.wrap(f)() end print(pcall(f))",
        "local s = ('('):rep(100000) print(load('return ' .. s))",
        "local t = {} t.__index = function(_, k) return t[k] end"
        " setmetatable(t, t) print(pcall(function() return t.x end))",
        "print(pcall(string.find, ('a'):rep(1000), ('(a?'):rep(300)))"}) {
    SCOPED_TRACE(source);
    const GuestRun run = RunGuest(source);
    EXPECT_TRUE(run.result.finished || run.reason != StopReason::kNone)
        << run.result.message;
  }
}

// The worst that is known: an expression of one index after the other, whose
// error makes the interpreter look for the name of what was indexed.
TEST(GuestLimitsTest, TheStackThatIsAskedForIsEnough) {
  const std::string kChain =
      "local f = load('local x = {} x.b = x return x' .. ('.b'):rep(32700) .."
      " '.c.d')\n";
  const std::string kNested =
      "local depth = 0 local function nest()\n"
      "  depth = depth + 1 if depth == 180 then return f() end\n"
      "  return (('x'):gsub('x', nest)) end\n";
  const size_t room = StackNeeded(Limits()) + (64 << 10);
  const GuestRun flat = OnStack(room, kChain + "print(pcall(f))");
  EXPECT_EQ(flat.output.substr(0, 6), "false\t") << flat.result.message;
  EXPECT_NE(flat.output.find("(field 'c')"), std::string::npos) << flat.output;
  const GuestRun nested =
      OnStack(room, kChain + kNested + "print(pcall(nest))");
  EXPECT_NE(nested.output.find("(field 'c')"), std::string::npos)
      << nested.output << nested.result.message;
}

TEST(GuestLimitsTest, ASmallStackIsRefused) {
  const GuestRun run = OnStack(StackNeeded(Limits()), "print('ran')");
  EXPECT_EQ(run.output, "");
  EXPECT_TRUE(run.result.no_stack);
  EXPECT_NE(run.result.message.find("a guest needs 4096 KiB of stack, this"),
            std::string::npos)
      << run.result.message;
  Limits limits;
  limits.source_bytes = 8 << 10;
  EXPECT_EQ(OnStack(2 << 20, "print('ran')", limits).output, "ran\n");
}

TEST(GuestLimitsTest, DefaultsAreThoseOfThePage) {
  // docs/lua.md
  const Limits limits;
  EXPECT_EQ(limits.instructions, 50000000u);
  EXPECT_EQ(limits.memory_bytes, 64u << 20);
  EXPECT_EQ(limits.time, absl::Seconds(30));
  EXPECT_EQ(limits.output_bytes, 1u << 20);
  EXPECT_EQ(limits.source_bytes, 64u << 10);
  EXPECT_EQ(limits.string_bytes, 2u << 20);
  EXPECT_EQ(limits.table_keys, 32768u);
  EXPECT_EQ(StackNeeded(limits), 4u << 20);
  Limits small;
  small.source_bytes = 16 << 10;
  EXPECT_EQ(StackNeeded(small), 7u << 18) << "1.75 MiB";
  EXPECT_EQ(GuestState::kMaxMessageBytes, 4096u);
}

// What the host calls for its own texts says nothing about the guest's.
TEST(GuestLimitsTest, TheLocaleOfTheHostIsNotTheGuests) {
  const locale_t host = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
  if (host == nullptr) GTEST_SKIP() << "there is no locale C.UTF-8";
  const locale_t before = uselocale(host);
  const std::string outside = nl_langinfo(CODESET);
  const std::string inside = [] {
    std::string seen;
    GuestState::Options options;
    const AppFolder folder("print(1)");
    const AppDirectory files = *AppDirectory::Open(folder.path());
    NoModules modules;
    options.files = &files;
    options.modules = &modules;
    options.print = [&seen](absl::string_view) { seen = nl_langinfo(CODESET); };
    GuestState(options).RunFile("main.lua", {});
    return seen;
  }();
  EXPECT_EQ(outside, "UTF-8");
  EXPECT_EQ(inside, "ANSI_X3.4-1968");
  EXPECT_STREQ(nl_langinfo(CODESET), "UTF-8");
  uselocale(before);
  freelocale(host);
}

TEST(GuestLimitsTest, MessagesAreCutOff) {
  for (const char* raise : {"error(s, 0)", "error({message = s})"}) {
    const GuestRun run =
        RunGuest(absl::StrCat("local s = ('\1'):rep(1 << 20) ", raise));
    EXPECT_EQ(run.result.message,
              std::string(4096, '\1') + "... (1044480 more bytes)");
  }
  EXPECT_EQ(RunGuest("error(('x'):rep(4096), 0)").result.message,
            std::string(4096, 'x'));
}

TEST(GuestLimitsTest, OutputIsCutOff) {
  Limits limits;
  limits.output_bytes = 10;
  const GuestRun run = RunGuest("print('12345678') print('abc')", limits);
  EXPECT_EQ(run.output, "12345678\na");
  EXPECT_TRUE(run.truncated);
  EXPECT_TRUE(run.result.finished);
}

TEST(GuestLimitsTest, ALargeFileIsRefused) {
  Limits limits;
  limits.source_bytes = 100;
  const GuestRun run = RunGuest(std::string(101, ' '), limits);
  EXPECT_FALSE(run.result.started);
  EXPECT_EQ(run.result.message, "\"main.lua\" is larger than 100 bytes");
}

TEST(GuestLimitsTest, AStateThatCannotBeMadeIsAnError) {
  Limits limits;
  limits.memory_bytes = 1000;
  EXPECT_FALSE(RunGuest("print(1)", limits).result.started);
  limits.memory_bytes = 10000;
  EXPECT_FALSE(RunGuest("print(1)", limits).result.finished);
}

TEST(GuestLimitsTest, MemoryComesBack) {
  const GuestRun small = RunGuest("local t = {}");
  const GuestRun much =
      RunGuest("for i = 1, 100 do local s = ('x'):rep(1 << 20) end");
  EXPECT_TRUE(much.result.finished) << much.result.message;
  EXPECT_LT(much.memory_used, small.memory_used + (8 << 20));
}

}  // namespace
}  // namespace lua
}  // namespace postern
