#include "fs/preorder.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace postern {
namespace fs {
namespace {

// Ranks of bytes: the end of a path, the slash, all others as they are.
constexpr std::array<uint8_t, 256> MakeRanks() {
  std::array<uint8_t, 256> ranks = {};
  for (size_t c = 1; c < 256; ++c) {
    ranks[c] = static_cast<uint8_t>(c < '/' ? c + 1 : c == '/' ? 1 : c);
  }
  return ranks;
}
constexpr std::array<uint8_t, 256> kRanks = MakeRanks();

// The ranks of eight bytes from `at` on, the first the highest.
uint64_t KeyAt(absl::string_view path, size_t at) {
  const size_t end = std::min(path.size(), at + 8);
  if (end == at) return 0;  // a shift by 64 means nothing
  uint64_t key = 0;
  for (size_t i = at; i < end; ++i) {
    key = key << 8 | kRanks[static_cast<unsigned char>(path[i])];
  }
  return key << 8 * (at + 8 - end);
}

struct Item {
  uint64_t key;
  uint32_t number;
};

// Items whose paths are the same up to byte `at`.
struct Group {
  size_t begin, end;
  size_t at;
};

bool HasLowerKey(const Item& a, const Item& b) { return a.key < b.key; }

}  // namespace

void SortInPreorder(absl::FunctionRef<absl::string_view(uint32_t)> path_of,
                    std::vector<uint32_t>* numbers) {
  std::vector<Item> items;
  items.reserve(numbers->size());
  for (uint32_t number : *numbers) items.push_back({0, number});
  std::vector<Group> groups = {{0, items.size(), 0}};
  while (!groups.empty()) {
    const Group group = groups.back();
    groups.pop_back();
    const auto begin = items.begin() + static_cast<ptrdiff_t>(group.begin);
    const auto end = items.begin() + static_cast<ptrdiff_t>(group.end);
    for (auto item = begin; item != end; ++item) {
      item->key = KeyAt(path_of(item->number), group.at);
    }
    if (!std::is_sorted(begin, end, HasLowerKey)) {
      std::sort(begin, end, HasLowerKey);
    }
    for (auto first = begin; first != end;) {
      const uint64_t key = first->key;
      auto last = first + 1;
      while (last != end && last->key == key) ++last;
      // Where the lowest byte is an end, the paths are equal.
      if (last - first > 1 && (key & 0xff) != 0) {
        groups.push_back({static_cast<size_t>(first - items.begin()),
                          static_cast<size_t>(last - items.begin()),
                          group.at + 8});
      }
      first = last;
    }
  }
  for (size_t i = 0; i < items.size(); ++i) (*numbers)[i] = items[i].number;
}

}  // namespace fs
}  // namespace postern
