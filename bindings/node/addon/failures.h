#ifndef POSTERN_BINDINGS_NODE_ADDON_FAILURES_H_
#define POSTERN_BINDINGS_NODE_ADDON_FAILURES_H_

#include <node_api.h>

#include <string>

#include "postern/postern.h"

namespace postern {
namespace node {

// What failed, in the words of Node's own errors
// (nodejs.org/api/errors.html, class SystemError).
struct Attempted {
  const char* syscall = "";  // "open"
  const std::string* path = nullptr;
  const std::string* dest = nullptr;
  // Only `dest` is decided: `path` is a text, as of a symbolic link.
  bool path_is_text = false;
  // What is asked for, where nobody can say better.
  postern_permission permission = POSTERN_UNKNOWN;
};

// The permission by the name that Node gives it ("FileSystemRead"), or ours
// where Node has none; static.
const char* NodeName(postern_permission permission);

// A denial: `code` 'ERR_ACCESS_DENIED', `permission` by Node's name, `access`
// by ours, `resource` as it was asked.
napi_value DenialError(napi_env env, postern_permission permission,
                       const std::string& resource, const std::string& message);

// An error of an operation: the denial, or what Node makes of an errno. A
// concealed denial is ENOENT, as for a name that does not exist. Of `error` no
// more is told than a guest may know.
napi_value OperationError(napi_env env, const postern_context* context,
                          const postern_error* error, postern_status status,
                          const Attempted& what);

// `code` and message; for arguments that cannot be used.
napi_value PlainError(napi_env env, const char* code,
                      const std::string& message);
// PlainError(), thrown; returns null.
napi_value ThrowPlain(napi_env env, const char* code,
                      const std::string& message);

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_FAILURES_H_
