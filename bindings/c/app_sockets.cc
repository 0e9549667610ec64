#include "bindings/c/app_sockets.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bindings/c/handles.h"
#include "bindings/c/sockets.h"
#include "net/endpoint.h"

struct postern_app {
  absl::optional<postern::Principal> app;
};

namespace postern {
namespace c {
namespace {

absl::Status ReadApp(const postern_bytes& given, absl::string_view what,
                     Principal* out) {
  absl::string_view id;
  absl::Status status = ReadBytes(given, what, &id);
  if (!status.ok()) return status;
  absl::StatusOr<Principal> app = Principal::Parse(id);
  if (!app.ok()) return app.status();
  *out = *std::move(app);
  return absl::OkStatus();
}

absl::Status ReadClients(const postern_app_sockets& given,
                         AppSocketsOptions* out) {
  if (!IsReadable(given.clients, given.client_count)) {
    return NullError("clients");
  }
  for (size_t i = 0; i < given.client_count; ++i) {
    absl::string_view name;
    Principal app;
    absl::Status status =
        ReadBytes(given.clients[i].name, "a socket's name", &name);
    if (status.ok()) status = ReadApp(given.clients[i].app, "a client", &app);
    if (!status.ok()) return status;
    out->clients[std::string(name)].push_back(std::move(app));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> EndpointOf(const postern_bytes& app,
                                       absl::string_view name) {
  Principal owner;
  absl::Status status = ReadApp(app, "app", &owner);
  if (!status.ok()) return status;
  if (name.empty()) {
    return absl::InvalidArgumentError("name: empty, expected one");
  }
  std::string text = absl::StrCat("unix-abstract:", AppSocketName(owner, name));
  net::Endpoint endpoint;
  status = ReadEndpoint(text.data(), text.size(), &endpoint);
  if (!status.ok()) return status;
  return text;
}

}  // namespace

absl::optional<Principal> CallbackRegistry::AppOf(
    const net::PeerCredentials& process) {
  postern_credentials credentials = {};
  credentials.struct_size = sizeof(credentials);
  credentials.known = 1;
  credentials.process = process.pid;
  credentials.user = process.uid;
  credentials.group = process.gid;
  postern_app app;
  callback_(user_data_, &credentials, &app);
  return std::move(app.app);
}

absl::Status ReadAppSockets(const postern_app_sockets* given, AppNames* out) {
  if (given == nullptr) return absl::OkStatus();
  postern_app_sockets read = {};
  AppSocketsOptions options;
  absl::Status status = ReadStruct(given, "app_sockets", &read);
  if (status.ok()) status = ReadApp(read.self, "self", &options.self);
  if (status.ok()) status = ReadClients(read, &options);
  if (status.ok() && read.app_of == nullptr) status = NullError("app_of");
  if (!status.ok()) return status;
  out->registry =
      std::make_shared<CallbackRegistry>(read.app_of, read.user_data);
  out->release = read.release;
  options.registry = out->registry;
  out->names = MakeAppSockets(std::move(options));
  return absl::OkStatus();
}

}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_app_set(postern_app* app, const char* id, size_t size) {
  return Guard(nullptr, [&]() -> absl::Status {
    if (app == nullptr) return NullError("app");
    app->app.reset();
    postern::Principal read;
    absl::Status status = ReadApp(postern_bytes{id, size}, "id", &read);
    if (status.ok()) app->app = std::move(read);
    return status;
  });
}

postern_status postern_app_socket_endpoint(const char* app, size_t app_size,
                                           const char* name, size_t name_size,
                                           postern_buffer** endpoint,
                                           postern_error* error) {
  if (endpoint != nullptr) *endpoint = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (endpoint == nullptr) return NullError("endpoint");
    absl::string_view text;
    const absl::Status status = ReadBytes(name, name_size, "name", &text);
    if (!status.ok()) return status;
    return NewBuffer(EndpointOf(postern_bytes{app, app_size}, text), endpoint);
  });
}
