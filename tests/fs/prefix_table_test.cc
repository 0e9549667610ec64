#include "fs/prefix_table.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fs/prefix_hash.h"
#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

std::set<uint32_t> AllOf(const PrefixTable& table, uint64_t hash) {
  std::set<uint32_t> numbers;
  table.Find(hash, [&](PrefixTable::Pair pair) {
    EXPECT_EQ(pair.second, pair.first + 7);
    numbers.insert(pair.first);
    return false;
  });
  return numbers;
}

TEST(PrefixTableTest, FindsWhatWasInserted) {
  std::mt19937_64 random(7);
  for (const size_t size : {1, 9, 64, 5000}) {
    PrefixTable table(size);
    std::vector<uint64_t> hashes;
    for (uint32_t i = 0; i < size; ++i) {
      hashes.push_back(random());
      table.Insert(hashes.back(), {i, i + 7});
    }
    for (uint32_t i = 0; i < size; ++i) {
      EXPECT_TRUE(table.MayHold(hashes[i]));
      EXPECT_EQ(AllOf(table, hashes[i]).count(i), 1u) << i << " of " << size;
    }
    size_t for_nothing = 0;
    for (int i = 0; i < 10000; ++i) for_nothing += table.MayHold(random());
    EXPECT_LT(for_nothing, 600u) << size;
  }
}

// As many with one hash as nobody ever meets: the buckets behind take them.
TEST(PrefixTableTest, HoldsAnyNumberWithOneHash) {
  for (const uint64_t hash : {uint64_t{0}, ~uint64_t{0}, uint64_t{1} << 40}) {
    PrefixTable table(100);
    std::set<uint32_t> want;
    for (uint32_t i = 0; i < 100; ++i) {
      table.Insert(hash, {i, i + 7});
      want.insert(i);
    }
    EXPECT_EQ(AllOf(table, hash), want);
    EXPECT_TRUE(table.MayHold(hash));
  }
}

TEST(PrefixTableTest, AnEmptyTableHoldsNothing) {
  EXPECT_FALSE(PrefixTable().MayHold(1));
  EXPECT_TRUE(AllOf(PrefixTable(), 1).empty());
}

TEST(PrefixHashesTest, ABeginningHasTheHashThatItHasAlone) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    while (text.size() < random() % 200) {
      text.push_back(static_cast<char>(1 + random() % 255));
    }
    const uint64_t seed = random();
    std::vector<uint64_t> sums(PrefixHashes::SumsFor(text.size()));
    PrefixHashes whole(sums.data());
    whole.Read(seed, text);
    for (size_t size = 0; size <= text.size(); ++size) {
      // A text of its own, so that reading past its end would be noticed.
      const std::string beginning = text.substr(0, size);
      ASSERT_EQ(whole.At(size), PrefixHashes::Of(seed, beginning)) << size;
    }
  }
}

TEST(PrefixHashesTest, OtherTextsAndSeedsHaveOtherHashes) {
  std::set<uint64_t> seen;
  size_t count = 0;
  const auto add = [&](uint64_t seed, const std::string& text) {
    seen.insert(PrefixHashes::Of(seed, text));
    ++count;
  };
  std::mt19937_64 random(9);
  const uint64_t seeds[] = {random(), random(), random(), random()};
  for (size_t size = 1; size < 40; ++size) {
    const std::string text(size, 'a');
    for (const uint64_t seed : seeds) add(seed, text);
    for (size_t i = 0; i < size; ++i) {
      std::string other = text;
      for (const char c : {'b', '/', '\x01', '\xff'}) {
        other[i] = c;
        add(seeds[0], other);
      }
    }
  }
  EXPECT_EQ(seen.size(), count);
}

// Whoever makes names knows how they are hashed, but for the seed. Changes of
// words that make up for each other, or that swap them, must not do so in the
// hash; where they do for one seed, they would for all.
TEST(PrefixHashesTest, NoChangesMakeUpForEachOther) {
  const std::string text = "/abcdefgABCDEFGHabcdefghABCDEFGHabcdefgh/x";
  std::set<std::string> texts = {text};
  for (const size_t word : {0, 8, 16}) {
    for (size_t i = word + 1; i < word + 8; ++i) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] + 1);
      other[i + 8] = static_cast<char>(other[i + 8] - 2);
      other[i + 16] = static_cast<char>(other[i + 16] + 1);
      texts.insert(other);
      other = text;
      for (size_t j = 0; j < 8; ++j) std::swap(other[word + j], other[i + j]);
      texts.insert(other);
    }
  }
  std::mt19937_64 random(10);
  for (int i = 0; i < 10; ++i) {
    const uint64_t seed = random();
    std::set<uint64_t> seen;
    for (const std::string& other : texts) {
      seen.insert(PrefixHashes::Of(seed, other));
    }
    EXPECT_EQ(seen.size(), texts.size()) << seed;
  }
}

// A table goes by the uppermost bits. Names that are counted, and names that
// differ in two bytes of any value.
TEST(PrefixHashesTest, NamesThatDifferInFewBytesAreSpread) {
  constexpr size_t kNames = 10000, kParts = 256;
  std::vector<std::string> kinds[3];
  for (size_t i = 0; i < kNames; ++i) {
    const std::string digits = std::to_string(1000000 + i);
    kinds[0].push_back("/" + std::string(digits.rbegin(), digits.rend()));
    kinds[1].push_back("/srv/data/project/" + digits.substr(1));
    kinds[2].push_back("/folder");
    kinds[2].back() += static_cast<char>(1 + i / 250);
    kinds[2].back() += static_cast<char>(1 + i % 250);
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < 100; ++i) {
    const uint64_t seed = random();
    for (const std::vector<std::string>& names : kinds) {
      size_t parts[kParts] = {};
      for (const std::string& name : names) {
        ++parts[PrefixHashes::Of(seed, name) >> 56];
      }
      EXPECT_LT(*std::max_element(parts, parts + kParts), 2 * kNames / kParts)
          << seed << ", names as " << names[0];
    }
  }
}

TEST(PrefixHashesTest, TheSeedOfAProcessStays) {
  EXPECT_EQ(ProcessSeed(), ProcessSeed());
  EXPECT_NE(ProcessSeed(), 0u);
}

}  // namespace
}  // namespace fs
}  // namespace postern
