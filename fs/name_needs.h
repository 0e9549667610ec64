#ifndef POSTERN_FS_NAME_NEEDS_H_
#define POSTERN_FS_NAME_NEEDS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {

// One bit of 64 for a name, cheap to say.
inline uint64_t NameBit(absl::string_view name) {
  const unsigned char last = static_cast<unsigned char>(name.back());
  return uint64_t{1} << ((name.size() * 5 + last) % 64);
}

// Another one, which says little about the first.
inline uint64_t OtherNameBit(absl::string_view name) {
  const unsigned char first = static_cast<unsigned char>(name.front());
  const unsigned char middle =
      static_cast<unsigned char>(name[name.size() / 2]);
  return uint64_t{1} << ((first * 7 + middle) % 64);
}

// The byte that every name begins, or ends, with that a glob matches; NUL if
// the glob does not say.
char LiteralFront(absl::string_view glob);
char LiteralBack(absl::string_view glob);

// The bits of names at the end of a path, together.
class NamesBelow {
 public:
  explicit NamesBelow(const PathComponents& path)
      : path_(path), depth_(path.size()) {}

  // Whether some of those below the first `depth` components has a NameBit() in
  // `bits`, and some has an OtherNameBit() in `others`. `depth` never grows.
  bool Meet(size_t depth, uint64_t bits, uint64_t others) {
    while (depth_ > depth) {
      const absl::string_view name = path_[--depth_];
      bits_ |= NameBit(name);
      others_ |= OtherNameBit(name);
    }
    return ((bits_ & bits) != 0) & ((others_ & others) != 0);
  }

 private:
  const PathComponents& path_;
  size_t depth_;
  uint64_t bits_ = 0, others_ = 0;
};

// Of one name, what NameNeed asks for.
struct NameLook {
  explicit NameLook(absl::string_view name)
      : bit(NameBit(name)),
        front(static_cast<unsigned char>(name.front()) % 64),
        back(static_cast<unsigned char>(name.back()) % 64) {}
  uint64_t bit;
  unsigned front, back;
};

// What one name of a path has to be for any of some components of patterns to
// match it, in bits: literals by NameBit(), globs by their last or first byte.
class NameNeed {
 public:
  void Add(const PatternComponent& component);

  bool MayBeMetBy(const NameLook& name) const {
    return ((names_ & name.bit) != 0) | (fronts_ >> name.front & 1) |
           (backs_ >> name.back & 1);
  }

 private:
  uint64_t names_ = 0, fronts_ = 0, backs_ = 0;
};

// What any of some patterns' endings needs of the names that it is to match:
// to see at a glance that none does. Of each ending one component speaks, of
// the last name, if the ending ends there, else of the first or second name if
// no "**" comes before it, else of any.
class NameNeeds {
 public:
  // Also those of `pattern`, from the component `begin` on.
  void Add(const PathPattern& pattern, size_t begin);

  // False only if no pattern that was added, its beginning being the first
  // `depth` components of `path`, matches it. `last` is the last name; `below`
  // was asked for no smaller depth yet.
  bool MayBeMetBy(const PathComponents& path, size_t depth,
                  const NameLook& last, NamesBelow* below) const {
    const size_t size = path.size();
    if (size == depth) return false;
    const size_t count = std::min(size - depth, kManyNames);
    const bool by_last = (counts_ >> count & 1) & last_.MayBeMetBy(last);
    return by_last ||
           (has_first_ && first_.MayBeMetBy(NameLook(path[depth]))) ||
           (has_second_ && count > 1 &&
            second_.MayBeMetBy(NameLook(path[depth + 1]))) ||
           (any_ != 0 && below->Meet(depth, any_, other_any_));
  }

 private:
  static constexpr size_t kManyNames = 63;

  uint64_t any_ = 0, other_any_ = 0;  // NameBit(), OtherNameBit()
  uint64_t counts_ = 0;  // of names that an ending with a last name has
  NameNeed last_, first_, second_;
  bool has_first_ = false, has_second_ = false;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_NAME_NEEDS_H_
