#include "bindings/lua/meter.h"

#include <cstdint>
#include <lua.hpp>

#include "gtest/gtest.h"

namespace postern {
namespace lua {
namespace {

TEST(MeterTest, TheFirstReasonStays) {
  Meter meter(10, 1000, 8, absl::Hours(1));
  EXPECT_TRUE(meter.Spend(9));
  EXPECT_FALSE(meter.Spend(1));
  meter.Stop(StopReason::kMemory);
  EXPECT_EQ(meter.reason(), StopReason::kInstructions);
  EXPECT_FALSE(meter.CheckTime());
}

TEST(MeterTest, WorkDoesNotWrapAround) {
  Meter meter(10, 1000, 8, absl::Hours(1));
  EXPECT_FALSE(meter.Spend(UINT64_MAX));
  EXPECT_EQ(meter.work_left(), 0u);
}

TEST(MeterTest, CountsMemory) {
  Meter meter(1000000, 1000, 8, absl::InfiniteDuration());
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

TEST(MeterTest, TheClockStops) {
  Meter meter(10, 1000, 8, absl::ZeroDuration());
  EXPECT_FALSE(meter.CheckTime());
  EXPECT_EQ(meter.reason(), StopReason::kTime);
}

// The size of a table's node is not in Lua's headers. If it were another one,
// the limit of keys would hold nothing.
TEST(MeterTest, KnowsTheTablesOfThisLua) {
  for (int keys : {64, 256, 2048}) {
    Meter meter(1000000000, 64 << 20, 256, absl::Hours(1));
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
