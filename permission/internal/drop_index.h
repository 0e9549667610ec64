#ifndef POSTERN_PERMISSION_INTERNAL_DROP_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_DROP_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "fs/path_tree.h"
#include "permission/internal/call_index.h"
#include "permission/internal/command_index.h"
#include "permission/internal/contest.h"
#include "permission/internal/endpoint_index.h"
#include "permission/internal/name_index.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/query.h"
#include "permission/internal/secret_index.h"
#include "permission/layer.h"

namespace postern {
namespace internal {

// A drop as it was given and as it was read.
struct Drop {
  RulePattern text;
  ParsedPattern pattern;
  uint32_t number;  // among those of its context
};

// Drops on one permission, found as rules are: by the trees and tables of their
// kind of resource. Immutable; thread-safe. Keeps nothing of the drops that it
// was made of.
class DropIndex {
 public:
  // Of drops on `permission`, none of which is for it as a whole.
  DropIndex(Permission permission, absl::Span<const Drop* const> drops);
  DropIndex(const DropIndex&) = delete;
  DropIndex& operator=(const DropIndex&) = delete;

  // How many drops it was made of.
  size_t size() const { return size_; }

  // The lowest number of a drop that matches `path`.
  absl::optional<uint32_t> FindPath(const fs::PathComponents& path) const;
  // The lowest number of a drop that matches what the valid `query` asks for:
  // one resource, no path.
  absl::optional<uint32_t> FindOne(const Query& query) const;
  // Whether a drop may match some object in the subtree or whole that `query`
  // asks for. Says yes where that takes thought.
  bool MayMatchWithin(const Query& query) const;
  // Whether a drop of one subtree covers all that `pattern` matches. Says no
  // where that takes thought. Allocates.
  bool Covers(const fs::PathPattern& pattern) const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  void Add(const Drop& drop);  // of a kind but paths
  void AddPaths(const std::vector<fs::PathPattern>& paths, uint32_t number,
                fs::PathTree::Builder* builder);
  void BuildPaths(fs::PathTree::Builder builder);
  uint32_t LowestOf(fs::PathTree::SetId set) const {
    return set == fs::PathTree::kNone ? kNone : lowest_[set];
  }

  const size_t size_;
  // What one layer of drops is for the indexes.
  const std::vector<LayerTerms> layer_;

  fs::PathTree paths_;
  std::vector<uint32_t> lowest_;  // number by set of paths_
  // By node of the spine: the lowest number of a drop without a wildcard that
  // matches all beneath the node, and of one that matches the node.
  std::vector<uint32_t> beneath_, at_;
  uint32_t unplaced_ = kNone;  // had no room in the tree: matches every path

  // One of these has all drops, or none has any.
  NameIndex names_;
  CallIndex calls_;
  CommandIndex commands_;
  SecretIndex secrets_;
  EndpointIndex endpoints_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_DROP_INDEX_H_
