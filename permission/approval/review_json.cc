#include "permission/approval/review_json.h"

#include "absl/strings/string_view.h"
#include "net/csp/directive.h"
#include "permission/approval/review_text.h"
#include "permission/text/display.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace {

using internal::EscapeForDisplay;

void Text(absl::string_view key, absl::string_view value, JsonWriter* writer) {
  writer->Key(key).String(value);
}

void Time(absl::string_view key, absl::Time time, JsonWriter* writer) {
  Text(key, absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()),
       writer);
}

void Current(const Review& review, JsonWriter* writer) {
  writer->Key("current");
  writer->StartObject();
  writer->Key("revision").Integer(review.current.revision);
  writer->Key("in_force").Bool(review.in_force);
  if (review.current.approval) {
    const Approval& approval = *review.current.approval;
    Text("approved_by", EscapeForDisplay(approval.approved_by), writer);
    Time("approved_at", approval.approved_at, writer);
    if (approval.expires) Time("expires", *approval.expires, writer);
  }
  writer->EndObject();
}

void Risks(const std::vector<RiskNote>& risks, JsonWriter* writer) {
  writer->Key("risks");
  writer->StartArray();
  for (const RiskNote& risk : risks) {
    writer->StartObject();
    Text("code", risk.code, writer);
    Text("text", risk.text, writer);
    writer->EndObject();
  }
  writer->EndArray();
}

void Summary(const Review& review, JsonWriter* writer) {
  writer->Key("risk_summary");
  writer->StartArray();
  for (const RiskSummary& risk : SummarizeRisks(review)) {
    writer->StartObject();
    Text("code", risk.code, writer);
    writer->Key("items");
    writer->StartArray();
    for (size_t number : risk.items) {
      writer->Integer(static_cast<int64_t>(number));
    }
    writer->EndArray();
    writer->EndObject();
  }
  writer->EndArray();
}

void What(const PermissionRequest& request, JsonWriter* writer) {
  Text("permission", request.permissions.ToString(), writer);
  Text("pattern", DescribePattern(request.permissions, request.pattern),
       writer);
}

void What(const CspRequest& request, JsonWriter* writer) {
  Text("directive", csp::DirectiveName(request.directive), writer);
  Text("word", EscapeForDisplay(request.word), writer);
  Text("words", DescribeCsp(request), writer);
}

// Of either kind; their numbers begin behind `before`.
template <typename AnyItem>
void Items(absl::string_view key, const std::vector<AnyItem>& items,
           size_t before, JsonWriter* writer) {
  writer->Key(key);
  writer->StartArray();
  for (size_t i = 0; i < items.size(); ++i) {
    const AnyItem& item = items[i];
    writer->StartObject();
    writer->Key("number").Integer(static_cast<int64_t>(before + i + 1));
    Text("change", ChangeName(item.change), writer);
    What(item.request, writer);
    Text("reason", EscapeForDisplay(item.request.reason), writer);
    Text("source", EscapeForDisplay(item.request.source.ToString()), writer);
    Risks(item.risks, writer);
    writer->EndObject();
  }
  writer->EndArray();
}

}  // namespace

std::string ReviewToJson(const Review& review) {
  return WriteIndentedJsonObject([&review](JsonWriter& json) {
    json.Key("format").Integer(1);
    Text("app", EscapeForDisplay(review.app.id()), &json);
    Text("title", EscapeForDisplay(review.title), &json);
    Text("digest", review.digest, &json);
    json.Key("needs_approval").Bool(review.NeedsApproval());
    Current(review, &json);
    Summary(review, &json);
    Items("items", review.items, 0, &json);
    Items("csp", review.csp, review.items.size(), &json);
  });
}

}  // namespace postern
