// How much memory RemoveAll() takes for a tree that is wide at each level, and
// how often it looks at what is there: its own program, as it counts what is
// allocated, and calls of statx(2).

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "fs/guarded_fs.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "tests/fs/prefix_monitor.h"
#include "tests/fs/temp_tree.h"

namespace {

std::atomic<size_t> live{0}, peak{0}, looks{0};

void* Allocate(size_t size) {
  void* memory = malloc(size);
  if (memory == nullptr) abort();
  const size_t now = live += malloc_usable_size(memory);
  size_t before = peak;
  while (before < now && !peak.compare_exchange_weak(before, now)) {
  }
  return memory;
}

void Release(void* memory) {
  if (memory != nullptr) live -= malloc_usable_size(memory);
  free(memory);
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
// std::stable_sort asks for its buffer so.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void operator delete(void* memory) noexcept { Release(memory); }
void operator delete[](void* memory) noexcept { Release(memory); }
void operator delete(void* memory, size_t) noexcept { Release(memory); }
void operator delete[](void* memory, size_t) noexcept { Release(memory); }

// In place of the C library's.
extern "C" int statx(int directory, const char* name, int flags, unsigned mask,
                     struct statx* out) noexcept {
  ++looks;
  return static_cast<int>(
      syscall(SYS_statx, directory, name, flags, mask, out));
}

namespace postern {
namespace fs {
namespace {

constexpr Rights kBoth = Right::kRead | Right::kWrite;

FsStatus RemoveTop(const testing::TempTree& tree) {
  auto monitor = std::make_shared<testing::PrefixMonitor>(
      std::vector<testing::PrefixMonitor::Subtree>{{tree.root(), kBoth}},
      std::vector<testing::PrefixMonitor::Subtree>());
  const auto fs = GuardedFs::Create(monitor, GuardedFsOptions());
  if (!fs.ok()) return FsStatus::Invalid(EINVAL);
  looks = 0;
  peak = live.load();
  return (*fs)->RemoveAll(tree / "top");
}

TEST(RemovalMemoryTest, IsBoundedForATreeThatIsWideAtEachLevel) {
  constexpr int kLevels = 36, kWidth = 256;
  const testing::TempTree tree;
  const std::string tail(95, 'n');
  std::string level = "top";
  for (int i = 0; i < kLevels; ++i) {
    for (int j = 0; j < kWidth; ++j) {
      tree.Dir(level + "/" + std::to_string(100000 + j) + tail);
    }
    level += "/" + std::to_string(100000) + tail;
  }
  const size_t before = live;
  const FsStatus status = RemoveTop(tree);
  EXPECT_TRUE(status.ok()) << status.error_number;
  EXPECT_FALSE(tree.Exists("top"));
  // All their names would be more than 15 MiB.
  EXPECT_LT(peak - before, size_t{8} << 20);
}

TEST(RemovalMemoryTest, LooksAFewTimesAtEachOfManyFoldersInOne) {
  constexpr size_t kFolders = 3072;
  const testing::TempTree tree;
  for (size_t i = 0; i < kFolders; ++i) tree.Dir("top/" + std::to_string(i));
  const FsStatus status = RemoveTop(tree);
  EXPECT_TRUE(status.ok()) << status.error_number;
  EXPECT_FALSE(tree.Exists("top"));
  EXPECT_GE(looks, kFolders);  // they are counted
  EXPECT_LT(looks, 3 * kFolders);
}

}  // namespace
}  // namespace fs
}  // namespace postern
