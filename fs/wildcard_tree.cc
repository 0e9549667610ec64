#include "fs/wildcard_tree.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/hash/hash.h"
#include "fs/glob.h"

namespace postern {
namespace fs {
namespace {

using Kind = PatternComponent::Kind;

uint64_t HashChild(uint32_t parent, absl::string_view name) {
  return absl::HashOf(parent, name);
}

uint16_t StarOf(absl::string_view glob) {
  return static_cast<uint16_t>(std::min<size_t>(OnlyStar(glob), UINT16_MAX));
}

uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

}  // namespace

// Follows the nodes below one root through one path. A node that is no "**" is
// entered at most once a component, because it has one parent and one edge to
// it; a "**" stays once it is entered. So the lists hold no node twice, and a
// step costs at most the nodes that could match here.
class WildcardTree::Automaton {
 public:
  Automaton(const WildcardTree& tree, WildcardVisitor* visitor)
      : tree_(tree), visitor_(visitor) {}

  // Follows those below `root`, which the path comes to at `depth`.
  void Follow(const Root& root, const PathComponents& path, size_t depth) {
    EnterAnyDepthAmong(root.first);
    for (size_t i = depth; i < path.size(); ++i) {
      Step(i == depth ? root.first : kNone, path[i]);
      if (idle()) return;
    }
    Finish();
  }
  // A list was too short: nothing that was told is wrong, but some is missing.
  bool overflow() const { return overflow_; }

 private:
  // Takes one component. `first` is the root's first child, where it is the
  // first component.
  void Step(NodeId first, absl::string_view name) {
    // Only what was there before this component may take it.
    const size_t any_depths = any_depth_count_;
    next_count_ = 0;
    StepGlobs(first, name);
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

  // Nothing can match any more.
  bool idle() const { return active_count_ == 0 && any_depth_count_ == 0; }

  void StepAll(NodeId parent, absl::string_view name) {
    const Node& node = tree_.nodes_[parent];
    if ((node.literals & NameBit(name)) != 0) {
      const NodeId literal = tree_.LiteralChild(parent, name);
      if (literal != kNone) Enter(literal);
    }
    StepGlobs(node.first, name);
  }

  void StepGlobs(NodeId first, absl::string_view name) {
    for (NodeId i = first; i != kNone; i = tree_.nodes_[i].next) {
      const Node& child = tree_.nodes_[i];
      if (child.kind == Kind::kGlob && child.MayMatch(name) &&
          tree_.GlobTakes(child, name)) {
        Enter(i);
      }
    }
  }

  void Enter(NodeId id) {
    const Node& node = tree_.nodes_[id];
    if (node.subtree_set != kNone && IsNew(node.subtree_set)) {
      visitor_->OnMatch(node.subtree_set, true);
    }
    if (next_count_ == kMaxActive) {
      overflow_ = true;
      return;
    }
    next_[next_count_++] = id;
    EnterAnyDepthAmong(node.first);
  }

  // False if `set` was told before, unless one with the same place was told
  // since: behind a "**" a set is met again at each component of a path.
  bool IsNew(SetId set) {
    if (!any_told_) {
      std::fill(std::begin(told_), std::end(told_), kNone);
      any_told_ = true;
    }
    SetId& told = told_[set % kMaxTold];
    if (told == set) return false;
    told = set;
    return true;
  }

  // "**" may take no component at all.
  void EnterAnyDepthAmong(NodeId first) {
    for (NodeId i = first; i != kNone; i = tree_.nodes_[i].next) {
      if (tree_.nodes_[i].kind != Kind::kAnyDepth) continue;
      AddAnyDepth(i);
      return;  // there is only one
    }
  }

  void AddAnyDepth(NodeId node) {
    for (size_t i = 0; i < any_depth_count_; ++i) {
      if (any_depth_[i] == node) return;
    }
    if (any_depth_count_ == kMaxAnyDepth) {
      overflow_ = true;
      return;
    }
    any_depth_[any_depth_count_++] = node;
  }

  static constexpr size_t kMaxActive = 128;
  static constexpr size_t kMaxAnyDepth = 64;
  static constexpr size_t kMaxTold = 64;

  const WildcardTree& tree_;
  WildcardVisitor* const visitor_;
  bool overflow_ = false;
  bool any_told_ = false;
  size_t active_count_ = 0, next_count_ = 0, any_depth_count_ = 0;
  // Left as they are: only what is counted is read.
  union {
    NodeId lists_[2][kMaxActive];
  };
  NodeId* active_ = lists_[0];
  NodeId* next_ = lists_[1];
  union {
    NodeId any_depth_[kMaxAnyDepth];
  };
  union {
    SetId told_[kMaxTold];  // by set; only if any_told_
  };
};

WildcardTree::NodeId WildcardTree::LiteralChild(NodeId parent,
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

bool WildcardTree::GlobTakes(const Node& node, absl::string_view name) const {
  if (node.star == kNoStar) return GlobMatches(label(node), name);
  return OneStarMatches(label(node), node.star, name);
}

void WildcardTree::Match(const PathComponents& path, uint32_t deepest,
                         WildcardVisitor* visitor) const {
  bool complete = true;
  for (uint32_t i = deepest; i != kNone; i = root_places_[i].above) {
    complete &= Run(path, i, visitor);
  }
  if (!complete) MatchOneByOne(path, visitor);
}

void WildcardTree::MatchPath(const PathComponents& path, uint32_t deepest,
                             WildcardVisitor* visitor) const {
  if (path.size() == 0) return;  // each pattern takes a name
  bool complete = true;
  NamesBelow names(path);
  const NameLook last(path[path.size() - 1]);
  for (uint32_t i = deepest; i != kNone; i = root_places_[i].above) {
    const size_t depth = root_places_[i].depth;
    if (roots_[i].needs.MayBeMetBy(path, depth, last, &names)) {
      complete &= Run(path, i, visitor);
    }
  }
  if (!complete) MatchOneByOne(path, visitor);
}

bool WildcardTree::Run(const PathComponents& path, uint32_t root,
                       WildcardVisitor* visitor) const {
  Automaton automaton(*this, visitor);
  automaton.Follow(roots_[root], path, root_places_[root].depth);
  return !automaton.overflow();
}

// Exact and slow, for policies with hundreds of wildcard patterns that are
// all alive at one place.
void WildcardTree::MatchOneByOne(const PathComponents& path,
                                 WildcardVisitor* visitor) const {
  visitor->OnGuess();
  for (const Whole& whole : whole_) {
    if (whole.pattern.Matches(path)) {
      visitor->OnMatch(whole.set, whole.pattern.subtree);
    }
  }
}

WildcardTreeBuilder::WildcardTreeBuilder() {
  tree_.slots_.resize(16, {0, WildcardTree::kNone});
}

WildcardTree::SetId WildcardTreeBuilder::Add(const PathPattern& pattern,
                                             uint32_t spine, SetId next,
                                             size_t max_nodes) {
  const size_t begin = pattern.literal_prefix();
  const uint32_t root = RootAt(spine, begin);
  tree_.roots_[root].needs.Add(pattern, begin);
  NodeId node = WildcardTree::kNone;
  for (size_t i = begin; i < pattern.components.size(); ++i) {
    node = Child(node, root, pattern.components[i], max_nodes);
    if (node == WildcardTree::kNone) return node;
  }
  WildcardTree::Node& end = tree_.nodes_[node];
  SetId& set = pattern.subtree ? end.subtree_set : end.node_set;
  if (set != WildcardTree::kNone) return set;
  set = next;
  tree_.whole_.push_back({pattern, set, node});
  return set;
}

uint32_t WildcardTreeBuilder::RootAt(uint32_t spine, size_t depth) {
  const auto added =
      roots_.emplace(spine, static_cast<uint32_t>(tree_.roots_.size()));
  if (added.second) {
    tree_.roots_.push_back({spine, WildcardTree::kNone, NameNeeds()});
    tree_.root_places_.push_back(
        {static_cast<uint32_t>(depth), WildcardTree::kNone});
  }
  return added.first->second;
}

WildcardTree::NodeId WildcardTreeBuilder::Child(
    NodeId parent, uint32_t root, const PatternComponent& component,
    size_t max_nodes) {
  const bool full = tree_.nodes_.size() >= max_nodes ||
                    tree_.labels_.size() >= kMaxLabelBytes;
  if (component.kind == Kind::kLiteral) {
    const NodeId child = tree_.LiteralChild(parent, component.text);
    if (child != WildcardTree::kNone || full) return child;
    return AddNode(parent, root, component);
  }
  // The text of a glob is never "**".
  const bool any_depth = component.kind == Kind::kAnyDepth;
  const uint64_t key = parent == WildcardTree::kNone ? uint64_t{1} << 32 | root
                                                     : uint64_t{parent};
  std::pair<uint64_t, std::string> name(key, any_depth ? "**" : component.text);
  const auto found = wildcard_children_.find(name);
  if (found != wildcard_children_.end()) return found->second;
  if (full) return WildcardTree::kNone;
  const NodeId child = AddNode(parent, root, component);
  wildcard_children_.emplace(std::move(name), child);
  return child;
}

WildcardTree::NodeId WildcardTreeBuilder::AddNode(
    NodeId parent, uint32_t root, const PatternComponent& component) {
  constexpr NodeId kNone = WildcardTree::kNone;
  const NodeId id = static_cast<NodeId>(tree_.nodes_.size());
  const bool literal = component.kind == Kind::kLiteral;
  const bool glob = component.kind == Kind::kGlob;
  tree_.nodes_.push_back(
      {parent, root, static_cast<uint32_t>(tree_.labels_.size()),
       static_cast<uint16_t>(component.text.size()), component.kind, false,
       glob ? LiteralFront(component.text) : '\0',
       glob ? LiteralBack(component.text) : '\0',
       glob ? StarOf(component.text) : WildcardTree::kNoStar, kNone, kNone,
       kNone, kNone, 0});
  tree_.labels_ += component.text;
  if (parent != kNone) tree_.nodes_[parent].has_children = true;
  if (!literal) {
    NodeId& first =
        parent == kNone ? tree_.roots_[root].first : tree_.nodes_[parent].first;
    tree_.nodes_[id].next = first;
    first = id;
    return id;
  }
  tree_.nodes_[parent].literals |= NameBit(component.text);
  if (tree_.nodes_.size() * 2 > tree_.slots_.size()) {
    Rehash();
  } else {
    Link(id);
  }
  return id;
}

void WildcardTreeBuilder::Link(NodeId node) {
  const WildcardTree::Node& n = tree_.nodes_[node];
  const uint64_t hash = HashChild(n.parent, tree_.label(n));
  const size_t mask = tree_.slots_.size() - 1;
  size_t i = hash & mask;
  while (tree_.slots_[i].node != WildcardTree::kNone) i = (i + 1) & mask;
  tree_.slots_[i] = {TagOf(hash), node};
}

void WildcardTreeBuilder::Rehash() {
  size_t size = 16;
  while (size < tree_.nodes_.size() * 2) size *= 2;
  size *= 2;
  tree_.slots_.assign(size, {0, WildcardTree::kNone});
  for (NodeId id = 0; id < tree_.nodes_.size(); ++id) {
    if (tree_.nodes_[id].kind == Kind::kLiteral) Link(id);
  }
}

WildcardTree WildcardTreeBuilder::Build(absl::Span<const uint32_t> renamed) {
  for (WildcardTree::Root& root : tree_.roots_) root.node = renamed[root.node];
  tree_.labels_.shrink_to_fit();
  return std::move(tree_);
}

}  // namespace fs
}  // namespace postern
