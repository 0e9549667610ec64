#include "permission/context.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bindings/c/access.h"
#include "bindings/c/callbacks.h"
#include "bindings/c/handles.h"
#include "permission/principal.h"
#include "permission/proto/context_snapshot.h"

namespace postern {
namespace c {
namespace {

absl::Status ReadContextOptions(const postern_context_options* given,
                                postern_context_options* read,
                                ContextOptions* out) {
  *read = {};
  if (given == nullptr) return absl::OkStatus();
  absl::string_view principal, base, session;
  absl::Status status = ReadStruct(given, "options", read);
  if (status.ok()) status = ReadBytes(read->principal, "id", &principal);
  if (status.ok()) status = ReadBytes(read->base_directory, "base", &base);
  if (status.ok()) status = ReadBytes(read->session, "session", &session);
  if (!status.ok()) return status;
  out->base_directory = std::string(base);
  out->session = std::string(session);
  if (principal.empty()) return absl::OkStatus();
  absl::StatusOr<Principal> parsed = Principal::Parse(principal);
  if (!parsed.ok()) return parsed.status();
  out->principal = *std::move(parsed);
  return absl::OkStatus();
}

// Makes a holder and connects the callbacks that were given.
std::shared_ptr<ContextHolder> NewHolder(const postern_context_options& given,
                                         ContextOptions* options) {
  auto holder = std::make_shared<ContextHolder>(given);
  if (given.audit != nullptr) options->audit = &holder->audit;
  if (given.ask != nullptr) options->ask = &holder->ask;
  holder->base_directory = options->base_directory;
  return holder;
}

absl::Status NewContext(const postern_policy& policy,
                        const postern_context_options* given,
                        postern_context** context,
                        postern_authority** authority) {
  postern_context_options read;
  ContextOptions options;
  absl::Status status = ReadContextOptions(given, &read, &options);
  if (!status.ok()) return status;
  std::shared_ptr<ContextHolder> holder = NewHolder(read, &options);
  absl::StatusOr<RootContext> root =
      PermissionContext::Create(policy.policy, std::move(options));
  if (!root.ok()) return root.status();
  holder->context = std::move(root->context);
  std::unique_ptr<postern_context> made(new postern_context{holder});
  if (authority != nullptr) {
    *authority = new postern_authority{std::move(root->authority)};
  }
  holder->release = read.release;
  *context = made.release();
  return absl::OkStatus();
}

absl::Status DeriveContext(const postern_context& parent,
                           const postern_policy* layers,
                           const postern_context_options* given,
                           postern_context** child) {
  postern_context_options read;
  ContextOptions options;
  absl::Status status = ReadContextOptions(given, &read, &options);
  if (!status.ok()) return status;
  std::shared_ptr<ContextHolder> holder = NewHolder(read, &options);
  holder->parent = parent.holder;
  if (holder->base_directory.empty()) {
    holder->base_directory = parent.holder->base_directory;
  }
  const PermissionContext& above = *parent.holder->context;
  absl::StatusOr<std::shared_ptr<PermissionContext>> context =
      layers == nullptr
          ? above.Derive({}, std::move(options))
          : above.DeriveWithin(layers->policy, std::move(options));
  if (!context.ok()) return context.status();
  holder->context = *std::move(context);
  *child = new postern_context{holder};
  holder->release = read.release;
  return absl::OkStatus();
}

// Principal, base directory and session are what was handed on.
absl::Status TakeUpContext(const postern_context_options* given,
                           postern_context** context) {
  postern_context_options read;
  ContextOptions options;
  absl::Status status = ReadContextOptions(given, &read, &options);
  if (!status.ok()) return status;
  if (!options.principal.id().empty() || !options.base_directory.empty() ||
      !options.session.empty()) {
    return absl::InvalidArgumentError(
        "options: principal, base_directory and session are handed on, "
        "expected none");
  }
  std::shared_ptr<ContextHolder> holder = NewHolder(read, &options);
  absl::StatusOr<TakenUp> taken = TakeUpInheritedSnapshot(std::move(options));
  if (!taken.ok()) return taken.status();
  holder->context = std::move(taken->context);
  holder->base_directory = std::move(taken->base_directory);
  *context = new postern_context{holder};
  holder->release = read.release;
  return absl::OkStatus();
}

// Drops from what `permissions` names. What cannot be read drops all of it.
absl::Status Drop(PermissionContext* context, absl::string_view permissions,
                  const RulePattern& pattern) {
  absl::StatusOr<PermissionSet> set = PermissionSet::Parse(permissions);
  if (set.ok()) return context->Drop(*set, pattern);
  context->Drop(PermissionSet::All(), RulePattern::Whole()).IgnoreError();
  return set.status();
}

// Gives up what an unreadable pattern may have meant.
absl::Status DropWhole(PermissionContext* context,
                       absl::string_view permissions,
                       const absl::Status& status) {
  Drop(context, permissions, RulePattern::Whole()).IgnoreError();
  return status;
}

// Denies whatever goes wrong.
template <typename Decide>
postern_status DecideOne(const postern_context* context,
                         const postern_access* access,
                         postern_decision* decision, postern_error* error,
                         Decide decide) {
  if (decision != nullptr) *decision = postern_decision{0, 0, 0, 0};
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (decision == nullptr) return NullError("decision");
    return WithAccess(access, [&](const Access& read) {
      *decision = ToC(decide(read));
      return absl::OkStatus();
    });
  });
}

template <typename Decide>
postern_status DecideAll(const postern_context* context,
                         const postern_access* accesses, size_t count,
                         postern_decision* decision, size_t* index,
                         postern_error* error, Decide decide) {
  if (decision != nullptr) *decision = postern_decision{0, 0, 0, 0};
  if (index != nullptr) *index = 0;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (decision == nullptr) return NullError("decision");
    return WithAccesses(accesses, count, [&](absl::Span<const Access> read) {
      *decision = ToC(decide(read));
      return absl::OkStatus();
    });
  });
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_context_new(const postern_policy* policy,
                                   const postern_context_options* options,
                                   postern_context** context,
                                   postern_authority** authority,
                                   postern_error* error) {
  if (context != nullptr) *context = nullptr;
  if (authority != nullptr) *authority = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (policy == nullptr) return NullError("policy");
    if (context == nullptr) return NullError("context");
    return NewContext(*policy, options, context, authority);
  });
}

postern_status postern_context_seal(const postern_context* context,
                                    int* descriptor, postern_error* error) {
  if (descriptor != nullptr) *descriptor = -1;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (descriptor == nullptr) return NullError("descriptor");
    absl::StatusOr<postern::fs::FileDescriptor> sealed =
        postern::SealSnapshot(*context->holder->context);
    if (!sealed.ok()) return sealed.status();
    *descriptor = sealed->Release();
    return absl::OkStatus();
  });
}

postern_status postern_context_take_up(const postern_context_options* options,
                                       postern_context** context,
                                       postern_error* error) {
  if (context != nullptr) *context = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    return TakeUpContext(options, context);
  });
}

void postern_context_free(postern_context* context) { delete context; }

void postern_authority_free(postern_authority* authority) { delete authority; }

postern_status postern_check(const postern_context* context,
                             const postern_access* access,
                             postern_decision* decision, postern_error* error) {
  return DecideOne(context, access, decision, error,
                   [&](const postern::Access& read) {
                     return context->holder->context->Check(read);
                   });
}

postern_status postern_check_undiminished(const postern_context* context,
                                          const postern_access* access,
                                          postern_decision* decision,
                                          postern_error* error) {
  return DecideOne(context, access, decision, error,
                   [&](const postern::Access& read) {
                     return context->holder->context->CheckUndiminished(read);
                   });
}

postern_status postern_enforce(postern_context* context,
                               const postern_access* access,
                               int64_t deadline_unix_ns,
                               postern_decision* decision,
                               postern_error* error) {
  return DecideOne(context, access, decision, error,
                   [&](const postern::Access& read) {
                     return context->holder->context->Enforce(
                         read, TimeFromC(deadline_unix_ns));
                   });
}

postern_status postern_check_all(const postern_context* context,
                                 const postern_access* accesses, size_t count,
                                 postern_decision* decision, size_t* index,
                                 postern_error* error) {
  return DecideAll(context, accesses, count, decision, index, error,
                   [&](absl::Span<const postern::Access> read) {
                     return context->holder->context->CheckAll(read, index);
                   });
}

postern_status postern_enforce_all(postern_context* context,
                                   const postern_access* accesses, size_t count,
                                   int64_t deadline_unix_ns,
                                   postern_decision* decision, size_t* index,
                                   postern_error* error) {
  return DecideAll(context, accesses, count, decision, index, error,
                   [&](absl::Span<const postern::Access> read) {
                     return context->holder->context->EnforceAll(
                         read, TimeFromC(deadline_unix_ns), index);
                   });
}

postern_status postern_drop(postern_context* context, const char* permissions,
                            size_t permissions_size, const char* pattern,
                            size_t pattern_size, postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    postern::PermissionContext* const target = context->holder->context.get();
    absl::string_view names, text;
    absl::Status status =
        ReadBytes(permissions, permissions_size, "permissions", &names);
    if (!status.ok()) return DropWhole(target, "all", status);
    status = ReadBytes(pattern, pattern_size, "pattern", &text);
    if (!status.ok()) return DropWhole(target, names, status);
    return Drop(target, names,
                text.empty() ? postern::RulePattern::Whole()
                             : postern::RulePattern::Text(text));
  });
}

postern_status postern_drop_call(postern_context* context, const char* function,
                                 size_t size, const postern_bytes* args,
                                 size_t count, postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    postern::PermissionContext* const target = context->holder->context.get();
    absl::string_view name;
    std::vector<std::string> patterns;
    absl::Status status = ReadBytes(function, size, "function", &name);
    if (status.ok()) status = ReadStrings(args, count, "args", &patterns);
    if (!status.ok()) return DropWhole(target, "plugin.call", status);
    return Drop(target, "plugin.call",
                postern::RulePattern::Call(name, std::move(patterns),
                                           postern::CallForm::kExact));
  });
}

postern_status postern_drop_secret(postern_context* context,
                                   const char* permissions, size_t size,
                                   const postern_bytes* parts, size_t count,
                                   postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    postern::PermissionContext* const target = context->holder->context.get();
    absl::string_view names;
    absl::Status status = ReadBytes(permissions, size, "permissions", &names);
    if (!status.ok()) return DropWhole(target, "all", status);
    std::vector<std::string> keys;
    status = ReadStrings(parts, count, "parts", &keys);
    if (!status.ok()) return DropWhole(target, names, status);
    return Drop(target, names, postern::RulePattern::Secret(std::move(keys)));
  });
}

postern_status postern_derive(const postern_context* parent,
                              const postern_policy* layers,
                              const postern_context_options* options,
                              postern_context** child, postern_error* error) {
  if (child != nullptr) *child = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (parent == nullptr) return NullError("parent");
    if (child == nullptr) return NullError("child");
    return DeriveContext(*parent, layers, options, child);
  });
}

postern_status postern_restrict(postern_context* context,
                                const postern_policy* layers,
                                postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (layers == nullptr) return NullError("layers");
    return context->holder->context->RestrictTo(layers->policy);
  });
}

postern_status postern_publish(postern_context* context,
                               const postern_authority* authority,
                               const postern_policy* policy,
                               postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (authority == nullptr) return NullError("authority");
    if (policy == nullptr) return NullError("policy");
    return context->holder->context->Publish(authority->authority,
                                             policy->policy);
  });
}

postern_status postern_seal(postern_context* context, postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    context->holder->context->Seal();
    return absl::OkStatus();
  });
}

postern_status postern_quiesce(postern_context* context, postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    context->holder->context->Quiesce();
    return absl::OkStatus();
  });
}
