#ifndef POSTERN_FS_PATH_TREE_H_
#define POSTERN_FS_PATH_TREE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {

// An immutable radix tree over components that finds the patterns which match
// a path. It knows no policy: each different pattern has a set id, a dense
// number, and what that stands for is its owner's affair.
// Thread-safe. Matching neither allocates, locks nor copies; its cost grows
// with the path's components and with the wildcard patterns that could match
// at each of them.
// Invariants: nodes are in preorder, so that a subtree is one interval; a node
// has at most one child of a kind and text; every leaf ends a pattern.
class PathTree {
 public:
  using SetId = uint32_t;
  using NodeId = uint32_t;
  static constexpr uint32_t kNone = UINT32_MAX;

  // Where a path stands among the literal nodes.
  struct Place {
    NodeId node = 0;     // the deepest node on the way, from the root
    bool exact = false;  // the path ends there; else it goes on below
  };

  // Told of matches with wildcards, some more than once. Must not throw.
  class Visitor {
   public:
    // The pattern of `set` matches the path; of `subtree`, all beneath too.
    virtual void OnMatch(SetId set, bool subtree) = 0;
    // Patterns of nodes beneath `node`, itself left out, may match below the
    // path.
    virtual void OnBelow(NodeId node) = 0;
    // What OnBelow() is told was not worked out: it may be too much.
    virtual void OnGuess() {}

   protected:
    ~Visitor() = default;
  };

  class Builder;

  // An empty tree.
  PathTree();

  // The place of `path`, components in normal form.
  Place Find(absl::Span<const absl::string_view> path) const;
  // Find(), and tells `visitor` of the patterns with wildcards.
  Place Match(absl::Span<const absl::string_view> path, Visitor* visitor) const;
  // Whether any pattern could match strictly below `path` and not at it.
  bool AnyBoundaryBelow(absl::Span<const absl::string_view> path) const;
  // Whether a pattern with a wildcard could match a name strictly below; where
  // other patterns end there, it may say so as well.
  bool AnyWildcardBelow(absl::Span<const absl::string_view> path) const;
  // Whether strictly below both paths the same names match the same patterns,
  // apart from patterns without a wildcard that match one of the paths and all
  // beneath it. Says no where that is not known. Allocates.
  bool SameBelow(absl::Span<const absl::string_view> a,
                 absl::Span<const absl::string_view> b) const;

  // Tells `found` each set, some more than once, whose pattern matches `path`
  // and begins with at least `literals` components that have no wildcard.
  // Looks through all patterns with wildcards.
  void FindNamed(absl::Span<const absl::string_view> path, size_t literals,
                 absl::FunctionRef<void(SetId)> found) const;

  bool has_wildcards() const { return !globs_.empty(); }
  size_t node_count() const { return nodes_.size(); }
  size_t set_count() const { return set_count_; }
  // In preorder a parent comes before its children. kNone for the root.
  NodeId parent(NodeId node) const { return nodes_[node].parent; }
  // Reached from the root by literal names alone.
  bool on_spine(NodeId node) const { return nodes_[node].on_spine; }
  // The set of the pattern that ends here and matches this node alone, or
  // this node and all beneath; kNone if there is none.
  SetId node_set(NodeId node) const { return nodes_[node].node_set; }
  SetId subtree_set(NodeId node) const { return nodes_[node].subtree_set; }
  bool has_children(NodeId node) const {
    return node + 1 < nodes_.size() && nodes_[node + 1].parent == node;
  }
  // Bytes of the whole structure.
  size_t MemoryBytes() const;

 private:
  struct Node {
    uint32_t parent;
    uint32_t label;  // offset in labels_
    uint16_t label_size;
    PatternComponent::Kind kind;
    bool on_spine;
    SetId node_set;
    SetId subtree_set;
    uint32_t wildcards;  // index in wildcards_ of its first child, or kNone
  };
  // A slot of the table of literal children: open addressing.
  struct Slot {
    uint32_t tag;
    NodeId node;
  };
  // A child by wildcard, chained to the next one of the same parent.
  struct Wildcard {
    NodeId node;
    uint32_t next;
  };
  // A pattern with wildcards, for when the automaton's lists are too short.
  struct Glob {
    PathPattern pattern;
    SetId set;
    NodeId node;
  };
  class Automaton;
  class AnyBelow;
  class Reach;

  absl::string_view label(const Node& node) const {
    return absl::string_view(labels_.data() + node.label, node.label_size);
  }
  NodeId LiteralChild(NodeId parent, absl::string_view name) const;
  void MatchOneByOne(absl::Span<const absl::string_view> path,
                     Visitor* visitor) const;

  std::vector<Node> nodes_;
  std::vector<Slot> slots_;  // a power of two
  std::vector<Wildcard> wildcards_;
  std::vector<Glob> globs_;
  std::string labels_;
  size_t set_count_ = 0;
};

// Collects patterns. Not thread-safe.
class PathTree::Builder {
 public:
  // Far beyond what people write; keeps a hostile policy's tree in memory.
  static constexpr size_t kMaxNodes = size_t{1} << 24;
  static constexpr size_t kMaxLabelBytes = size_t{1} << 30;

  explicit Builder(size_t max_nodes = kMaxNodes);
  // The set id of `pattern`, the same for an equal one. kNone when the tree
  // is full.
  SetId Add(const PathPattern& pattern);
  // The tree of all that was added. The builder is spent.
  PathTree Build();

 private:
  NodeId Child(NodeId parent, const PatternComponent& component);
  NodeId AddNode(NodeId parent, const PatternComponent& component);
  void Rehash();
  void Renumber();
  void Link(NodeId node);

  size_t max_nodes_;
  PathTree tree_;
  // By parent and text; those by name are in the tree's own table.
  absl::flat_hash_map<std::pair<NodeId, std::string>, NodeId>
      wildcard_children_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PATH_TREE_H_
