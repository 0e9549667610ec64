#ifndef POSTERN_BINDINGS_C_APP_SOCKETS_H_
#define POSTERN_BINDINGS_C_APP_SOCKETS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "bindings/c/postern/app_sockets.h"
#include "net/guarded_net.h"
#include "permission/guard/app_sockets.h"
#include "permission/principal.h"

namespace postern {
namespace c {

// Asks the callback of a C program.
class CallbackRegistry final : public AppRegistry {
 public:
  CallbackRegistry(postern_app_of_fn callback, void* user_data)
      : callback_(callback), user_data_(user_data) {}
  ~CallbackRegistry() override {
    if (release_ != nullptr) release_(user_data_);
  }
  // Once the network is made.
  void ReleaseBy(void (*release)(void* user_data)) { release_ = release; }

  absl::optional<Principal> AppOf(const net::PeerCredentials& process) override;

 private:
  const postern_app_of_fn callback_;
  void* const user_data_;
  void (*release_)(void* user_data) = nullptr;
};

// What a C program's app owns.
struct AppNames {
  std::shared_ptr<net::AbstractNames> names;
  std::shared_ptr<CallbackRegistry> registry;
  void (*release)(void* user_data) = nullptr;

  // Call it once the network is made.
  void Keep() const {
    if (registry != nullptr) registry->ReleaseBy(release);
  }
};

// Null is nothing.
absl::Status ReadAppSockets(const postern_app_sockets* given, AppNames* out);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_APP_SOCKETS_H_
