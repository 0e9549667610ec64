#include "process/rlimit_meter.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "process/keeper.h"
#include "process/limits.h"
#include "process/signal_safe.h"
#include "process/tree_meter.h"

namespace postern {
namespace process {
namespace {

SeenLimit& At(KeeperNews* news, Limit limit) {
  return news->seen[static_cast<int>(limit)];
}

// What a process is held to, which may have been lower before.
void Note(const RlimitValue& value, Limit limit, KeeperNews* news) {
  rlimit own = {};
  getrlimit(static_cast<__rlimit_resource_t>(value.resource), &own);
  At(news, limit).held_to = std::min<uint64_t>(value.soft, own.rlim_max);
}

// How many entries a directory of the kernel has, "." and ".." aside.
uint64_t CountEntries(int directory) {
  alignas(uint64_t) char entries[4096];
  uint64_t count = 0;
  long got;
  while ((got = syscall(SYS_getdents64, directory, entries, sizeof(entries))) >
         0) {
    for (long at = 0; at < got;) {
      // d_ino and d_off are before d_reclen (getdents(2)).
      uint16_t length;
      memcpy(&length, entries + at + 16, sizeof(length));
      ++count;
      at += length;
    }
  }
  return count < 2 ? 0 : count - 2;
}

// Since Linux 6.2 the size of the directory is the number (proc_pid_fd(5)).
uint64_t OpenFilesOf(pid_t pid) {
  const int directory = OpenOfProcess(pid, "fd");
  if (directory < 0) return 0;
  struct stat info = {};
  fstat(directory, &info);
  const uint64_t count = info.st_size > 0 ? static_cast<uint64_t>(info.st_size)
                                          : CountEntries(directory);
  close(directory);
  return count;
}

struct Look {
  KeeperNews* news;
  uint64_t threads = 0;
};

void Raise(SeenLimit* seen, uint64_t now) {
  seen->most = std::max(seen->most, now);
}

void LookAt(pid_t pid, void* argument) {
  Look* const look = static_cast<Look*>(argument);
  char text[4096];
  ReadOfProcess(pid, "status", text, sizeof(text));
  look->threads += NumberAfter(text, "Threads");
  Raise(&At(look->news, Limit::kMemory), NumberAfter(text, "VmPeak") << 10);
  SeenLimit* const files = &At(look->news, Limit::kOpenFiles);
  if (files->held_to > 0) Raise(files, OpenFilesOf(pid));
}

}  // namespace

bool NoteRlimits(const ChildSteps& steps, KeeperNews* news) {
  bool any = false;
  for (size_t i = 0; i < steps.rlimit_count; ++i) {
    const RlimitValue& value = steps.rlimits[i];
    if (value.resource == RLIMIT_AS) {
      Note(value, Limit::kMemory, news);
    } else if (value.resource == RLIMIT_NPROC) {
      Note(value, Limit::kProcesses, news);
    } else if (value.resource == RLIMIT_NOFILE) {
      Note(value, Limit::kOpenFiles, news);
    } else {
      continue;
    }
    any = true;
  }
  return any;
}

void LookAtRlimits(const CgroupHandles& cgroup, int children,
                   KeeperNews* news) {
  Look look = {news};
  VisitTree(cgroup, children, LookAt, &look);
  Raise(&At(news, Limit::kProcesses), look.threads);
}

}  // namespace process
}  // namespace postern
