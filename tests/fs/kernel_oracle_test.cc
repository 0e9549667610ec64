#include "tests/fs/kernel_oracle.h"

#include <cstdint>
#include <iostream>

#include "gtest/gtest.h"
#include "tests/fs/kernel_oracle_cases.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace testing {
namespace {

void Print(const OracleTally& tally) {
  std::cout << tally.cases << " cases: " << tally.granted << " granted, "
            << tally.denied << " denied, " << tally.linked << " over links, "
            << tally.stepped << " with \"..\", " << tally.looped << " ELOOP, "
            << tally.missing << " ENOENT, " << tally.not_directory
            << " ENOTDIR, " << tally.created << " changes\n";
}

TEST(KernelOracleTest, LookupsAreTheKernels) {
  const int descriptors = CountDescriptors();
  if (descriptors < 0) GTEST_SKIP() << "no procfs, which names objects";
  const OracleReport report = CompareLookups(/*seed=*/3, OracleCases());
  EXPECT_EQ(report.difference, "");
  const OracleTally& tally = report.tally;
  Print(tally);
  // Cases that say something.
  EXPECT_GT(tally.granted, tally.cases / 8);
  EXPECT_GT(tally.denied, tally.cases / 4);
  EXPECT_GT(tally.linked, tally.cases / 5);
  EXPECT_GT(tally.stepped, tally.cases / 8);
  EXPECT_GT(tally.looped, tally.cases / 100);
  EXPECT_GT(tally.missing, tally.cases / 25);
  EXPECT_GT(tally.not_directory, tally.cases / 25);
  EXPECT_GT(tally.created, tally.cases / 200);
  EXPECT_EQ(CountDescriptors(), descriptors);
}

TEST(KernelOracleTest, ChangesAreTheKernels) {
  const int descriptors = CountDescriptors();
  if (descriptors < 0) GTEST_SKIP() << "no procfs, which names objects";
  const OracleReport report = CompareChanges(/*seed=*/4, OracleCases() / 5);
  EXPECT_EQ(report.difference, "");
  const OracleTally& tally = report.tally;
  Print(tally);
  EXPECT_GT(tally.created, tally.cases / 12);
  EXPECT_GT(tally.denied, tally.cases / 8);
  EXPECT_GT(tally.linked, tally.cases / 10);
  EXPECT_GT(tally.stepped, tally.cases / 8);
  EXPECT_GT(tally.missing, tally.cases / 12);
  EXPECT_EQ(CountDescriptors(), descriptors);
}

}  // namespace
}  // namespace testing
}  // namespace fs
}  // namespace postern
