#ifndef POSTERN_PERMISSION_INTERNAL_KNOWN_PROGRAMS_H_
#define POSTERN_PERMISSION_INTERNAL_KNOWN_PROGRAMS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/command_pattern.h"
#include "permission/internal/trial_budget.h"

namespace postern {
namespace internal {

// What is known of a program that a call may start. Hints for people: a program
// that is not in the table is not known, which is not "harmless".
struct ProgramTraits {
  // Runs what its arguments say: a shell, an interpreter, one that starts
  // others.
  bool interpreter = false;
  // Runs what the folder says that it works in, or configuration there.
  bool obeys_folder = false;
  // Takes names of files, to read or write or run, by options or operands that
  // are no paths: --files0-from=FILE, @FILE, of=FILE.
  bool names_files = false;

  bool any() const { return interpreter || obeys_folder || names_files; }
};

// Of the program that `name` is the name or path of, whatever its version or
// variant: "python3.11", "/bin/bash-static", "perl5.36-x86_64-linux-gnu".
ProgramTraits TraitsOfProgram(absl::string_view name);

// What may be said of a call that a pattern matches, from what the compiled
// pattern matches and not from how it is spelled: every name of the table is
// tried, and text that nobody would list.
struct CallTraits {
  // Of the programs that its first argument (of run_in() its second) may name.
  // Of a pattern for any word it is an interpreter, if the function looks as if
  // it ran programs ("run", "exec"). names_files only if options are admitted.
  ProgramTraits program;
  bool any_argument = false;  // one argument, or the rest, may be anything
  bool unlimited = false;     // no argument is limited
  // An argument that is judged as a path may be "of=x" or "@x".
  bool operand = false;
};

// Of the programs that a pattern for commands may start. Of a wildcard they are
// interpreters; with "through:" what these start is decided as well.
ProgramTraits TraitsOfCommand(const CommandPattern& pattern,
                              absl::string_view base_directory,
                              TrialBudget* budget);

// For people, in warnings and reviews.
constexpr char kInterpreterText[] =
    "may start a program that runs whatever its arguments say";
constexpr char kObeysFolderText[] =
    "may start a program that runs what the folder that it works in, or "
    "configuration there, says";
constexpr char kNamesFilesText[] =
    "may start a program that takes names of files by options or operands that "
    "are no paths, as --files0-from=FILE, @FILE or of=FILE";
constexpr char kOperandText[] =
    "text such as of=FILE or @FILE counts as a name in the base directory, and "
    "a program may read it otherwise";

// Where the budget has no more, it says of a pattern what could be worst.
CallTraits TraitsOfCall(const CallPattern& pattern,
                        absl::string_view base_directory, TrialBudget* budget);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_KNOWN_PROGRAMS_H_
