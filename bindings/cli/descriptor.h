#ifndef POSTERN_BINDINGS_CLI_DESCRIPTOR_H_
#define POSTERN_BINDINGS_CLI_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace postern {
namespace cli {

// An open descriptor of ours.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_DESCRIPTOR_H_
