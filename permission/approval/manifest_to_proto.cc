// The half of manifest_proto.h that writes.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "net/csp/directive.h"
#include "permission/approval/csp_request.h"
#include "permission/approval/internal/endpoint_extent.h"
#include "permission/approval/manifest.pb.h"
#include "permission/approval/manifest_proto.h"
#include "permission/proto/print_message.h"
#include "permission/proto/values.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using Kind = RulePattern::Kind;

constexpr PermissionSet Set(Permission permission) {
  return PermissionSet(permission);
}

absl::Status CannotWrite(const PermissionRequest& request) {
  return absl::InvalidArgumentError(internal::EscapeForDisplay(absl::StrCat(
      "request for ", request.permissions.ToString(), " on ",
      request.pattern.ToString(), " cannot be written as a manifest")));
}

// Whether the pattern is text or nothing, as every section but calls and
// secrets wants it.
bool HasPlainPattern(const PermissionRequest& request) {
  return request.pattern.kind() == Kind::kWhole ||
         (request.pattern.kind() == Kind::kText &&
          !request.pattern.text().empty());
}

v1::RequestAccess AccessOf(PermissionSet set, PermissionSet read,
                           PermissionSet write) {
  if (set == read) return v1::READ;
  return set == write ? v1::WRITE : v1::READ_WRITE;
}

// Each of these writes the request if it is of its section.

bool WriteCall(const PermissionRequest& request, v1::Manifest* to) {
  const RulePattern& pattern = request.pattern;
  const bool whole = pattern.kind() == Kind::kWhole;
  const bool call = pattern.kind() == Kind::kCall && !pattern.text().empty();
  if (request.permissions != Set(Permission::kPluginCall)) return false;
  if (!whole && !call) return false;
  v1::CallRequest* entry = to->add_calls();
  entry->set_function(pattern.text());
  for (const std::string& arg : pattern.parts()) entry->add_args(arg);
  entry->set_exact(call && pattern.form() == CallForm::kExact);
  entry->set_reason(request.reason);
  return true;
}

bool WriteSecret(const PermissionRequest& request, v1::Manifest* to) {
  const RulePattern& pattern = request.pattern;
  const bool reveal = request.permissions == Set(Permission::kSecretReveal);
  const bool whole = pattern.kind() == Kind::kWhole;
  const bool key = pattern.kind() == Kind::kSecret && !pattern.parts().empty();
  if (!reveal && request.permissions != Set(Permission::kSecretUse)) {
    return false;
  }
  if (!whole && !key) return false;
  v1::SecretRequest* entry = to->add_secrets();
  for (const std::string& part : pattern.parts()) entry->add_key(part);
  entry->set_access(reveal ? v1::SecretRequest::REVEAL
                           : v1::SecretRequest::USE);
  entry->set_reason(request.reason);
  return true;
}

bool WriteTwoWay(const PermissionRequest& request, v1::Manifest* to) {
  const PermissionSet set = request.permissions;
  const PermissionSet fs_read = Set(Permission::kFsRead);
  const PermissionSet fs_write = Set(Permission::kFsWrite);
  const PermissionSet env_read = Set(Permission::kEnvRead);
  const PermissionSet env_write = Set(Permission::kEnvWrite);
  if ((set | fs_read | fs_write) == (fs_read | fs_write)) {
    v1::FsRequest* entry = to->add_fs();
    entry->set_path(request.pattern.text());
    entry->set_access(AccessOf(set, fs_read, fs_write));
    entry->set_reason(request.reason);
    return true;
  }
  if ((set | env_read | env_write) == (env_read | env_write)) {
    v1::EnvRequest* entry = to->add_env();
    entry->set_name(request.pattern.text());
    entry->set_access(AccessOf(set, env_read, env_write));
    entry->set_reason(request.reason);
    return true;
  }
  return false;
}

bool WriteNamed(const PermissionRequest& request, v1::Manifest* to) {
  const std::string& text = request.pattern.text();
  if (request.permissions == Set(Permission::kPluginLoad)) {
    v1::ModuleRequest* entry = to->add_modules();
    entry->set_id(text);
    entry->set_reason(request.reason);
    return true;
  }
  if (request.permissions == Set(Permission::kDeviceUse)) {
    v1::DeviceRequest* entry = to->add_devices();
    entry->set_path(text);
    entry->set_reason(request.reason);
    return true;
  }
  if (request.permissions == Set(Permission::kSysInfo)) {
    v1::SysRequest* entry = to->add_sys();
    entry->set_fact(text);
    entry->set_reason(request.reason);
    return true;
  }
  return false;
}

bool WriteProcess(const PermissionRequest& request, v1::Manifest* to) {
  const bool spawn = request.permissions == Set(Permission::kProcessSpawn);
  if (request.pattern.kind() != Kind::kText ||
      (!spawn && request.permissions != Set(Permission::kProcessSignal))) {
    return false;
  }
  v1::ProcessRequest* entry = to->add_process();
  spawn ? entry->set_spawn(request.pattern.text())
        : entry->set_signal(request.pattern.text());
  entry->set_reason(request.reason);
  return true;
}

bool WriteNet(const PermissionRequest& request, v1::Manifest* to) {
  const RulePattern& pattern = request.pattern;
  v1::NetRequest entry;
  if (request.permissions == Set(Permission::kNetConnect)) {
    entry.set_access(v1::NetRequest::CONNECT);
  } else if (request.permissions == Set(Permission::kNetListen)) {
    entry.set_access(v1::NetRequest::LISTEN);
  } else if (request.permissions == Set(Permission::kNetResolve)) {
    entry.set_access(v1::NetRequest::RESOLVE);
  } else {
    return false;
  }
  const bool text =
      pattern.kind() == Kind::kText || pattern.kind() == Kind::kResolving;
  if (pattern.kind() != Kind::kWhole &&
      !(text && internal::ExtentOf(request.permissions, pattern).ok())) {
    return false;
  }
  entry.set_endpoint(pattern.text());
  for (const std::string& part : pattern.parts()) entry.add_resolves_to(part);
  entry.set_reason(request.reason);
  *to->add_net() = entry;
  return true;
}

bool WriteCode(const PermissionRequest& request, v1::Manifest* to) {
  const PermissionSet set = request.permissions;
  const bool text = request.pattern.kind() == Kind::kText;
  v1::CodeRequest entry;
  if (set == Set(Permission::kCodeLoad) && text) {
    entry.set_load(request.pattern.text());
  } else if (set == Set(Permission::kCodeImport) && text) {
    entry.set_import(request.pattern.text());
  } else if (set == Set(Permission::kCodeEval) && !text) {
    entry.set_eval(true);
  } else if (set == Set(Permission::kThreadCreate) && !text) {
    entry.set_threads(true);
  } else {
    return false;
  }
  entry.set_reason(request.reason);
  *to->add_code() = entry;
  return true;
}

bool AllWritable(const PermissionRequest& request) {
  for (const std::string& part : request.pattern.parts()) {
    if (!IsWritable(part)) return false;
  }
  return IsWritable(request.pattern.text()) && IsWritable(request.reason);
}

bool WriteRequest(const PermissionRequest& request, v1::Manifest* to) {
  if (request.permissions.empty() || !AllWritable(request)) return false;
  if (WriteCall(request, to) || WriteSecret(request, to) ||
      WriteNet(request, to) || WriteProcess(request, to)) {
    return true;
  }
  return HasPlainPattern(request) &&
         (WriteTwoWay(request, to) || WriteNamed(request, to) ||
          WriteCode(request, to));
}

// Words of one directive that follow each other, with one reason, are one
// request.
void WriteCsp(const std::vector<CspRequest>& requests, v1::Manifest* to) {
  const CspRequest* before = nullptr;
  v1::CspRequest* entry = nullptr;
  for (const CspRequest& request : requests) {
    const bool goes_on = before != nullptr && !before->word.empty() &&
                         !request.word.empty() &&
                         before->directive == request.directive &&
                         before->reason == request.reason;
    if (!goes_on) {
      entry = to->add_csp();
      const absl::string_view name = csp::DirectiveName(request.directive);
      entry->set_directive(std::string(name));
      entry->set_reason(request.reason);
    }
    if (!request.word.empty()) entry->add_sources(request.word);
    before = &request;
  }
}

bool AreWritable(const std::vector<CspRequest>& requests) {
  for (const CspRequest& request : requests) {
    if (!IsWritable(request.reason)) return false;
  }
  return ValidateCsp(requests).ok();
}

absl::StatusOr<v1::Manifest> ToProto(const Manifest& manifest) {
  if (!IsWritable(manifest.title) || manifest.app.id().empty()) {
    return absl::InvalidArgumentError(
        "manifest cannot be written, expected an app id and a title in UTF-8");
  }
  v1::Manifest proto;
  proto.set_version(kFormatVersion);
  proto.set_app(manifest.app.id());
  proto.set_title(manifest.title);
  for (const PermissionRequest& request : manifest.requests) {
    if (!WriteRequest(request, &proto)) return CannotWrite(request);
  }
  if (!AreWritable(manifest.csp)) {
    return absl::InvalidArgumentError(
        "request for pages cannot be written as a manifest, expected words in "
        "their canonical form and a reason in UTF-8");
  }
  WriteCsp(manifest.csp, &proto);
  return proto;
}

}  // namespace

absl::StatusOr<std::string> ManifestToText(const Manifest& manifest) {
  const absl::StatusOr<v1::Manifest> proto = ToProto(manifest);
  if (!proto.ok()) return proto.status();
  return PrintText(*proto);
}

absl::StatusOr<std::string> ManifestToJson(const Manifest& manifest) {
  const absl::StatusOr<v1::Manifest> proto = ToProto(manifest);
  if (!proto.ok()) return proto.status();
  return PrintJson(*proto);
}

absl::StatusOr<std::string> ManifestToBinary(const Manifest& manifest) {
  const absl::StatusOr<v1::Manifest> proto = ToProto(manifest);
  if (!proto.ok()) return proto.status();
  return proto->SerializeAsString();
}

}  // namespace postern
