#include "permission/guard/net_monitor.h"

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "permission/access.h"
#include "permission/internal/verdict.h"

namespace postern {
namespace {

using internal::VerdictOf;
using net::Endpoint;
using net::Purpose;
using net::Verdict;

Permission PermissionFor(Purpose purpose) {
  switch (purpose) {
    case Purpose::kConnect:
      return Permission::kNetConnect;
    case Purpose::kListen:
      return Permission::kNetListen;
  }
  return Permission::kUnknown;
}

// A thin view of a context; holds no state of its own.
class ContextNetMonitor final : public net::NetMonitor {
 public:
  ContextNetMonitor(std::shared_ptr<PermissionContext> context,
                    NetMonitorOptions options)
      : context_(std::move(context)), options_(options) {}

  Verdict Check(Purpose purpose, const Endpoint& endpoint) const override {
    const std::string text = endpoint.ToString();
    return VerdictOf<Verdict>(
        context_->Check(Access::Endpoint(PermissionFor(purpose), text)));
  }

  Verdict Enforce(Purpose purpose, const Endpoint& endpoint) override {
    const std::string text = endpoint.ToString();
    return Act(Access::Endpoint(PermissionFor(purpose), text));
  }

  Verdict CheckResolved(Purpose purpose, const Endpoint& name,
                        const Endpoint& address) const override {
    const std::string text = name.ToString(), at = address.ToString();
    return VerdictOf<Verdict>(
        context_->Check(Access::Resolved(PermissionFor(purpose), text, at)));
  }

  Verdict EnforceResolved(Purpose purpose, const Endpoint& name,
                          const Endpoint& address) override {
    const std::string text = name.ToString(), at = address.ToString();
    return Act(Access::Resolved(PermissionFor(purpose), text, at));
  }

  Verdict CheckHeld(Purpose purpose, const absl::optional<Endpoint>& name,
                    const Endpoint& address) const override {
    const Permission permission = PermissionFor(purpose);
    const std::string text = name.has_value() ? name->ToString() : "",
                      at = address.ToString();
    const Access access = name.has_value()
                              ? Access::Resolved(permission, text, at)
                              : Access::Endpoint(permission, at);
    return VerdictOf<Verdict>(context_->Check(access.Held()));
  }

  Verdict EnforceLookUp(const net::HostName& name) override {
    return Act(Access::Endpoint(Permission::kNetResolve, name.text()));
  }

 private:
  Verdict Act(const Access& access) {
    return VerdictOf<Verdict>(
        context_->Enforce(access, context_->Now() + options_.ask_timeout));
  }

  const std::shared_ptr<PermissionContext> context_;
  const NetMonitorOptions options_;
};

}  // namespace

std::shared_ptr<net::NetMonitor> MakeNetMonitor(
    std::shared_ptr<PermissionContext> context, NetMonitorOptions options) {
  return std::make_shared<ContextNetMonitor>(std::move(context), options);
}

Decision DecisionOf(const net::Verdict& verdict) {
  return internal::DecisionIn(verdict);
}

}  // namespace postern
