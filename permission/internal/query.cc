#include "permission/internal/query.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "permission/internal/name_pattern.h"

namespace postern {
namespace internal {
namespace {

// Quotes inside are escaped, so that no argument looks like two.
void AppendArgument(std::string* out, const CallArg& arg) {
  if (arg.is_text) {
    out->push_back('"');
    for (char c : arg.text) {
      if (c == '"' || c == '\\') out->push_back('\\');
      out->push_back(c);
    }
    out->push_back('"');
  } else {
    out->append("(not text)");
  }
}

// So that no two lists of parts give the same bytes.
void AppendSized(absl::string_view part, std::string* out) {
  absl::StrAppend(out, part.size(), ":", part);
}

QueryScope ScopeOf(const Access& access, QueryScope scope) {
  scope.ignores_uses = scope.ignores_uses || access.is_held();
  return scope;
}

std::string CallText(absl::string_view function,
                     absl::Span<const CallArg> args) {
  return absl::StrCat(function, " [", absl::StrJoin(args, ", ", AppendArgument),
                      "]");
}

}  // namespace

Query::Query(const Access& access, const QueryScope& scope)
    : access_(access),
      scope_(ScopeOf(access, scope)),
      bit_(PermissionSet(access.permission()).bits()) {
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
              kind == ResourceKind::kModule) &&
             IsValidName(access_.text(), kind);
    case Access::Form::kCall:
      if (kind != ResourceKind::kCall || !IsValidFunction(access_.text())) {
        return false;
      }
      call_.emplace(access_.call(), *scope_.signatures);
      return true;
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
  switch (scope_.binding->Translate(&path_)) {
    case PathBinding::Translation::kSame:
      return true;
    case PathBinding::Translation::kChanged:
      translated_ = true;
      return true;
    case PathBinding::Translation::kTooLong:
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
      return call_.has_value() && !call_->unbound()
                 ? CallText(access_.text(), call_->args())
                 : AskedResource(access_);
    case Access::Form::kWhole:
    case Access::Form::kName:
    case Access::Form::kSecret:
      return AskedResource(access_);
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
      if (!call_.has_value() || call_->unbound()) return absl::nullopt;
      AppendSized(access_.text(), &id);
      for (const CallArg& arg : call_->args()) {
        if (!arg.is_text) return absl::nullopt;
        AppendSized(arg.text, &id);
      }
      return id;
    case Access::Form::kSecret:
      for (absl::string_view part : access_.parts()) AppendSized(part, &id);
      return id;
  }
  return absl::nullopt;
}

std::string AskedResource(const Access& access) {
  switch (access.form()) {
    case Access::Form::kWhole:
      return "";
    case Access::Form::kPath:
    case Access::Form::kName:
      return std::string(access.text());
    case Access::Form::kSubtree:
      return absl::StrCat(access.text(), "/**");
    case Access::Form::kCall: {
      std::string text = CallText(access.text(), access.call().args);
      for (const NamedArg& named : access.call().named) {
        absl::StrAppend(&text, " ", named.name, "=");
        AppendArgument(&text, named.value);
      }
      return text;
    }
    case Access::Form::kSecret:
      return absl::StrJoin(access.parts(), "/");
    case Access::Form::kEndpoint:
      return std::string(access.text());
    case Access::Form::kResolved:
      return absl::StrCat(access.text(), " = ", access.address());
  }
  return "";
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
          std::find(scope.taken_uses.begin(), scope.taken_uses.end(),
                    limits.uses) != scope.taken_uses.end());
}

}  // namespace internal
}  // namespace postern
