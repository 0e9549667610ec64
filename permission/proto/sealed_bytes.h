#ifndef POSTERN_PERMISSION_PROTO_SEALED_BYTES_H_
#define POSTERN_PERMISSION_PROTO_SEALED_BYTES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace internal {

// Bytes for a program that is started, in a descriptor that it inherits. Who
// reads them gets what was written, whole, and nobody can change it meanwhile:
//
// - a memory file with all seals (memfd_create(2)), read any number of times;
// - where this process may make none, as one that is confined: a pipe whose
//   writing end was closed. What is read counts only if an end of file follows,
//   for then nobody is left who writes. It is read once. A program that had it
//   before can fill it anew (/proc/self/fd): it is as true as who hands it on.
//   Both of the reading end's flags O_DIRECT and O_NONBLOCK mark such a pipe:
//   who feeds a program data, by a shell's pipes, cannot set them.

// ResourceExhausted for more than 256 MiB, or than a pipe of this process may
// hold (pipe(7): 64 KiB, more as far as /proc/sys/fs/pipe-max-size).
absl::StatusOr<fs::FileDescriptor> SealBytes(absl::string_view bytes);

// The same, never in a memory file.
absl::StatusOr<fs::FileDescriptor> SealBytesInPipe(absl::string_view bytes);

// Whether a descriptor is what SealBytes() makes. What a pipe holds, if
// anything still, is not looked at; of 0 to 2 none is one.
bool HoldsSealedBytes(int fd);

// InvalidArgument for what SealBytes() did not make, and for a part of it.
// FailedPrecondition for a pipe that was read before, or that somebody can
// still write to.
absl::StatusOr<std::string> ReadSealedBytes(int fd);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_SEALED_BYTES_H_
