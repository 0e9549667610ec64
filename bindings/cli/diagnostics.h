#ifndef POSTERN_BINDINGS_CLI_DIAGNOSTICS_H_
#define POSTERN_BINDINGS_CLI_DIAGNOSTICS_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace postern {
namespace cli {

// Lines on standard error that hold nobody up: one that there is no room for is
// left out, which the next one tells. Not thread-safe.
class Diagnostics {
 public:
  // `fd` is written to. `program` is what the lines of the program begin with,
  // plain text of ours.
  Diagnostics(int fd, std::string program)
      : fd_(fd), program_(std::move(program)) {}

  // A line "postern: TEXT", as PrintError() has it. After the first 100 one
  // that says so, and no more.
  void Note(absl::string_view text);
  // What the program wrote to its standard error, in any pieces: lines
  // "PROGRAM| TEXT" of at most 600 bytes each, escaped but for the blanks that
  // a line begins with.
  void FromProgram(absl::string_view bytes);
  // Writes a line that the program did not end.
  void ProgramEnded();

 private:
  bool HasRoom() const;
  void Write(absl::string_view line);
  void WriteProgramLine();

  const int fd_;
  const std::string program_;
  std::string part_;  // of the program's line
  size_t notes_ = 0;
  size_t left_out_ = 0;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_DIAGNOSTICS_H_
