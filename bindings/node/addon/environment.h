#ifndef POSTERN_BINDINGS_NODE_ADDON_ENVIRONMENT_H_
#define POSTERN_BINDINGS_NODE_ADDON_ENVIRONMENT_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace postern {
namespace node {

// Where numbers about a file are put, so that nothing is allocated for them:
// two arrays over memory of the environment, which the adapter's own code reads
// before anything else runs. One an environment.
struct Environment {
  static constexpr size_t kNumbers = 16;
  double numbers[kNumbers] = {};
  int64_t integers[kNumbers] = {};
};

// Of this environment; made when the addon is loaded.
Environment* EnvironmentOf(napi_env env);

using Function = napi_value (*)(napi_env env, napi_callback_info info);
void AddFunction(napi_env env, napi_value exports, const char* name,
                 Function function, const void* data = nullptr);

// What the parts of the addon export.
void AddPermissionFunctions(napi_env env, napi_value exports);
void AddFileFunctions(napi_env env, napi_value exports);
void AddDescriptorFunctions(napi_env env, napi_value exports);
void AddNetworkFunctions(napi_env env, napi_value exports);
void AddChildFunctions(napi_env env, napi_value exports);

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_ENVIRONMENT_H_
