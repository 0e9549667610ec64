#ifndef POSTERN_BINDINGS_NODE_ADDON_VALUES_H_
#define POSTERN_BINDINGS_NODE_ADDON_VALUES_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postern {
namespace node {

// JavaScript's values and ours (Node-API, nodejs.org/api/n-api.html). No
// function here calls code of a guest: only strings, numbers and bytes are
// read, and properties of arrays that the adapter made itself. For the thread
// of the environment.

// Longer text is no name and no argument: reading stops before it is copied.
constexpr size_t kMaxText = size_t{1} << 20;

// How reading text ended.
enum class TextProblem : uint8_t {
  kNone,
  kWrongType,  // neither a string nor bytes
  kTooLong,
  kNul,         // holds a NUL
  kNotUnicode,  // a string with half of a surrogate pair
};

// A string as UTF-8, or the bytes of a Buffer or Uint8Array as they are.
TextProblem ReadText(napi_env env, napi_value value, std::string* out);
// "must not contain null bytes", ...
const char* TextProblemMessage(TextProblem problem);

bool IsNullish(napi_env env, napi_value value);
bool IsFunction(napi_env env, napi_value value);
// False if it is no number, or not finite.
bool ReadNumber(napi_env env, napi_value value, double* out);
bool ReadInt(napi_env env, napi_value value, int64_t* out);
// An array of texts; at most 65536.
TextProblem ReadTexts(napi_env env, napi_value value,
                      std::vector<std::string>* out);

napi_value Undefined(napi_env env);
napi_value Bool(napi_env env, bool value);
napi_value Number(napi_env env, double value);
// Bytes that are not UTF-8 become U+FFFD, as Node does it.
napi_value Text(napi_env env, const char* data, size_t size);
napi_value Text(napi_env env, const std::string& text);
napi_value Bytes(napi_env env, const char* data, size_t size);
napi_value Texts(napi_env env, const std::vector<std::string>& texts);
void Set(napi_env env, napi_value object, const char* name, napi_value value);

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_VALUES_H_
