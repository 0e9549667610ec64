#include "permission/path_binding.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/path_components.h"
#include "permission/internal/path_spellings.h"

namespace postern {
PathBinding::PathBinding()
    : spellings_(std::make_unique<const internal::PathSpellings>()) {}

PathBinding::~PathBinding() = default;

const PathBinding::Bound* PathBinding::Find(absl::string_view written) const {
  const auto it = bound_.find(written);
  return it == bound_.end() ? nullptr : &it->second;
}

absl::optional<std::string> PathBinding::Translate(
    absl::string_view path) const {
  fs::AnyPathComponents components;
  if (!components.Split("", path) ||
      spellings_->Apply(&components) !=
          internal::PathSpellings::Applied::kChanged) {
    return absl::nullopt;
  }
  return fs::JoinPath(components);
}

bool PathBinding::IsProtected(absl::string_view path) const {
  const std::string beneath = path == "/" ? "/" : absl::StrCat(path, "/");
  const auto it = std::lower_bound(protected_names_.begin(),
                                   protected_names_.end(), beneath);
  return (it != protected_names_.end() && absl::StartsWith(*it, beneath)) ||
         std::binary_search(protected_names_.begin(), protected_names_.end(),
                            path);
}

const std::vector<std::string>* PathBinding::FindDenied(
    fs::FileIdentity file) const {
  const auto it = guarded_.find(file);
  return it == guarded_.end() ? nullptr : &it->second;
}

const std::vector<std::string>* PathBinding::FindPlace(
    fs::FileIdentity directory) const {
  const auto it = places_.find(directory);
  return it == places_.end() ? nullptr : &it->second;
}

absl::optional<fs::FileIdentity> PathBinding::FindProgram(
    absl::string_view canonical) const {
  const auto it = programs_.find(canonical);
  if (it == programs_.end()) return absl::nullopt;
  return it->second;
}

const std::vector<std::string>* PathBinding::FindProgramNames(
    fs::FileIdentity file) const {
  const auto it = program_names_.find(file);
  return it == program_names_.end() ? nullptr : &it->second;
}

}  // namespace postern
