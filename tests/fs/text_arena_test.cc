#include "fs/text_arena.h"

#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

TEST(TextArenaTest, OffsetsStayRightWhileItGrows) {
  TextArena arena;
  ASSERT_TRUE(arena.Reserve(8));
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string text(static_cast<size_t>(i % 7),
                           static_cast<char>('a' + i % 26));
    EXPECT_EQ(*arena.Append(text), all.size());
    all += text;
  }
  arena.Finish();
  EXPECT_EQ(arena.text(0, arena.size()), all);
}

TEST(TextArenaTest, TakesAPieceOfItself) {
  TextArena arena;
  arena.Append("/usr/local/share/games");
  for (int i = 0; i < 6; ++i) arena.Append(arena.text(0, arena.size()));
  EXPECT_EQ(arena.text(22 * 63, 22), "/usr/local/share/games");
}

TEST(TextArenaTest, IsNotLargerThanAllowed) {
  TextArena arena(5);
  EXPECT_FALSE(arena.Reserve(6));
  EXPECT_TRUE(arena.Reserve(5));
  EXPECT_EQ(*arena.Append("abc"), 0u);
  EXPECT_FALSE(arena.Append("def").has_value());
  EXPECT_EQ(*arena.Append("de"), 3u);
  EXPECT_EQ(*arena.Append(""), 5u);
  EXPECT_EQ(arena.text(0, 5), "abcde");
}

}  // namespace
}  // namespace fs
}  // namespace postern
