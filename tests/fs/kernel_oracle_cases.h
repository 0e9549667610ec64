#ifndef POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_
#define POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_

#include <cstdint>

#include "tests/amount.h"

namespace postern {
namespace fs {
namespace testing {

// How many cases a comparison with the kernel has.
inline int64_t OracleCases() {
  return postern::testing::AmountOf({50000, 2500, 1000000});
}

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_
