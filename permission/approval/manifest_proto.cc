#include "permission/approval/manifest_proto.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "google/protobuf/descriptor.h"
#include "net/csp/directive.h"
#include "net/csp/policy_text.h"
#include "net/endpoint_pattern.h"
#include "net/host_pattern.h"
#include "net/syntax_error.h"
#include "permission/approval/csp_request.h"
#include "permission/approval/csp_risk.h"
#include "permission/approval/internal/endpoint_extent.h"
#include "permission/approval/manifest.pb.h"
#include "permission/approval/risk.h"
#include "permission/internal/known_programs.h"
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

absl::Status Convert(const v1::ProcessRequest& from, PermissionRequest* to) {
  switch (from.what_case()) {
    case v1::ProcessRequest::kSpawn:
      to->permissions = PermissionSet(Permission::kProcessSpawn);
      to->pattern = RulePattern::Text(from.spawn());
      return absl::OkStatus();
    case v1::ProcessRequest::kSignal:
      to->permissions = PermissionSet(Permission::kProcessSignal);
      to->pattern = RulePattern::Text(from.signal());
      return absl::OkStatus();
    case v1::ProcessRequest::WHAT_NOT_SET:
      break;
  }
  return Invalid("process without \"spawn\" or \"signal\", expected one");
}

absl::Status Convert(const v1::SysRequest& from, PermissionRequest* to) {
  to->permissions = PermissionSet(Permission::kSysInfo);
  to->pattern = TextOrWhole(from.fact());
  return absl::OkStatus();
}

Permission NetPermission(v1::NetRequest::Access access) {
  if (access == v1::NetRequest::LISTEN) return Permission::kNetListen;
  if (access == v1::NetRequest::RESOLVE) return Permission::kNetResolve;
  return Permission::kNetConnect;
}

absl::Status Convert(const v1::NetRequest& from, PermissionRequest* to) {
  to->permissions = PermissionSet(NetPermission(from.access()));
  if (!from.endpoint().empty()) {
    to->pattern =
        RulePattern::Resolving(from.endpoint(), ToVector(from.resolves_to()));
    return internal::ExtentOf(to->permissions, to->pattern).status();
  }
  if (from.resolves_to_size() == 0) return absl::OkStatus();
  return Invalid("\"resolves_to\" without \"endpoint\", expected a host name");
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

bool IsBroad(absl::string_view risk) {
  constexpr absl::string_view kCodes[] = {
      "every-resource",   "broad-path",
      "voids-model",      "any-host",
      "many-hosts",       "any-port",
      "local-address",    "local-socket",
      "metadata-address", "accepts-connections",
      "any-call",         "interpreter",
  };
  return std::find(std::begin(kCodes), std::end(kCodes), risk) !=
         std::end(kCodes);
}

// Why a request needs a reason; nullopt if it does not.
absl::optional<std::string> WhyBroad(const PermissionRequest& request,
                                     internal::TrialBudget* trials) {
  if (request.pattern.kind() == RulePattern::Kind::kWhole) {
    return "not limited to any resource";
  }
  for (const RiskNote& note :
       RisksOf(request.permissions, request.pattern, trials)) {
    if (IsBroad(note.code)) return note.text;
  }
  return absl::nullopt;
}

absl::Status NeedsReason(absl::string_view why) {
  return Invalid(absl::StrCat("broad request without a reason (", why,
                              "), expected \"reason\""));
}

absl::Status CheckReason(const PermissionRequest& request,
                         internal::TrialBudget* trials) {
  if (!request.reason.empty()) return absl::OkStatus();
  const absl::optional<std::string> why = WhyBroad(request, trials);
  return why ? NeedsReason(*why) : absl::OkStatus();
}

absl::Status CheckEndpoint(const std::string& text) {
  return net::ParseEndpointPattern(text).status();
}

absl::Status CheckAddress(const std::string& text) {
  net::HostPattern address;
  net::SyntaxError error;
  return net::ParseAddressPattern(text, &address, &error)
             ? absl::OkStatus()
             : net::ToStatus("address", text, error);
}

bool IsReason(const FieldDescriptor& field) {
  return field.name() == "reason" || field.name() == "title";
}

bool IsArgument(const FieldDescriptor& field) {
  return field.name() == "args" || field.name() == "key";
}

// Reads the requests for pages, one after another.
class CspReader {
 public:
  // While a request is read; what comes before its directive waits for Add().
  absl::Status SetDirective(const std::string& name) {
    const absl::StatusOr<csp::Directive> directive =
        csp::ParseAuthoredDirective(name);
    if (directive.ok()) {
      directive_ = *directive;
      return absl::OkStatus();
    }
    return Invalid(absl::StrCat(directive.status().message(),
                                ", expected one such as img-src"));
  }
  absl::Status CheckSource(const std::string& text) const {
    return directive_ ? CanonicalCspWord(*directive_, text).status()
                      : absl::OkStatus();
  }

  // At the request's end.
  absl::Status Add(const v1::CspRequest& from, const RuleSource& source) {
    if (!directive_) {
      return Invalid("no \"directive\", expected one such as img-src");
    }
    const csp::Directive directive = *directive_;
    directive_ = absl::nullopt;
    std::vector<std::string> texts = ToVector(from.sources());
    if (texts.empty()) texts.emplace_back();  // the directive alone
    if (words_.size() + texts.size() > kMaxSources) {
      return Invalid(
          absl::StrCat("too many sources, expected at most ", kMaxSources));
    }
    std::vector<CspRequest> request;
    for (const std::string& text : texts) {
      absl::StatusOr<std::string> word = CanonicalCspWord(directive, text);
      if (!word.ok()) return word.status();
      request.push_back({directive, *std::move(word), from.reason(), source});
    }
    absl::Status status = CheckNone(request);
    if (status.ok()) status = CheckReason(request);
    if (!status.ok()) return status;
    words_.insert(words_.end(), request.begin(), request.end());
    return absl::OkStatus();
  }

  std::vector<CspRequest> Take() { return std::move(words_); }

 private:
  absl::Status CheckReason(const std::vector<CspRequest>& request) {
    if (!request[0].reason.empty()) return absl::OkStatus();
    if (!assessor_) assessor_.emplace();
    for (const CspRisks& risks : assessor_->Assess(request)) {
      if (risks.broad) return NeedsReason(*risks.broad);
    }
    return absl::OkStatus();
  }

  // 'none' is the only source of its directive, in all requests for it.
  absl::Status CheckNone(const std::vector<CspRequest>& request) {
    const CspRequest& first =
        first_.emplace(request[0].directive, request[0]).first->second;
    std::vector<CspRequest> both = request;
    if (first.word != request[0].word) both.push_back(first);
    return ValidateCsp(both);
  }

  static constexpr size_t kMaxSources = csp::kMaxPolicySources;

  absl::optional<CspAssessor> assessor_;  // reads a list; not for most files
  absl::optional<csp::Directive> directive_;
  std::map<csp::Directive, CspRequest> first_;
  std::vector<CspRequest> words_;
};

// Makes a Manifest of a file's parts.
class ManifestVisitor : public MessageVisitor {
 public:
  ManifestVisitor(const FileInput& input, const ReadLimits& limits)
      : sources_(input), max_requests_(limits.max_rules) {}

  Manifest Take() { return std::move(manifest_); }

  absl::Status OnString(const FieldDescriptor& field, const std::string& value,
                        size_t /*offset*/) override {
    if (field.name() == "app") return SetApp(value);
    if (IsReason(field) || IsArgument(field)) return absl::OkStatus();
    if (value.empty()) return CheckNotEmpty(field.name(), value);
    if (field.name() == "endpoint") return CheckEndpoint(value);
    if (field.name() == "resolves_to") return CheckAddress(value);
    if (field.name() == "directive") return csp_.SetDirective(value);
    if (field.name() == "sources") return csp_.CheckSource(value);
    return absl::OkStatus();
  }

  // The only number is the version.
  absl::Status OnNumber(const FieldDescriptor&, uint32_t value) override {
    return CheckVersion(value);
  }

  absl::Status OnMessage(const Message& message, size_t offset) override {
    if (message.GetDescriptor() == v1::Manifest::descriptor()) {
      return Finish(As<v1::Manifest>(message));
    }
    if (message.GetDescriptor() == v1::CspRequest::descriptor()) {
      return csp_.Add(As<v1::CspRequest>(message), sources_.Find(offset));
    }
    if (manifest_.requests.size() >= max_requests_) {
      return Invalid(
          absl::StrCat("too many requests, expected at most ", max_requests_));
    }
    return Request<v1::CallRequest, v1::ModuleRequest, v1::FsRequest,
                   v1::EnvRequest, v1::SecretRequest, v1::DeviceRequest,
                   v1::SysRequest, v1::NetRequest, v1::CodeRequest,
                   v1::ProcessRequest>(message, offset);
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
    if (status->ok()) *status = CheckReason(request, &trials_);
    if (!status->ok()) return true;
    request.source = sources_.Find(offset);
    manifest_.requests.push_back(std::move(request));
    return true;
  }

  absl::Status Finish(const v1::Manifest& from) {
    manifest_.title = from.title();
    manifest_.csp = csp_.Take();
    const absl::Status status = CheckVersionGiven(from.version());
    if (!status.ok()) return status;
    if (from.app().empty()) return Invalid("no \"app\", expected an app id");
    return absl::OkStatus();
  }

  SourceFinder sources_;
  const size_t max_requests_;
  internal::TrialBudget trials_;
  CspReader csp_;
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
