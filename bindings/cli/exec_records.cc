#include "bindings/cli/exec_records.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bindings/cli/json.h"
#include "permission/backstop/report_proto.h"
#include "permission/backstop/report_text.h"
#include "process/usage.h"

namespace postern {
namespace cli {
namespace {

void SecondsMember(const char* name, absl::Duration time, JsonWriter* json) {
  json->Key(name).Number(absl::ToDoubleSeconds(time));
}

void UsageMembers(const process::Usage& usage, JsonWriter* json) {
  SecondsMember("cpu_user_seconds", usage.cpu_user, json);
  SecondsMember("cpu_system_seconds", usage.cpu_system, json);
  SecondsMember("tied_up_seconds", usage.tied_up, json);
  json->Key("peak_memory_bytes")
      .Integer(static_cast<int64_t>(usage.peak_memory_bytes));
  json->Key("memory_byte_seconds").Number(usage.memory_byte_seconds);
  json->Key("read_bytes").Integer(static_cast<int64_t>(usage.read_bytes));
  json->Key("written_bytes").Integer(static_cast<int64_t>(usage.written_bytes));
}

void SeenMember(const process::ChildEvent& end, JsonWriter* json) {
  json->Key("seen").Array([&] {
    for (const process::ChildEvent::Seen& seen : end.seen) {
      json->StartObject();
      JsonMember("limit", process::LimitName(seen.limit), json);
      json->Key("most").Integer(static_cast<int64_t>(seen.use.most));
      json->Key("held_to").Integer(static_cast<int64_t>(seen.use.held_to));
      json->EndObject();
    }
  });
}

void LimitsMember(const process::Child& child, JsonWriter* json) {
  json->Key("limits");
  json->StartArray();
  for (const process::LimitResult& limit : child.limits()) {
    json->StartObject();
    JsonMember("limit", process::LimitName(limit.limit), json);
    JsonMember("held_by", process::LimitLevelName(limit.level), json);
    if (!limit.note.empty()) JsonMember("note", limit.note, json);
    json->EndObject();
  }
  json->EndArray();
}

}  // namespace

absl::Status WriteReport(const std::string& name, const RecordFile& file,
                         const EnforcementReport& report) {
  return file.Write(absl::EndsWith(name, ".json")    ? ReportToJson(report)
                    : absl::EndsWith(name, ".binpb") ? ReportToBinary(report)
                                                     : ReportToText(report));
}

absl::Status WriteUsage(const RecordFile& file, const process::Child& child,
                        const process::ChildEvent& end) {
  // One line, for files that records are added to.
  const std::string line = WriteJsonObject([&](JsonWriter& json) {
    json.Key("exit_code").Integer(end.exit_status);
    json.Key("signal").Integer(end.signal);
    UsageMembers(end.usage, &json);
    json.Key("reached").Array([&] {
      for (const process::Limit limit : end.reached) {
        json.String(process::LimitName(limit));
      }
    });
    SeenMember(end, &json);
    JsonBool("ended_by_limit", end.ended_by_limit, &json);
    json.Key("left_over").Integer(end.left_over);
    LimitsMember(child, &json);
  });
  return file.Write(absl::StrCat(line, "\n"));
}

}  // namespace cli
}  // namespace postern
