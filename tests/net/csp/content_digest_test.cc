#include "net/csp/content_digest.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern {
namespace csp {
namespace {

// The examples for "abc" of FIPS 180-4 (NIST, "Examples with Intermediate
// Values"), in base64.
TEST(ContentDigestTest, AgreesWithKnownDigests) {
  const auto abc = DigestContent("abc");
  ASSERT_TRUE(abc.ok()) << abc.status();
  EXPECT_EQ(abc->sha256, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(abc->sha384,
            "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67K"
            "E0yCWn");
  EXPECT_EQ(abc->sha512,
            "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/"
            "BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==");
}

TEST(ContentDigestTest, EmptyCodeHasDigests) {
  // A view that points nowhere, too.
  for (absl::string_view nothing :
       {absl::string_view(), absl::string_view("")}) {
    const auto empty = DigestContent(nothing);
    ASSERT_TRUE(empty.ok()) << empty.status();
    EXPECT_EQ(empty->sha256,
              "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  }
}

TEST(ContentDigestTest, EveryByteCounts) {
  const std::string code("a\0b\xC3\xBC", 5);
  EXPECT_NE(DigestContent(code)->sha512, DigestContent("a")->sha512);
  EXPECT_NE(DigestContent(code)->sha384, DigestContent(code + " ")->sha384);
}

}  // namespace
}  // namespace csp
}  // namespace postern
