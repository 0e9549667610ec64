#ifndef POSTERN_PERMISSION_TEXT_JSON_MEMBERS_H_
#define POSTERN_PERMISSION_TEXT_JSON_MEMBERS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "permission/text/display.h"
#include "permission/text/json_writer.h"

namespace postern {

// Bytes of an app or of whoever calls, escaped as in ReviewToJson().
inline void JsonBytes(absl::string_view bytes, JsonWriter* json) {
  json->String(internal::EscapeForDisplay(bytes));
}

inline void JsonMember(const char* key, absl::string_view bytes,
                       JsonWriter* json) {
  json->Key(key);
  JsonBytes(bytes, json);
}

inline void JsonMember(const char* key, absl::Time time, JsonWriter* json) {
  json->Key(key).String(
      absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()));
}

inline void JsonBool(const char* key, bool value, JsonWriter* json) {
  json->Key(key).Bool(value);
}

inline void JsonList(const char* key, const std::vector<std::string>& values,
                     JsonWriter* json) {
  json->Key(key);
  json->StartArray();
  for (const std::string& value : values) JsonBytes(value, json);
  json->EndArray();
}

// One object, whose members the function writes, and a line break.
inline std::string JsonObject(absl::FunctionRef<void(JsonWriter*)> members) {
  return WriteIndentedJsonObject([&](JsonWriter& json) { members(&json); });
}

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_JSON_MEMBERS_H_
