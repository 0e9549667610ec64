#include <string.h>

#include <memory>
#include <string>
#include <utility>

#include "bindings/node/addon/background.h"
#include "bindings/node/addon/environment.h"
#include "bindings/node/addon/failures.h"
#include "bindings/node/addon/file_operation.h"
#include "bindings/node/addon/process_state.h"
#include "bindings/node/addon/values.h"

namespace postern {
namespace node {
namespace {

// Up to four values, and then the callback: at one place, so that no value that
// a guest gave is taken for it.
constexpr size_t kCallback = 4;
constexpr size_t kMaxArguments = kCallback + 1;

// Puts the numbers where JavaScript reads them.
void PutNumbers(napi_env env, const std::vector<int64_t>& info) {
  Environment* const place = EnvironmentOf(env);
  for (size_t i = 0; i < info.size() && i < Environment::kNumbers; ++i) {
    place->integers[i] = info[i];
    place->numbers[i] = static_cast<double>(info[i]);
  }
}

// Names and types in turn.
napi_value MakeList(napi_env env, const FileOperation& o) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, o.list.size() * 2, &array);
  uint32_t index = 0;
  for (const auto& entry : o.list) {
    napi_set_element(env, array, index++,
                     Bytes(env, entry.first.data(), entry.first.size()));
    napi_set_element(env, array, index++, Number(env, entry.second));
  }
  return array;
}

napi_value MakeResult(napi_env env, const FileOperation& o) {
  size_t size = o.bytes.size();
  const char* data = o.bytes.data();
  if (o.buffer != nullptr) data = postern_buffer_data(o.buffer, &size);
  switch (o.result) {
    case FileResult::kNothing:
      return Undefined(env);
    case FileResult::kNumber:
      return Number(env, o.number);
    case FileResult::kText:
      return Text(env, data, size);
    case FileResult::kBytes:
      return Bytes(env, data, size);
    case FileResult::kInfo:
      PutNumbers(env, o.info);
      return Undefined(env);
    case FileResult::kList:
      return MakeList(env, o);
  }
  return nullptr;
}

// As Node names it in errors.
const char* SyscallOf(const FileOperation& o) {
  const FileKind& kind = *o.kind;
  if (kind.of_links != nullptr && o.numbers[0] == 0) return kind.of_links;
  return kind.syscall != nullptr ? kind.syscall : kind.name;
}

napi_value MakeError(napi_env env, const FileOperation& o) {
  Attempted what;
  what.syscall = SyscallOf(o);
  if (!o.texts.empty()) what.path = &o.texts[0];
  if (o.texts.size() > 1) what.dest = &o.texts[1];
  what.path_is_text = o.kind->parameters[0] == 't';
  what.permission = o.kind->permission;
  return OperationError(env, o.state->context(), o.error, o.status, what);
}

class FileWork : public Background {
 public:
  explicit FileWork(std::unique_ptr<FileOperation> operation)
      : operation_(std::move(operation)) {}
  void Run() override { operation_->Run(); }
  void Finish(napi_env env, napi_value arguments[2]) override {
    if (operation_->status == POSTERN_OK) {
      arguments[1] = MakeResult(env, *operation_);
    } else {
      arguments[0] = MakeError(env, *operation_);
    }
  }

 private:
  const std::unique_ptr<FileOperation> operation_;
};

// False after it threw.
bool ReadArgument(napi_env env, char parameter, napi_value value,
                  FileOperation* o) {
  if (parameter == 'p' || parameter == 't') {
    std::string text;
    const TextProblem problem = ReadText(env, value, &text);
    if (problem == TextProblem::kNone) {
      o->texts.push_back(std::move(text));
      return true;
    }
    ThrowPlain(
        env,
        problem == TextProblem::kWrongType ? "ERR_INVALID_ARG_TYPE"
                                           : "ERR_INVALID_ARG_VALUE",
        std::string("The argument 'path' ") + TextProblemMessage(problem));
    return false;
  }
  double number = 0;
  int64_t whole = 0;
  const bool read = parameter == 'n' ? ReadInt(env, value, &whole)
                                     : ReadNumber(env, value, &number);
  if (!read) {
    ThrowPlain(env, "ERR_INVALID_ARG_TYPE", "a number is expected");
    return false;
  }
  o->numbers.push_back(parameter == 'n' ? static_cast<double>(whole) : number);
  return true;
}

// One function for all kinds: its own is `data`. With a callback it works in
// the background.
napi_value CallFile(napi_env env, napi_callback_info info) {
  size_t count = kMaxArguments;
  napi_value arguments[kMaxArguments];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  const auto* const kind = static_cast<const FileKind*>(data);
  auto o = std::make_unique<FileOperation>(*kind);
  o->state = CurrentState();
  if (o->state == nullptr) {
    return ThrowPlain(env, "ERR_ACCESS_DENIED", "no policy is installed");
  }
  const size_t wanted = strlen(kind->parameters);
  for (size_t i = 0; i < wanted; ++i) {
    const napi_value value = i < count ? arguments[i] : Undefined(env);
    if (!ReadArgument(env, kind->parameters[i], value, o.get())) return nullptr;
  }
  if (count > kCallback && IsFunction(env, arguments[kCallback])) {
    StartBackground(env, std::make_unique<FileWork>(std::move(o)),
                    arguments[kCallback]);
    return Undefined(env);
  }
  o->Run();
  if (o->status == POSTERN_OK) return MakeResult(env, *o);
  napi_throw(env, MakeError(env, *o));
  return nullptr;
}

}  // namespace

void AddFileFunctions(napi_env env, napi_value exports) {
  for (const FileKind& kind : AllFileKinds()) {
    AddFunction(env, exports, kind.name, CallFile, &kind);
  }
}

}  // namespace node
}  // namespace postern
