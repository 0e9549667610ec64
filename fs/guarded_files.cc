// Whole files: conveniences of GuardedFs on top of Open().

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fs/attempt.h"
#include "fs/guarded_fs.h"
#include "fs/resolver.h"

namespace postern {
namespace fs {
namespace {

constexpr size_t kChunkBytes = 65536;
// Of a file that is read whole, and on the stack: a string is filled with zeros
// first, which takes longer than to read a small file.
constexpr size_t kReadBytes = 16384;
constexpr int kMaxTempTries = 32;

FsStatus WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) return FsStatus::Error(errno);
    if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
  }
  return FsStatus();
}

// Reads a piece; 0 at the end, negative on error.
ssize_t ReadSome(int fd, char* buffer, size_t size) {
  for (;;) {
    const ssize_t got = read(fd, buffer, size);
    if (got >= 0 || errno != EINTR) return got;
  }
}

FsStatus CopyBytes(int from, int to) {
  std::string buffer(kChunkBytes, '\0');
  for (;;) {
    const ssize_t size = ReadSome(from, &buffer[0], buffer.size());
    if (size <= 0) return size == 0 ? FsStatus() : FsStatus::Error(errno);
    FsStatus status = WriteAll(
        to, absl::string_view(buffer.data(), static_cast<size_t>(size)));
    if (!status.ok()) return status;
  }
}

FsStatus CopyContents(const Handle& from, const Handle& to, mode_t mode) {
  FsStatus status = to.Truncate(0);
  if (status.ok()) status = CopyBytes(from.fd(), to.fd());
  if (status.ok()) status = to.Chmod(mode & 0777);
  return status;
}

// 60 random bits in letters.
bool RandomName(absl::string_view prefix, std::string* name) {
  static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
  unsigned char bytes[12];
  if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) return false;
  name->assign(prefix.data(), prefix.size());
  for (unsigned char byte : bytes) name->push_back(kLetters[byte & 31]);
  return true;
}

bool IsPrefix(absl::string_view prefix) {
  return prefix.size() <= 200 && prefix.find('/') == prefix.npos;
}

// Calls `make` with random names in `directory` until one is free.
template <typename Make>
FsStatus MakeTemp(const At& directory, absl::string_view prefix, Make make) {
  if (!IsPrefix(prefix)) return FsStatus::Invalid(EINVAL);
  if (directory.path.empty()) {
    return FsStatus::Invalid(ENOENT);
  }
  FsStatus status;
  for (int i = 0; i < kMaxTempTries; ++i) {
    std::string name;
    if (!RandomName(prefix, &name)) return FsStatus::Error(errno);
    const std::string path = absl::StrCat(
        directory.path, directory.path.back() == '/' ? "" : "/", name);
    status = make(path);
    if (status.ok() || status.error_number != EEXIST) break;
  }
  return status;
}

}  // namespace

FsResult<std::string> GuardedFs::ReadFile(const At& at,
                                          size_t max_bytes) const {
  const FsResult<Handle> handle = Open(at, OpenIntent());
  if (!handle.ok()) return handle.status();
  std::string contents;
  char chunk[kReadBytes];
  while (true) {
    // One byte more than is wanted, to see that there is more.
    const size_t more =
        std::min(sizeof(chunk) - 1, max_bytes - contents.size()) + 1;
    const ssize_t got = ReadSome(handle->fd(), chunk, more);
    if (got < 0) return FsStatus::Error(errno);
    if (got == 0) return contents;
    contents.append(chunk, static_cast<size_t>(got));
    if (contents.size() > max_bytes) return FsStatus::Error(EFBIG);
  }
}

FsStatus GuardedFs::WriteFile(const At& at, absl::string_view contents,
                              mode_t mode) const {
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  intent.create = intent.truncate = true;
  intent.mode = mode;
  const FsResult<Handle> handle = Open(at, intent);
  return handle.ok() ? WriteAll(handle->fd(), contents) : handle.status();
}

FsStatus GuardedFs::DenyTarget(OneCall* call, const At& from, const At& to,
                               Replace replace) const {
  const OperationRow& row = RowOf(Operation::kCopy);
  OperationEnd end = row.second;
  if (replace == Replace::kNo) end.primitive = Primitive::kLink;
  {
    const Foresight foresight(call);
    if (!IsInVain(HoldIn(call, end, to).status()) ||
        !HoldIn(call, row.first, from).ok()) {
      return FsStatus();
    }
  }
  FsStatus status = HoldIn(call, end, to).status();
  return IsInVain(status) ? std::move(status).At(1) : FsStatus();
}

FsStatus GuardedFs::Copy(const At& from, const At& to, Replace replace) const {
  OneCall call;
  // Nothing is asked or taken for the source in vain.
  FsStatus status = DenyTarget(&call, from, to, replace);
  if (!status.ok()) return status;
  const FsResult<Handle> source = OpenIn(&call, from, OpenIntent(), false);
  if (!source.ok()) return source.status();
  const FsResult<struct stat> st = source->Stat();
  if (!st.ok()) return st.status();
  if (!S_ISREG(st->st_mode)) return FsStatus::Error(EINVAL);
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  intent.create = true;
  intent.exclusive = replace == Replace::kNo;
  intent.mode = 0600;
  const FsResult<Handle> target =
      OpenIn(&call, to, intent, /*tell_created=*/true);
  if (!target.ok()) return FsStatus(target.status()).At(1);
  struct stat there;
  if (fstat(target->fd(), &there) != 0) return FsStatus::Error(errno);
  if (there.st_dev == st->st_dev && there.st_ino == st->st_ino) {
    return FsStatus::Error(EINVAL).At(1);
  }
  status = CopyContents(*source, *target, st->st_mode);
  if (!status.ok() && target->findings().created) {
    static_cast<void>(
        RemoveIn(&call, Operation::kUnlink, target->name(), /*flags=*/0));
  }
  return status;
}

FsResult<Handle> GuardedFs::CreateTemp(const At& directory,
                                       absl::string_view prefix) const {
  OpenIntent intent;
  intent.access = OpenIntent::Access::kReadWrite;
  intent.create = intent.exclusive = true;
  intent.mode = 0600;
  Handle made;
  FsStatus status = MakeTemp(directory, prefix, [&](const std::string& path) {
    FsResult<Handle> handle = Open(At(path, directory.base), intent);
    if (handle.ok()) made = std::move(*handle);
    return handle.status();
  });
  if (!status.ok()) return status;
  return FsResult<Handle>(std::move(made));
}

FsResult<std::string> GuardedFs::CreateTempDirectory(
    const At& directory, absl::string_view prefix) const {
  std::string made;
  FsStatus status = MakeTemp(directory, prefix, [&](const std::string& path) {
    made = path;
    return Mkdir(At(path, directory.base), 0700);
  });
  if (!status.ok()) return status;
  return made;
}

}  // namespace fs
}  // namespace postern
