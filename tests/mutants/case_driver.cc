// Runs the tests that it is linked with.
//   case_driver caught     succeeds if one of them fails
//   case_driver unnoticed  succeeds if all of them pass

#include <iostream>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

int main(int argc, char** argv) {
  // A case that fails here, as it should, is no failed case of the whole run.
  GTEST_FLAG_SET(output, "");
  testing::InitGoogleTest(&argc, argv);
  const absl::string_view expected = argc == 2 ? argv[1] : "";
  if (expected != "caught" && expected != "unnoticed") {
    std::cerr << "usage: case_driver caught|unnoticed\n";
    return 2;
  }
  const bool failed = RUN_ALL_TESTS() != 0;
  const bool ran = testing::UnitTest::GetInstance()->successful_test_count() +
                       testing::UnitTest::GetInstance()->failed_test_count() >
                   0;
  return ran && failed == (expected == "caught") ? 0 : 1;
}
