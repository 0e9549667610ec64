#ifndef POSTERN_BINDINGS_HOST_DENIAL_H_
#define POSTERN_BINDINGS_HOST_DENIAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"

namespace postern {
namespace host {

// How much a guest is told about a denial.
enum class DenialDetail : uint8_t { kPlain, kFull };

// What a guest is told about a denial, for its language's own kind of error.
struct GuestDenial {
  std::string code;  // ERR_ACCESS_DENIED, or ERR_NOT_FOUND if concealed
  std::string message;
  std::string permission;  // "" if concealed
  std::string resource;    // as the guest asked
  // For DenialDetail::kFull only.
  bool full = false;
  std::string operation;
  int argument = -1;  // from 0
  std::string actual;
  std::vector<std::string> expected;
  std::string remedy;
};

struct FreeExplanation {
  void operator()(postern_explanation* e) const { postern_explanation_free(e); }
};
using ExplanationPtr = std::unique_ptr<postern_explanation, FreeExplanation>;

// "" for a field that is not there.
std::string TextOf(const postern_explanation& explanation, postern_field field);

// A question without arguments and parts. `text` is borrowed.
postern_access NewAccess(postern_permission permission, postern_form form,
                         absl::string_view text);

// Why an access was denied; null if it cannot be told, as the rules changed.
ExplanationPtr ExplainDecision(const postern_context* context,
                               postern_decision decision,
                               const postern_access& access);

// The same of an operation that ended as POSTERN_DENIED.
ExplanationPtr ExplainRefusal(const postern_context* context,
                              const postern_error* refused);

// What a guest is told where nothing is explained.
GuestDenial BriefDenial(const postern_access& access, bool concealed);

// What the guest is told of a decision. Without `explanation` that is code,
// permission and resource. It throws what the standard library throws.
GuestDenial DescribeDenial(const postern_access& access,
                           postern_decision decision,
                           const postern_explanation* explanation,
                           DenialDetail detail);

// The same of an operation that ended as POSTERN_DENIED. `access` says what was
// asked for: neither names behind links nor addresses are told.
GuestDenial DescribeRefusal(const postern_context* context,
                            const postern_error* refused,
                            const postern_access& access, DenialDetail detail);

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_DENIAL_H_
