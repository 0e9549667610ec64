#include "benchmarks/harness/target_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr absl::string_view kNothing = "-";

// Characters of UTF-8 text.
size_t Width(absl::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string PadRight(absl::string_view text, size_t width) {
  return absl::StrCat(text, std::string(width - Width(text), ' '));
}

std::string PadLeft(absl::string_view text, size_t width) {
  return absl::StrCat(std::string(width - Width(text), ' '), text);
}

std::string WithUnit(absl::string_view number, absl::string_view unit) {
  return unit.empty() ? std::string(number) : absl::StrCat(number, " ", unit);
}

std::string FigureText(const TargetRow& row) {
  if (!row.figure) return std::string(kNothing);
  const int decimals = *row.figure >= 100 ? 0 : 2;
  return WithUnit(absl::StrFormat("%.*f", decimals, *row.figure), row.unit);
}

// As it was written down.
std::string Number(double target) {
  return target >= 1e6 ? absl::StrFormat("%.0f", target) : absl::StrCat(target);
}

std::string TargetText(const TargetRow& row) {
  switch (row.bound) {
    case TargetRow::Bound::kAtMost:
      return WithUnit(absl::StrCat("≤ ", Number(row.target)), row.unit);
    case TargetRow::Bound::kAtLeast:
      return WithUnit(absl::StrCat("≥ ", Number(row.target)), row.unit);
    case TargetRow::Bound::kNone:
      break;
  }
  return "";
}

const char* BoundName(TargetRow::Bound bound) {
  switch (bound) {
    case TargetRow::Bound::kAtMost:
      return "at most";
    case TargetRow::Bound::kAtLeast:
      return "at least";
    case TargetRow::Bound::kNone:
      break;
  }
  return "none";
}

std::string WithoutTrailingSpace(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

bool TargetRow::missed() const {
  if (!figure) return false;
  switch (bound) {
    case Bound::kAtMost:
      return !(*figure <= target);
    case Bound::kAtLeast:
      return !(*figure >= target);
    case Bound::kNone:
      break;
  }
  return false;
}

std::string TargetTable::Verdict(const TargetRow& row) const {
  if (!row.figure) return not_run_;
  if (row.bound == TargetRow::Bound::kNone) return "";
  return row.missed() ? "MISS" : "ok";
}

bool TargetTable::AnyStructuralMiss() const {
  return std::any_of(rows_.begin(), rows_.end(), [](const TargetRow& row) {
    return row.structural && row.missed();
  });
}

std::string TargetTable::ToText() const {
  size_t name = 4, figure = 6, target = 6;
  for (const TargetRow& row : rows_) {
    name = std::max(name, Width(row.name));
    figure = std::max(figure, Width(FigureText(row)));
    target = std::max(target, Width(TargetText(row)));
  }
  std::string text;
  const auto add = [&](absl::string_view a, absl::string_view b,
                       absl::string_view c, absl::string_view d) {
    absl::StrAppend(&text,
                    WithoutTrailingSpace(absl::StrCat(
                        PadRight(a, name), "  ", PadLeft(b, figure), "  ",
                        PadRight(c, target), "  ", d)),
                    "\n");
  };
  add("what", "figure", "target", "verdict");
  for (const TargetRow& row : rows_) {
    add(row.name, FigureText(row), TargetText(row), Verdict(row));
  }
  return text;
}

void TargetTable::WriteJson(JsonWriter* json) const {
  const auto number = [json](absl::optional<double> value) {
    value ? json->Number(*value) : json->Null();
  };
  json->StartArray();
  for (const TargetRow& row : rows_) {
    json->StartObject().Key("name").String(row.name).Key("figure");
    number(row.figure);
    json->Key("unit").String(row.unit);
    json->Key("bound").String(BoundName(row.bound)).Key("target");
    number(row.bound == TargetRow::Bound::kNone
               ? absl::nullopt
               : absl::optional<double>(row.target));
    json->Key("verdict").String(Verdict(row)).EndObject();
  }
  json->EndArray();
}

}  // namespace benchmarks
}  // namespace postern
