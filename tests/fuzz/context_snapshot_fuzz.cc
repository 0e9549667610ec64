// A sealed file, or a pipe, that says it is a snapshot: taken up, or refused.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "permission/proto/context_snapshot.h"
#include "tests/fuzz/require.h"

namespace {

// A pipe with the mark of ours and this content, whose number may be wrong.
void TakeUpFromPipe(const std::string& bytes) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  const postern::fs::FileDescriptor reading(ends[0]);
  const ssize_t written = write(ends[1], bytes.data(), bytes.size());
  close(ends[1]);
  if (written != static_cast<ssize_t>(bytes.size()) ||
      fcntl(reading.get(), F_SETFL, O_DIRECT | O_NONBLOCK) != 0) {
    return;
  }
  const auto taken = postern::TakeUpSnapshot(reading.get());
  postern::Require(!taken.ok() || taken->context != nullptr,
                   "there is a context");
  postern::Require(!postern::TakeUpSnapshot(reading.get()).ok(),
                   "it is taken up once");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes = absl::StrCat(
      "postern snapshot\n",
      absl::string_view(reinterpret_cast<const char*>(data), size));
  TakeUpFromPipe(bytes);
  const postern::fs::FileDescriptor fd(
      memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid() || write(fd.get(), bytes.data(), bytes.size()) !=
                         static_cast<ssize_t>(bytes.size())) {
    return 0;
  }
  const auto open_file = postern::TakeUpSnapshot(fd.get());
  postern::Require(!open_file.ok(), "what may change is no snapshot");
  if (fcntl(fd.get(), F_ADD_SEALS,
            F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    return 0;
  }
  const auto taken = postern::TakeUpSnapshot(fd.get());
  postern::Require(!taken.ok() || taken->context != nullptr,
                   "there is a context");
  return 0;
}
