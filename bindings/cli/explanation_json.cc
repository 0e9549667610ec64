#include "bindings/cli/explanation_json.h"

#include <algorithm>

#include "bindings/cli/json.h"
#include "permission/text/explain_json.h"

namespace postern {
namespace cli {

bool Verdict::granted() const {
  return unknown_real_name.empty() && !answers.empty() &&
         std::all_of(answers.begin(), answers.end(), [](const NamedAnswer& a) {
           return a.explanation.decision.allowed();
         });
}

void WriteVerdict(const Verdict& verdict, JsonWriter* json) {
  JsonBool("granted", verdict.granted(), json);
  JsonBool("advisory", verdict.advisory, json);
  if (!verdict.unknown_real_name.empty()) {
    JsonMember("unknown_real_name", verdict.unknown_real_name, json);
  }
}

void WriteAnswers(const Verdict& verdict, JsonWriter* json) {
  json->Key("answers").StartArray();
  for (const NamedAnswer& answer : verdict.answers) {
    json->StartObject().Key("name").String(answer.name);
    WriteExplanation(answer.explanation, json);
    json->EndObject();
  }
  json->EndArray();
}

std::string VerdictToJson(const Verdict& verdict) {
  return JsonObject([&](JsonWriter* json) {
    WriteVerdict(verdict, json);
    WriteAnswers(verdict, json);
  });
}

}  // namespace cli
}  // namespace postern
