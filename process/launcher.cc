#include "process/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "fs/base/file_descriptor.h"
#include "process/cgroup.h"
#include "process/cgroup_places.h"
#include "process/child_maker.h"
#include "process/keeper.h"
#include "process/keeper_memory.h"
#include "process/namespaces.h"
#include "process/rlimits.h"

namespace postern {
namespace process {
namespace {

// A start takes a millisecond or two; on a busy machine much more.
constexpr int kStartRoundMs = 200;
constexpr int kStartRounds = 150;

std::string StartOf(const LaunchPlan& plan) {
  return absl::StrCat("cannot start \"", absl::CHexEscape(plan.program_name),
                      "\": ");
}

absl::Status SystemError(const LaunchPlan& plan, absl::string_view what,
                         int error) {
  const std::string text =
      absl::StrCat(StartOf(plan), what, ": ", strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(text);
    default:
      return absl::InternalError(text);
  }
}

// Texts as execve(2) takes them. Borrows them: they are not changed.
std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// All that a child needs, and who owns it.
class Preparation {
 public:
  Preparation(const LaunchPlan& plan, LaunchReport* report)
      : plan_(plan), report_(report) {}

  // Makes the cgroup and what else can fail before there is a child.
  absl::Status Prepare();
  // `channel` is the keeper's end.
  KeeperStart Start(int channel);
  Cgroup TakeCgroup() { return std::move(cgroup_); }
  // Puts down which masks had nothing to hide.
  void TellAbsent(const KeeperNews& news);

 private:
  StepResult& step(Step step) {
    return report_->steps[static_cast<size_t>(step)];
  }
  absl::Status PrepareNamespaces();
  void MakeCgroup();
  void MakeCgroup(absl::string_view mounts);
  void CheckLimitResults();
  absl::Status CheckAvailable() const;
  ChildSteps Steps();

  const LaunchPlan& plan_;
  LaunchReport* const report_;
  Cgroup cgroup_;
  fs::FileDescriptor null_;
  std::vector<RlimitValue> rlimits_;
  std::vector<int> joins_;
  std::vector<int> moved_;
  std::vector<int> numbers_;
  std::vector<int> rulesets_;
  absl::optional<PreparedNamespaces> cloned_namespaces_;
  absl::optional<PreparedNamespaces> namespaces_;
  bool absent_ = false;  // stands for the keeper's list
  std::vector<std::vector<sock_filter>> filters_;
  std::vector<sock_fprog> programs_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};

void Preparation::MakeCgroup(absl::string_view mounts) {
  cgroup_ = Cgroup::Make(FindCgroupPlaces(plan_.cgroup_parent, mounts), plan_,
                         &report_->limits, &step(Step::kCgroup),
                         &step(Step::kDevices));
}

void Preparation::MakeCgroup() {
  if (!NeedsCgroup(plan_)) return;
  MakeCgroup(plan_.cgroup_mounts);
  if (!cgroup_.exists() && !plan_.cgroup_mounts.empty()) MakeCgroup("");
  const CgroupHandles& handles = cgroup_.handles();
  for (int i = 0; i < handles.count; ++i) {
    joins_.push_back(handles.groups[i].members);
  }
}

void Preparation::CheckLimitResults() {
  StepResult* const result = &step(Step::kLimits);
  // A cgroup that only limits would need is not missed: these have results.
  StepResult* const group = &step(Step::kCgroup);
  if (group->outcome == Outcome::kUnavailable && !plan_.own_cgroup) {
    group->outcome = Outcome::kNotAsked;
  }
  for (const LimitResult& limit : report_->limits) {
    if (limit.level != LimitLevel::kNone) continue;
    result->outcome = Outcome::kUnavailable;
    result->note = absl::StrCat(LimitName(limit.limit), ": ", limit.note);
  }
}

absl::Status Preparation::CheckAvailable() const {
  if (plan_.best_effort) return absl::OkStatus();
  for (const StepResult& result : report_->steps) {
    if (result.outcome != Outcome::kUnavailable) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(StartOf(plan_), StepName(result.step),
                     " is not available: ", result.note));
  }
  return absl::OkStatus();
}

absl::Status Preparation::Prepare() {
  null_ = fs::FileDescriptor(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null_.valid()) return SystemError(plan_, "/dev/null", errno);
  const absl::Status namespaces = PrepareNamespaces();
  if (!namespaces.ok()) return namespaces;
  MakeCgroup();
  rlimits_ = PlanRlimits(plan_, &report_->limits);
  CheckLimitResults();
  return CheckAvailable();
}

// A pid namespace is for who is cloned into it, and the user namespace, if it
// needs one, comes with it. All else is for the child to enter: its working
// directory moves along into a mount namespace then.
absl::Status Preparation::PrepareNamespaces() {
  NamespacePlan entered = plan_.namespaces;
  if (entered.pid) {
    NamespacePlan cloned;
    cloned.pid = true;
    cloned.user = entered.user;
    entered.pid = entered.user = false;
    absl::StatusOr<PreparedNamespaces> prepared =
        PreparedNamespaces::Prepare(cloned);
    if (!prepared.ok()) return prepared.status();
    cloned_namespaces_ = *std::move(prepared);
  }
  absl::StatusOr<PreparedNamespaces> prepared =
      PreparedNamespaces::Prepare(entered);
  if (!prepared.ok()) return prepared.status();
  if (prepared->flags() != 0 || cloned_namespaces_.has_value()) {
    namespaces_ = *std::move(prepared);
  }
  return absl::OkStatus();
}

void Preparation::TellAbsent(const KeeperNews& news) {
  if (!namespaces_.has_value()) return;
  const std::vector<Mask>& masks = namespaces_->masks();
  if (masks.size() > KeeperNews::kMaxTold) return;
  for (size_t i = 0; i < masks.size(); ++i) {
    if (news.absent_masks[i]) report_->absent_masks.push_back(masks[i].path);
  }
}

ChildSteps Preparation::Steps() {
  numbers_ = {0, 1, 2};
  for (const DescriptorMapping& mapping : plan_.descriptors) {
    numbers_.push_back(mapping.to);
  }
  if (plan_.script_descriptor >= 0) numbers_.push_back(plan_.script_descriptor);
  std::sort(numbers_.begin(), numbers_.end());
  numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
  moved_.resize(plan_.descriptors.size());
  rulesets_ = plan_.landlock_rulesets;
  filters_ = plan_.syscall_filters;
  for (std::vector<sock_filter>& filter : filters_) {
    programs_.push_back(
        {static_cast<unsigned short>(filter.size()), filter.data()});
  }
  argv_ = Pointers(plan_.argv);
  environment_ = Pointers(plan_.environment);
  ChildSteps steps;
  steps.session = plan_.session;
  steps.keep_ignored_signals = plan_.keep_ignored_signals;
  steps.best_effort = plan_.best_effort;
  steps.joins = joins_.data();
  steps.join_count = static_cast<int>(joins_.size());
  steps.directory = plan_.directory;
  steps.cloned_namespaces =
      cloned_namespaces_.has_value() ? &*cloned_namespaces_ : nullptr;
  steps.namespaces = namespaces_.has_value() ? &*namespaces_ : nullptr;
  if (namespaces_.has_value() &&
      namespaces_->masks().size() <= KeeperNews::kMaxTold) {
    steps.absent_masks = &absent_;
  }
  steps.program = plan_.program;
  steps.script_descriptor = plan_.script_descriptor;
  steps.null = null_.get();
  steps.descriptors = plan_.descriptors.data();
  steps.descriptor_count = plan_.descriptors.size();
  steps.moved = moved_.data();
  steps.numbers = numbers_.data();
  steps.number_count = numbers_.size();
  steps.rlimits = rlimits_.data();
  steps.rlimit_count = rlimits_.size();
  steps.nice = plan_.nice.has_value() ? &*plan_.nice : nullptr;
  steps.identity = plan_.identity.has_value() ? &*plan_.identity : nullptr;
  steps.capabilities = plan_.capabilities;
  steps.no_new_privs = plan_.no_new_privs;
  steps.rulesets = rulesets_.data();
  steps.ruleset_count = rulesets_.size();
  steps.filters = programs_.data();
  steps.filter_count = programs_.size();
  steps.argv = argv_.data();
  steps.environment = environment_.data();
  return steps;
}

KeeperStart Preparation::Start(int channel) {
  KeeperStart start;
  start.child = Steps();
  start.cgroup = cgroup_.handles();
  start.channel = channel;
  if (cloned_namespaces_.has_value()) {
    start.cloned_namespaces =
        static_cast<uint64_t>(cloned_namespaces_->flags());
  }
  const Limits& limits = plan_.limits;
  if (limits.wall_time.has_value()) {
    start.wall_ns = absl::ToInt64Nanoseconds(*limits.wall_time);
  }
  if (limits.cpu_time.has_value()) {
    start.cpu_ns = absl::ToInt64Nanoseconds(*limits.cpu_time);
  }
  start.disk_bytes = limits.disk_bytes.value_or(0);
  start.grace_ns = absl::ToInt64Nanoseconds(plan_.grace);
  return start;
}

// What the child said of its steps, put to what the launcher knows.
void AddCells(const KeeperNews& news, LaunchReport* report) {
  for (int i = 0; i < kStepCount; ++i) {
    const StepCell& cell = news.cells[i];
    StepResult* const step = &report->steps[i];
    // A limit that nobody holds stays so, whatever the child did for others.
    if (cell.outcome == Outcome::kNotAsked ||
        (cell.outcome == Outcome::kDone &&
         step->outcome == Outcome::kUnavailable)) {
      continue;
    }
    step->outcome = cell.outcome;
    step->error = cell.error;
    if (cell.error != 0) step->note = strerror(cell.error);
  }
}

std::string PlaceOf(const StepCell& cell, Step step) {
  return absl::StrCat(StepName(step), *cell.place == '\0' ? "" : ", ",
                      cell.place);
}

absl::Status NoStart(const LaunchPlan& plan, const LaunchReport& report,
                     const KeeperNews& news) {
  for (int i = 0; i < kStepCount; ++i) {
    const StepCell& cell = news.cells[i];
    if (cell.error == 0) continue;
    const std::string name = PlaceOf(cell, report.steps[i].step);
    if (cell.outcome == Outcome::kFailed) {
      return SystemError(plan, name, cell.error);
    }
    if (!plan.best_effort) {
      return absl::FailedPreconditionError(absl::StrCat(
          StartOf(plan), name, " is not available: ", strerror(cell.error)));
    }
  }
  return absl::InternalError(absl::StrCat(
      StartOf(plan), "it, or who keeps it, was killed before it began"));
}

// The keeper's first news. The program runs already then, and may have stopped
// the keeper: it is continued, and killed if it does not come to tell.
bool AwaitStart(ChildParts* parts, KeeperNews* news) {
  for (int round = 0; round < kStartRounds; ++round) {
    pollfd wait = {parts->channel.get(), POLLIN, 0};
    if (poll(&wait, 1, kStartRoundMs) > 0) {
      return ReceiveNews(parts->channel.get(), news, &parts->pidfd);
    }
    parts->keeper.Signal(SIGCONT);
  }
  parts->keeper.Signal(SIGKILL);
  return false;
}

// Nobody cancels a thread (pthread_cancel(3)) between the fork and the news:
// the keeper reads memory that would be given back.
class NotCancelled {
 public:
  NotCancelled() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  NotCancelled(const NotCancelled&) = delete;
  ~NotCancelled() { pthread_setcancelstate(before_, &before_); }

 private:
  int before_ = 0;
};

// False with errno.
bool ForkKeeper(const LaunchPlan& plan, KeeperStart* start, ChildParts* parts) {
  KeeperMemory memory;
  if (plan.shares_memory && CanShareMemory(start->child)) {
    memory = KeeperMemory::Map();  // without one it is a copy
  }
  start->block = memory.get();
  int pidfd = -1;
  const pid_t keeper = StartKeeper(start, &pidfd);
  if (keeper < 0) return false;
  parts->keeper =
      RunningKeeper(keeper, fs::FileDescriptor(pidfd), std::move(memory));
  return true;
}

absl::StatusOr<Child> Start(const LaunchPlan& plan, LaunchReport* report) {
  auto preparation = std::make_unique<Preparation>(plan, report);
  const absl::Status prepared = preparation->Prepare();
  if (!prepared.ok()) return prepared;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError(plan, "socketpair", errno);
  }
  ChildParts parts;
  parts.channel = fs::FileDescriptor(ends[0]);
  fs::FileDescriptor far_end(ends[1]);
  KeeperStart start = preparation->Start(far_end.get());
  const NotCancelled not_cancelled;
  if (!ForkKeeper(plan, &start, &parts)) {
    return SystemError(plan, "fork", errno);
  }
  parts.cgroup = preparation->TakeCgroup();
  far_end = fs::FileDescriptor();
  KeeperNews news;
  const bool told = AwaitStart(&parts, &news);
  if (told) {
    AddCells(news, report);
    preparation->TellAbsent(news);
  }
  if (!told || news.kind != KeeperNews::Kind::kStarted) {
    parts.keeper.Reap();
    if (!told && start.block != nullptr) {
      // What the keeper started is dying, but may for a moment still read this.
      parts.keeper.LeakMemory();
      (void)preparation.release();
    }
    return NoStart(plan, *report, news);
  }
  parts.program = news.program;
  parts.report = *report;
  return ChildMaker::Make(std::move(parts));
}

}  // namespace

absl::StatusOr<Child> Launch(const LaunchPlan& plan, LaunchReport* report) {
  const absl::Status status = CheckPlan(plan);
  if (!status.ok()) return status;
  LaunchReport own;
  for (int i = 0; i < kStepCount; ++i) {
    StepResult step;
    step.step = static_cast<Step>(i);
    own.steps.push_back(step);
  }
  absl::StatusOr<Child> child = Start(plan, &own);
  if (report != nullptr) *report = std::move(own);
  return child;
}

std::vector<LimitResult> TryLimits(const LaunchPlan& plan) {
  LaunchPlan limits_alone;
  limits_alone.limits = plan.limits;
  limits_alone.identity = plan.identity;
  limits_alone.cgroup_parent = plan.cgroup_parent;
  std::vector<LimitResult> results;
  Cgroup trial;
  if (NeedsCgroup(limits_alone)) {
    StepResult group, devices;
    trial = Cgroup::Make(FindCgroupPlaces(plan.cgroup_parent), limits_alone,
                         &results, &group, &devices);
  }
  (void)PlanRlimits(limits_alone, &results);
  return results;
}

}  // namespace process
}  // namespace postern
