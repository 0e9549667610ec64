#ifndef POSTERN_BINDINGS_PYTHON_INTERPRETER_H_
#define POSTERN_BINDINGS_PYTHON_INTERPRETER_H_

#include <string>
#include <vector>

#include "bindings/python/guest.h"

namespace postern {
namespace python {

// Runs a script as the code of `guest`, in the one interpreter of the process:
// isolated (no site, no user's folders, no PYTHON... variables, no .pyc files
// written), with every operation guarded before the first line of the script.
// `words` are the script and its arguments; `program` is sys.executable. The
// result is the exit status. To be called once, from the main thread, before
// there are others; an error of the start itself is printed, and is 125.
int RunScript(Guest* guest, const std::string& program,
              const std::vector<std::string>& words);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_INTERPRETER_H_
