#ifndef POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_
#define POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_

#include <cstdint>
#include <cstdlib>

namespace postern {
namespace fs {
namespace testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int64_t kUsualOracleCases = 5000;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int64_t kUsualOracleCases = 5000;
#else
constexpr int64_t kUsualOracleCases = 50000;
#endif
#else
constexpr int64_t kUsualOracleCases = 50000;
#endif

// How many cases a comparison with the kernel has: a million with POSTERN_LONG.
inline int64_t OracleCases() {
  return std::getenv("POSTERN_LONG") != nullptr ? 1000000 : kUsualOracleCases;
}

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_KERNEL_ORACLE_CASES_H_
