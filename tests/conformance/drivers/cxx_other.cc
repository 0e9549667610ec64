#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "permission/access.h"
#include "permission/permission.h"
#include "tests/conformance/drivers/cxx_host.h"

extern char** environ;

namespace {

using postern::Access;
using postern::Permission;

bool MayRead(const Trial& t, absl::string_view name) {
  return t.Enforce(Access::Name(Permission::kEnvRead, name));
}

void ReadVariable(const Trial& t) {
  const std::string name(Trial::Text(t.a.name));
  if (!MayRead(t, name)) return;
  const char* const value = getenv(name.c_str());
  if (value == nullptr) {
    t.to.verdict = DENIED;
  } else {
    t.Tell(value);
  }
}

void ChangeVariable(const Trial& t, bool remove) {
  const std::string name(Trial::Text(t.a.name));
  const std::string value(Trial::Text(t.a.value));
  if (!t.Enforce(Access::Name(Permission::kEnvWrite, name))) return;
  const int result =
      remove ? unsetenv(name.c_str()) : setenv(name.c_str(), value.c_str(), 1);
  t.AnswerErrno(result == 0 ? 0 : errno, false);
}

void ListVariables(const Trial& t) {
  for (char** one = environ; *one != nullptr; ++one) {
    const absl::string_view entry = *one;
    const absl::string_view name = entry.substr(0, entry.find('='));
    if (MayRead(t, name)) t.Tell(absl::StrCat(name, "\n"));
  }
  t.to.verdict = GRANTED;
}

// Decides the name that the file has, and loads that very file.
void Load(const Trial& t) {
  const absl::string_view path = Trial::Text(t.a.path);
  // What the loader would look for is no file that could be decided.
  if (!absl::StrContains(path, "/")) {
    t.Enforce(Access::Path(Permission::kCodeLoad, path));
    return;
  }
  const auto file = t.by.files->Open(t.At(), postern::fs::OpenIntent());
  if (!t.Answer(file.status()) ||
      !t.Enforce(Access::CanonicalPath(Permission::kCodeLoad, file->name()))) {
    return;
  }
  void* const library =
      dlopen(absl::StrCat("/proc/self/fd/", file->fd()).c_str(),
             RTLD_NOW | RTLD_LOCAL);
  t.to.verdict = library == nullptr ? FAILED : GRANTED;
  if (library != nullptr) dlclose(library);
}

void Call(const Trial& t) {
  std::vector<postern::CallArg> args;
  std::vector<postern::NamedArg> named;
  for (size_t i = 0; i < t.a.arg_count; ++i) {
    args.push_back({Trial::Text(t.a.args[i].value), true});
  }
  for (size_t i = 0; i < t.a.named_count; ++i) {
    named.push_back({Trial::Text(t.a.named[i].name),
                     {Trial::Text(t.a.named[i].arg.value), true}});
  }
  postern::CallView call;
  call.function = Trial::Text(t.a.function);
  call.args = args;
  call.named = named;
  t.Enforce(Access::Call(call));
}

void Has(const Trial& t) {
  const absl::string_view resource = Trial::Text(t.a.resource);
  const Permission permission =
      postern::ParsePermission(Trial::Text(t.a.permission))
          .value_or(Permission::kUnknown);
  const auto check = [&](const Access& access) {
    t.to.verdict = t.by.context->Check(access).allowed() ? GRANTED : DENIED;
  };
  if (t.a.has_resource == 0) return check(Access::Whole(permission));
  switch (postern::ResourceKindOf(permission)) {
    case postern::ResourceKind::kPath:
      return check(Access::Path(permission, resource));
    case postern::ResourceKind::kEndpoint:
    case postern::ResourceKind::kHostName:
      return check(Access::Endpoint(permission, resource));
    case postern::ResourceKind::kSecret: {
      const std::vector<absl::string_view> parts =
          absl::StrSplit(resource, '/');
      return check(Access::Secret(permission, parts));
    }
    default:
      return check(Access::Name(permission, resource));
  }
}

}  // namespace

bool TryOther(const Trial& trial) {
  const absl::string_view op = Trial::Text(trial.a.op);
  if (op == "env.read") return ReadVariable(trial), true;
  if (op == "env.write") return ChangeVariable(trial, false), true;
  if (op == "env.delete") return ChangeVariable(trial, true), true;
  if (op == "env.list") return ListVariables(trial), true;
  if (op == "sys.info") {
    return trial.Enforce(
               Access::Name(Permission::kSysInfo, Trial::Text(trial.a.fact))),
           true;
  }
  if (op == "code.load") return Load(trial), true;
  if (op == "code.eval") {
    return trial.Enforce(Access::Whole(Permission::kCodeEval)), true;
  }
  if (op == "thread.create") {
    return trial.Enforce(Access::Whole(Permission::kThreadCreate)), true;
  }
  if (op == "plugin.call") return Call(trial), true;
  if (op == "has") return Has(trial), true;
  return false;
}
