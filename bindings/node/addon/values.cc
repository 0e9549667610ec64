#include "bindings/node/addon/values.h"

#include <cmath>

namespace postern {
namespace node {
namespace {

constexpr uint32_t kMaxTexts = 65536;

bool IsHigh(char16_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLow(char16_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

bool IsWellFormed(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf16(env, value, nullptr, 0, &length);
  std::vector<char16_t> units(length + 1);
  napi_get_value_string_utf16(env, value, units.data(), units.size(), &length);
  for (size_t i = 0; i < length; ++i) {
    if (IsHigh(units[i]) && i + 1 < length && IsLow(units[i + 1])) {
      ++i;
    } else if (IsHigh(units[i]) || IsLow(units[i])) {
      return false;
    }
  }
  return true;
}

TextProblem ReadString(napi_env env, napi_value value, std::string* out) {
  // One call is enough for nearly every name.
  char buffer[512];
  size_t size = 0;
  napi_get_value_string_utf8(env, value, buffer, sizeof(buffer), &size);
  if (size < sizeof(buffer) - 8) {
    out->assign(buffer, size);
  } else {
    napi_get_value_string_utf8(env, value, nullptr, 0, &size);
    if (size > kMaxText) return TextProblem::kTooLong;
    out->resize(size + 1);
    napi_get_value_string_utf8(env, value, &(*out)[0], size + 1, &size);
    out->resize(size);
  }
  // Half a pair is read as U+FFFD, which then is another name than was meant.
  if (out->find("\xEF\xBF\xBD") != out->npos && !IsWellFormed(env, value)) {
    return TextProblem::kNotUnicode;
  }
  return TextProblem::kNone;
}

TextProblem ReadBytes(napi_env env, napi_value value, std::string* out) {
  bool is = false;
  napi_is_typedarray(env, value, &is);
  if (!is) return TextProblem::kWrongType;
  napi_typedarray_type type;
  size_t size = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, value, &type, &size, &data, nullptr, nullptr);
  if (type != napi_uint8_array) return TextProblem::kWrongType;
  if (size > kMaxText) return TextProblem::kTooLong;
  if (size > 0) out->assign(static_cast<const char*>(data), size);
  return TextProblem::kNone;
}

}  // namespace

TextProblem ReadText(napi_env env, napi_value value, std::string* out) {
  out->clear();
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  const TextProblem problem = type == napi_string ? ReadString(env, value, out)
                              : type == napi_object ? ReadBytes(env, value, out)
                                                    : TextProblem::kWrongType;
  if (problem != TextProblem::kNone) return problem;
  return out->find('\0') == out->npos ? TextProblem::kNone : TextProblem::kNul;
}

const char* TextProblemMessage(TextProblem problem) {
  switch (problem) {
    case TextProblem::kNone:
      return "";
    case TextProblem::kWrongType:
      return "must be a string, Buffer or Uint8Array";
    case TextProblem::kTooLong:
      return "must not be longer than 1 MiB";
    case TextProblem::kNul:
      return "must be without null bytes";
    case TextProblem::kNotUnicode:
      return "must be without half a surrogate pair";
  }
  return "";
}

bool IsNullish(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_undefined || type == napi_null;
}

bool IsFunction(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_function;
}

bool ReadNumber(napi_env env, napi_value value, double* out) {
  return napi_get_value_double(env, value, out) == napi_ok &&
         std::isfinite(*out);
}

bool ReadInt(napi_env env, napi_value value, int64_t* out) {
  double number = 0;
  if (!ReadNumber(env, value, &number)) return false;
  constexpr double kMaxSafe = 9007199254740991.0;
  if (std::fabs(number) > kMaxSafe || std::trunc(number) != number) {
    return false;
  }
  *out = static_cast<int64_t>(number);
  return true;
}

TextProblem ReadTexts(napi_env env, napi_value value,
                      std::vector<std::string>* out) {
  uint32_t length = 0;
  if (napi_get_array_length(env, value, &length) != napi_ok) {
    return TextProblem::kWrongType;
  }
  if (length > kMaxTexts) return TextProblem::kTooLong;
  out->resize(length);
  for (uint32_t i = 0; i < length; ++i) {
    napi_value element;
    if (napi_get_element(env, value, i, &element) != napi_ok) {
      return TextProblem::kWrongType;
    }
    const TextProblem problem = ReadText(env, element, &(*out)[i]);
    if (problem != TextProblem::kNone) return problem;
  }
  return TextProblem::kNone;
}

napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

napi_value Bool(napi_env env, bool value) {
  napi_value made = nullptr;
  napi_get_boolean(env, value, &made);
  return made;
}

napi_value Number(napi_env env, double value) {
  napi_value made = nullptr;
  napi_create_double(env, value, &made);
  return made;
}

napi_value Text(napi_env env, const char* data, size_t size) {
  napi_value made = nullptr;
  napi_create_string_utf8(env, data == nullptr ? "" : data, size, &made);
  return made;
}

napi_value Text(napi_env env, const std::string& text) {
  return Text(env, text.data(), text.size());
}

napi_value Bytes(napi_env env, const char* data, size_t size) {
  napi_value made = nullptr;
  void* copy = nullptr;
  napi_create_buffer_copy(env, size, data, &copy, &made);
  return made;
}

napi_value Texts(napi_env env, const std::vector<std::string>& texts) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, texts.size(), &array);
  for (size_t i = 0; i < texts.size(); ++i) {
    napi_set_element(env, array, static_cast<uint32_t>(i), Text(env, texts[i]));
  }
  return array;
}

void Set(napi_env env, napi_value object, const char* name, napi_value value) {
  if (value == nullptr) return;
  // Defined, not set: no setter of a guest runs.
  const napi_property_descriptor property = {name,
                                             nullptr,
                                             nullptr,
                                             nullptr,
                                             nullptr,
                                             value,
                                             napi_default_jsproperty,
                                             nullptr};
  napi_define_properties(env, object, 1, &property);
}

}  // namespace node
}  // namespace postern
