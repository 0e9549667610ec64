#include "bindings/node/addon/question.h"

#include <unistd.h>

#include <utility>

namespace postern {
namespace node {

struct Question::Scope {
  const char* name;
  postern_form form;  // with a reference
  postern_permission permissions[3];
};

namespace {

bool IsRelative(const std::string& name) {
  return !name.empty() && name[0] != '/';
}

// Where relative names of the guest start.
std::string Absolute(const std::string& name) {
  char here[4096];
  if (getcwd(here, sizeof(here)) == nullptr || here[0] != '/') return name;
  return std::string(here) + "/" + name;
}

}  // namespace

const Question::Scope* Question::FindScope(const std::string& name) {
  static constexpr Scope kScopes[] = {
      {"fs.read", POSTERN_FORM_PATH, {POSTERN_FS_READ}},
      {"fs.write", POSTERN_FORM_PATH, {POSTERN_FS_WRITE}},
      {"fs", POSTERN_FORM_PATH, {POSTERN_FS_READ, POSTERN_FS_WRITE}},
      {"net", POSTERN_FORM_ENDPOINT, {POSTERN_NET_CONNECT, POSTERN_NET_LISTEN}},
      {"net.connect", POSTERN_FORM_ENDPOINT, {POSTERN_NET_CONNECT}},
      {"net.listen", POSTERN_FORM_ENDPOINT, {POSTERN_NET_LISTEN}},
      {"net.resolve", POSTERN_FORM_ENDPOINT, {POSTERN_NET_RESOLVE}},
      {"child", POSTERN_FORM_COMMAND, {POSTERN_PROCESS_SPAWN}},
      {"process.spawn", POSTERN_FORM_COMMAND, {POSTERN_PROCESS_SPAWN}},
      {"process.signal", POSTERN_FORM_NAME, {POSTERN_PROCESS_SIGNAL}},
      {"env", POSTERN_FORM_NAME, {POSTERN_ENV_READ, POSTERN_ENV_WRITE}},
      {"env.read", POSTERN_FORM_NAME, {POSTERN_ENV_READ}},
      {"env.write", POSTERN_FORM_NAME, {POSTERN_ENV_WRITE}},
      {"sys.info", POSTERN_FORM_NAME, {POSTERN_SYS_INFO}},
      {"addon", POSTERN_FORM_PATH, {POSTERN_CODE_LOAD}},
      {"code.load", POSTERN_FORM_PATH, {POSTERN_CODE_LOAD}},
      {"code.import", POSTERN_FORM_NAME, {POSTERN_CODE_IMPORT}},
      {"code.eval", POSTERN_FORM_NONE, {POSTERN_CODE_EVAL}},
      {"worker", POSTERN_FORM_NONE, {POSTERN_THREAD_CREATE}},
      {"thread.create", POSTERN_FORM_NONE, {POSTERN_THREAD_CREATE}},
      {"inspector", POSTERN_FORM_NONE, {POSTERN_DEBUG_ATTACH}},
      {"debug.attach", POSTERN_FORM_NONE, {POSTERN_DEBUG_ATTACH}},
      // All that a folder which is opened for WebAssembly lets in.
      {"wasi", POSTERN_FORM_SUBTREE, {POSTERN_FS_READ, POSTERN_FS_WRITE}},
  };
  for (const Scope& scope : kScopes) {
    if (name == scope.name) return &scope;
  }
  return nullptr;
}

void Question::Add(postern_permission permission, postern_form form) {
  postern_access* const access = &accesses_[count_++];
  *access = {};
  access->struct_size = sizeof(*access);
  access->permission = permission;
  access->form = form;
  access->text = {text_.data(), text_.size()};
  access->args = args_.data();
  access->arg_count = args_.size();
  if (address_.size > 0) {
    access->parts = &address_;
    access->part_count = 1;
  }
}

bool Question::ReadParts(napi_env env, napi_value reference,
                         std::string* problem) {
  TextProblem wrong = ReadText(env, reference, &text_);
  bool is_array = false;
  if (wrong == TextProblem::kWrongType) {
    napi_is_array(env, reference, &is_array);
    if (is_array) wrong = ReadTexts(env, reference, &parts_);
  }
  if (wrong != TextProblem::kNone) {
    *problem = std::string("The reference ") + TextProblemMessage(wrong);
    return false;
  }
  if (is_array) {
    if (parts_.empty()) {
      *problem = "The reference must not be empty";
      return false;
    }
    text_ = parts_[0];
  }
  return true;
}

bool Question::Read(napi_env env, napi_value scope, napi_value reference,
                    std::string* problem) {
  std::string name;
  const TextProblem wrong = ReadText(env, scope, &name);
  const Scope* const found =
      wrong == TextProblem::kNone ? FindScope(name) : nullptr;
  if (found == nullptr) {
    *problem = "The scope must be one that is known";
    return false;
  }
  postern_form form = found->form;
  if (IsNullish(env, reference) || form == POSTERN_FORM_NONE) {
    form = POSTERN_FORM_WHOLE;
  } else if (!ReadParts(env, reference, problem)) {
    return false;
  }
  if ((form == POSTERN_FORM_PATH || form == POSTERN_FORM_SUBTREE) &&
      IsRelative(text_)) {
    relative_ = std::move(text_);
    text_ = Absolute(relative_);
  }
  if (form == POSTERN_FORM_COMMAND) {
    for (size_t i = 1; i < parts_.size(); ++i) {
      args_.push_back({{parts_[i].data(), parts_[i].size()}, 1});
    }
  } else if (form == POSTERN_FORM_ENDPOINT && parts_.size() == 2) {
    address_ = {parts_[1].data(), parts_[1].size()};
  } else if (parts_.size() > 1) {
    *problem = "The reference must be one text";
    return false;
  }
  for (const postern_permission permission : found->permissions) {
    if (permission != POSTERN_UNKNOWN) Add(permission, form);
  }
  return true;
}

TextProblem ReadScope(napi_env env, napi_value scope, std::string* out) {
  const TextProblem problem = ReadText(env, scope, out);
  if (problem != TextProblem::kNone) return problem;
  static constexpr struct {
    const char* theirs;
    const char* ours;
  } kNames[] = {{"child", "process.spawn"},
                {"worker", "thread.create"},
                {"addon", "code.load"},
                {"inspector", "debug.attach"},
                {"wasi", "fs"}};
  for (const auto& name : kNames) {
    if (*out == name.theirs) *out = name.ours;
  }
  return problem;
}

}  // namespace node
}  // namespace postern
