#include "bindings/host/call_access.h"

#include "bindings/host/denial.h"

namespace postern {
namespace host {
namespace {

postern_arg ToArg(const Value& value) {
  postern_arg arg = {};
  if (value.text() == nullptr) return arg;
  arg.value = postern_bytes{value.text()->data(), value.text()->size()};
  arg.text = 1;
  return arg;
}

}  // namespace

CallAccess::CallAccess(absl::string_view function,
                       const std::vector<Value>& args,
                       const std::vector<NamedValue>& named)
    : access_(NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, function)) {
  for (const Value& value : args) args_.push_back(ToArg(value));
  for (const NamedValue& arg : named) {
    named_.push_back(postern_named_arg{{arg.name.data(), arg.name.size()},
                                       ToArg(arg.value)});
  }
  access_.args = args_.data();
  access_.arg_count = args_.size();
  access_.named = named_.data();
  access_.named_count = named_.size();
}

bool MayCallSomehow(const postern_context* context,
                    absl::string_view function) {
  const CallAccess call(function);
  postern_decision decision = {};
  if (postern_check(context, &call.access(), &decision, nullptr) !=
      POSTERN_OK) {
    return false;
  }
  if (postern_decision_effect(decision) != POSTERN_DENY) return true;
  const ExplanationPtr why = ExplainDecision(context, decision, call.access());
  return postern_explanation_expected_count(why.get()) > 0;
}

}  // namespace host
}  // namespace postern
