#ifndef POSTERN_BENCHMARKS_HARNESS_MEDIANS_H_
#define POSTERN_BENCHMARKS_HARNESS_MEDIANS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "benchmark/benchmark.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace benchmarks {

// Gathers what Google Benchmark measures and keeps the median of each
// benchmark's repetitions, in seconds an iteration: of the processor's time,
// or of real time where the benchmark asked for that.
class Medians final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  // By the name that was given when registering.
  absl::optional<double> Seconds(const std::string& name) const;
  absl::optional<double> Microseconds(const std::string& name) const;
  // Seconds(a) / Seconds(b).
  absl::optional<double> Ratio(const std::string& a,
                               const std::string& b) const;
  // Every name with its median, in columns.
  std::string ToText() const;
  // An object from name to seconds.
  void WriteJson(JsonWriter* json) const;

 private:
  std::map<std::string, std::vector<double>> seconds_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_MEDIANS_H_
