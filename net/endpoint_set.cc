#include "net/endpoint_set.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "net/address_class.h"

namespace postern {
namespace net {
namespace {

using HostKind = HostPattern::Kind;
using PatternKind = EndpointPattern::Kind;

}  // namespace

// ---- Matching ----

size_t EndpointSet::EdgeHash::operator()(const EdgeView& edge) const {
  return absl::HashOf(edge.parent, edge.label);
}

size_t EndpointSet::EdgeHash::operator()(const Edge& edge) const {
  return absl::HashOf(edge.parent, absl::string_view(edge.label));
}

// Goes through lists for one port, telling of what covers `address`, or all
// entries if that is null.
class EndpointSet::PortVisitor {
 public:
  PortVisitor(const EndpointSet& set, absl::optional<uint32_t> port,
              Coverage coverage, Found found)
      : set_(set), port_(port), coverage_(coverage), found_(found) {}

  void set_address(const IpAddress* address) { address_ = address; }

  void Visit(ListId id) const {
    if (id == kNone) return;
    const List& list = set_.lists_[id];
    if (port_.has_value()) return Search(list.begin, list.end);
    for (uint32_t i = list.begin; i < list.end; ++i) {
      if (set_.entries_[i].first != 0) break;
      Tell(set_.entries_[i]);
    }
  }

 private:
  // As deep as the logarithm of the list's size.
  void Search(uint32_t begin, uint32_t end) const {
    if (begin == end) return;
    const uint32_t middle = begin + (end - begin) / 2;
    const Entry& entry = set_.entries_[middle];
    if (entry.max_last < *port_) return;
    Search(begin, middle);
    if (entry.first > *port_) return;
    if (entry.last >= *port_) Tell(entry);
    Search(middle + 1, end);
  }

  void Tell(const Entry& entry) const {
    if (entry.address_class == kNoClass || address_ == nullptr) {
      return found_(entry.set, coverage_);
    }
    const auto wanted = static_cast<AddressClass>(entry.address_class);
    if (ClassOf(*address_) == wanted) {
      found_(entry.set, coverage_);
    } else if (IsListedAs(wanted, *address_)) {
      found_(entry.set, Coverage::kAlias);
    }
  }

  const EndpointSet& set_;
  const absl::optional<uint32_t> port_;
  const Coverage coverage_;
  const Found found_;
  const IpAddress* address_ = nullptr;
};

EndpointSet::EndpointSet()
    : blocks_(1, Block{IpAddress(), 0, {kNone, kNone}, kNone}), names_(1) {}

void EndpointSet::MatchName(const Endpoint& endpoint, Found found) const {
  const PortVisitor visitor(*this, endpoint.port(), Coverage::kItself, found);
  visitor.Visit(any_host_);
  absl::string_view rest = endpoint.name();
  uint32_t node = 0;
  while (!rest.empty()) {
    visitor.Visit(names_[node].below);
    const size_t dot = rest.rfind('.');
    const bool first = dot == rest.npos;
    const auto edge =
        edges_.find(EdgeView{node, first ? rest : rest.substr(dot + 1)});
    if (edge == edges_.end()) return;
    node = edge->second;
    rest = first ? absl::string_view() : rest.substr(0, dot);
  }
  visitor.Visit(names_[node].exact);
}

void EndpointSet::WalkBlocks(const IpAddress& address,
                             const PortVisitor& visitor) const {
  const bool v4 = address.is_v4();
  for (uint32_t node = 0; node != kNone;) {
    const Block& block = blocks_[node];
    if (address.CommonBits(block.prefix) < block.bits) return;
    // IPv6 blocks that hold the mapped range do not hold IPv4 addresses.
    if (!v4 || block.bits >= IpAddress::kV4Begin) visitor.Visit(block.list);
    if (block.bits == IpAddress::kBits) return;
    node = block.children[address.bit(block.bits) ? 1 : 0];
  }
}

void EndpointSet::MatchEveryAddress(const Endpoint& endpoint,
                                    Found found) const {
  const PortVisitor visitor(*this, endpoint.port(), Coverage::kAlias, found);
  for (const Block& block : blocks_) {
    if (StandsForSomeOf(endpoint.address(), {block.prefix, block.bits})) {
      visitor.Visit(block.list);
    }
  }
}

void EndpointSet::MatchAddress(const Endpoint& endpoint, Purpose purpose,
                               Found found) const {
  const IpAddress& address = endpoint.address();
  PortVisitor itself(*this, endpoint.port(), Coverage::kItself, found);
  itself.Visit(any_host_);
  itself.set_address(&address);
  WalkBlocks(address, itself);
  PortVisitor aliases(*this, endpoint.port(), Coverage::kAlias, found);
  for (const IpAddress& alias : AliasesOf(address)) {
    aliases.set_address(&alias);
    WalkBlocks(alias, aliases);
  }
  if (StandsForEveryOwn(endpoint, purpose)) {
    MatchEveryAddress(endpoint, found);
  }
}

void EndpointSet::MatchPath(const Endpoint& endpoint, Found found) const {
  const PortVisitor visitor(*this, absl::nullopt, Coverage::kItself, found);
  const absl::string_view path = endpoint.path();
  // Hashes each beginning: no more of them than rules may be for.
  for (size_t end = 0; end < path.size() && end < longest_path_;) {
    end = std::min(path.find('/', end + 1), path.size());
    const auto found_path = paths_.find(path.substr(0, end));
    if (found_path != paths_.end()) visitor.Visit(found_path->second);
  }
}

void EndpointSet::MatchAbstract(const Endpoint& endpoint, Found found) const {
  const PortVisitor visitor(*this, absl::nullopt, Coverage::kItself, found);
  const absl::string_view name = endpoint.abstract();
  const auto exact = abstract_.find(name);
  if (exact != abstract_.end()) visitor.Visit(exact->second);
  for (size_t length : abstract_lengths_) {
    if (length > name.size()) break;
    const auto prefix = abstract_prefixes_.find(name.substr(0, length));
    if (prefix != abstract_prefixes_.end()) visitor.Visit(prefix->second);
  }
}

void EndpointSet::MatchVsock(const Endpoint& endpoint, Purpose purpose,
                             Found found) const {
  const PortVisitor itself(*this, endpoint.port(), Coverage::kItself, found);
  const auto own = vsock_.find(endpoint.cid());
  if (own != vsock_.end()) itself.Visit(own->second);
  if (!StandsForEveryOwn(endpoint, purpose)) return;
  const PortVisitor others(*this, endpoint.port(), Coverage::kAlias, found);
  for (const auto& cid : vsock_) others.Visit(cid.second);
}

void EndpointSet::Match(const Endpoint& endpoint, Purpose purpose,
                        Found found) const {
  switch (endpoint.kind()) {
    case Endpoint::Kind::kName:
      return MatchName(endpoint, found);
    case Endpoint::Kind::kAddress:
      return MatchAddress(endpoint, purpose, found);
    case Endpoint::Kind::kUnix:
      return MatchPath(endpoint, found);
    case Endpoint::Kind::kAbstract:
      return MatchAbstract(endpoint, found);
    case Endpoint::Kind::kVsock:
      return MatchVsock(endpoint, purpose, found);
  }
}

// ---- Building ----

EndpointSet::Builder::Builder() = default;

uint32_t EndpointSet::Builder::AddBlock(const IpAddress& prefix, int bits) {
  set_.blocks_.push_back({prefix.Prefix(bits), bits, {kNone, kNone}, kNone});
  return static_cast<uint32_t>(set_.blocks_.size() - 1);
}

// Goes down to the node of `block`; where the way parts from a node's prefix, a
// node for what they share is put in between.
EndpointSet::ListId* EndpointSet::Builder::ListForBlock(const Cidr& block) {
  std::vector<Block>& blocks = set_.blocks_;
  uint32_t node = 0;
  while (blocks[node].bits < block.bits) {
    const int side = block.base.bit(blocks[node].bits) ? 1 : 0;
    const uint32_t child = blocks[node].children[side];
    if (child == kNone) {
      const uint32_t leaf = AddBlock(block.base, block.bits);
      blocks[node].children[side] = leaf;
      return &blocks[leaf].list;
    }
    const int common =
        std::min(block.base.CommonBits(blocks[child].prefix), block.bits);
    if (common >= blocks[child].bits) {
      node = child;
      continue;
    }
    const uint32_t between = AddBlock(block.base, common);
    blocks[between].children[blocks[child].prefix.bit(common) ? 1 : 0] = child;
    blocks[node].children[side] = between;
    node = between;
  }
  return &blocks[node].list;
}

EndpointSet::ListId* EndpointSet::Builder::ListForName(
    const HostPattern& host) {
  absl::string_view rest = host.name;
  uint32_t node = 0;
  while (!rest.empty()) {
    const size_t dot = rest.rfind('.');
    const bool first = dot == rest.npos;
    const absl::string_view label = first ? rest : rest.substr(dot + 1);
    const auto next = static_cast<uint32_t>(set_.names_.size());
    const auto edge =
        set_.edges_.try_emplace(Edge{node, std::string(label)}, next);
    if (edge.second) set_.names_.emplace_back();
    node = edge.first->second;
    rest = first ? absl::string_view() : rest.substr(0, dot);
  }
  return host.kind == HostKind::kBelow ? &set_.names_[node].below
                                       : &set_.names_[node].exact;
}

// Where the list of the alternative's host is noted; kNone if there is none.
EndpointSet::ListId* EndpointSet::Builder::ListFor(
    const EndpointPattern& alternative) {
  switch (alternative.kind) {
    case PatternKind::kHost:
      switch (alternative.host.kind) {
        case HostKind::kAny:
          return &set_.any_host_;
        case HostKind::kName:
        case HostKind::kBelow:
          return ListForName(alternative.host);
        case HostKind::kBlock:
        case HostKind::kClass:
          return ListForBlock(alternative.host.block);
      }
      return nullptr;
    case PatternKind::kUnix:
      return &set_.paths_.try_emplace(alternative.name, kNone).first->second;
    case PatternKind::kAbstract: {
      TextLists& lists =
          alternative.prefix ? set_.abstract_prefixes_ : set_.abstract_;
      return &lists.try_emplace(alternative.name, kNone).first->second;
    }
    case PatternKind::kVsock:
      return &set_.vsock_.try_emplace(alternative.cid, kNone).first->second;
  }
  return nullptr;
}

EndpointSet::SetId EndpointSet::Builder::Add(
    const EndpointPattern& alternative) {
  const bool of_class = alternative.kind == PatternKind::kHost &&
                        alternative.host.kind == HostKind::kClass;
  std::string key = alternative.ToString();
  if (of_class) {
    absl::StrAppend(&key, " ", alternative.host.block.ToString());
  }
  const auto id = static_cast<SetId>(known_.size());
  const auto known = known_.try_emplace(std::move(key), id);
  if (!known.second) return known.first->second;
  ListId* list = ListFor(alternative);
  if (*list == kNone) {
    *list = static_cast<ListId>(lists_.size());
    lists_.emplace_back();
  }
  lists_[*list].push_back(
      {alternative.ports.first, alternative.ports.last, 0, id,
       of_class ? static_cast<int8_t>(alternative.host.address_class)
                : kNoClass});
  return id;
}

void EndpointSet::Builder::Arrange(std::vector<Entry>* entries, size_t begin,
                                   size_t end) {
  if (begin == end) return;
  const size_t middle = begin + (end - begin) / 2;
  Arrange(entries, begin, middle);
  Arrange(entries, middle + 1, end);
  uint32_t max = 0;
  for (size_t i :
       {begin + (middle - begin) / 2, middle + 1 + (end - middle - 1) / 2}) {
    if (i != middle && i < end) max = std::max(max, (*entries)[i].max_last);
  }
  (*entries)[middle].max_last = std::max(max, (*entries)[middle].last);
}

EndpointSet EndpointSet::Builder::Build() {
  for (std::vector<Entry>& list : lists_) {
    std::sort(list.begin(), list.end(), [](const Entry& a, const Entry& b) {
      return std::make_pair(a.first, a.set) < std::make_pair(b.first, b.set);
    });
    Arrange(&list, 0, list.size());
    const auto begin = static_cast<uint32_t>(set_.entries_.size());
    set_.entries_.insert(set_.entries_.end(), list.begin(), list.end());
    set_.lists_.push_back({begin, static_cast<uint32_t>(set_.entries_.size())});
  }
  for (const auto& path : set_.paths_) {
    set_.longest_path_ = std::max(set_.longest_path_, path.first.size());
  }
  for (const auto& prefix : set_.abstract_prefixes_) {
    set_.abstract_lengths_.push_back(prefix.first.size());
  }
  std::sort(set_.abstract_lengths_.begin(), set_.abstract_lengths_.end());
  set_.abstract_lengths_.erase(
      std::unique(set_.abstract_lengths_.begin(), set_.abstract_lengths_.end()),
      set_.abstract_lengths_.end());
  set_.entries_.shrink_to_fit();
  set_.blocks_.shrink_to_fit();
  set_.names_.shrink_to_fit();
  return std::move(set_);
}

}  // namespace net
}  // namespace postern
