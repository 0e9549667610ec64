#include "permission/proto/sealed_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace internal {
namespace {

constexpr absl::string_view kMagic = "postern snapshot\n";
// In a pipe their number follows, which no part of them has.
constexpr size_t kPipeHeader = kMagic.size() + sizeof(uint64_t);
constexpr int kEverySeal =
    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr int kPipeFlags = O_DIRECT | O_NONBLOCK;
constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr int kFirstPipe = 3;

absl::Status Errno(absl::string_view what) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, ": ", strerror(errno)));
}

// 0, or an errno.
int WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

absl::StatusOr<fs::FileDescriptor> SealIn(fs::FileDescriptor file,
                                          absl::string_view bytes) {
  errno = WriteAll(file.get(), kMagic);
  if (errno == 0) errno = WriteAll(file.get(), bytes);
  if (errno != 0) return Errno("write a memory file");
  if (fcntl(file.get(), F_ADD_SEALS, kEverySeal) != 0) {
    return Errno("seal a memory file");
  }
  return file;
}

// Reads on until nothing is left; of a pipe, until nobody writes any more.
// `read_on(buffer, size, so_far)` is as read(2), with how much was read before.
absl::StatusOr<std::string> ReadToEnd(
    absl::FunctionRef<ssize_t(char*, size_t, size_t)> read_on) {
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = read_on(buffer, sizeof(buffer), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      return absl::FailedPreconditionError(
          "somebody can still write to the pipe of the snapshot");
    }
    if (n < 0) return Errno("read the snapshot");
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(n));
    if (bytes.size() > kMaxBytes) {
      return absl::InvalidArgumentError("the snapshot is too large");
    }
  }
}

// ---- Pipes ----
absl::Status TooLarge(size_t size) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "the rules take ", size, " bytes to hand on, more than a pipe of this ",
      "process holds (/proc/sys/fs/pipe-max-size), and it may make no memory "
      "files"));
}

bool IsMarkedPipe(int fd, int flags) {
  struct stat status;
  return fd >= kFirstPipe &&
         (flags & (kPipeFlags | O_ACCMODE)) == (kPipeFlags | O_RDONLY) &&
         fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

absl::StatusOr<std::string> ReadPipe(int fd) {
  absl::StatusOr<std::string> bytes = ReadToEnd(
      [fd](char* to, size_t size, size_t) { return read(fd, to, size); });
  if (!bytes.ok()) return bytes;
  if (bytes->empty()) {
    return absl::FailedPreconditionError(
        "the snapshot was taken up before: one in a pipe is taken up once");
  }
  uint64_t size = 0;
  if (bytes->size() >= kPipeHeader) {
    memcpy(&size, bytes->data() + kMagic.size(), sizeof(size));
  }
  if (bytes->size() < kPipeHeader || size != bytes->size() - kPipeHeader ||
      bytes->compare(0, kMagic.size(), kMagic.data(), kMagic.size()) != 0) {
    return absl::InvalidArgumentError(
        "expected a whole snapshot in the pipe, and nothing else");
  }
  return bytes->substr(kPipeHeader);
}

// ---- Memory files ----
bool IsSealedFile(int fd) {
  const int seals = fcntl(fd, F_GET_SEALS);
  char buffer[kMagic.size()];
  return seals >= 0 && (seals & kEverySeal) == kEverySeal &&
         pread(fd, buffer, sizeof(buffer), 0) ==
             static_cast<ssize_t>(sizeof(buffer)) &&
         absl::string_view(buffer, sizeof(buffer)) == kMagic;
}

// Without moving the file's offset, which whoever shares it may use.
absl::StatusOr<std::string> ReadFile(int fd) {
  return ReadToEnd([fd](char* to, size_t size, size_t so_far) {
    return pread(fd, to, size, static_cast<off_t>(kMagic.size() + so_far));
  });
}

// ---- Either ----
enum class Store { kNone, kPipe, kFile };

// One system call for a number that is closed, as most are that are asked for.
Store StoreOf(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return Store::kNone;
  if (IsMarkedPipe(fd, flags)) return Store::kPipe;
  return IsSealedFile(fd) ? Store::kFile : Store::kNone;
}

}  // namespace

absl::StatusOr<fs::FileDescriptor> SealBytes(absl::string_view bytes) {
  if (bytes.size() > kMaxBytes) {
    return absl::ResourceExhaustedError("the rules are too many to hand on");
  }
  fs::FileDescriptor file(
      memfd_create("postern", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file.valid()) return SealIn(std::move(file), bytes);
  // Refused to a process that is confined.
  if (errno == EPERM || errno == ENOSYS) return SealBytesInPipe(bytes);
  return absl::ErrnoToStatus(errno, "cannot make a memory file");
}

absl::StatusOr<fs::FileDescriptor> SealBytesInPipe(absl::string_view bytes) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a pipe");
  }
  fs::FileDescriptor reading(ends[0]);
  const fs::FileDescriptor writing(ends[1]);
  if (fcntl(reading.get(), F_SETFL, kPipeFlags) != 0)
    return Errno("mark a pipe");
  const uint64_t number = bytes.size();
  std::string content(kMagic);
  content.append(reinterpret_cast<const char*>(&number), sizeof(number));
  absl::StrAppend(&content, bytes);
  const int capacity = fcntl(writing.get(), F_GETPIPE_SZ);
  if (capacity < 0 || content.size() > static_cast<size_t>(capacity)) {
    // If that is refused, not all can be written.
    static_cast<void>(fcntl(writing.get(), F_SETPIPE_SZ, content.size()));
  }
  errno = WriteAll(writing.get(), content);
  if (errno == EAGAIN) return TooLarge(content.size());
  if (errno != 0) return Errno("write a pipe");
  return reading;
}

bool HoldsSealedBytes(int fd) { return StoreOf(fd) != Store::kNone; }

absl::StatusOr<std::string> ReadSealedBytes(int fd) {
  switch (StoreOf(fd)) {
    case Store::kPipe:
      return ReadPipe(fd);
    case Store::kFile:
      return ReadFile(fd);
    case Store::kNone:
      break;
  }
  return absl::InvalidArgumentError("expected a sealed snapshot");
}

}  // namespace internal
}  // namespace postern
