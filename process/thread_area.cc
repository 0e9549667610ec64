#include "process/thread_area.h"

#include <errno.h>
#include <string.h>

#include <cstdint>

namespace postern {
namespace process {

#if defined(__x86_64__) && defined(__GLIBC__)
namespace {

// What lies at the thread pointer, as far as it must be there.
struct Head {
  void* self;
  void* vector;  // of dynamic thread-local storage
  void* self_too;
  int multiple_threads;
  int global_state;
  uintptr_t system_information;
  uintptr_t stack_canary;
  uintptr_t pointer_guard;
};

// For variables; above is libc's own record of the thread.
constexpr size_t kBelow = kThreadAreaSize / 2;

Head* OwnHead() {
  Head* head;
  asm("mov %%fs:0, %0" : "=r"(head));
  return head;
}

}  // namespace

void* MakeThreadArea(char* memory) {
  Head* const own = OwnHead();
  const intptr_t below =
      reinterpret_cast<char*>(own) - reinterpret_cast<char*>(&errno);
  if (below < static_cast<intptr_t>(sizeof(errno)) ||
      below > static_cast<intptr_t>(kBelow)) {
    return nullptr;
  }
  Head head = {};  // one thread, and no dynamic storage
  head.self = head.self_too = memory + kBelow;
  head.stack_canary = own->stack_canary;
  head.pointer_guard = own->pointer_guard;
  memcpy(memory + kBelow, &head, sizeof(head));
  return memory + kBelow;
}

#else

void* MakeThreadArea(char*) { return nullptr; }

#endif

}  // namespace process
}  // namespace postern
