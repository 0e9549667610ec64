#include "permission/text/reported.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/base/utf8.h"
#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(ReportedTextTest, KeepsWhatFitsAsItIs) {
  const std::string longest(kMaxReportedBytes, 'a');
  EXPECT_EQ(Reported(""), "");
  EXPECT_EQ(Reported(longest), longest);
  EXPECT_EQ(Reported(longest + "b"), longest + " ... (4609 bytes in all)");
}

TEST(ReportedTextTest, IsBoundedHoweverManyPiecesThereAre) {
  const std::string piece(1000000, '"');
  ReportedText text;
  for (int i = 0; i < 10; ++i) text.AppendQuoted(piece).Append("x");
  EXPECT_TRUE(text.is_cut());
  EXPECT_GE(text.full_bytes(), 10000030u);
  EXPECT_LT(std::move(text).Finish().size(), kMaxReportedBytes + 100);
}

TEST(ReportedTextTest, CutsNoCharacterInTwo) {
  for (size_t before = 0; before < 4; ++before) {
    std::string text(before, 'a');
    while (text.size() < 2 * kMaxReportedBytes) text += "\xf0\x9f\x98\x80";
    const std::string shown = Reported(text);
    EXPECT_TRUE(fs::IsUtf8(shown)) << before;
    EXPECT_TRUE(absl::StrContains(
        shown, absl::StrCat("... (", text.size(), " bytes in all)")));
  }
}

TEST(ReportedTextTest, NoPieceLooksLikeTwo) {
  ReportedText text;
  text.AppendQuoted("a\", \"b\\").Append("/").AppendEscaped("c/d\\", "/");
  EXPECT_EQ(std::move(text).Finish(), "\"a\\\", \\\"b\\\\\"/c\\/d\\\\");
}

}  // namespace
}  // namespace postern
