#ifndef POSTERN_FS_WILDCARD_TREE_H_
#define POSTERN_FS_WILDCARD_TREE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/name_needs.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {

// Told of matches with wildcards, some more than once. Must not throw.
class WildcardVisitor {
 public:
  // The pattern of `set` matches the path; of `subtree`, all beneath too.
  virtual void OnMatch(uint32_t set, bool subtree) = 0;
  // Patterns of wildcard nodes beneath `node`, itself left out, may match below
  // the path.
  virtual void OnBelow(uint32_t node) = 0;
  // It was not worked out what may match below the path: any of them.
  virtual void OnGuess() = 0;

 protected:
  ~WildcardVisitor() = default;
};

// The patterns with wildcards, from their first wildcard on: a trie of
// components below roots, which are nodes of a PathTree's spine. Immutable.
// Thread-safe; matching neither allocates nor locks.
class WildcardTree {
 public:
  using SetId = uint32_t;
  using NodeId = uint32_t;  // its own nodes and, apart, the roots
  static constexpr uint32_t kNone = UINT32_MAX;

  // Where patterns begin.
  struct Root {
    uint32_t node;  // of the spine
    NodeId first;   // its first child, a wildcard
    NameNeeds needs;
  };

  bool empty() const { return nodes_.empty(); }
  const std::vector<Root>& roots() const { return roots_; }

  // Gives `change` each set, once, to be numbered anew. Before others match.
  template <typename Change>
  void ForEachSet(Change change) {
    for (Whole& whole : whole_) {
      Node& node = nodes_[whole.node];
      SetId& set = whole.pattern.subtree ? node.subtree_set : node.node_set;
      change(&set);
      whole.set = set;
    }
  }

  // Tells `visitor` of the patterns of the root `deepest` (an index) and of
  // all roots above it.
  void Match(const PathComponents& path, uint32_t deepest,
             WildcardVisitor* visitor) const;
  // Match() without what may match below: faster where a glance at the
  // path's names shows that no pattern of a root matches.
  void MatchPath(const PathComponents& path, uint32_t deepest,
                 WildcardVisitor* visitor) const;

  // Calls `found` with the set of each pattern that matches the path and has
  // at least so many components in front of its first wildcard. Looks through
  // all of them.
  template <typename Found>
  void ForEachMatch(const PathComponents& path, size_t literals,
                    Found found) const {
    for (const Whole& whole : whole_) {
      if (whole.pattern.literal_prefix() >= literals &&
          whole.pattern.Matches(path)) {
        found(whole.set);
      }
    }
  }

  size_t node_count() const { return nodes_.size(); }
  // In order of their numbers parents come before children. kNone below a root.
  NodeId parent(NodeId node) const { return nodes_[node].parent; }
  // The root above a node, by index.
  uint32_t root(NodeId node) const { return nodes_[node].root; }
  SetId node_set(NodeId node) const { return nodes_[node].node_set; }
  SetId subtree_set(NodeId node) const { return nodes_[node].subtree_set; }
  bool has_children(NodeId node) const { return nodes_[node].has_children; }

 private:
  friend class WildcardTreeBuilder;
  static constexpr uint16_t kNoStar = UINT16_MAX;
  struct Node {
    NodeId parent;
    uint32_t root;
    uint32_t label;  // offset in labels_
    uint16_t label_size;
    PatternComponent::Kind kind;
    bool has_children;
    // Bytes that a name which a glob matches begins and ends with; NUL: any.
    char front, back;
    uint16_t star;  // of a glob: OnlyStar() of the label, or kNoStar
    SetId node_set;
    SetId subtree_set;
    NodeId first;       // its first child by wildcard, or kNone
    NodeId next;        // of the same parent, for those by wildcard
    uint64_t literals;  // a bit for each child by name, see NameBit()

    bool MayMatch(absl::string_view name) const {
      const char begin = name.front(), end = name.back();
      return ((front == '\0') | (front == begin)) &
             ((back == '\0') | (back == end));
    }
  };
  // A slot of the table of literal children: open addressing.
  struct Slot {
    uint32_t tag;
    NodeId node;
  };
  // A pattern as it was given, for when the automaton's lists are too short.
  struct Whole {
    PathPattern pattern;
    SetId set;
    NodeId node;
  };
  // Apart from the roots, so that the way up does not wait for each of them.
  struct RootPlace {
    uint32_t depth;  // so many components of the path lie above
    uint32_t above;  // index of the next root further up, or kNone
  };
  class Automaton;

  absl::string_view label(const Node& node) const {
    return absl::string_view(labels_.data() + node.label, node.label_size);
  }
  NodeId LiteralChild(NodeId parent, absl::string_view name) const;
  bool GlobTakes(const Node& node, absl::string_view name) const;
  // Follows the patterns of one root, by index, through the path. False if the
  // visitor was not told of all.
  bool Run(const PathComponents& path, uint32_t root,
           WildcardVisitor* visitor) const;
  void MatchOneByOne(const PathComponents& path,
                     WildcardVisitor* visitor) const;

  std::vector<Node> nodes_;
  std::vector<Root> roots_;
  std::vector<RootPlace> root_places_;  // by root
  std::vector<Slot> slots_;             // a power of two
  std::vector<Whole> whole_;
  std::string labels_;
};

// Collects patterns for a WildcardTree. Not thread-safe.
class WildcardTreeBuilder {
 public:
  using SetId = WildcardTree::SetId;
  using NodeId = WildcardTree::NodeId;
  static constexpr size_t kMaxLabelBytes = size_t{1} << 30;

  WildcardTreeBuilder();

  // Adds `pattern`, whose first components lead to `spine`, a number of a node
  // of the spine that Build() renames. The set id of an equal pattern, or
  // `next` for a new one; kNone when there are `max_nodes`.
  SetId Add(const PathPattern& pattern, uint32_t spine, SetId next,
            size_t max_nodes);
  size_t node_count() const { return tree_.nodes_.size(); }

  // The tree; a root's node n becomes renamed[n]. The owner sets Root::above.
  // The builder is spent.
  WildcardTree Build(absl::Span<const uint32_t> renamed);
  static void SetAbove(uint32_t root, uint32_t above, WildcardTree* tree) {
    tree->root_places_[root].above = above;
  }

 private:
  uint32_t RootAt(uint32_t spine, size_t depth);
  NodeId Child(NodeId parent, uint32_t root, const PatternComponent& component,
               size_t max_nodes);
  NodeId AddNode(NodeId parent, uint32_t root,
                 const PatternComponent& component);
  void Rehash();
  void Link(NodeId node);

  WildcardTree tree_;
  absl::flat_hash_map<uint32_t, uint32_t> roots_;  // by spine node
  // By parent and text; children of roots have parents past all nodes.
  absl::flat_hash_map<std::pair<uint64_t, std::string>, NodeId>
      wildcard_children_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_WILDCARD_TREE_H_
