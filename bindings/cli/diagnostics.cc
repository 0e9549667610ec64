#include "bindings/cli/diagnostics.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "bindings/cli/output.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

constexpr size_t kMostNotes = 100;
// Escaped, each is at most six, and the line goes into a pipe as one.
constexpr size_t kLineBytes = 600;
// More could move text to where the terminal's next line begins.
constexpr size_t kIndentation = 40;

}  // namespace

// As much as PIPE_BUF bytes go into a pipe that has any room (pipe(7)).
bool Diagnostics::HasRoom() const {
  pollfd watched = {fd_, POLLOUT, 0};
  return poll(&watched, 1, 0) == 1 && watched.revents == POLLOUT;
}

void Diagnostics::Write(absl::string_view line) {
  if (left_out_ > 0 && HasRoom()) {
    const std::string told =
        absl::StrCat("postern: ", left_out_, " lines were left out here\n");
    if (write(fd_, told.data(), told.size()) > 0) left_out_ = 0;
  }
  line = line.substr(0, PIPE_BUF);
  if (left_out_ > 0 || !HasRoom() || write(fd_, line.data(), line.size()) < 0) {
    ++left_out_;
  }
}

void Diagnostics::Note(absl::string_view text) {
  if (++notes_ > kMostNotes + 1) return;
  Write(absl::StrCat("postern: ",
                     notes_ <= kMostNotes ? EscapeAllBut("\\", text)
                                          : "no more of these notes",
                     "\n"));
}

void Diagnostics::FromProgram(absl::string_view bytes) {
  while (!bytes.empty()) {
    const absl::string_view piece = bytes.substr(0, kLineBytes - part_.size());
    const size_t end = std::min(piece.find('\n'), piece.size());
    absl::StrAppend(&part_, piece.substr(0, end));
    const bool ended = end < piece.size();
    bytes.remove_prefix(end + (ended ? 1 : 0));
    if (ended || part_.size() == kLineBytes) WriteProgramLine();
  }
}

void Diagnostics::ProgramEnded() {
  if (!part_.empty()) WriteProgramLine();
}

void Diagnostics::WriteProgramLine() {
  const size_t blanks =
      std::min({part_.find_first_not_of(' '), part_.size(), kIndentation});
  Write(absl::StrCat(
      program_, "| ", part_.substr(0, blanks),
      internal::EscapeForDisplay(absl::string_view(part_).substr(blanks)),
      "\n"));
  part_.clear();
}

}  // namespace cli
}  // namespace postern
