#ifndef POSTERN_PROCESS_PROGRAM_FILE_H_
#define POSTERN_PROCESS_PROGRAM_FILE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace process {

// What an opened file is to execve(2).
struct ProgramFile {
  enum class Kind {
    kUnreadable,  // `error` says why
    kBinary,      // ELF
    kScript,      // "#!": the kernel starts `interpreter`
    // The dynamic loader, or another shared object: started by its name it runs
    // whatever program its arguments name (ld.so(8)).
    kLoader,
    kOther,  // left to binfmt_misc, or ENOEXEC
  };
  Kind kind = Kind::kUnreadable;
  int error = 0;
  // Of a script: as written, with all that follows it as one argument or none
  // (execve(2), "Interpreter scripts").
  std::string interpreter;
  bool has_argument = false;
  std::string argument;
  // Of a dynamic binary: the loader that the kernel starts with it, as written
  // (elf(5), PT_INTERP).
  std::string loader;
};

// Looks at the first page of `fd`, open for reading, and for ELF at its
// headers. Reads by pread(2); allocates.
ProgramFile InspectProgram(int fd);

// What the line that begins a script says; kOther if it names nothing.
ProgramFile ReadScriptLine(absl::string_view head);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_PROGRAM_FILE_H_
