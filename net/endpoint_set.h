#ifndef POSTERN_NET_ENDPOINT_SET_H_
#define POSTERN_NET_ENDPOINT_SET_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "net/coverage.h"
#include "net/endpoint.h"
#include "net/endpoint_pattern.h"
#include "net/purpose.h"

namespace postern {
namespace net {

// An immutable index that finds the patterns which cover an endpoint: a binary
// trie for addresses, a trie of labels for names, ports sorted at each host.
// It knows no policy: each different alternative has a set id, a dense number,
// and what that stands for is its owner's affair.
// Thread-safe. Matching neither allocates nor locks. Its cost grows with the
// bits of an address or the labels of a name, the logarithm of the patterns for
// one host, and with the patterns that match; to listen on an address that
// stands for all, with all patterns for addresses.
class EndpointSet {
 public:
  using SetId = uint32_t;
  static constexpr SetId kNone = UINT32_MAX;
  // Is called for each set that covers the endpoint, for some more than once;
  // never with Coverage::kNone.
  using Found = absl::FunctionRef<void(SetId set, Coverage coverage)>;

  class Builder;

  // An empty set.
  EndpointSet();

  void Match(const Endpoint& endpoint, Purpose purpose, Found found) const;

 private:
  using ListId = uint32_t;

  // One alternative of a list, for the host that the list belongs to. Lists
  // are sorted by `first`; a list's middle one is the root of a search tree.
  struct Entry {
    uint32_t first, last;  // ports
    uint32_t max_last;     // of the entry's subtree
    SetId set;
    int8_t address_class;  // or kNoClass: of a block
  };
  static constexpr int8_t kNoClass = -1;
  struct List {
    uint32_t begin = 0, end = 0;  // in entries_
  };
  // A node of the binary trie; its children's prefixes begin with its own.
  struct Block {
    IpAddress prefix;
    int bits;
    uint32_t children[2];
    ListId list;
  };
  struct Name {
    ListId exact = kNone;
    ListId below = kNone;
  };
  // A label below a node of the name trie.
  struct EdgeView {
    uint32_t parent;
    absl::string_view label;
  };
  struct Edge {
    uint32_t parent;
    std::string label;
  };
  struct EdgeHash {
    using is_transparent = void;
    size_t operator()(const EdgeView& edge) const;
    size_t operator()(const Edge& edge) const;
  };
  struct EdgeEqual {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return a.parent == b.parent &&
             absl::string_view(a.label) == absl::string_view(b.label);
    }
  };
  using TextLists = absl::flat_hash_map<std::string, ListId>;
  class PortVisitor;

  void MatchName(const Endpoint& endpoint, Found found) const;
  void MatchAddress(const Endpoint& endpoint, Purpose purpose,
                    Found found) const;
  void MatchEveryAddress(const Endpoint& endpoint, Found found) const;
  void WalkBlocks(const IpAddress& address, const PortVisitor& visitor) const;
  void MatchPath(const Endpoint& endpoint, Found found) const;
  void MatchAbstract(const Endpoint& endpoint, Found found) const;
  void MatchVsock(const Endpoint& endpoint, Purpose purpose, Found found) const;

  std::vector<Entry> entries_;
  std::vector<List> lists_;
  ListId any_host_ = kNone;
  std::vector<Block> blocks_;  // the root is 0
  std::vector<Name> names_;    // the root is 0
  absl::flat_hash_map<Edge, uint32_t, EdgeHash, EdgeEqual> edges_;
  TextLists paths_, abstract_, abstract_prefixes_;
  size_t longest_path_ = 0;               // in paths_
  std::vector<size_t> abstract_lengths_;  // of prefixes, ascending
  absl::flat_hash_map<uint32_t, ListId> vsock_;
};

// Collects alternatives. Not thread-safe.
class EndpointSet::Builder {
 public:
  Builder();
  // Returns the set id of `alternative`. Equal alternatives share one.
  SetId Add(const EndpointPattern& alternative);
  // The set of all that was added. The builder is spent.
  EndpointSet Build();

 private:
  ListId* ListFor(const EndpointPattern& alternative);
  ListId* ListForBlock(const Cidr& block);
  uint32_t AddBlock(const IpAddress& prefix, int bits);
  ListId* ListForName(const HostPattern& host);
  void Arrange(std::vector<Entry>* entries, size_t begin, size_t end);

  EndpointSet set_;
  std::vector<std::vector<Entry>> lists_;
  absl::flat_hash_map<std::string, SetId> known_;
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_ENDPOINT_SET_H_
