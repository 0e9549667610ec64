#include "bindings/python/open_flags.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/string_view.h"
#include "bindings/python/guest.h"

namespace postern {
namespace python {
namespace {

struct FlagPair {
  int system;
  uint32_t ours;
};

// O_SYNC holds the bit of O_DSYNC, and O_TMPFILE that of O_DIRECTORY.
constexpr FlagPair kFlags[] = {
    {O_APPEND, POSTERN_OPEN_APPEND},       {O_CREAT, POSTERN_OPEN_CREATE},
    {O_EXCL, POSTERN_OPEN_EXCLUSIVE},      {O_TRUNC, POSTERN_OPEN_TRUNCATE},
    {O_DIRECTORY, POSTERN_OPEN_DIRECTORY}, {O_NOFOLLOW, POSTERN_OPEN_NOFOLLOW},
    {O_SYNC, POSTERN_OPEN_SYNC},           {O_DSYNC, POSTERN_OPEN_DATA_SYNC},
};
// These hold anyway, or mean nothing on this system.
constexpr int kIgnored = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_LARGEFILE;

uint32_t AccessOf(int flags) {
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return POSTERN_OPEN_READ;
    case O_WRONLY:
      return POSTERN_OPEN_WRITE;
    case O_RDWR:
      return POSTERN_OPEN_READ | POSTERN_OPEN_WRITE;
    default:
      return 0;
  }
}

// Devices without memory, and without an effect (null(4), random(4)). Others
// are refused as special files, whatever rules say of their names.
bool IsHarmlessDevice(absl::string_view path) {
  return path == "/dev/null" || path == "/dev/zero" || path == "/dev/full" ||
         path == "/dev/random" || path == "/dev/urandom";
}

}  // namespace

bool ReadOpenFlags(int flags, uint32_t* out) {
  *out = AccessOf(flags);
  int left = flags & ~(O_ACCMODE | kIgnored);
  for (const FlagPair& pair : kFlags) {
    if ((left & pair.system) != pair.system) continue;
    *out |= pair.ours;
    left &= ~pair.system;
  }
  return *out != 0 && left == 0;
}

int OpenGuarded(const Name& name, int flags, uint32_t mode) {
  uint32_t ours = 0;
  if (!ReadOpenFlags(flags, &ours)) {
    // As a file system that does not have them (open(2), EOPNOTSUPP).
    errno = EOPNOTSUPP;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name.given.get());
    return -1;
  }
  if (IsHarmlessDevice(name.path)) ours |= POSTERN_OPEN_SPECIAL_FILES;
  const bool writes = (ours & POSTERN_OPEN_WRITE) != 0;
  int32_t fd = -1;
  const Ref done(Act(writes ? "fs.write" : "fs.read", name.given.get(), nullptr,
                     [&](postern_error* error) {
                       return postern_files_open(
                           TheGuest()->files, name.path.data(),
                           name.path.size(), ours, mode, &fd, nullptr, error);
                     }));
  if (!done) return -1;
  if ((flags & O_NONBLOCK) == 0) {
    // Of what a file is opened with here, only these two can be changed.
    (void)fcntl(fd, F_SETFL, flags & O_APPEND);
  }
  return fd;
}

bool ReadAll(int fd, size_t most, std::string* bytes) {
  char buffer[1 << 14];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
    bytes->append(buffer, static_cast<size_t>(got));
    if (bytes->size() <= most) continue;
    errno = EFBIG;
    return false;
  }
  return got == 0;
}

}  // namespace python
}  // namespace postern
