#ifndef POSTERN_BENCHMARKS_HARNESS_INSTRUCTION_BOUNDS_H_
#define POSTERN_BENCHMARKS_HARNESS_INSTRUCTION_BOUNDS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "benchmarks/harness/target_table.h"

namespace postern {
namespace benchmarks {

// How many instructions one check of a case took, as callgrind counted them.
struct InstructionCount {
  // The code that was chosen at run time for this processor (the C library's
  // functions on strings): other code has other counts.
  std::string dispatch;
  std::string name;  // of the case; no spaces
  double per_check = 0;

  // What a dump of callgrind is labelled with, and back.
  static std::string Label(absl::string_view dispatch, absl::string_view name,
                           size_t checks);
  // Reads a dump. InvalidArgument if it is none, or has no such label.
  static absl::StatusOr<InstructionCount> FromDump(absl::string_view dump);
};

// What each case may take: a text file with comments, and lines of dispatch,
// case and instructions. A value type.
class InstructionBounds {
 public:
  // Above the bound by more than this is a broken promise, below it by more is
  // worth storing.
  static constexpr double kBand = 0.05;

  // InvalidArgument with the line.
  static absl::StatusOr<InstructionBounds> Parse(absl::string_view text);
  std::string ToText() const;

  // nullopt: none is stored.
  absl::optional<double> Find(absl::string_view dispatch,
                              absl::string_view name) const;
  // Bounds for the dispatches in `counts` are forgotten, others stay.
  void Store(const std::vector<InstructionCount>& counts);

  // A row for each: structural where a bound is stored. What is to be told
  // beside them goes to `remarks`, a line each.
  void AddRows(const std::vector<InstructionCount>& counts, TargetTable* table,
               std::vector<std::string>* remarks) const;

 private:
  std::map<std::pair<std::string, std::string>, double> bounds_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_INSTRUCTION_BOUNDS_H_
