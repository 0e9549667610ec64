#ifndef POSTERN_PROCESS_CGROUP_PLACES_H_
#define POSTERN_PROCESS_CGROUP_PLACES_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace process {

// The directories of the cgroups that this process is in, beneath which it
// makes others, so that its own limits hold for these too.
struct CgroupPlaces {
  std::string unified;                    // of v2; "" if there is none
  std::map<std::string, std::string> v1;  // by controller: "memory", "pids"
};

// Reads the texts of /proc/self/mountinfo and /proc/self/cgroup (proc(5),
// cgroups(7)). What is not understood, or lies outside of what is mounted, is
// left out. If `parent` is not empty, it is taken for the path in each
// hierarchy.
CgroupPlaces ParseCgroupPlaces(absl::string_view mountinfo,
                               absl::string_view cgroups,
                               absl::string_view parent);

// The lines of /proc/self/mountinfo that are of cgroups.
std::string ReadCgroupMounts();

// Those of this process. Reads both files; of `mounts`, if that is not empty,
// only /proc/self/cgroup, which a move changes: the kernel takes longest to
// tell of mounts.
CgroupPlaces FindCgroupPlaces(absl::string_view parent,
                              absl::string_view mounts = "");

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CGROUP_PLACES_H_
