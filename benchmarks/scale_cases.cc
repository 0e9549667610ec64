#include "benchmarks/scale_cases.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/progress.h"

namespace postern {
namespace benchmarks {
namespace {

using Bound = TargetRow::Bound;

struct SizeTarget {
  size_t size;
  double literal, mixed;
};
bool HasTargets(Mix mix) { return mix == Mix::kLiteral || mix == Mix::kMixed; }

constexpr Mix kMixes[] = {Mix::kLiteral, Mix::kHundredth, Mix::kMixed,
                          Mix::kHalf};

constexpr SizeTarget kCheckTargets[] = {{1, 1.5, 3},
                                        {100, 2.5, 3.5},
                                        {10000, 3, 6},
                                        {100000, 3.5, 6},
                                        {1000000, 5, 10}};

struct LinearTarget {
  size_t size;
  double target;
};
constexpr LinearTarget kLinearTargets[] = {{1, 5}, {1000, 10}, {10000, 100}};

// Where the share of wildcards is varied.
constexpr size_t kShareSizes[] = {1000, 10000, 100000};
constexpr size_t kQuickLimit = 10000;  // the largest N of a quick run

bool IsQuick(Mix mix, size_t size) {
  return HasTargets(mix) && size <= kQuickLimit;
}

RivalLimits Limits(Mix mix, bool quick) {
  RivalLimits limits;
  if (!HasTargets(mix)) return limits;
  limits.linear = quick ? 10000 : 100000;
  limits.regexes = quick ? 1000 : 10000;
  return limits;
}

std::vector<size_t> Sizes(Mix mix) {
  if (!HasTargets(mix)) {
    return std::vector<size_t>(std::begin(kShareSizes), std::end(kShareSizes));
  }
  return {1, 100, 1000, 10000, 100000, 1000000};
}

std::string CheckName(absl::string_view who, Mix mix, size_t size) {
  return absl::StrCat("BM_Check/", who, "/", MixName(mix), "/rules:", size);
}

template <typename Contender>
void MeasureOne(const Workload& workload, absl::string_view who,
                const Contender& contender) {
  Measure(CheckName(who, workload.mix(), workload.rules().size()),
          workload.queries(), [&contender](absl::string_view path) {
            return contender.Allows(path);
          });
}

void MeasureAll(const Workload& workload) {
  MeasureOne(workload, "ours", workload.ours());
  MeasureOne(workload, "floor", workload.floor());
  MeasureOne(workload, "flat_hash_map", workload.flat_hash_map());
  if (!HasTargets(workload.mix())) return;
  MeasureOne(workload, "sorted", workload.sorted());
  if (workload.linear() != nullptr && workload.mix() == Mix::kLiteral) {
    MeasureOne(workload, "linear", *workload.linear());
    MeasureOne(workload, "fast_linear", *workload.fast_linear());
  }
  if (workload.regex_set() != nullptr) {
    MeasureOne(workload, "re2_set", *workload.regex_set());
  }
}

std::string RowName(absl::string_view what, Mix mix, size_t size) {
  return absl::StrCat(what, ", ", MixName(mix), ", N = ", size);
}

}  // namespace

ScaleCases::ScaleCases(const FileTree& tree, bool quick) {
  for (Mix mix : kMixes) {
    for (size_t size : Sizes(mix)) {
      if (quick && !IsQuick(mix, size)) continue;
      if (!quick) {
        SayProgress(absl::StrCat("building ", MixName(mix), ", N = ", size));
      }
      workloads_.push_back(
          std::make_unique<Workload>(tree, mix, size, Limits(mix, quick)));
    }
  }
}

absl::Status ScaleCases::CompareVerdicts() const {
  SayProgress("comparing verdicts");
  for (const auto& workload : workloads_) {
    absl::Status status = workload->CompareVerdicts();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void ScaleCases::Register() const {
  for (const auto& workload : workloads_) MeasureAll(*workload);
}

const Workload* ScaleCases::Find(Mix mix, size_t size) const {
  for (const auto& workload : workloads_) {
    if (workload->mix() == mix && workload->rules().size() == size) {
      return workload.get();
    }
  }
  return nullptr;
}

void ScaleCases::AddCheckRows(const Medians& medians,
                              TargetTable* table) const {
  for (Mix mix : {Mix::kLiteral, Mix::kMixed}) {
    for (const SizeTarget& target : kCheckTargets) {
      table->Add({RowName("check ÷ floor", mix, target.size),
                  medians.Ratio(CheckName("ours", mix, target.size),
                                CheckName("floor", mix, target.size)),
                  "", Bound::kAtMost,
                  mix == Mix::kLiteral ? target.literal : target.mixed});
    }
  }
}

void ScaleCases::AddRivalRows(const Medians& medians,
                              TargetTable* table) const {
  const auto add = [&](absl::string_view rival, Mix mix, size_t size,
                       double target) {
    table->Add({RowName(absl::StrCat(rival, " ÷ ours"), mix, size),
                medians.Ratio(CheckName(rival, mix, size),
                              CheckName("ours", mix, size)),
                "", Bound::kAtLeast, target});
  };
  for (const SizeTarget& target : kCheckTargets) {
    add("flat_hash_map", Mix::kLiteral, target.size, 1.5);
  }
  for (const SizeTarget& target : kCheckTargets) {
    add("flat_hash_map", Mix::kMixed, target.size, 1);
  }
  for (const LinearTarget& target : kLinearTargets) {
    add("linear", Mix::kLiteral, target.size, target.target);
  }
  add("re2_set", Mix::kMixed, 1000, 7);
  // Where there is no figure, one would take minutes.
  const auto tell = [&](absl::string_view rival, Mix mix, size_t size) {
    table->Add({RowName(absl::StrCat(rival, " ÷ ours"), mix, size),
                medians.Ratio(CheckName(rival, mix, size),
                              CheckName("ours", mix, size)),
                "", Bound::kNone});
  };
  for (size_t size : {10000, 100000}) tell("re2_set", Mix::kMixed, size);
  for (size_t size : {100000, 1000000}) tell("linear", Mix::kLiteral, size);
}

void ScaleCases::AddShareRows(const Medians& medians,
                              TargetTable* table) const {
  for (Mix mix : {Mix::kHundredth, Mix::kHalf}) {
    for (size_t size : kShareSizes) {
      for (absl::string_view rival : {"floor", "flat_hash_map"}) {
        const bool floor = rival == "floor";
        const std::string ours = CheckName("ours", mix, size);
        const std::string other = CheckName(rival, mix, size);
        table->Add(
            {RowName(floor ? "check ÷ floor" : "flat_hash_map ÷ ours", mix,
                     size),
             floor ? medians.Ratio(ours, other) : medians.Ratio(other, ours),
             "", Bound::kNone});
      }
    }
  }
}

// Time grows with what the caches hold; what the code does is counted by
// instruction_count, which has the bound.
void ScaleCases::AddGrowthRows(const Medians& medians,
                               TargetTable* table) const {
  for (absl::string_view who : {"ours", "floor", "flat_hash_map"}) {
    table->Add({absl::StrCat("time of ", who, ", N = 100000 ÷ N = 1000"),
                medians.Ratio(CheckName(who, Mix::kLiteral, 100000),
                              CheckName(who, Mix::kLiteral, 1000)),
                "", Bound::kNone});
  }
}

void ScaleCases::AddMemoryRows(TargetTable* table) const {
  for (size_t size : {10000, 100000, 1000000}) {
    const Workload* workload = Find(Mix::kLiteral, size);
    TargetRow row;
    row.name = absl::StrCat("memory a rule beyond its text, N = ", size);
    if (workload != nullptr) row.figure = workload->OwnBytesPerRule();
    row.unit = "bytes";
    row.target = 64;
    table->Add(std::move(row));
  }
}

void ScaleCases::AddAllocationRow(TargetTable* table) const {
  double most = 0;
  for (const auto& workload : workloads_) {
    most = std::max(most, workload->AllocationsPerCheck());
  }
  table->Add({"allocations a check, most of all N", most, "", Bound::kAtMost, 0,
              true});
}

void ScaleCases::AddRows(const Medians& medians, TargetTable* table) const {
  AddCheckRows(medians, table);
  AddRivalRows(medians, table);
  AddShareRows(medians, table);
  AddGrowthRows(medians, table);
  AddMemoryRows(table);
  AddAllocationRow(table);
}

}  // namespace benchmarks
}  // namespace postern
