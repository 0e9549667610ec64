// A program that was compiled for another version of the interface than the
// library has that it finds: it is told so, and by both interfaces alike.

#include <postern/types.h>

// What the header of a later version says.
#undef POSTERN_ABI_VERSION
#define POSTERN_ABI_VERSION 4711

#include <postern/postern.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace {

std::string Refusal() {
  return absl::StrCat(
      "this program was compiled for version 4711 of Postern's C interface, "
      "and the loaded library has version ",
      postern_abi_version(), "; compile it against the installed headers");
}

TEST(OtherAbiTest, TheMacroRefuses) {
  postern_error* const error = postern_error_new();
  EXPECT_EQ(POSTERN_CHECK_ABI(error), POSTERN_FAILED_PRECONDITION);
  EXPECT_EQ(postern_error_message(error, nullptr), Refusal());
  EXPECT_EQ(POSTERN_CHECK_ABI(nullptr), POSTERN_FAILED_PRECONDITION);
  postern_error_free(error);
}

TEST(OtherAbiTest, TheWrapperRefuses) {
  const postern::stable::Status status = postern::stable::CheckAbi();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().status, POSTERN_FAILED_PRECONDITION);
  EXPECT_EQ(status.error().message, Refusal());
}

}  // namespace
