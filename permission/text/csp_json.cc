#include "permission/text/csp_json.h"

#include <vector>

#include "net/csp/findings.h"
#include "permission/text/json_members.h"

namespace postern {
namespace {

template <typename T, typename F>
void JsonObjects(const char* key, const std::vector<T>& all, JsonWriter* json,
                 F members) {
  json->Key(key);
  json->StartArray();
  for (const T& one : all) {
    json->StartObject();
    members(one);
    json->EndObject();
  }
  json->EndArray();
}

void WritePlace(const csp::Place& place, JsonWriter* json) {
  json->Key("line");
  json->Integer(place.line);
  json->Key("column");
  json->Integer(place.column);
}

void WriteProvenance(const csp::Provenance& from, JsonWriter* json) {
  JsonMember("voice", csp::VoiceName(from.voice), json);
  if (!from.app.empty()) JsonMember("app", from.app, json);
  JsonMember("file", from.file, json);
  WritePlace(from.place, json);
}

void WriteFrom(const std::vector<csp::Provenance>& from, JsonWriter* json) {
  JsonObjects("from", from, json,
              [json](const csp::Provenance& p) { WriteProvenance(p, json); });
}

absl::string_view KindName(csp::NoteKind kind) {
  switch (kind) {
    case csp::NoteKind::kNotGranted:
      return "not_granted";
    case csp::NoteKind::kNotAsked:
      return "not_asked";
    case csp::NoteKind::kNoneDropped:
      return "none_dropped";
    case csp::NoteKind::kConflict:
      return "conflict";
    case csp::NoteKind::kConflictTaken:
      return "conflict_accepted";
    case csp::NoteKind::kAlreadyAllowed:
      return "already_allowed";
    case csp::NoteKind::kNeverEffective:
      return "never_effective";
    case csp::NoteKind::kPartlyEffective:
      return "partly_effective";
    case csp::NoteKind::kOutsideCeiling:
      return "outside_ceiling";
    case csp::NoteKind::kFromCeiling:
      return "from_ceiling";
  }
  return "";
}

void WriteNotes(const char* key, const std::vector<csp::Note>& notes,
                JsonWriter* json) {
  JsonObjects(key, notes, json, [json](const csp::Note& note) {
    JsonMember("kind", KindName(note.kind), json);
    if (!note.app.empty()) JsonMember("app", note.app, json);
    JsonMember("directive", csp::DirectiveName(note.directive), json);
    JsonMember("word", note.word, json);
    JsonMember("message", note.message, json);
    WriteFrom({note.at}, json);
  });
}

void WriteMerged(const csp::MergedPolicy& merged, JsonWriter* json) {
  JsonMember("header", merged.policy.ToString(), json);
  JsonObjects("directives", merged.values, json,
              [json](const csp::MergedValue& value) {
                JsonMember("name", csp::DirectiveName(value.directive), json);
                if (!value.from.empty()) WriteFrom(value.from, json);
                JsonObjects("words", value.words, json,
                            [json](const csp::MergedWord& word) {
                              JsonMember("word", word.text, json);
                              WriteFrom(word.from, json);
                            });
              });
}

void WriteFindings(const char* key, const std::vector<csp::Finding>& findings,
                   JsonWriter* json) {
  JsonObjects(key, findings, json, [json](const csp::Finding& finding) {
    JsonMember("severity", csp::SeverityName(finding.severity), json);
    JsonMember("code", finding.code, json);
    JsonMember("directive", csp::DirectiveName(finding.directive), json);
    if (!finding.word.empty()) JsonMember("word", finding.word, json);
    JsonMember("message", finding.message, json);
    WriteFrom(finding.from, json);
  });
}

void WriteReview(const csp::PolicyReview& review, JsonWriter* json) {
  if (!review.app.empty()) JsonMember("app", review.app, json);
  JsonMember("header", review.header, json);
  JsonObjects("added", review.added, json, [json](const csp::Added& added) {
    JsonMember("directive", csp::DirectiveName(added.directive), json);
    JsonMember("word", added.word, json);
    JsonMember("in_words", added.in_words, json);
    WriteFrom(added.from, json);
  });
  JsonList("newly_reachable", review.reachable, json);
  JsonList("stops_working", review.stops, json);
  WriteNotes("missing", review.missing, json);
  WriteFindings("findings_if_granted", review.if_granted, json);
  WriteNotes("notes", review.notes, json);
  WriteFindings("findings", review.findings, json);
  // Lines that were made here of words that were parsed: as they stand.
  json->Key("paste");
  json->String(review.paste);
}

absl::string_view DialectName(csp::Dialect dialect) {
  switch (dialect) {
    case csp::Dialect::kSpec:
      return "specification";
    case csp::Dialect::kChromium:
      return "chromium";
  }
  return "";
}

}  // namespace

std::string CspMergeToJson(const csp::MergeResult& result,
                           const std::string& self, bool assumed_self) {
  return JsonObject([&](JsonWriter* json) {
    JsonMember("self", self, json);
    JsonBool("assumed_self", assumed_self, json);
    JsonObjects("apps", result.apps, json, [json](const csp::AppPolicy& app) {
      JsonMember("app", app.app, json);
      WriteMerged(app.merged, json);
      WriteNotes("notes", app.notes, json);
    });
    json->Key("all");
    json->StartObject();
    WriteMerged(result.all, json);
    WriteNotes("notes", result.notes, json);
    json->EndObject();
  });
}

std::string CspReviewToJson(const csp::Review& review) {
  return JsonObject([&](JsonWriter* json) {
    WriteFindings("base_findings", review.base_findings, json);
    JsonObjects(
        "apps", review.apps, json,
        [json](const csp::PolicyReview& app) { WriteReview(app, json); });
    json->Key("all");
    json->StartObject();
    WriteReview(review.all, json);
    json->EndObject();
  });
}

std::string CspAnswerToJson(const csp::FullAnswer& answer, bool detailed) {
  return JsonObject([&](JsonWriter* json) {
    JsonMember("verdict", csp::VerdictName(answer.verdict), json);
    JsonMember("directive", answer.directive, json);
    JsonMember("url", answer.url, json);
    JsonMember("self", answer.self, json);
    if (!detailed) return;
    JsonList("chain", answer.chain, json);
    JsonObjects("dialects", answer.dialects, json,
                [json](const csp::DialectAnswer& one) {
                  JsonMember("dialect", DialectName(one.dialect), json);
                  JsonBool("allowed", one.allowed, json);
                  JsonMember("governing", one.governing, json);
                  JsonMember("source", one.source, json);
                  WritePlace(one.place, json);
                });
    JsonMember("remedy", answer.remedy, json);
    JsonMember("advice", answer.advice, json);
  });
}

}  // namespace postern
