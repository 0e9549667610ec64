#ifndef POSTERN_PERMISSION_BACKSTOP_PORT_SET_H_
#define POSTERN_PERMISSION_BACKSTOP_PORT_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace postern {

constexpr size_t kPortCount = 65536;

// A set of ports. Mostly it is of none or of all, which takes no memory; once
// it was another one it has a bit for each.
class PortSet {
 public:
  PortSet() = default;  // none
  static PortSet All();
  // From `first` to `last`, both included, as far as there are such ports; none
  // if first > last.
  static PortSet Range(uint32_t first, uint32_t last);

  bool Contains(uint16_t port) const {
    return (Word(port / kBits) >> (port % kBits) & 1) != 0;
  }
  bool none() const;
  bool any() const { return !none(); }
  bool all() const;
  size_t count() const;

  PortSet& operator|=(const PortSet& other);
  PortSet& operator&=(const PortSet& other);
  // Takes those of `other` away.
  PortSet& operator-=(const PortSet& other);

  friend PortSet operator&(PortSet a, const PortSet& b) { return a &= b; }
  friend PortSet operator-(PortSet a, const PortSet& b) { return a -= b; }
  friend bool operator==(const PortSet& a, const PortSet& b);
  friend bool operator!=(const PortSet& a, const PortSet& b) {
    return !(a == b);
  }

 private:
  static constexpr size_t kBits = 64;
  static constexpr size_t kWords = kPortCount / kBits;

  uint64_t Word(size_t i) const { return words_.empty() ? rest_ : words_[i]; }
  bool HasWords() const { return !words_.empty(); }
  // What each word becomes, from this one and the other's.
  template <typename Join>
  PortSet& JoinWith(const PortSet& other, Join join);
  bool IsEvery(uint64_t word) const;

  // All words where they are alike; else kWords of them.
  uint64_t rest_ = 0;
  std::vector<uint64_t> words_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PORT_SET_H_
