#ifndef POSTERN_BINDINGS_C_JSON_WRITER_H_
#define POSTERN_BINDINGS_C_JSON_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace c {

// Writes JSON on one line, such that nothing that is shown can deceive:
// control bytes, bidirectional marks and zero-width characters are \u escapes.
class JsonWriter {
 public:
  JsonWriter& Key(absl::string_view key);
  JsonWriter& String(absl::string_view bytes);
  JsonWriter& Integer(int64_t number);
  JsonWriter& Bool(bool b);
  // The body writes the members.
  JsonWriter& Object(absl::FunctionRef<void()> body);
  JsonWriter& Array(absl::FunctionRef<void()> body);

 private:
  friend std::string WriteJsonObject(
      absl::FunctionRef<void(JsonWriter&)> members);
  explicit JsonWriter(bool latin1) : latin1_(latin1) {}
  void BeginValue();
  void Quote(absl::string_view bytes);

  const bool latin1_;
  bool saw_other_bytes_ = false;  // a string that is not UTF-8
  bool need_comma_ = false;
  std::string out_;
};

// One object, whose members the function writes; it may run twice. If any
// string is not UTF-8, every string of the object holds bytes as \u0000 to
// \u00ff and a last member says "encoding":"latin1", so that nothing is lost.
std::string WriteJsonObject(absl::FunctionRef<void(JsonWriter&)> members);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_JSON_WRITER_H_
