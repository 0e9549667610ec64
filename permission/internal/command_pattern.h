#ifndef POSTERN_PERMISSION_INTERNAL_COMMAND_PATTERN_H_
#define POSTERN_PERMISSION_INTERNAL_COMMAND_PATTERN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/regex.h"

namespace postern {
namespace internal {

// The program of a command that is asked for. A view.
struct GivenProgram {
  absl::string_view name;                    // its last component
  const fs::PathComponents* path = nullptr;  // null: it is a bare name
};

// A pattern for commands: the program, and its arguments.
struct CommandPattern {
  std::string name;  // the program by its bare name, as written; "" = none
  // The policy was bound, and `programs` are those that `name` led to.
  bool name_is_bound = false;
  bool any_program = false;  // "*"
  // What the command starts in turn is decided as well.
  bool through = false;
  std::vector<fs::PathPattern> programs;  // alternatives; no subtree if literal
  std::shared_ptr<const ArgumentsPattern> arguments;

  // Of a bare name it is not known which file it will be, and of a name in a
  // policy that is not bound neither.
  Match MatchesProgram(const GivenProgram& given) const;
  // Of the whole command. A pattern with `through` is not known to match unless
  // what is started is decided as well (Access::Through()).
  Match Matches(const GivenProgram& given, const GivenArguments& args,
                bool is_through, absl::string_view base_directory) const;
  // It matches no program: the links of all its names led elsewhere before.
  bool MatchesNothing() const {
    return !any_program && name.empty() && programs.empty();
  }
};

// The program's last component if the pattern is for no other; else "".
std::string ProgramNameIn(const fs::PathPattern& program);

// One program before a pattern for several, of these the one that begins with
// more literal bytes first, "*" last.
uint32_t RankOfProgram(const fs::PathPattern& program);

// Reads `PROGRAM ARG...` with one space before each argument; "\ " is a space
// in a pattern, "\"\"" an argument without text. "through:" may stand in front.
// As many arguments as patterns, unless the last is "**". InvalidArgument with
// the column and what was expected.
absl::StatusOr<CommandPattern> ParseCommandPattern(
    absl::string_view text, const fs::PathPatternOptions& options);

// Whether a bare name of a program, not empty, means itself in a pattern.
bool IsPlainProgramName(absl::string_view name);

// The words of a command pattern, escapes and all, without "through:". For
// reports on a text that ParseCommandPattern() takes.
std::vector<std::string> WordsOfCommand(absl::string_view text);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_COMMAND_PATTERN_H_
