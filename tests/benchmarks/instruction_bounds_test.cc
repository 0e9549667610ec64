#include "benchmarks/harness/instruction_bounds.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "benchmarks/harness/target_table.h"
#include "gtest/gtest.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr char kDump[] =
    "# callgrind format\n"
    "version: 1\n"
    "pid: 7\n"
    "part: 3\n\n"
    "desc: Timerange: Basic block 0 - 4000\n"
    "desc: Trigger: Client Request: cpu literal/100 20\n\n"
    "positions: line\nevents: Ir\nsummary: 9000\n\n"
    "fn=(1) main\n0 9000\n\ntotals: 9000\n";

InstructionBounds MustParse(const std::string& text) {
  auto bounds = InstructionBounds::Parse(text);
  EXPECT_TRUE(bounds.ok()) << bounds.status();
  return bounds.ok() ? *bounds : InstructionBounds();
}

TEST(InstructionCountTest, ReadsADump) {
  const auto count = InstructionCount::FromDump(kDump);
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(count->dispatch, "cpu");
  EXPECT_EQ(count->name, "literal/100");
  EXPECT_DOUBLE_EQ(count->per_check, 450);
}

TEST(InstructionCountTest, RefusesWhatIsNoDump) {
  const char* const kBad[] = {
      "",
      "totals: 9000\n",
      "desc: Trigger: Client Request: cpu literal/100 20",
      "desc: Trigger: Client Request: literal/100\ntotals: 9000\n",
      "desc: Trigger: Client Request: cpu literal/100 0\ntotals: 9000\n",
      "desc: Trigger: Client Request: cpu literal/100 20\ntotals: 0\n"};
  for (const char* dump : kBad) {
    EXPECT_FALSE(InstructionCount::FromDump(dump).ok()) << dump;
  }
}

TEST(InstructionCountTest, LabelIsReadBack) {
  const auto count = InstructionCount::FromDump(absl::StrCat(
      "desc: Trigger: Client Request: ", InstructionCount::Label("x", "y/z", 4),
      "\ntotals: 8\n"));
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(count->dispatch, "x");
  EXPECT_EQ(count->name, "y/z");
  EXPECT_DOUBLE_EQ(count->per_check, 2);
}

TEST(InstructionBoundsTest, TextIsReadBack) {
  InstructionBounds bounds =
      MustParse("# words\n\ncpu a 100\nother b   20.5\n");
  EXPECT_EQ(bounds.Find("cpu", "a"), absl::optional<double>(100));
  EXPECT_EQ(bounds.Find("other", "b"), absl::optional<double>(20.5));
  EXPECT_EQ(bounds.Find("cpu", "b"), absl::nullopt);
  EXPECT_EQ(MustParse(bounds.ToText()).ToText(), bounds.ToText());
}

TEST(InstructionBoundsTest, RefusesOtherText) {
  for (const char* text : {"cpu a", "cpu a b", "cpu a 0", "cpu a -1",
                           "cpu a nan", "cpu a inf", "cpu a 1 2"}) {
    EXPECT_FALSE(InstructionBounds::Parse(text).ok()) << text;
  }
}

TEST(InstructionBoundsTest, StoringForgetsOnlyThatDispatch) {
  InstructionBounds bounds = MustParse("cpu a 100\ncpu b 100\nother a 20\n");
  bounds.Store({{"cpu", "a", 90}, {"cpu", "c", 30}});
  EXPECT_EQ(bounds.Find("cpu", "a"), absl::optional<double>(90));
  EXPECT_EQ(bounds.Find("cpu", "b"), absl::nullopt);
  EXPECT_EQ(bounds.Find("cpu", "c"), absl::optional<double>(30));
  EXPECT_EQ(bounds.Find("other", "a"), absl::optional<double>(20));
}

TEST(InstructionBoundsTest, OnlyMoreThanTheBandIsAMiss) {
  const struct {
    double counted;
    bool missed;
    size_t remarks;
    const char* why;
  } kCases[] = {
      {1000, false, 0, "as stored"},   {1049, false, 0, "in the band"},
      {1051, true, 0, "above"},        {951, false, 0, "in the band"},
      {949, false, 1, "better: told"},
  };
  const InstructionBounds bounds = MustParse("cpu a 1000\n");
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.why);
    TargetTable table("");
    std::vector<std::string> remarks;
    bounds.AddRows({{"cpu", "a", c.counted}}, &table, &remarks);
    EXPECT_EQ(table.AnyStructuralMiss(), c.missed);
    EXPECT_EQ(remarks.size(), c.remarks);
  }
}

TEST(InstructionBoundsTest, WhatIsNotStoredIsTold) {
  const InstructionBounds bounds = MustParse("cpu a 10\n");
  TargetTable table("");
  std::vector<std::string> remarks;
  bounds.AddRows({{"other", "a", 1000}}, &table, &remarks);
  EXPECT_FALSE(table.AnyStructuralMiss());
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_TRUE(absl::StrContains(remarks[0], "other a")) << remarks[0];
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern
