#include "permission/approval/manifest_proto.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "google/protobuf/descriptor.h"
#include "permission/approval/manifest.pb.h"
#include "permission/approval/risk.h"
#include "permission/proto/message_filler.h"
#include "permission/proto/read_message.h"
#include "permission/proto/values.h"

namespace postern {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Invalid(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

// Empty text stands for an absent field: the visitor refuses it when given.
RulePattern TextOrWhole(const std::string& text) {
  return text.empty() ? RulePattern::Whole() : RulePattern::Text(text);
}

PermissionSet BothWays(v1::RequestAccess access, Permission read,
                       Permission write) {
  if (access == v1::WRITE) return PermissionSet(write);
  if (access == v1::READ_WRITE) {
    return PermissionSet(read) | PermissionSet(write);
  }
  return PermissionSet(read);
}

// One overload for each section: what the request is for.

absl::Status Convert(const v1::CallRequest& from, PermissionRequest* to) {
  to->permissions = PermissionSet(Permission::kPluginCall);
  if (!from.function().empty()) {
    to->pattern =
        RulePattern::Call(from.function(), ToVector(from.args()),
                          from.exact() ? CallForm::kExact : CallForm::kList);
  } else if (from.args_size() > 0 || from.exact()) {
    return Invalid("call without \"function\", expected its full name");
  }
  return absl::OkStatus();
}

absl::Status Convert(const v1::ModuleRequest& from, PermissionRequest* to) {
  to->permissions = PermissionSet(Permission::kPluginLoad);
  to->pattern = TextOrWhole(from.id());
  return absl::OkStatus();
}

absl::Status Convert(const v1::FsRequest& from, PermissionRequest* to) {
  to->permissions =
      BothWays(from.access(), Permission::kFsRead, Permission::kFsWrite);
  to->pattern = TextOrWhole(from.path());
  return absl::OkStatus();
}

absl::Status Convert(const v1::EnvRequest& from, PermissionRequest* to) {
  to->permissions =
      BothWays(from.access(), Permission::kEnvRead, Permission::kEnvWrite);
  to->pattern = TextOrWhole(from.name());
  return absl::OkStatus();
}

absl::Status Convert(const v1::SecretRequest& from, PermissionRequest* to) {
  to->permissions = PermissionSet(from.access() == v1::SecretRequest::REVEAL
                                      ? Permission::kSecretReveal
                                      : Permission::kSecretUse);
  if (from.key_size() > 0) {
    to->pattern = RulePattern::Secret(ToVector(from.key()));
  }
  return absl::OkStatus();
}

absl::Status Convert(const v1::DeviceRequest& from, PermissionRequest* to) {
  to->permissions = PermissionSet(Permission::kDeviceUse);
  to->pattern = TextOrWhole(from.path());
  return absl::OkStatus();
}

absl::Status Convert(const v1::SysRequest& from, PermissionRequest* to) {
  to->permissions = PermissionSet(Permission::kSysInfo);
  to->pattern = TextOrWhole(from.fact());
  return absl::OkStatus();
}

absl::Status Convert(const v1::CodeRequest& from, PermissionRequest* to) {
  switch (from.what_case()) {
    case v1::CodeRequest::kLoad:
      to->permissions = PermissionSet(Permission::kCodeLoad);
      to->pattern = RulePattern::Text(from.load());
      return absl::OkStatus();
    case v1::CodeRequest::kImport:
      to->permissions = PermissionSet(Permission::kCodeImport);
      to->pattern = RulePattern::Text(from.import());
      return absl::OkStatus();
    case v1::CodeRequest::kEval:
      to->permissions = PermissionSet(Permission::kCodeEval);
      if (from.eval()) return absl::OkStatus();
      break;
    case v1::CodeRequest::kThreads:
      to->permissions = PermissionSet(Permission::kThreadCreate);
      if (from.threads()) return absl::OkStatus();
      break;
    case v1::CodeRequest::WHAT_NOT_SET:
      break;
  }
  return Invalid(
      "code request for nothing, expected load, import, eval: true or "
      "threads: true");
}

bool Unlimited(const std::string& part) { return part == "*" || part == "**"; }

// Why a request needs a reason; nullopt if it does not.
absl::optional<std::string> WhyBroad(const PermissionRequest& request) {
  if (request.pattern.kind() == RulePattern::Kind::kWhole) {
    return "not limited to any resource";
  }
  for (const RiskNote& note : RisksOf(request.permissions, request.pattern)) {
    if (note.code == "every-resource" || note.code == "broad-path" ||
        note.code == "voids-model") {
      return note.text;
    }
  }
  const RulePattern& pattern = request.pattern;
  const std::vector<std::string>& parts = pattern.parts();
  const bool call = pattern.kind() == RulePattern::Kind::kCall;
  const bool no_args =
      call && parts.empty() && pattern.form() == CallForm::kExact;
  const bool listed = call || pattern.kind() == RulePattern::Kind::kSecret;
  if (listed && !no_args &&
      std::all_of(parts.begin(), parts.end(), Unlimited)) {
    return call ? "accepts any arguments" : "not limited to any secret";
  }
  return absl::nullopt;
}

absl::Status CheckReason(const PermissionRequest& request) {
  if (!request.reason.empty()) return absl::OkStatus();
  const absl::optional<std::string> why = WhyBroad(request);
  if (!why) return absl::OkStatus();
  return Invalid(absl::StrCat("broad request without a reason (", *why,
                              "), expected \"reason\""));
}

bool IsReason(const FieldDescriptor& field) {
  return field.name() == "reason" || field.name() == "title";
}

bool IsArgument(const FieldDescriptor& field) {
  return field.name() == "args" || field.name() == "key";
}

// Makes a Manifest of a file's parts.
class ManifestVisitor : public MessageVisitor {
 public:
  ManifestVisitor(const FileInput& input, const ReadLimits& limits)
      : sources_(input), max_requests_(limits.max_rules) {}

  Manifest Take() { return std::move(manifest_); }

  absl::Status OnString(const FieldDescriptor& field,
                        const std::string& value) override {
    if (field.name() == "app") return SetApp(value);
    if (IsReason(field) || IsArgument(field)) return absl::OkStatus();
    return CheckNotEmpty(field.name(), value);
  }

  // The only number is the version.
  absl::Status OnNumber(const FieldDescriptor&, uint32_t value) override {
    return CheckVersion(value);
  }

  absl::Status OnMessage(const Message& message, size_t offset) override {
    if (message.GetDescriptor() == v1::Manifest::descriptor()) {
      return Finish(As<v1::Manifest>(message));
    }
    if (manifest_.requests.size() >= max_requests_) {
      return Invalid(
          absl::StrCat("too many requests, expected at most ", max_requests_));
    }
    return Request<v1::CallRequest, v1::ModuleRequest, v1::FsRequest,
                   v1::EnvRequest, v1::SecretRequest, v1::DeviceRequest,
                   v1::SysRequest, v1::CodeRequest>(message, offset);
  }

 private:
  absl::Status SetApp(const std::string& id) {
    absl::StatusOr<Principal> app = Principal::Parse(id);
    if (app.ok()) manifest_.app = *std::move(app);
    return app.status();
  }

  // Adds the request that `message` is, one of the types T...
  template <typename... T>
  absl::Status Request(const Message& message, size_t offset) {
    absl::Status status = Invalid("unknown kind of request");
    // One after another; the first that fits ends the search.
    (void)(AddIf<T>(message, offset, &status) || ...);
    return status;
  }

  template <typename T>
  bool AddIf(const Message& message, size_t offset, absl::Status* status) {
    if (message.GetDescriptor() != T::descriptor()) return false;
    const T& from = As<T>(message);
    PermissionRequest request;
    *status = Convert(from, &request);
    request.reason = from.reason();
    if (status->ok()) *status = CheckReason(request);
    if (!status->ok()) return true;
    request.source = sources_.Find(offset);
    manifest_.requests.push_back(std::move(request));
    return true;
  }

  absl::Status Finish(const v1::Manifest& from) {
    manifest_.title = from.title();
    const absl::Status status = CheckVersionGiven(from.version());
    if (!status.ok()) return status;
    if (from.app().empty()) return Invalid("no \"app\", expected an app id");
    return absl::OkStatus();
  }

  SourceFinder sources_;
  const size_t max_requests_;
  Manifest manifest_;
};

absl::StatusOr<Manifest> Parse(const FileInput& input,
                               const ReadLimits& limits) {
  v1::Manifest root;
  ManifestVisitor visitor(input, limits);
  const absl::Status status =
      ReadMessage(input, limits.max_bytes, &root, &visitor);
  if (!status.ok()) return status;
  return visitor.Take();
}

}  // namespace

absl::StatusOr<Manifest> ParseManifestText(absl::string_view text,
                                           absl::string_view file_name,
                                           const ReadLimits& limits) {
  return Parse({FileForm::kText, text, file_name}, limits);
}

absl::StatusOr<Manifest> ParseManifestJson(absl::string_view json,
                                           absl::string_view file_name,
                                           const ReadLimits& limits) {
  return Parse({FileForm::kJson, json, file_name}, limits);
}

absl::StatusOr<Manifest> ParseManifestBinary(absl::string_view bytes,
                                             absl::string_view file_name,
                                             const ReadLimits& limits) {
  return Parse({FileForm::kBinary, bytes, file_name}, limits);
}

absl::StatusOr<Manifest> ReadManifestFile(const std::string& path,
                                          const ReadLimits& limits) {
  const absl::StatusOr<FileForm> form = DetectForm(path);
  if (!form.ok()) return form.status();
  const absl::StatusOr<std::string> bytes =
      ReadRegularFile(path, limits.max_bytes);
  if (!bytes.ok()) return bytes.status();
  return Parse({*form, *bytes, path}, limits);
}

}  // namespace postern
