#include "bindings/duktape/text.h"

#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace duktape {
namespace {

TEST(TextTest, GoesThereAndBack) {
  std::string utf8;
  for (const std::string& text :
       {std::string(), std::string("a"), std::string("a\0b", 3),
        std::string("\xC3\xA9\xE2\x82\xAC"), std::string("\xF0\x9F\x90\xA7"),
        std::string("\xEE\x80\x80"), std::string("\xF4\x8F\xBF\xBF")}) {
    ASSERT_TRUE(ToUtf8(FromUtf8(text), &utf8)) << text;
    EXPECT_EQ(utf8, text);
  }
  EXPECT_EQ(FromUtf8("\xF0\x9F\x90\xA7"), "\xED\xA0\xBD\xED\xB0\xA7");
}

TEST(TextTest, WhatIsNoTextIsRefused) {
  std::string utf8;
  for (const char* text :
       {"\xED\xA0\xBD", "\xED\xB0\xA7", "\xED\xB0\xA7\xED\xA0\xBD",
        "\xED\xA0\xBD\xED\xA0\xBD", "\xED\xA0\xBDx", "\xED\xA0", "\xFFx",
        "\x80x", "\xC0\x80", "\xED"}) {
    EXPECT_FALSE(ToUtf8(text, &utf8)) << text;
  }
}

TEST(TextTest, BadBytesAreReplaced) {
  EXPECT_EQ(FromUtf8("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace duktape
}  // namespace postern
