#include "tests/attacks/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace postern {
namespace testing {
namespace {

std::string Describe(const struct stat& st) {
  return absl::StrCat("mode ", st.st_mode, " of ", st.st_uid, ":", st.st_gid,
                      " links ", st.st_nlink, " size ", st.st_size, " inode ",
                      st.st_ino, " changed ", st.st_mtim.tv_sec, ".",
                      st.st_mtim.tv_nsec, " ", st.st_ctim.tv_sec, ".",
                      st.st_ctim.tv_nsec);
}

std::string TextOf(int directory, const char* name, mode_t mode) {
  char buffer[4096];
  ssize_t size = 0;
  if (S_ISLNK(mode)) {
    size = readlinkat(directory, name, buffer, sizeof(buffer));
  } else if (S_ISREG(mode)) {
    const int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    size = fd < 0 ? 0 : read(fd, buffer, sizeof(buffer));
    if (fd >= 0) close(fd);
  }
  return size <= 0 ? "" : std::string(buffer, static_cast<size_t>(size));
}

void Walk(int directory, dev_t device, const std::string& prefix,
          Snapshot* snapshot) {
  DIR* dir = fdopendir(directory);
  if (dir == nullptr) return;
  while (const struct dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    struct stat st;
    if (name == ".." ||
        fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        st.st_dev != device) {
      continue;
    }
    (*snapshot)[prefix + name] = absl::StrCat(
        Describe(st), " \"", TextOf(directory, name.c_str(), st.st_mode), "\"");
    if (!S_ISDIR(st.st_mode) || name == ".") continue;
    const int child = openat(directory, name.c_str(),
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child >= 0) Walk(child, device, prefix + name + "/", snapshot);
  }
  closedir(dir);
}

}  // namespace

Snapshot TakeSnapshot(const std::string& root) {
  Snapshot snapshot;
  const int fd = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat st;
  if (fd >= 0 && fstat(fd, &st) == 0) Walk(fd, st.st_dev, "", &snapshot);
  return snapshot;
}

std::string Difference(const Snapshot& before, const Snapshot& after) {
  std::string text;
  for (const auto& entry : before) {
    const auto it = after.find(entry.first);
    if (it == after.end()) {
      absl::StrAppend(&text, entry.first, " is gone\n");
    } else if (it->second != entry.second) {
      absl::StrAppend(&text, entry.first, " was ", entry.second, "\n  is now ",
                      it->second, "\n");
    }
  }
  for (const auto& entry : after) {
    if (before.count(entry.first) == 0) {
      absl::StrAppend(&text, entry.first, " is new\n");
    }
  }
  return text;
}

}  // namespace testing
}  // namespace postern
