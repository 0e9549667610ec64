#ifndef POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_
#define POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_

#include <cstdint>

#include "tests/amount.h"

namespace postern {
namespace fs {
namespace testing {

// How many cases a comparison with the kernel has. One costs about what ten
// checks of a policy do, which POSTERN_CASES counts.
inline int64_t OracleCases() {
  const int64_t cases = postern::testing::AmountOf({50000, 2500, 1000000});
  return postern::testing::NumberFromEnvironment("POSTERN_CASES", 10 * cases) /
         10;
}

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_
