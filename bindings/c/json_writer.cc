#include "bindings/c/json_writer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace postern {
namespace c {
namespace {

// Decodes the character at the front of `bytes`. Returns its length, 0 if it
// is not UTF-8 (RFC 3629: no surrogates, no long forms).
size_t DecodeUtf8(absl::string_view bytes, uint32_t* code) {
  const auto byte = [bytes](size_t i) {
    return static_cast<uint8_t>(bytes[i]);
  };
  const uint8_t first = byte(0);
  if (first < 0x80) return *code = first, 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
  uint32_t value = first & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10FFFF) return 0;
  if (value >= 0xD800 && value <= 0xDFFF) return 0;
  *code = value;
  return length;
}

// Characters that a terminal or an editor does not show as themselves.
bool IsDeceptive(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD || c == 0x34F ||
         c == 0x61C || c == 0x115F || c == 0x1160 || c == 0x17B4 ||
         c == 0x17B5 || (c >= 0x180B && c <= 0x180F) || c == 0x3164 ||
         (c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
         (c >= 0x205F && c <= 0x206F) || c == 0x3000 ||
         (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFE00 && c <= 0xFE0F) ||
         c == 0xFEFF || c == 0xFFA0 || (c >= 0xFFF0 && c <= 0xFFFF) ||
         c >= 0xE0000;
}

void AppendEscape(uint32_t c, std::string* out) {
  if (c < 0x10000) {
    absl::StrAppendFormat(out, "\\u%04x", c);
    return;
  }
  c -= 0x10000;
  absl::StrAppendFormat(out, "\\u%04x\\u%04x", 0xD800 + (c >> 10),
                        0xDC00 + (c & 0x3FF));
}

}  // namespace

void JsonWriter::BeginValue() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

void JsonWriter::Quote(absl::string_view bytes) {
  out_ += '"';
  while (!bytes.empty()) {
    uint32_t c = static_cast<uint8_t>(bytes[0]);
    size_t length = latin1_ ? 1 : DecodeUtf8(bytes, &c);
    if (length == 0) {
      saw_other_bytes_ = true;
      length = 1;
    }
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += static_cast<char>(c);
    } else if (IsDeceptive(c) || (latin1_ && c >= 0x80)) {
      AppendEscape(c, &out_);
    } else {
      out_.append(bytes.data(), length);
    }
    bytes.remove_prefix(length);
  }
  out_ += '"';
}

JsonWriter& JsonWriter::Key(absl::string_view key) {
  BeginValue();
  Quote(key);
  out_ += ':';
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(absl::string_view bytes) {
  BeginValue();
  Quote(bytes);
  return *this;
}

JsonWriter& JsonWriter::Integer(int64_t number) {
  BeginValue();
  absl::StrAppend(&out_, number);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool b) {
  BeginValue();
  out_ += b ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::Object(absl::FunctionRef<void()> body) {
  BeginValue();
  out_ += '{';
  need_comma_ = false;
  body();
  out_ += '}';
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Array(absl::FunctionRef<void()> body) {
  BeginValue();
  out_ += '[';
  need_comma_ = false;
  body();
  out_ += ']';
  need_comma_ = true;
  return *this;
}

std::string WriteJsonObject(absl::FunctionRef<void(JsonWriter&)> members) {
  JsonWriter utf8(/*latin1=*/false);
  utf8.Object([&] { members(utf8); });
  if (!utf8.saw_other_bytes_) return std::move(utf8.out_);
  JsonWriter latin1(/*latin1=*/true);
  latin1.Object([&] {
    members(latin1);
    latin1.Key("encoding").String("latin1");
  });
  return std::move(latin1.out_);
}

}  // namespace c
}  // namespace postern
