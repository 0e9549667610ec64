// Compares what the guarded operations that it is linked with change to what
// the kernel's own do.
//   changes_driver caught     succeeds if a difference is found
//   changes_driver unnoticed  succeeds if none is

#include <cstdint>
#include <iostream>

#include "absl/strings/string_view.h"
#include "tests/fs/kernel_oracle.h"
#include "tests/fs/temp_tree.h"

int main(int argc, char** argv) {
  namespace testing = postern::fs::testing;
  const absl::string_view expected = argc == 2 ? argv[1] : "";
  if (expected != "caught" && expected != "unnoticed") {
    std::cerr << "usage: changes_driver caught|unnoticed\n";
    return 2;
  }
  if (testing::CountDescriptors() < 0) {
    std::cout << "skipped: no procfs, which names objects\n";
    return 0;
  }
  const bool must_differ = expected == "caught";
  const int64_t cases = must_differ ? 5000 : 500;
  const testing::OracleReport report =
      testing::CompareChanges(/*seed=*/3, cases);
  const bool found = !report.difference.empty();
  std::cout << (found ? report.difference : "no difference") << "\nafter "
            << report.tally.cases << " cases" << std::endl;
  return found == must_differ ? 0 : 1;
}
