#include "permission/text/json_writer.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "fs/base/utf8.h"
#include "permission/text/literal.h"

namespace postern {

void JsonWriter::BreakLine() {
  if (layout_ == Layout::kOneLine) return;
  out_ += '\n';
  out_.append(static_cast<size_t>(depth_) * 2, ' ');
}

void JsonWriter::BeginValue() {
  if (need_comma_) out_ += ',';
  if (!after_key_ && depth_ > 0) BreakLine();
  need_comma_ = true;
  after_key_ = false;
}

void JsonWriter::Quote(absl::string_view bytes) {
  saw_other_bytes_ |= !latin1_ && !fs::IsUtf8(bytes);
  out_ += latin1_ ? QuoteLatin1Literal(bytes) : QuoteLiteral(bytes);
}

JsonWriter& JsonWriter::Key(absl::string_view key) {
  BeginValue();
  Quote(key);
  out_ += layout_ == Layout::kOneLine ? ":" : ": ";
  need_comma_ = false;
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(absl::string_view bytes) {
  BeginValue();
  Quote(bytes);
  return *this;
}

JsonWriter& JsonWriter::Integer(int64_t number) {
  return Raw(absl::StrCat(number));
}

JsonWriter& JsonWriter::Bool(bool b) { return Raw(b ? "true" : "false"); }

JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Number(double number) {
  if (!std::isfinite(number)) return Null();
  return Raw(absl::StrFormat("%.6g", number));
}

JsonWriter& JsonWriter::Raw(absl::string_view json) {
  BeginValue();
  out_.append(json.data(), json.size());
  return *this;
}

JsonWriter& JsonWriter::Start(char bracket) {
  BeginValue();
  out_ += bracket;
  need_comma_ = false;
  ++depth_;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  --depth_;
  if (need_comma_) BreakLine();
  out_ += bracket;
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Object(absl::FunctionRef<void()> body) {
  StartObject();
  body();
  return EndObject();
}

JsonWriter& JsonWriter::Array(absl::FunctionRef<void()> body) {
  StartArray();
  body();
  return EndArray();
}

std::string JsonWriter::Write(Layout layout,
                              absl::FunctionRef<void(JsonWriter&)> members) {
  JsonWriter utf8(layout, /*latin1=*/false);
  utf8.Object([&] { members(utf8); });
  if (!utf8.saw_other_bytes_) return std::move(utf8.out_);
  JsonWriter latin1(layout, /*latin1=*/true);
  latin1.Object([&] {
    members(latin1);
    latin1.Key("encoding").String("latin1");
  });
  return std::move(latin1.out_);
}

std::string WriteJsonObject(absl::FunctionRef<void(JsonWriter&)> members) {
  return JsonWriter::Write(JsonWriter::Layout::kOneLine, members);
}

std::string WriteIndentedJsonObject(
    absl::FunctionRef<void(JsonWriter&)> members) {
  return JsonWriter::Write(JsonWriter::Layout::kIndented, members) + "\n";
}

}  // namespace postern
