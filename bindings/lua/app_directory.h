#ifndef POSTERN_BINDINGS_LUA_APP_DIRECTORY_H_
#define POSTERN_BINDINGS_LUA_APP_DIRECTORY_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace lua {

// The files of an app. Reads regular files beneath one directory and follows
// no link, so that no name leads out of it. Move-only; owns a descriptor.
class AppDirectory {
 public:
  // Links in `path` itself are followed: the host named it.
  static absl::StatusOr<AppDirectory> Open(const std::string& path);
  // Takes over an open directory.
  static AppDirectory FromDescriptor(int fd) { return AppDirectory(fd); }
  AppDirectory(AppDirectory&& other) noexcept : fd_(other.Release()) {}
  AppDirectory& operator=(AppDirectory&& other) noexcept;
  AppDirectory(const AppDirectory&) = delete;
  AppDirectory& operator=(const AppDirectory&) = delete;
  ~AppDirectory();

  // The bytes of `name`: components joined by "/", none of them "", "." or
  // "..". NotFound if there is no such file, FailedPrecondition for a link or
  // for anything but a regular file, ResourceExhausted beyond `max_bytes`.
  absl::StatusOr<std::string> Read(absl::string_view name,
                                   size_t max_bytes) const;

  int fd() const { return fd_; }

 private:
  explicit AppDirectory(int fd) : fd_(fd) {}
  int Release();

  int fd_;
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_APP_DIRECTORY_H_
