#ifndef POSTERN_FS_LARGE_PAGES_H_
#define POSTERN_FS_LARGE_PAGES_H_

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace postern {
namespace fs {

// An allocator for std::vector that asks the kernel for large pages where they
// pay (madvise(2), MADV_HUGEPAGE): a look-up in a table of many megabytes costs
// mostly the search for its page. Where the kernel has none, nothing changes.
template <typename T>
class LargePages {
 public:
  using value_type = T;

  LargePages() = default;
  template <typename U>
  LargePages(const LargePages<U>&) {}  // NOLINT: as allocators are converted

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    void* const memory = ::operator new(bytes, AlignmentFor(bytes));
    if (bytes >= kWorthIt) madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) {
    ::operator delete(memory, AlignmentFor(count * sizeof(T)));
  }

  friend bool operator==(const LargePages&, const LargePages&) { return true; }
  friend bool operator!=(const LargePages&, const LargePages&) { return false; }

 private:
  static constexpr size_t kPage = size_t{2} << 20;
  static constexpr size_t kWorthIt = 2 * kPage;

  static std::align_val_t AlignmentFor(size_t bytes) {
    const size_t usual = alignof(T) > 16 ? alignof(T) : 16;
    return std::align_val_t(bytes >= kWorthIt ? kPage : usual);
  }
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_LARGE_PAGES_H_
