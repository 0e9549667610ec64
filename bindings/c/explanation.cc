#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bindings/c/access.h"
#include "bindings/c/callbacks.h"
#include "bindings/c/handles.h"
#include "permission/explain.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace c {
namespace {

void WriteSource(const RuleSource& source, JsonWriter* json) {
  json->Key("source").String(source.ToString());
}

void WriteLayer(const LayerAnswer& layer, JsonWriter* json) {
  json->Key("layer").String(layer.layer);
  json->Key("mode").String(layer.mode == Mode::kAudit ? "audit" : "enforce");
  json->Key("effect").String(EffectName(layer.effect));
  json->Key("by_default").Bool(layer.by_default);
  if (layer.by_default) return;
  json->Key("rule").String(layer.rule);
  WriteSource(layer.source, json);
  json->Key("reason").String(layer.reason);
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
  json->Key("expected").Array([&] {
    for (const std::string& value : e.expected) json->String(value);
  });
}

std::string ToJson(const Explanation& e) {
  return WriteJsonObject([&e](JsonWriter& json) {
    json.Key("principal").String(e.principal);
    json.Key("permission").String(PermissionName(e.permission));
    json.Key("operation").String(e.operation);
    json.Key("resource").String(e.resource);
    WriteDecision(e.decision, &json);
    WriteArgument(e, &json);
    json.Key("layer").String(e.layer);
    json.Key("rule").String(e.rule);
    WriteSource(e.source, &json);
    json.Key("remedy").String(e.remedy);
    json.Key("layers").Array([&] {
      for (const LayerAnswer& layer : e.layers) {
        json.Object([&] { WriteLayer(layer, &json); });
      }
    });
  });
}

void FillFields(postern_explanation* out) {
  const Explanation& e = out->explanation;
  out->fields[POSTERN_FIELD_PRINCIPAL] = e.principal;
  out->fields[POSTERN_FIELD_OPERATION] = e.operation;
  out->fields[POSTERN_FIELD_RESOURCE] = e.resource;
  out->fields[POSTERN_FIELD_ACTUAL] = e.actual;
  out->fields[POSTERN_FIELD_LAYER] = e.layer;
  out->fields[POSTERN_FIELD_RULE] = e.rule;
  out->fields[POSTERN_FIELD_SOURCE] = e.source.ToString();
  out->fields[POSTERN_FIELD_REMEDY] = e.remedy;
  out->fields[POSTERN_FIELD_TEXT] = e.ToText();
  out->fields[POSTERN_FIELD_JSON] = ToJson(e);
  out->fields[POSTERN_FIELD_GUEST_PLAIN] = GuestMessage(e, GuestDetail::kPlain);
  out->fields[POSTERN_FIELD_GUEST_FULL] = GuestMessage(e, GuestDetail::kFull);
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_explain(const postern_context* context,
                               postern_decision decision,
                               const postern_access* access,
                               postern_explanation** explanation,
                               postern_error* error) {
  if (explanation != nullptr) *explanation = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (explanation == nullptr) return NullError("explanation");
    return WithAccess(access, [&](const postern::Access& read) -> absl::Status {
      absl::StatusOr<postern::Explanation> why =
          context->holder->context->Explain(FromC(decision), read);
      if (!why.ok()) return why.status();
      auto made = std::make_unique<postern_explanation>();
      made->explanation = *std::move(why);
      FillFields(made.get());
      *explanation = made.release();
      return absl::OkStatus();
    });
  });
}

void postern_explanation_free(postern_explanation* explanation) {
  delete explanation;
}

const char* postern_explanation_get(const postern_explanation* explanation,
                                    postern_field field, size_t* size) {
  const bool known = explanation != nullptr &&
                     field >= POSTERN_FIELD_PRINCIPAL &&
                     field <= POSTERN_FIELD_GUEST_FULL;
  return TextOut(known ? &explanation->fields[field] : nullptr, size);
}

int32_t postern_explanation_argument(const postern_explanation* explanation) {
  return explanation == nullptr ? -1 : explanation->explanation.argument;
}

size_t postern_explanation_expected_count(
    const postern_explanation* explanation) {
  return explanation == nullptr ? 0 : explanation->explanation.expected.size();
}

const char* postern_explanation_expected(const postern_explanation* explanation,
                                         size_t index, size_t* size) {
  const bool known = index < postern_explanation_expected_count(explanation);
  return TextOut(known ? &explanation->explanation.expected[index] : nullptr,
                 size);
}

const char* postern_explanation_path(const postern_explanation* explanation,
                                     size_t index, size_t* size) {
  if (explanation != nullptr) {
    for (const auto& path : explanation->explanation.paths) {
      if (static_cast<size_t>(path.first) == index) {
        return TextOut(&path.second, size);
      }
    }
  }
  return TextOut(nullptr, size);
}
