// The part of report_text.h that writes JSON.

#include "permission/backstop/report_text.h"
#include "permission/text/json_members.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace {

void WriteRow(const EnforcementRow& row, JsonWriter* json) {
  json->StartObject();
  json->Key("permission").String(PermissionName(row.permission));
  json->Key("operation").String(OperationName(row.operation));
  json->Key("requested").String(EffectName(row.requested));
  JsonMember("rule", row.rule, json);
  JsonMember("layer", row.layer, json);
  const bool has_source = !row.rule.empty() || !row.layer.empty();
  JsonMember("source", has_source ? row.source.ToString() : "", json);
  json->Key("level").String(LevelName(row.level));
  json->Key("by").StartArray();
  for (const Enforcer enforcer : row.by) json->String(EnforcerName(enforcer));
  json->EndArray();
  json->Key("reason").String(EnforcementReasonCode(row.reason));
  json->Key("grants_less").Bool(row.grants_less);
  json->Key("less").String(EnforcementReasonCode(row.less));
  JsonMember("scope", row.scope, json);
  json->EndObject();
}

void WriteLimit(const LimitRow& row, JsonWriter* json) {
  json->StartObject();
  JsonMember("limit", row.limit, json);
  JsonMember("requested", row.requested, json);
  json->Key("level").String(LevelName(row.level));
  JsonMember("held_by", row.held_by, json);
  json->Key("reason").String(EnforcementReasonCode(row.reason));
  json->EndObject();
}

void WriteFact(const ReportedFact& fact, JsonWriter* json) {
  json->StartObject();
  JsonMember("name", fact.name, json);
  JsonMember("state", fact.state, json);
  JsonMember("improve", fact.improve, json);
  json->EndObject();
}

}  // namespace

std::string ReportToJson(const EnforcementReport& report) {
  return JsonObject([&](JsonWriter* json) {
    JsonMember("kernel", report.kernel, json);
    JsonBool("probed", report.probed, json);
    json->Key("facts").StartArray();
    for (const ReportedFact& fact : report.facts) WriteFact(fact, json);
    json->EndArray();
    json->Key("rows").StartArray();
    for (const EnforcementRow& row : report.rows) WriteRow(row, json);
    json->EndArray();
    json->Key("limits").StartArray();
    for (const LimitRow& row : report.limits) WriteLimit(row, json);
    json->EndArray();
  });
}

}  // namespace postern
