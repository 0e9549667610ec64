#ifndef POSTERN_NET_CSP_MERGE_REQUESTS_H_
#define POSTERN_NET_CSP_MERGE_REQUESTS_H_

#include <map>
#include <string>
#include <vector>

#include "net/csp/intersect.h"
#include "net/csp/merge.h"

namespace postern {
namespace csp {
namespace internal {

// Finds what apps ask for. Requests are reported and never merged. Keeps a
// reference to `requests`.
class RequestIndex {
 public:
  explicit RequestIndex(const std::vector<RequestInput>& requests);

  // Where the app itself asked for the source, or nullptr.
  const Provenance* Find(const std::string& app, Directive directive,
                         const std::string& word) const;

  // Notes what the app asked for and its policy lacks, which of that the
  // ceiling forbids, and what its grant has that it never asked for. `ceiling`
  // and `grant` are nullptr if there is none. If the budget runs out, the notes
  // say nothing of the ceiling.
  void Compare(const std::string& app, const GrantInput* grant,
               const Policy& policy, const Policy* ceiling, const Origin& self,
               PairBudget* budget, std::vector<Note>* notes) const;

 private:
  const std::vector<RequestInput>& requests_;
  std::map<std::string, Provenance> sources_;
};

}  // namespace internal
}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_MERGE_REQUESTS_H_
