#ifndef POSTERN_NET_NAME_ACCESS_H_
#define POSTERN_NET_NAME_ACCESS_H_

#include <atomic>
#include <cstddef>

namespace postern {
namespace net {

// One access by a name that was allowed. Its addresses may be tried until one
// answers; whatever comes after that is another access, for which the name is
// decided again. Thread-safe; tries at the same time belong to one access.
class NameAccess {
 public:
  explicit NameAccess(size_t addresses) : tries_(addresses) {}

  // Takes one try; false if none is left.
  bool Try() {
    size_t left = tries_.load(std::memory_order_relaxed);
    while (left > 0 && !tries_.compare_exchange_weak(
                           left, left - 1, std::memory_order_relaxed)) {
    }
    return left > 0;
  }
  // An address answered: no other may be tried.
  void End() { tries_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<size_t> tries_;
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_NAME_ACCESS_H_
