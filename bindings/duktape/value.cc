#include "bindings/duktape/value.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/types/variant.h"
#include "bindings/duktape/text.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace postern {
namespace duktape {
namespace {

using host::Value;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr size_t kMostBytes = 1 << 20;
constexpr size_t kMostArguments = 1000;
constexpr int kDeepest = 100;
// The reader calls nothing for what lies in something, however deep it is.
constexpr unsigned kReadFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

// False if it is too deep.
bool FromJson(const rapidjson::Value& json, int depth, Value* value);

bool ListFromJson(const rapidjson::Value& json, int depth, Value* value) {
  Value::List list(json.Size());
  for (rapidjson::SizeType i = 0; i < json.Size(); ++i) {
    if (!FromJson(json[i], depth + 1, &list[i])) return false;
  }
  *value = Value::OfList(std::move(list));
  return true;
}

// Of two fields with one name there is only the last, as in the guest.
bool RecordFromJson(const rapidjson::Value& json, int depth, Value* value) {
  Value::Record record;
  for (const auto& member : json.GetObject()) {
    record.emplace_back(
        std::string(member.name.GetString(), member.name.GetStringLength()),
        Value());
    if (!FromJson(member.value, depth + 1, &record.back().second)) return false;
  }
  std::sort(record.begin(), record.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  *value = Value::OfRecord(std::move(record));
  return true;
}

bool FromJson(const rapidjson::Value& json, int depth, Value* value) {
  if (depth > kDeepest) return false;
  if (json.IsArray()) return ListFromJson(json, depth, value);
  if (json.IsObject()) return RecordFromJson(json, depth, value);
  if (json.IsBool()) *value = Value::Bool(json.GetBool());
  if (json.IsInt64()) {
    *value = Value::Integer(json.GetInt64());
  } else if (json.IsNumber()) {
    *value = Value::Number(json.GetDouble());
  }
  if (json.IsString()) {
    *value =
        Value::Bytes(std::string(json.GetString(), json.GetStringLength()));
  }
  return true;
}

void TakeByName(host::PluginCalls::Arguments* to) {
  if (to->args.size() != 1) return;
  const auto* const found = absl::get_if<Value::Record>(&to->args[0].data());
  if (found == nullptr || found->empty()) return;
  const Value::Record record = *found;
  to->args.clear();
  for (const auto& field : record) {
    to->named.push_back({field.first, field.second});
  }
}

void Write(const Value& value, Writer* writer);

struct Shown {
  Writer* writer;

  void operator()(absl::monostate) const { writer->Null(); }
  void operator()(bool b) const { writer->Bool(b); }
  void operator()(int64_t i) const { writer->Int64(i); }
  void operator()(double d) const {
    if (std::isfinite(d)) {
      writer->Double(d);
    } else {
      writer->Null();
    }
  }
  void operator()(const std::string& bytes) const {
    const std::string text = FromUtf8(bytes);
    writer->String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  void operator()(const Value::List& list) const {
    writer->StartArray();
    for (const Value& value : list) Write(value, writer);
    writer->EndArray();
  }
  void operator()(const Value::Record& record) const {
    writer->StartObject();
    for (const auto& field : record) {
      const std::string name = FromUtf8(field.first);
      writer->Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
      Write(field.second, writer);
    }
    writer->EndObject();
  }
};

void Write(const Value& value, Writer* writer) {
  absl::visit(Shown{writer}, value.data());
}

}  // namespace

const char* ArgumentsFromJson(absl::string_view json,
                              host::PluginCalls::Arguments* to) {
  if (json.size() > kMostBytes) return "arguments are too long";
  std::string utf8;
  if (!ToUtf8(json, &utf8)) return "an argument has a lone surrogate";
  rapidjson::Document document;
  document.Parse<kReadFlags>(utf8.data(), utf8.size());
  if (document.HasParseError() || !document.IsArray()) {
    return "an argument is no data";
  }
  if (document.Size() > kMostArguments) return "too many arguments";
  for (const rapidjson::Value& value : document.GetArray()) {
    to->args.emplace_back();
    if (!FromJson(value, 0, &to->args.back())) return "arguments are too deep";
  }
  to->bytes = utf8.size();
  TakeByName(to);
  return nullptr;
}

std::string ToJson(const Value& value) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  Write(value, &writer);
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace duktape
}  // namespace postern
