#include "fs/procfs_names.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace fs {
namespace {

// Of proc(5), in the directory of a process or thread.
constexpr absl::string_view kPublic[] = {
    "cgroup",    "comm",       "cpuset",        "limits",    "loginuid",
    "mountinfo", "mounts",     "mountstats",    "net",       "oom_adj",
    "oom_score", "sched",      "oom_score_adj", "schedstat", "sessionid",
    "stat",      "statm",      "status",        "setgroups", "uid_map",
    "gid_map",   "projid_map", "wchan"};

// In the root directory: the kernel's memory, its log and addresses, keys.
constexpr absl::string_view kPrivate[] = {
    "kallsyms",   "kcore",       "key-users",  "keys",
    "kmsg",       "kpagecgroup", "kpagecount", "kpageflags",
    "timer_list", "vmallocinfo", "vmcore"};

template <size_t N>
bool IsAmong(const absl::string_view (&names)[N], absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool IsProcess(absl::string_view name) {
  return std::all_of(name.begin(), name.end(), absl::ascii_isdigit);
}

}  // namespace

bool IsPublicInProcfs(absl::string_view root, absl::string_view rest) {
  const std::string name = absl::StrCat(root, "/", rest);
  const std::vector<absl::string_view> parts =
      absl::StrSplit(name, '/', absl::SkipEmpty());
  if (parts.empty()) return true;
  if (!IsProcess(parts[0])) return !IsAmong(kPrivate, parts[0]);
  size_t next = 1;
  // A thread has files like a process, in task/TID.
  if (parts.size() > 1 && parts[1] == "task") next = 3;
  return parts.size() <= next || IsAmong(kPublic, parts[next]);
}

}  // namespace fs
}  // namespace postern
