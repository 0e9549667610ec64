#include "net/csp/sha2.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace csp {
namespace {

// What the two families share: words of 32 or 64 bits (FIPS 180-4,
// section 4.1).
struct Words32 {
  using Word = uint32_t;
  static constexpr int kRounds = 64;
  static constexpr int kBig0[3] = {2, 13, 22};
  static constexpr int kBig1[3] = {6, 11, 25};
  static constexpr int kSmall0[3] = {7, 18, 3};
  static constexpr int kSmall1[3] = {17, 19, 10};
  static constexpr Word kRound[64] = {
      0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu,
      0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u, 0xd807aa98u, 0x12835b01u,
      0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u,
      0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu,
      0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u,
      0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u,
      0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
      0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
      0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u,
      0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u, 0x1e376c08u,
      0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu,
      0x682e6ff3u, 0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u,
      0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u};
};

struct Words64 {
  using Word = uint64_t;
  static constexpr int kRounds = 80;
  static constexpr int kBig0[3] = {28, 34, 39};
  static constexpr int kBig1[3] = {14, 18, 41};
  static constexpr int kSmall0[3] = {1, 8, 7};
  static constexpr int kSmall1[3] = {19, 61, 6};
  static constexpr Word kRound[80] = {
      0x428a2f98d728ae22u, 0x7137449123ef65cdu, 0xb5c0fbcfec4d3b2fu,
      0xe9b5dba58189dbbcu, 0x3956c25bf348b538u, 0x59f111f1b605d019u,
      0x923f82a4af194f9bu, 0xab1c5ed5da6d8118u, 0xd807aa98a3030242u,
      0x12835b0145706fbeu, 0x243185be4ee4b28cu, 0x550c7dc3d5ffb4e2u,
      0x72be5d74f27b896fu, 0x80deb1fe3b1696b1u, 0x9bdc06a725c71235u,
      0xc19bf174cf692694u, 0xe49b69c19ef14ad2u, 0xefbe4786384f25e3u,
      0x0fc19dc68b8cd5b5u, 0x240ca1cc77ac9c65u, 0x2de92c6f592b0275u,
      0x4a7484aa6ea6e483u, 0x5cb0a9dcbd41fbd4u, 0x76f988da831153b5u,
      0x983e5152ee66dfabu, 0xa831c66d2db43210u, 0xb00327c898fb213fu,
      0xbf597fc7beef0ee4u, 0xc6e00bf33da88fc2u, 0xd5a79147930aa725u,
      0x06ca6351e003826fu, 0x142929670a0e6e70u, 0x27b70a8546d22ffcu,
      0x2e1b21385c26c926u, 0x4d2c6dfc5ac42aedu, 0x53380d139d95b3dfu,
      0x650a73548baf63deu, 0x766a0abb3c77b2a8u, 0x81c2c92e47edaee6u,
      0x92722c851482353bu, 0xa2bfe8a14cf10364u, 0xa81a664bbc423001u,
      0xc24b8b70d0f89791u, 0xc76c51a30654be30u, 0xd192e819d6ef5218u,
      0xd69906245565a910u, 0xf40e35855771202au, 0x106aa07032bbd1b8u,
      0x19a4c116b8d2d0c8u, 0x1e376c085141ab53u, 0x2748774cdf8eeb99u,
      0x34b0bcb5e19b48a8u, 0x391c0cb3c5c95a63u, 0x4ed8aa4ae3418acbu,
      0x5b9cca4f7763e373u, 0x682e6ff3d6b2b8a3u, 0x748f82ee5defb2fcu,
      0x78a5636f43172f60u, 0x84c87814a1f0ab72u, 0x8cc702081a6439ecu,
      0x90befffa23631e28u, 0xa4506cebde82bde9u, 0xbef9a3f7b2c67915u,
      0xc67178f2e372532bu, 0xca273eceea26619cu, 0xd186b8c721c0c207u,
      0xeada7dd6cde0eb1eu, 0xf57d4f7fee6ed178u, 0x06f067aa72176fbau,
      0x0a637dc5a2c898a6u, 0x113f9804bef90daeu, 0x1b710b35131c471bu,
      0x28db77f523047d84u, 0x32caab7b40c72493u, 0x3c9ebe0a15c9bebcu,
      0x431d67c49c100d4cu, 0x4cc5d4becb3e42b6u, 0x597f299cfc657e2au,
      0x5fcb6fab3ad6faecu, 0x6c44198c4a475817u};
};

constexpr uint32_t kStart256[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u,
                                   0xa54ff53au, 0x510e527fu, 0x9b05688cu,
                                   0x1f83d9abu, 0x5be0cd19u};
constexpr uint64_t kStart384[8] = {0xcbbb9d5dc1059ed8u, 0x629a292a367cd507u,
                                   0x9159015a3070dd17u, 0x152fecd8f70e5939u,
                                   0x67332667ffc00b31u, 0x8eb44a8768581511u,
                                   0xdb0c2e0d64f98fa7u, 0x47b5481dbefa4fa4u};
constexpr uint64_t kStart512[8] = {0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu,
                                   0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
                                   0x510e527fade682d1u, 0x9b05688c2b3e6c1fu,
                                   0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u};

template <typename Word>
Word Rotate(Word x, int by) {
  return static_cast<Word>((x >> by) |
                           (x << (static_cast<int>(sizeof(Word)) * 8 - by)));
}

template <typename Word>
Word Big(Word x, const int (&by)[3]) {
  return Rotate(x, by[0]) ^ Rotate(x, by[1]) ^ Rotate(x, by[2]);
}

template <typename Word>
Word Small(Word x, const int (&by)[3]) {
  return Rotate(x, by[0]) ^ Rotate(x, by[1]) ^ (x >> by[2]);
}

// One block of 16 words (section 6.2.2 and 6.4.2).
template <typename Kind>
void Compress(const uint8_t* block, typename Kind::Word (&state)[8]) {
  using Word = typename Kind::Word;
  Word w[Kind::kRounds];
  for (int t = 0; t < 16; ++t) {
    w[t] = 0;
    for (size_t i = 0; i < sizeof(Word); ++i) {
      w[t] = static_cast<Word>(w[t] << 8) | *block++;
    }
  }
  for (int t = 16; t < Kind::kRounds; ++t) {
    w[t] = Small(w[t - 2], Kind::kSmall1) + w[t - 7] +
           Small(w[t - 15], Kind::kSmall0) + w[t - 16];
  }
  Word v[8];
  std::copy(state, state + 8, v);
  for (int t = 0; t < Kind::kRounds; ++t) {
    const Word chosen = (v[4] & v[5]) ^ (~v[4] & v[6]);
    const Word majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    const Word one =
        v[7] + Big(v[4], Kind::kBig1) + chosen + Kind::kRound[t] + w[t];
    const Word two = Big(v[0], Kind::kBig0) + majority;
    std::copy_backward(v, v + 7, v + 8);
    v[4] += one;
    v[0] = one + two;
  }
  for (int i = 0; i < 8; ++i) state[i] += v[i];
}

// `bytes` of the digest that starts from `start`.
template <typename Kind>
std::string Digest(absl::string_view data,
                   const typename Kind::Word (&start)[8], size_t bytes) {
  using Word = typename Kind::Word;
  constexpr size_t kBlock = 16 * sizeof(Word);
  constexpr size_t kLength = 2 * sizeof(Word);
  Word state[8];
  std::copy(start, start + 8, state);
  size_t done = 0;
  for (; data.size() - done >= kBlock; done += kBlock) {
    Compress<Kind>(reinterpret_cast<const uint8_t*>(data.data()) + done, state);
  }
  // Padding (section 5.1): a one bit, zeros, the length in bits.
  std::string tail(data.substr(done));
  tail.push_back('\x80');
  const size_t padded = (tail.size() + kLength + kBlock - 1) / kBlock * kBlock;
  tail.resize(padded, '\0');
  const uint64_t bits = uint64_t{data.size()} * 8;
  for (size_t i = 0; i < 8; ++i) {
    tail[padded - 1 - i] = static_cast<char>(bits >> (8 * i));
  }
  for (size_t at = 0; at < padded; at += kBlock) {
    Compress<Kind>(reinterpret_cast<const uint8_t*>(tail.data()) + at, state);
  }
  std::string out;
  for (Word word : state) {
    for (size_t i = sizeof(Word); i-- > 0;) {
      out.push_back(static_cast<char>(word >> (8 * i)));
    }
  }
  out.resize(bytes);
  return out;
}

}  // namespace

std::string Sha256(absl::string_view data) {
  return Digest<Words32>(data, kStart256, 32);
}

std::string Sha384(absl::string_view data) {
  return Digest<Words64>(data, kStart384, 48);
}

std::string Sha512(absl::string_view data) {
  return Digest<Words64>(data, kStart512, 64);
}

std::string HashSourceValue(absl::string_view algorithm,
                            absl::string_view data) {
  std::string digest;
  if (algorithm == "sha256") digest = Sha256(data);
  if (algorithm == "sha384") digest = Sha384(data);
  if (algorithm == "sha512") digest = Sha512(data);
  if (digest.empty()) return "";
  return absl::StrCat(algorithm, "-", absl::Base64Escape(digest));
}

}  // namespace csp
}  // namespace postern
