#include "benchmarks/workload/file_place.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <system_error>

namespace postern {
namespace benchmarks {
namespace {

std::string MakeFolder(const std::string& base) {
  std::string name = base + "/bench_XXXXXX";
  return mkdtemp(&name[0]) == nullptr ? std::string() : name;
}

// Before any thread is started: unshare(2) is for the calling thread alone.
bool MountNoDevices(const std::string& folder) {
  return unshare(CLONE_NEWNS) == 0 &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", folder.c_str(), "tmpfs", MS_NODEV | MS_NOSUID,
               "size=64m") == 0;
}

bool HasNoDevices(const char* folder) {
  struct statvfs st;
  return statvfs(folder, &st) == 0 && (st.f_flag & ST_NODEV) != 0;
}

}  // namespace

FilePlace::FilePlace(Mount mount) {
  const char* base = getenv("TMPDIR");
  path_ = MakeFolder(base == nullptr ? "/tmp" : base);
  if (mount == Mount::kAsItIs || path_.empty()) return;
  mounted_ = MountNoDevices(path_);
  if (mounted_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  path_ = HasNoDevices("/dev/shm") ? MakeFolder("/dev/shm") : std::string();
}

FilePlace::~FilePlace() {
  if (path_.empty()) return;
  if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace benchmarks
}  // namespace postern
