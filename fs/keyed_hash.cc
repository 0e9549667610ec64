#include "fs/keyed_hash.h"

#include <cstddef>
#include <cstring>

namespace postern {
namespace fs {
namespace {

uint64_t Rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

struct State {
  uint64_t a, b, c, d;

  void Mix() {
    a += b;
    b = Rotate(b, 13) ^ a;
    a = Rotate(a, 32);
    c += d;
    d = Rotate(d, 16) ^ c;
    a += d;
    d = Rotate(d, 21) ^ a;
    c += b;
    b = Rotate(b, 17) ^ c;
    c = Rotate(c, 32);
  }
  void Take(uint64_t word) {
    d ^= word;
    Mix();
    a ^= word;
  }
};

uint64_t LittleEndian(const char* bytes, size_t count) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, count);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

}  // namespace

uint64_t KeyedHash(const HashKey& key, absl::string_view text) {
  State state = {
      key.first ^ 0x736f6d6570736575, key.second ^ 0x646f72616e646f6d,
      key.first ^ 0x6c7967656e657261, key.second ^ 0x7465646279746573};
  const uint64_t size = text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) {
    state.Take(LittleEndian(text.data(), 8));
  }
  state.Take(LittleEndian(text.data(), text.size()) | size << 56);
  state.c ^= 0xff;
  for (int i = 0; i < 3; ++i) state.Mix();
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace fs
}  // namespace postern
