#include "permission/internal/path_spellings.h"

#include <utility>

#include "fs/path_pattern.h"

namespace postern {
namespace internal {
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

// Whatever is called `name` or lies beneath it.
fs::PathPattern Subtree(const std::string& name) {
  fs::AnyPathComponents components;
  static_cast<void>(components.Split("", name));
  fs::PathPattern pattern;
  pattern.subtree = true;
  for (size_t i = 0; i < components.size(); ++i) {
    pattern.components.push_back(
        {fs::PatternComponent::Kind::kLiteral, std::string(components[i])});
  }
  return pattern;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const PathSpellings>> PathSpellings::Make(
    std::vector<Entry> entries) {
  auto spellings = std::make_unique<PathSpellings>();
  std::vector<std::string>& canonical = spellings->canonical_;
  fs::PathTree::Builder tree;
  for (Entry& entry : entries) {
    const fs::PathTree::SetId set = tree.Add(Subtree(entry.first));
    if (set == fs::PathTree::kNone) {
      return absl::ResourceExhaustedError("the path rules are too large");
    }
    if (canonical.size() <= set) canonical.resize(set + 1);
    canonical[set] = std::move(entry.second);
  }
  spellings->tree_ = tree.Build();
  return spellings;
}

PathSpellings::Applied PathSpellings::Apply(fs::PathComponents* path) const {
  if (canonical_.empty()) return Applied::kSame;
  for (int steps = 0; steps < kMaxSteps; ++steps) {
    const fs::PathTree::NodeId node = FindPrefix(tree_, *path);
    if (node == fs::PathTree::kNone) {
      return steps == 0 ? Applied::kSame : Applied::kChanged;
    }
    const std::string& canonical = canonical_[tree_.subtree_set(node)];
    if (!path->ReplaceFirst(tree_.depth(node), canonical)) break;
  }
  return Applied::kTooLong;
}
}  // namespace internal
}  // namespace postern
