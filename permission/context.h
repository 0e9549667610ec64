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
struct ContextState;
}  // namespace internal

// The right to replace the policy of one root context. Move-only; whoever
// holds it is the host. Moved from, it is no authority.
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
  // Rules limited to another session do not hold. A child's is its parent's.
  std::string session;
  AuditSink* audit = nullptr;  // a child's accesses go to its own alone
  // Null: every ask is a denial. A child's answers its parents' questions too.
  AskHandler* ask = nullptr;
  const Clock* clock = nullptr;  // null: the parent's; absl::Now() for a root
};

// One operation of the guest, however many names, rights and addresses are
// decided for it: a rule loses one use to it, and goes on to hold for it.
// Given to each Check() and Enforce() of the operation. Not thread-safe;
// movable.
class OneOperation {
 private:
  friend class PermissionContext;
  friend class internal::ContextPathMonitor;
  internal::TakenUses taken_;
};

struct RootContext;

// A principal's live permission state. It can only be narrowed, except by who
// holds the Authority of its root.
// Thread-safe. Check() reads immutable snapshots: it never waits, locks,
// allocates or writes. Retired snapshots live until Quiesce() or the end of
// the context; their number is bounded. A check of a short name needs 10 KiB of
// stack, other calls up to 128 (docs/policy_reference.md, the bounds).
class PermissionContext
    : public std::enable_shared_from_this<PermissionContext> {
 public:
  // Publishes and restrictions that may await Quiesce().
  static constexpr int kMaxRetired = 1024;
  // Drops kept on one permission; the next one drops it whole.
  static constexpr int kMaxDrops = 256;
  static constexpr int kMaxDepth = 15;   // links from a root to a context
  static constexpr int kMaxLayers = 62;  // in one context
  // Layers that Restrict() may add to a root: needing no authority, it must
  // not keep a larger policy out.
  static constexpr int kMaxRestrictions = 30;

  static absl::StatusOr<RootContext> Create(
      std::shared_ptr<const Policy> policy, ContextOptions options);
  ~PermissionContext();
  PermissionContext(const PermissionContext&) = delete;
  PermissionContext& operator=(const PermissionContext&) = delete;

  // Would `access` be granted now? Pure: asks nobody, uses nothing up, is not
  // audited. For paths advisory: names are taken lexically. `operation`: that
  // the access would be a part of; null: of its own.
  Decision Check(const Access& access,
                 const OneOperation* operation = nullptr) const;

  // Whether the host name of `name` ("a.example:443") may be connected to or
  // listened at, and there by `address`, which it was resolved to, with the
  // same port: the stricter answer. Pure, as Check().
  Decision CheckResolved(Permission permission, absl::string_view name,
                         absl::string_view address) const;

  // Decides an access that is about to happen: checks, asks if a rule says
  // so, takes uses, tells the audit sink. Never answers ask. May block in
  // the ask handler until `deadline`. Null: an operation of its own.
  Decision Enforce(const Access& access,
                   absl::Time deadline = absl::InfiniteFuture(),
                   OneOperation* operation = nullptr);

  // One decision on the accesses of one operation, as a rename's: allowed if
  // each of them is, decided by the same rules. The uses of all are taken, or
  // none; while one is denied as it is, nobody is asked for the others. Audited
  // are the denial alone, or all. `decides`, unless null, becomes the index of
  // the access that the answer is about: pass it to Explain() with that. No
  // accesses are a denial. Otherwise as Check() and Enforce().
  Decision CheckAll(absl::Span<const Access> accesses,
                    size_t* decides = nullptr) const;
  Decision EnforceAll(absl::Span<const Access> accesses,
                      absl::Time deadline = absl::InfiniteFuture(),
                      size_t* decides = nullptr);

  // Check(), but asks if a rule says so, until `deadline`; takes no use and is
  // not audited. Never answers ask. For a host's own request-for-permission.
  Decision Resolve(const Access& access,
                   absl::Time deadline = absl::InfiniteFuture());

  // Gives up what `pattern` matches, for ever. A pattern that cannot be
  // parsed gives up the permissions whole, and the status says so.
  absl::Status Drop(PermissionSet permissions, const RulePattern& pattern);

  // A child with at most this context's rights: changes here reach it at once,
  // its own layers and drops add up. `layers` narrow it; none are needed. They
  // are read with the root's variables, from this context's base directory.
  // InvalidArgument for a bad layer or base directory or for a session that is
  // not this context's, ResourceExhausted beyond kMaxDepth.
  absl::StatusOr<std::shared_ptr<PermissionContext>> Derive(
      std::vector<Layer> layers, ContextOptions options) const;

  // Derive() with the layers of `policy`, read with its own variables and from
  // its own base directory. InvalidArgument also where it declares a function
  // otherwise than the root does.
  absl::StatusOr<std::shared_ptr<PermissionContext>> DeriveWithin(
      std::shared_ptr<const Policy> policy, ContextOptions options) const;

  // Adds layers that can only narrow, read as Derive() reads them.
  // InvalidArgument for a bad layer, ResourceExhausted beyond kMaxLayers, of a
  // root kMaxRestrictions, or kMaxRetired; on error nothing changed.
  absl::Status Restrict(std::vector<Layer> layers);
  // Restrict() with the layers of `policy`, read as DeriveWithin() reads them.
  absl::Status RestrictTo(std::shared_ptr<const Policy> policy);

  // Replaces the policy of a root. PermissionDenied for another's authority or
  // after Seal(), ResourceExhausted when kMaxRetired snapshots wait or there
  // would be more than kMaxLayers; either changes nothing. Drops and
  // restrictions stay in force.
  absl::Status Publish(const Authority& authority,
                       std::shared_ptr<const Policy> policy);
  // Ends Publish() for ever.
  void Seal();
  // Frees retired snapshots. The caller promises that no other thread is
  // inside a call on this context or one derived from it.
  void Quiesce();

  // The decision in words. FailedPrecondition if it is not what this context
  // decides on `access` now: it is about another access, or the rules, their
  // limits or drops changed since; decide again. A rule whose last use the
  // decision took is told as such. Allocates.
  absl::StatusOr<Explanation> Explain(const Decision& decision,
                                      const Access& access) const;

  const Principal& principal() const;
  // The policy of the root that is in force now.
  std::shared_ptr<const Policy> policy() const;
  // By the context's clock.
  absl::Time Now() const;

 private:
  friend class internal::ContextPathMonitor;
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
