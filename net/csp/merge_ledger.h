#ifndef POSTERN_NET_CSP_MERGE_LEDGER_H_
#define POSTERN_NET_CSP_MERGE_LEDGER_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net/csp/merge.h"
#include "net/csp/policy.h"

namespace postern {
namespace csp {
namespace internal {

// While it is merged, a word's place holds its number in a table of
// provenances; what several voices say has all of them.
class Ledger {
 public:
  Place Enter(Provenance from) {
    entries_.push_back({std::move(from)});
    return {static_cast<int>(entries_.size()), 0};
  }
  // An entry of its own, to which voices may be joined.
  Place Copy(const Place& place) {
    entries_.push_back(std::vector<Provenance>(Get(place)));
    return {static_cast<int>(entries_.size()), 0};
  }
  void Join(const Place& to, const Place& other) {
    if (to.line == other.line) return;
    std::vector<Provenance>& into = entries_[Index(to)];
    const std::vector<Provenance> more = entries_[Index(other)];
    into.insert(into.end(), more.begin(), more.end());
  }
  size_t size() const { return entries_.size(); }
  // Forgets what was entered since it had that size.
  void Truncate(size_t size) { entries_.resize(size); }
  const std::vector<Provenance>& Get(const Place& place) const {
    return entries_[Index(place)];
  }

 private:
  static size_t Index(const Place& place) {
    return static_cast<size_t>(place.line) - 1;
  }
  std::vector<std::vector<Provenance>> entries_;
};

// A list without duplicates that knows what it holds.
class SourceSet {
 public:
  explicit SourceSet(Ledger* ledger) : ledger_(ledger) {}

  void Add(const PlacedSource& source) {
    const std::string text = source.source.ToString();
    const auto added = index_.emplace(text, sources_.size());
    if (added.second) {
      PlacedSource own = source;
      own.place = ledger_->Copy(source.place);
      sources_.push_back(std::move(own));
    } else {
      ledger_->Join(sources_[added.first->second].place, source.place);
    }
  }
  void AddAll(const std::vector<PlacedSource>& sources) {
    for (const PlacedSource& source : sources) Add(source);
  }
  std::vector<PlacedSource> Take() { return std::move(sources_); }

 private:
  Ledger* const ledger_;
  std::vector<PlacedSource> sources_;
  std::map<std::string, size_t> index_;
};

}  // namespace internal
}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_MERGE_LEDGER_H_
