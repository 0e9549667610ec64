#ifndef POSTERN_FS_BASE_FILE_DESCRIPTOR_H_
#define POSTERN_FS_BASE_FILE_DESCRIPTOR_H_

#include <errno.h>
#include <unistd.h>

#include <utility>

namespace postern {
namespace fs {

// Owns a descriptor of a file or socket, and closes it. Move-only; -1 is none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = other.Release();
    }
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { Close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // The caller closes it.
  int Release() { return std::exchange(fd_, -1); }

 private:
  // close(2): on Linux the descriptor is gone whatever it returns.
  void Close() {
    if (fd_ >= 0) close(fd_);
  }

  int fd_ = -1;
};

// Whether the system ran out of descriptors or memory. Such an error says
// nothing about the name that was looked up: the call may succeed later.
inline bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_BASE_FILE_DESCRIPTOR_H_
