#include "fs/path_tree.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/types/optional.h"
#include "fs/prefix_hash.h"
#include "fs/preorder.h"

namespace postern {
namespace fs {
namespace {

// Whether `path` is `ancestor`, "" being the root, or lies beneath it. Both are
// in normal form.
bool IsAtOrBelow(absl::string_view path, absl::string_view ancestor) {
  return path.size() >= ancestor.size() &&
         (path.size() == ancestor.size() || path[ancestor.size()] == '/') &&
         std::memcmp(path.data(), ancestor.data(), ancestor.size()) == 0;
}

// Preorder: by bytes, but the slash comes before all others.
bool ComesBefore(absl::string_view a, absl::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  size_t i = 0;
  for (uint64_t x, y; i + 8 <= size; i += 8) {
    std::memcpy(&x, a.data() + i, 8);
    std::memcpy(&y, b.data() + i, 8);
    if (x != y) break;
  }
  while (i < size && a[i] == b[i]) ++i;
  if (i == size) return a.size() < b.size();
  if (a[i] == '/' || b[i] == '/') return a[i] == '/';
  return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
}

uint16_t DepthOf(absl::string_view path) {
  return static_cast<uint16_t>(std::count(path.begin(), path.end(), '/'));
}

}  // namespace

PathTree::PathTree() : text_(nullptr), seed_(0) {
  own_text_ = std::make_unique<TextArena>();
  text_ = own_text_.get();
  nodes_.push_back({0, kNone, kNone, 0, 0, 0, 0});
}

PathTree::Place PathTree::Find(const PathComponents& path) const {
  return nodes_.size() <= kFewNodes ? FindAmongFew(path.text())
                                    : FindByHash(path);
}

// In preorder the last one at or above is the deepest.
PathTree::Place PathTree::FindAmongFew(absl::string_view path) const {
  NodeId id = static_cast<NodeId>(nodes_.size() - 1);
  while (!IsAtOrBelow(path, text(nodes_[id]))) --id;
  return {id, nodes_[id].size == path.size()};
}

// Asks for all beginnings of the path, from the longest on, some at once: the
// processor waits for all their cache lines together, and whether one is there
// makes it guess only once.
PathTree::Place PathTree::FindByHash(const PathComponents& path) const {
  const PrefixHashes& hashes = path.hashes(seed_);
  constexpr size_t kAtOnce = 16;
  const size_t deepest = std::min(path.size(), max_depth_);
  for (size_t end = deepest + 1; end > min_depth_;) {
    const size_t begin = std::max(min_depth_, end - std::min(end, kAtOnce));
    size_t hits[kAtOnce];  // depths
    size_t count = 0;
    for (size_t depth = end; depth-- > begin;) {
      hits[count] = depth;
      count += table_.MayHold(hashes.At(path.end(depth)));
    }
    for (size_t i = 0; i < count; ++i) {
      const size_t size = path.end(hits[i]);
      const absl::string_view name(path.text().data(), size);
      NodeId node = 0;
      if (table_.Find(hashes.At(size), [&](PrefixTable::Pair pair) {
            node = pair.first;
            return IsAt(pair, name);
          })) {
        return {node, hits[i] == path.size()};
      }
    }
    end = begin;
  }
  return {0, path.size() == 0};
}

void PathTree::MatchWildcards(const PathComponents& path, NodeId found,
                              Visitor* visitor) const {
  if (!HasWildcardsAbove(found)) return;
  wildcards_.MatchPath(path, nearest_roots_[found], visitor);
}

PathTree::Place PathTree::Match(const PathComponents& path,
                                Visitor* visitor) const {
  const Place place = Find(path);
  if (HasWildcardsAbove(place.node)) {
    wildcards_.Match(path, nearest_roots_[place.node], visitor);
  }
  return place;
}

PathTree::Interval PathTree::SpineBelow(const PathComponents& path) const {
  const absl::string_view above = path.text();
  const auto first = std::partition_point(
      nodes_.begin(), nodes_.end(),
      [&](const Node& node) { return !ComesBefore(above, text(node)); });
  const auto last = std::partition_point(
      first, nodes_.end(),
      [&](const Node& node) { return IsAtOrBelow(text(node), above); });
  return {static_cast<NodeId>(first - nodes_.begin()),
          static_cast<NodeId>(last - nodes_.begin())};
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
  void OnBelow(uint32_t node) override {
    found_ = found_ || tree_.wildcards_.has_children(node);
  }
  void OnGuess() override { found_ = true; }
  bool Look(const PathComponents& path) {
    const Place place = tree_.Match(path, this);
    return found_ || tree_.root_index(place) != kNone ||
           !tree_.SpineBelow(path).empty();
  }

 private:
  const PathTree& tree_;
  const Covering covering_;
  bool found_ = false;
};

bool PathTree::AnyBoundaryBelow(const PathComponents& path) const {
  return AnyBelow(*this, AnyBelow::Covering::kDoesNotCount).Look(path);
}

// The patterns that have to do with names strictly below a path: those with
// wildcards that match all of them, and the nodes from which more may match.
class PathTree::Reach final : public Visitor {
 public:
  Reach(const PathTree& tree, const PathComponents& path) : tree_(tree) {
    const Place place = tree.Match(path, this);
    const Interval below = tree.SpineBelow(path);
    // What goes on below is there under this path alone.
    if (!below.empty() || tree.root_index(place) != kNone) {
      spine_.emplace(path.text());
    }
  }
  void OnMatch(SetId set, bool subtree) override {
    if (subtree) sets_.insert(set);
  }
  void OnBelow(uint32_t node) override {
    if (tree_.wildcards_.has_children(node)) nodes_.insert(node);
  }
  void OnGuess() override { guessed_ = true; }

  bool SameAs(const Reach& other) const {
    return !guessed_ && !other.guessed_ && spine_ == other.spine_ &&
           sets_ == other.sets_ && nodes_ == other.nodes_;
  }

 private:
  const PathTree& tree_;
  absl::optional<std::string> spine_;  // the path if a pattern goes on below
  absl::flat_hash_set<SetId> sets_;
  absl::flat_hash_set<uint32_t> nodes_;
  bool guessed_ = false;
};

bool PathTree::SameBelow(const PathComponents& a,
                         const PathComponents& b) const {
  return Reach(*this, a).SameAs(Reach(*this, b));
}

bool PathTree::AnyWildcardBelow(const PathComponents& path) const {
  return has_wildcards() &&
         AnyBelow(*this, AnyBelow::Covering::kCounts).Look(path);
}

// Each pattern below matches `path`, so its literal beginning is one of it, and
// the length of that says all.
void PathTree::FindNamed(const PathComponents& path, size_t literals,
                         absl::FunctionRef<void(SetId)> found) const {
  const Place place = Find(path);
  if (place.exact && depth(place.node) >= literals &&
      node_set(place.node) != kNone) {
    found(node_set(place.node));
  }
  for (NodeId node = place.node; node != kNone && depth(node) >= literals;
       node = parent(node)) {
    if (subtree_set(node) != kNone) found(subtree_set(node));
  }
  wildcards_.ForEachMatch(path, literals, found);
}

// The nodes of the spine as they come, found by a table that grows with them.
class PathTree::Builder::Spine {
 public:
  Spine(TextArena* text, size_t max_nodes)
      : max_nodes_(max_nodes), seed_(ProcessSeed()) {
    if (text == nullptr)
      own_text_ = std::make_unique<TextArena>(kMaxOwnTextBytes);
    text_ = text == nullptr ? own_text_.get() : text;
    nodes_.push_back({0, kNone, kNone, 0, 0, 0, 0});
  }

  SetId Add(const PathPattern& pattern);
  SetId AddLiteral(uint32_t offset, size_t size, bool subtree);
  PathTree Build(std::vector<SetId>* numbers);

 private:
  static constexpr size_t kFirstRoom = 64;
  static constexpr size_t kMaxOwnTextBytes = size_t{1} << 30;

  absl::string_view TextOf(const Node& node) const {
    return text_->text(node.text, node.size);
  }
  NodeId FindOrAdd(absl::string_view name, absl::optional<uint32_t> offset);
  NodeId NodeFor(const PathPattern& pattern, size_t count);
  SetId SetAt(NodeId id, bool subtree);
  void Grow();
  std::vector<NodeId> Order();
  void SetParents(PathTree* tree);
  void FillTable(PathTree* tree);
  void SetRoots(PathTree* tree);
  void SkipSilentParents(PathTree* tree);
  void NumberSets(PathTree* tree, std::vector<SetId>* numbers);

  const size_t max_nodes_;
  const uint64_t seed_;
  TextArena* text_;
  std::unique_ptr<TextArena> own_text_;
  std::vector<Node, LargePages<Node>> nodes_;
  std::vector<SetPair> pairs_;
  PrefixTable table_{kFirstRoom};
  size_t room_ = kFirstRoom;
  size_t set_count_ = 0;
  WildcardTreeBuilder wildcards_;
};

PathTree::NodeId PathTree::Builder::Spine::FindOrAdd(
    absl::string_view name, absl::optional<uint32_t> offset) {
  if (name.empty()) return 0;
  const uint64_t hash = PrefixHashes::Of(seed_, name);
  NodeId found = kNone;
  table_.Find(hash, [&](PrefixTable::Pair pair) {
    if (TextOf(nodes_[pair.first]) != name) return false;
    found = pair.first;
    return true;
  });
  if (found != kNone) return found;
  if (nodes_.size() + wildcards_.node_count() >= max_nodes_) return kNone;
  const uint16_t depth = DepthOf(name);
  const uint16_t size = static_cast<uint16_t>(name.size());
  if (!offset) offset = text_->Append(name);
  if (!offset) return kNone;
  const NodeId id = static_cast<NodeId>(nodes_.size());
  nodes_.push_back({*offset, kNone, kNone, size, depth, 0, 0});
  if (id >= room_) {
    Grow();
  } else {
    table_.Insert(hash, {id, *offset});
  }
  return id;
}

void PathTree::Builder::Spine::Grow() {
  room_ *= 2;
  table_ = PrefixTable(room_);
  for (NodeId id = 1; id < nodes_.size(); ++id) {
    const absl::string_view name = TextOf(nodes_[id]);
    table_.Insert(PrefixHashes::Of(seed_, name), {id, nodes_[id].text});
  }
}

PathTree::SetId PathTree::Builder::Spine::SetAt(NodeId id, bool subtree) {
  Node& node = nodes_[id];
  const bool known = subtree ? node.has_subtree_set : node.has_node_set;
  const bool other = subtree ? node.has_node_set : node.has_subtree_set;
  if (known && other) {
    return subtree ? pairs_[node.set].subtree : pairs_[node.set].node;
  }
  if (known) return node.set;
  const SetId set = static_cast<SetId>(set_count_++);
  if (other) {
    pairs_.push_back(subtree ? SetPair{node.set, set} : SetPair{set, node.set});
    node.set = static_cast<uint32_t>(pairs_.size() - 1);
  } else {
    node.set = set;
  }
  if (subtree) {
    node.has_subtree_set = 1;
  } else {
    node.has_node_set = 1;
  }
  return set;
}

PathTree::NodeId PathTree::Builder::Spine::NodeFor(const PathPattern& pattern,
                                                   size_t count) {
  std::string name;
  for (size_t i = 0; i < count; ++i) {
    name += '/';
    name += pattern.components[i].text;
  }
  return FindOrAdd(name, absl::nullopt);
}

PathTree::SetId PathTree::Builder::Spine::Add(const PathPattern& pattern) {
  const size_t literals = pattern.literal_prefix();
  const NodeId node = NodeFor(pattern, literals);
  if (node == kNone) return kNone;
  if (literals == pattern.components.size()) {
    return SetAt(node, pattern.subtree);
  }
  const SetId next = static_cast<SetId>(set_count_);
  const SetId set =
      wildcards_.Add(pattern, node, next, max_nodes_ - nodes_.size());
  if (set == next) ++set_count_;
  return set;
}

PathTree::SetId PathTree::Builder::Spine::AddLiteral(uint32_t offset,
                                                     size_t size,
                                                     bool subtree) {
  const NodeId node = FindOrAdd(text_->text(offset, size), offset);
  return node == kNone ? kNone : SetAt(node, subtree);
}

// The nodes' numbers in preorder.
std::vector<PathTree::NodeId> PathTree::Builder::Spine::Order() {
  std::vector<NodeId> order(nodes_.size());
  for (NodeId id = 0; id < order.size(); ++id) order[id] = id;
  SortInPreorder([this](NodeId id) { return TextOf(nodes_[id]); }, &order);
  return order;
}

// The nearest node before it that is above it.
void PathTree::Builder::Spine::SetParents(PathTree* tree) {
  for (NodeId id = 1; id < tree->nodes_.size(); ++id) {
    NodeId above = id - 1;
    while (
        !IsAtOrBelow(TextOf(tree->nodes_[id]), TextOf(tree->nodes_[above]))) {
      above = tree->nodes_[above].parent;
    }
    tree->nodes_[id].parent = above;
  }
}

void PathTree::Builder::Spine::FillTable(PathTree* tree) {
  tree->seed_ = seed_;
  if (tree->nodes_.size() <= kFewNodes) return;
  tree->table_ = PrefixTable(tree->nodes_.size());
  tree->min_depth_ = kMaxPathBytes;
  for (NodeId id = 1; id < tree->nodes_.size(); ++id) {
    const absl::string_view name = TextOf(tree->nodes_[id]);
    tree->table_.Insert(PrefixHashes::Of(seed_, name),
                        {id, tree->nodes_[id].text});
    const size_t depth = tree->nodes_[id].depth;
    tree->min_depth_ = std::min(tree->min_depth_, depth);
    tree->max_depth_ = std::max(tree->max_depth_, depth);
  }
}

void PathTree::Builder::Spine::SetRoots(PathTree* tree) {
  const std::vector<WildcardTree::Root>& roots = tree->wildcards_.roots();
  if (roots.empty()) return;
  std::vector<uint32_t>& nearest = tree->nearest_roots_;
  nearest.assign(tree->nodes_.size(), kNone);
  for (uint32_t i = 0; i < roots.size(); ++i) nearest[roots[i].node] = i;
  for (NodeId id = 1; id < tree->nodes_.size(); ++id) {
    const uint32_t above = nearest[tree->nodes_[id].parent];
    if (nearest[id] == kNone) {
      nearest[id] = above;
    } else {
      WildcardTreeBuilder::SetAbove(nearest[id], above, &tree->wildcards_);
    }
  }
}

// From now on parents without a set for all beneath them are passed over.
void PathTree::Builder::Spine::SkipSilentParents(PathTree* tree) {
  for (NodeId id = 1; id < tree->nodes_.size(); ++id) {
    const Node& parent = tree->nodes_[tree->nodes_[id].parent];
    const bool silent = !parent.has_subtree_set && parent.parent != kNone;
    if (silent) tree->nodes_[id].parent = parent.parent;
  }
}

void PathTree::Builder::Spine::NumberSets(PathTree* tree,
                                          std::vector<SetId>* numbers) {
  numbers->assign(set_count_, kNone);
  SetId next = static_cast<SetId>(tree->nodes_.size());
  for (NodeId id = 0; id < tree->nodes_.size(); ++id) {
    Node& node = tree->nodes_[id];
    if (tree->HasOneSet(id)) {
      (*numbers)[node.set] = id;
      node.set = id;
    } else if (node.has_node_set) {
      SetPair& pair = pairs_[node.set];
      (*numbers)[pair.subtree] = id;
      (*numbers)[pair.node] = next;
      pair = {next++, id};
    }
  }
  tree->wildcards_.ForEachSet([&](SetId* set) {
    (*numbers)[*set] = next;
    *set = next++;
  });
  set_count_ = next;
}

PathTree PathTree::Builder::Spine::Build(std::vector<SetId>* numbers) {
  PathTree tree;
  table_ = PrefixTable();
  tree.nodes_.clear();
  tree.nodes_.reserve(nodes_.size());
  std::vector<NodeId> renamed(nodes_.size());
  for (NodeId id : Order()) {
    renamed[id] = static_cast<NodeId>(tree.nodes_.size());
    tree.nodes_.push_back(nodes_[id]);
  }
  nodes_ = {};
  SetParents(&tree);
  FillTable(&tree);
  tree.wildcards_ = wildcards_.Build(renamed);
  SetRoots(&tree);
  SkipSilentParents(&tree);
  if (numbers != nullptr) NumberSets(&tree, numbers);
  pairs_.shrink_to_fit();
  tree.pairs_ = std::move(pairs_);
  tree.set_count_ = set_count_;
  tree.text_ = text_;
  tree.own_text_ = std::move(own_text_);
  return tree;
}

PathTree::Builder::Builder(TextArena* text, size_t max_nodes)
    : spine_(std::make_unique<Spine>(text, max_nodes)) {}
PathTree::Builder::~Builder() = default;
PathTree::Builder::Builder(Builder&&) noexcept = default;
PathTree::Builder& PathTree::Builder::operator=(Builder&&) noexcept = default;

PathTree::SetId PathTree::Builder::Add(const PathPattern& pattern) {
  return spine_->Add(pattern);
}

PathTree::SetId PathTree::Builder::AddLiteral(uint32_t offset, size_t size,
                                              bool subtree) {
  return spine_->AddLiteral(offset, size, subtree);
}

PathTree PathTree::Builder::Build() { return BuildByNode(nullptr); }

PathTree PathTree::Builder::BuildByNode(std::vector<SetId>* numbers) {
  PathTree tree = spine_->Build(numbers);
  spine_ = nullptr;
  return tree;
}

}  // namespace fs
}  // namespace postern
