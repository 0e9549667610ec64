#ifndef POSTERN_NET_CSP_REACH_H_
#define POSTERN_NET_CSP_REACH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/types/optional.h"
#include "net/csp/path_key.h"
#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// Which hosts an atom reaches, from few to many.
enum class HostReach : uint8_t {
  kExact,
  kBelow,       // every name that ends in "." and the host
  kAnyName,     // every name, no address
  kAnyHost,     // addresses too
  kEverything,  // URLs without host too
};

// The URLs of one scheme that a source matches, as a product: hosts x ports x
// paths. A source is a union of few atoms. A union of atoms covers an atom only
// if one of them covers it alone, because names and paths do not run out.
// Ports do, but 65,536 sources that name each port are not taken for ":*".
struct Atom {
  static constexpr int32_t kAnyPort = -1;
  // The scheme has no default port, and none is named.
  static constexpr int32_t kNoPort = -2;

  std::string scheme;
  HostReach reach = HostReach::kExact;
  std::string host;          // "" beyond kBelow
  bool host_is_name = true;  // what kBelow and kAnyName cover
  int32_t port = kAnyPort;
  bool any_path = true;
  PathKey path;
  std::string written_path;  // percent-encoded
  // By the letter of the specification, "http://a:80" matches https://a:80
  // beside http://a:80, which "http://a" does not. Both lead to one server, so
  // such an atom counts as covered where its plain twin is.
  bool is_upgrade = false;
};

// The atoms of a source in the list of `directive`; none for a source that
// matches no URL. They cover the URLs that SourceMatches() takes without a
// redirect.
std::vector<Atom> AtomsOf(const Source& source, Directive directive,
                          const Origin& self, Dialect dialect);
Atom AtomOf(const Url& url, Dialect dialect);

bool Covers(const Atom& a, const Atom& b);

// What both atoms reach; nullopt if that is nothing.
absl::optional<Atom> Meet(const Atom& a, const Atom& b);

// Returns an example: the `number`th URL that the atom reaches. Where the atom
// leaves a choice, URLs of different numbers differ.
Url Witness(const Atom& atom, int number);

// A union of atoms. Whether it covers an atom takes time linear in the atom's
// text, however many atoms it holds.
class Reach {
 public:
  void Add(const Atom& atom);
  bool Covers(const Atom& atom) const;
  size_t size() const { return size_; }

 private:
  struct Paths {
    bool any = false;
    absl::flat_hash_set<std::string> exact;
    absl::flat_hash_set<std::string> prefixes;
  };
  bool CoversAsItStands(const Atom& atom) const;
  bool CoversAt(const Atom& atom, HostReach reach,
                absl::string_view host) const;

  absl::flat_hash_map<std::string, Paths> paths_;  // by scheme, host, port
  size_t size_ = 0;
};

// What the sources of one list reach, to both dialects. Keeps a reference to
// `self`.
class BothReaches {
 public:
  BothReaches(Directive directive, const Origin& self)
      : directive_(directive), self_(self) {}

  void Add(const Source& source);
  // Whether, to each dialect, the list reaches all that `source` does.
  bool Cover(const Source& source) const;

 private:
  const Directive directive_;
  const Origin& self_;
  Reach reaches_[2];  // by Dialect
};

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_REACH_H_
