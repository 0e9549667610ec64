#ifndef POSTERN_NET_CSP_DEMAND_H_
#define POSTERN_NET_CSP_DEMAND_H_

#include <string>
#include <vector>

#include "net/csp/policy.h"

namespace postern {
namespace csp {

// How browsers read the values of sandbox, upgrade-insecure-requests,
// trusted-types and require-trusted-types-for, which demand something of a page
// and leave it only some powers. For values of other directives the answers
// mean nothing.
//
// A sandbox flag may include another one (HTML, "parse a sandboxing directive":
// allow-top-navigation). "*" of trusted-types is every name (Trusted Types,
// section 4.2).

// Whether a page under `value` keeps the power that the token stands for.
bool Leaves(const DirectiveValue& value, const std::string& token);

// Whether the value demands anything. require-trusted-types-for does so only
// with 'script', the others by being there.
bool DemandsAnything(const DirectiveValue& value);

// The tokens of the value, and those that they include.
std::vector<PlacedToken> AllTokens(const DirectiveValue& value);

// Returns one value that demands what both values demand.
DirectiveValue MeetDemands(const DirectiveValue& a, const DirectiveValue& b);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_DEMAND_H_
