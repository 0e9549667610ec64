#include "process/tree_meter.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "process/keeper.h"
#include "process/process_tree.h"
#include "process/signal_safe.h"

namespace postern {
namespace process {
namespace {

constexpr int64_t kMillisecondNs = 1000000;
constexpr int64_t kFirstIntervalNs = 20 * kMillisecondNs;
constexpr int64_t kLongestIntervalNs = 500 * kMillisecondNs;
constexpr int64_t kWatchedIntervalNs = 25 * kMillisecondNs;
constexpr int64_t kTickNs = 10 * kMillisecondNs;  // USER_HZ is 100
constexpr uint64_t kBlock = 512;                  // of getrusage(2)

void AddResident(pid_t pid, void* argument) {
  char text[128];
  ReadOfProcess(pid, "statm", text, sizeof(text));
  // "size resident ...", in pages.
  const char* const space = strchr(text, ' ');
  if (space == nullptr) return;
  *static_cast<uint64_t*>(argument) +=
      LeadingNumber(space + 1) * static_cast<uint64_t>(getpagesize());
}

// What is shared counts for each of them, where no cgroup counts it.
uint64_t MemoryNow(const CgroupHandles& cgroup, int children) {
  char text[64];
  if (ReadFromStart(cgroup.memory_now, text, sizeof(text)) > 0) {
    return LeadingNumber(text);
  }
  uint64_t bytes = 0;
  VisitTree(cgroup, children, AddResident, &bytes);
  return bytes;
}

void AddWritten(pid_t pid, void* argument) {
  char text[512];
  ReadOfProcess(pid, "io", text, sizeof(text));
  *static_cast<uint64_t*>(argument) += NumberAfter(text, "write_bytes");
}

// Of /proc/PID/stat: user and system time of the process and of the children
// that it waited for, its 14th to 17th field. The second, the name, may hold
// anything, a parenthesis too.
int64_t TicksOf(const char* stat) {
  const char* at = strrchr(stat, ')');
  if (at == nullptr) return 0;
  int64_t ticks = 0;
  for (int field = 3; field <= 17; ++field) {
    at = strchr(at, ' ');
    if (at == nullptr) return ticks;
    ++at;
    if (field >= 14) ticks += static_cast<int64_t>(LeadingNumber(at));
  }
  return ticks;
}

void AddTicks(pid_t pid, void* argument) {
  char text[512];
  ReadOfProcess(pid, "stat", text, sizeof(text));
  *static_cast<int64_t*>(argument) += TicksOf(text);
}

int64_t ToUs(const timeval& time) {
  return int64_t{time.tv_sec} * 1000000 + time.tv_usec;
}

}  // namespace

int OpenOfProcess(pid_t pid, const char* file) {
  char path[80] = "/proc/";
  size_t length = strlen(path);
  length += WriteNumber(static_cast<uint64_t>(pid), path + length);
  path[length++] = '/';
  memcpy(path + length, file, strlen(file) + 1);  // short
  return open(path, O_RDONLY | O_CLOEXEC);
}

void ReadOfProcess(pid_t pid, const char* file, char* text, size_t size) {
  const int fd = OpenOfProcess(pid, file);
  ReadFromStart(fd, text, size);
  if (fd >= 0) close(fd);
}

void VisitTree(const CgroupHandles& cgroup, int children,
               void (*visit)(pid_t, void*), void* argument) {
  if (cgroup.count > 0) {
    VisitCgroup(cgroup, visit, argument);
  } else {
    VisitDescendants(children, visit, argument);
  }
}

void BeginMeter(TreeMeter* meter, const KeeperStart& start, bool watched,
                int64_t now_ns) {
  rusage own = {};
  getrusage(RUSAGE_SELF, &own);
  meter->own_peak_kib = static_cast<uint64_t>(own.ru_maxrss);
  watched = watched || start.cpu_ns > 0 || start.disk_bytes > 0;
  meter->last_ns = now_ns;
  meter->interval_ns = kFirstIntervalNs;
  meter->longest_ns = watched ? kWatchedIntervalNs : kLongestIntervalNs;
}

bool IsSampleDue(const TreeMeter& meter, int64_t now_ns) {
  return now_ns - meter.last_ns >= meter.interval_ns;
}

void Sample(TreeMeter* meter, const CgroupHandles& cgroup, int children,
            int64_t now_ns) {
  const uint64_t bytes = MemoryNow(cgroup, children);
  meter->byte_seconds +=
      static_cast<double>(bytes) * 1e-9 * (now_ns - meter->last_ns);
  meter->peak_bytes = std::max(meter->peak_bytes, bytes);
  meter->last_ns = now_ns;
  meter->interval_ns = std::min(meter->interval_ns * 2, meter->longest_ns);
  ++meter->samples;
}

int64_t TreeCpuNs(const CgroupHandles& cgroup, int children) {
  char text[512];
  if (ReadFromStart(cgroup.cpu_stat, text, sizeof(text)) > 0) {
    return static_cast<int64_t>(NumberAfter(text, "usage_usec")) * 1000;
  }
  rusage reaped = {};
  getrusage(RUSAGE_CHILDREN, &reaped);
  int64_t ticks = 0;
  VisitTree(cgroup, children, AddTicks, &ticks);
  return (ToUs(reaped.ru_utime) + ToUs(reaped.ru_stime)) * 1000 +
         ticks * kTickNs;
}

uint64_t WrittenBytes(const CgroupHandles& cgroup, int children) {
  rusage reaped = {};
  getrusage(RUSAGE_CHILDREN, &reaped);
  uint64_t bytes = static_cast<uint64_t>(reaped.ru_oublock) * kBlock;
  VisitTree(cgroup, children, AddWritten, &bytes);
  return bytes;
}

void MeasureEnd(const TreeMeter& meter, const CgroupHandles& cgroup,
                KeeperNews* news) {
  rusage used = {};
  getrusage(RUSAGE_CHILDREN, &used);
  news->cpu_user_us = ToUs(used.ru_utime);
  news->cpu_system_us = ToUs(used.ru_stime);
  news->read_bytes = static_cast<uint64_t>(used.ru_inblock) * kBlock;
  news->written_bytes = static_cast<uint64_t>(used.ru_oublock) * kBlock;
  news->memory_byte_seconds = meter.byte_seconds;
  news->peak_memory_bytes = meter.peak_bytes;
  char text[512];
  if (ReadFromStart(cgroup.cpu_stat, text, sizeof(text)) > 0) {
    // Has those too whose parents did not wait for them.
    news->cpu_user_us = static_cast<int64_t>(NumberAfter(text, "user_usec"));
    news->cpu_system_us =
        static_cast<int64_t>(NumberAfter(text, "system_usec"));
  }
  const auto peak_kib = static_cast<uint64_t>(used.ru_maxrss);
  if (ReadFromStart(cgroup.memory_peak, text, sizeof(text)) > 0) {
    news->peak_memory_bytes = LeadingNumber(text);
  } else if (peak_kib > meter.own_peak_kib || meter.samples == 0) {
    // Else it may be that of this process, which exec counts as well.
    news->peak_memory_bytes = std::max(meter.peak_bytes, peak_kib << 10);
  }
}

}  // namespace process
}  // namespace postern
