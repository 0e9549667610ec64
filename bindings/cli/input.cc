#include "bindings/cli/input.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "permission/proto/form.h"

namespace postern {
namespace cli {
namespace {

absl::StatusOr<Input> ReadAllStandardInput(size_t max_bytes) {
  Input input{"standard input", "", /*is_standard=*/true};
  char buffer[1 << 16];
  for (;;) {
    const absl::StatusOr<size_t> got =
        ReadStandardInput(buffer, sizeof(buffer));
    if (!got.ok()) return got.status();
    if (*got == 0) return input;
    input.bytes.append(buffer, *got);
    if (input.bytes.size() > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "standard input: more than the expected ", max_bytes, " bytes"));
    }
  }
}

}  // namespace

absl::StatusOr<size_t> ReadStandardInput(char* buffer, size_t size) {
  ssize_t got;
  do {
    got = read(STDIN_FILENO, buffer, size);
  } while (got < 0 && errno == EINTR);
  if (got >= 0) return static_cast<size_t>(got);
  return absl::FailedPreconditionError(
      absl::StrCat("standard input: cannot read: ",
                   absl::AsciiStrToLower(std::strerror(errno))));
}

absl::Status CheckStandardInputOnce(const std::vector<std::string>& paths) {
  if (std::count(paths.begin(), paths.end(), "-") < 2) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "\"-\" is named twice, expected it once: standard input is read once");
}

absl::StatusOr<Input> ReadInput(const std::string& path, size_t max_bytes) {
  if (path == "-") return ReadAllStandardInput(max_bytes);
  absl::StatusOr<std::string> bytes = ReadRegularFile(path, max_bytes);
  if (!bytes.ok()) return bytes.status();
  return Input{path, *std::move(bytes), /*is_standard=*/false};
}

}  // namespace cli
}  // namespace postern
