#ifndef POSTERN_NET_CSP_MERGE_LEDGER_H_
#define POSTERN_NET_CSP_MERGE_LEDGER_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "net/csp/merge.h"
#include "net/csp/policy.h"

namespace postern {
namespace csp {
namespace internal {

// The number of an entry of a ledger.
struct EntryId {
  int number = 0;

  friend bool operator==(EntryId a, EntryId b) { return a.number == b.number; }
  friend bool operator<(EntryId a, EntryId b) { return a.number < b.number; }
};

// While policies are merged, the place of a word is no place in a text but
// holds the number of the word's entry. Only these two know how.
inline Place PlaceOf(EntryId id) { return {id.number, 0}; }
inline EntryId EntryAt(const Place& place) { return {place.line}; }

// Who said each word of the policies that are merged. What several voices say
// has the provenances of all of them.
class Ledger {
 public:
  EntryId Enter(Provenance from) {
    entries_.push_back({std::move(from)});
    return Last();
  }
  // An entry of its own, to which voices may be joined.
  EntryId Copy(EntryId id) {
    entries_.push_back(std::vector<Provenance>(Get(id)));
    return Last();
  }
  void Join(EntryId to, EntryId other) {
    if (to == other) return;
    std::vector<Provenance>& into = entries_[Index(to)];
    const std::vector<Provenance> more = entries_[Index(other)];
    into.insert(into.end(), more.begin(), more.end());
  }
  size_t size() const { return entries_.size(); }
  // Forgets what was entered since it had that size.
  void Truncate(size_t size) { entries_.resize(size); }
  const std::vector<Provenance>& Get(EntryId id) const {
    return entries_[Index(id)];
  }

 private:
  EntryId Last() const { return {static_cast<int>(entries_.size())}; }
  static size_t Index(EntryId id) { return static_cast<size_t>(id.number) - 1; }

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
      own.place = PlaceOf(ledger_->Copy(EntryAt(source.place)));
      sources_.push_back(std::move(own));
    } else {
      ledger_->Join(EntryAt(sources_[added.first->second].place),
                    EntryAt(source.place));
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
