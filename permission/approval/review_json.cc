#include "permission/approval/review_json.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "absl/strings/string_view.h"
#include "permission/approval/review_text.h"
#include "permission/internal/escape.h"

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

void Item(size_t number, const ReviewItem& item, Writer* writer) {
  const PermissionRequest& request = item.request;
  writer->StartObject();
  writer->Key("number");
  writer->Uint64(number);
  Text("change", ChangeName(item.change), writer);
  Text("permission", request.permissions.ToString(), writer);
  Text("pattern", DescribePattern(request.permissions, request.pattern),
       writer);
  Text("reason", EscapeForDisplay(request.reason), writer);
  Text("source", EscapeForDisplay(request.source.ToString()), writer);
  Risks(item.risks, writer);
  writer->EndObject();
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
  writer.Key("items");
  writer.StartArray();
  for (size_t i = 0; i < review.items.size(); ++i) {
    Item(i + 1, review.items[i], &writer);
  }
  writer.EndArray();
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace postern
