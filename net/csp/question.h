#ifndef POSTERN_NET_CSP_QUESTION_H_
#define POSTERN_NET_CSP_QUESTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "net/csp/directive.h"
#include "net/csp/match.h"
#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// What a person asks about a page, in words.
struct QuestionText {
  std::string directive;  // "img-src"
  // What is loaded; or code, by one of the words "inline", "javascript:" (a
  // link to such a URL), "eval" and "wasm".
  std::string url;
  bool redirected = false;  // `url` was reached by a redirect
  bool inserted = false;    // a script inserted the element
  std::string nonce;        // of the element; "" = none
  std::string digest;       // "sha256-...", of the element or code; "" = none
};

// What is asked about: exactly one of these.
struct Question {
  Directive directive = Directive::kImgSrc;  // as it was asked for
  Directive leaf = Directive::kImgSrc;       // whose fallback chain counts
  std::string what;                          // the URL, or the word for code
  absl::optional<Load> load;
  absl::optional<InlineCode> code;
  absl::optional<EvalKind> eval;
};

// InvalidArgument with the reason: an unknown directive or one that loads
// nothing itself, what is no URL, code that the directive does not govern.
absl::StatusOr<Question> ReadQuestion(const QuestionText& text);

// What a policy answers, as one dialect reads it.
struct DialectAnswer {
  Dialect dialect = Dialect::kSpec;
  bool allowed = false;
  std::string governing;  // "" = nothing restricts it
  std::string source;     // that allows it, "" = none
  Place place;            // of the source, or of the directive
};

struct FullAnswer {
  Verdict verdict = Verdict::kBlocked;
  std::string directive;
  std::string url;
  std::string self;
  std::vector<std::string> chain;       // the directives that could govern
  std::vector<DialectAnswer> dialects;  // of the policy that decides
  // A line that would allow it; "" if it is allowed, or no source would.
  std::string remedy;
  std::string advice;  // what to know beside it, or in its place
};

// The answer that all policies of a response give together to a page of origin
// `self`.
FullAnswer AnswerQuestion(absl::Span<const Policy> policies, const Origin& self,
                          const Question& question);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_QUESTION_H_
