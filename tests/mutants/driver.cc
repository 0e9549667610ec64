// Compares the engine that it is linked with to the oracle.
//   driver caught     succeeds if a difference is found
//   driver unnoticed  succeeds if none is

#include <cstdint>
#include <iostream>

#include "absl/strings/string_view.h"
#include "tests/permission/oracle_comparison.h"

int main(int argc, char** argv) {
  const absl::string_view expected = argc == 2 ? argv[1] : "";
  if (expected != "caught" && expected != "unnoticed") {
    std::cerr << "usage: driver caught|unnoticed\n";
    return 2;
  }
  const bool must_differ = expected == "caught";
  // What is wrong is found long before; what is right takes its time.
  const int64_t cases = must_differ ? 600000 : 50000;
  // One of the seeds that every run of the oracle test goes through.
  const postern::testing::Comparison comparison =
      postern::testing::CompareWithOracle(/*seed=*/8, cases);
  const bool found = !comparison.difference.empty();
  std::cout << (found ? comparison.difference : "no difference\n") << "after "
            << comparison.tally.cases << " cases" << std::endl;
  return found == must_differ ? 0 : 1;
}
