#include <node_api.h>

#include <memory>

#include "bindings/node/addon/environment.h"
#include "bindings/node/addon/failures.h"
#include "postern/postern.h"

namespace postern {
namespace node {
namespace {

void DeleteEnvironment(napi_env, void* data, void*) {
  delete static_cast<Environment*>(data);
}

// The arrays see the memory of the environment, which outlives them: both end
// with the environment.
napi_value View(napi_env env, void* data, napi_typedarray_type type) {
  napi_value buffer = nullptr, array = nullptr;
  if (napi_create_external_arraybuffer(env, data, Environment::kNumbers * 8,
                                       nullptr, nullptr, &buffer) != napi_ok) {
    return nullptr;
  }
  napi_create_typedarray(env, type, Environment::kNumbers, buffer, 0, &array);
  return array;
}

}  // namespace

Environment* EnvironmentOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Environment*>(data);
}

void AddFunction(napi_env env, napi_value exports, const char* name,
                 Function function, const void* data) {
  const napi_property_descriptor property = {
      name,    nullptr, function,     nullptr,
      nullptr, nullptr, napi_default, const_cast<void*>(data)};
  napi_define_properties(env, exports, 1, &property);
}

// Everything that the addon has is a function that decides by the policy of the
// process, so whoever gets hold of it has no more than the policy grants.
napi_value Init(napi_env env, napi_value exports) {
  postern_error* const error = postern_error_new();
  const bool fits = POSTERN_CHECK_ABI(error) == POSTERN_OK;
  postern_error_free(error);
  if (!fits) {
    return ThrowPlain(env, "ERR_POSTERN_ABI", "built for another interface");
  }
  auto data = std::make_unique<Environment>();
  napi_set_instance_data(env, data.get(), DeleteEnvironment, nullptr);
  Environment* const environment = data.release();
  const napi_property_descriptor views[] = {
      {"numbers", nullptr, nullptr, nullptr, nullptr,
       View(env, environment->numbers, napi_float64_array), napi_enumerable,
       nullptr},
      {"integers", nullptr, nullptr, nullptr, nullptr,
       View(env, environment->integers, napi_bigint64_array), napi_enumerable,
       nullptr},
  };
  napi_define_properties(env, exports, 2, views);
  AddPermissionFunctions(env, exports);
  AddFileFunctions(env, exports);
  AddDescriptorFunctions(env, exports);
  AddNetworkFunctions(env, exports);
  AddChildFunctions(env, exports);
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)

}  // namespace node
}  // namespace postern
