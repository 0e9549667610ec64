#include "bindings/c/access.h"

#include "bindings/c/handles.h"
#include "permission/permission.h"

namespace postern {
namespace c {
namespace {

static_assert(
    POSTERN_FS_READ == static_cast<int>(Permission::kFsRead) &&
        POSTERN_NET_CONNECT == static_cast<int>(Permission::kNetConnect) &&
        POSTERN_PROCESS_SPAWN == static_cast<int>(Permission::kProcessSpawn) &&
        POSTERN_PLUGIN_CALL == static_cast<int>(Permission::kPluginCall) &&
        POSTERN_SECRET_USE == static_cast<int>(Permission::kSecretUse) &&
        POSTERN_DEVICE_USE == static_cast<int>(Permission::kDeviceUse) &&
        POSTERN_DEVICE_USE + 1 == kPermissionLimit,
    "the numbers of the C interface are those of the library");

template <typename T>
using List = absl::InlinedVector<T, 8>;

Permission PermissionFromC(postern_permission permission) {
  return permission < kPermissionLimit ? static_cast<Permission>(permission)
                                       : Permission::kUnknown;
}

absl::Status ReadArg(const postern_arg& given, CallArg* out) {
  if (given.text == 0) {
    *out = CallArg::NotText();
    return absl::OkStatus();
  }
  out->is_text = true;
  return ReadBytes(given.value, "an argument", &out->text);
}

absl::Status WithCall(const postern_access& given, absl::string_view function,
                      absl::FunctionRef<absl::Status(const Access&)> use) {
  if (!IsReadable(given.args, given.arg_count)) return NullError("args");
  if (!IsReadable(given.named, given.named_count)) return NullError("named");
  List<CallArg> args(given.arg_count);
  for (size_t i = 0; i < args.size(); ++i) {
    absl::Status status = ReadArg(given.args[i], &args[i]);
    if (!status.ok()) return status;
  }
  List<NamedArg> named(given.named_count);
  for (size_t i = 0; i < named.size(); ++i) {
    absl::Status status =
        ReadBytes(given.named[i].name, "a name", &named[i].name);
    if (status.ok()) status = ReadArg(given.named[i].arg, &named[i].value);
    if (!status.ok()) return status;
  }
  if (given.form == POSTERN_FORM_COMMAND) {
    if (!named.empty()) {
      return absl::InvalidArgumentError("access: a command has no named args");
    }
    return use(Access::Command(function, args));
  }
  return use(Access::Call(CallView{function, args, named}));
}

absl::Status WithSecret(const postern_access& given,
                        absl::FunctionRef<absl::Status(const Access&)> use) {
  if (!IsReadable(given.parts, given.part_count)) return NullError("parts");
  List<absl::string_view> parts(given.part_count);
  for (size_t i = 0; i < parts.size(); ++i) {
    absl::Status status = ReadBytes(given.parts[i], "a part", &parts[i]);
    if (!status.ok()) return status;
  }
  return use(Access::Secret(PermissionFromC(given.permission), parts));
}

absl::Status WithEndpoint(const postern_access& given, absl::string_view text,
                          absl::FunctionRef<absl::Status(const Access&)> use) {
  const Permission permission = PermissionFromC(given.permission);
  if (given.part_count == 0) return use(Access::Endpoint(permission, text));
  if (given.parts == nullptr) return NullError("parts");
  if (given.part_count > 1) {
    return absl::InvalidArgumentError("access: more than one address");
  }
  absl::string_view address;
  absl::Status status = ReadBytes(given.parts[0], "a part", &address);
  if (!status.ok()) return status;
  return use(Access::Resolved(permission, text, address));
}

postern_form FormToC(Access::Form form) {
  switch (form) {
    case Access::Form::kWhole:
      return POSTERN_FORM_WHOLE;
    case Access::Form::kPath:
      return POSTERN_FORM_PATH;
    case Access::Form::kSubtree:
      return POSTERN_FORM_SUBTREE;
    case Access::Form::kName:
      return POSTERN_FORM_NAME;
    case Access::Form::kCall:
      return POSTERN_FORM_CALL;
    case Access::Form::kCommand:
      return POSTERN_FORM_COMMAND;
    case Access::Form::kSecret:
      return POSTERN_FORM_SECRET;
    case Access::Form::kEndpoint:
    case Access::Form::kResolved:
      return POSTERN_FORM_ENDPOINT;
  }
  return POSTERN_FORM_NONE;
}

postern_arg ArgToC(const CallArg& arg) {
  return postern_arg{ToBytes(arg.text), arg.is_text ? 1 : 0};
}

}  // namespace

absl::Status WithAccess(const postern_access* given,
                        absl::FunctionRef<absl::Status(const Access&)> use) {
  if (given == nullptr) return NullError("access");
  postern_access access;
  absl::Status status = ReadStruct(given, "access", &access);
  if (!status.ok()) return status;
  absl::string_view text;
  status = ReadBytes(access.text, "text", &text);
  if (!status.ok()) return status;
  const Permission permission = PermissionFromC(access.permission);
  switch (access.form) {
    case POSTERN_FORM_WHOLE:
      return use(Access::Whole(permission));
    case POSTERN_FORM_PATH:
      return use(Access::Path(permission, text));
    case POSTERN_FORM_SUBTREE:
      return use(Access::Subtree(permission, text));
    case POSTERN_FORM_NAME:
      return use(Access::Name(permission, text));
    case POSTERN_FORM_CALL:
      if (permission != Permission::kPluginCall) break;
      return WithCall(access, text, use);
    case POSTERN_FORM_COMMAND:
      if (permission != Permission::kProcessSpawn) break;
      return WithCall(access, text, use);
    case POSTERN_FORM_SECRET:
      return WithSecret(access, use);
    case POSTERN_FORM_ENDPOINT:
      return WithEndpoint(access, text, use);
    default:
      break;
  }
  return absl::InvalidArgumentError(
      "access: form is unknown or not one of the permission");
}

namespace {

// Reads those from `i` on, each within the call that reads the one before: what
// an access points to lives no longer.
absl::Status WithRest(
    const char* at, size_t step, size_t i, std::vector<Access>* read,
    size_t count,
    absl::FunctionRef<absl::Status(absl::Span<const Access>)> use) {
  if (i == count) return use(*read);
  const auto* const next =
      reinterpret_cast<const postern_access*>(at + i * step);
  if (next->struct_size != step) {
    return absl::InvalidArgumentError("accesses: struct_size is not the same");
  }
  return WithAccess(next, [&](const Access& access) {
    read->push_back(access);
    return WithRest(at, step, i + 1, read, count, use);
  });
}

}  // namespace

absl::Status WithAccesses(
    const postern_access* given, size_t count,
    absl::FunctionRef<absl::Status(absl::Span<const Access>)> use) {
  std::vector<Access> read;
  if (count == 0) return use(read);
  if (given == nullptr) return NullError("accesses");
  if (count > kMaxAccesses) {
    return absl::ResourceExhaustedError("accesses: more than 64");
  }
  return WithRest(reinterpret_cast<const char*>(given), given->struct_size, 0,
                  &read, count, use);
}

AccessForC::AccessForC(const Access& access) {
  for (const CallArg& arg : access.call().args) args_.push_back(ArgToC(arg));
  for (const NamedArg& arg : access.call().named) {
    named_.push_back(postern_named_arg{ToBytes(arg.name), ArgToC(arg.value)});
  }
  for (absl::string_view part : access.parts()) parts_.push_back(ToBytes(part));
  if (access.form() == Access::Form::kResolved) {
    parts_.push_back(ToBytes(access.address()));
  }
  access_.struct_size = sizeof(access_);
  access_.permission = static_cast<postern_permission>(access.permission());
  access_.form = FormToC(access.form());
  access_.text = ToBytes(access.text());
  access_.args = args_.data();
  access_.arg_count = args_.size();
  access_.named = named_.data();
  access_.named_count = named_.size();
  access_.parts = parts_.data();
  access_.part_count = parts_.size();
}

}  // namespace c
}  // namespace postern

using postern::c::StaticTextOut;

postern_permission postern_permission_parse(const char* name, size_t size) {
  if (name == nullptr) return POSTERN_UNKNOWN;
  const auto permission =
      postern::ParsePermission(absl::string_view(name, size));
  return static_cast<postern_permission>(
      permission.value_or(postern::Permission::kUnknown));
}

const char* postern_permission_name(postern_permission p, size_t* size) {
  return StaticTextOut(postern::PermissionName(postern::c::PermissionFromC(p)),
                       size);
}
