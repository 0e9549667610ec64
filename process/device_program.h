#ifndef POSTERN_PROCESS_DEVICE_PROGRAM_H_
#define POSTERN_PROCESS_DEVICE_PROGRAM_H_

#include <linux/bpf.h>

#include <vector>

#include "fs/base/file_descriptor.h"
#include "process/launch_plan.h"

namespace postern {
namespace process {

// A program for the kernel that allows these devices and no others
// (BPF_PROG_TYPE_CGROUP_DEVICE): the device list of cgroup v2, which has no
// file for it.
std::vector<bpf_insn> DeviceProgram(const std::vector<DeviceAccess>& devices);

// Loads it (bpf(2)), for any number of cgroups: it is checked and compiled, a
// fifth of a millisecond. Not valid, with errno, if it cannot: EPERM without
// CAP_BPF and CAP_NET_ADMIN.
fs::FileDescriptor LoadDeviceProgram(const std::vector<DeviceAccess>& devices);

// Attaches a loaded `program` to the cgroup (v2) of the open `directory`, with
// which it goes. False with errno.
bool AttachDeviceProgram(int program, int directory);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_DEVICE_PROGRAM_H_
