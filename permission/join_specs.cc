#include "permission/join_specs.h"

#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "permission/text/display.h"

namespace postern {
namespace {

absl::Status TwoWords(absl::string_view what, absl::string_view before,
                      absl::string_view now) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " is ", internal::QuoteForDisplay(now), ", and ",
                   internal::QuoteForDisplay(before),
                   " in what was read before: expected one for all layers"));
}

absl::Status CheckSame(const PolicySpec& spec, const PolicySpec& more) {
  if (!spec.base_directory.empty() && !more.base_directory.empty() &&
      spec.base_directory != more.base_directory) {
    return TwoWords("the base directory", spec.base_directory,
                    more.base_directory);
  }
  for (const auto& variable : more.variables) {
    const auto known = spec.variables.find(variable.first);
    if (known != spec.variables.end() && known->second != variable.second) {
      return TwoWords(
          absl::StrCat("variable ", internal::QuoteForDisplay(variable.first)),
          known->second, variable.second);
    }
  }
  for (const auto& function : more.signatures) {
    const auto known = spec.signatures.find(function.first);
    if (known != spec.signatures.end() && known->second != function.second) {
      return absl::InvalidArgumentError(
          absl::StrCat("function ", internal::QuoteForDisplay(function.first),
                       " has other parameters in what was read before"));
    }
  }
  if (!spec.layers.empty() && !more.layers.empty() &&
      spec.lenient_wildcards != more.lenient_wildcards) {
    return absl::InvalidArgumentError(
        "lenient_wildcards is said by one source and not by another: expected "
        "one word for all layers");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status JoinSpec(PolicySpec more, PolicySpec* spec) {
  absl::Status status = CheckSame(*spec, more);
  if (!status.ok()) return status;
  if (!more.layers.empty()) spec->lenient_wildcards = more.lenient_wildcards;
  spec->layers.insert(spec->layers.end(),
                      std::make_move_iterator(more.layers.begin()),
                      std::make_move_iterator(more.layers.end()));
  if (spec->base_directory.empty()) {
    spec->base_directory = std::move(more.base_directory);
  }
  spec->variables.merge(more.variables);
  spec->signatures.merge(more.signatures);
  return absl::OkStatus();
}

}  // namespace postern
