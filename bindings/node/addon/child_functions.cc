#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bindings/node/addon/child_output.h"
#include "bindings/node/addon/child_start.h"
#include "bindings/node/addon/environment.h"
#include "bindings/node/addon/failures.h"
#include "bindings/node/addon/process_state.h"
#include "bindings/node/addon/values.h"

namespace postern {
namespace node {
namespace {

// A program that runs. The thread that waits for its end has the child; the
// guest's object has a descriptor of the process, by which it is signalled, and
// so never another process with the same number.
struct Running {
  ~Running() { close(process); }
  postern_child* child = nullptr;  // of the thread
  int process = -1;
  napi_threadsafe_function told = nullptr;
  std::mutex mutex;
  bool ended = false;  // guarded by `mutex`: `told` is gone
};

struct End {
  int exit_status;
  int signal;
};

void TellEnd(napi_env env, napi_value callback, void*, void* data) {
  const std::unique_ptr<End> end(static_cast<End*>(data));
  if (env == nullptr || callback == nullptr) return;
  napi_value arguments[2] = {Number(env, end->exit_status),
                             Number(env, end->signal)};
  napi_call_function(env, Undefined(env), callback, 2, arguments, nullptr);
}

void Wait(std::shared_ptr<Running> running) {
  postern_child_event event = {};
  event.struct_size = sizeof(event);
  const postern_status status =
      postern_child_wait(running->child, INT64_MAX, &event, nullptr);
  auto end = std::make_unique<End>();
  end->signal = status == POSTERN_OK ? event.end_signal : SIGKILL;
  end->exit_status = end->signal == 0 ? event.exit_status : 0;
  postern_child_free(running->child);
  const std::lock_guard<std::mutex> lock(running->mutex);
  running->ended = true;
  if (napi_call_threadsafe_function(running->told, end.get(),
                                    napi_tsfn_nonblocking) == napi_ok) {
    end.release();
  }
  napi_release_threadsafe_function(running->told, napi_tsfn_release);
}

using Handle = std::shared_ptr<Running>;

void DeleteHandle(napi_env, void* data, void*) {
  delete static_cast<Handle*>(data);
}

// Null for anything else than what spawn() gave.
Running* RunningOf(napi_env env, napi_value value) {
  void* data = nullptr;
  return napi_get_value_external(env, value, &data) == napi_ok
             ? static_cast<Handle*>(data)->get()
             : nullptr;
}

struct Call {
  std::shared_ptr<ProcessState> state = CurrentState();
  ChildStart start;
  napi_value more[4];  // behind the four of the start
};

// False after it threw.
bool ReadCall(napi_env env, napi_callback_info info, Call* call) {
  size_t count = 8;
  napi_value arguments[8];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  if (call->state == nullptr) {
    ThrowPlain(env, "ERR_ACCESS_DENIED", "no policy is installed");
    return false;
  }
  std::string problem;
  if (!call->start.Read(env, arguments, &problem)) {
    ThrowPlain(env, "ERR_INVALID_ARG_VALUE", problem);
    return false;
  }
  for (size_t i = 0; i < 4; ++i) call->more[i] = arguments[4 + i];
  return true;
}

napi_value Numbers(napi_env env, const std::vector<int>& numbers) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, numbers.size(), &array);
  for (size_t i = 0; i < numbers.size(); ++i) {
    napi_set_element(env, array, static_cast<uint32_t>(i),
                     Number(env, numbers[i]));
  }
  return array;
}

// Gives the child to a thread that waits, and an object for it to the guest.
napi_value Attend(napi_env env, napi_value on_end, ChildStart* start) {
  auto running = std::make_shared<Running>();
  if (napi_create_threadsafe_function(
          env, on_end, nullptr, Text(env, "postern child"), 0, 1, nullptr,
          nullptr, nullptr, TellEnd, &running->told) != napi_ok) {
    return ThrowPlain(env, "ERR_INVALID_ARG_TYPE", "onEnd is no function");
  }
  running->child = start->child;
  start->child = nullptr;
  running->process = dup(postern_child_descriptor(running->child));
  napi_value handle = nullptr;
  auto kept = std::make_unique<Handle>(running);
  if (napi_create_external(env, kept.get(), DeleteHandle, nullptr, &handle) ==
      napi_ok) {
    kept.release();
  }
  std::thread(Wait, std::move(running)).detach();
  return handle;
}

// spawn(argv, environment, directory, descriptors, onEnd) -> [pid, handle, our
// ends of the pipes], or the error.
napi_value Spawn(napi_env env, napi_callback_info info) {
  Call call;
  if (!ReadCall(env, info, &call)) return nullptr;
  call.start.Run(call.state.get());
  if (call.start.status != POSTERN_OK) {
    return call.start.Error(env, *call.state);
  }
  napi_value result = nullptr;
  napi_create_array_with_length(env, 3, &result);
  napi_set_element(env, result, 0,
                   Number(env, postern_child_process(call.start.child)));
  const napi_value handle = Attend(env, call.more[0], &call.start);
  if (handle == nullptr) return nullptr;
  napi_set_element(env, result, 1, handle);
  napi_set_element(env, result, 2, Numbers(env, call.start.pipes));
  call.start.pipes.clear();
  return result;
}

// signal(handle, number) -> 0, or an errno.
napi_value Signal(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2] = {Undefined(env), Undefined(env)};
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  Running* const running = RunningOf(env, arguments[0]);
  int64_t number = 0;
  if (running == nullptr || !ReadInt(env, arguments[1], &number)) {
    return Number(env, EINVAL);
  }
  // glibc 2.36 has no function for pidfd_send_signal(2).
  const long failed = syscall(SYS_pidfd_send_signal, running->process,
                              static_cast<int>(number), nullptr, 0);
  return Number(env, failed == 0 ? 0 : errno);
}

// hold(handle, whether the program's end is waited for before this process
// ends).
napi_value Hold(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2] = {Undefined(env), Undefined(env)};
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  Running* const running = RunningOf(env, arguments[0]);
  bool hold = true;
  napi_get_value_bool(env, arguments[1], &hold);
  if (running == nullptr) return Undefined(env);
  const std::lock_guard<std::mutex> lock(running->mutex);
  if (!running->ended) {
    (hold ? napi_ref_threadsafe_function : napi_unref_threadsafe_function)(
        env, running->told);
  }
  return Undefined(env);
}

napi_value Outputs(napi_env env, const ChildOutput& output) {
  napi_value array = nullptr;
  napi_create_array(env, &array);
  for (const auto& one : output.texts()) {
    napi_set_element(env, array, static_cast<uint32_t>(one.first),
                     Bytes(env, one.second.data(), one.second.size()));
  }
  return array;
}

// spawnSync(argv, environment, directory, descriptors, input, pipes, limits) ->
// {pid, status, signal, error, output}. `limits` are time in milliseconds,
// bytes of output and the signal for whoever exceeds them; 0 = none.
napi_value SpawnSync(napi_env env, napi_callback_info info) {
  Call call;
  if (!ReadCall(env, info, &call)) return nullptr;
  ChildOutput output;
  std::string problem;
  if (!output.Read(env, call.more, &call.start, &problem)) {
    return ThrowPlain(env, "ERR_INVALID_ARG_VALUE", problem);
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  call.start.Run(call.state.get());
  if (call.start.status != POSTERN_OK) {
    Set(env, result, "error", call.start.Error(env, *call.state));
    return result;
  }
  output.Pump(call.start.child);
  Set(env, result, "pid", Number(env, postern_child_process(call.start.child)));
  Set(env, result, "status", Number(env, output.exit_status()));
  Set(env, result, "signal", Number(env, output.signal()));
  Set(env, result, "output", Outputs(env, output));
  Set(env, result, "exceeded", Text(env, output.exceeded()));
  return result;
}

}  // namespace

void AddChildFunctions(napi_env env, napi_value exports) {
  AddFunction(env, exports, "spawn", Spawn);
  AddFunction(env, exports, "signal", Signal);
  AddFunction(env, exports, "hold", Hold);
  AddFunction(env, exports, "spawnSync", SpawnSync);
}

}  // namespace node
}  // namespace postern
