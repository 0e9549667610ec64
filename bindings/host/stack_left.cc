#include "bindings/host/stack_left.h"

#include <pthread.h>

#include <cstdint>

namespace postern {
namespace host {

size_t StackLeft() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  size_t size = 0;
  const int error = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  if (error != 0) return 0;
  const uintptr_t bottom = reinterpret_cast<uintptr_t>(lowest);
  const uintptr_t here =
      reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  return here < bottom || here - bottom > size ? 0 : here - bottom;
}

}  // namespace host
}  // namespace postern
