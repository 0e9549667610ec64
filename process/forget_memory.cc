#include "process/forget_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "process/sanitized.h"

namespace postern {
namespace process {
namespace {

constexpr uintptr_t kSmallest = 1 << 20;
// Kept on both sides of what is needed.
constexpr uintptr_t kMargin = 1 << 20;
constexpr uintptr_t kPage = 1 << 16;  // or a multiple of it

// Reads digits of base 16; "\0" and all others end them.
const char* ReadHex(const char* text, uintptr_t* number) {
  *number = 0;
  while (true) {
    const char c = *text;
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else {
      return text;
    }
    *number = *number << 4 | digit;
    ++text;
  }
}

void Forget(uintptr_t begin, uintptr_t end) {
  if (end <= begin || end - begin < kSmallest) return;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

// The kernel joins neighbours: a region may have a thread's data in its midst.
void ForgetRegion(const MemoryRegion& region) {
  if (!region.forgettable) return;
  // The stack, and what libc has for the thread, errno among it.
  uintptr_t kept[] = {reinterpret_cast<uintptr_t>(&region),
                      reinterpret_cast<uintptr_t>(&errno)};
  if (kept[0] > kept[1]) std::swap(kept[0], kept[1]);
  uintptr_t begin = region.begin;
  for (const uintptr_t address : kept) {
    if (address < region.begin || address >= region.end) continue;
    const uintptr_t page = address & ~(kPage - 1);
    if (page > begin + kMargin) Forget(begin, page - kMargin);
    begin = std::max(begin, page + kMargin);
  }
  Forget(begin, region.end);
}

void ForgetLine(const char* line) {
  MemoryRegion region;
  if (ParseMemoryRegion(line, &region)) ForgetRegion(region);
}

}  // namespace

bool ParseMemoryRegion(const char* line, MemoryRegion* region) {
  const char* at = ReadHex(line, &region->begin);
  if (at == line || *at != '-') return false;
  at = ReadHex(at + 1, &region->end);
  if (*at != ' ' || region->end <= region->begin) return false;
  const char* const rights = at + 1;  // "rw-p"
  for (int i = 0; i < 4; ++i) {
    if (rights[i] == '\0') return false;
  }
  // Behind it the offset, the device, the inode: 0 is no file.
  at = rights + 4;
  for (int i = 0; i < 2; ++i) {
    while (*at == ' ') ++at;
    while (*at != ' ' && *at != '\0') ++at;
  }
  while (*at == ' ') ++at;
  region->forgettable = rights[1] == 'w' && rights[3] == 'p' && at[0] == '0' &&
                        (at[1] == ' ' || at[1] == '\n' || at[1] == '\0');
  return true;
}

void ForgetMemory() {
  if (kSanitized) return;
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  // A line is longer only by its name, which does not matter.
  char line[128];
  size_t length = 0;
  char text[1024];
  ssize_t got;
  while ((got = read(fd, text, sizeof(text))) > 0) {
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] != '\n') {
        if (length < sizeof(line) - 1) line[length++] = text[i];
        continue;
      }
      line[length] = '\0';
      ForgetLine(line);
      length = 0;
    }
  }
  close(fd);
}

}  // namespace process
}  // namespace postern
