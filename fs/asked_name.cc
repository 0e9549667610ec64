#include "fs/asked_name.h"

#include <string.h>

#include <algorithm>

namespace postern {
namespace fs {
namespace {

// Eight bytes of a name at a time. Every byte of a mask is 0x80 or 0.
constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kLow = 0x7f * kOnes;

uint64_t ZeroBytes(uint64_t x) { return ~(((x & kLow) + kLow) | x | kLow); }

uint64_t Load(const char* bytes) {
  uint64_t x;
  memcpy(&x, bytes, sizeof(x));
  return x;
}

// What a name of at least two bytes may hold, found in one pass.
struct Suspects {
  bool nul = false;
  bool odd = false;  // a slash, and behind it another, a dot, or nothing
};

Suspects Scan(absl::string_view name) {
  uint64_t nul = 0, odd = 0;
  const auto take = [&](uint64_t here, uint64_t next) {
    nul |= ZeroBytes(here) | ZeroBytes(next);
    // '.' and '/' differ in their lowest bit alone.
    odd |= ZeroBytes(here ^ ('/' * kOnes)) &
           ZeroBytes((next | kOnes) ^ ('/' * kOnes));
  };
  if (name.size() < 9) {
    char all[17];
    memset(all, 'x', sizeof(all));
    memcpy(all, name.data(), name.size());
    take(Load(all), Load(all + 1));
  } else {
    for (size_t i = 0; i + 9 < name.size(); i += 8) {
      take(Load(name.data() + i), Load(name.data() + i + 1));
    }
    // The last ones, of which some were taken before.
    const char* const last = name.data() + name.size() - 9;
    take(Load(last), Load(last + 1));
  }
  return {nul != 0, odd != 0 || name.back() == '/'};
}

// Of an absolute name with something odd about it.
Shape ShapeOf(absl::string_view name) {
  Shape shape;
  if (name.size() == 1) return shape;
  size_t start = 1;  // of a component; name[0] is a slash
  for (size_t i = 1; i <= name.size(); ++i) {
    if (i < name.size() && name[i] != '/') continue;
    const absl::string_view component = name.substr(start, i - start);
    if (component == "..") shape.steps_back = true;
    if (component.empty() || component == "." || component == "..") {
      shape.normal = false;
    }
    start = i + 1;
  }
  return shape;
}

}  // namespace

bool ReadShape(absl::string_view name, Shape* shape) {
  const Suspects suspects = Scan(name);
  if (suspects.odd) *shape = ShapeOf(name);
  return !suspects.nul;
}

size_t CountSlashes(absl::string_view name) {
  size_t count = 0;
  while (name.size() >= 8) {
    // Bytes of 1 where a slash is; the product's highest one is their sum.
    const uint64_t slashes = ZeroBytes(Load(name.data()) ^ ('/' * kOnes)) >> 7;
    count += (slashes * kOnes) >> 56;
    name.remove_prefix(8);
  }
  return count + static_cast<size_t>(std::count(name.begin(), name.end(), '/'));
}

Cut CutLast(absl::string_view name) {
  const size_t last = name.find_last_not_of('/');
  if (last == name.npos) return {name, ".", ""};  // the root
  const size_t slash = name.rfind('/', last);
  return {name.substr(0, slash + 1), name.substr(slash + 1, last - slash),
          name.substr(last + 1)};
}

bool EndsInSlashes(absl::string_view name) {
  if (name.back() != '/') return false;
  const Cut cut = CutLast(name);
  return cut.entry != "." && cut.entry != "..";
}

std::string Join(absl::string_view directory, absl::string_view entry) {
  std::string path(directory);
  if (path.empty() || path.back() != '/') path.push_back('/');
  path.append(entry.data(), entry.size());
  return path;
}

}  // namespace fs
}  // namespace postern
