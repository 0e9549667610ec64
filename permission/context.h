#ifndef POSTERN_PERMISSION_CONTEXT_H_
#define POSTERN_PERMISSION_CONTEXT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "permission/access.h"
#include "permission/ask.h"
#include "permission/audit.h"
#include "permission/clock.h"
#include "permission/decision.h"
#include "permission/explain.h"
#include "permission/policy.h"
#include "permission/principal.h"

namespace postern {

namespace internal {
class ContextPathMonitor;
class ContextSnapshotMaker;
struct ContextState;
}  // namespace internal

// The capability to replace the policy of one root context: whoever holds this
// object can, and nobody else. The host keeps it to itself. Move-only; once
// moved from, it gives no right.
class Authority {
 public:
  Authority(Authority&& other) noexcept = default;
  Authority& operator=(Authority&& other) noexcept = default;
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

 private:
  friend class PermissionContext;
  explicit Authority(std::shared_ptr<const char> token)
      : token_(std::move(token)) {}
  std::shared_ptr<const char> token_;
};

// Borrowed pointers may be null and must outlive the context.
struct ContextOptions {
  Principal principal;
  // Where relative names start: absolute, "" = the policy's own.
  std::string base_directory;
  // Rules that are limited to another session do not hold. A child has its
  // parent's session.
  std::string session;
  AuditSink* audit = nullptr;  // a child's accesses go to the child's alone
  // Null: what would be asked is denied. A child's handler is asked for its
  // parents' rules too.
  AskHandler* ask = nullptr;
  const Clock* clock = nullptr;  // null: the parent's; absl::Now() for a root
};

// One operation of the guest. It may need decisions on several names, rights
// and addresses, and still a rule with limited uses loses only one, and holds
// until the operation ends. Pass it to each Check() and Enforce() of the
// operation. Not thread-safe; movable.
class OneOperation {
 private:
  friend class PermissionContext;
  friend class internal::ContextPathMonitor;
  internal::TakenUses taken_;
};

struct RootContext;

// A principal's live permission state, and the reference monitor of its guest:
// Check() and Enforce() decide each access. Rights can only be narrowed (least
// privilege), except by the holder of the root's Authority.
// Thread-safe. Check() reads immutable snapshots: it never waits, locks,
// allocates or writes. Retired snapshots live until Quiesce() or the end of the
// context; their number is bounded. A check of a short name needs 8 KiB of
// stack, other calls up to 128 KiB (docs/policy_reference.md, the bounds).
class PermissionContext
    : public std::enable_shared_from_this<PermissionContext> {
 public:
  // Publishes and restrictions that may await Quiesce().
  static constexpr int kMaxRetired = 1024;
  // Drops kept on one permission; the next one drops it whole.
  static constexpr int kMaxDrops = 256;
  static constexpr int kMaxDepth = 15;   // links from a root to a context
  static constexpr int kMaxLayers = 62;  // in one context
  // Layers that Restrict() may add to a root. Restrict() needs no authority, so
  // it must leave room for a larger policy that Publish() brings.
  static constexpr int kMaxRestrictions = 30;

  static absl::StatusOr<RootContext> Create(
      std::shared_ptr<const Policy> policy, ContextOptions options);
  ~PermissionContext();
  PermissionContext(const PermissionContext&) = delete;
  PermissionContext& operator=(const PermissionContext&) = delete;

  // Would `access` be granted now? Has no effects: nobody is asked, no use is
  // taken, nothing is audited. For a path the answer is only advice: names are
  // taken lexically, and what they lead to can change before they are used
  // (TOCTOU); fs::GuardedFs decides and acts in one. `operation`: the one that
  // the access would be part of; null: one of its own.
  Decision Check(const Access& access,
                 const OneOperation* operation = nullptr) const;

  // Whether the host of `name` ("a.example:443") may be connected to or
  // listened at by `address`, which it was resolved to; both have the same
  // port. The name and the address are both decided, against DNS rebinding, and
  // the stricter answer counts. Has no effects, as Check().
  Decision CheckResolved(Permission permission, absl::string_view name,
                         absl::string_view address) const;

  // Check() as if nothing had been dropped, no use been taken and no rule been
  // expired: what may have happened until now. What was published counts as it
  // is. For a host that asks whether the guest can have had a hand in
  // something.
  Decision CheckUndiminished(const Access& access) const;

  // Decides an access that is about to happen: checks, asks a person if a rule
  // says so, takes uses, tells the audit sink. The effect is never ask. May
  // block in the ask handler until `deadline`. `operation` null: one of its
  // own.
  Decision Enforce(const Access& access,
                   absl::Time deadline = absl::InfiniteFuture(),
                   OneOperation* operation = nullptr);

  // One decision on all accesses of one operation, such as both names of a
  // rename. It is allowed if each access is, all decided by the same rules.
  // Uses are taken of all, or of none. If one access is denied as it is, nobody
  // is asked about the others. The audit sink hears of the denial alone, or of
  // all accesses. `decides`, unless null, becomes the index of the access that
  // the answer is about: pass that one to Explain(). Without accesses it is a
  // denial. Otherwise as Check() and Enforce().
  Decision CheckAll(absl::Span<const Access> accesses,
                    size_t* decides = nullptr) const;
  Decision EnforceAll(absl::Span<const Access> accesses,
                      absl::Time deadline = absl::InfiniteFuture(),
                      size_t* decides = nullptr);

  // Like Check(), but asks a person if a rule says so, until `deadline`. Takes
  // no use and is not audited. The effect is never ask. For hosts that let a
  // guest request a permission before it needs it.
  Decision Resolve(const Access& access,
                   absl::Time deadline = absl::InfiniteFuture());

  // Gives up what `pattern` matches, for ever. Needs no authority, so that a
  // guest can drop what it needs no longer (least privilege). If the pattern
  // cannot be parsed, the permissions are given up whole, and the status says
  // so.
  absl::Status Drop(PermissionSet permissions, const RulePattern& pattern);

  // Makes a child with at most this context's rights. Changes here reach it at
  // once; its own layers and drops narrow it further. `layers` may be empty.
  // They are read with the root's variables, from this context's base
  // directory. InvalidArgument for a bad layer or base directory, or for a
  // session that is not this context's; ResourceExhausted beyond kMaxDepth.
  absl::StatusOr<std::shared_ptr<PermissionContext>> Derive(
      std::vector<Layer> layers, ContextOptions options) const;

  // Derive() with the layers of `policy`, read with its own variables and from
  // its own base directory. InvalidArgument also if it declares a function's
  // parameters differently from the root.
  absl::StatusOr<std::shared_ptr<PermissionContext>> DeriveWithin(
      std::shared_ptr<const Policy> policy, ContextOptions options) const;

  // Adds layers that can only narrow, read as Derive() reads them.
  // InvalidArgument for a bad layer; ResourceExhausted beyond kMaxLayers,
  // kMaxRetired or, for a root, kMaxRestrictions. After an error nothing has
  // changed.
  absl::Status Restrict(std::vector<Layer> layers);
  // Restrict() with the layers of `policy`, read as DeriveWithin() reads them.
  absl::Status RestrictTo(std::shared_ptr<const Policy> policy);

  // Replaces the policy of a root. PermissionDenied for another root's
  // authority or after Seal(), ResourceExhausted when kMaxRetired snapshots
  // wait or there would be more than kMaxLayers; either changes nothing. Drops
  // and restrictions stay in force.
  absl::Status Publish(const Authority& authority,
                       std::shared_ptr<const Policy> policy);
  // Ends Publish() for ever.
  void Seal();
  // Frees retired snapshots. The caller promises that no other thread is
  // inside a call on this context or one derived from it.
  void Quiesce();

  // The decision in words. FailedPrecondition if this context would not decide
  // so on `access` now: the decision is about another access, or the rules,
  // their limits or the drops have changed. Decide again then. It tells if the
  // decision took the last use of a rule. Allocates.
  absl::StatusOr<Explanation> Explain(const Decision& decision,
                                      const Access& access) const;

  const Principal& principal() const;
  // The policy of the root that is in force now.
  std::shared_ptr<const Policy> policy() const;
  // The time by the context's clock.
  absl::Time Now() const;

 private:
  friend class internal::ContextPathMonitor;
  friend class internal::ContextSnapshotMaker;
  explicit PermissionContext(std::unique_ptr<internal::ContextState> state);
  // `policy`, which may be null, narrows it.
  absl::StatusOr<std::shared_ptr<PermissionContext>> MakeChild(
      std::shared_ptr<const Policy> policy, ContextOptions options) const;
  absl::Status AddPart(std::shared_ptr<const Policy> policy);

  std::unique_ptr<internal::ContextState> state_;
};

// A new root and the one authority over it.
struct RootContext {
  std::shared_ptr<PermissionContext> context;
  Authority authority;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_CONTEXT_H_
