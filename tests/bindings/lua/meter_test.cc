#include "bindings/lua/meter.h"

#include <cstdint>
#include <lua.hpp>
#include <string>

#include "gtest/gtest.h"
#include "tests/amount.h"

namespace postern {
namespace lua {
namespace {

Limits Make(uint64_t work, size_t memory_bytes) {
  Limits limits;
  limits.instructions = work;
  limits.memory_bytes = memory_bytes;
  limits.table_keys = 8;
  limits.time = absl::Hours(1);
  return limits;
}

TEST(MeterTest, TheFirstReasonStays) {
  Meter meter(Make(10, 1000));
  EXPECT_TRUE(meter.Spend(9));
  EXPECT_FALSE(meter.Spend(1));
  meter.Stop(StopReason::kMemory);
  EXPECT_EQ(meter.reason(), StopReason::kInstructions);
  EXPECT_FALSE(meter.CheckTime());
}

TEST(MeterTest, WorkDoesNotWrapAround) {
  Meter meter(Make(10, 1000));
  EXPECT_FALSE(meter.Spend(UINT64_MAX));
  EXPECT_EQ(meter.work_left(), 0u);
}

TEST(MeterTest, CountsMemory) {
  Limits limits = Make(1000000, 1000);
  limits.time = absl::InfiniteDuration();
  Meter meter(limits);
  void* block = Meter::Allocate(&meter, nullptr, LUA_TSTRING, 600);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(meter.memory_used(), 600u);
  EXPECT_EQ(Meter::Allocate(&meter, block, 600, 1001), nullptr);
  block = Meter::Allocate(&meter, block, 600, 1000);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(Meter::Allocate(&meter, nullptr, 0, SIZE_MAX), nullptr);
  block = Meter::Allocate(&meter, block, 1000, 10);
  EXPECT_EQ(meter.memory_used(), 10u);
  EXPECT_EQ(Meter::Allocate(&meter, block, 10, 0), nullptr);
  EXPECT_EQ(meter.memory_used(), 0u);
  EXPECT_FALSE(meter.stopped());
}

// What the system has no more memory for is refused, as what is over the limit;
// what was there stays.
TEST(MeterTest, TheSystemMayHaveNoMemory) {
  if (testing::IsSanitized()) GTEST_SKIP() << "which ends the program instead";
  Limits limits = Make(UINT64_MAX, SIZE_MAX / 2);
  limits.time = absl::InfiniteDuration();
  Meter meter(limits);
  const size_t too_much = size_t{1} << 60;
  EXPECT_EQ(Meter::Allocate(&meter, nullptr, 0, too_much), nullptr);
  EXPECT_EQ(meter.memory_used(), 0u);
  void* const block = Meter::Allocate(&meter, nullptr, 0, 100);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(Meter::Allocate(&meter, block, 100, too_much), nullptr);
  EXPECT_EQ(meter.memory_used(), 100u);
  EXPECT_FALSE(meter.stopped());
  EXPECT_EQ(Meter::Allocate(&meter, block, 100, 0), nullptr);
  EXPECT_EQ(meter.memory_used(), 0u);
}

TEST(MeterTest, TheClockStops) {
  Limits limits = Make(1000000, 1000);
  limits.time = absl::ZeroDuration();
  Meter meter(limits);
  EXPECT_FALSE(meter.CheckTime());
  EXPECT_EQ(meter.reason(), StopReason::kTime);
}

// A C function that spends for what it does is stopped without any hook.
TEST(MeterTest, WorkMeetsTheClock) {
  Limits limits = Make(1000000, 1000);
  limits.time = absl::ZeroDuration();
  Meter meter(limits);
  int spent = 0;
  while (meter.Spend(100) && spent < 1000) ++spent;
  EXPECT_EQ(meter.reason(), StopReason::kTime);
  EXPECT_LE(spent, 100);
  Meter large(limits);
  EXPECT_FALSE(large.Spend(UINT64_MAX - 5));
}

// The head of a string is not in Lua's headers either.
TEST(MeterTest, KnowsTheStringsOfThisLua) {
  for (size_t size : {999u, 1000u, 1001u, 24u * 4096 - 25}) {
    Limits limits = Make(1000000000, 64 << 20);
    limits.table_keys = 1024;
    limits.string_bytes = size > 1001 ? size : 1000;
    Meter meter(limits);
    lua_State* const L = lua_newstate(&Meter::Allocate, &meter);
    static const std::string bytes(100000, 'x');
    lua_pushcfunction(L, [](lua_State* state) {
      lua_pushlstring(state, bytes.data(),
                      static_cast<size_t>(lua_tointeger(state, 1)));
      return 0;
    });
    lua_pushinteger(L, static_cast<lua_Integer>(size));
    const int status = lua_pcall(L, 1, 0, 0);
    EXPECT_EQ(status == LUA_OK, size != 1001) << size;
    EXPECT_EQ(meter.reason(),
              size != 1001 ? StopReason::kNone : StopReason::kString);
    lua_close(L);
  }
}

// The size of a table's node is not in Lua's headers. If it were another one,
// the limit of keys would hold nothing.
TEST(MeterTest, KnowsTheTablesOfThisLua) {
  for (int keys : {64, 256, 2048}) {
    Limits limits = Make(1000000000, 64 << 20);
    limits.table_keys = 256;
    Meter meter(limits);
    lua_State* const L = lua_newstate(&Meter::Allocate, &meter);
    lua_pushcfunction(L, [](lua_State* state) {
      lua_createtable(state, 0, static_cast<int>(lua_tointeger(state, 1)));
      return 0;
    });
    lua_pushinteger(L, keys);
    const int status = lua_pcall(L, 1, 0, 0);
    EXPECT_EQ(status == LUA_OK, keys <= 256) << keys;
    EXPECT_EQ(meter.reason(),
              keys <= 256 ? StopReason::kNone : StopReason::kTable);
    lua_close(L);
    EXPECT_EQ(meter.memory_used(), 0u);
  }
}

}  // namespace
}  // namespace lua
}  // namespace postern
