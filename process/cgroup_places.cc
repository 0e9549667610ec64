#include "process/cgroup_places.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace process {
namespace {

struct Mount {
  std::string root;   // which part of the hierarchy
  std::string point;  // where it is mounted
  bool v2 = false;
  std::vector<std::string> options;  // of v1: its controllers among others
};

// Most lines are of other kinds: these need not be taken apart.
bool IsOfCgroups(absl::string_view line) {
  return absl::StrContains(line, " - cgroup");
}

// One line of mountinfo: "31 23 0:28 ROOT POINT OPTIONS ... - TYPE SOURCE
// SUPER".
bool ParseMount(absl::string_view line, Mount* mount) {
  const std::vector<absl::string_view> halves =
      absl::StrSplit(line, absl::MaxSplits(" - ", 1));
  if (halves.size() != 2) return false;
  const std::vector<std::string> front = absl::StrSplit(halves[0], ' ');
  const std::vector<std::string> back = absl::StrSplit(halves[1], ' ');
  if (front.size() < 6 || back.size() < 3) return false;
  mount->v2 = back[0] == "cgroup2";
  if (!mount->v2 && back[0] != "cgroup") return false;
  mount->options = absl::StrSplit(back[2], ',');
  return absl::CUnescape(front[3], &mount->root) &&
         absl::CUnescape(front[4], &mount->point);
}

// The directory of the group `path`; "" if it is not beneath what is mounted.
std::string Directory(const Mount& mount, absl::string_view path) {
  absl::string_view rest = path;
  if (absl::StrContains(path, "/..")) return "";  // outside of a namespace
  if (mount.root != "/") {
    if (!absl::ConsumePrefix(&rest, mount.root)) return "";
    if (!rest.empty() && rest[0] != '/') return "";
  }
  return rest == "/" ? mount.point : absl::StrCat(mount.point, rest);
}

// The paths of /proc/self/cgroup by controller; that of v2 by "".
std::map<std::string, std::string> ParseGroups(absl::string_view cgroups) {
  std::map<std::string, std::string> paths;
  for (const absl::string_view line : absl::StrSplit(cgroups, '\n')) {
    const std::vector<std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    for (const absl::string_view name : absl::StrSplit(parts[1], ',')) {
      paths.emplace(name, parts[2]);
    }
  }
  return paths;
}

std::string ReadAll(const char* path) {
  std::string text;
  const fs::FileDescriptor fd(open(path, O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  ssize_t got;
  while (fd.valid() && (got = read(fd.get(), buffer, sizeof(buffer))) > 0) {
    text.append(buffer, got);
  }
  return text;
}

}  // namespace

CgroupPlaces ParseCgroupPlaces(absl::string_view mountinfo,
                               absl::string_view cgroups,
                               absl::string_view parent) {
  CgroupPlaces places;
  const std::map<std::string, std::string> paths = ParseGroups(cgroups);
  for (const absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    if (!IsOfCgroups(line)) continue;
    Mount mount;
    if (!ParseMount(line, &mount)) continue;
    for (const auto& path : paths) {
      const bool here =
          mount.v2 ? path.first.empty()
                   : std::find(mount.options.begin(), mount.options.end(),
                               path.first) != mount.options.end();
      if (!here) continue;
      const std::string directory =
          Directory(mount, parent.empty() ? path.second : parent);
      if (directory.empty()) continue;
      if (mount.v2) {
        if (places.unified.empty()) places.unified = directory;
      } else {
        places.v1.emplace(path.first, directory);
      }
    }
  }
  return places;
}

std::string ReadCgroupMounts() {
  std::string lines;
  for (const absl::string_view line :
       absl::StrSplit(ReadAll("/proc/self/mountinfo"), '\n')) {
    if (IsOfCgroups(line)) absl::StrAppend(&lines, line, "\n");
  }
  return lines;
}

CgroupPlaces FindCgroupPlaces(absl::string_view parent,
                              absl::string_view mounts) {
  const std::string cgroups = ReadAll("/proc/self/cgroup");
  return mounts.empty() ? ParseCgroupPlaces(ReadAll("/proc/self/mountinfo"),
                                            cgroups, parent)
                        : ParseCgroupPlaces(mounts, cgroups, parent);
}

}  // namespace process
}  // namespace postern
