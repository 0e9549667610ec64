// How a CompiledPolicy decides endpoints: hosts, and the addresses behind
// names.

#include "absl/types/optional.h"
#include "net/address_class.h"
#include "net/endpoint.h"
#include "permission/internal/compiled_policy.h"

namespace postern {
namespace internal {

// Rules without a resource, and those for a port alone.
void CompiledPolicy::EvaluateEveryHost(const net::Endpoint& endpoint,
                                       uint32_t bit, EndpointIndex::Holds holds,
                                       Contest* contest) const {
  contest->OfferAll(whole_, bit, [](uint32_t, uint32_t) { return 0; });
  endpoints_.Evaluate(endpoint, bit, EndpointIndex::Hosts::kEvery, holds,
                      contest);
  for (const LimitedWhole& rule : limited_whole_) {
    if ((rule.candidate.permissions & bit) != 0 &&
        holds(rule.candidate, *rule.limits)) {
      contest->OfferOne(rule.candidate, BelowAll);
    }
  }
}

void CompiledPolicy::EvaluateHost(const net::Endpoint& endpoint, uint32_t bit,
                                  EndpointIndex::Holds holds,
                                  Contest* contest) const {
  EvaluateEveryHost(endpoint, bit, holds, contest);
  endpoints_.Evaluate(endpoint, bit, EndpointIndex::Hosts::kOne, holds,
                      contest);
}

// A name that may not be looked up is denied for whatever it is looked up for.
void CompiledPolicy::EvaluateEndpoint(const Query& query,
                                      Contest* contest) const {
  const auto holds = [&](const Candidate&, const RuleLimits& limits) {
    return InForce(limits, query.scope());
  };
  EvaluateHost(query.endpoint(), query.permission_bit(), holds, contest);
  if (!denies_look_ups_ || !LooksUp(query)) return;
  Contest look_up = contest->Fresh();
  EvaluateHost(net::Endpoint::Name(query.endpoint().host(), absl::nullopt),
               PermissionSet(Permission::kNetResolve).bits(), holds, &look_up);
  contest->TakeDenials(look_up);
}

// The name was granted, which took the uses of its rules, or a person was asked
// about it.
void CompiledPolicy::EvaluateResolved(const Query& query,
                                      Contest* contest) const {
  const uint32_t bit = query.permission_bit();
  const auto held = [&](const Candidate&, const RuleLimits& limits) {
    return InForceIfUsesLeft(limits, query.scope());
  };
  const auto holds = [&](const Candidate&, const RuleLimits& limits) {
    return InForce(limits, query.scope());
  };
  Contest named = contest->Fresh(), every_host = contest->Fresh();
  EvaluateHost(query.endpoint(), bit, held, &named);
  EvaluateEveryHost(query.address(), bit, holds, &every_host);
  endpoints_.Evaluate(query.address(), bit, EndpointIndex::Hosts::kOne, holds,
                      contest);
  const uint64_t leading =
      net::IsPublic(query.address().address())
          ? UINT64_MAX
          : endpoints_.LayersLeadingTo(query.endpoint(), query.address(), bit,
                                       held, named);
  for (size_t i = 0; i < layers_.size(); ++i) {
    const bool leads = (leading >> i & 1) != 0;
    // A name that a layer does not grant leads nowhere in it.
    if (named.effect(i) == Effect::kDeny) {
      contest->Take(i, named);
    } else if ((*contest)[i].matched) {
      continue;  // a rule for the address
    } else if (NameStandsFor(every_host[i], named[i], layers_[i], leads)) {
      contest->Grant(i);
    } else {
      contest->TakeBeside(i, named, every_host);
    }
  }
}

// Whether the grant of a name is good for an address that no rule is about but
// `every_host`, which is for every host: it is for public addresses, and those
// that the name may lead to. For these what is for every host was asked with
// the name, and a rule for the name that is above it stays above; who was asked
// about the name said nothing of others.
bool CompiledPolicy::NameStandsFor(const Winner& every_host, const Winner& name,
                                   const LayerTerms& layer, bool leads) const {
  if (!name.matched) return false;
  if (!every_host.matched) {
    return leads && layer.default_effect == Effect::kDeny;
  }
  const bool above = layer.precedence == Precedence::kMostSpecific &&
                     endpoints_.IsAbove(name, every_host);
  return leads && (above || every_host.effect != Effect::kDeny);
}

}  // namespace internal
}  // namespace postern
