#ifndef POSTERN_PERMISSION_TEXT_CSP_JSON_H_
#define POSTERN_PERMISSION_TEXT_CSP_JSON_H_

#include <string>

#include "net/csp/merge.h"
#include "net/csp/question.h"
#include "net/csp/review.h"

namespace postern {

// What is merged, reviewed and answered about Content-Security-Policy, each as
// one JSON object over several lines (docs/csp.md). Strings are escaped as in
// ReviewToJson().
std::string CspMergeToJson(const csp::MergeResult& result,
                           const std::string& self, bool assumed_self);
std::string CspReviewToJson(const csp::Review& review);
std::string CspAnswerToJson(const csp::FullAnswer& answer, bool detailed);

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_CSP_JSON_H_
