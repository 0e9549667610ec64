#include "bindings/cli/problems.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "bindings/cli/json.h"
#include "bindings/cli/output.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// A status carries more than one message as payloads: lines, and JSON.
constexpr char kLines[] = "postern/lines";
constexpr char kJson[] = "postern/json";

bool HasPlace(const RuleSource& source) {
  return source.kind != RuleSource::Kind::kHost || !source.name.empty();
}

std::string Shown(absl::string_view message) {
  return EscapeAllBut("\\", message);
}

// One line, whatever a pattern in the message holds.
std::string LineOf(const Problem& problem) {
  if (!HasPlace(problem.source)) return Shown(problem.message);
  return absl::StrCat(internal::EscapeForDisplay(problem.source.ToString()),
                      ": ", Shown(problem.message));
}

std::string ToJson(const Problem& problem) {
  return WriteJsonObject([&](JsonWriter& json) {
    json.Key("message").String(Shown(problem.message));
    WritePlace(problem.source, &json);
  });
}

}  // namespace

void WritePlace(const RuleSource& source, JsonWriter* json) {
  if (source.kind != RuleSource::Kind::kFile) {
    if (HasPlace(source)) JsonMember("source", source.ToString(), json);
    return;
  }
  JsonMember("file", source.name, json);
  if (source.line > 0) json->Key("line").Integer(source.line);
  if (source.column > 0) json->Key("column").Integer(source.column);
}

absl::Status ProblemsStatus(const std::vector<Problem>& problems) {
  std::vector<std::string> lines, objects;
  for (const Problem& problem : problems) {
    lines.push_back(LineOf(problem));
    objects.push_back(ToJson(problem));
  }
  absl::Status status = absl::InvalidArgumentError(lines[0]);
  status.SetPayload(kLines, absl::Cord(absl::StrJoin(lines, "\n")));
  status.SetPayload(kJson, absl::Cord(absl::StrJoin(objects, "\n")));
  return status;
}

std::vector<std::string> ProblemLines(const absl::Status& error) {
  const absl::optional<absl::Cord> lines = error.GetPayload(kLines);
  if (!lines) return {std::string(error.message())};
  return absl::StrSplit(std::string(*lines), '\n');
}

void WriteProblems(const absl::Status& error, JsonWriter* json) {
  json->Key("error").String(Shown(error.message()));
  json->Key("errors").StartArray();
  const absl::optional<absl::Cord> objects = error.GetPayload(kJson);
  if (objects) {
    for (absl::string_view object :
         absl::StrSplit(std::string(*objects), '\n')) {
      json->Raw(object);
    }
  } else {
    json->StartObject().Key("message").String(Shown(error.message()));
    json->EndObject();
  }
  json->EndArray();
}

}  // namespace cli
}  // namespace postern
