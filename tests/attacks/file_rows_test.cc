// Attack rows 1 to 59, without 42 and the races 29 to 36, 97 to 100, and 108 to
// 115 without 110 and 112: every
// row against real files, by a real policy, in every way in which guarded
// operations can reach the file system. Each row and way is a test of its own
// and runs in a process of its own.

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/amount.h"
#include "tests/attacks/child.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

constexpr unsigned kSeconds = 120;  // for one row

// Rows that ran, and why others did not.
struct Tally {
  int run = 0;
  std::map<std::string, int> skipped;

  void Print() const {
    int count = 0;
    for (const auto& reason : skipped) {
      printf("  skipped %d times: %s\n", reason.second, reason.first.c_str());
      count += reason.second;
    }
    printf("rows run: %d, skipped: %d\n", run, count);
  }
};

std::string RunRow(const Row& row, Way way, const std::string& mount_point) {
  fs::Kernel::Without without;
  const std::string reason = Enter(way, mount_point, &without);
  if (!reason.empty()) return reason;
  Stage stage(way, without);
  row.run(&stage);
  return stage.skipped();
}

class RowTest : public ::testing::Test {
 public:
  RowTest(const Row& row, Way way, Tally* tally)
      : row_(row), way_(way), tally_(tally) {}

  void TestBody() override {
    const char* base = getenv("TEST_TMPDIR");
    std::string mount_point =
        absl::StrCat(base == nullptr ? "/tmp" : base, "/postern_way_XXXXXX");
    ASSERT_NE(mkdtemp(&mount_point[0]), nullptr);
    const ChildResult result =
        RunInChild([&] { return RunRow(row_, way_, mount_point); }, kSeconds);
    rmdir(mount_point.c_str());
    EXPECT_TRUE(result.passed);
    if (result.skipped.empty()) {
      ++tally_->run;
      return;
    }
    ++tally_->skipped[result.skipped];
    if (result.passed) GTEST_SKIP() << result.skipped;
  }

 private:
  const Row& row_;
  const Way way_;
  Tally* const tally_;
};

// A child for each row and way is slow with a sanitizer: of the two ways that
// differ the most, the rows take turns there.
bool IsRunHere(const Row& row, Way way) {
  return !IsSanitized() ||
         way == (row.number % 2 == 0 ? Way::kAsIs : Way::kNeither);
}

void Register(absl::Span<const Row> rows, Tally* tally) {
  for (const Row& row : rows) {
    for (const Way way : kEveryWay) {
      if (!IsRunHere(row, way)) continue;
      const std::string name =
          absl::StrCat("Row", row.number, "_", row.name, "/", WayName(way));
      ::testing::RegisterTest("FileRows", name.c_str(), nullptr, nullptr,
                              __FILE__, __LINE__,
                              [&row, way, tally]() -> ::testing::Test* {
                                return new RowTest(row, way, tally);
                              });
    }
  }
}

int Main() {
  Tally tally;
  for (absl::Span<const Row> rows :
       {NameRows(), LinkRows(), MoveRows(), SpecialRows(), DescriptorRows(),
        HandleRows(), BindingRows(), IdentityRows()}) {
    Register(rows, &tally);
  }
  const int result = RUN_ALL_TESTS();
  tally.Print();
  return result;
}

}  // namespace
}  // namespace testing
}  // namespace postern

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return postern::testing::Main();
}
