#include "permission/approval/store_json.h"

#include "absl/types/optional.h"
#include "net/csp/directive.h"
#include "permission/approval/approval.h"
#include "permission/approval/review_text.h"
#include "permission/text/json_members.h"
#include "permission/text/rule_text.h"

namespace postern {
namespace {

void WriteRequests(const Approval& approval, JsonWriter* json) {
  json->Key("requests").Array([&] {
    for (const Rule& rule : ApprovalRules(approval)) {
      json->StartObject();
      JsonMember("permission", rule.permissions.ToString(), json);
      json->Key("pattern");  // escaped already
      json->String(DescribePattern(rule.permissions, rule.pattern));
      const absl::optional<std::string> text = RuleAsPolicyText(rule);
      if (text) JsonMember("rule", *text, json);
      json->EndObject();
    }
  });
  json->Key("csp").Array([&] {
    for (const CspRequest& request : approval.csp) {
      json->StartObject();
      JsonMember("directive", csp::DirectiveName(request.directive), json);
      JsonMember("word", request.word, json);
      json->EndObject();
    }
  });
}

void WriteApproval(const Approval& approval, JsonWriter* json) {
  JsonMember("approved_by", approval.approved_by, json);
  JsonMember("approved_at", approval.approved_at, json);
  if (approval.expires) JsonMember("expires", *approval.expires, json);
  JsonMember("digest", approval.digest, json);
  if (!approval.place.empty()) JsonMember("folder", approval.place, json);
  WriteRequests(approval, json);
}

void WriteEvent(const ApprovalEvent& event, JsonWriter* json) {
  json->Key("revision").Integer(event.revision);
  JsonMember("app", event.app, json);
  JsonMember("who", event.info.who, json);
  JsonMember("when", event.info.when, json);
  JsonMember("note", event.info.note, json);
  json->Key("approval");
  if (!event.approval) {
    json->Null();
  } else {
    json->Object([&] { WriteApproval(*event.approval, json); });
  }
}

}  // namespace

std::string ApprovalsToJson(const std::vector<AppApproval>& entries) {
  return JsonObject([&](JsonWriter* json) {
    json->Key("approvals").Array([&] {
      for (const AppApproval& entry : entries) {
        json->StartObject();
        JsonMember("app", entry.app, json);
        json->Key("revision").Integer(entry.revision);
        WriteApproval(entry.approval, json);
        json->EndObject();
      }
    });
  });
}

std::string EventsToJson(const std::vector<ApprovalEvent>& events) {
  return JsonObject([&](JsonWriter* json) {
    json->Key("events").Array([&] {
      for (const ApprovalEvent& event : events) {
        json->Object([&] { WriteEvent(event, json); });
      }
    });
  });
}

}  // namespace postern
