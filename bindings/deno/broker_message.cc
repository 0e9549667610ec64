#include "bindings/deno/broker_message.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/base/utf8.h"
#include "permission/text/display.h"
#include "permission/text/json_writer.h"
#include "rapidjson/document.h"
#include "rapidjson/error/en.h"

namespace postern {
namespace deno {
namespace {

using rapidjson::Value;

absl::string_view TextOf(const Value& string) {
  return absl::string_view(string.GetString(), string.GetStringLength());
}

// The parser takes half of a surrogate pair ("\udc80") for a character, and
// makes bytes of it that are none.
bool IsText(const Value& value) {
  return value.IsString() && fs::IsUtf8(TextOf(value));
}

// "" if there are just the members that a request has, each once.
std::string TroubleWithNames(const Value& root) {
  std::set<absl::string_view> seen;
  for (const auto& member : root.GetObject()) {
    const absl::string_view name = TextOf(member.name);
    if (name != "v" && name != "pid" && name != "id" && name != "datetime" &&
        name != "permission" && name != "value") {
      return absl::StrCat("unknown member ",
                          internal::QuoteForDisplay(name.substr(0, 64)));
    }
    if (!seen.insert(name).second) return "a member is given twice";
  }
  return "";
}

std::string TroubleWith(const Value& root) {
  std::string trouble = TroubleWithNames(root);
  if (!trouble.empty()) return trouble;
  const auto version = root.FindMember("v");
  if (version == root.MemberEnd() || !version->value.IsUint64() ||
      version->value.GetUint64() != kBrokerVersion) {
    return "a version of the protocol that is not known";
  }
  const auto pid = root.FindMember("pid");
  if (pid == root.MemberEnd() || !pid->value.IsUint()) return "no pid";
  const auto time = root.FindMember("datetime");
  if (time == root.MemberEnd() || !IsText(time->value)) return "no datetime";
  const auto permission = root.FindMember("permission");
  if (permission == root.MemberEnd() || !IsText(permission->value)) {
    return "no permission";
  }
  const auto value = root.FindMember("value");
  return value != root.MemberEnd() &&
                 (value->value.IsNull() || IsText(value->value))
             ? ""
             : "no value";
}

}  // namespace

absl::optional<BrokerRequest> ReadRequest(absl::string_view line,
                                          absl::optional<uint64_t>* id,
                                          std::string* problem) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  *id = absl::nullopt;
  // The parser takes the one for the end of the text, and passes over the
  // other.
  if (absl::StrContains(line, '\0') || absl::StartsWith(line, "\xef\xbb\xbf")) {
    *problem = "a NUL byte, or a byte order mark";
    return absl::nullopt;
  }
  rapidjson::Document root;
  root.Parse<kFlags>(line.data(), line.size());
  if (root.HasParseError() || !root.IsObject()) {
    *problem = root.HasParseError()
                   ? rapidjson::GetParseError_En(root.GetParseError())
                   : "expected an object";
    return absl::nullopt;
  }
  const auto number = root.FindMember("id");
  if (number == root.MemberEnd() || !number->value.IsInt64() ||
      number->value.GetInt64() < 0) {
    *problem = "no id";
    return absl::nullopt;
  }
  *id = number->value.GetUint64();
  *problem = TroubleWith(root);
  if (!problem->empty()) return absl::nullopt;
  BrokerRequest request;
  request.id = **id;
  request.permission = std::string(TextOf(root["permission"]));
  const Value& value = root["value"];
  if (value.IsString()) request.value = std::string(TextOf(value));
  return request;
}

std::string AnswerText(uint64_t id, bool allow, absl::string_view reason) {
  return absl::StrCat(WriteJsonObject([&](JsonWriter& json) {
                        json.Key("id").Integer(static_cast<int64_t>(id));
                        json.Key("result").String(allow ? "allow" : "deny");
                        if (!reason.empty()) json.Key("reason").String(reason);
                      }),
                      "\n");
}

}  // namespace deno
}  // namespace postern
