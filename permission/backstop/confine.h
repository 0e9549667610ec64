#ifndef POSTERN_PERMISSION_BACKSTOP_CONFINE_H_
#define POSTERN_PERMISSION_BACKSTOP_CONFINE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/report.h"
#include "permission/context.h"
#include "permission/permission.h"
#include "permission/rule.h"
#include "process/kernel_caps.h"

namespace postern {

struct ConfineOptions {
  ConfineOptions() { lower.hosts = Approximation::kWider; }

  // `own_process` is set anyway. Ports of granted hosts are open by default:
  // the library in this process still holds the hosts.
  LowerOptions lower;
  // What must be enforced, or nothing is done.
  EnforcementLevel require = EnforcementLevel::kNone;
  RequireScope scope = RequireScope::kAccess;
  // Pretends an older kernel, never a newer one.
  absl::optional<process::KernelCaps> pretend;
  // Without it no row is more than PARTIAL.
  bool probe = true;
};

// This process, confined for ever to what a context granted. Not thread-safe.
// Move-only; its end ends nothing.
class Confinement {
 public:
  Confinement(Confinement&&) noexcept;
  Confinement& operator=(Confinement&&) noexcept;
  ~Confinement();

  const EnforcementReport& report() const;
  // How many of the kernel's layers this has put on top of each other.
  int layers() const;

  // Gives it up in the context, and in the kernel by one layer more, if that
  // takes anything away there. Rows that were FULL stay so: layers only add.
  // The context has dropped it in any case, also after an error, and the
  // library denies it. InvalidArgument as PermissionContext::Drop();
  // ResourceExhausted if the kernel has no room left (16 layers of Landlock);
  // FailedPrecondition if other threads run that this kernel cannot put under
  // it. report() is then what is true.
  absl::Status Drop(PermissionSet permissions, const RulePattern& pattern);

 private:
  class InForce;
  friend absl::StatusOr<Confinement> Confine(
      std::shared_ptr<PermissionContext> context,
      const ConfineOptions& options);
  explicit Confinement(std::unique_ptr<InForce> in_force);

  std::unique_ptr<InForce> in_force_;
};

// Puts this process, with all its threads and all that it will start, under
// what `context` grants now, before it runs code of a guest. What is open stays
// open: descriptors, mappings, the environment.
//
// First everything is checked and made that can fail; an error then means that
// nothing has changed: FailedPrecondition if `require` is not met, or if other
// threads run and this kernel cannot put them under it too (Landlock 8). An
// error of the last step says so, and the process should end.
absl::StatusOr<Confinement> Confine(
    std::shared_ptr<PermissionContext> context,
    const ConfineOptions& options = ConfineOptions());

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_CONFINE_H_
