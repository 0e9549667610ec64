#include "bindings/cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/write_file.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
absl::Status Output::Flush() {
  const int error = status_.ok() ? WriteAll(fd_, collected_) : 0;
  collected_.clear();
  if (error != 0) {
    status_ = absl::UnavailableError(
        absl::StrCat("cannot write to standard output: ",
                     absl::AsciiStrToLower(std::strerror(error)),
                     "; give it a file, a pipe or a terminal that is open"));
  }
  return status_;
}

void PrintError(absl::string_view message) {
  // Most of it is escaped already: backslashes stay as they are.
  WriteAll(STDERR_FILENO,
           absl::StrCat("postern: ", EscapeAllBut("\\", message), "\n"));
}

std::string EscapeAllBut(absl::string_view kept, absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(kept), text.size());
    absl::StrAppend(&out, internal::EscapeForDisplay(text.substr(0, end)),
                    text.substr(end, 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace cli
}  // namespace postern
