#include "bindings/lua/audit_report.h"

#include "permission/text/json_writer.h"

namespace postern {
namespace lua {
namespace {

void WriteArg(const WantedArg& arg, JsonWriter* json) {
  switch (arg.kind) {
    case WantedArg::Kind::kText:
      json->String(arg.text);
      return;
    case WantedArg::Kind::kNotText:
      json->Object([json] { json->Key("kind").String("not_text"); });
      return;
    case WantedArg::Kind::kUnknown:
      json->Object([json] { json->Key("kind").String("unknown"); });
      return;
  }
}

void WriteNamedArgs(const WantedCall& call, JsonWriter* json) {
  json->Key("named").Object([&] {
    for (const WantedArg& arg : call.args) {
      if (arg.name.empty()) continue;
      json->Key(arg.name);
      WriteArg(arg, json);
    }
  });
}

void WriteCall(const WantedCall& call, JsonWriter* json) {
  bool named = false;
  json->Key("function").String(call.function);
  json->Key("args").Array([&] {
    for (const WantedArg& arg : call.args) {
      named |= !arg.name.empty();
      if (arg.name.empty()) WriteArg(arg, json);
    }
  });
  if (named) WriteNamedArgs(call, json);
}

void WriteStrings(const char* key, const std::vector<std::string>& strings,
                  JsonWriter* json) {
  json->Key(key).Array([&] {
    for (const std::string& text : strings) json->String(text);
  });
}

}  // namespace

std::string AuditReport::ToJson() const {
  return WriteJsonObject([this](JsonWriter& json) {
    json.Key("complete").Bool(complete());
    if (!complete()) json.Key("error").String(error);
    WriteStrings("modules", modules, &json);
    WriteStrings("files", files, &json);
    json.Key("calls").Array([&] {
      for (const WantedCall& call : calls) {
        json.Object([&] { WriteCall(call, &json); });
      }
    });
  });
}

}  // namespace lua
}  // namespace postern
