#ifndef POSTERN_BINDINGS_CLI_INPUT_H_
#define POSTERN_BINDINGS_CLI_INPUT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace postern {
namespace cli {

// What a command reads.
struct Input {
  std::string name;  // for messages: the path, or "standard input"
  std::string bytes;
  bool is_standard = false;
};

// InvalidArgument if "-" is named twice: the second one would find nothing
// left.
absl::Status CheckStandardInputOnce(const std::vector<std::string>& paths);

// A regular file, or all of standard input for "-". Refuses more than
// `max_bytes` (ResourceExhausted).
absl::StatusOr<Input> ReadInput(const std::string& path, size_t max_bytes);

// One read(2) of standard input: how many bytes came, 0 at its end.
absl::StatusOr<size_t> ReadStandardInput(char* buffer, size_t size);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_INPUT_H_
