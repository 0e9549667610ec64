#include "permission/testing/owned_access.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "permission/permission.h"

namespace postern {
namespace testing {
namespace {

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text), "\"");
}

std::string Quoted(const OwnedAccess::Arg& arg) {
  return arg.is_text ? Quoted(arg.text) : "<no text>";
}

CallArg ViewOf(const OwnedAccess::Arg& arg) {
  return CallArg{arg.text, arg.is_text};
}

std::string CallToString(const OwnedAccess& access) {
  std::vector<std::string> args;
  for (const OwnedAccess::Arg& arg : access.args) args.push_back(Quoted(arg));
  for (const auto& named : access.named) {
    args.push_back(absl::StrCat(named.first, "=", Quoted(named.second)));
  }
  return absl::StrCat(Quoted(access.text), "(", absl::StrJoin(args, ", "), ")");
}

std::string PartsToString(const std::vector<std::string>& parts) {
  std::vector<std::string> quoted;
  for (const std::string& part : parts) quoted.push_back(Quoted(part));
  return absl::StrCat("[", absl::StrJoin(quoted, ", "), "]");
}

std::string ResourceToString(const OwnedAccess& access) {
  switch (access.form) {
    case Access::Form::kWhole:
      return "whole";
    case Access::Form::kPath:
      return absl::StrCat("path ", Quoted(access.text));
    case Access::Form::kSubtree:
      return absl::StrCat("subtree ", Quoted(access.text));
    case Access::Form::kName:
      return absl::StrCat("name ", Quoted(access.text));
    case Access::Form::kCall:
      return CallToString(access);
    case Access::Form::kCommand:
      return absl::StrCat("command ", CallToString(access));
    case Access::Form::kSecret:
      return PartsToString(access.parts);
    case Access::Form::kEndpoint:
      return absl::StrCat("endpoint ", Quoted(access.text));
    case Access::Form::kResolved:
      return absl::StrCat("endpoint ", Quoted(access.text), " at ",
                          Quoted(access.address));
  }
  return "?";
}

void ViewCall(const OwnedAccess& access,
              absl::FunctionRef<void(const Access&)> use) {
  std::vector<CallArg> args;
  for (const OwnedAccess::Arg& arg : access.args) args.push_back(ViewOf(arg));
  std::vector<NamedArg> named;
  for (const auto& arg : access.named) {
    named.push_back(NamedArg{arg.first, ViewOf(arg.second)});
  }
  use(Access::Call(CallView{access.text, args, named}));
}

void ViewCommand(const OwnedAccess& access,
                 absl::FunctionRef<void(const Access&)> use) {
  std::vector<CallArg> args;
  for (const OwnedAccess::Arg& arg : access.args) args.push_back(ViewOf(arg));
  const Access command = Access::Command(access.text, args);
  use(access.through ? command.Through() : command);
}

}  // namespace

void OwnedAccess::View(absl::FunctionRef<void(const Access&)> use) const {
  switch (form) {
    case Access::Form::kWhole:
      return use(Access::Whole(permission));
    case Access::Form::kPath:
      return use(Access::Path(permission, text));
    case Access::Form::kSubtree:
      return use(Access::Subtree(permission, text));
    case Access::Form::kName:
      return use(Access::Name(permission, text));
    case Access::Form::kCall:
      return ViewCall(*this, use);
    case Access::Form::kCommand:
      return ViewCommand(*this, use);
    case Access::Form::kSecret: {
      const std::vector<absl::string_view> views(parts.begin(), parts.end());
      return use(Access::Secret(permission, views));
    }
    case Access::Form::kEndpoint:
      return use(Access::Endpoint(permission, text));
    case Access::Form::kResolved:
      return use(Access::Resolved(permission, text, address));
  }
}

std::string OwnedAccess::ToString() const {
  return absl::StrCat(PermissionName(permission), " ", ResourceToString(*this));
}

}  // namespace testing
}  // namespace postern
