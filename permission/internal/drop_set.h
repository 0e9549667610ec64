#ifndef POSTERN_PERMISSION_INTERNAL_DROP_SET_H_
#define POSTERN_PERMISSION_INTERNAL_DROP_SET_H_

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "permission/decision.h"
#include "permission/internal/drop_index.h"
#include "permission/internal/mutex.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/layer.h"

namespace postern {
namespace internal {

// What a context gave up: grows, never shrinks. A reader sees all drops that
// ended before it began and maybe some later ones; it never waits.
// Bounded: kMaxDrops patterns on a permission, of kMaxParts in all, and
// kMaxBytes of patterns on all permissions; the next one drops its permissions
// whole.
// The drops on a permission are indexed but for the latest few, which are
// looked through one by one. Indexes that were replaced wait for Quiesce(),
// since a reader may be inside; no more are made than kMaxIndexedBytes.
class DropSet {
 public:
  static constexpr uint32_t kMaxDrops = 256;
  // Components and arguments, of every alternative: a few MiB. One pattern of
  // an app's may expand to two million.
  static constexpr size_t kMaxParts = size_t{1} << 16;
  // What the patterns occupy as they are kept, all alternatives written out.
  static constexpr size_t kMaxBytes = size_t{8} << 20;
  // What all indexes since the last Quiesce() were made of, in the same bytes.
  static constexpr size_t kMaxIndexedBytes = size_t{32} << 20;
  // How many drops wait to be indexed: the more, the less work a drop is, and
  // the more a check. Each piece of kWaitingBytes counts as one. Where patterns
  // are many bytes, half as much as is indexed may wait, so that all drops
  // together are as much work as some times the last index.
  static constexpr size_t kMaxWaiting = 8;
  static constexpr size_t kWaitingBytes = 1024;
  static constexpr size_t kManyBytes = size_t{256} << 10;

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
  // Like Find(), for one path as the policy spells it and a permission that has
  // paths. Much faster.
  absl::optional<uint32_t> FindPath(Permission permission,
                                    const fs::PathComponents& path) const;

  // Whether a drop on `permission` is for a unix socket that has its name
  // strictly beneath `directory`.
  bool NamesSocketWithin(Permission permission,
                         absl::string_view directory) const;

  // What the patterns that are kept occupy.
  size_t MemoryBytes() const;

  // What the indexes were made of, those that wait for Quiesce() included.
  size_t IndexedBytes() const;

  // A drop as it was given; null for kNoRule. For reports.
  const RulePattern* FindPattern(uint32_t number) const;

  // All that was given up, as rules that deny: for a copy of it.
  std::vector<Rule> AsRules() const;

  // How often something was dropped: what does not change in between, holds.
  uint64_t additions() const {
    return additions_.load(std::memory_order_acquire);
  }

  // Frees the indexes that were replaced. The caller promises that no other
  // thread is inside Find() or FindPath().
  void Quiesce();

 private:
  // The drops on one permission: [0, count) are set.
  struct Bucket {
    std::atomic<uint32_t> count{0};
    // Of the first ones; null if all wait. A reader loads the count first.
    std::atomic<const DropIndex*> index{nullptr};
    std::array<const Drop*, kMaxDrops> drops;
    // For writers. Of all patterns; how much waits; what the index is made of.
    size_t parts = 0, bytes = 0, waiting = 0, indexed_bytes = 0;
  };

  absl::Status AddOne(PermissionSet permissions, const RulePattern& pattern,
                      const PatternScope& scope);
  void DropWhole(PermissionSet permissions);
  // The permissions of `drop` on which no other drop covers it.
  PermissionSet Uncovered(const Drop& drop) const;
  const Bucket* FindBucket(Permission permission) const {
    return buckets_[static_cast<size_t>(permission)].load(
        std::memory_order_acquire);
  }
  absl::optional<uint32_t> FindIn(Permission permission,
                                  const Query& query) const;
  bool IsCovered(const Bucket* bucket, const Drop& drop) const;
  bool IsCovered(const Bucket& bucket, const fs::PathPattern& path) const;
  // False when the permission's bucket has no room for it.
  bool Append(Permission permission, const Drop* drop, size_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static bool IsDue(const Bucket& bucket);
  // Indexes all drops on the permission if enough wait and the bound allows.
  void IndexIfDue(Permission permission, Bucket* bucket)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<uint32_t> whole_{0};    // bits of permissions
  std::atomic<uint32_t> touched_{0};  // those dropped, whole or in part
  std::atomic<uint64_t> additions_{0};
  std::array<std::atomic<Bucket*>, kPermissionLimit> buckets_;

  mutable Mutex mutex_;                          // writers and reports
  size_t bytes_ POSTERN_GUARDED_BY(mutex_) = 0;  // of drops_
  std::vector<std::unique_ptr<const Drop>> drops_ POSTERN_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Bucket>> owned_ POSTERN_GUARDED_BY(mutex_);
  size_t indexed_bytes_ POSTERN_GUARDED_BY(mutex_) = 0;  // of indexes_
  std::vector<std::unique_ptr<const DropIndex>> indexes_
      POSTERN_GUARDED_BY(mutex_);
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_DROP_SET_H_
