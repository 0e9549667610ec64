#include "tests/fs/kernel_oracle.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "gtest/gtest.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int64_t kUsual = 5000;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int64_t kUsual = 5000;
#else
constexpr int64_t kUsual = 50000;
#endif
#else
constexpr int64_t kUsual = 50000;
#endif

int64_t Cases() {
  return std::getenv("POSTERN_LONG") != nullptr ? 1000000 : kUsual;
}

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
  const OracleReport report = CompareLookups(/*seed=*/3, Cases());
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
  const OracleReport report = CompareChanges(/*seed=*/4, Cases() / 5);
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
