#include "benchmarks/workload/normal_path.h"

#include <cstdint>
#include <cstring>

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

uint64_t Load(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

// The high bit of each byte of `word` that is `byte`. Above the first such
// byte there may be bits too many.
uint64_t BytesEqual(uint64_t word, char byte) {
  const uint64_t x = word ^ (kOnes * static_cast<unsigned char>(byte));
  return (x - kOnes) & ~x & kHighs;
}

bool MayStartDetour(char next) { return next == '/' || next == '.'; }

// Whether one of the 8 bytes from `p` is a slash before a slash or a dot.
bool MayHoldDetour(const char* p) {
  const uint64_t next = Load(p + 1);
  return (BytesEqual(Load(p), '/') &
          (BytesEqual(next, '/') | BytesEqual(next, '.'))) != 0;
}

// False for every path that is not in normal form, and for a few that are.
bool IsSurelyNormal(absl::string_view path) {
  const char* const p = path.data();
  const size_t size = path.size();
  if (p[size - 1] == '/') return false;
  size_t i = 0;
  for (; i + 9 <= size; i += 8) {
    if (MayHoldDetour(p + i)) return false;
  }
  if (size >= 9) return !MayHoldDetour(p + size - 9);
  for (; i + 1 < size; ++i) {
    if (p[i] == '/' && MayStartDetour(p[i + 1])) return false;
  }
  return true;
}

}  // namespace

NormalPath::NormalPath(absl::string_view path) : view_(path) {
  if (!IsSurelyNormal(path)) Copy(path);
}

void NormalPath::Copy(absl::string_view path) {
  size_t size = 0;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const absl::string_view name = path.substr(0, slash);
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      while (size > 0 && buffer_[--size] != '/') {
      }
      continue;
    }
    buffer_[size++] = '/';
    std::memcpy(buffer_ + size, name.data(), name.size());
    size += name.size();
  }
  view_ = absl::string_view(buffer_, size);
}

}  // namespace benchmarks
}  // namespace postern
