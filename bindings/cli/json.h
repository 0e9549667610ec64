#ifndef POSTERN_BINDINGS_CLI_JSON_H_
#define POSTERN_BINDINGS_CLI_JSON_H_

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {

using JsonWriter = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

// Text that is UTF-8 and may be shown as it is.
inline void JsonString(absl::string_view text, JsonWriter* json) {
  json->String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// Bytes of an app or of the command line, escaped as in ReviewToJson().
inline void JsonBytes(absl::string_view bytes, JsonWriter* json) {
  JsonString(internal::EscapeForDisplay(bytes), json);
}

inline void JsonMember(const char* key, absl::string_view bytes,
                       JsonWriter* json) {
  json->Key(key);
  JsonBytes(bytes, json);
}

inline void JsonMember(const char* key, absl::Time time, JsonWriter* json) {
  json->Key(key);
  JsonString(absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()),
             json);
}

inline void JsonBool(const char* key, bool value, JsonWriter* json) {
  json->Key(key);
  json->Bool(value);
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
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.SetIndent(' ', 2);
  json.StartObject();
  members(&json);
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_JSON_H_
