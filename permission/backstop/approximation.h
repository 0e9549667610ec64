#ifndef POSTERN_PERMISSION_BACKSTOP_APPROXIMATION_H_
#define POSTERN_PERMISSION_BACKSTOP_APPROXIMATION_H_

#include <cstdint>

namespace postern {

// What becomes of a rule that the kernel cannot hold as it is written.
enum class Approximation : uint8_t {
  kNarrower,  // the kernel denies what is not granted for certain
  kWider,     // the kernel allows what may be granted; the report says so
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_APPROXIMATION_H_
