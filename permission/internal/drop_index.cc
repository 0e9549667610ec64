#include "permission/internal/drop_index.h"

#include <algorithm>
#include <string>
#include <utility>

namespace postern {
namespace internal {
namespace {

using fs::PathTree;

std::vector<LayerTerms> LayerOfDrops() {
  return {{Effect::kAllow, Precedence::kDenyOverrides, Mode::kEnforce,
           /*conceal=*/false}};
}

// All that is in one index is on one permission: nothing has to tell for which.
Candidate MakeCandidate(uint32_t number) {
  Candidate candidate = {};
  candidate.permissions = UINT32_MAX;
  candidate.rule = number & Candidate::kMaxRules;
  candidate.effect_bits = static_cast<uint32_t>(Effect::kDeny) & 3;
  return candidate;
}

// Lowers a number as the tree finds patterns.
class Lowering final : public PathTree::Visitor {
 public:
  Lowering(const std::vector<uint32_t>& numbers, uint32_t* lowest)
      : numbers_(numbers), lowest_(*lowest) {}
  void OnMatch(PathTree::SetId set, bool) override {
    lowest_ = std::min(lowest_, numbers_[set]);
  }
  void OnBelow(uint32_t) override {}
  void OnGuess() override {}

 private:
  const std::vector<uint32_t>& numbers_;
  uint32_t& lowest_;
};

}  // namespace

DropIndex::DropIndex(Permission permission, absl::Span<const Drop* const> drops)
    : size_(drops.size()), layer_(LayerOfDrops()) {
  PathTree::Builder paths;
  for (const Drop* drop : drops) {
    if (drop->pattern.kind != ParsedPattern::Kind::kPaths) {
      Add(*drop);
      continue;
    }
    AddPaths(drop->pattern.paths, drop->number, &paths);
    // The own names of links are read; nothing else is done to them.
    if (permission == Permission::kFsRead) {
      AddPaths(drop->pattern.links, drop->number, &paths);
    }
  }
  BuildPaths(std::move(paths));
  const std::vector<LayerTerms> layers(1);
  names_.Build(layers);
  calls_.Build(layers);
  commands_.Build(layers);
  secrets_.Build(layers);
  endpoints_.Build();
}

void DropIndex::Add(const Drop& drop) {
  const Candidate candidate = MakeCandidate(drop.number);
  switch (drop.pattern.kind) {
    case ParsedPattern::Kind::kName:
      return names_.Add(drop.pattern.name, candidate, /*limits=*/nullptr);
    case ParsedPattern::Kind::kCall:
      return calls_.Add(drop.pattern.call, candidate, /*limits=*/nullptr);
    case ParsedPattern::Kind::kCommand:
      return commands_.Add(drop.pattern.command, candidate, /*limits=*/nullptr);
    case ParsedPattern::Kind::kSecret:
      return secrets_.Add(drop.pattern.secret, candidate, /*limits=*/nullptr);
    case ParsedPattern::Kind::kEndpoint:
      return endpoints_.Add(drop.pattern, candidate, /*limits=*/nullptr);
    case ParsedPattern::Kind::kWhole:
    case ParsedPattern::Kind::kPaths:
    case ParsedPattern::Kind::kPlainPath:
      return;  // none of them comes here
  }
}

void DropIndex::AddPaths(const std::vector<fs::PathPattern>& paths,
                         uint32_t number, PathTree::Builder* builder) {
  for (const fs::PathPattern& path : paths) {
    const PathTree::SetId set = builder->Add(path);
    if (set == PathTree::kNone) {
      unplaced_ = std::min(unplaced_, number);
    } else if (set == lowest_.size()) {
      lowest_.push_back(number);
    }
  }
}

// A node's number is above its parent's.
void DropIndex::BuildPaths(PathTree::Builder builder) {
  paths_ = builder.Build();
  beneath_.resize(paths_.spine_count());
  at_.resize(paths_.spine_count());
  for (PathTree::NodeId node = 0; node < beneath_.size(); ++node) {
    const PathTree::NodeId parent = paths_.parent(node);
    const uint32_t above =
        parent == PathTree::kNone ? unplaced_ : beneath_[parent];
    beneath_[node] = std::min(above, LowestOf(paths_.subtree_set(node)));
    at_[node] = std::min(beneath_[node], LowestOf(paths_.node_set(node)));
  }
}

absl::optional<uint32_t> DropIndex::FindPath(
    const fs::PathComponents& path) const {
  const PathTree::Place place = paths_.Find(path);
  uint32_t lowest = place.exact ? at_[place.node] : beneath_[place.node];
  if (paths_.HasWildcardsAbove(place.node)) {
    Lowering lowering(lowest_, &lowest);
    paths_.MatchWildcards(path, place.node, &lowering);
  }
  if (lowest == kNone) return absl::nullopt;
  return lowest;
}

absl::optional<uint32_t> DropIndex::FindOne(const Query& query) const {
  Contest contest(layer_);
  contest.NameTheLowest();
  const auto evaluate = [&](const net::Endpoint& endpoint) {
    const auto unlimited = [](const Candidate&, const RuleLimits&) {
      return true;
    };
    for (auto hosts :
         {EndpointIndex::Hosts::kEvery, EndpointIndex::Hosts::kOne}) {
      endpoints_.Evaluate(endpoint, query.permission_bit(), hosts, unlimited,
                          &contest);
    }
  };
  switch (query.access().form()) {
    case Access::Form::kName:
      names_.Evaluate(query, &contest);
      break;
    case Access::Form::kCall:
      calls_.Evaluate(query, &contest);
      break;
    case Access::Form::kCommand:
      commands_.Evaluate(query, &contest);
      break;
    case Access::Form::kSecret:
      secrets_.Evaluate(query, &contest);
      break;
    case Access::Form::kResolved:
      evaluate(query.address());
      evaluate(query.endpoint());
      break;
    case Access::Form::kEndpoint:
      evaluate(query.endpoint());
      break;
    case Access::Form::kPath:
    case Access::Form::kSubtree:
    case Access::Form::kWhole:
      break;  // others are asked
  }
  if (!contest[0].matched) return absl::nullopt;
  return contest[0].rule;
}

bool DropIndex::MayMatchWithin(const Query& query) const {
  if (query.access().form() != Access::Form::kSubtree) return true;
  return FindPath(query.path()).has_value() ||
         paths_.AnyBoundaryBelow(query.path());
}

bool DropIndex::Covers(const fs::PathPattern& pattern) const {
  std::string prefix;
  for (size_t i = 0; i < pattern.literal_prefix(); ++i) {
    prefix += '/';
    prefix += pattern.components[i].text;
  }
  fs::AnyPathComponents path;
  return path.Split("/", prefix.empty() ? "/" : prefix) &&
         beneath_[paths_.Find(path).node] != kNone;
}

}  // namespace internal
}  // namespace postern
