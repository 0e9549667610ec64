#include "fs/known_names.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "fs/keyed_hash.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

using Kind = KnownNames::Kind;

// What CPython 3.11 gives for bytes(range(size)) with PYTHONHASHSEED=0.
TEST(KeyedHashTest, IsSipHash13) {
  struct Case {
    size_t size;
    uint64_t want;
  };
  constexpr Case kCases[] = {
      {1, 0x68a914128e01e473},  {7, 0x2f098ab0c751325a},
      {8, 0xead411e67ebe2eea},  {9, 0x75927f9d95124362},
      {15, 0xf30eb725bb91c9ea}, {16, 0x8972188433a5c5b7},
      {64, 0x75e05fd5bbc870c6},
  };
  for (const Case& c : kCases) {
    std::string text;
    for (size_t i = 0; i < c.size; ++i) text.push_back(static_cast<char>(i));
    EXPECT_EQ(KeyedHash(HashKey(), text), c.want) << c.size;
    EXPECT_NE(KeyedHash({1, 0}, text), c.want) << c.size;
    EXPECT_NE(KeyedHash({0, 1}, text), c.want) << c.size;
  }
}

TEST(KnownNamesTest, KnowsWhatWasNotedAtThisTurn) {
  KnownNames names;
  const KnownNames::Key file = names.KeyOf("/a/file", 2);
  EXPECT_EQ(names.Find(file), Kind::kUnknown);
  names.Note(file, Kind::kPlain);
  EXPECT_EQ(names.Find(file), Kind::kPlain);
  EXPECT_EQ(names.Find(names.KeyOf("/a/file", 2)), Kind::kPlain);
  EXPECT_EQ(names.Find(names.KeyOf("/a/file", 4)), Kind::kUnknown);
  EXPECT_EQ(names.Find(names.KeyOf("/a/fild", 2)), Kind::kUnknown);
  names.Note(file, Kind::kPassesLink);
  EXPECT_EQ(names.Find(file), Kind::kPassesLink) << "the last word counts";
}

TEST(KnownNamesTest, NoKeyIsNeverKnown) {
  KnownNames names;
  names.Note(KnownNames::Key(), Kind::kPlain);
  EXPECT_EQ(names.Find(KnownNames::Key()), Kind::kUnknown);
}

// The key is random: another object's tell nothing.
TEST(KnownNamesTest, KeysAreEachObjectsOwn) {
  const KnownNames one, other;
  EXPECT_NE(one.KeyOf("/a", 0), other.KeyOf("/a", 0));
}

// Whatever is noted: what is known of a name was noted of that name.
TEST(KnownNamesTest, ManyNamesPushOthersOut) {
  KnownNames names;
  constexpr int kNames = 20000;
  const auto name = [](int i) { return absl::StrCat("/srv/", i); };
  for (int i = 0; i < kNames; ++i) {
    names.Note(names.KeyOf(name(i), 0),
               i % 2 == 0 ? Kind::kPlain : Kind::kPassesLink);
  }
  int known = 0;
  for (int i = 0; i < kNames; ++i) {
    const Kind kind = names.Find(names.KeyOf(name(i), 0));
    known += kind != Kind::kUnknown;
    EXPECT_NE(kind, i % 2 == 0 ? Kind::kPassesLink : Kind::kPlain);
  }
  EXPECT_GT(known, 2000);
  EXPECT_LE(known, 4096);
}

}  // namespace
}  // namespace fs
}  // namespace postern
