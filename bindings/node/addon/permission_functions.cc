#include <string.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/host/policy_files.h"
#include "bindings/node/addon/environment.h"
#include "bindings/node/addon/failures.h"
#include "bindings/node/addon/process_state.h"
#include "bindings/node/addon/question.h"
#include "bindings/node/addon/values.h"

namespace postern {
namespace node {
namespace {

constexpr int64_t kNoDeadline = INT64_MAX;

std::string MessageOf(const postern_error* error) {
  size_t size = 0;
  const char* const text = postern_error_message(error, &size);
  return std::string(text, size);
}

struct Arguments {
  napi_value values[4];
  size_t count = 4;
  napi_value at(napi_env env, size_t i) const {
    return i < count ? values[i] : Undefined(env);
  }
};

Arguments Get(napi_env env, napi_callback_info info) {
  Arguments arguments;
  napi_get_cb_info(env, info, &arguments.count, arguments.values, nullptr,
                   nullptr);
  return arguments;
}

napi_value ThrowNoPolicy(napi_env env) {
  return ThrowPlain(env, "ERR_ACCESS_DENIED", "no policy is installed");
}

// Throws and returns false if the arguments are no question.
bool ReadQuestion(napi_env env, const Arguments& arguments,
                  Question* question) {
  std::string problem;
  if (question->Read(env, arguments.at(env, 0), arguments.at(env, 1),
                     &problem)) {
    return true;
  }
  ThrowPlain(env, "ERR_INVALID_ARG_VALUE", problem);
  return false;
}

// has(scope, reference) -> boolean. What it does not understand is false.
napi_value Has(napi_env env, napi_callback_info info) {
  const Arguments arguments = Get(env, info);
  const std::shared_ptr<ProcessState> state = CurrentState();
  if (state == nullptr) return Bool(env, false);
  Question question;
  std::string problem;
  if (!question.Read(env, arguments.at(env, 0), arguments.at(env, 1),
                     &problem)) {
    return Bool(env, false);
  }
  postern_decision decision = {};
  if (question.count() == 1) {
    postern_check(state->context(), question.accesses(), &decision, nullptr);
  } else {
    postern_check_all(state->context(), question.accesses(), question.count(),
                      &decision, nullptr, nullptr);
  }
  return Bool(env, postern_decision_allowed(decision) != 0);
}

napi_value FieldText(napi_env env, const postern_explanation* explanation,
                     postern_field field) {
  size_t size = 0;
  const char* const text = postern_explanation_get(explanation, field, &size);
  return Text(env, text, size);
}

napi_value Explained(napi_env env, const ProcessState& state,
                     postern_decision decision, const postern_access& access) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  Set(env, object, "allowed",
      Bool(env, postern_decision_allowed(decision) != 0));
  const char* const reason = postern_decision_reason(decision, nullptr);
  Set(env, object, "reason", Text(env, reason, strlen(reason)));
  postern_explanation* explanation = nullptr;
  if (postern_explain(state.context(), decision, &access, &explanation,
                      nullptr) == POSTERN_OK) {
    Set(env, object, "permission",
        FieldText(env, explanation, POSTERN_FIELD_OPERATION));
    Set(env, object, "resource",
        FieldText(env, explanation, POSTERN_FIELD_RESOURCE));
    Set(env, object, "message",
        FieldText(env, explanation, POSTERN_FIELD_GUEST_PLAIN));
  }
  postern_explanation_free(explanation);
  return object;
}

// check(scope, reference) -> {allowed, reason, permission, resource, message}:
// what a guest may know.
napi_value Check(napi_env env, napi_callback_info info) {
  const Arguments arguments = Get(env, info);
  const std::shared_ptr<ProcessState> state = CurrentState();
  if (state == nullptr) return ThrowNoPolicy(env);
  Question question;
  if (!ReadQuestion(env, arguments, &question)) return nullptr;
  postern_decision decision = {};
  size_t index = 0;
  postern_check_all(state->context(), question.accesses(), question.count(),
                    &decision, &index, nullptr);
  if (index >= question.count()) index = 0;
  return Explained(env, *state, decision, question.accesses()[index]);
}

// enforce(scope, reference) -> undefined if it is granted, else the error to be
// thrown.
napi_value Enforce(napi_env env, napi_callback_info info) {
  const Arguments arguments = Get(env, info);
  const std::shared_ptr<ProcessState> state = CurrentState();
  if (state == nullptr) return ThrowNoPolicy(env);
  Question question;
  std::string problem;
  if (!question.Read(env, arguments.at(env, 0), arguments.at(env, 1),
                     &problem)) {
    return DenialError(env, POSTERN_UNKNOWN, "", problem);
  }
  postern_decision decision = {};
  size_t index = 0;
  postern_enforce_all(state->context(), question.accesses(), question.count(),
                      kNoDeadline, &decision, &index, nullptr);
  if (postern_decision_allowed(decision) != 0) return Undefined(env);
  if (index >= question.count()) index = 0;
  const postern_access& access = question.accesses()[index];
  return DenialError(env, access.permission, question.resource(), "");
}

// drop(scope, reference): gives rights up for ever.
napi_value Drop(napi_env env, napi_callback_info info) {
  const Arguments arguments = Get(env, info);
  const std::shared_ptr<ProcessState> state = CurrentState();
  if (state == nullptr) return ThrowNoPolicy(env);
  std::string names, pattern;
  const TextProblem scope = ReadScope(env, arguments.at(env, 0), &names);
  TextProblem reference = TextProblem::kNone;
  if (!IsNullish(env, arguments.at(env, 1))) {
    reference = ReadText(env, arguments.at(env, 1), &pattern);
  }
  // What cannot be read drops more, never less.
  if (scope != TextProblem::kNone) names = "all";
  if (scope != TextProblem::kNone || reference != TextProblem::kNone) {
    pattern.clear();
  }
  postern_error* const error = postern_error_new();
  const postern_status status =
      postern_drop(state->context(), names.data(), names.size(), pattern.data(),
                   pattern.size(), error);
  const std::string message = MessageOf(error);
  postern_error_free(error);
  if (scope == TextProblem::kNone && reference == TextProblem::kNone &&
      status == POSTERN_OK) {
    return Undefined(env);
  }
  return ThrowPlain(env, "ERR_INVALID_ARG_VALUE",
                    "more was dropped than was asked: " + message);
}

postern_status TakeUp(postern_context** context, postern_error* error) {
  return postern_context_take_up(nullptr, context, error);
}

// install(policyFile | undefined) -> true, or false if a policy is in force
// already: a second one is never taken. Without a file it is the policy that
// the program was started with.
napi_value Install(napi_env env, napi_callback_info info) {
  const Arguments arguments = Get(env, info);
  if (CurrentState() != nullptr) return Bool(env, false);
  std::string path;
  const bool given = !IsNullish(env, arguments.at(env, 0));
  if (given) {
    const TextProblem problem = ReadText(env, arguments.at(env, 0), &path);
    if (problem != TextProblem::kNone) {
      return ThrowPlain(
          env, "ERR_INVALID_ARG_VALUE",
          std::string("The policy file ") + TextProblemMessage(problem));
    }
  }
  postern_error* const error = postern_error_new();
  postern_context* context = nullptr;
  const postern_status status =
      given ? host::ContextOfFiles({path}, &context, error)
            : TakeUp(&context, error);
  std::string message = MessageOf(error);
  postern_error_free(error);
  std::shared_ptr<ProcessState> state;
  if (status == POSTERN_OK) state = ProcessState::Make(context, &message);
  if (state == nullptr) {
    return ThrowPlain(env, "ERR_POSTERN_POLICY", message);
  }
  for (const int fd : {0, 1, 2}) state->KeepBare(fd);
  return Bool(env, InstallState(std::move(state)));
}

// installed() -> is a policy in force in this process?
napi_value Installed(napi_env env, napi_callback_info) {
  return Bool(env, CurrentState() != nullptr);
}

}  // namespace

void AddPermissionFunctions(napi_env env, napi_value exports) {
  AddFunction(env, exports, "has", Has);
  AddFunction(env, exports, "check", Check);
  AddFunction(env, exports, "enforce", Enforce);
  AddFunction(env, exports, "drop", Drop);
  AddFunction(env, exports, "install", Install);
  AddFunction(env, exports, "installed", Installed);
}

}  // namespace node
}  // namespace postern
