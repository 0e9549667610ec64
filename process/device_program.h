#ifndef POSTERN_PROCESS_DEVICE_PROGRAM_H_
#define POSTERN_PROCESS_DEVICE_PROGRAM_H_

#include <linux/bpf.h>

#include <vector>

#include "process/launch_plan.h"

namespace postern {
namespace process {

// A program for the kernel that allows these devices and no others
// (BPF_PROG_TYPE_CGROUP_DEVICE): the device list of cgroup v2, which has no
// file for it.
std::vector<bpf_insn> DeviceProgram(const std::vector<DeviceAccess>& devices);

// Loads it and attaches it to the cgroup (v2) of the open `directory`, with
// which it goes. False with errno: EPERM without CAP_BPF and CAP_NET_ADMIN.
bool AttachDeviceProgram(const std::vector<DeviceAccess>& devices,
                         int directory);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_DEVICE_PROGRAM_H_
