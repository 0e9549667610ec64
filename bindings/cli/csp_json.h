#ifndef POSTERN_BINDINGS_CLI_CSP_JSON_H_
#define POSTERN_BINDINGS_CLI_CSP_JSON_H_

#include <string>
#include <vector>

#include "net/csp/match.h"
#include "net/csp/merge.h"
#include "net/csp/review.h"

namespace postern {
namespace cli {

// What a policy answers, as one dialect reads it.
struct DialectAnswer {
  csp::Dialect dialect = csp::Dialect::kSpec;
  bool allowed = false;
  std::string governing;  // "" = nothing restricts it
  std::string source;     // that allows it, "" = none
  csp::Place place;       // of the source, or of the directive
};

struct CspAnswer {
  csp::Verdict verdict = csp::Verdict::kBlocked;
  std::string directive;
  std::string url;
  std::string self;
  std::vector<std::string> chain;       // the directives that could govern
  std::vector<DialectAnswer> dialects;  // of the policy that decides
  // A line that would allow it; "" if it is allowed, or no source would.
  std::string remedy;
  std::string advice;  // what to know beside it, or in its place
};

std::string CspMergeToJson(const csp::MergeResult& result,
                           const std::string& self, bool assumed_self);
std::string CspReviewToJson(const csp::Review& review);
std::string CspAnswerToJson(const CspAnswer& answer, bool detailed);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CSP_JSON_H_
