#include "benchmarks/harness/instruction_bounds.h"

#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace postern {
namespace benchmarks {
namespace {

// Lines of callgrind's output: see the format in Valgrind's manual.
constexpr absl::string_view kLabelLine = "desc: Trigger: Client Request: ";
constexpr absl::string_view kTotalLine = "totals: ";

constexpr char kHeader[] =
    "# Instructions that one check takes, as callgrind counts them, by the "
    "code\n"
    "# that is chosen at run time for the processor. Made by g++ 12 -c opt on\n"
    "# Debian 12; tools/bench fails at 5 % more. After a change that is "
    "meant:\n"
    "#   tools/bench --update-bounds\n";

}  // namespace

std::string InstructionCount::Label(absl::string_view dispatch,
                                    absl::string_view name, size_t checks) {
  return absl::StrCat(dispatch, " ", name, " ", checks);
}

absl::StatusOr<InstructionCount> InstructionCount::FromDump(
    absl::string_view dump) {
  InstructionCount count;
  double checks = 0, total = -1;
  for (absl::string_view line : absl::StrSplit(dump, '\n')) {
    if (absl::ConsumePrefix(&line, kLabelLine)) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      if (words.size() != 3 || !absl::SimpleAtod(words[2], &checks)) {
        return absl::InvalidArgumentError(
            absl::StrCat("not a label: \"", line, "\""));
      }
      count.dispatch = words[0];
      count.name = words[1];
    } else if (absl::ConsumePrefix(&line, kTotalLine)) {
      if (!absl::SimpleAtod(line, &total)) total = -1;
    }
  }
  if (!(checks > 0) || !(total > 0)) {
    return absl::InvalidArgumentError("not a dump of counted checks");
  }
  count.per_check = total / checks;
  return count;
}

absl::StatusOr<InstructionBounds> InstructionBounds::Parse(
    absl::string_view text) {
  InstructionBounds bounds;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    double bound = 0;
    if (words.size() != 3 || !absl::SimpleAtod(words[2], &bound) ||
        !(bound > 0) || !std::isfinite(bound)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", number, ": expected dispatch, case and instructions"));
    }
    bounds.bounds_[{words[0], words[1]}] = bound;
  }
  return bounds;
}

std::string InstructionBounds::ToText() const {
  std::string text = kHeader;
  for (const auto& bound : bounds_) {
    absl::StrAppendFormat(&text, "%s %-30s %10.1f\n", bound.first.first,
                          bound.first.second, bound.second);
  }
  return text;
}

absl::optional<double> InstructionBounds::Find(absl::string_view dispatch,
                                               absl::string_view name) const {
  const auto it = bounds_.find({std::string(dispatch), std::string(name)});
  if (it == bounds_.end()) return absl::nullopt;
  return it->second;
}

void InstructionBounds::Store(const std::vector<InstructionCount>& counts) {
  for (const InstructionCount& count : counts) {
    auto it = bounds_.lower_bound({count.dispatch, ""});
    while (it != bounds_.end() && it->first.first == count.dispatch) {
      it = bounds_.erase(it);
    }
  }
  for (const InstructionCount& count : counts) {
    bounds_[{count.dispatch, count.name}] = count.per_check;
  }
}

void InstructionBounds::AddRows(const std::vector<InstructionCount>& counts,
                                TargetTable* table,
                                std::vector<std::string>* remarks) const {
  for (const InstructionCount& count : counts) {
    TargetRow row;
    row.name = absl::StrCat("instructions a check, ", count.name);
    row.figure = count.per_check;
    const absl::optional<double> bound = Find(count.dispatch, count.name);
    if (!bound) {
      row.bound = TargetRow::Bound::kNone;
      remarks->push_back(absl::StrCat("no bound is stored for ", count.dispatch,
                                      " ", count.name));
    } else {
      row.target = std::round(*bound * (1 + kBand));
      row.structural = true;
      if (count.per_check < *bound * (1 - kBand)) {
        remarks->push_back(absl::StrFormat(
            "%s takes %.0f, %.0f are stored: run tools/bench --update-bounds",
            count.name, count.per_check, *bound));
      }
    }
    table->Add(std::move(row));
  }
}

}  // namespace benchmarks
}  // namespace postern
