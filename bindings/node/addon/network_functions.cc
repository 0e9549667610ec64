#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/node/addon/background.h"
#include "bindings/node/addon/environment.h"
#include "bindings/node/addon/failures.h"
#include "bindings/node/addon/process_state.h"
#include "bindings/node/addon/values.h"

namespace postern {
namespace node {
namespace {

// A look-up of Node has no deadline either; the resolver has one of its own.
constexpr postern_wait* kNoWait = nullptr;

// Addresses of a name: those that it may be connected to on a port, or those
// that a guest may be told.
class LookUp : public Background {
 public:
  LookUp(std::shared_ptr<ProcessState> state, std::string name, bool connect)
      : state_(std::move(state)), name_(std::move(name)), connect_(connect) {}
  ~LookUp() override { postern_error_free(error_); }

  void Run() override { status_ = connect_ ? Prepare() : Tell(); }
  void Finish(napi_env env, napi_value arguments[2]) override {
    if (status_ == POSTERN_OK) {
      arguments[1] = Texts(env, found_);
      return;
    }
    Attempted what;
    what.syscall = "getaddrinfo";
    what.path = &name_;
    what.permission = connect_ ? POSTERN_NET_CONNECT : POSTERN_NET_RESOLVE;
    arguments[0] =
        OperationError(env, state_->context(), error_, status_, what);
  }

 private:
  postern_status Prepare() {
    postern_targets* targets = nullptr;
    const postern_status status = postern_network_prepare(
        state_->network(), POSTERN_CONNECT, name_.data(), name_.size(), kNoWait,
        &targets, error_);
    for (size_t i = 0; i < postern_targets_count(targets); ++i) {
      size_t size = 0;
      const char* const text = postern_targets_endpoint(targets, i, &size);
      found_.emplace_back(text, size);
    }
    postern_targets_free(targets);
    return status;
  }

  postern_status Tell() {
    postern_buffer* addresses = nullptr;
    const postern_status status =
        postern_network_look_up(state_->network(), name_.data(), name_.size(),
                                kNoWait, &addresses, error_);
    size_t size = 0;
    const char* const data = postern_buffer_data(addresses, &size);
    for (size_t i = 0; i < size; i += found_.back().size() + 1) {
      found_.emplace_back(data + i);
    }
    postern_buffer_free(addresses);
    return status;
  }

  const std::shared_ptr<ProcessState> state_;
  const std::string name_;
  const bool connect_;
  postern_status status_ = POSTERN_INTERNAL;
  postern_error* error_ = postern_error_new();
  std::vector<std::string> found_;
};

struct Call {
  std::shared_ptr<ProcessState> state;
  std::string text;
  napi_value rest = nullptr;  // the second argument
};

// False after it threw.
bool ReadCall(napi_env env, napi_callback_info info, Call* call) {
  size_t count = 2;
  napi_value arguments[2] = {Undefined(env), Undefined(env)};
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  call->state = CurrentState();
  call->rest = arguments[1];
  const TextProblem problem = ReadText(env, arguments[0], &call->text);
  if (call->state == nullptr) {
    ThrowPlain(env, "ERR_ACCESS_DENIED", "no policy is installed");
  } else if (problem != TextProblem::kNone) {
    ThrowPlain(env, "ERR_INVALID_ARG_VALUE",
               std::string("The host or path ") + TextProblemMessage(problem));
  }
  return call->state != nullptr && problem == TextProblem::kNone;
}

napi_value StartLookUp(napi_env env, napi_callback_info info, bool connect) {
  Call call;
  if (!ReadCall(env, info, &call)) return nullptr;
  StartBackground(env,
                  std::make_unique<LookUp>(std::move(call.state),
                                           std::move(call.text), connect),
                  call.rest);
  return Undefined(env);
}

// prepare("host:port", callback) -> endpoints of the addresses.
napi_value Prepare(napi_env env, napi_callback_info info) {
  return StartLookUp(env, info, true);
}

// lookUp("host", callback) -> addresses.
napi_value LookUpHost(napi_env env, napi_callback_info info) {
  return StartLookUp(env, info, false);
}

// The descriptor of a guarded unix socket, as Node's own pipes are closed by
// Node. An error is returned and not thrown.
napi_value UnixSocket(napi_env env, napi_callback_info info, bool listen) {
  Call call;
  if (!ReadCall(env, info, &call)) return nullptr;
  postern_error* const error = postern_error_new();
  postern_socket* socket = nullptr;
  const postern_status status =
      listen ? postern_network_listen(call.state->network(), call.text.data(),
                                      call.text.size(), POSTERN_STREAM,
                                      SOMAXCONN, kNoWait, &socket, error)
             : postern_network_connect(call.state->network(), call.text.data(),
                                       call.text.size(), POSTERN_STREAM,
                                       kNoWait, &socket, error);
  napi_value result = nullptr;
  if (status == POSTERN_OK) {
    result = Number(env, postern_socket_release(socket));
  } else {
    Attempted what;
    what.syscall = listen ? "listen" : "connect";
    what.path = &call.text;
    what.permission = listen ? POSTERN_NET_LISTEN : POSTERN_NET_CONNECT;
    result = OperationError(env, call.state->context(), error, status, what);
  }
  postern_socket_free(socket);
  postern_error_free(error);
  return result;
}

napi_value UnixConnect(napi_env env, napi_callback_info info) {
  return UnixSocket(env, info, false);
}

napi_value UnixListen(napi_env env, napi_callback_info info) {
  return UnixSocket(env, info, true);
}

}  // namespace

void AddNetworkFunctions(napi_env env, napi_value exports) {
  AddFunction(env, exports, "prepare", Prepare);
  AddFunction(env, exports, "lookUp", LookUpHost);
  AddFunction(env, exports, "unixConnect", UnixConnect);
  AddFunction(env, exports, "unixListen", UnixListen);
}

}  // namespace node
}  // namespace postern
