#include <memory>

#include "bindings/node/addon/environment.h"
#include "bindings/node/addon/process_state.h"
#include "bindings/node/addon/values.h"
#include "postern/postern.h"

namespace postern {
namespace node {
namespace {

// The first argument as a descriptor; -1 for anything else.
int32_t ReadDescriptor(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  int64_t number = -1;
  if (count < 1 || !ReadInt(env, argument, &number)) return -1;
  return number >= 0 && number <= INT32_MAX ? static_cast<int32_t>(number) : -1;
}

// rights(fd) -> 1 to read, 2 to write, 3; 0 for a number that is not the
// guest's.
napi_value Rights(napi_env env, napi_callback_info info) {
  const int32_t fd = ReadDescriptor(env, info);
  const std::shared_ptr<ProcessState> state = CurrentState();
  return Number(env, state == nullptr ? 0 : state->Rights(fd));
}

// close(fd) -> whether it was the guest's, which it is not any more.
napi_value Close(napi_env env, napi_callback_info info) {
  const int32_t fd = ReadDescriptor(env, info);
  const std::shared_ptr<ProcessState> state = CurrentState();
  return Bool(env, state != nullptr && state->Forget(fd, false));
}

// release(fd) -> likewise, and leaves closing to the caller.
napi_value Release(napi_env env, napi_callback_info info) {
  const int32_t fd = ReadDescriptor(env, info);
  const std::shared_ptr<ProcessState> state = CurrentState();
  return Bool(env, state != nullptr && state->Forget(fd, true));
}

}  // namespace

void AddDescriptorFunctions(napi_env env, napi_value exports) {
  AddFunction(env, exports, "rights", Rights);
  AddFunction(env, exports, "close", Close);
  AddFunction(env, exports, "release", Release);
}

}  // namespace node
}  // namespace postern
