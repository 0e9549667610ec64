#include "permission/guard/unix_sockets.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "fs/guarded_fs.h"
#include "fs/status.h"
#include "permission/access.h"
#include "permission/guard/denial_by_rule.h"
#include "permission/guard/kept_operation.h"
#include "permission/guard/other_names.h"
#include "permission/internal/verdict.h"
#include "permission/path_binding.h"
#include "permission/policy.h"

namespace postern {
namespace {

using fs::Rights;
using fs::Verdict;

// Decides a path as a file, and as an endpoint for one permission. Paths are
// canonical, as those of every path monitor.
class SocketMonitor final : public fs::PathMonitor {
 public:
  SocketMonitor(std::shared_ptr<PermissionContext> context,
                Permission permission, PathMonitorOptions options)
      : files_(MakePathMonitor(context, options)),
        context_(std::move(context)),
        permission_(permission),
        options_(options) {}

  absl::Status Ready() const override { return files_->Ready(); }

  // Enforce() is always to be heard: the endpoint may take a use.
  Verdict Check(Rights rights, absl::string_view path) const override {
    return CheckIn(nullptr, rights, path);
  }
  Verdict CheckIn(const Kept* kept, Rights rights,
                  absl::string_view path) const override {
    Verdict verdict = files_->CheckIn(kept, rights, path);
    if (!verdict.allowed && !verdict.asks) return verdict;
    const Decision decision = CheckEndpoint(kept, absl::StrCat("unix:", path));
    if (decision.effect() == Effect::kDeny) {
      Verdict denial = internal::VerdictOf<Verdict>(decision);
      denial.acts = verdict.acts;
      return denial;
    }
    verdict.allowed = verdict.allowed && decision.allowed();
    verdict.asks = !verdict.allowed;
    verdict.acts = true;
    return verdict;
  }

  Verdict Enforce(Rights rights, absl::string_view path,
                  absl::string_view asked) override {
    std::unique_ptr<Kept> kept;
    return EnforceIn(&kept, rights, path, asked);
  }
  Verdict EnforceIn(std::unique_ptr<Kept>* kept, Rights rights,
                    absl::string_view path, absl::string_view asked) override {
    const std::string endpoint = absl::StrCat("unix:", path);
    const Verdict checked = files_->CheckIn(kept->get(), rights, path);
    // Nothing is asked or taken for the file where the endpoint is denied.
    const bool vain =
        (checked.allowed || checked.asks) &&
        CheckEndpoint(kept->get(), endpoint).effect() == Effect::kDeny;
    Verdict verdict;
    if (vain) verdict = EnforceEndpoint(kept, endpoint, asked);
    if (vain && !verdict.allowed) return verdict;  // else it changed meanwhile
    verdict = files_->EnforceIn(kept, rights, path, asked);
    return verdict.allowed ? EnforceEndpoint(kept, endpoint, asked) : verdict;
  }

  Verdict CheckSubtree(Rights rights, absl::string_view path) const override {
    return files_->CheckSubtree(rights, path);
  }
  bool IsUniformBelow(Rights, absl::string_view) const override {
    return false;
  }
  Verdict CheckMove(absl::string_view from, absl::string_view to,
                    bool is_directory) const override {
    return files_->CheckMove(from, to, is_directory);
  }
  Verdict CheckReplace(absl::string_view path) const override {
    return files_->CheckReplace(path);
  }
  bool Conceals() const override { return files_->Conceals(); }
  Verdict CheckLink(Rights rights, absl::string_view path) const override {
    return files_->CheckLink(rights, path);
  }
  bool KnowsIdentities() const override { return files_->KnowsIdentities(); }
  bool KnowsEntries() const override { return files_->KnowsEntries(); }
  Verdict CheckIdentity(Rights rights, fs::FileIdentity file,
                        absl::string_view path) const override {
    return CheckIdentityIn(nullptr, rights, file, path);
  }
  Verdict CheckIdentityIn(const Kept* kept, Rights rights,
                          fs::FileIdentity file,
                          absl::string_view path) const override {
    const Verdict verdict = files_->CheckIdentityIn(kept, rights, file, path);
    return verdict.allowed ? CheckNamesOf(kept, file, path, "") : verdict;
  }
  Verdict CheckEntry(Rights rights, fs::FileIdentity directory,
                     absl::string_view path) const override {
    return CheckEntryIn(nullptr, rights, directory, path);
  }
  Verdict CheckEntryIn(const Kept* kept, Rights rights,
                       fs::FileIdentity directory,
                       absl::string_view path) const override {
    const Verdict verdict = files_->CheckEntryIn(kept, rights, directory, path);
    if (!verdict.allowed) return verdict;
    const internal::EntryName name(path);
    const Verdict names =
        CheckNamesOf(kept, directory, name.directory, name.behind);
    return names.allowed
               ? CheckPlaces(kept, directory, name.directory, name.behind)
               : names;
  }
  Verdict CheckNamed(Rights rights, absl::string_view path,
                     absl::string_view place) const override {
    return files_->CheckNamed(rights, path, place);
  }
  Verdict EnforceNamedIn(std::unique_ptr<Kept>* kept, Rights rights,
                         absl::string_view path,
                         absl::string_view place) override {
    return files_->EnforceNamedIn(kept, rights, path, place);
  }

 private:
  Decision CheckEndpoint(const Kept* kept, absl::string_view endpoint) const {
    return context_->Check(Access::CanonicalEndpoint(permission_, endpoint),
                           internal::OperationIn(kept));
  }
  Verdict EnforceEndpoint(std::unique_ptr<Kept>* kept,
                          absl::string_view endpoint, absl::string_view asked) {
    const std::string asked_endpoint = absl::StrCat("unix:", asked);
    return internal::VerdictOf<Verdict>(context_->Enforce(
        Access::CanonicalEndpoint(permission_, endpoint, asked_endpoint),
        context_->Now() + options_.ask_timeout, internal::OperationIn(kept)));
  }

  // A denial by another name that a file has, as a bind mount gives it one,
  // with `behind` after it.
  Verdict CheckNamesOf(const Kept* kept, fs::FileIdentity file,
                       absl::string_view path, absl::string_view behind) const {
    // The operation may have used up what grants both names.
    return CheckOthers(&PathBinding::FindDenied, file, path, behind,
                       [&](const Access& access) {
                         return context_->Check(access,
                                                internal::OperationIn(kept));
                       });
  }
  // CheckNamesOf() for a directory that nothing denies, but in which something
  // may come into being that a rule denies.
  Verdict CheckPlaces(const Kept* kept, fs::FileIdentity directory,
                      absl::string_view path, absl::string_view behind) const {
    return CheckOthers(&PathBinding::FindPlace, directory, path, behind,
                       [&](const Access& access) {
                         return internal::DenialByRule(
                             *context_, access, internal::OperationIn(kept));
                       });
  }
  template <typename Decide>
  Verdict CheckOthers(internal::FindNames find, fs::FileIdentity file,
                      absl::string_view path, absl::string_view behind,
                      Decide decide) const {
    const std::shared_ptr<const Policy> policy = context_->policy();
    const absl::optional<Decision> denial = internal::FindDenialByOtherName(
        policy->binding(), find, file, path, behind,
        [&](absl::string_view name) {
          const std::string endpoint = absl::StrCat("unix:", name);
          return decide(Access::CanonicalEndpoint(permission_, endpoint));
        });
    if (denial.has_value()) return internal::VerdictOf<Verdict>(*denial);
    Verdict granted;
    granted.allowed = true;
    return granted;
  }

  const std::shared_ptr<fs::PathMonitor> files_;
  const std::shared_ptr<PermissionContext> context_;
  const Permission permission_;
  const PathMonitorOptions options_;
};

net::NetStatus ToNetStatus(const fs::FsStatus& from) {
  net::NetStatus status = net::NetStatus::Error(from.error_number);
  status.verdict.allowed = from.verdict.allowed;
  status.verdict.concealed = from.verdict.concealed;
  status.verdict.decision = from.verdict.decision;
  if (!from.canonical.empty()) {
    status.endpoint = absl::StrCat("unix:", from.canonical);
  }
  switch (from.refusal) {
    case fs::Refusal::kNone:
      break;
    case fs::Refusal::kMonitor:
      status.refusal = net::Refusal::kMonitor;
      break;
    case fs::Refusal::kUnenforceable:
      status.refusal = net::Refusal::kUnenforceable;
      break;
    case fs::Refusal::kKind:
    case fs::Refusal::kHardLink:
    case fs::Refusal::kMount:
    case fs::Refusal::kMove:
    case fs::Refusal::kAttribute:
    case fs::Refusal::kHandle:
    case fs::Refusal::kInvalid:
    case fs::Refusal::kChanged:
      status.refusal = net::Refusal::kInvalid;
  }
  return status;
}

class GuardedUnixSockets final : public net::UnixSockets {
 public:
  GuardedUnixSockets(std::unique_ptr<const fs::GuardedFs> connect,
                     std::unique_ptr<const fs::GuardedFs> listen)
      : connect_(std::move(connect)), listen_(std::move(listen)) {}

  net::NetStatus Connect(int socket, absl::string_view path) override {
    return ToNetStatus(connect_->ConnectUnix(socket, path));
  }
  net::NetStatus Bind(int socket, absl::string_view path) override {
    return ToNetStatus(listen_->BindUnix(socket, path));
  }

 private:
  const std::unique_ptr<const fs::GuardedFs> connect_, listen_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<net::UnixSockets>> MakeUnixSockets(
    std::shared_ptr<PermissionContext> context, fs::GuardedFsOptions files,
    PathMonitorOptions options) {
  const auto make = [&](Permission permission) {
    return fs::GuardedFs::Create(
        std::make_shared<SocketMonitor>(context, permission, options), files);
  };
  auto connect = make(Permission::kNetConnect);
  if (!connect.ok()) return connect.status();
  auto listen = make(Permission::kNetListen);
  if (!listen.ok()) return listen.status();
  return std::shared_ptr<net::UnixSockets>(std::make_shared<GuardedUnixSockets>(
      *std::move(connect), *std::move(listen)));
}

}  // namespace postern
