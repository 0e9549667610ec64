#include "process/open_without_links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace postern {
namespace process {
namespace {

constexpr int kFlags = O_PATH | O_CLOEXEC;

int Fail(int descriptor, int error) {
  if (descriptor >= 0) close(descriptor);
  errno = error;
  return -1;
}

// The object in `directory` that is called like the first `size` bytes of
// `name`, unless it is a link. Closes `directory`.
int Step(int directory, const char* name, size_t size) {
  char component[NAME_MAX + 1];
  if (size > NAME_MAX) return Fail(directory, ENAMETOOLONG);
  memcpy(component, name, size);
  component[size] = '\0';
  const int next = openat(directory, component, kFlags | O_NOFOLLOW);
  const int error = errno;
  close(directory);
  if (next < 0) return Fail(-1, error);
  struct stat info;
  if (fstat(next, &info) != 0) return Fail(next, errno);
  return S_ISLNK(info.st_mode) ? Fail(next, ELOOP) : next;
}

int Walk(const char* path) {
  int at = open("/", kFlags | O_DIRECTORY);
  while (at >= 0) {
    while (*path == '/') ++path;
    if (*path == '\0') break;
    const size_t size = strcspn(path, "/");
    at = Step(at, path, size);
    path += size;
  }
  return at;
}

}  // namespace

int OpenWithoutLinks(const char* path) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(kFlags);
  how.resolve = RESOLVE_NO_SYMLINKS;
  const long opened = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
  if (opened < 0 && (errno == ENOSYS || errno == EPERM)) return Walk(path);
  return static_cast<int>(opened);
}

}  // namespace process
}  // namespace postern
