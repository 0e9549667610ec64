#include "bindings/node/addon/child_start.h"

#include <sys/socket.h>
#include <unistd.h>

#include "bindings/node/addon/failures.h"
#include "bindings/node/addon/values.h"

namespace postern {
namespace node {
namespace {

constexpr uint32_t kMaxDescriptors = 256;
constexpr int32_t kMakePipe = -1;

std::vector<postern_bytes> Views(const std::vector<std::string>& texts) {
  std::vector<postern_bytes> views;
  for (const std::string& text : texts) {
    views.push_back({text.data(), text.size()});
  }
  return views;
}

// Pairs in a row: ours, the program's.
bool ReadDescriptors(napi_env env, napi_value value,
                     std::vector<postern_descriptor>* out) {
  uint32_t length = 0;
  if (napi_get_array_length(env, value, &length) != napi_ok ||
      length > kMaxDescriptors || length % 2 != 0) {
    return false;
  }
  for (uint32_t i = 0; i < length; i += 2) {
    int64_t pair[2];
    for (uint32_t j = 0; j < 2; ++j) {
      napi_value element;
      if (napi_get_element(env, value, i + j, &element) != napi_ok ||
          !ReadInt(env, element, &pair[j]) || pair[j] > INT32_MAX ||
          pair[j] < (j == 0 ? kMakePipe : 0)) {
        return false;
      }
    }
    out->push_back(
        {static_cast<int32_t>(pair[0]), static_cast<int32_t>(pair[1])});
  }
  return true;
}

}  // namespace

ChildStart::~ChildStart() {
  for (const int fd : pipes) close(fd);
  CloseTheirs();
  postern_child_free(child);
  postern_error_free(error);
}

bool ChildStart::Read(napi_env env, const napi_value arguments[4],
                      std::string* problem) {
  TextProblem wrong = ReadTexts(env, arguments[0], &argv);
  if (wrong == TextProblem::kNone) {
    wrong = ReadTexts(env, arguments[1], &environment);
  }
  if (wrong == TextProblem::kNone && !IsNullish(env, arguments[2])) {
    wrong = ReadText(env, arguments[2], &directory);
  }
  if (wrong != TextProblem::kNone) {
    *problem = std::string("program, arguments, variables and directory ") +
               TextProblemMessage(wrong);
    return false;
  }
  if (argv.empty() || !ReadDescriptors(env, arguments[3], &descriptors) ||
      !MakePipes()) {
    *problem = "no program is named, or stdio is not what can be handed on";
    return false;
  }
  return true;
}

// Sockets in place of pipes, as Node has them: they go both ways.
bool ChildStart::MakePipes() {
  for (postern_descriptor& one : descriptors) {
    if (one.from != kMakePipe) continue;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return false;
    }
    pipes.push_back(ends[0]);
    theirs_.push_back(ends[1]);
    one.from = ends[1];
  }
  return true;
}

void ChildStart::CloseTheirs() {
  for (const int fd : theirs_) close(fd);
  theirs_.clear();
}

void ChildStart::Run(ProcessState* state) {
  const postern_launcher* const launcher = state->Launcher(error);
  if (launcher == nullptr) {
    status = postern_error_status(error);
    return;
  }
  const std::vector<postern_bytes> words = Views(argv);
  const std::vector<postern_bytes> variables = Views(environment);
  postern_start start = {};
  start.struct_size = sizeof(start);
  start.argv = words.data();
  start.argc = words.size();
  start.environment = variables.data();
  start.environment_count = variables.size();
  start.descriptors = descriptors.data();
  start.descriptor_count = descriptors.size();
  start.directory = {directory.data(), directory.size()};
  status = postern_launcher_start(launcher, &start, INT64_MAX, &child, error);
  CloseTheirs();
}

napi_value ChildStart::Error(napi_env env, const ProcessState& state) const {
  const std::string syscall = "spawn " + argv[0];
  Attempted what;
  what.syscall = syscall.c_str();
  what.path = &argv[0];
  what.permission = POSTERN_PROCESS_SPAWN;
  return OperationError(env, state.context(), error, status, what);
}

}  // namespace node
}  // namespace postern
