#include "tests/conformance/drivers/cxx_host.h"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/status/status.h"
#include "permission/backstop/preset.h"
#include "permission/builder.h"
#include "permission/guard/net_monitor.h"
#include "permission/guard/path_monitor.h"
#include "permission/guard/unix_sockets.h"
#include "permission/proto/policy_proto.h"

namespace {

using postern::PermissionContext;
namespace fs = postern::fs;
namespace net = postern::net;

// Of the two names the second is that of a name server which lures guests
// inside (DNS rebinding).
class Names : public net::Resolver {
 public:
  net::LookUpResult LookUp(const net::HostName& name,
                           const net::Wait&) override {
    const absl::string_view text = name.text();
    if (text != "localhost" && text != "rebind.postern.test") {
      return {ENOENT, {}};
    }
    return {0, {{net::IpAddress::V4(0x7f000001), 0}}};
  }
};

absl::Status Equip(const std::string& folder, Equipment* made) {
  fs::GuardedFsOptions options;
  options.base_directory = folder;
  auto files =
      fs::GuardedFs::Create(postern::MakePathMonitor(made->context), options);
  if (!files.ok()) return files.status();
  made->files = *std::move(files);
  auto sockets = postern::MakeUnixSockets(made->context, options);
  if (!sockets.ok()) return sockets.status();
  net::GuardedNetOptions network;
  network.resolver = std::make_shared<Names>();
  network.unix_sockets = *std::move(sockets);
  made->network = std::make_unique<net::GuardedNet>(
      postern::MakeNetMonitor(made->context), network);
  made->signals = std::make_unique<postern::GuardedSignals>(made->context);
  return absl::OkStatus();
}

absl::Status Build(const std::string& file, host* made) {
  auto spec = postern::ReadPolicyFile(file);
  if (!spec.ok()) return spec.status();
  const auto preset = postern::PresetRules("runtime");
  if (!preset.ok()) return preset.status();
  auto& rules = spec->layers.back().rules;
  rules.insert(rules.end(), preset->begin(), preset->end());
  postern::PathBindingOptions binding;
  binding.program_folders = {"/usr/bin", "/bin"};
  const auto policy =
      postern::PolicyBuilder(*std::move(spec)).Bind(binding).Build();
  if (!policy.ok()) return policy.status();
  postern::ContextOptions options;
  options.base_directory = made->folder;
  auto root = PermissionContext::Create(*policy, options);
  if (!root.ok()) return root.status();
  made->main.context = root->context;
  return Equip(made->folder, &made->main);
}

bool TryAny(const Trial& trial) {
  return TryFile(trial) || TryHandle(trial) || TryNetwork(trial) ||
         TryProcess(trial) || TryOther(trial);
}

void TryIn(const Equipment& by, const std::string& folder, const attempt& what,
           answer* to) {
  fs::Handle directory;
  Trial trial = {by, folder, nullptr, what, *to};
  if (what.directory.size > 0) {
    auto opened =
        by.files->ChangeDirectory(fs::At(Trial::Text(what.directory)));
    if (!trial.Answer(opened.status())) return;
    directory = *std::move(opened);
    trial.directory = &directory;
    to->verdict = DENIED;
  }
  if (Trial::Text(what.form) == "url" || !TryAny(trial)) to->verdict = UNSEEN;
}

}  // namespace

fs::At Trial::At() const { return {Text(a.path), directory}; }

bool Trial::Answer(const fs::FsStatus& status) const {
  return AnswerErrno(
      status.error_number,
      status.denied() && status.refusal != fs::Refusal::kInvalid);
}
bool Trial::Answer(const net::NetStatus& status) const {
  return AnswerErrno(
      status.error_number,
      status.denied() && status.refusal != net::Refusal::kInvalid);
}

// A concealed thing does not exist for the guest.
bool Trial::AnswerErrno(int error, bool denied) const {
  to.verdict = error == 0                  ? GRANTED
               : denied && error != ENOENT ? DENIED
                                           : FAILED;
  if (error != 0) Tell(strerrorname_np(error));
  return error == 0;
}

void Trial::Tell(absl::string_view text) const {
  const size_t size = std::min(text.size(), sizeof to.detail - to.size);
  std::copy_n(text.data(), size, to.detail + to.size);
  to.size += size;
}

bool Trial::Enforce(const postern::Access& access) const {
  const bool allowed = by.context->Enforce(access).allowed();
  to.verdict = allowed ? GRANTED : DENIED;
  return allowed;
}

void Trial::Drop() const {
  const auto permissions =
      postern::PermissionSet::Parse(Text(a.drop_permission));
  if (!permissions.ok()) return;
  // What cannot be read drops the permission whole, which is no error here.
  by.context
      ->Drop(*permissions,
             a.drop_resource.size == 0
                 ? postern::RulePattern::Whole()
                 : postern::RulePattern::Text(Text(a.drop_resource)))
      .IgnoreError();
}

host* host_new(const char* policy, const char* folder) {
  auto made = std::make_unique<host>();
  made->folder = folder;
  const absl::Status built = Build(policy, made.get());
  if (built.ok()) return made.release();
  std::cerr << built << "\n";
  return nullptr;
}

void host_free(host* made) { delete made; }

void host_try(host* by, const attempt* what, answer* to) {
  to->verdict = DENIED;
  to->size = 0;
  if (what->drop_permission.size > 0 && !what->drop_when_opened) {
    Trial{by->main, by->folder, nullptr, *what, *to}.Drop();
  }
  if (!what->in_worker) return TryIn(by->main, by->folder, *what, to);
  // In C++ the place of a worker is a context that was derived.
  Equipment worker;
  auto child = by->main.context->Derive({}, postern::ContextOptions());
  if (!child.ok()) return;
  worker.context = *std::move(child);
  if (Equip(by->folder, &worker).ok()) TryIn(worker, by->folder, *what, to);
}
