#include "permission/guard/app_sockets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace postern {
namespace {

constexpr absl::string_view kPrefix = "postern/";

// The parts of "postern/APPID/name".
struct Owned {
  absl::string_view app;
  absl::string_view name;
};

bool Split(absl::string_view text, Owned* owned) {
  if (!absl::ConsumePrefix(&text, kPrefix)) return false;
  const size_t slash = text.find('/');
  owned->app = text.substr(0, slash);
  owned->name = slash == text.npos ? "" : text.substr(slash + 1);
  return true;
}

class AppSockets final : public net::AbstractNames {
 public:
  explicit AppSockets(AppSocketsOptions options)
      : options_(std::move(options)) {}

  bool MayBind(absl::string_view name) override {
    Owned owned;
    return !Split(name, &owned) || IsOwn(owned);
  }

  bool MayAccept(absl::string_view name,
                 const net::PeerCredentials& peer) override {
    Owned owned;
    if (!Split(name, &owned)) return true;
    const auto clients = options_.clients.find(std::string(owned.name));
    if (!IsOwn(owned) || clients == options_.clients.end()) return false;
    const std::string app = AppOf(peer);
    return !app.empty() &&
           std::any_of(clients->second.begin(), clients->second.end(),
                       [&](const Principal& client) {
                         return client.IdWithoutVersion() == app;
                       });
  }

  bool MayUse(absl::string_view name,
              const net::PeerCredentials& peer) override {
    Owned owned;
    if (!Split(name, &owned)) return true;
    const std::string app = AppOf(peer);
    return !app.empty() && !owned.name.empty() && app == owned.app;
  }

 private:
  bool IsOwn(const Owned& owned) const {
    return !owned.name.empty() && !owned.app.empty() &&
           owned.app == options_.self.IdWithoutVersion();
  }
  std::string AppOf(const net::PeerCredentials& peer) const {
    if (peer.pid <= 0) return "";
    const absl::optional<Principal> app = options_.registry->AppOf(peer);
    return app.has_value() ? app->IdWithoutVersion() : "";
  }

  const AppSocketsOptions options_;
};

}  // namespace

std::string AppSocketName(const Principal& app, absl::string_view name) {
  return absl::StrCat(kPrefix, app.IdWithoutVersion(), "/", name);
}

std::shared_ptr<net::AbstractNames> MakeAppSockets(AppSocketsOptions options) {
  return std::make_shared<AppSockets>(std::move(options));
}

}  // namespace postern
