#include "benchmarks/scale_cases.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmarks/measure.h"

namespace postern {
namespace benchmarks {
namespace {

using Bound = TargetRow::Bound;

struct SizeTarget {
  size_t size;
  double literal, mixed;
};
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
  MeasureOne(workload, "sorted", workload.sorted());
  if (workload.linear() != nullptr && workload.mix() == Mix::kLiteral) {
    MeasureOne(workload, "linear", *workload.linear());
  }
  if (workload.regex_set() != nullptr) {
    MeasureOne(workload, "re2_set", *workload.regex_set());
  }
}

std::string RowName(absl::string_view what, Mix mix, size_t size) {
  return absl::StrCat(what, ", ", MixName(mix), ", N = ", size);
}

}  // namespace

ScaleCases::ScaleCases(const FileTree& tree, const std::vector<size_t>& sizes) {
  for (Mix mix : {Mix::kLiteral, Mix::kMixed}) {
    for (size_t size : sizes) {
      workloads_.push_back(std::make_unique<Workload>(tree, mix, size));
    }
  }
}

absl::Status ScaleCases::CompareVerdicts() const {
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
  AddMemoryRows(table);
  AddAllocationRow(table);
}

}  // namespace benchmarks
}  // namespace postern
