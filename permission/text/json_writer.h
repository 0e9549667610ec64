#ifndef POSTERN_PERMISSION_TEXT_JSON_WRITER_H_
#define POSTERN_PERMISSION_TEXT_JSON_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace postern {

// Writes JSON (RFC 8259) in which nothing can deceive: every hidden character
// (permission/text/display.h) is a \u escape, and so a line of output is a line
// of JSON. Used by WriteJsonObject() and WriteIndentedJsonObject() alone.
class JsonWriter {
 public:
  JsonWriter& Key(absl::string_view key);
  JsonWriter& String(absl::string_view bytes);
  JsonWriter& Integer(int64_t number);
  JsonWriter& Bool(bool b);
  JsonWriter& Null();
  // A finite number with six digits; anything else is null.
  JsonWriter& Number(double number);
  // One whole value that this writer wrote elsewhere.
  JsonWriter& Raw(absl::string_view json);
  // The body writes the members.
  JsonWriter& Object(absl::FunctionRef<void()> body);
  JsonWriter& Array(absl::FunctionRef<void()> body);
  // Objects and arrays in two steps: the members are written between them.
  JsonWriter& StartObject() { return Start('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& StartArray() { return Start('['); }
  JsonWriter& EndArray() { return End(']'); }

 private:
  enum class Layout : uint8_t { kOneLine, kIndented };
  friend std::string WriteJsonObject(
      absl::FunctionRef<void(JsonWriter&)> members);
  friend std::string WriteIndentedJsonObject(
      absl::FunctionRef<void(JsonWriter&)> members);

  JsonWriter(Layout layout, bool latin1) : layout_(layout), latin1_(latin1) {}
  static std::string Write(Layout layout,
                           absl::FunctionRef<void(JsonWriter&)> members);
  void BeginValue();
  void BreakLine();
  void Quote(absl::string_view bytes);
  JsonWriter& Start(char bracket);
  JsonWriter& End(char bracket);

  const Layout layout_;
  const bool latin1_;
  bool saw_other_bytes_ = false;  // a string that is not UTF-8
  bool need_comma_ = false;
  bool after_key_ = false;
  int depth_ = 0;
  std::string out_;
};

// One object on one line, whose members the function writes; it may run twice.
// If any string is not UTF-8, every string of the object holds bytes as \u0000
// to \u00ff and a last member says "encoding":"latin1", so that nothing is
// lost. Raw() values keep their own encoding.
std::string WriteJsonObject(absl::FunctionRef<void(JsonWriter&)> members);

// WriteJsonObject() over several lines: each level stands two spaces further
// in, and a line break ends the text.
std::string WriteIndentedJsonObject(
    absl::FunctionRef<void(JsonWriter&)> members);

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_JSON_WRITER_H_
