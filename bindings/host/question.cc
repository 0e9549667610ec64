#include "bindings/host/question.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace host {
namespace {

postern_bytes Bytes(absl::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

bool TakesArguments(postern_form form) {
  return form == POSTERN_FORM_COMMAND || form == POSTERN_FORM_CALL;
}

// The parts of a secret; one text is "part/part".
void AddSecret(const std::vector<std::string>& resource,
               std::vector<postern_bytes>* parts) {
  if (resource.size() == 1) {
    for (absl::string_view part : absl::StrSplit(resource[0], '/')) {
      parts->push_back(Bytes(part));
    }
    return;
  }
  for (const std::string& part : resource) parts->push_back(Bytes(part));
}

// Every permission in the group, "all" included; none if it is no group.
std::vector<postern_permission> Members(absl::string_view group) {
  std::vector<postern_permission> members;
  const std::string start = group == "all" ? "" : absl::StrCat(group, ".");
  for (postern_permission p = 1;; ++p) {
    const absl::string_view name = postern_permission_name(p, nullptr);
    if (name == "unknown") return members;
    if (absl::StartsWith(name, start)) members.push_back(p);
  }
}

bool HasOne(const postern_context* context, postern_permission permission,
            const std::vector<std::string>& resource) {
  const Question question(permission, resource);
  postern_decision decision = {};
  const postern_status status =
      postern_check(context, &question.access(), &decision, nullptr);
  return status == POSTERN_OK && postern_decision_allowed(decision) != 0;
}

}  // namespace

postern_form FormOf(postern_permission permission) {
  switch (permission) {
    case POSTERN_FS_READ:
    case POSTERN_FS_WRITE:
    case POSTERN_CODE_LOAD:
    case POSTERN_DEVICE_USE:
      return POSTERN_FORM_PATH;
    case POSTERN_NET_CONNECT:
    case POSTERN_NET_LISTEN:
    case POSTERN_NET_RESOLVE:
      return POSTERN_FORM_ENDPOINT;
    case POSTERN_PROCESS_SPAWN:
      return POSTERN_FORM_COMMAND;
    case POSTERN_PLUGIN_CALL:
      return POSTERN_FORM_CALL;
    case POSTERN_SECRET_USE:
    case POSTERN_SECRET_REVEAL:
      return POSTERN_FORM_SECRET;
    case POSTERN_UNKNOWN:
      return POSTERN_FORM_NONE;
    default:
      return POSTERN_FORM_NAME;
  }
}

Question::Question(postern_permission permission,
                   const std::vector<std::string>& resource)
    : access_() {
  access_.struct_size = sizeof(access_);
  access_.permission = permission;
  access_.form = resource.empty() ? POSTERN_FORM_WHOLE : FormOf(permission);
  if (resource.empty()) return;
  if (access_.form == POSTERN_FORM_SECRET) {
    AddSecret(resource, &parts_);
    access_.parts = parts_.data();
    access_.part_count = parts_.size();
    return;
  }
  access_.text = Bytes(resource[0]);
  if (resource.size() == 1) return;
  // Of what takes none, the question is not understood.
  if (!TakesArguments(access_.form)) access_.form = POSTERN_FORM_NONE;
  for (size_t i = 1; i < resource.size(); ++i) {
    args_.push_back(postern_arg{Bytes(resource[i]), 1});
  }
  access_.args = args_.data();
  access_.arg_count = args_.size();
}

bool HasPermission(const postern_context* context, absl::string_view permission,
                   const std::vector<std::string>& resource) {
  if (context == nullptr) return false;
  const postern_permission one =
      postern_permission_parse(permission.data(), permission.size());
  if (one != POSTERN_UNKNOWN) return HasOne(context, one, resource);
  const std::vector<postern_permission> members = Members(permission);
  for (const postern_permission member : members) {
    if (!HasOne(context, member, resource)) return false;
  }
  return !members.empty();
}

postern_status DropPermission(postern_context* context,
                              absl::string_view permission,
                              const std::vector<std::string>& resource,
                              postern_error* error) {
  if (context == nullptr) return POSTERN_INVALID_ARGUMENT;
  const postern_permission one =
      postern_permission_parse(permission.data(), permission.size());
  const postern_form form = FormOf(one);
  std::vector<postern_bytes> parts;
  if (form == POSTERN_FORM_SECRET && !resource.empty()) {
    AddSecret(resource, &parts);
    return postern_drop_secret(context, permission.data(), permission.size(),
                               parts.data(), parts.size(), error);
  }
  for (const std::string& part : resource) parts.push_back(Bytes(part));
  if (form == POSTERN_FORM_CALL && parts.size() > 1) {
    return postern_drop_call(context, resource[0].data(), resource[0].size(),
                             parts.data() + 1, parts.size() - 1, error);
  }
  // Text with a NUL is no pattern, nor is the empty one, which means the whole.
  if (parts.size() > 1 || (!resource.empty() && resource[0].empty())) {
    (void)postern_drop(context, permission.data(), permission.size(), nullptr,
                       0, error);
    return POSTERN_INVALID_ARGUMENT;
  }
  const postern_bytes pattern =
      parts.empty() ? postern_bytes{nullptr, 0} : parts[0];
  return postern_drop(context, permission.data(), permission.size(),
                      pattern.data, pattern.size, error);
}

}  // namespace host
}  // namespace postern
