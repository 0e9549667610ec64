#include "bindings/node/addon/failures.h"

#include <errno.h>
#include <string.h>

#include "bindings/node/addon/values.h"

// Of libuv, which every Node has (uv.h): its words differ from those of the C
// library, and programs look for them.
extern "C" const char* uv_strerror(int error);

namespace postern {
namespace node {
namespace {

constexpr char kDeniedCode[] = "ERR_ACCESS_DENIED";

std::string Field(const postern_explanation* explanation, postern_field field) {
  size_t size = 0;
  const char* const text = postern_explanation_get(explanation, field, &size);
  return text == nullptr ? "" : std::string(text, size);
}

void SetText(napi_env env, napi_value object, const char* name,
             const std::string& text) {
  Set(env, object, name, Text(env, text));
}

// What a guest may be told of a denial: permission, resource and sentence.
struct Told {
  postern_permission permission;
  std::string resource;
  std::string sentence;
};

Told TellGuest(const postern_context* context, const postern_error* error,
               const Attempted& what) {
  // As it was asked for: where links lead is not the guest's to know.
  const bool second = what.path_is_text || postern_error_end(error) == 1;
  const std::string* const asked =
      what.dest != nullptr && second ? what.dest : what.path;
  Told told = {what.permission, asked == nullptr ? "" : *asked, ""};
  postern_explanation* explanation = nullptr;
  if (postern_explain_error(context, error, &explanation, nullptr) ==
      POSTERN_OK) {
    const std::string name = Field(explanation, POSTERN_FIELD_OPERATION);
    const postern_permission read =
        postern_permission_parse(name.data(), name.size());
    if (read != POSTERN_UNKNOWN) told.permission = read;
    told.sentence = Field(explanation, POSTERN_FIELD_GUEST_PLAIN);
  }
  postern_explanation_free(explanation);
  return told;
}

std::string SystemMessage(const std::string& code, int number,
                          const Attempted& what) {
  std::string message =
      code + ": " + uv_strerror(-number) + ", " + what.syscall;
  if (what.path != nullptr) message += " '" + *what.path + "'";
  if (what.dest != nullptr) message += " -> '" + *what.dest + "'";
  return message;
}

napi_value SystemError(napi_env env, const std::string& code, int number,
                       const Attempted& what) {
  const napi_value error =
      PlainError(env, code.c_str(), SystemMessage(code, number, what));
  Set(env, error, "errno", Number(env, -number));
  SetText(env, error, "syscall", what.syscall);
  if (what.path != nullptr) SetText(env, error, "path", *what.path);
  if (what.dest != nullptr) SetText(env, error, "dest", *what.dest);
  return error;
}

}  // namespace

const char* NodeName(postern_permission permission) {
  switch (permission) {
    case POSTERN_FS_READ:
      return "FileSystemRead";
    case POSTERN_FS_WRITE:
      return "FileSystemWrite";
    case POSTERN_NET_CONNECT:
    case POSTERN_NET_LISTEN:
    case POSTERN_NET_RESOLVE:
      return "Net";
    case POSTERN_PROCESS_SPAWN:
      return "ChildProcess";
    case POSTERN_THREAD_CREATE:
      return "WorkerThreads";
    case POSTERN_DEBUG_ATTACH:
      return "Inspector";
    case POSTERN_CODE_LOAD:
      return "Addon";
    default:
      return postern_permission_name(permission, nullptr);
  }
}

napi_value DenialError(napi_env env, postern_permission permission,
                       const std::string& resource,
                       const std::string& message) {
  const std::string access = postern_permission_name(permission, nullptr);
  const napi_value error = PlainError(
      env, kDeniedCode,
      message.empty() ? "Access to this API has been restricted: " + access
                      : message);
  SetText(env, error, "permission", NodeName(permission));
  SetText(env, error, "access", access);
  SetText(env, error, "resource", resource);
  return error;
}

napi_value OperationError(napi_env env, const postern_context* context,
                          const postern_error* error, postern_status status,
                          const Attempted& what) {
  const postern_code code = postern_error_code(error);
  if (status == POSTERN_DENIED && code == POSTERN_E_ACCES) {
    const Told told = TellGuest(context, error, what);
    return DenialError(env, told.permission, told.resource, told.sentence);
  }
  if (code != POSTERN_E_NONE) {
    const int number = postern_error_errno(error);
    return SystemError(env, postern_code_name(code, nullptr),
                       number == 0 ? EIO : number, what);
  }
  if (status != POSTERN_INVALID_ARGUMENT) {
    // A start that this process cannot make, as it is confined itself.
    return PlainError(env, "ERR_POSTERN_FAILED",
                      std::string(what.syscall) + ": " +
                          postern_error_message(error, nullptr));
  }
  // Text that is no endpoint, and the like.
  return PlainError(env, "ERR_INVALID_ARG_VALUE",
                    std::string(what.syscall) + ": the argument is refused");
}

napi_value PlainError(napi_env env, const char* code,
                      const std::string& message) {
  // Arguments that cannot be used are TypeErrors in Node.
  const bool argument = strncmp(code, "ERR_INVALID_ARG", 15) == 0;
  napi_value error = nullptr;
  (argument ? napi_create_type_error : napi_create_error)(
      env, Text(env, code, strlen(code)), Text(env, message), &error);
  return error;
}

napi_value ThrowPlain(napi_env env, const char* code,
                      const std::string& message) {
  napi_throw(env, PlainError(env, code, message));
  return nullptr;
}

}  // namespace node
}  // namespace postern
