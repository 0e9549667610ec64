#ifndef POSTERN_NET_CSP_DEMAND_H_
#define POSTERN_NET_CSP_DEMAND_H_

#include <string>
#include <vector>

#include "net/csp/policy.h"

namespace postern {
namespace csp {

// The value of sandbox, upgrade-insecure-requests, trusted-types or
// require-trusted-types-for, as a browser takes it: what a page is left, or
// must do. Of another directive, nothing is told.
//
// Sandbox: a flag may say what another one says too (HTML, "parse a sandboxing
// directive": allow-top-navigation). Trusted types: "*" is every name (Trusted
// Types, section 4.2).

// Whether a page under `value` is left what the token stands for.
bool Leaves(const DirectiveValue& value, const std::string& token);

// Whether the value demands anything: require-trusted-types-for does by
// 'script' alone, the others do by being there.
bool DemandsAnything(const DirectiveValue& value);

// The tokens, and what they stand for besides.
std::vector<PlacedToken> AllTokens(const DirectiveValue& value);

// One value of the directive that demands what both demand.
DirectiveValue MeetDemands(const DirectiveValue& a, const DirectiveValue& b);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_DEMAND_H_
