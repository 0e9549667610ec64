#include "benchmarks/harness/medians.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace postern {
namespace benchmarks {

bool Medians::ReportContext(const Context&) { return true; }

void Medians::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
    const bool real = run.run_name.time_type == "real_time";
    const double time =
        real ? run.GetAdjustedRealTime() : run.GetAdjustedCPUTime();
    seconds_[run.run_name.function_name].push_back(
        time / benchmark::GetTimeUnitMultiplier(run.time_unit));
  }
}

absl::optional<double> Medians::Seconds(const std::string& name) const {
  const auto it = seconds_.find(name);
  if (it == seconds_.end()) return absl::nullopt;
  std::vector<double> sorted = it->second;
  std::sort(sorted.begin(), sorted.end());
  const size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half]
                                : (sorted[half - 1] + sorted[half]) / 2;
}

absl::optional<double> Medians::Microseconds(const std::string& name) const {
  const absl::optional<double> seconds = Seconds(name);
  if (!seconds) return absl::nullopt;
  return *seconds * 1e6;
}

absl::optional<double> Medians::Ratio(const std::string& a,
                                      const std::string& b) const {
  const absl::optional<double> top = Seconds(a), bottom = Seconds(b);
  if (!top || !bottom) return absl::nullopt;
  return *top / *bottom;
}

std::string Medians::ToText() const {
  std::string text;
  for (const auto& entry : seconds_) {
    absl::StrAppendFormat(&text, "%-42s %12.1f ns\n", entry.first,
                          *Seconds(entry.first) * 1e9);
  }
  return text;
}

void Medians::WriteJson(JsonWriter* json) const {
  json->StartObject();
  for (const auto& entry : seconds_) {
    json->Key(entry.first).Number(*Seconds(entry.first));
  }
  json->EndObject();
}

}  // namespace benchmarks
}  // namespace postern
