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

// What apps ask for, which is told of and never merged. Keeps a reference.
class RequestIndex {
 public:
  explicit RequestIndex(const std::vector<RequestInput>& requests);

  // Where the app itself asked for the source, or nullptr.
  const Provenance* Find(const std::string& app, Directive directive,
                         const std::string& word) const;

  // Notes the rules that the app misses in its policy, those of them that the
  // ceiling forbids, nullptr if there is none, and those of its grant, nullptr
  // if it has none, that it never asked for. Where the budget does not do,
  // nothing is said of the ceiling.
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
