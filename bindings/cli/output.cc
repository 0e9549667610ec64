#include "bindings/cli/output.h"

#include <errno.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// 0, or errno.
int WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return 0;
}

void AppendHex(unsigned char byte, std::string* out) {
  absl::StrAppend(out, "\\x", absl::Hex(byte, absl::kZeroPad2));
}

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }

}  // namespace

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
  std::vector<std::string> parts = absl::StrSplit(message, '\\');
  for (std::string& part : parts) part = internal::EscapeForDisplay(part);
  WriteAll(STDERR_FILENO,
           absl::StrCat("postern: ", absl::StrJoin(parts, "\\"), "\n"));
}

std::string WithoutTerminalControls(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    const unsigned char before =
        i == 0 ? 0 : static_cast<unsigned char>(text[i - 1]);
    // U+0080 to U+009F, and the bare bytes: terminals differ.
    const bool c1 = c >= 0x80 && c < 0xa0 && (before == 0xc2 || before < 0x80);
    if (c1 || (IsControl(c) && c != '\n' && c != '\t')) {
      AppendHex(c, &out);
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace cli
}  // namespace postern
