#include "process/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "process/device_program.h"
#include "process/signal_safe.h"

namespace postern {
namespace process {
namespace {

constexpr char kPrefix[] = "postern-";
constexpr int64_t kYoungNs = int64_t{10} * 1000000000;
constexpr int64_t kCpuPeriodUs = 100000;

bool Write(int directory, const char* file, absl::string_view text) {
  const fs::FileDescriptor fd(openat(directory, file, O_WRONLY | O_CLOEXEC));
  return fd.valid() && write(fd.get(), text.data(), text.size()) ==
                           static_cast<ssize_t>(text.size());
}

int OpenFile(int directory, const char* file, int flags) {
  return openat(directory, file, flags | O_CLOEXEC);
}

// Controllers of v2 are given on to the groups beneath by the parent's word. It
// takes it back from none: another may use it. This fails where the parent has
// members of its own.
void GiveController(int parent, absl::string_view controller) {
  Write(parent, "cgroup.subtree_control", absl::StrCat("+", controller));
}

std::string DeviceLine(const DeviceAccess& device) {
  const auto number = [](const absl::optional<uint32_t>& n) {
    return n.has_value() ? absl::StrCat(*n) : std::string("*");
  };
  return absl::StrCat(std::string(1, device.kind), " ", number(device.major),
                      ":", number(device.minor), " ", device.read ? "r" : "",
                      device.write ? "w" : "", device.create ? "m" : "");
}

// In v2, whose group is the open `directory`.
bool HoldDevices(const LaunchPlan& plan, int directory) {
  if (plan.device_program >= 0) {
    return AttachDeviceProgram(plan.device_program, directory);
  }
  const fs::FileDescriptor program = LoadDeviceProgram(*plan.devices);
  return program.valid() && AttachDeviceProgram(program.get(), directory);
}

// Whether a group may not have its lock yet: its launcher made it a moment ago.
// The name ends with when that was, on the same clock.
bool IsYoung(absl::string_view name) {
  int64_t made_ns = 0;
  return absl::SimpleAtoi(name.substr(name.rfind('-') + 1), &made_ns) &&
         MonotonicNs() - made_ns < kYoungNs;
}

// The name fits into CgroupHandles.
void RemoveIfStale(int parent, const char* name) {
  CgroupHandles stale;
  const fs::FileDescriptor directory(
      openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid() || flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    return;  // its launcher, or what keeps its program, is alive
  }
  const fs::FileDescriptor members(
      OpenFile(directory.get(), "cgroup.procs", O_RDWR));
  const fs::FileDescriptor kill(
      OpenFile(directory.get(), "cgroup.kill", O_WRONLY));
  stale.count = 1;
  stale.groups[0].parent = parent;
  stale.groups[0].members = members.get();
  stale.kill = kill.get();
  memcpy(stale.name, name, strlen(name) + 1);
  KillCgroup(stale);
  RemoveCgroup(stale);
}

// Makes one cgroup, hierarchy by hierarchy, as limits need them.
class CgroupMaker {
 public:
  explicit CgroupMaker(const CgroupPlaces& places) : places_(places) {
    const std::string name = NewCgroupName();
    memcpy(handles_.name, name.c_str(), name.size() + 1);  // 29 digits at most
  }

  // Returns the last error.
  int MakeAll(const LaunchPlan& plan, std::vector<LimitResult>* limits,
              StepResult* devices);
  const CgroupHandles& handles() const { return handles_; }
  std::string Note() const {
    if (handles_.count == 0) return "no cgroup can be made here";
    const bool v1 = handles_.count > (handles_.unified >= 0 ? 1 : 0);
    return absl::StrCat(handles_.unified >= 0 ? "v2" : "",
                        handles_.unified >= 0 && v1 ? " and " : "",
                        v1 ? "v1" : "");
  }

 private:
  struct Place {
    int directory = -1;
    bool v2 = false;
  };

  // Makes the directory beneath `parent`, opens and locks it. Its descriptor,
  // or -1 with errno.
  int AddGroup(const std::string& parent);
  // Where the controller that has `file` (in v2) is; made if need be.
  Place Find(const char* controller, const char* file);
  LimitLevel LimitMemory(uint64_t bytes);
  LimitLevel LimitProcesses(uint64_t count);
  LimitLevel LimitCpuShare(double share);
  void LimitDevices(const LaunchPlan& plan, StepResult* result);
  bool HasMemoryInV2() const {
    return faccessat(handles_.unified, "memory.current", F_OK, 0) == 0;
  }
  bool MeasureMemory();

  const CgroupPlaces& places_;
  CgroupHandles handles_;
  std::vector<std::string> parents_;  // of handles_.groups
};

int CgroupMaker::AddGroup(const std::string& parent) {
  const auto known = std::find(parents_.begin(), parents_.end(), parent);
  if (known != parents_.end()) {  // controllers mounted as one
    return handles_.groups[known - parents_.begin()].directory;
  }
  if (handles_.count == CgroupHandles::kMaxGroups) return -1;
  fs::FileDescriptor above(
      open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above.valid()) return -1;
  RemoveStaleCgroups(above.get());
  if (mkdirat(above.get(), handles_.name, 0755) != 0) return -1;
  fs::FileDescriptor directory(
      openat(above.get(), handles_.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  fs::FileDescriptor members(OpenFile(directory.get(), "cgroup.procs", O_RDWR));
  if (!members.valid() || flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    unlinkat(above.get(), handles_.name, AT_REMOVEDIR);
    errno = error;
    return -1;
  }
  parents_.push_back(parent);
  CgroupHandles::Group* const group = &handles_.groups[handles_.count++];
  *group = {above.Release(), directory.Release(), members.Release()};
  return group->directory;
}

CgroupMaker::Place CgroupMaker::Find(const char* controller, const char* file) {
  Place place;
  if (handles_.unified >= 0) {
    GiveController(handles_.groups[0].parent, controller);
    if (faccessat(handles_.unified, file, F_OK, 0) == 0) {
      place.directory = handles_.unified;
      place.v2 = true;
      return place;
    }
  }
  const auto parent = places_.v1.find(controller);
  if (parent == places_.v1.end()) {
    errno = ENOENT;
  } else {
    place.directory = AddGroup(parent->second);
  }
  return place;
}

LimitLevel CgroupMaker::LimitMemory(uint64_t bytes) {
  const Place place = Find("memory", "memory.max");
  const std::string text = absl::StrCat(bytes);
  if (place.directory < 0) return LimitLevel::kNone;
  if (place.v2) {
    if (!Write(place.directory, "memory.max", text)) return LimitLevel::kNone;
    // Without swap accounting there is no such file.
    Write(place.directory, "memory.swap.max", "0");
    Write(place.directory, "memory.oom.group", "1");
    return LimitLevel::kCgroupV2;
  }
  if (!Write(place.directory, "memory.limit_in_bytes", text)) {
    return LimitLevel::kNone;
  }
  Write(place.directory, "memory.memsw.limit_in_bytes", text);
  return LimitLevel::kCgroupV1;
}

bool CgroupMaker::MeasureMemory() {
  const Place place = Find("memory", "memory.current");
  if (place.directory < 0) return false;
  const int directory = place.directory;
  handles_.memory_now =
      OpenFile(directory, place.v2 ? "memory.current" : "memory.usage_in_bytes",
               O_RDONLY);
  handles_.memory_peak = OpenFile(
      directory, place.v2 ? "memory.peak" : "memory.max_usage_in_bytes",
      O_RDONLY);
  handles_.memory_events = OpenFile(
      directory, place.v2 ? "memory.events" : "memory.oom_control", O_RDONLY);
  return true;
}

LimitLevel CgroupMaker::LimitProcesses(uint64_t count) {
  const Place place = Find("pids", "pids.max");
  if (place.directory < 0 ||
      !Write(place.directory, "pids.max", absl::StrCat(count))) {
    return LimitLevel::kNone;
  }
  handles_.most_processes = OpenFile(place.directory, "pids.max", O_WRONLY);
  handles_.process_events = OpenFile(place.directory, "pids.events", O_RDONLY);
  return place.v2 ? LimitLevel::kCgroupV2 : LimitLevel::kCgroupV1;
}

LimitLevel CgroupMaker::LimitCpuShare(double share) {
  const Place place = Find("cpu", "cpu.max");
  const auto quota = static_cast<int64_t>(share * kCpuPeriodUs);
  if (place.directory < 0) return LimitLevel::kNone;
  if (place.v2) {
    return Write(place.directory, "cpu.max",
                 absl::StrCat(quota, " ", kCpuPeriodUs))
               ? LimitLevel::kCgroupV2
               : LimitLevel::kNone;
  }
  return Write(place.directory, "cpu.cfs_period_us",
               absl::StrCat(kCpuPeriodUs)) &&
                 Write(place.directory, "cpu.cfs_quota_us", absl::StrCat(quota))
             ? LimitLevel::kCgroupV1
             : LimitLevel::kNone;
}

void CgroupMaker::LimitDevices(const LaunchPlan& plan, StepResult* result) {
  if (handles_.unified >= 0 && HoldDevices(plan, handles_.unified)) {
    result->outcome = Outcome::kDone;
    result->note = "cgroup v2, by program";
    return;
  }
  const auto parent = places_.v1.find("devices");
  errno = ENOENT;
  const int directory =
      parent == places_.v1.end() ? -1 : AddGroup(parent->second);
  bool done = directory >= 0 && Write(directory, "devices.deny", "a");
  for (const DeviceAccess& device : *plan.devices) {
    done = done && Write(directory, "devices.allow", DeviceLine(device));
  }
  result->outcome = done ? Outcome::kDone : Outcome::kUnavailable;
  result->error = done ? 0 : errno;
  result->note = done ? "cgroup v1" : "no device cgroup can be made here";
}

int CgroupMaker::MakeAll(const LaunchPlan& plan,
                         std::vector<LimitResult>* limits,
                         StepResult* devices) {
  const auto add = [limits](Limit limit, LimitLevel level) {
    if (level != LimitLevel::kNone) limits->push_back({limit, level, ""});
  };
  errno = ENOENT;
  // In v2 for what it has without controllers: to kill all, and to join early.
  if (!places_.unified.empty()) handles_.unified = AddGroup(places_.unified);
  const Limits& wanted = plan.limits;
  if (wanted.memory_bytes.has_value()) {
    add(Limit::kMemory, LimitMemory(*wanted.memory_bytes));
  }
  if (wanted.processes.has_value()) {
    add(Limit::kProcesses, LimitProcesses(*wanted.processes));
  }
  if (wanted.cpu_share.has_value()) {
    add(Limit::kCpuShare, LimitCpuShare(*wanted.cpu_share));
  }
  if (plan.devices.has_value()) LimitDevices(plan, devices);
  // Entering a group of v1 takes milliseconds (an RCU grace period): only where
  // a limit wants it, or nothing else would be there.
  if (wanted.memory_bytes.has_value() ||
      (plan.own_cgroup && (handles_.unified < 0 || HasMemoryInV2()))) {
    MeasureMemory();
  }
  if (handles_.unified >= 0) {  // has it without any controller
    handles_.cpu_stat = OpenFile(handles_.unified, "cpu.stat", O_RDONLY);
  }
  return errno;
}

}  // namespace

std::string NewCgroupName() {
  return absl::StrCat(kPrefix, getpid(), "-", MonotonicNs());
}

void RemoveStaleCgroups(int parent) {
  // A description of its own: reading moves its place.
  DIR* const entries =
      fdopendir(openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entries == nullptr) return;
  while (const dirent* const entry = readdir(entries)) {
    if (absl::StartsWith(entry->d_name, kPrefix) &&
        strlen(entry->d_name) < sizeof(CgroupHandles::name) &&
        !IsYoung(entry->d_name)) {
      RemoveIfStale(parent, entry->d_name);
    }
  }
  closedir(entries);
}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : handles_(std::exchange(other.handles_, CgroupHandles())) {}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  if (this != &other) {
    Close();
    handles_ = std::exchange(other.handles_, CgroupHandles());
  }
  return *this;
}

Cgroup::~Cgroup() { Close(); }

void Cgroup::Close() {
  if (handles_.count == 0) return;
  KillCgroup(handles_);
  RemoveCgroup(handles_);
  int descriptors[kMaxCgroupDescriptors];
  const size_t count = CgroupDescriptors(handles_, descriptors);
  for (size_t i = 0; i < count; ++i) close(descriptors[i]);
  handles_ = CgroupHandles();
}

Cgroup Cgroup::Make(const CgroupPlaces& places, const LaunchPlan& plan,
                    std::vector<LimitResult>* limits, StepResult* cgroup,
                    StepResult* devices) {
  CgroupMaker maker(places);
  const int error = maker.MakeAll(plan, limits, devices);
  Cgroup made(maker.handles());
  cgroup->outcome = made.exists() ? Outcome::kDone : Outcome::kUnavailable;
  cgroup->error = made.exists() ? 0 : error;
  cgroup->note = maker.Note();
  return made;
}

}  // namespace process
}  // namespace postern
