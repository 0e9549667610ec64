#ifndef POSTERN_PERMISSION_INTERNAL_DROP_SET_H_
#define POSTERN_PERMISSION_INTERNAL_DROP_SET_H_

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/types/optional.h"
#include "permission/decision.h"
#include "permission/internal/mutex.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/layer.h"

namespace postern {
namespace internal {

// What a context gave up: grows, never shrinks. A reader sees all drops that
// ended before it began and maybe some later ones; it never waits.
// Bounded: kMaxDrops patterns on a permission, of kMaxParts in all, and
// kMaxBytes of patterns on all permissions; the next one drops its permissions
// whole. So the patterns are looked through one by one.
class DropSet {
 public:
  static constexpr uint32_t kMaxDrops = 256;
  // Components and arguments, of every alternative: a few MiB. One pattern of
  // an app's may expand to two million.
  static constexpr size_t kMaxParts = size_t{1} << 16;
  // What the patterns occupy as they are kept, all alternatives written out.
  static constexpr size_t kMaxBytes = size_t{8} << 20;

  DropSet();
  ~DropSet();
  DropSet(const DropSet&) = delete;
  DropSet& operator=(const DropSet&) = delete;

  // Thread-safe. A pattern that cannot be parsed drops the permissions whole,
  // and the status says so.
  absl::Status Add(PermissionSet permissions, const RulePattern& pattern,
                   const PatternScope& scope);

  // Whether anything was dropped of the permission of `bit`.
  bool MayHold(uint32_t bit) const {
    return (touched_.load(std::memory_order_acquire) & bit) != 0;
  }

  // The number of a drop that the valid `query` meets, or kNoRule for one of
  // a permission as a whole; nullopt if there is none.
  absl::optional<uint32_t> Find(const Query& query) const;

  // Whether a drop on `permission` is for a unix socket that has its name
  // strictly beneath `directory`.
  bool NamesSocketWithin(Permission permission,
                         absl::string_view directory) const;

  // What the patterns that are kept occupy.
  size_t MemoryBytes() const;

  // A drop as it was given; null for kNoRule. For reports.
  const RulePattern* FindPattern(uint32_t number) const;

 private:
  struct Drop {
    RulePattern text;
    ParsedPattern pattern;
  };
  // The drops on one permission: [0, count) are set.
  struct Bucket {
    std::atomic<uint32_t> count{0};
    size_t parts = 0;  // of all patterns; for writers
    std::array<uint32_t, kMaxDrops> numbers;
    std::array<const Drop*, kMaxDrops> drops;
  };

  void DropWhole(PermissionSet permissions);
  // The permissions of `drop` on which no other drop covers it.
  PermissionSet Uncovered(const Drop& drop) const;
  absl::optional<uint32_t> FindIn(Permission permission,
                                  const Query& query) const;
  bool IsCovered(const Bucket* bucket, const Drop& drop) const;
  // False when the permission's bucket has no room for it.
  bool Append(Permission permission, const Drop* drop, uint32_t number)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<uint32_t> whole_{0};    // bits of permissions
  std::atomic<uint32_t> touched_{0};  // those dropped, whole or in part
  std::array<std::atomic<Bucket*>, kPermissionLimit> buckets_;

  mutable Mutex mutex_;                          // writers and reports
  size_t bytes_ POSTERN_GUARDED_BY(mutex_) = 0;  // of drops_
  std::vector<std::unique_ptr<const Drop>> drops_ POSTERN_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Bucket>> owned_ POSTERN_GUARDED_BY(mutex_);
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_DROP_SET_H_
