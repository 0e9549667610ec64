#ifndef POSTERN_TESTS_NET_CSP_NAIVE_MATCH_H_
#define POSTERN_TESTS_NET_CSP_NAIVE_MATCH_H_

#include <string>
#include <vector>

#include "net/csp/source.h"

namespace postern {
namespace csp {

// A load, as text.
struct NaiveLoad {
  std::string directive;  // img-src
  std::string url;        // scheme://host[:port]/path
  std::string self;       // scheme://host[:port]
  bool redirected = false;
};

// Whether a list of sources, split at spaces, matches. Written from the
// specification's steps and from what was measured, over text, without the
// library's parsers: its twin in tests. Knows hosts, schemes, 'self' and "*".
bool NaiveListMatches(const std::string& list, const NaiveLoad& load,
                      Dialect dialect);

// Whether a policy "name list; name list" allows a load, by the fallback chain.
bool NaivePolicyMatches(const std::string& policy, const NaiveLoad& load,
                        Dialect dialect);

std::vector<std::string> NaiveSplit(const std::string& text, char separator);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_TESTS_NET_CSP_NAIVE_MATCH_H_
