#ifndef POSTERN_PROCESS_KERNEL_CAPS_H_
#define POSTERN_PROCESS_KERNEL_CAPS_H_

#include <string>

#include "absl/types/span.h"

namespace postern {
namespace process {

struct NamespacePlan;

// What this kernel lets this process use to confine others. Plain data: a plan
// may be made for any of it, also for kernels that are not here.
struct KernelCaps {
  std::string kernel_release;  // uname(2), as "6.1.0-18-amd64"

  // landlock(7). 0 = not there, or switched off at boot.
  int landlock_abi = 0;

  bool seccomp = false;  // seccomp(2) with filters

  // Whether the five below were tried; else they are what the facts of proc(5)
  // let expect, and a plan that uses one must be tried itself.
  bool namespaces_tried = true;
  // New namespaces can be made, by right or within a user namespace of one's
  // own: each was tried.
  bool user_namespaces = false;
  bool mount_namespace = false;  // with masks: fsopen, move_mount (Linux 5.2)
  bool net_namespace = false;    // with its loopback up
  bool pid_namespace = false;
  bool ipc_namespace = false;

  // Groups can be made, and the controller is there.
  bool cgroup_v2 = false;
  bool cgroup_v2_memory = false;
  bool cgroup_v2_cpu = false;
  bool cgroup_v2_pids = false;
  bool cgroup_v1_memory = false;
  bool cgroup_v1_cpu = false;
  bool cgroup_v1_pids = false;
  bool cgroup_v1_devices = false;
  bool cgroup_v1_freezer = false;

  bool bpf_programs = false;  // bpf(2), as v2's device filter needs

  bool pidfd = false;               // pidfd_open(2), Linux 5.3
  bool close_range = false;         // close_range(2), Linux 5.9
  bool clone3_into_cgroup = false;  // CLONE_INTO_CGROUP, Linux 5.7
};

// One of the facts above that is there or not.
struct KernelFact {
  const char* name;  // as "net namespace"
  bool KernelCaps::*has;
  const char* remedy;  // what an administrator can do where it is missing
  // What of a plan enters it, if it is a namespace; else null.
  bool NamespacePlan::*entered;
};

// All of them, in the order of the struct.
absl::Span<const KernelFact> KernelFacts();
// What an administrator can do for a (newer) Landlock.
const char* LandlockRemedy();

// Asks this kernel. Makes and ends children for what can only be tried, which
// takes some milliseconds: keep the answer. Leaves nothing behind. What cannot
// be tried, for want of memory say, counts as missing.
KernelCaps DetectKernelCaps();

// The same without making any namespace, for who tries the plan itself:
// namespaces_tried is false.
KernelCaps ExpectedKernelCaps();

// A kernel that has everything that Postern knows: a plan for it shows what is
// possible at all.
KernelCaps AllKernelCaps();

// What both have. So an older kernel can be pretended, never a newer one. The
// release stays that of `caps`.
KernelCaps PretendOlder(const KernelCaps& caps, const KernelCaps& limit);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_KERNEL_CAPS_H_
