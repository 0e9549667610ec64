#ifndef POSTERN_TESTS_AMOUNT_H_
#define POSTERN_TESTS_AMOUNT_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace postern {
namespace testing {

// Whether this is a build with AddressSanitizer or ThreadSanitizer, many times
// slower.
constexpr bool IsSanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return true;
#else
  return false;
#endif
#else
  return false;
#endif
}

// How many random cases, opens, ... a test goes through.
struct Amount {
  int64_t usual;
  int64_t sanitized;
  int64_t long_run;  // tools/test --long: POSTERN_LONG is set
};

// An environment variable that holds a number, else `otherwise`.
inline int64_t NumberFromEnvironment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return otherwise;
  char* end = nullptr;
  const int64_t number = std::strtoll(text, &end, 10);
  return *end == '\0' ? number : otherwise;
}

// POSTERN_PERCENT takes fewer, as tools/mutate may, but as many as a sanitizer
// at least: with those a test still sees what it means to see.
inline int64_t AmountOf(const Amount& amount) {
  if (IsSanitized()) return amount.sanitized;
  if (std::getenv("POSTERN_LONG") != nullptr) return amount.long_run;
  const int64_t percent = NumberFromEnvironment("POSTERN_PERCENT", 100);
  return std::max(amount.usual * percent / 100,
                  std::min(amount.usual, amount.sanitized));
}

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_AMOUNT_H_
