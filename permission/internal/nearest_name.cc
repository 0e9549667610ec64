#include "permission/internal/nearest_name.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace internal {
namespace {

constexpr size_t kLongestTypo = 40;

size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const std::string& NearestName(absl::string_view name,
                               const std::vector<std::string>& known) {
  if (name.size() > kLongestTypo) return known[0];
  for (const std::string& one : known) {
    if (absl::EndsWith(one, absl::StrCat("-", name))) return one;
  }
  return *std::min_element(known.begin(), known.end(),
                           [&](const std::string& a, const std::string& b) {
                             return Distance(name, a) < Distance(name, b);
                           });
}

std::string CloseName(absl::string_view name,
                      const std::vector<std::string>& known) {
  if (known.empty() || name.size() > kLongestTypo) return "";
  const std::string& nearest = NearestName(name, known);
  const size_t longer = std::max(name.size(), nearest.size());
  return Distance(name, nearest) * 2 <= longer ? nearest : "";
}

std::string Suggestion(absl::string_view name,
                       const std::vector<std::string>& known) {
  const std::string near = CloseName(name, known);
  return near.empty() ? "" : absl::StrCat(", perhaps \"", near, "\"");
}

}  // namespace internal
}  // namespace postern
