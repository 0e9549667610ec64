#include "bindings/mcp/gate.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "permission/text/display.h"

namespace postern {
namespace mcp {
namespace {

using host::NamedValue;
using host::Value;

// Arguments beyond this are not repeated in what a client is told.
constexpr size_t kMaxExplainedBytes = 64 * 1024;

struct FreeExplanation {
  void operator()(postern_explanation* e) const { postern_explanation_free(e); }
};
using ExplanationPtr = std::unique_ptr<postern_explanation, FreeExplanation>;

postern_bytes Bytes(absl::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

postern_arg ToArg(const Value& value) {
  postern_arg arg = {};
  if (value.text() == nullptr) return arg;
  arg.value = Bytes(*value.text());
  arg.text = 1;
  return arg;
}

// The question about a call, with what it points to.
class CallAccess {
 public:
  explicit CallAccess(const Call& call) {
    for (const Value& value : call.args) args_.push_back(ToArg(value));
    for (const NamedValue& arg : call.named) {
      named_.push_back(postern_named_arg{Bytes(arg.name), ToArg(arg.value)});
    }
    access_.struct_size = sizeof(access_);
    access_.permission = POSTERN_PLUGIN_CALL;
    access_.form = POSTERN_FORM_CALL;
    access_.text = Bytes(call.function);
    access_.args = args_.data();
    access_.arg_count = args_.size();
    access_.named = named_.data();
    access_.named_count = named_.size();
  }
  CallAccess(const CallAccess&) = delete;
  CallAccess& operator=(const CallAccess&) = delete;

  const postern_access* get() const { return &access_; }

 private:
  std::vector<postern_arg> args_;
  std::vector<postern_named_arg> named_;
  postern_access access_ = {};
};

ExplanationPtr Explain(const postern_context* context,
                       postern_decision decision, const CallAccess& access) {
  postern_explanation* explanation = nullptr;
  postern_explain(context, decision, access.get(), &explanation, nullptr);
  return ExplanationPtr(explanation);
}

std::string BriefDenial(const Call& call) {
  return absl::StrCat("ERR_ACCESS_DENIED: plugin.call ",
                      internal::EscapeForDisplay(call.function));
}

std::string FullDenial(const Call& call,
                       const postern_explanation* explanation) {
  size_t size = 0;
  const char* const text =
      postern_explanation_get(explanation, POSTERN_FIELD_GUEST_FULL, &size);
  std::string message =
      text == nullptr ? BriefDenial(call) : std::string(text, size);
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
               const CallAccess& access, const Call& call, Verdict* verdict) {
  const ExplanationPtr why = Explain(context, decision, access);
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
  const CallAccess access(call);
  postern_decision decision = {};
  const int64_t deadline = absl::ToUnixNanos(absl::Now() + answer_time_);
  postern_enforce(context_, access.get(), deadline, &decision, nullptr);
  Verdict verdict;
  verdict.granted = postern_decision_allowed(decision) != 0;
  if (verdict.granted) {
    if (FindPaths(context_, decision, access, call, &verdict)) return verdict;
    verdict.granted = false;  // the rules changed just now
  }
  verdict.concealed = postern_decision_concealed(decision) != 0;
  const ExplanationPtr why = call.bytes <= kMaxExplainedBytes
                                 ? Explain(context_, decision, access)
                                 : nullptr;
  verdict.message = FullDenial(call, why.get());
  return verdict;
}

bool Gate::MayCall(const Call& call) const {
  const CallAccess access(call);
  postern_decision decision = {};
  return postern_check(context_, access.get(), &decision, nullptr) ==
             POSTERN_OK &&
         postern_decision_effect(decision) != POSTERN_DENY;
}

bool Gate::MayCallSomehow(const std::string& function) const {
  Call call;
  call.function = function;
  const CallAccess access(call);
  postern_decision decision = {};
  if (postern_check(context_, access.get(), &decision, nullptr) != POSTERN_OK) {
    return false;
  }
  if (postern_decision_effect(decision) != POSTERN_DENY) return true;
  const ExplanationPtr why = Explain(context_, decision, access);
  return postern_explanation_expected_count(why.get()) > 0;
}

}  // namespace mcp
}  // namespace postern
