#include "net/csp/demand.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/string_view.h"

namespace postern {
namespace csp {
namespace {

// The first flag lifts what the second lifts, too.
struct Implied {
  absl::string_view flag;
  absl::string_view implied;
};

constexpr Implied kImplied[] = {
    {"allow-popups", "allow-top-navigation-to-custom-protocols"},
    {"allow-top-navigation", "allow-top-navigation-by-user-activation"},
    {"allow-top-navigation", "allow-top-navigation-to-custom-protocols"},
};

bool Holds(const DirectiveValue& value, absl::string_view token) {
  return std::any_of(
      value.tokens.begin(), value.tokens.end(),
      [token](const PlacedToken& one) { return one.text == token; });
}

bool LeavesFlag(const DirectiveValue& value, absl::string_view flag) {
  if (Holds(value, flag)) return true;
  return std::any_of(std::begin(kImplied), std::end(kImplied),
                     [&](const Implied& one) {
                       return one.implied == flag && Holds(value, one.flag);
                     });
}

// 'none' beside names says nothing, and alone leaves none.
bool LeavesName(const DirectiveValue& value, absl::string_view name) {
  if (name == "'none'" || Holds(value, name)) return true;
  return name != "'allow-duplicates'" && Holds(value, "*");
}

}  // namespace

bool Leaves(const DirectiveValue& value, const std::string& token) {
  if (value.directive == Directive::kSandbox) return LeavesFlag(value, token);
  return value.directive != Directive::kTrustedTypes ||
         LeavesName(value, token);
}

bool DemandsAnything(const DirectiveValue& value) {
  return value.directive != Directive::kRequireTrustedTypesFor ||
         Holds(value, "'script'");
}

std::vector<PlacedToken> AllTokens(const DirectiveValue& value) {
  std::vector<PlacedToken> out = value.tokens;
  if (value.directive != Directive::kSandbox) return out;
  for (const PlacedToken& token : value.tokens) {
    for (const Implied& one : kImplied) {
      if (one.flag != token.text) continue;
      out.push_back({std::string(one.implied), token.place});
    }
  }
  return out;
}

DirectiveValue MeetDemands(const DirectiveValue& a, const DirectiveValue& b) {
  // More tokens of this one demand more.
  const bool adds = a.directive == Directive::kRequireTrustedTypesFor;
  DirectiveValue out = a;
  out.tokens.clear();
  const auto keep = [&](const PlacedToken& token, const DirectiveValue& other) {
    if (Holds(out, token.text)) return;
    if (adds || Leaves(other, token.text)) out.tokens.push_back(token);
  };
  for (const PlacedToken& token : a.tokens) keep(token, b);
  for (const PlacedToken& token : b.tokens) keep(token, a);
  // What both leave by other words.
  for (const PlacedToken& token : AllTokens(a)) {
    if (!Leaves(out, token.text)) keep(token, b);
  }
  return out;
}

}  // namespace csp
}  // namespace postern
