#include "process/keeper.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "process/forget_memory.h"
#include "process/fork_child.h"
#include "process/keeper_memory.h"
#include "process/process_tree.h"
#include "process/rlimit_meter.h"
#include "process/signal_safe.h"
#include "process/thread_area.h"
#include "process/tree_meter.h"

namespace postern {
namespace process {
namespace {

// All of this runs after a fork, perhaps of a program with threads: system
// calls only.

// Tells the keeper that the host died. Blocked, and so read from a descriptor.
constexpr int kHostDied = SIGHUP;
constexpr int64_t kMillisecondNs = 1000000;

struct Keeper {
  KeeperStart start;  // what `child` names is the host's, and there until news
  int children = -1;  // the list of them, once it is needed
  int signals = -1;
  int64_t begin_ns = 0;
  int64_t term_ns = 0;  // when to send SIGTERM; 0: not at all
  int64_t kill_ns = 0;  // when to send SIGKILL
  bool ended = false;   // the program
  KeeperNews news;
  TreeMeter meter;
  bool has_rlimits = false;  // that are worth a look
  uint32_t rlimits = 0;      // bit 1 << resource
};

uint32_t Bit(Limit limit) { return 1u << static_cast<int>(limit); }

// ---- News. ----

void Send(const Keeper& keeper, int descriptor) {
  iovec data = {const_cast<KeeperNews*>(&keeper.news), sizeof(keeper.news)};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    *reinterpret_cast<int*>(CMSG_DATA(header)) = descriptor;
  }
  // A host that is gone needs no news.
  while (sendmsg(keeper.start.channel, &message, MSG_NOSIGNAL) < 0 &&
         errno == EINTR) {
  }
}

[[noreturn]] void GiveUp(Keeper* keeper) {
  keeper->news.kind = KeeperNews::Kind::kFailed;
  if (keeper->news.cells[0].outcome == Outcome::kNotAsked) {
    keeper->news.cells[0] = {Outcome::kFailed, errno};
  }
  Send(*keeper, -1);
  RemoveCgroup(keeper->start.cgroup);
  EndChild(127);
}

// ---- The start. ----

struct Birth {
  const ChildSteps* steps;
  StepCell* cells;
};

void RunChild(void* argument) {
  const auto* const birth = static_cast<const Birth*>(argument);
  RunChildSteps(*birth->steps, birth->cells);
  EndChild(127);
}

// Null with errno. A copy maps its own.
char* ProgramStack(const Keeper& keeper) {
  if (keeper.start.block != nullptr) return keeper.start.block->program_stack;
  void* const stack =
      mmap(nullptr, SharingChild::kStackSize, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return stack == MAP_FAILED ? nullptr : static_cast<char*>(stack);
}

// Its memory is the keeper's until it executes the program.
pid_t ForkChild(Keeper* keeper, int* pidfd) {
  char* const stack = ProgramStack(*keeper);
  if (stack == nullptr) return -1;
  ChildSteps steps = keeper->start.child;
  steps.parent = getpid();
  if (steps.absent_masks != nullptr) {
    steps.absent_masks = keeper->news.absent_masks;
  }
  Birth birth = {&steps, keeper->news.cells};
  SharingChild child;
  child.run = RunChild;
  child.argument = &birth;
  child.stack = stack;
  child.new_namespaces = keeper->start.cloned_namespaces;
  pid_t pid = -1;
  if (keeper->start.cgroup.unified >= 0) {
    // The first one to join is that of v2.
    ++steps.joins;
    --steps.join_count;
    pid = ForkSharingIntoCgroup(child, keeper->start.cgroup.unified, pidfd);
    if (pid > 0) return pid;
    --steps.joins;
    ++steps.join_count;
  }
  return ForkSharing(child, pidfd);
}

// Asks for a signal when the host's thread ends, which may have been before.
bool FollowHost(const Keeper& keeper) {
  return prctl(PR_SET_PDEATHSIG, kHostDied, 0, 0, 0) == 0 &&
         getppid() == keeper.start.host;
}

bool BecomeKeeper(Keeper* keeper) {
  const ChildSteps& child = keeper->start.child;
  ResetSignalActions(child.keep_ignored_signals);
  // Out of the reach of the host's terminal, which stops and ends its group.
  if (child.session == Session::kOwn && setpgid(0, 0) != 0) return false;
  sigset_t news;
  sigemptyset(&news);
  sigaddset(&news, SIGCHLD);
  sigaddset(&news, kHostDied);
  keeper->signals = signalfd(-1, &news, SFD_CLOEXEC | SFD_NONBLOCK);
  return keeper->signals >= 0 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

void Sort(int* numbers, size_t count) {
  for (size_t i = 1; i < count; ++i) {
    for (size_t j = i; j > 0 && numbers[j] < numbers[j - 1]; --j) {
      const int other = numbers[j];
      numbers[j] = numbers[j - 1];
      numbers[j - 1] = other;
    }
  }
}

// What the host has open must end with the host and the program. And nobody
// reads a copy of the host's memory by /proc, nor a core of it.
void DropHost(const Keeper& keeper) {
  int kept[kMaxCgroupDescriptors + 4];
  size_t count = CgroupDescriptors(keeper.start.cgroup, kept);
  kept[count++] = keeper.start.channel;
  kept[count++] = keeper.signals;
  Sort(kept, count);
  if (!CloseOthers(kept, count, Closing::kNow)) EndChild(126);
  // Of memory, not of the process: shared, it is as the host has it.
  if (keeper.start.block == nullptr) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (!SetRlimit(RLIMIT_CORE, 0, 0)) EndChild(126);
}

void Begin(Keeper* keeper) {
  int pidfd = -1;
  const pid_t program = ForkChild(keeper, &pidfd);
  if (program < 0) GiveUp(keeper);
  const StepCell& last = keeper->news.cells[static_cast<int>(Step::kStart)];
  if (last.outcome != Outcome::kDone) {
    while (waitpid(program, nullptr, __WALL) < 0 && errno == EINTR) {
    }
    GiveUp(keeper);
  }
  // The program is its job's, and who stops or kills that has not the keeper.
  if (keeper->start.child.session == Session::kShared) setpgid(0, 0);
  keeper->news.kind = KeeperNews::Kind::kStarted;
  keeper->news.program = program;
  Send(*keeper, pidfd);
}

// ---- While it runs. ----

void SignalOne(pid_t pid, void* argument) {
  kill(pid, *static_cast<const int*>(argument));
}

// Opened late: most programs are short, and leave nothing.
int Children(Keeper* keeper) {
  if (keeper->children < 0) keeper->children = OpenChildren();
  return keeper->children;
}

void SignalTree(Keeper* keeper, int signal) {
  if (keeper->start.cgroup.count > 0) {
    SignalCgroup(keeper->start.cgroup, signal);
  } else {
    VisitDescendants(Children(keeper), SignalOne, &signal);
  }
}

void EndTree(Keeper* keeper, int64_t now_ns, int64_t grace_ns) {
  if (keeper->kill_ns == 0) keeper->term_ns = now_ns;
  const int64_t kill_ns = now_ns + grace_ns;
  if (keeper->kill_ns == 0 || kill_ns < keeper->kill_ns) {
    keeper->kill_ns = kill_ns;
  }
}

// What the program did: it may be of any child, the orphans that it left too.
void Take(Keeper* keeper, pid_t pid, int status) {
  if (pid != keeper->news.program) {
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (keeper->ended && killed) ++keeper->news.left_over;
    return;
  }
  keeper->news.status = status;
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    keeper->ended = true;
    return;
  }
  keeper->news.kind = WIFSTOPPED(status) ? KeeperNews::Kind::kStopped
                                         : KeeperNews::Kind::kContinued;
  Send(*keeper, -1);
}

void TakeAll(Keeper* keeper) {
  int status = 0;
  pid_t pid;
  while (!keeper->ended &&
         (pid = waitpid(-1, &status,
                        WNOHANG | WUNTRACED | WCONTINUED | __WALL)) > 0) {
    Take(keeper, pid, status);
  }
}

void TakeOrders(Keeper* keeper, int64_t now_ns) {
  KeeperOrder order;
  const ssize_t got =
      recv(keeper->start.channel, &order, sizeof(order), MSG_DONTWAIT);
  if (got == static_cast<ssize_t>(sizeof(order))) {
    keeper->news.ordered = 1;
    EndTree(keeper, now_ns, order.grace_ns);
  } else if (got == 0) {  // the host let go of it, or died
    EndTree(keeper, now_ns, 0);
  }
}

void TakeSignals(Keeper* keeper, int64_t now_ns) {
  signalfd_siginfo info;
  while (read(keeper->signals, &info, sizeof(info)) > 0) {
  }
  if (getppid() != keeper->start.host) EndTree(keeper, now_ns, 0);
  TakeAll(keeper);
}

// Limits that the keeper holds.
void HoldLimits(Keeper* keeper, int64_t now_ns) {
  const KeeperStart& start = keeper->start;
  if (IsSampleDue(keeper->meter, now_ns)) {
    const bool first = keeper->meter.samples == 0;
    if (first && start.block == nullptr) ForgetMemory();
    Sample(&keeper->meter, start.cgroup, Children(keeper), now_ns);
    if (keeper->has_rlimits) {
      LookAtRlimits(start.cgroup, Children(keeper), &keeper->news);
    }
  }
  uint32_t over = 0;
  if (start.wall_ns > 0 && now_ns - keeper->begin_ns >= start.wall_ns) {
    over |= Bit(Limit::kWallTime);
  }
  if (start.cpu_ns > 0 &&
      TreeCpuNs(start.cgroup, Children(keeper)) >= start.cpu_ns) {
    over |= Bit(Limit::kCpuTime);
  }
  if (start.disk_bytes > 0 &&
      WrittenBytes(start.cgroup, Children(keeper)) > start.disk_bytes) {
    over |= Bit(Limit::kDiskUse);
  }
  if (over == 0 || keeper->news.ended_by != 0) return;
  keeper->news.ended_by = over;
  EndTree(keeper, now_ns, start.grace_ns);
}

int64_t NextLook(const Keeper& keeper, int64_t now_ns) {
  int64_t wait_ns = keeper.meter.interval_ns;
  const int64_t wall_ns = keeper.start.wall_ns;
  if (wall_ns > 0 && keeper.news.ended_by == 0) {
    const int64_t left_ns = keeper.begin_ns + wall_ns - now_ns;
    if (left_ns < wait_ns) wait_ns = left_ns;
  }
  if (keeper.kill_ns != 0 && keeper.kill_ns - now_ns < wait_ns) {
    wait_ns = keeper.kill_ns - now_ns;
  }
  return wait_ns < 0 ? 0 : wait_ns;
}

void WaitForEnd(Keeper* keeper) {
  pollfd fds[] = {{keeper->signals, POLLIN, 0},
                  {keeper->start.channel, POLLIN, 0}};
  while (!keeper->ended) {
    int64_t now_ns = MonotonicNs();
    HoldLimits(keeper, now_ns);
    if (keeper->term_ns != 0) {
      keeper->term_ns = 0;
      if (keeper->kill_ns > now_ns) {
        SignalTree(keeper, SIGTERM);
        SignalTree(keeper, SIGCONT);  // who is stopped hears it, too
      }
    }
    if (keeper->kill_ns != 0 && keeper->kill_ns <= now_ns) return;
    const int64_t wait_ns = NextLook(*keeper, now_ns);
    const timespec wait = {wait_ns / (1000 * kMillisecondNs),
                           wait_ns % (1000 * kMillisecondNs)};
    ppoll(fds, 2, &wait, nullptr);
    now_ns = MonotonicNs();
    if (fds[1].revents != 0) TakeOrders(keeper, now_ns);
    if ((fds[1].revents & POLLHUP) != 0) fds[1].fd = -1;
    if (fds[0].revents != 0) TakeSignals(keeper, now_ns);
  }
}

// ---- The end. ----

struct Killing {
  int killed = 0;
};

void KillOne(pid_t pid, void* argument) {
  if (kill(pid, SIGKILL) == 0) ++static_cast<Killing*>(argument)->killed;
}

// Round by round: the children of who is killed become the keeper's.
void KillTree(Keeper* keeper) {
  KillCgroup(keeper->start.cgroup);
  int status = 0;
  if (keeper->ended && waitpid(-1, &status, __WALL | WNOHANG) < 0) return;
  for (int idle = 0; idle < 1000;) {
    Killing killing;
    VisitChildren(Children(keeper), KillOne, &killing);
    if (!keeper->ended && keeper->children < 0) {
      KillOne(keeper->news.program, &killing);
    }
    pid_t pid =
        waitpid(-1, &status, __WALL | (killing.killed == 0 ? WNOHANG : 0));
    while (pid > 0) {
      Take(keeper, pid, status);
      pid = waitpid(-1, &status, __WALL | WNOHANG);
    }
    if (pid < 0 && errno == ECHILD) return;
    // There are some, but they are none of those that may be killed.
    if (pid == 0 && killing.killed == 0) {
      ++idle;
      const timespec pause = {0, kMillisecondNs};
      nanosleep(&pause, nullptr);
    }
  }
}

uint32_t RlimitBits(const ChildSteps& child) {
  uint32_t bits = 0;
  for (size_t i = 0; i < child.rlimit_count; ++i) {
    bits |= 1u << child.rlimits[i].resource;
  }
  return bits;
}

// Limits whose signals end a process. A shell tells of its commands by exit
// statuses above 128.
uint32_t LimitsOf(const Keeper& keeper, int status) {
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (WIFEXITED(status)) signal = WEXITSTATUS(status) - 128;
  if (signal == SIGXCPU && (keeper.rlimits & 1u << RLIMIT_CPU) != 0) {
    return Bit(Limit::kCpuTime);
  }
  if (signal == SIGXFSZ && (keeper.rlimits & 1u << RLIMIT_FSIZE) != 0) {
    return Bit(Limit::kFileSize);
  }
  return 0;
}

// What was seen to be used up. Of address space the last page never is.
uint32_t UsedUp(const KeeperNews& news) {
  uint32_t bits = 0;
  for (const Limit limit : {Limit::kProcesses, Limit::kOpenFiles}) {
    const SeenLimit& seen = news.seen[static_cast<int>(limit)];
    if (seen.held_to > 0 && seen.most >= seen.held_to) bits |= Bit(limit);
  }
  return bits;
}

void NameLimits(Keeper* keeper) {
  const CgroupHandles& cgroup = keeper->start.cgroup;
  KeeperNews* const news = &keeper->news;
  char text[512];
  ReadFromStart(cgroup.memory_events, text, sizeof(text));
  if (NumberAfter(text, "oom_kill") > 0) news->reached |= Bit(Limit::kMemory);
  ReadFromStart(cgroup.process_events, text, sizeof(text));
  if (NumberAfter(text, "max") > 0) news->reached |= Bit(Limit::kProcesses);
  news->reached |=
      LimitsOf(*keeper, news->status) | UsedUp(*news) | news->ended_by;
}

void Finish(Keeper* keeper) {
  const CgroupHandles& cgroup = keeper->start.cgroup;
  KeeperNews* const news = &keeper->news;
  KillTree(keeper);
  const int64_t now_ns = MonotonicNs();
  NameLimits(keeper);
  MeasureEnd(keeper->meter, cgroup, news);
  news->tied_up_ns = now_ns - keeper->begin_ns;
  RemoveCgroup(cgroup);
  news->kind = KeeperNews::Kind::kEnded;
  Send(*keeper, -1);
}

void Keep(void* argument) {
  ForgetOtherThreads();
  Keeper keeper;
  keeper.start = *static_cast<const KeeperStart*>(argument);
  keeper.begin_ns = MonotonicNs();
  if (!BecomeKeeper(&keeper)) GiveUp(&keeper);
  if (!FollowHost(keeper)) EndChild(126);
  keeper.rlimits = RlimitBits(keeper.start.child);
  keeper.has_rlimits = NoteRlimits(keeper.start.child, &keeper.news);
  Begin(&keeper);
  BeginMeter(&keeper.meter, keeper.start, keeper.has_rlimits, keeper.begin_ns);
  DropHost(keeper);
  WaitForEnd(&keeper);
  Finish(&keeper);
  EndChild(0);
}

// A process that shares memory with its parent; -1 with errno if there is none.
pid_t ForkBesideHost(KeeperStart* start, int* pidfd) {
  SharingChild* const keeper = &start->block->keeper;
  keeper->run = Keep;
  keeper->argument = start;
  keeper->stack = start->block->keeper_stack;
  void* const thread = MakeThreadArea(start->block->thread_area);
  errno = ENOSYS;
  return thread == nullptr ? -1 : ForkBeside(keeper, thread, pidfd);
}

// fork(), without the host's fork handlers and without a signal at the end.
pid_t ForkCopy(KeeperStart* start, int* pidfd) {
  const long keeper =
      syscall(SYS_clone, CLONE_PIDFD, nullptr, pidfd, nullptr, nullptr);
  if (keeper == 0) Keep(start);
  return static_cast<pid_t>(keeper);
}

pid_t Fork(KeeperStart* start, int* pidfd) {
  if (start->block != nullptr) {
    const pid_t keeper = ForkBesideHost(start, pidfd);
    if (keeper > 0) return keeper;
    start->block = nullptr;
  }
  return ForkCopy(start, pidfd);
}

}  // namespace

pid_t StartKeeper(KeeperStart* start, int* pidfd) {
  // A signal handler of the host must not run in the child.
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  start->host = getpid();
  const pid_t keeper = Fork(start, pidfd);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  errno = error;
  return keeper;
}

}  // namespace process
}  // namespace postern
