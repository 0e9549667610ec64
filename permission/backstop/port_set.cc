#include "permission/backstop/port_set.h"

#include <algorithm>

namespace postern {
namespace {

constexpr uint64_t kFull = ~uint64_t{0};

}  // namespace

PortSet PortSet::All() {
  PortSet all;
  all.rest_ = kFull;
  return all;
}

PortSet PortSet::Range(uint32_t first, uint32_t last) {
  if (first > last || first >= kPortCount) return PortSet();
  if (first == 0 && last >= kPortCount - 1) return All();
  PortSet ports;
  ports.words_.assign(kWords, 0);
  for (size_t port = first; port <= last && port < kPortCount; ++port) {
    ports.words_[port / kBits] |= uint64_t{1} << (port % kBits);
  }
  return ports;
}

bool PortSet::IsEvery(uint64_t word) const {
  if (!HasWords()) return rest_ == word;
  return std::all_of(words_.begin(), words_.end(),
                     [word](uint64_t own) { return own == word; });
}

bool PortSet::none() const { return IsEvery(0); }
bool PortSet::all() const { return IsEvery(kFull); }

size_t PortSet::count() const {
  size_t count = 0;
  for (size_t i = 0; i < kWords; ++i) {
    count += static_cast<size_t>(__builtin_popcountll(Word(i)));
  }
  return count;
}

template <typename Join>
PortSet& PortSet::JoinWith(const PortSet& other, Join join) {
  if (!HasWords() && !other.HasWords()) {
    rest_ = join(rest_, other.rest_);
    return *this;
  }
  // Where the other's words make no difference to any of ours, as of no ports.
  if (!HasWords() && join(rest_, 0) == join(rest_, kFull)) {
    rest_ = join(rest_, 0);
    return *this;
  }
  if (!other.HasWords() && join(0, other.rest_) == join(kFull, other.rest_)) {
    rest_ = join(0, other.rest_);
    words_.clear();
    return *this;
  }
  if (!HasWords()) words_.assign(kWords, rest_);
  rest_ = 0;  // so that one that is moved from has none
  for (size_t i = 0; i < kWords; ++i)
    words_[i] = join(words_[i], other.Word(i));
  return *this;
}

PortSet& PortSet::operator|=(const PortSet& other) {
  return JoinWith(other, [](uint64_t a, uint64_t b) { return a | b; });
}

PortSet& PortSet::operator&=(const PortSet& other) {
  return JoinWith(other, [](uint64_t a, uint64_t b) { return a & b; });
}

PortSet& PortSet::operator-=(const PortSet& other) {
  return JoinWith(other, [](uint64_t a, uint64_t b) { return a & ~b; });
}

bool operator==(const PortSet& a, const PortSet& b) {
  for (size_t i = 0; i < PortSet::kWords; ++i) {
    if (a.Word(i) != b.Word(i)) return false;
  }
  return true;
}

}  // namespace postern
