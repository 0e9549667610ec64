#include "fs/path_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "fs/glob.h"

namespace postern {
namespace fs {
namespace {

using Path = absl::Span<const absl::string_view>;

uint64_t HashChild(uint32_t parent, absl::string_view name) {
  return absl::HashOf(parent, name);
}

uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

}  // namespace

// Follows the nodes off the spine through one path. A node that is no "**" is
// entered at most once a component, because it has one parent and one edge to
// it; a "**" stays once it is entered. So the lists hold no node twice, and a
// step costs at most the nodes that could match here.
class PathTree::Automaton {
 public:
  Automaton(const PathTree& tree, Visitor* visitor)
      : tree_(tree), visitor_(visitor) {}

  // The spine's node has been reached: its wildcards may match from here.
  void EnterSpine(NodeId node) { EnterAnyDepthBelow(node); }

  // Takes one component; `spine` is the node left on the spine, or kNone.
  void Step(NodeId spine, absl::string_view name) {
    // Only what was there before this component may take it.
    const size_t any_depths = any_depth_count_;
    next_count_ = 0;
    if (spine != kNone) StepGlobs(spine, name);
    for (size_t i = 0; i < active_count_; ++i) StepAll(active_[i], name);
    for (size_t i = 0; i < any_depths; ++i) StepAll(any_depth_[i], name);
    std::swap(active_, next_);
    active_count_ = next_count_;
  }

  // At the end of the path.
  void Finish() {
    for (size_t i = 0; i < active_count_; ++i) {
      const Node& node = tree_.nodes_[active_[i]];
      if (node.node_set != kNone) visitor_->OnMatch(node.node_set, false);
      visitor_->OnBelow(active_[i]);
    }
    for (size_t i = 0; i < any_depth_count_; ++i) {
      visitor_->OnBelow(any_depth_[i]);
    }
  }

  // A list was too short: nothing that was told is wrong, but some is missing.
  bool overflow() const { return overflow_; }

 private:
  void StepAll(NodeId parent, absl::string_view name) {
    const NodeId literal = tree_.LiteralChild(parent, name);
    if (literal != kNone) Enter(literal);
    StepGlobs(parent, name);
  }

  void StepGlobs(NodeId parent, absl::string_view name) {
    for (uint32_t i = tree_.nodes_[parent].wildcards; i != kNone;
         i = tree_.wildcards_[i].next) {
      const Node& child = tree_.nodes_[tree_.wildcards_[i].node];
      if (child.kind == PatternComponent::Kind::kGlob &&
          GlobMatches(tree_.label(child), name)) {
        Enter(tree_.wildcards_[i].node);
      }
    }
  }

  void Enter(NodeId node) {
    const SetId subtree = tree_.nodes_[node].subtree_set;
    if (subtree != kNone) visitor_->OnMatch(subtree, true);
    if (next_count_ == next_.size()) {
      overflow_ = true;
      return;
    }
    next_[next_count_++] = node;
    EnterAnyDepthBelow(node);
  }

  // "**" may take no component at all.
  void EnterAnyDepthBelow(NodeId node) {
    for (uint32_t i = tree_.nodes_[node].wildcards; i != kNone;
         i = tree_.wildcards_[i].next) {
      const NodeId child = tree_.wildcards_[i].node;
      if (tree_.nodes_[child].kind == PatternComponent::Kind::kAnyDepth) {
        AddAnyDepth(child);
        return;  // there is only one
      }
    }
  }

  void AddAnyDepth(NodeId node) {
    for (size_t i = 0; i < any_depth_count_; ++i) {
      if (any_depth_[i] == node) return;
    }
    if (any_depth_count_ == any_depth_.size()) {
      overflow_ = true;
      return;
    }
    any_depth_[any_depth_count_++] = node;
  }

  const PathTree& tree_;
  Visitor* const visitor_;
  bool overflow_ = false;
  size_t active_count_ = 0, next_count_ = 0, any_depth_count_ = 0;
  std::array<NodeId, 128> active_, next_;
  std::array<NodeId, 64> any_depth_;
};

PathTree::PathTree() {
  nodes_.push_back({kNone, 0, 0, PatternComponent::Kind::kLiteral, true, kNone,
                    kNone, kNone});
  slots_.resize(1, {0, kNone});
}

PathTree::NodeId PathTree::LiteralChild(NodeId parent,
                                        absl::string_view name) const {
  const uint64_t hash = HashChild(parent, name);
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.node == kNone) return kNone;
    if (slot.tag != TagOf(hash)) continue;
    const Node& node = nodes_[slot.node];
    if (node.parent == parent && label(node) == name) return slot.node;
  }
}

PathTree::Place PathTree::Find(Path path) const {
  Place place;
  for (absl::string_view name : path) {
    const NodeId child = LiteralChild(place.node, name);
    if (child == kNone) return place;
    place.node = child;
  }
  place.exact = true;
  return place;
}

PathTree::Place PathTree::Match(Path path, Visitor* visitor) const {
  if (!has_wildcards()) return Find(path);
  Automaton automaton(*this, visitor);
  Place place;
  NodeId spine = 0;
  automaton.EnterSpine(spine);
  for (absl::string_view name : path) {
    const NodeId child = spine == kNone ? kNone : LiteralChild(spine, name);
    automaton.Step(spine, name);
    spine = child;
    if (child == kNone) continue;
    place.node = child;
    automaton.EnterSpine(child);
  }
  place.exact = spine != kNone;
  automaton.Finish();
  if (automaton.overflow()) MatchOneByOne(path, visitor);
  return place;
}

// Exact and slow, for policies with hundreds of wildcard patterns that are
// all alive at one place.
void PathTree::MatchOneByOne(Path path, Visitor* visitor) const {
  visitor->OnGuess();
  for (const Glob& glob : globs_) {
    if (glob.pattern.Matches(path)) {
      visitor->OnMatch(glob.set, glob.pattern.subtree);
    }
    // Whether it could match below is not worked out here: it might.
    visitor->OnBelow(parent(glob.node));
  }
}

// Whether some pattern begins strictly below a path, or, if asked, one with
// wildcards covers all that is there.
class PathTree::AnyBelow final : public Visitor {
 public:
  enum class Covering { kCounts, kDoesNotCount };

  AnyBelow(const PathTree& tree, Covering covering)
      : tree_(tree), covering_(covering) {}
  void OnMatch(SetId, bool subtree) override {
    found_ = found_ || (subtree && covering_ == Covering::kCounts);
  }
  void OnBelow(NodeId node) override {
    found_ = found_ || tree_.has_children(node);
  }
  bool Look(Path path) {
    const Place place = tree_.Match(path, this);
    return found_ || (place.exact && tree_.has_children(place.node));
  }

 private:
  const PathTree& tree_;
  const Covering covering_;
  bool found_ = false;
};

bool PathTree::AnyBoundaryBelow(Path path) const {
  return AnyBelow(*this, AnyBelow::Covering::kDoesNotCount).Look(path);
}

// The patterns with wildcards that have to do with names strictly below a path:
// those that match all of them, and the nodes from which more may match.
class PathTree::Reach final : public Visitor {
 public:
  Reach(const PathTree& tree, Path path) : tree_(tree) {
    const Place place = tree.Match(path, this);
    if (place.exact && tree.has_children(place.node)) spine_ = place.node;
  }
  void OnMatch(SetId set, bool subtree) override {
    if (subtree) sets_.insert(set);
  }
  void OnBelow(NodeId node) override {
    if (tree_.has_children(node)) nodes_.insert(node);
  }
  void OnGuess() override { guessed_ = true; }

  bool SameAs(const Reach& other) const {
    return !guessed_ && !other.guessed_ && spine_ == other.spine_ &&
           sets_ == other.sets_ && nodes_ == other.nodes_;
  }

 private:
  const PathTree& tree_;
  NodeId spine_ = kNone;  // the path's own node if a pattern goes on below
  absl::flat_hash_set<SetId> sets_;
  absl::flat_hash_set<NodeId> nodes_;
  bool guessed_ = false;
};

bool PathTree::SameBelow(Path a, Path b) const {
  return Reach(*this, a).SameAs(Reach(*this, b));
}

bool PathTree::AnyWildcardBelow(Path path) const {
  return has_wildcards() &&
         AnyBelow(*this, AnyBelow::Covering::kCounts).Look(path);
}

// Each pattern below matches `path`, so its literal beginning is one of it, and
// the length of that says all.
void PathTree::FindNamed(Path path, size_t literals,
                         absl::FunctionRef<void(SetId)> found) const {
  NodeId node = 0;
  for (size_t depth = 0; node != kNone; ++depth) {
    const bool end = depth == path.size();
    const SetId own = end ? node_set(node) : kNone;
    if (depth >= literals && own != kNone) found(own);
    const SetId subtree = subtree_set(node);
    if (depth >= literals && subtree != kNone) found(subtree);
    node = end ? kNone : LiteralChild(node, path[depth]);
  }
  for (const Glob& glob : globs_) {
    size_t begin = 0;
    while (glob.pattern.components[begin].kind ==
           PatternComponent::Kind::kLiteral) {
      ++begin;
    }
    if (begin >= literals && glob.pattern.Matches(path)) found(glob.set);
  }
}

size_t PathTree::MemoryBytes() const {
  size_t bytes = nodes_.capacity() * sizeof(Node) +
                 slots_.capacity() * sizeof(Slot) +
                 wildcards_.capacity() * sizeof(Wildcard) + labels_.capacity();
  for (const Glob& glob : globs_) {
    bytes += sizeof(Glob) +
             glob.pattern.components.capacity() * sizeof(PatternComponent);
  }
  return bytes;
}

PathTree::Builder::Builder(size_t max_nodes) : max_nodes_(max_nodes) {
  tree_.slots_.resize(16, {0, kNone});
}

PathTree::SetId PathTree::Builder::Add(const PathPattern& pattern) {
  NodeId node = 0;
  for (const PatternComponent& component : pattern.components) {
    node = Child(node, component);
    if (node == kNone) return kNone;
  }
  Node& end = tree_.nodes_[node];
  SetId& set = pattern.subtree ? end.subtree_set : end.node_set;
  if (set != kNone) return set;
  set = static_cast<SetId>(tree_.set_count_++);
  if (!end.on_spine) tree_.globs_.push_back({pattern, set, node});
  return set;
}

PathTree::NodeId PathTree::Builder::Child(NodeId parent,
                                          const PatternComponent& component) {
  if (component.kind == PatternComponent::Kind::kLiteral) {
    const NodeId child = tree_.LiteralChild(parent, component.text);
    return child != kNone ? child : AddNode(parent, component);
  }
  // The text of a glob is never "**".
  const bool any_depth = component.kind == PatternComponent::Kind::kAnyDepth;
  std::string name = any_depth ? "**" : component.text;
  NodeId& child =
      wildcard_children_.try_emplace({parent, std::move(name)}, kNone)
          .first->second;
  if (child == kNone) child = AddNode(parent, component);
  return child;
}

PathTree::NodeId PathTree::Builder::AddNode(NodeId parent,
                                            const PatternComponent& component) {
  if (tree_.labels_.size() >= kMaxLabelBytes ||
      tree_.nodes_.size() >= max_nodes_) {
    return kNone;
  }
  const NodeId id = static_cast<NodeId>(tree_.nodes_.size());
  const bool literal = component.kind == PatternComponent::Kind::kLiteral;
  tree_.nodes_.push_back(
      {parent, static_cast<uint32_t>(tree_.labels_.size()),
       static_cast<uint16_t>(component.text.size()), component.kind,
       literal && tree_.nodes_[parent].on_spine, kNone, kNone, kNone});
  tree_.labels_ += component.text;
  if (!literal) {
    tree_.wildcards_.push_back({id, tree_.nodes_[parent].wildcards});
    tree_.nodes_[parent].wildcards =
        static_cast<uint32_t>(tree_.wildcards_.size() - 1);
    return id;
  }
  if (tree_.nodes_.size() * 2 > tree_.slots_.size()) {
    Rehash();
  } else {
    Link(id);
  }
  return id;
}

void PathTree::Builder::Link(NodeId node) {
  const Node& n = tree_.nodes_[node];
  const uint64_t hash = HashChild(n.parent, tree_.label(n));
  const size_t mask = tree_.slots_.size() - 1;
  size_t i = hash & mask;
  while (tree_.slots_[i].node != kNone) i = (i + 1) & mask;
  tree_.slots_[i] = {TagOf(hash), node};
}

void PathTree::Builder::Rehash() {
  size_t size = 16;
  while (size < tree_.nodes_.size() * 2) size *= 2;
  tree_.slots_.assign(size, {0, kNone});
  for (NodeId id = 1; id < tree_.nodes_.size(); ++id) {
    if (tree_.nodes_[id].kind == PatternComponent::Kind::kLiteral) Link(id);
  }
}

// Brings the nodes into preorder.
void PathTree::Builder::Renumber() {
  std::vector<Node>& nodes = tree_.nodes_;
  std::vector<NodeId> first(nodes.size(), kNone), next(nodes.size(), kNone);
  for (NodeId id = static_cast<NodeId>(nodes.size()); id-- > 1;) {
    next[id] = first[nodes[id].parent];
    first[nodes[id].parent] = id;
  }
  std::vector<NodeId> renamed(nodes.size(), 0);
  std::vector<Node> ordered = {nodes[0]};
  ordered.reserve(nodes.size());
  for (NodeId id = first[0]; id != kNone;) {
    renamed[id] = static_cast<NodeId>(ordered.size());
    ordered.push_back(nodes[id]);
    ordered.back().parent = renamed[nodes[id].parent];
    if (first[id] != kNone) {
      id = first[id];
      continue;
    }
    while (id != 0 && next[id] == kNone) id = nodes[id].parent;
    id = id == 0 ? kNone : next[id];
  }
  nodes = std::move(ordered);
  for (Wildcard& wildcard : tree_.wildcards_) {
    wildcard.node = renamed[wildcard.node];
  }
  for (Glob& glob : tree_.globs_) glob.node = renamed[glob.node];
}

PathTree PathTree::Builder::Build() {
  wildcard_children_.clear();
  Renumber();
  Rehash();
  tree_.labels_.shrink_to_fit();
  return std::move(tree_);
}

}  // namespace fs
}  // namespace postern
