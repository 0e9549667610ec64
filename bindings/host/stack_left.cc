#include "bindings/host/stack_left.h"

#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace postern {
namespace host {
namespace {

uintptr_t Here() {
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
}

size_t LeftAbove(uintptr_t bottom, size_t size) {
  const uintptr_t here = Here();
  return here < bottom || here - bottom > size ? 0 : here - bottom;
}

}  // namespace

size_t MainStackLeft() {
  if (gettid() != getpid()) return 0;
  // Above the program's name lies a null pointer, and no more (Linux, exec.c).
  const auto* const name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  rlimit limit = {};
  if (name == nullptr || getrlimit(RLIMIT_STACK, &limit) != 0) return 0;
  // The kernel leaves at least twice as much free, whatever the limit.
  constexpr rlim_t kMost = 64 << 20;
  const size_t size = std::min(limit.rlim_cur, kMost);
  const uintptr_t top =
      reinterpret_cast<uintptr_t>(name) + strlen(name) + 1 + sizeof(void*);
  return LeftAbove(top - size, size);
}

size_t StackLeft() {
  pthread_attr_t attributes;
  // Of the main thread it reads /proc/self/maps, which a confined process is
  // hardly granted.
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
    return MainStackLeft();
  }
  void* lowest = nullptr;
  size_t size = 0;
  const int error = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  if (error != 0) return 0;
  return LeftAbove(reinterpret_cast<uintptr_t>(lowest), size);
}

}  // namespace host
}  // namespace postern
