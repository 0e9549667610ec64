#ifndef POSTERN_BENCHMARKS_HARNESS_TARGET_TABLE_H_
#define POSTERN_BENCHMARKS_HARNESS_TARGET_TABLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace benchmarks {

// One figure and what it must reach.
struct TargetRow {
  enum class Bound { kAtMost, kAtLeast, kNone };

  std::string name;
  absl::optional<double> figure;  // none: it was not measured
  std::string unit;               // "" for a ratio
  Bound bound = Bound::kAtMost;
  double target = 0;  // not with kNone, whose figure is only told
  // A promise of the code, not a matter of speed: must not be missed.
  bool structural = false;

  bool missed() const;
};

// The rows of docs/design.md#speed.
class TargetTable {
 public:
  // What stands for the figure of a row that was not measured.
  explicit TargetTable(absl::string_view not_run) : not_run_(not_run) {}

  void Add(TargetRow row) { rows_.push_back(std::move(row)); }

  const std::vector<TargetRow>& rows() const { return rows_; }
  // "ok", "MISS", "" without a target, or why there is no figure.
  std::string Verdict(const TargetRow& row) const;
  bool AnyStructuralMiss() const;

  // Name, figure, target and verdict in columns.
  std::string ToText() const;
  // A list of objects.
  void WriteJson(JsonWriter* json) const;

 private:
  std::string not_run_;
  std::vector<TargetRow> rows_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_TARGET_TABLE_H_
