#include "permission/approval/review_json.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "absl/strings/string_view.h"
#include "net/csp/directive.h"
#include "permission/approval/review_text.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using internal::EscapeForDisplay;
using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void Text(absl::string_view key, absl::string_view value, Writer* writer) {
  writer->Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  writer->String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void Time(absl::string_view key, absl::Time time, Writer* writer) {
  Text(key, absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()),
       writer);
}

void Current(const Review& review, Writer* writer) {
  writer->Key("current");
  writer->StartObject();
  writer->Key("revision");
  writer->Int64(review.current.revision);
  writer->Key("in_force");
  writer->Bool(review.in_force);
  if (review.current.approval) {
    const Approval& approval = *review.current.approval;
    Text("approved_by", EscapeForDisplay(approval.approved_by), writer);
    Time("approved_at", approval.approved_at, writer);
    if (approval.expires) Time("expires", *approval.expires, writer);
  }
  writer->EndObject();
}

void Risks(const std::vector<RiskNote>& risks, Writer* writer) {
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

void What(const PermissionRequest& request, Writer* writer) {
  Text("permission", request.permissions.ToString(), writer);
  Text("pattern", DescribePattern(request.permissions, request.pattern),
       writer);
}

void What(const CspRequest& request, Writer* writer) {
  Text("directive", csp::DirectiveName(request.directive), writer);
  Text("word", EscapeForDisplay(request.word), writer);
  Text("words", DescribeCsp(request), writer);
}

// Of either kind; their numbers begin behind `before`.
template <typename AnyItem>
void Items(absl::string_view key, const std::vector<AnyItem>& items,
           size_t before, Writer* writer) {
  writer->Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  writer->StartArray();
  for (size_t i = 0; i < items.size(); ++i) {
    const AnyItem& item = items[i];
    writer->StartObject();
    writer->Key("number");
    writer->Uint64(before + i + 1);
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
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  writer.Key("format");
  writer.Int(1);
  Text("app", EscapeForDisplay(review.app.id()), &writer);
  Text("title", EscapeForDisplay(review.title), &writer);
  Text("digest", review.digest, &writer);
  writer.Key("needs_approval");
  writer.Bool(review.NeedsApproval());
  Current(review, &writer);
  Items("items", review.items, 0, &writer);
  Items("csp", review.csp, review.items.size(), &writer);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace postern
