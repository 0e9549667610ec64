#ifndef POSTERN_TESTS_NET_CSP_DEEDS_H_
#define POSTERN_TESTS_NET_CSP_DEEDS_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "net/csp/match.h"
#include "tests/net/csp/random_policy.h"

namespace postern {
namespace csp {

// Something that a page does: a load, code inside it, or code from a string.
struct Deed {
  enum class Kind { kLoad, kInline, kEval };
  Kind kind = Kind::kLoad;
  Load load;
  InlineCode code;
  EvalKind eval = EvalKind::kJavaScript;

  std::string ToString() const;
};

// Of the alphabet's URLs, the nonce "n", the digests "AAAA" and "BBBB".
// Redirects only if they are wanted.
Deed RandomDeed(const Alphabet& alphabet, bool redirects, Random* random);

bool Allows(const Policy& policy, const Origin& self, const Deed& deed,
            Dialect dialect);
bool AllAllow(absl::Span<const Policy> policies, const Origin& self,
              const Deed& deed, Dialect dialect);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_TESTS_NET_CSP_DEEDS_H_
