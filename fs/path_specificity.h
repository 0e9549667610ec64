#ifndef POSTERN_FS_PATH_SPECIFICITY_H_
#define POSTERN_FS_PATH_SPECIFICITY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "fs/path_components.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {

// How many bytes each "*" and "**" of a pattern takes of a path, in the order
// of the pattern.
struct StarLengths {
  std::array<uint16_t, kMaxStars> bytes;
  size_t count = 0;

  void Add(size_t length) {
    if (count < bytes.size()) bytes[count++] = static_cast<uint16_t>(length);
  }
};

// Compares patterns that all match `path` (components in normal form), one
// after the other with the best so far: what it measured of a pattern is kept
// for the next comparison. Views the path and the patterns. No allocation.
class SpecificityOrder {
 public:
  explicit SpecificityOrder(const PathComponents& path) : path_(path) {}

  // Which of two is the more specific: > 0 is `a`, < 0 is `b`, 0 neither.
  // Compared from the left: literal > "?" > "/" > end > "/**" in the middle >
  // "/**" at the end > "*"; of two literals the longer; of two "*" or "/**" the
  // one that took fewer bytes of this path, where each takes as much as it can
  // from the left. (The order of snapd's prompting rules.)
  // Cheap where a difference comes before any wildcard.
  int Compare(const PathPattern& a, const PathPattern& b);

  // How often a pattern was laid over the path; for tests.
  size_t measured() const { return measured_; }

 private:
  struct Measured {
    const PathPattern* pattern = nullptr;
    StarLengths stars;
  };

  const StarLengths& Measure(const PathPattern& pattern,
                             const PathPattern& other);

  const PathComponents& path_;
  Measured kept_[2];
  size_t measured_ = 0;
};

// One comparison by itself.
inline int CompareSpecificity(const PathPattern& a, const PathPattern& b,
                              const PathComponents& path) {
  return SpecificityOrder(path).Compare(a, b);
}

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_SPECIFICITY_H_
