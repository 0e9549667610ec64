// Compares the contexts that it is linked with to their model, as driver.cc
// compares policies:
//   sequence_driver caught     succeeds if a difference is found
//   sequence_driver unnoticed  succeeds if none is

#include <iostream>

#include "absl/strings/string_view.h"
#include "tests/permission/sequence_comparison.h"

int main(int argc, char** argv) {
  const absl::string_view expected = argc == 2 ? argv[1] : "";
  if (expected != "caught" && expected != "unnoticed") {
    std::cerr << "usage: sequence_driver caught|unnoticed\n";
    return 2;
  }
  // The seed and the number of sequences of every run of the test.
  const postern::testing::SequenceComparison comparison =
      postern::testing::CompareSequences(/*seed=*/11, 1500);
  const bool found = !comparison.difference.empty();
  std::cout << (found ? comparison.difference : "no difference") << std::endl;
  return found == (expected == "caught") ? 0 : 1;
}
