#include "process/child_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/identity.h"
#include "process/landlock.h"
#include "process/signal_safe.h"

namespace postern {
namespace process {
namespace {

// Not in the headers of Debian 12's libc.
constexpr int kAtEmptyPath = 0x1000;  // AT_EMPTY_PATH

bool Ok(long result) { return result == 0; }

// The keeper's death is the program's. Asked for twice: a change of ids takes
// it back (prctl(2)).
bool FollowParent(const ChildSteps& steps) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return false;
  // 0: the parent is in another pid namespace.
  const pid_t parent = getppid();
  if (parent == steps.parent || parent == 0) return true;
  errno = ESRCH;
  return false;
}

bool BeginSession(const ChildSteps& steps) {
  return FollowParent(steps) &&
         (steps.session == Session::kShared || setsid() >= 0);
}

bool JoinCgroups(const ChildSteps& steps) {
  for (int i = 0; i < steps.join_count; ++i) {
    if (write(steps.joins[i], "0", 1) != 1) return false;  // 0: the writer
  }
  return true;
}

bool EnterDirectory(const ChildSteps& steps) {
  return Ok(steps.directory < 0 ? chdir("/") : fchdir(steps.directory));
}

// A copy above all numbers that the child will use.
bool MoveUp(int* fd, int first_free) {
  *fd = fcntl(*fd, F_DUPFD_CLOEXEC, first_free);
  return *fd >= 0;
}

// Those that are not listed get closed by exec: rulesets are needed until then.
bool ArrangeDescriptors(ChildSteps* steps) {
  const int first_free = steps->numbers[steps->number_count - 1] + 1;
  if (!MoveUp(&steps->program, first_free)) return false;
  if (!MoveUp(&steps->null, first_free)) return false;
  for (size_t i = 0; i < steps->ruleset_count; ++i) {
    if (!MoveUp(&steps->rulesets[i], first_free)) return false;
  }
  for (size_t i = 0; i < steps->descriptor_count; ++i) {
    steps->moved[i] = steps->descriptors[i].from;
    if (!MoveUp(&steps->moved[i], first_free)) return false;
  }
  for (int fd = 0; fd <= 2; ++fd) {
    if (dup2(steps->null, fd) < 0) return false;
  }
  for (size_t i = 0; i < steps->descriptor_count; ++i) {
    if (dup2(steps->moved[i], steps->descriptors[i].to) < 0) return false;
  }
  if (steps->script_descriptor >= 0 &&
      dup2(steps->program, steps->script_descriptor) < 0) {
    return false;
  }
  return CloseOthers(steps->numbers, steps->number_count, Closing::kOnExec);
}

bool SetRlimits(const ChildSteps& steps) {
  for (size_t i = 0; i < steps.rlimit_count; ++i) {
    const RlimitValue& limit = steps.rlimits[i];
    if (!SetRlimit(limit.resource, limit.soft, limit.hard)) return false;
  }
  return true;
}

bool BecomeUser(const ChildSteps& steps) {
  errno = TakeIdentity(*steps.identity);
  return errno == 0 && FollowParent(steps);
}

bool EnforceLandlock(const ChildSteps& steps) {
  for (size_t i = 0; i < steps.ruleset_count; ++i) {
    errno = RestrictSelf(steps.rulesets[i]);
    if (errno != 0) return false;
  }
  return true;
}

bool EnterNamespaces(const ChildSteps& steps, StepCell* cell) {
  PreparedNamespaces::Outcome outcome;
  if (steps.cloned_namespaces != nullptr) {
    outcome = steps.cloned_namespaces->MapIds();
  }
  if (outcome.error == 0) outcome = steps.namespaces->Enter(steps.absent_masks);
  cell->place = outcome.step;
  errno = outcome.error;
  return outcome.error == 0;
}

bool InstallFilters(const ChildSteps& steps) {
  for (size_t i = 0; i < steps.filter_count; ++i) {
    if (!Ok(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
                    &steps.filters[i]))) {
      return false;
    }
  }
  return true;
}

bool Start(const ChildSteps& steps) {
  UnblockSignals();
  const int program =
      steps.script_descriptor >= 0 ? steps.script_descriptor : steps.program;
  return Ok(syscall(SYS_execveat, program, "", steps.argv, steps.environment,
                    kAtEmptyPath));
}

bool IsAsked(const ChildSteps& steps, Step step) {
  switch (step) {
    case Step::kCgroup:
      return steps.join_count > 0;
    case Step::kDevices:
      return false;  // of the cgroup, before
    case Step::kNamespaces:
      return steps.namespaces != nullptr;
    case Step::kLimits:
      return steps.rlimit_count > 0;
    case Step::kNice:
      return steps.nice != nullptr;
    case Step::kIdentity:
      return steps.identity != nullptr;
    case Step::kCapabilities:
      return steps.capabilities != kAllCapabilities;
    case Step::kNoNewPrivs:
      return steps.no_new_privs;
    case Step::kLandlock:
      return steps.ruleset_count > 0;
    case Step::kSyscallFilter:
      return steps.filter_count > 0;
    case Step::kSession:
    case Step::kDirectory:
    case Step::kDescriptors:
    case Step::kStart:
      return true;
  }
  return true;
}

bool Execute(ChildSteps* steps, Step step, StepCell* cell) {
  switch (step) {
    case Step::kSession:
      return BeginSession(*steps);
    case Step::kCgroup:
      return JoinCgroups(*steps);
    case Step::kDevices:
      return true;
    case Step::kDirectory:
      return EnterDirectory(*steps);
    case Step::kNamespaces:
      return EnterNamespaces(*steps, cell);
    case Step::kDescriptors:
      return ArrangeDescriptors(steps);
    case Step::kLimits:
      return SetRlimits(*steps);
    case Step::kNice:
      return Ok(setpriority(PRIO_PROCESS, 0, *steps->nice));
    case Step::kIdentity:
      return BecomeUser(*steps);
    case Step::kCapabilities:
      errno = KeepCapabilities(steps->capabilities);
      return errno == 0;
    case Step::kNoNewPrivs:
      return Ok(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    case Step::kLandlock:
      return EnforceLandlock(*steps);
    case Step::kSyscallFilter:
      return InstallFilters(*steps);
    case Step::kStart:
      return Start(*steps);
  }
  return false;
}

// Whether the system lacks what the step wants, rather than the plan is wrong.
bool IsUnavailable(Step step, const StepCell& cell) {
  const int error = cell.error;
  switch (step) {
    case Step::kLandlock:
    case Step::kSyscallFilter:
      return error == ENOSYS || error == EOPNOTSUPP;
    case Step::kNamespaces:
      // If it got further, half of it is done: neither done nor left out.
      return strcmp(cell.place, "unshare") == 0 &&
             (error == ENOSYS || error == EPERM || error == ENOSPC ||
              error == EINVAL);
    case Step::kCgroup:
      return true;
    default:
      return false;
  }
}

}  // namespace

void RunChildSteps(const ChildSteps& given, StepCell* cells) {
  ChildSteps steps = given;
  for (int i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    if (!IsAsked(steps, step)) continue;
    // Before: the last one does not come back.
    cells[i].outcome = Outcome::kDone;
    errno = 0;
    if (Execute(&steps, step, &cells[i])) continue;
    cells[i].error = errno;
    const bool unavailable = IsUnavailable(step, cells[i]);
    cells[i].outcome = unavailable ? Outcome::kUnavailable : Outcome::kFailed;
    if (!unavailable || !steps.best_effort) return;
  }
}

}  // namespace process
}  // namespace postern
