#ifndef POSTERN_FS_PATH_TREE_H_
#define POSTERN_FS_PATH_TREE_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "fs/large_pages.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "fs/prefix_table.h"
#include "fs/text_arena.h"
#include "fs/wildcard_tree.h"

namespace postern {
namespace fs {

// An immutable radix tree that finds the patterns which match a path. It knows
// no policy: each different pattern has a set id, a number below set_count(),
// and what that stands for is its owner's affair.
// Thread-safe. Matching neither allocates, locks nor copies; its cost grows
// with the path and with the wildcard patterns that could match at each of its
// components, not with the number of patterns.
// The nodes of the spine are the patterns without a wildcard and what the
// others begin with, their edges whole runs of components. They are found from
// below, by hashes of all beginnings of the path at once. A WildcardTree, with
// node numbers of its own, hangs on it.
// Invariants: the spine is in preorder, so that what lies beneath a name is one
// interval; a node's number is above its parent's.
class PathTree {
 public:
  using SetId = uint32_t;
  using NodeId = uint32_t;
  static constexpr uint32_t kNone = UINT32_MAX;

  // Where a path stands on the spine.
  struct Place {
    NodeId node = 0;     // the deepest node at or above the path
    bool exact = false;  // the node is the path's own
  };
  // Nodes of the spine, one behind the other.
  struct Interval {
    NodeId begin, end;
    bool empty() const { return begin == end; }
  };
  using Visitor = WildcardVisitor;
  class Builder;

  // An empty tree.
  PathTree();

  // The place of `path`.
  Place Find(const PathComponents& path) const;
  // Tells `visitor` of the patterns with wildcards that match `path`, of which
  // Find() says `found`; nothing of what may match below.
  void MatchWildcards(const PathComponents& path, NodeId found,
                      Visitor* visitor) const;
  // Find(), and tells `visitor` of all patterns with wildcards.
  Place Match(const PathComponents& path, Visitor* visitor) const;

  // The nodes strictly below `path`, which need not have a node itself.
  Interval SpineBelow(const PathComponents& path) const;
  // Whether any pattern could match strictly below `path` and not at it.
  bool AnyBoundaryBelow(const PathComponents& path) const;
  // Whether a pattern with a wildcard could match a name strictly below; where
  // other patterns end there, it may say so as well.
  bool AnyWildcardBelow(const PathComponents& path) const;
  // Whether strictly below both paths the same names match the same patterns,
  // apart from patterns without a wildcard that match one of the paths and all
  // beneath it. Says no where that is not known. Allocates.
  bool SameBelow(const PathComponents& a, const PathComponents& b) const;

  // Tells `found` each set, some more than once, whose pattern matches `path`
  // and begins with at least `literals` components that have no wildcard.
  // Looks through all patterns with wildcards.
  void FindNamed(const PathComponents& path, size_t literals,
                 absl::FunctionRef<void(SetId)> found) const;

  bool has_wildcards() const { return !wildcards_.empty(); }
  // Whether a pattern with a wildcard begins at or above a node of the spine.
  bool HasWildcardsAbove(NodeId node) const {
    return !nearest_roots_.empty() && nearest_roots_[node] != kNone;
  }
  const WildcardTree& wildcards() const { return wildcards_; }
  // The root of wildcards() just below a path in this place, by index, or
  // kNone.
  uint32_t root_index(const Place& place) const {
    if (!place.exact || !HasWildcardsAbove(place.node)) return kNone;
    const uint32_t root = nearest_roots_[place.node];
    return wildcards_.roots()[root].node == place.node ? root : kNone;
  }

  size_t spine_count() const { return nodes_.size(); }
  // Above the number of each set.
  size_t set_count() const { return set_count_; }
  // Whether a node has one set, of the node or of the subtree.
  bool HasOneSet(NodeId id) const {
    return nodes_[id].has_node_set != nodes_[id].has_subtree_set;
  }
  bool has_node_set(NodeId id) const { return nodes_[id].has_node_set; }
  // Of a node of the spine: the deepest one above that has a set for all
  // beneath it, else the root; kNone for the root.
  NodeId parent(NodeId node) const { return nodes_[node].parent; }
  // How many components lie between the root and a node of the spine.
  size_t depth(NodeId node) const { return nodes_[node].depth; }
  // The set of the pattern that ends at this node of the spine and matches it
  // alone, or it and all beneath; kNone if there is none.
  SetId node_set(NodeId id) const {
    const Node& node = nodes_[id];
    if (!node.has_node_set) return kNone;
    return node.has_subtree_set ? pairs_[node.set].node : node.set;
  }
  SetId subtree_set(NodeId id) const {
    const Node& node = nodes_[id];
    if (!node.has_subtree_set) return kNone;
    return node.has_node_set ? pairs_[node.set].subtree : node.set;
  }

 private:
  struct Node {
    uint32_t text;  // offset of its path, "" for the root
    NodeId parent;
    SetId set;  // with both kinds: index in pairs_
    uint16_t size;
    uint16_t depth : 14;
    uint16_t has_node_set : 1;
    uint16_t has_subtree_set : 1;
  };
  struct SetPair {
    SetId node, subtree;
  };
  class AnyBelow;
  class Reach;

  // Up to so many nodes are compared one by one.
  static constexpr size_t kFewNodes = 6;

  absl::string_view text(const Node& node) const {
    return text_->text(node.text, node.size);
  }
  bool IsAt(PrefixTable::Pair found, absl::string_view path) const {
    // The bytes do not wait for the node.
    return nodes_[found.first].size == path.size() &&
           std::memcmp(text_->text(found.second, path.size()).data(),
                       path.data(), path.size()) == 0;
  }
  Place FindAmongFew(absl::string_view path) const;
  Place FindByHash(const PathComponents& path) const;

  const TextArena* text_;  // its own or another's
  std::unique_ptr<TextArena> own_text_;
  std::vector<Node, LargePages<Node>> nodes_;
  std::vector<SetPair> pairs_;
  PrefixTable table_;  // nodes and their text
  uint64_t seed_;
  size_t min_depth_ = 1, max_depth_ = 0;  // of nodes but the root
  // By node of the spine: the nearest one at or above it where patterns with
  // wildcards begin, or kNone. Empty if there are no such patterns.
  std::vector<NodeId> nearest_roots_;
  WildcardTree wildcards_;
  size_t set_count_ = 0;
};

// Collects patterns. Not thread-safe.
class PathTree::Builder {
 public:
  // Far beyond what people write; keeps a hostile policy's tree in memory.
  static constexpr size_t kMaxNodes = size_t{1} << 24;

  // Names are kept in `text` where they can be found there already, else added
  // at its end; it must live and stay as long as the tree. Null: in a text of
  // the tree's own.
  explicit Builder(TextArena* text = nullptr, size_t max_nodes = kMaxNodes);
  ~Builder();
  Builder(Builder&&) noexcept;
  Builder& operator=(Builder&&) noexcept;

  // The set id of `pattern`, the same for an equal one. kNone when the tree
  // is full.
  SetId Add(const PathPattern& pattern);
  // Add() of a pattern without a wildcard: `size` bytes at `offset` of the
  // text, "/a/b" in normal form or "" for the root.
  SetId AddLiteral(uint32_t offset, size_t size, bool subtree);
  // The tree of all that was added. The builder is spent.
  PathTree Build();
  // Build() that numbers the sets anew, what was n being (*numbers)[n] then:
  // where a node has one set, and that of a subtree where it has both, the set
  // has the number of the node. Not all numbers are in use.
  PathTree BuildByNode(std::vector<SetId>* numbers);

 private:
  class Spine;
  std::unique_ptr<Spine> spine_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_TREE_H_
