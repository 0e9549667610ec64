#include "permission/internal/query.h"

#include <new>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "permission/internal/name_pattern.h"
#include "permission/internal/path_spellings.h"
#include "permission/text/reported.h"

namespace postern {
namespace internal {
namespace {

void AppendArgument(const CallArg& arg, ReportedText* out) {
  arg.is_text ? out->AppendQuoted(arg.text) : out->Append("(not text)");
}

// So that no two lists of parts give the same bytes.
void AppendSized(absl::string_view part, std::string* out) {
  absl::StrAppend(out, part.size(), ":", part);
}

QueryScope ScopeOf(const Access& access, QueryScope scope) {
  scope.ignores_uses = scope.ignores_uses || access.is_held();
  return scope;
}

void AppendCall(absl::string_view function, absl::Span<const CallArg> args,
                ReportedText* out) {
  out->Append(function).Append(" [");
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) out->Append(", ");
    AppendArgument(args[i], out);
  }
  out->Append("]");
}

// A name that could be taken for something else is quoted.
void AppendNamed(const NamedArg& named, ReportedText* out) {
  bool plain = !named.name.empty();
  for (char c : named.name.substr(0, kMaxReportedBytes)) {
    plain = plain && (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                      c == '_' || c == '-');
  }
  out->Append(" ");
  plain ? out->Append(named.name) : out->AppendQuoted(named.name);
  out->Append("=");
  AppendArgument(named.value, out);
}

// A slash inside of a part is escaped: "db/a\\/b" has two parts.
void AppendKey(absl::Span<const absl::string_view> parts, ReportedText* out) {
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out->Append("/");
    out->AppendEscaped(parts[i], "/");
  }
}

}  // namespace

Query::Query(const Access& access, const QueryScope& scope,
             fs::PathComponents* path, void* call)
    : access_(access),
      scope_(ScopeOf(access, scope)),
      bit_(PermissionSet(access.permission()).bits()),
      path_(*path),
      call_room_(call) {
  invalid_ = Read();
}

Reason Query::Read() {
  if (bit_ == 0) return Reason::kUnknownPermission;
  if (access_.form() == Access::Form::kWhole) return Reason::kNone;
  return ReadResource(ResourceKindOf(access_.permission()))
             ? Reason::kNone
             : Reason::kInvalidResource;
}

bool Query::ReadResource(ResourceKind kind) {
  switch (access_.form()) {
    case Access::Form::kWhole:
      return true;
    case Access::Form::kPath:
    case Access::Form::kSubtree:
      return kind == ResourceKind::kPath && ReadPath();
    case Access::Form::kName:
      return (kind == ResourceKind::kName || kind == ResourceKind::kFact ||
              kind == ResourceKind::kModule ||
              kind == ResourceKind::kProcess) &&
             IsValidName(access_.text(), kind);
    case Access::Form::kCall:
      if (kind != ResourceKind::kCall || !IsValidFunction(access_.text())) {
        return false;
      }
      call_ = new (call_room_) BoundCall(access_.call(), *scope_.signatures);
      return true;
    case Access::Form::kCommand:
      return kind == ResourceKind::kCommand && ReadCommand();
    case Access::Form::kSecret:
      return kind == ResourceKind::kSecret && IsValidSecret();
    case Access::Form::kEndpoint:
      return ReadEndpoint(kind);
    case Access::Form::kResolved:
      return ReadResolved(kind);
  }
  return false;
}

// A look-up is of a host alone.
bool Query::ReadEndpoint(ResourceKind kind) {
  net::SyntaxError error;
  endpoint_.emplace();
  if (!net::Endpoint::Parse(access_.text(), &*endpoint_, &error)) return false;
  if (kind == ResourceKind::kEndpoint) {
    return endpoint_->kind() != net::Endpoint::Kind::kUnix || ReadSocket();
  }
  return kind == ResourceKind::kHostName && !endpoint_->port().has_value() &&
         (endpoint_->kind() == net::Endpoint::Kind::kName ||
          endpoint_->kind() == net::Endpoint::Kind::kAddress);
}

bool Query::ReadResolved(ResourceKind kind) {
  net::SyntaxError error;
  address_.emplace();
  return kind == ResourceKind::kEndpoint && ReadEndpoint(kind) &&
         net::Endpoint::Parse(access_.address(), &*address_, &error) &&
         endpoint_->kind() == net::Endpoint::Kind::kName &&
         address_->kind() == net::Endpoint::Kind::kAddress &&
         endpoint_->port() == address_->port();
}

// A bare name is no file yet.
bool Query::ReadCommand() {
  const absl::string_view program = access_.text();
  for (const CallArg& arg : access_.call().args) {
    if (!arg.is_text || arg.text.find('\0') != arg.text.npos) return false;
  }
  if (program.find('/') != program.npos) return ReadPath();
  return IsValidName(program, ResourceKind::kCommand) && program != "." &&
         program != "..";
}

GivenArguments Query::arguments() const {
  if (access_.form() == Access::Form::kCommand) {
    return {access_.call().args, /*unbound=*/false};
  }
  return {call_->args(), call_->unbound()};
}

GivenProgram Query::program() const {
  if (access_.text().find('/') == access_.text().npos) {
    return {access_.text(), /*path=*/nullptr};
  }
  return {path_.size() == 0 ? "" : path_[path_.size() - 1], &path_};
}

bool Query::ReadPath() {
  return path_.Split(scope_.base_directory, access_.text()) && Spell();
}

// The name of a unix socket is a path, whose links are followed.
bool Query::ReadSocket() {
  if (scope_.binding == nullptr || access_.is_canonical()) return true;
  if (!path_.Split("", endpoint_->path()) || !Spell()) return false;
  return !translated_ || net::Endpoint::Unix(fs::JoinPath(path_), &*endpoint_);
}

bool Query::Spell() {
  if (scope_.binding == nullptr || access_.is_canonical()) return true;
  switch (scope_.binding->spellings_->Apply(&path_)) {
    case PathSpellings::Applied::kSame:
      return true;
    case PathSpellings::Applied::kChanged:
      translated_ = true;
      return true;
    case PathSpellings::Applied::kTooLong:
      return false;
  }
  return false;
}

bool Query::IsValidSecret() const {
  if (access_.parts().empty()) return false;
  for (absl::string_view part : access_.parts()) {
    if (part.size() > kMaxNameBytes || part.find('\0') != part.npos) {
      return false;
    }
  }
  return true;
}

std::string Query::CanonicalResource() const {
  switch (access_.form()) {
    case Access::Form::kPath:
    case Access::Form::kSubtree:
      return invalid_ == Reason::kNone ? fs::JoinPath(path_) : "";
    case Access::Form::kCall:
      if (call_ != nullptr && !call_->unbound()) {
        ReportedText text;
        AppendCall(access_.text(), call_->args(), &text);
        return std::move(text).Finish();
      }
      return AskedResource(access_).text;
    case Access::Form::kCommand: {
      if (invalid_ != Reason::kNone) return "";
      const GivenProgram program = this->program();
      ReportedText text;
      AppendCall(program.path == nullptr ? std::string(program.name)
                                         : fs::JoinPath(path_),
                 access_.call().args, &text);
      return std::move(text).Finish();
    }
    case Access::Form::kWhole:
    case Access::Form::kName:
    case Access::Form::kSecret:
      return AskedResource(access_).text;
    case Access::Form::kEndpoint:
      return invalid_ == Reason::kNone ? endpoint_->ToString() : "";
    case Access::Form::kResolved:
      return invalid_ == Reason::kNone
                 ? absl::StrCat(endpoint_->ToString(), " = ",
                                address_->ToString())
                 : "";
  }
  return "";
}

absl::optional<std::string> Query::Identity() const {
  std::string id;
  switch (access_.form()) {
    case Access::Form::kWhole:
    case Access::Form::kPath:
    case Access::Form::kSubtree:
    case Access::Form::kName:
    case Access::Form::kEndpoint:
    case Access::Form::kResolved:
      return CanonicalResource();
    case Access::Form::kCall:
      if (call_ == nullptr || call_->unbound()) return absl::nullopt;
      AppendSized(access_.text(), &id);
      for (const CallArg& arg : call_->args()) {
        if (!arg.is_text) return absl::nullopt;
        AppendSized(arg.text, &id);
      }
      return id;
    case Access::Form::kCommand:
      if (invalid_ != Reason::kNone) return absl::nullopt;
      AppendSized(program().path == nullptr ? std::string(access_.text())
                                            : fs::JoinPath(path_),
                  &id);
      for (const CallArg& arg : access_.call().args) AppendSized(arg.text, &id);
      return id;
    case Access::Form::kSecret:
      for (absl::string_view part : access_.parts()) AppendSized(part, &id);
      return id;
  }
  return absl::nullopt;
}

Resource AskedResource(const Access& access) {
  ReportedText text;
  switch (access.form()) {
    case Access::Form::kWhole:
      break;
    case Access::Form::kPath:
    case Access::Form::kName:
    case Access::Form::kEndpoint:
      text.Append(access.asked());
      break;
    case Access::Form::kSubtree:
      text.Append(access.text()).Append(access.text() == "/" ? "**" : "/**");
      break;
    case Access::Form::kCall:
      AppendCall(access.text(), access.call().args, &text);
      for (const NamedArg& named : access.call().named) {
        AppendNamed(named, &text);
      }
      break;
    case Access::Form::kCommand:
      AppendCall(access.asked(), access.call().args, &text);
      break;
    case Access::Form::kSecret:
      AppendKey(access.parts(), &text);
      break;
    case Access::Form::kResolved:
      text.Append(access.text()).Append(" = ").Append(access.address());
      break;
  }
  Resource resource;
  resource.full_bytes = text.is_cut() ? text.full_bytes() : 0;
  resource.text = std::move(text).Finish();
  return resource;
}

bool InForceIfUsesLeft(const RuleLimits& limits, const QueryScope& scope) {
  if (scope.ignores_limits) return true;
  if (limits.expires && *limits.expires <= scope.now) return false;
  return limits.session.empty() || limits.session == scope.session;
}

bool InForce(const RuleLimits& limits, const QueryScope& scope) {
  return InForceIfUsesLeft(limits, scope) &&
         (scope.ignores_limits || scope.ignores_uses ||
          limits.uses == nullptr || limits.uses->left() > 0 ||
          (scope.taken_uses != nullptr &&
           scope.taken_uses->count(limits.uses) > 0));
}

}  // namespace internal
}  // namespace postern
