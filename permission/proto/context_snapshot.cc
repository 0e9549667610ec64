#include "permission/proto/context_snapshot.h"

#include <stdint.h>
#include <sys/types.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "permission/builder.h"
#include "permission/internal/context_stack.h"
#include "permission/path_binding.h"
#include "permission/policy.h"
#include "permission/proto/context_snapshot.pb.h"
#include "permission/proto/policy_proto.h"
#include "permission/proto/sealed_bytes.h"

namespace postern {
namespace {

constexpr uint32_t kVersion = 1;
// Descriptors that a program may have been started with.
constexpr int kMaxInherited = 1024;

// What a copy must not have: uses that are counted elsewhere. Who is asked is
// asked all the same, unless that is used up.
void LeaveUsesOut(Layer* layer) {
  auto& rules = layer->rules;
  rules.erase(std::remove_if(rules.begin(), rules.end(),
                             [](const Rule& rule) {
                               return rule.limits.uses != nullptr &&
                                      (rule.effect == Effect::kAllow ||
                                       rule.limits.uses->left() == 0);
                             }),
              rules.end());
  for (Rule& rule : rules) rule.limits.uses = nullptr;
}

absl::Status AddPart(PolicySpec spec, v1::ContextSnapshot* snapshot) {
  // In a file each layer has a name of its own.
  std::set<std::string> names;
  for (Layer& layer : spec.layers) {
    LeaveUsesOut(&layer);
    const std::string name = layer.name.empty() ? "layer" : layer.name;
    layer.name = name;
    for (int i = 2; !names.insert(layer.name).second; ++i) {
      layer.name = absl::StrCat(name, " ", i);
    }
  }
  absl::StatusOr<std::string> bytes = PolicySpecToBinary(spec);
  if (!bytes.ok()) return bytes.status();
  snapshot->add_parts()->set_policy(*std::move(bytes));
  return absl::OkStatus();
}

void AddBinding(const PathBinding& binding, v1::ContextSnapshot* snapshot) {
  snapshot->set_bound(true);
  for (const PathBinding::Prefix& prefix : binding.prefixes()) {
    auto* const name = snapshot->add_names();
    name->set_written(prefix.written);
    name->set_canonical(prefix.canonical);
  }
  for (const auto& one : binding.programs()) {
    auto* const program = snapshot->add_programs();
    program->set_canonical(one.first);
    program->set_device(one.second.device);
    program->set_inode(one.second.inode);
    program->set_birth_ns(one.second.birth_ns);
  }
  for (const std::string& folder : binding.program_folders()) {
    snapshot->add_program_folders(folder);
  }
  for (const std::string& name : binding.protected_names()) {
    snapshot->add_protected_paths(name);
  }
}

absl::StatusOr<v1::ContextSnapshot> Parse(int fd) {
  absl::StatusOr<std::string> bytes = internal::ReadSealedBytes(fd);
  if (!bytes.ok()) return bytes.status();
  v1::ContextSnapshot snapshot;
  const bool parsed = snapshot.ParseFromString(*bytes);
  if (!parsed || snapshot.version() != kVersion || snapshot.parts_size() == 0 ||
      !snapshot.GetReflection()->GetUnknownFields(snapshot).empty()) {
    return absl::InvalidArgumentError(
        "expected a snapshot that this version of the library made");
  }
  return snapshot;
}

// Takes a snapshot up.
class Taker {
 public:
  Taker(const v1::ContextSnapshot& snapshot, ContextOptions options)
      : snapshot_(snapshot), options_(std::move(options)) {}

  absl::StatusOr<TakenUp> Take() {
    absl::StatusOr<std::shared_ptr<const Policy>> root = BuildRoot();
    if (!root.ok()) return root.status();
    absl::StatusOr<Principal> principal =
        Principal::Parse(snapshot_.principal());
    if (!snapshot_.principal().empty()) {
      if (!principal.ok()) return principal.status();
      options_.principal = *std::move(principal);
    }
    options_.base_directory = snapshot_.base_directory();
    options_.session = snapshot_.session();
    auto made = PermissionContext::Create(*std::move(root), options_);
    if (!made.ok()) return made.status();
    for (int i = 1; i < snapshot_.parts_size(); ++i) {
      absl::Status status = Narrow(snapshot_.parts(i), made->context.get());
      if (!status.ok()) return status;
    }
    made->context->Seal();
    return TakenUp{made->context, snapshot_.base_directory()};
  }

 private:
  static absl::StatusOr<PolicySpec> SpecOf(
      const v1::ContextSnapshot::Part& part) {
    return ParsePolicyBinary(part.policy(), "snapshot");
  }

  absl::StatusOr<std::shared_ptr<const Policy>> BuildRoot() const {
    absl::StatusOr<PolicySpec> spec = SpecOf(snapshot_.parts(0));
    if (!spec.ok()) return spec.status();
    PolicyBuilder builder(*std::move(spec));
    if (snapshot_.unconfined()) {
      builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
    }
    if (snapshot_.bound()) {
      PathBindingOptions binding;
      binding.program_folders.assign(snapshot_.program_folders().begin(),
                                     snapshot_.program_folders().end());
      binding.protected_paths.assign(snapshot_.protected_paths().begin(),
                                     snapshot_.protected_paths().end());
      builder.Bind(std::move(binding));
    }
    absl::StatusOr<std::shared_ptr<const Policy>> policy = builder.Build();
    if (!policy.ok() || !snapshot_.bound()) return policy;
    absl::Status status = CheckBinding(*(*policy)->binding());
    if (!status.ok()) return status;
    return policy;
  }

  // Every name leads where it led, in both directions: one that was no link
  // then is none now.
  absl::Status CheckBinding(const PathBinding& binding) const {
    std::vector<std::pair<std::string, std::string>> then, now;
    for (const auto& name : snapshot_.names()) {
      then.emplace_back(name.written(), name.canonical());
    }
    for (const PathBinding::Prefix& prefix : binding.prefixes()) {
      now.emplace_back(prefix.written, prefix.canonical);
    }
    std::sort(then.begin(), then.end());
    std::sort(now.begin(), now.end());
    if (then != now) {
      return absl::FailedPreconditionError(
          "a name in the rules leads elsewhere than for the program that "
          "handed them on");
    }
    return CheckPrograms(binding);
  }

  absl::Status CheckPrograms(const PathBinding& binding) const {
    for (const auto& program : snapshot_.programs()) {
      const absl::optional<fs::FileIdentity> now =
          binding.FindProgram(program.canonical());
      const fs::FileIdentity then = {static_cast<dev_t>(program.device()),
                                     static_cast<ino_t>(program.inode()),
                                     program.birth_ns()};
      if (now.has_value() && *now == then) continue;
      return absl::FailedPreconditionError(
          "a program of the rules is another file than for the program that "
          "handed them on");
    }
    return absl::OkStatus();
  }

  static absl::Status Narrow(const v1::ContextSnapshot::Part& part,
                             PermissionContext* context) {
    absl::StatusOr<PolicySpec> spec = SpecOf(part);
    if (!spec.ok()) return spec.status();
    absl::StatusOr<std::shared_ptr<const Policy>> policy =
        PolicyBuilder(*std::move(spec)).Build();
    if (!policy.ok()) return policy.status();
    return context->RestrictTo(*std::move(policy));
  }

  const v1::ContextSnapshot& snapshot_;
  ContextOptions options_;
};

}  // namespace

namespace internal {

// Sees what a context holds.
class ContextSnapshotMaker {
 public:
  static absl::StatusOr<v1::ContextSnapshot> Make(
      const PermissionContext& context) {
    const ContextStack stack(*context.state_);
    v1::ContextSnapshot snapshot;
    snapshot.set_version(kVersion);
    for (int depth = 0; depth <= stack.leaf(); ++depth) {
      for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
        absl::Status status = AddPart(part.policy->spec(), &snapshot);
        if (!status.ok()) return status;
      }
    }
    absl::Status status = AddDrops(stack, &snapshot);
    if (!status.ok()) return status;
    const Policy& root = stack.root_policy();
    if (root.binding() != nullptr) AddBinding(*root.binding(), &snapshot);
    snapshot.set_unconfined(root.unconfined());
    snapshot.set_base_directory(std::string(stack.Scope().base_directory));
    const ContextOptions& options = stack.state(stack.leaf()).options;
    snapshot.set_session(options.session);
    snapshot.set_principal(options.principal.id());
    return snapshot;
  }

 private:
  // What each context gave up is a layer, read as the context reads it.
  static absl::Status AddDrops(const ContextStack& stack,
                               v1::ContextSnapshot* snapshot) {
    for (int depth = 0; depth <= stack.leaf(); ++depth) {
      PolicySpec spec;
      spec.layers.resize(1);
      spec.layers[0].name = "drops";
      spec.layers[0].default_effect = Effect::kAllow;
      spec.layers[0].rules = stack.state(depth).drops.AsRules();
      if (spec.layers[0].rules.empty()) continue;
      spec.variables = stack.root_policy().variables();
      spec.lenient_wildcards = stack.root_policy().lenient_wildcards();
      spec.base_directory =
          std::string(ContextStack(stack.state(depth)).Scope().base_directory);
      absl::Status status = AddPart(std::move(spec), snapshot);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
};

}  // namespace internal

absl::StatusOr<fs::FileDescriptor> SealSnapshot(
    const PermissionContext& context) {
  absl::StatusOr<v1::ContextSnapshot> snapshot =
      internal::ContextSnapshotMaker::Make(context);
  if (!snapshot.ok()) return snapshot.status();
  std::string bytes;
  if (!snapshot->SerializeToString(&bytes)) {
    return absl::ResourceExhaustedError("the rules are too many to hand on");
  }
  return internal::SealBytes(bytes);
}

absl::StatusOr<TakenUp> TakeUpSnapshot(int fd, ContextOptions options) {
  absl::StatusOr<v1::ContextSnapshot> snapshot = Parse(fd);
  if (!snapshot.ok()) return snapshot.status();
  return Taker(*snapshot, std::move(options)).Take();
}

absl::StatusOr<TakenUp> TakeUpInheritedSnapshot(ContextOptions options) {
  int found = -1;
  for (int fd = 0; fd < kMaxInherited; ++fd) {
    if (!internal::HoldsSealedBytes(fd)) continue;
    if (found >= 0) {
      return absl::FailedPreconditionError(
          "the program was started with several snapshots, expected one");
    }
    found = fd;
  }
  if (found < 0) {
    return absl::NotFoundError("the program was started without a snapshot");
  }
  const fs::FileDescriptor fd(found);
  return TakeUpSnapshot(fd.get(), std::move(options));
}

}  // namespace postern
