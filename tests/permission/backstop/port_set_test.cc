// A set of ports beside one that has a bit for each of them.

#include "permission/backstop/port_set.h"

#include <bitset>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace postern {
namespace {

using Naive = std::bitset<kPortCount>;

struct Both {
  PortSet set;
  Naive naive;
};

Both Range(uint32_t first, uint32_t last) {
  Both both = {PortSet::Range(first, last), {}};
  for (uint64_t port = first; port <= last && port < kPortCount; ++port) {
    both.naive.set(port);
  }
  return both;
}

void ExpectAlike(const Both& both) {
  EXPECT_EQ(both.set.any(), both.naive.any());
  EXPECT_EQ(both.set.none(), both.naive.none());
  EXPECT_EQ(both.set.all(), both.naive.all());
  EXPECT_EQ(both.set.count(), both.naive.count());
  size_t wrong = 0;
  for (size_t port = 0; port < kPortCount; ++port) {
    wrong += both.set.Contains(static_cast<uint16_t>(port)) != both.naive[port];
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(PortSetTest, HasRanges) {
  ExpectAlike(Both());
  for (const Both& both :
       {Range(0, 65535), Range(0, 4294967295u), Range(0, 65534),
        Range(1, 65535), Range(443, 443), Range(63, 64), Range(65535, 65536),
        Range(65536, 70000), Range(2, 1)}) {
    ExpectAlike(both);
  }
  EXPECT_TRUE(PortSet::All().all());
  EXPECT_EQ(PortSet::All(), PortSet::Range(0, 65535));
}

TEST(PortSetTest, WhatIsMovedFromIsNotMore) {
  PortSet set = PortSet::All();
  set -= PortSet::Range(22, 22);
  const PortSet other = std::move(set);
  EXPECT_TRUE(set.none());  // NOLINT: that is the question
  EXPECT_EQ(other.count(), kPortCount - 1);
}

// Few different ones, so that sets are often none or all, in either form.
class PortSetRandomTest : public ::testing::Test {
 protected:
  Both Pick() {
    constexpr uint32_t kEdges[] = {0, 1, 64, 32768, 65535};
    return Range(kEdges[random_() % 5], kEdges[random_() % 5]);
  }

  void Change(Both* both, const Both& other) {
    switch (random_() % 3) {
      case 0:
        both->set |= other.set;
        both->naive |= other.naive;
        return;
      case 1:
        both->set &= other.set;
        both->naive &= other.naive;
        return;
      default:
        both->set -= other.set;
        both->naive &= ~other.naive;
    }
  }

  std::mt19937_64 random_{1};
};

TEST_F(PortSetRandomTest, IsLikeASetOfBits) {
  std::vector<Both> sets = {Both(), Range(0, 65535), Range(5, 9)};
  for (int i = 0; i < 300; ++i) {
    Both* const changed = &sets[random_() % sets.size()];
    Change(changed,
           random_() % 2 == 0 ? Pick() : Both(sets[random_() % sets.size()]));
    ExpectAlike(*changed);
    for (const Both& other : sets) {
      EXPECT_EQ(changed->set == other.set, changed->naive == other.naive);
      EXPECT_EQ(changed->set != other.set, changed->naive != other.naive);
    }
    ASSERT_FALSE(HasFailure()) << "after " << i << " changes";
  }
}

}  // namespace
}  // namespace postern
