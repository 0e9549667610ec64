// What a caller is told when there is no more memory: its own program, as the
// allocator is replaced.

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "bindings/c/postern.h"
#include "gtest/gtest.h"

namespace {

// How many more allocations succeed; all of them if it is negative.
int left = -1;

void* Allocate(std::size_t size) {
  if (left == 0) throw std::bad_alloc();
  if (left > 0) --left;
  void* const memory = malloc(size);
  if (memory == nullptr) abort();
  return memory;
}

void* AllocateOrNull(std::size_t size) noexcept {
  try {
    return Allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

// Every form, or a sanitizer's own would meet our delete.
void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return AllocateOrNull(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return AllocateOrNull(size);
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { free(memory); }

namespace {

TEST(MemoryTest, WithoutAnyACallSaysSoAndMakesNothing) {
  // Too long to be kept within a string.
  const std::string base = "/" + std::string(100, 'b');
  postern_policy_options options;
  std::memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.base_directory = {base.data(), base.size()};
  postern_error* const error = postern_error_new();
  postern_policy* policy = nullptr;
  left = 0;
  const postern_status status =
      postern_policy_from_text("version: 1", 10, &options, &policy, error);
  left = -1;
  EXPECT_EQ(status, POSTERN_RESOURCE_EXHAUSTED);
  EXPECT_EQ(postern_error_status(error), POSTERN_RESOURCE_EXHAUSTED);
  EXPECT_STREQ(postern_error_message(error, nullptr), "out of memory");
  EXPECT_EQ(policy, nullptr);
  EXPECT_EQ(
      postern_policy_from_text("version: 1", 10, &options, &policy, error),
      POSTERN_OK)
      << "there is memory again";
  postern_policy_free(policy);
  postern_error_free(error);
}

// An error is told by its code where there is no room for its text.
TEST(MemoryTest, NothingIsThrownOrAllowedWhicheverAllocationFails) {
  int told = 0;
  for (int n = 0; n < 20; ++n) {
    postern_error* const error = postern_error_new();
    postern_decision decision;
    std::memset(&decision, 0xff, sizeof(decision));
    left = n;
    const postern_status status =
        postern_check(nullptr, nullptr, &decision, error);
    left = -1;
    EXPECT_EQ(postern_error_status(error), status);
    EXPECT_FALSE(postern_decision_allowed(decision));
    const std::string message = postern_error_message(error, nullptr);
    if (status == POSTERN_RESOURCE_EXHAUSTED) {
      EXPECT_EQ(message, "out of memory");
    } else {
      EXPECT_EQ(status, POSTERN_INVALID_ARGUMENT);
      EXPECT_TRUE(message.empty() || message == "context is null") << message;
      told += message.empty() ? 0 : 1;
    }
    postern_error_free(error);
  }
  EXPECT_GT(told, 0);
}

}  // namespace
