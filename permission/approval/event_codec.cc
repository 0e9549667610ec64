#include "permission/approval/event_codec.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "net/csp/directive.h"
#include "permission/approval/internal/canonical.h"

namespace postern {
namespace {

using internal::CanonicalReader;
using internal::CanonicalWriter;

constexpr absl::string_view kFormat = "postern approval event 1";
// The form with words for the app's pages, at least one. Readers that know only
// the first form refuse it.
constexpr absl::string_view kFormatWithCsp = "postern approval event 2";
// With a place, and then words for pages if there are any.
constexpr absl::string_view kFormatWithPlace = "postern approval event 3";
constexpr size_t kChecksumBytes = 32;

void WriteTime(absl::Time time, CanonicalWriter* writer) {
  writer->Number(static_cast<uint64_t>(absl::ToUnixNanos(time)));
}

absl::Time ReadTime(CanonicalReader* reader) {
  return absl::FromUnixNanos(static_cast<int64_t>(reader->Number()));
}

void WriteApproval(const Approval& approval, CanonicalWriter* writer) {
  writer->Bytes(approval.approved_by);
  WriteTime(approval.approved_at, writer);
  writer->Bytes(approval.digest);
  writer->Number(approval.expires ? 1 : 0);
  if (approval.expires) WriteTime(*approval.expires, writer);
  writer->Number(approval.requests.size());
  for (const PermissionRequest& request : approval.requests) {
    writer->Permissions(request.permissions);
    writer->Pattern(request.pattern);
    writer->Bytes(request.reason);
    writer->Source(request.source);
  }
  if (!approval.place.empty()) writer->Bytes(approval.place);
  if (approval.csp.empty() && approval.place.empty()) return;
  writer->Number(approval.csp.size());
  for (const CspRequest& request : approval.csp) {
    writer->Bytes(csp::DirectiveName(request.directive));
    writer->Bytes(request.word);
    writer->Bytes(request.reason);
    writer->Source(request.source);
  }
}

PermissionRequest ReadRequest(CanonicalReader* reader) {
  PermissionRequest request;
  request.permissions = reader->Permissions();
  request.pattern = reader->Pattern();
  request.reason = std::string(reader->Bytes());
  request.source = reader->Source();
  return request;
}

CspRequest ReadCspRequest(CanonicalReader* reader) {
  CspRequest request;
  const absl::optional<csp::Directive> directive =
      csp::ParseDirectiveName(reader->Bytes());
  // An unknown name is then not written as it was read.
  if (directive) request.directive = *directive;
  request.word = std::string(reader->Bytes());
  request.reason = std::string(reader->Bytes());
  request.source = reader->Source();
  return request;
}

Approval ReadApproval(const std::string& app, absl::string_view format,
                      CanonicalReader* reader) {
  Approval approval;
  approval.app = app;
  approval.approved_by = std::string(reader->Bytes());
  approval.approved_at = ReadTime(reader);
  approval.digest = std::string(reader->Bytes());
  if (reader->Number() != 0) approval.expires = ReadTime(reader);
  for (uint64_t left = reader->Count(); left > 0 && reader->ok(); --left) {
    approval.requests.push_back(ReadRequest(reader));
  }
  if (format == kFormat) return approval;
  if (format == kFormatWithPlace) approval.place = std::string(reader->Bytes());
  for (uint64_t left = reader->Count(); left > 0 && reader->ok(); --left) {
    approval.csp.push_back(ReadCspRequest(reader));
  }
  return approval;
}

absl::string_view FormatOf(const ApprovalEvent& event) {
  if (!event.approval) return kFormat;
  if (!event.approval->place.empty()) return kFormatWithPlace;
  return event.approval->csp.empty() ? kFormat : kFormatWithCsp;
}

std::string Encode(const ApprovalEvent& event) {
  CanonicalWriter writer(FormatOf(event));
  writer.Number(static_cast<uint64_t>(event.revision));
  writer.Bytes(event.app);
  writer.Bytes(event.info.who);
  WriteTime(event.info.when, &writer);
  writer.Bytes(event.info.note);
  writer.Number(event.approval ? 1 : 0);
  if (event.approval) WriteApproval(*event.approval, &writer);
  return absl::StrCat(writer.bytes(), internal::Sha256(writer.bytes()));
}

absl::Status ValidateEvent(const ApprovalEvent& event) {
  if (event.revision < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid revision ", event.revision));
  }
  return ValidateChange(event.app, event.approval, event.info);
}

}  // namespace

absl::StatusOr<std::string> EncodeEvent(const ApprovalEvent& event) {
  if (absl::Status s = ValidateEvent(event); !s.ok()) return s;
  std::string bytes = Encode(event);
  if (bytes.size() <= kMaxEventBytes) return bytes;
  return absl::InvalidArgumentError(
      absl::StrCat("the approval takes ", bytes.size(), " bytes, at most ",
                   kMaxEventBytes, " can be stored"));
}

absl::StatusOr<ApprovalEvent> DecodeEvent(absl::string_view bytes) {
  if (bytes.size() < kChecksumBytes || bytes.size() > kMaxEventBytes) {
    return absl::DataLossError("it is of an impossible size");
  }
  const absl::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (internal::Sha256(body) != bytes.substr(body.size())) {
    return absl::DataLossError("its checksum differs");
  }
  absl::string_view format = kFormat;
  CanonicalReader reader(body, format);
  for (absl::string_view other : {kFormatWithCsp, kFormatWithPlace}) {
    if (reader.ok()) break;
    format = other;
    reader = CanonicalReader(body, format);
  }
  if (!reader.ok()) return absl::DataLossError("it is of an unknown version");
  ApprovalEvent event;
  event.revision = static_cast<int64_t>(reader.Number());
  event.app = std::string(reader.Bytes());
  event.info.who = std::string(reader.Bytes());
  event.info.when = ReadTime(&reader);
  event.info.note = std::string(reader.Bytes());
  if (reader.Number() != 0) {
    event.approval = ReadApproval(event.app, format, &reader);
  }
  // One spelling only: what would be written differently was not written here.
  if (!reader.AtEnd() || Encode(event) != bytes) {
    return absl::DataLossError("its values make no sense");
  }
  if (absl::Status s = ValidateEvent(event); !s.ok()) {
    return absl::DataLossError(s.message());
  }
  return event;
}

}  // namespace postern
