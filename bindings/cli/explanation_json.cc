#include "bindings/cli/explanation_json.h"

#include <algorithm>

#include "bindings/cli/json.h"

namespace postern {
namespace cli {
namespace {

void WriteRule(const std::string& rule, const RuleSource& source,
               JsonWriter* json) {
  if (rule.empty()) return;
  JsonMember("rule", rule, json);
  JsonMember("source", source.ToString(), json);
}

void WriteLayer(const LayerAnswer& layer, JsonWriter* json) {
  json->StartObject();
  JsonMember("layer", layer.layer, json);
  JsonMember("mode", layer.mode == Mode::kAudit ? "audit" : "enforce", json);
  JsonMember("effect", EffectName(layer.effect), json);
  JsonBool("by_default", layer.by_default, json);
  WriteRule(layer.rule, layer.source, json);
  if (!layer.reason.empty()) JsonMember("reason", layer.reason, json);
  json->EndObject();
}

void WriteArgument(const Explanation& e, JsonWriter* json) {
  if (e.argument < 0) return;
  json->Key("argument");
  json->Integer(e.argument);
  JsonMember("actual", e.actual, json);
  JsonList("expected", e.expected, json);
}

void WriteAnswer(const NamedAnswer& answer, bool with_layers,
                 JsonWriter* json) {
  const Explanation& e = answer.explanation;
  json->StartObject();
  JsonMember("name", answer.name, json);
  JsonMember("permission", PermissionName(e.permission), json);
  JsonMember("operation", e.operation, json);
  json->Key("resource");  // escaped already
  json->String(e.resource);
  JsonMember("effect", EffectName(e.decision.effect()), json);
  JsonMember("reason", ReasonCode(e.decision.reason()), json);
  JsonBool("concealed", e.decision.concealed(), json);
  JsonBool("would_deny", e.decision.would_deny(), json);
  WriteArgument(e, json);
  if (!e.layer.empty()) JsonMember("layer", e.layer, json);
  WriteRule(e.rule, e.source, json);
  if (!e.remedy.empty()) JsonMember("remedy", e.remedy, json);
  if (with_layers) {
    json->Key("layers");
    json->StartArray();
    for (const LayerAnswer& layer : e.layers) WriteLayer(layer, json);
    json->EndArray();
  }
  json->EndObject();
}

}  // namespace

bool Verdict::granted() const {
  return unknown_real_name.empty() && !answers.empty() &&
         std::all_of(answers.begin(), answers.end(), [](const NamedAnswer& a) {
           return a.explanation.decision.allowed();
         });
}

std::string VerdictToJson(const Verdict& verdict, bool with_layers) {
  return JsonObject([&](JsonWriter* json) {
    JsonBool("granted", verdict.granted(), json);
    JsonBool("advisory", verdict.advisory, json);
    if (!verdict.unknown_real_name.empty()) {
      JsonMember("unknown_real_name", verdict.unknown_real_name, json);
    }
    json->Key("answers");
    json->StartArray();
    for (const NamedAnswer& answer : verdict.answers) {
      WriteAnswer(answer, with_layers, json);
    }
    json->EndArray();
  });
}

}  // namespace cli
}  // namespace postern
