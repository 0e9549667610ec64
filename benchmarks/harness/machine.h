#ifndef POSTERN_BENCHMARKS_HARNESS_MACHINE_H_
#define POSTERN_BENCHMARKS_HARNESS_MACHINE_H_

#include <cstdint>
#include <string>

#include "permission/text/json_writer.h"

namespace postern {
namespace benchmarks {

// What figures were measured on.
struct Machine {
  std::string processor;
  unsigned cores = 0;
  int64_t l2_bytes = 0;  // 0: not known
  std::string compiler;
  double load = 0;  // of the last minute: above 0, figures are noisy

  static Machine This();
  std::string ToText() const;
  void WriteJson(JsonWriter* json) const;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_MACHINE_H_
