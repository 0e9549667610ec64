#ifndef POSTERN_PERMISSION_PROTO_FORM_H_
#define POSTERN_PERMISSION_PROTO_FORM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {

// How a policy or a manifest is written down.
enum class FileForm : uint8_t { kText, kJson, kBinary };

// How much of a file is read; whatever is larger is refused.
struct ReadLimits {
  size_t max_bytes = size_t{64} << 20;  // at most 2 GiB - 1 is honoured
  size_t max_rules = 3'999'999;         // rules, or requests of a manifest
};

// The form that a file's name promises: ".textproto", ".txtpb" and ".policy"
// are text, ".json" JSON, ".binpb" binary. InvalidArgument for others.
absl::StatusOr<FileForm> DetectForm(absl::string_view file_name);

// The bytes of a regular file; links are followed. A FIFO, a device or a
// directory is refused (FailedPrecondition) without being opened, and a file of
// more than `max_bytes` (ResourceExhausted) without being read.
absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t max_bytes);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_FORM_H_
