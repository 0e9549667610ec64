#include "bindings/mcp/gate.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bindings/host/call_access.h"
#include "bindings/host/denial.h"
#include "permission/text/display.h"

namespace postern {
namespace mcp {
namespace {

using host::CallAccess;
using host::ExplainDecision;
using host::ExplanationPtr;

// Arguments beyond this are not repeated in what a client is told.
constexpr size_t kMaxExplainedBytes = 64 * 1024;

std::string BriefDenial(const Call& call) {
  return absl::StrCat("ERR_ACCESS_DENIED: plugin.call ",
                      internal::EscapeForDisplay(call.function));
}

std::string FullDenial(const Call& call,
                       const postern_explanation* explanation) {
  std::string message =
      explanation == nullptr
          ? ""
          : host::TextOf(*explanation, POSTERN_FIELD_GUEST_FULL);
  if (message.empty()) message = BriefDenial(call);
  if (!call.named.empty()) {
    absl::StrAppend(&message,
                    "; its arguments cannot be put in an order that is known: "
                    "the policy can say it, as signatures { function: ",
                    internal::QuoteForDisplay(call.function),
                    " parameters: [...] }");
  }
  return message;
}

// False if it cannot be known which arguments were judged as paths.
bool FindPaths(const postern_context* context, postern_decision decision,
               const postern_access& access, const Call& call,
               Verdict* verdict) {
  const ExplanationPtr why = ExplainDecision(context, decision, access);
  if (why == nullptr) return false;
  for (size_t i = 0; i < call.args.size(); ++i) {
    size_t size = 0;
    const char* const path = postern_explanation_path(why.get(), i, &size);
    if (path != nullptr)
      verdict->paths.emplace_back(i, std::string(path, size));
  }
  return true;
}

}  // namespace

Verdict Gate::Enforce(const Call& call) const {
  const CallAccess asked(call.function, call.args, call.named);
  const postern_access& access = asked.access();
  postern_decision decision = {};
  const int64_t deadline = absl::ToUnixNanos(absl::Now() + answer_time_);
  postern_enforce(context_, &access, deadline, &decision, nullptr);
  Verdict verdict;
  verdict.granted = postern_decision_allowed(decision) != 0;
  if (verdict.granted) {
    if (FindPaths(context_, decision, access, call, &verdict)) return verdict;
    verdict.granted = false;  // the rules changed just now
  }
  verdict.concealed = postern_decision_concealed(decision) != 0;
  const ExplanationPtr why = call.json.size() <= kMaxExplainedBytes
                                 ? ExplainDecision(context_, decision, access)
                                 : nullptr;
  verdict.message = FullDenial(call, why.get());
  return verdict;
}

bool Gate::MayCall(const Call& call) const {
  const CallAccess asked(call.function, call.args, call.named);
  const postern_access& access = asked.access();
  postern_decision decision = {};
  return postern_check(context_, &access, &decision, nullptr) == POSTERN_OK &&
         postern_decision_effect(decision) != POSTERN_DENY;
}

bool Gate::MayCallSomehow(const std::string& function) const {
  return host::MayCallSomehow(context_, function);
}

}  // namespace mcp
}  // namespace postern
