#ifndef POSTERN_PERMISSION_INTERNAL_ENDPOINT_INDEX_H_
#define POSTERN_PERMISSION_INTERNAL_ENDPOINT_INDEX_H_

#include <cstddef>
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
#include "net/endpoint_set.h"
#include "net/purpose.h"
#include "permission/internal/contest.h"
#include "permission/internal/parsed_pattern.h"

namespace postern {
namespace internal {

// The rules for endpoints and host names, on one net::EndpointSet.
class EndpointIndex {
 public:
  // `limits` is null or outlives the index.
  void Add(const ParsedPattern& pattern, Candidate candidate,
           const RuleLimits* limits);
  void Build();

  // Offers the rules for the permissions of `bit` that cover `endpoint`, of
  // limited ones those that hold(candidate, limits).
  using Holds = absl::FunctionRef<bool(const Candidate&, const RuleLimits&)>;
  enum class Hosts : uint8_t {
    kEvery,  // the rules for a port alone
    kOne,    // the others
  };
  void Evaluate(const net::Endpoint& endpoint, uint32_t bit, Hosts hosts,
                Holds holds, Contest* contest) const;
  // By layer, a bit each: a rule that decides what `named` says of the name
  // `name`, and does not deny, lets it lead to `address`.
  uint64_t LayersLeadingTo(const net::Endpoint& name,
                           const net::Endpoint& address, uint32_t bit,
                           Holds holds, const Contest& named) const;
  // Whether a rule is for a unix socket that has its name strictly beneath
  // `directory`, canonical.
  bool NamesSocketWithin(absl::string_view directory) const;
  // Of two that won in one layer.
  bool IsAbove(const Winner& a, const Winner& b) const {
    return RankOf(a.set) > RankOf(b.set);
  }

 private:
  using Addresses = std::vector<net::EndpointPattern>;
  // The rules of one alternative and one list of addresses that names may lead
  // to.
  struct Set {
    net::EndpointPattern pattern;
    uint64_t rank;
    Addresses resolves_to;
    std::vector<Candidate> rules;
  };
  struct LimitedSet {
    Set set;
    const RuleLimits* limits;
  };

  uint32_t SetFor(const net::EndpointPattern& alternative,
                  const Addresses& resolves_to);
  static std::string Text(const Addresses& addresses);
  // found(set, coverage) for every set that covers `endpoint` and holds.
  template <typename Found>
  void Visit(const net::Endpoint& endpoint, uint32_t bit, Holds holds,
             Found found) const;
  void Offer(const Set& set, net::Coverage coverage, uint32_t bit,
             Contest* contest) const;
  static Hosts HostsOf(uint64_t rank) {
    return rank >> 32 != 0 ? Hosts::kOne : Hosts::kEvery;
  }
  static size_t Index(Hosts hosts) { return static_cast<size_t>(hosts); }
  // Rules without a resource come below every rank.
  uint64_t RankOf(uint32_t set) const {
    return set == Candidate::kWholeSet ? 0 : uint64_t{1} + ranks_[set];
  }

  net::EndpointSet::Builder builder_;
  net::EndpointSet index_;
  std::vector<Set> sets_;
  std::vector<std::vector<uint32_t>> sets_of_;  // by id in index_
  // By id and by the text of the addresses; spent by Build().
  absl::flat_hash_map<std::pair<uint32_t, std::string>, uint32_t> known_;
  std::vector<LimitedSet> limited_;
  std::vector<std::string>
      sockets_;                   // by path, of all rules; sorted by Build()
  uint32_t permissions_[2] = {};  // by Index(): of all rules together
  std::vector<uint64_t> ranks_;   // by set, those of limited_ after the others
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_ENDPOINT_INDEX_H_
