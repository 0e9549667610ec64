#include "permission/proto/read_message.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(SourceFinderTest, CountsLinesAndBytesInAnyOrder) {
  SourceFinder finder({FileForm::kText, "ab\n\n\t\xc3\xa4x", "f"});
  EXPECT_EQ(finder.Find(0).ToString(), "f:1:1");
  EXPECT_EQ(finder.Find(2).ToString(), "f:1:3") << "the line break itself";
  EXPECT_EQ(finder.Find(3).ToString(), "f:2:1");
  EXPECT_EQ(finder.Find(7).ToString(), "f:3:4") << "bytes, not characters";
  EXPECT_EQ(finder.Find(1).ToString(), "f:1:2") << "backwards";
  EXPECT_EQ(finder.Find(99).ToString(), "f:3:5") << "behind the end";
}

TEST(SourceFinderTest, BinaryHasNoLines) {
  SourceFinder finder({FileForm::kBinary, "a\nb", "f"});
  EXPECT_EQ(finder.Find(2).ToString(), "f");
}

}  // namespace
}  // namespace postern
