#include "permission/path_binding.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace {

// As many links as the kernel follows (path_resolution(7)): each step stands
// for one or more.
constexpr int kMaxSteps = 40;

// The longest prefix of `path` that is a pattern of `tree`; kNone for none.
fs::PathTree::NodeId FindPrefix(const fs::PathTree& tree,
                                const fs::PathComponents& path) {
  fs::PathTree::NodeId node = tree.Find(path).node;
  while (node != fs::PathTree::kNone &&
         tree.subtree_set(node) == fs::PathTree::kNone) {
    node = tree.parent(node);
  }
  return node;
}

}  // namespace

const PathBinding::Bound* PathBinding::Find(absl::string_view written) const {
  const auto it = bound_.find(written);
  return it == bound_.end() ? nullptr : &it->second;
}

PathBinding::Translation PathBinding::Translate(
    fs::PathComponents* path) const {
  if (canonical_.empty()) return Translation::kSame;
  for (int steps = 0; steps < kMaxSteps; ++steps) {
    const fs::PathTree::NodeId node = FindPrefix(spellings_, *path);
    if (node == fs::PathTree::kNone) {
      return steps == 0 ? Translation::kSame : Translation::kChanged;
    }
    const std::string& canonical = canonical_[spellings_.subtree_set(node)];
    if (!path->ReplaceFirst(spellings_.depth(node), canonical)) break;
  }
  return Translation::kTooLong;
}

absl::optional<std::string> PathBinding::Translate(
    absl::string_view path) const {
  fs::PathComponents components;
  if (!components.Split("", path) ||
      Translate(&components) != Translation::kChanged) {
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

}  // namespace postern
