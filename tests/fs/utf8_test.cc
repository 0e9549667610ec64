#include "fs/base/utf8.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/amount.h"

namespace postern {
namespace fs {
namespace {

// One sequence at a time.
size_t NaiveFindInvalidUtf8(absl::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = Utf8SequenceLength(bytes.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return absl::string_view::npos;
}

TEST(FindInvalidUtf8Test, FindsOneByteAtEveryPlace) {
  for (size_t size = 0; size < 40; ++size) {
    const std::string ascii(size, 'a');
    EXPECT_EQ(FindInvalidUtf8(ascii), absl::string_view::npos) << size;
    for (size_t at = 0; at < size; ++at) {
      std::string broken = ascii;
      broken[at] = '\x80';
      EXPECT_EQ(FindInvalidUtf8(broken), at) << size;
    }
  }
}

TEST(FindInvalidUtf8Test, AgreesWithOneSequenceAtATime) {
  const std::string kPieces[] = {
      "a",    "abcdefgh",     "0123456789abcdef", "\xc3\xa4",
      "\x7f", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
  const std::string kBroken[] = {"\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80",
                                 "\xf5\x80\x80\x80"};
  std::mt19937_64 random(11);
  const int64_t cases = testing::AmountOf({100000, 20000, 5000000});
  for (int64_t i = 0; i < cases; ++i) {
    std::string text;
    for (uint64_t n = random() % 8; n > 0; --n) text += kPieces[random() % 7];
    if (random() % 2 == 0) {
      text.insert(random() % (text.size() + 1), kBroken[random() % 5]);
    }
    ASSERT_EQ(FindInvalidUtf8(text), NaiveFindInvalidUtf8(text)) << text;
  }
}

}  // namespace
}  // namespace fs
}  // namespace postern
