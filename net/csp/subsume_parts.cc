#include "net/csp/subsume_parts.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace postern {
namespace csp {
namespace internal {
namespace {

// As many comparisons as one kind of load or code may take.
constexpr size_t kMaxMarks = 256;

// "" and one value for each way in which values are in lists.
std::vector<std::string> Representatives(
    const std::vector<std::set<std::string>>& lists,
    const std::set<std::string>& known) {
  std::map<std::string, uint64_t> masks;
  for (size_t i = 0; i < lists.size(); ++i) {
    for (const std::string& value : lists[i]) masks[value] |= uint64_t{1} << i;
  }
  std::set<std::pair<uint64_t, bool>> seen;
  std::vector<std::string> out = {""};
  for (const auto& entry : masks) {
    if (seen.insert({entry.second, known.count(entry.first) > 0}).second) {
      out.push_back(entry.first);
    }
  }
  return out;
}

}  // namespace

Difference Differs(Directive directive, std::string counterexample) {
  Subsumption out;
  out.holds = false;
  out.directive = directive;
  out.counterexample = std::move(counterexample);
  return out;
}

std::vector<const DirectiveValue*> GoverningInB(const Sides& sides,
                                                Directive directive) {
  std::vector<const DirectiveValue*> out;
  for (const Policy& policy : sides.b) {
    const DirectiveValue* const value =
        policy.Governing(directive, sides.dialect);
    if (value != nullptr) out.push_back(value);
  }
  return out;
}

std::set<std::string> ValuesOf(const std::vector<PlacedSource>& sources,
                               SourceKind kind) {
  std::set<std::string> out;
  for (const PlacedSource& s : sources) {
    if (s.source.kind == kind) out.insert(s.source.value);
  }
  return out;
}

std::vector<Marks> RepresentativeMarks(
    const std::vector<std::set<std::string>>& nonces,
    const std::vector<std::set<std::string>>& hashes,
    const std::set<std::string>& known) {
  const std::vector<std::string> by_nonce = Representatives(nonces, {});
  const std::vector<std::string> by_hash = Representatives(hashes, known);
  std::vector<Marks> out;
  if (by_nonce.size() * by_hash.size() > kMaxMarks) return out;
  for (const std::string& nonce : by_nonce) {
    for (const std::string& hash : by_hash) out.push_back({nonce, hash});
  }
  return out;
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
