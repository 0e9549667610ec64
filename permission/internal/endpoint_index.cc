#include "permission/internal/endpoint_index.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace postern {
namespace internal {
namespace {

net::Purpose PurposeOf(uint32_t bit) {
  return bit == PermissionSet(Permission::kNetListen).bits()
             ? net::Purpose::kListen
             : net::Purpose::kConnect;
}

bool LeadsTo(const std::vector<net::EndpointPattern>& addresses,
             const net::Endpoint& address, net::Purpose purpose) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const net::EndpointPattern& pattern) {
                       return net::CoverageOf(pattern, address, purpose) ==
                              net::Coverage::kItself;
                     });
}

}  // namespace

std::string EndpointIndex::Text(const Addresses& addresses) {
  return absl::StrJoin(
      addresses, " ",
      [](std::string* out, const net::EndpointPattern& pattern) {
        absl::StrAppend(out, pattern.ToString(), "/",
                        pattern.host.block.ToString());
      });
}

uint32_t EndpointIndex::SetFor(const net::EndpointPattern& alternative,
                               const Addresses& resolves_to) {
  const net::EndpointSet::SetId id = builder_.Add(alternative);
  if (id == sets_of_.size()) sets_of_.emplace_back();
  const auto next = static_cast<uint32_t>(sets_.size());
  const auto known = known_.try_emplace({id, Text(resolves_to)}, next);
  if (!known.second) return known.first->second;
  sets_.push_back({alternative, net::RankOf(alternative), resolves_to, {}});
  sets_of_[id].push_back(next);
  return next;
}

void EndpointIndex::Add(const ParsedPattern& pattern, Candidate candidate,
                        const RuleLimits* limits) {
  for (const net::EndpointPattern& alternative : pattern.endpoints) {
    if (alternative.kind == net::EndpointPattern::Kind::kUnix) {
      sockets_.push_back(alternative.name);
    }
    permissions_[Index(HostsOf(net::RankOf(alternative)))] |=
        candidate.permissions;
    if (limits != nullptr) {
      limited_.push_back({{alternative,
                           net::RankOf(alternative),
                           pattern.resolves_to,
                           {candidate}},
                          limits});
      continue;
    }
    candidate.set = SetFor(alternative, pattern.resolves_to);
    sets_[candidate.set].rules.push_back(candidate);
  }
}

// Of equal rules of a set the first one is enough, unless they ask: each of
// those wants an answer.
void EndpointIndex::Build() {
  for (Set& set : sets_) {
    std::vector<Candidate> kept, asking;
    for (const Candidate& rule : set.rules) {
      if (rule.effect() == Effect::kAsk) {
        asking.push_back(rule);
        continue;
      }
      const bool known =
          std::any_of(kept.begin(), kept.end(), [&](const Candidate& other) {
            return other.layer == rule.layer &&
                   other.effect_bits == rule.effect_bits &&
                   (rule.permissions & ~other.permissions) == 0;
          });
      if (!known) kept.push_back(rule);
    }
    kept.insert(kept.end(), asking.begin(), asking.end());
    set.rules = std::move(kept);
    ranks_.push_back(set.rank);
  }
  for (LimitedSet& limited : limited_) {
    limited.set.rules[0].set = static_cast<uint32_t>(ranks_.size());
    ranks_.push_back(limited.set.rank);
  }
  index_ = builder_.Build();
  known_.clear();
  std::sort(sockets_.begin(), sockets_.end());
}

bool EndpointIndex::NamesSocketWithin(absl::string_view directory) const {
  const std::string within = absl::StrCat(directory, "/");
  const auto it = std::lower_bound(sockets_.begin(), sockets_.end(), within);
  return it != sockets_.end() && absl::StartsWith(*it, within);
}

template <typename Found>
void EndpointIndex::Visit(const net::Endpoint& endpoint, uint32_t bit,
                          Holds holds, Found found) const {
  const net::Purpose purpose = PurposeOf(bit);
  index_.Match(endpoint, purpose,
               [&](net::EndpointSet::SetId id, net::Coverage coverage) {
                 for (uint32_t set : sets_of_[id]) found(sets_[set], coverage);
               });
  for (const LimitedSet& rule : limited_) {
    const Candidate& candidate = rule.set.rules[0];
    if ((candidate.permissions & bit) == 0) continue;
    if (!holds(candidate, *rule.limits)) continue;
    const net::Coverage coverage =
        net::CoverageOf(rule.set.pattern, endpoint, purpose);
    if (coverage != net::Coverage::kNone) found(rule.set, coverage);
  }
}

// What covers but an alias is not known to be meant: a match for deny and ask.
void EndpointIndex::Offer(const Set& set, net::Coverage coverage, uint32_t bit,
                          Contest* contest) const {
  for (const Candidate& candidate : set.rules) {
    if ((candidate.permissions & bit) == 0 ||
        (coverage != net::Coverage::kItself &&
         candidate.effect() == Effect::kAllow)) {
      continue;
    }
    contest->OfferOne(candidate, [this](uint32_t a, uint32_t b) {
      const uint64_t left = RankOf(a), right = RankOf(b);
      return left < right ? -1 : left > right ? 1 : 0;
    });
  }
}

void EndpointIndex::Evaluate(const net::Endpoint& endpoint, uint32_t bit,
                             Hosts hosts, Holds holds, Contest* contest) const {
  if ((permissions_[Index(hosts)] & bit) == 0) return;
  Visit(endpoint, bit, holds, [&](const Set& set, net::Coverage coverage) {
    if (HostsOf(set.rank) == hosts) Offer(set, coverage, bit, contest);
  });
}

uint64_t EndpointIndex::LayersLeadingTo(const net::Endpoint& name,
                                        const net::Endpoint& address,
                                        uint32_t bit, Holds holds,
                                        const Contest& named) const {
  uint64_t layers = 0;
  const auto decides = [&](const Candidate& rule, uint64_t rank) {
    const Winner& winner = named[rule.layer];
    return (rule.permissions & bit) != 0 && winner.matched &&
           winner.effect == rule.effect() && winner.effect != Effect::kDeny &&
           (named.info(rule.layer).precedence == Precedence::kDenyOverrides ||
            RankOf(winner.set) == uint64_t{1} + rank);
  };
  Visit(name, bit, holds, [&](const Set& set, net::Coverage) {
    if (set.resolves_to.empty() ||
        !LeadsTo(set.resolves_to, address, PurposeOf(bit))) {
      return;
    }
    for (const Candidate& rule : set.rules) {
      if (decides(rule, set.rank)) layers |= uint64_t{1} << rule.layer;
    }
  });
  return layers;
}

}  // namespace internal
}  // namespace postern
