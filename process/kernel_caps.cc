#include "process/kernel_caps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "process/capabilities.h"
#include "process/cgroup.h"
#include "process/landlock.h"
#include "process/namespaces.h"

namespace postern {
namespace process {
namespace {

constexpr char kUserNamespaces[] =
    "sysctl -w user.max_user_namespaces=10000, and where they exist "
    "kernel.unprivileged_userns_clone=1, "
    "kernel.apparmor_restrict_unprivileged_userns=0";
constexpr char kNewerKernel[] =
    "a newer kernel: apt-get install "
    "linux-image-amd64 -t bookworm-backports";
constexpr char kUnified[] =
    "a cgroup of one's own: systemd-run --scope -p Delegate=yes COMMAND";
constexpr char kVersion1[] =
    "cgroup v1 mounted (the kernel's parameter "
    "systemd.unified_cgroup_hierarchy=0), and its group writable for this "
    "user; or cgroup v2";

constexpr KernelFact kFacts[] = {
    {"seccomp", &KernelCaps::seccomp,
     "a kernel with CONFIG_SECCOMP_FILTER; in a container, no filter that "
     "refuses seccomp(2)",
     nullptr},
    {"user namespaces", &KernelCaps::user_namespaces, kUserNamespaces,
     &NamespacePlan::user},
    {"mount namespace", &KernelCaps::mount_namespace, kUserNamespaces,
     &NamespacePlan::mount},
    {"network namespace", &KernelCaps::net_namespace, kUserNamespaces,
     &NamespacePlan::network},
    {"pid namespace", &KernelCaps::pid_namespace, kUserNamespaces,
     &NamespacePlan::pid},
    {"ipc namespace", &KernelCaps::ipc_namespace, kUserNamespaces,
     &NamespacePlan::ipc},
    {"cgroup v2", &KernelCaps::cgroup_v2, kUnified, nullptr},
    {"cgroup v2 memory", &KernelCaps::cgroup_v2_memory, kUnified, nullptr},
    {"cgroup v2 cpu", &KernelCaps::cgroup_v2_cpu, kUnified, nullptr},
    {"cgroup v2 pids", &KernelCaps::cgroup_v2_pids, kUnified, nullptr},
    {"cgroup v1 memory", &KernelCaps::cgroup_v1_memory, kVersion1, nullptr},
    {"cgroup v1 cpu", &KernelCaps::cgroup_v1_cpu, kVersion1, nullptr},
    {"cgroup v1 pids", &KernelCaps::cgroup_v1_pids, kVersion1, nullptr},
    {"cgroup v1 devices", &KernelCaps::cgroup_v1_devices, kVersion1, nullptr},
    {"cgroup v1 freezer", &KernelCaps::cgroup_v1_freezer, kVersion1, nullptr},
    {"bpf programs", &KernelCaps::bpf_programs,
     "a launcher with CAP_BPF and CAP_NET_ADMIN", nullptr},
    {"pidfd", &KernelCaps::pidfd, kNewerKernel, nullptr},
    {"close_range", &KernelCaps::close_range, kNewerKernel, nullptr},
    {"clone3 into cgroup", &KernelCaps::clone3_into_cgroup, kNewerKernel,
     nullptr},
};

// ------------------------------------------------------------ what is tried

// Whether a child of its own enters all of these, one after the other. The
// child has no signal to end with: nobody else's wait(2) or handler hears of
// it.
bool CanEnter(const std::vector<NamespacePlan>& plans) {
  std::vector<PreparedNamespaces> prepared;
  for (const NamespacePlan& plan : plans) {
    absl::StatusOr<PreparedNamespaces> one = PreparedNamespaces::Prepare(plan);
    if (!one.ok()) return false;
    prepared.push_back(*std::move(one));
  }
  const long child = syscall(SYS_clone, 0, 0, 0, 0, 0);
  if (child == 0) {
    int error = 0;
    for (const PreparedNamespaces& one : prepared) {
      if (error == 0) error = one.Enter(nullptr).error;
    }
    syscall(SYS_exit_group, error == 0 ? 0 : 1);
  }
  if (child < 0) return false;
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(static_cast<pid_t>(child), &status, __WALL);
  } while (ended < 0 && errno == EINTR);
  return ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// By right, or within a user namespace if these can be made.
bool CanEnter(NamespacePlan plan, bool with_user) {
  if (CanEnter({plan})) return true;
  plan.user = true;
  return with_user && CanEnter({plan});
}

struct KindOfNamespace {
  NamespacePlan plan;
  bool KernelCaps::*can;
};

std::vector<KindOfNamespace> KindsOfNamespaces() {
  NamespacePlan mount, network, pid, ipc;
  mount.mount = network.network = pid.pid = ipc.ipc = true;
  // Never the working directory.
  mount.masks = {{"/dev/null", Mask::Kind::kHidden},
                 {"/usr", Mask::Kind::kReadOnly}};
  return {{mount, &KernelCaps::mount_namespace},
          {network, &KernelCaps::net_namespace},
          {pid, &KernelCaps::pid_namespace},
          {ipc, &KernelCaps::ipc_namespace}};
}

// Mostly one child can enter all: by right those of users come last, else
// within them the others. Where it cannot, each kind is tried alone.
void FindNamespaces(KernelCaps* caps) {
  const std::vector<KindOfNamespace> kinds = KindsOfNamespaces();
  NamespacePlan user;
  user.user = true;
  std::vector<NamespacePlan> all;
  for (const KindOfNamespace& kind : kinds) all.push_back(kind.plan);
  all.insert(IsSystemAdministrator() ? all.end() : all.begin(), user);
  const bool can_all = CanEnter(all);
  caps->user_namespaces = can_all || CanEnter({user});
  for (const KindOfNamespace& kind : kinds) {
    caps->*kind.can = can_all || CanEnter(kind.plan, caps->user_namespaces);
  }
}

std::vector<std::string> WordsOf(const std::string& file) {
  const fs::FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  char text[512];
  const ssize_t size = fd.valid() ? read(fd.get(), text, sizeof(text)) : 0;
  return absl::StrSplit(
      absl::string_view(text, size > 0 ? static_cast<size_t>(size) : 0),
      absl::ByAnyChar(" \n"), absl::SkipEmpty());
}

// A number of sysctl(8); "" if there is none of this name.
std::string Setting(absl::string_view name) {
  const std::vector<std::string> words =
      WordsOf(absl::StrCat("/proc/sys/", name));
  return words.empty() ? "" : words[0];
}

bool HasNamespace(absl::string_view name) {
  const std::string here = absl::StrCat("/proc/self/ns/", name);
  return access(here.c_str(), F_OK) == 0 &&
         Setting(absl::StrCat("user/max_", name, "_namespaces")) != "0";
}

bool MayMakeUserNamespaces() {
  const std::string restricted =
      Setting("kernel/apparmor_restrict_unprivileged_userns");
  return Setting("kernel/unprivileged_userns_clone") != "0" &&
         (restricted.empty() || restricted == "0");
}

// By what namespaces(7) and user_namespaces(7) name, and distributions add.
void ExpectNamespaces(KernelCaps* caps) {
  caps->namespaces_tried = false;
  const bool administers = IsSystemAdministrator();
  caps->user_namespaces =
      HasNamespace("user") && (administers || MayMakeUserNamespaces());
  const bool any = administers || caps->user_namespaces;
  caps->mount_namespace = any && HasNamespace("mnt");
  caps->net_namespace = any && HasNamespace("net");
  caps->pid_namespace = any && HasNamespace("pid");
  caps->ipc_namespace = any && HasNamespace("ipc");
}

bool HasSeccomp() {
  const uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

// A program that allows every device is loaded, and let go.
bool HasBpf() {
  const bpf_insn program[] = {
      {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  static constexpr char kLicense[] = "GPL";
  bpf_attr attributes;
  memset(&attributes, 0, sizeof(attributes));
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<uintptr_t>(program);
  attributes.insn_cnt = 2;
  attributes.license = reinterpret_cast<uintptr_t>(kLicense);
  const fs::FileDescriptor loaded(static_cast<int>(
      syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes))));
  return loaded.valid();
}

// Without a cgroup: a kernel that knows the flag misses that first. No memory
// is copied before it does.
bool HasClone3IntoCgroup() {
  clone_args arguments = {};
  arguments.flags = CLONE_INTO_CGROUP | CLONE_VM;
  arguments.cgroup = 0x7fffffff;
  return syscall(SYS_clone3, &arguments, sizeof(arguments)) < 0 &&
         errno == EBADF;
}

bool HasPidfd() {
  return fs::FileDescriptor(
             static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)))
      .valid();
}

// ------------------------------------------------------------------ cgroups

bool CanWrite(const std::string& directory) {
  return !directory.empty() &&
         faccessat(AT_FDCWD, directory.c_str(), W_OK, AT_EACCESS) == 0;
}

// By trial: permissions do not tell of who is confined. For where each start
// makes one, which also removes what a trial leaves that is killed.
bool CanMakeGroup(const std::string& parent) {
  if (!CanWrite(parent)) return false;
  const std::string group = absl::StrCat(parent, "/", NewCgroupName());
  return mkdir(group.c_str(), 0755) == 0 && rmdir(group.c_str()) == 0;
}

void FindCgroups(KernelCaps* caps) {
  const CgroupPlaces places = FindCgroupPlaces("");
  caps->cgroup_v2 = CanMakeGroup(places.unified);
  if (caps->cgroup_v2) {
    const std::vector<std::string> there =
        WordsOf(absl::StrCat(places.unified, "/cgroup.controllers"));
    const auto has = [&there](const char* name) {
      return std::find(there.begin(), there.end(), name) != there.end();
    };
    caps->cgroup_v2_memory = has("memory");
    caps->cgroup_v2_cpu = has("cpu");
    caps->cgroup_v2_pids = has("pids");
  }
  const auto has_v1 = [&places](const char* name) {
    const auto found = places.v1.find(name);
    return found != places.v1.end() && CanWrite(found->second);
  };
  caps->cgroup_v1_memory = has_v1("memory");
  caps->cgroup_v1_cpu = has_v1("cpu");
  caps->cgroup_v1_pids = has_v1("pids");
  caps->cgroup_v1_devices =
      has_v1("devices") && CanMakeGroup(places.v1.at("devices"));
  caps->cgroup_v1_freezer = has_v1("freezer");
}

KernelCaps AllButNamespaces() {
  KernelCaps caps;
  struct utsname name;
  if (uname(&name) == 0) caps.kernel_release = name.release;
  caps.landlock_abi = LandlockAbi();
  caps.seccomp = HasSeccomp();
  FindCgroups(&caps);
  caps.bpf_programs = HasBpf();
  caps.pidfd = HasPidfd();
  // No descriptor has such a number.
  caps.close_range = syscall(SYS_close_range, ~0u, ~0u, 0) == 0;
  caps.clone3_into_cgroup = HasClone3IntoCgroup();
  return caps;
}

}  // namespace

absl::Span<const KernelFact> KernelFacts() { return kFacts; }

const char* LandlockRemedy() {
  return "the kernel's parameter lsm=landlock,... (cat "
         "/sys/kernel/security/lsm), and a newer kernel for a newer ABI";
}

KernelCaps DetectKernelCaps() {
  KernelCaps caps = AllButNamespaces();
  FindNamespaces(&caps);
  return caps;
}

KernelCaps ExpectedKernelCaps() {
  KernelCaps caps = AllButNamespaces();
  ExpectNamespaces(&caps);
  return caps;
}

KernelCaps AllKernelCaps() {
  KernelCaps caps;
  caps.kernel_release = "any";
  caps.landlock_abi = landlock::kNewestAbi;
  for (const KernelFact& fact : kFacts) caps.*fact.has = true;
  return caps;
}

KernelCaps PretendOlder(const KernelCaps& caps, const KernelCaps& limit) {
  KernelCaps both = caps;
  both.landlock_abi = std::min(caps.landlock_abi, limit.landlock_abi);
  for (const KernelFact& fact : kFacts) {
    both.*fact.has = caps.*fact.has && limit.*fact.has;
  }
  return both;
}

}  // namespace process
}  // namespace postern
