#include "benchmarks/harness/target_table.h"

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace benchmarks {
namespace {

using Bound = TargetRow::Bound;

TEST(TargetTableTest, VerdictFollowsTheBound) {
  const TargetTable table("not run (--quick)");
  EXPECT_EQ(table.Verdict({"", 1.5, "", Bound::kAtMost, 1.5}), "ok");
  EXPECT_EQ(table.Verdict({"", 1.6, "", Bound::kAtMost, 1.5}), "MISS");
  EXPECT_EQ(table.Verdict({"", 1.6, "", Bound::kAtLeast, 1.5}), "ok");
  EXPECT_EQ(table.Verdict({"", 1.4, "", Bound::kAtLeast, 1.5}), "MISS");
  EXPECT_EQ(table.Verdict({"", absl::nullopt, "", Bound::kAtMost, 1.5}),
            "not run (--quick)");
  EXPECT_EQ(table.Verdict({"", 9, "", Bound::kNone}), "");
  EXPECT_EQ(table.Verdict({"", absl::nullopt, "", Bound::kNone}),
            "not run (--quick)");
}

TEST(TargetTableTest, OnlyStructuralMissesAreFatal) {
  TargetTable table("not run");
  table.Add({"slow", 9, "", Bound::kAtMost, 1, false});
  table.Add({"not measured", absl::nullopt, "", Bound::kAtMost, 0, true});
  EXPECT_FALSE(table.AnyStructuralMiss());
  table.Add({"allocations", 0.001, "", Bound::kAtMost, 0, true});
  EXPECT_TRUE(table.AnyStructuralMiss());
}

TEST(TargetTableTest, PrintsColumnsAndJson) {
  TargetTable table("not run");
  table.Add({"a ÷ \"b\"", 250.4, "µs", Bound::kAtMost, 10});
  table.Add({"c", absl::nullopt, "", Bound::kAtLeast, 1.5});
  table.Add({"d", 2, "ns", Bound::kNone});
  EXPECT_EQ(table.ToText(),
            "what      figure  target   verdict\n"
            "a ÷ \"b\"   250 µs  ≤ 10 µs  MISS\n"
            "c              -  ≥ 1.5    not run\n"
            "d        2.00 ns\n");
  EXPECT_EQ(
      WriteJsonObject(
          [&](JsonWriter& json) { table.WriteJson(&json.Key("rows")); }),
      "{\"rows\":[{\"name\":\"a ÷ \\\"b\\\"\",\"figure\":250.4,\"unit\":"
      "\"µs\",\"bound\":\"at most\",\"target\":10,\"verdict\":\"MISS\"},"
      "{\"name\":\"c\",\"figure\":null,\"unit\":\"\",\"bound\":\"at least\","
      "\"target\":1.5,\"verdict\":\"not run\"},{\"name\":\"d\",\"figure\":2,"
      "\"unit\":\"ns\",\"bound\":\"none\",\"target\":null,\"verdict\":\"\"}]}");
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern
