#ifndef POSTERN_NET_CSP_ALLOWED_BY_LIST_H_
#define POSTERN_NET_CSP_ALLOWED_BY_LIST_H_

#include <memory>
#include <set>
#include <string>

#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// Tells which sources one list allows already for one leaf directive, to both
// dialects, when it stands without nonces and hashes. Making it takes time
// linear in the list; asking it does not depend on the list's length.
// Immutable. It keeps no reference.
class AllowedByList {
 public:
  AllowedByList(const DirectiveValue& list, Directive leaf, const Origin& self);
  ~AllowedByList();
  AllowedByList(AllowedByList&&) noexcept;
  AllowedByList& operator=(AllowedByList&&) noexcept;

  bool Allows(const Source& source) const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// Whether a list of these words holds `source`, which matches no URLs, or one
// that allows more.
bool AllowsWord(const std::set<std::string>& words, const Source& source);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_ALLOWED_BY_LIST_H_
