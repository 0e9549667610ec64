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
  // A space is padding at the ends of the whole, not of a piece: there it has a
  // neighbour for as long as it is escaped.
  std::string out;
  for (size_t at = 0, end; at < text.size(); at = end + 1) {
    end = std::min(text.find_first_of(kept, at), text.size());
    const absl::string_view before = at == 0 ? "" : "x";
    const absl::string_view after = end == text.size() ? "" : "x";
    const std::string escaped = internal::EscapeForDisplay(
        absl::StrCat(before, text.substr(at, end - at), after));
    out.append(escaped, before.size(),
               escaped.size() - before.size() - after.size());
    absl::StrAppend(&out, text.substr(end, 1));
  }
  return out;
}

}  // namespace cli
}  // namespace postern
