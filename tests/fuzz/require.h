#ifndef POSTERN_TESTS_FUZZ_REQUIRE_H_
#define POSTERN_TESTS_FUZZ_REQUIRE_H_

#include <cstdio>
#include <cstdlib>
#include <string>

namespace postern {

// Ends the process, as fuzzers notice, unless `holds`.
inline void Require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what.c_str());
  std::abort();
}

}  // namespace postern

#endif  // POSTERN_TESTS_FUZZ_REQUIRE_H_
