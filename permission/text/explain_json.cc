#include "permission/text/explain_json.h"

#include "permission/text/json_writer.h"

namespace postern {
namespace {

const char* KindName(ActualKind kind) {
  switch (kind) {
    case ActualKind::kText:
      return "text";
    case ActualKind::kNotText:
      return "not_text";
    case ActualKind::kMissing:
      return "missing";
  }
  return "";
}

void WriteLayer(const LayerAnswer& layer, JsonWriter* json) {
  json->Key("layer").String(layer.layer);
  json->Key("mode").String(layer.mode == Mode::kAudit ? "audit" : "enforce");
  json->Key("effect").String(EffectName(layer.effect));
  json->Key("by_default").Bool(layer.by_default);
  if (!layer.by_default) {
    json->Key("rule").String(layer.rule);
    json->Key("source").String(layer.source.ToString());
    json->Key("reason").String(layer.reason);
  }
  if (!layer.spent.empty()) json->Key("spent").String(layer.spent);
}

void WriteDecision(const Decision& decision, JsonWriter* json) {
  json->Key("allowed").Bool(decision.allowed());
  json->Key("effect").String(EffectName(decision.effect()));
  json->Key("reason").String(ReasonCode(decision.reason()));
  json->Key("concealed").Bool(decision.concealed());
  json->Key("would_deny").Bool(decision.would_deny());
}

void WriteArgument(const Explanation& e, JsonWriter* json) {
  if (e.argument < 0) return;
  json->Key("argument").Integer(e.argument);
  json->Key("actual").String(e.actual);
  json->Key("expected").StartArray();
  for (const std::string& value : e.expected) json->String(value);
  json->EndArray();
  json->Key("actual_kind").String(KindName(e.actual_kind));
  json->Key("more_expected").Integer(static_cast<int64_t>(e.more_expected));
  json->Key("end_expected").Bool(e.end_expected);
}

void WriteRules(const Explanation& e, JsonWriter* json) {
  json->Key("rules_to_add").StartArray();
  for (const RuleToAdd& rule : e.rules_to_add) {
    json->StartObject().Key("layer").String(rule.layer);
    json->Key("new_layer").Bool(rule.new_layer);
    json->Key("text").String(rule.text).EndObject();
  }
  json->EndArray().Key("rules_in_the_way").StartArray();
  for (const RuleInTheWay& rule : e.rules_in_the_way) {
    json->StartObject().Key("layer").String(rule.layer);
    json->Key("rule").String(rule.rule);
    json->Key("source").String(rule.source.ToString()).EndObject();
  }
  json->EndArray();
}

}  // namespace

void WriteExplanation(const Explanation& e, JsonWriter* json) {
  json->Key("principal").String(e.principal);
  json->Key("permission").String(PermissionName(e.permission));
  json->Key("operation").String(e.operation);
  json->Key("resource").String(e.resource);
  json->Key("canonical").String(e.canonical);
  WriteDecision(e.decision, json);
  WriteArgument(e, json);
  json->Key("layer").String(e.layer);
  json->Key("rule").String(e.rule);
  json->Key("source").String(e.rule.empty() ? "" : e.source.ToString());
  json->Key("remedy").String(e.remedy);
  WriteRules(e, json);
  json->Key("layers").Array([&] {
    for (const LayerAnswer& layer : e.layers) {
      json->Object([&] { WriteLayer(layer, json); });
    }
  });
}

std::string ExplanationToJson(const Explanation& e) {
  return WriteJsonObject(
      [&e](JsonWriter& json) { WriteExplanation(e, &json); });
}

}  // namespace postern
