#ifndef POSTERN_BINDINGS_PYTHON_GUEST_H_
#define POSTERN_BINDINGS_PYTHON_GUEST_H_

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "bindings/c/postern.h"

namespace postern {
namespace python {

// What stands for a home that is not told, as Debian has it for nobody: else
// the interpreter's library asks who the user is when it looks for "~".
constexpr char kNoHome[] = "HOME=/nonexistent";

// Who the code in this interpreter is, and what acts for it. Made by the host
// before the interpreter, and there until the process ends: the interpreter's
// own functions have no place for a pointer to it, so there is one for each
// process (docs/python.md#one-guest-a-process).
struct Guest {
  postern_context* context = nullptr;
  postern_files* files = nullptr;
  postern_network* network = nullptr;
  postern_commands* commands = nullptr;
  // A launcher started this process, so the kernel holds it and what it starts.
  bool confined = false;
  // Errors name the rule that denied.
  bool names_rules = true;
  // Rights were given up that the kernel still leaves to programs that would be
  // started from now on.
  std::atomic<bool> wider_in_kernel{false};
  // NAME=value as the process was started with, without what env.read denies.
  std::vector<std::string> environment;
  // Which names this guest was told an address of, by address: to connect to it
  // is decided as connecting to such a name, too. Under the interpreter's lock.
  std::map<std::string, std::vector<std::string>> names_of_addresses;
  // Takes what may not be read any more out of the environment, and out of the
  // interpreter's copy. False with an error of Python's set.
  bool (*forget_variables)() = nullptr;
  // Functions of the interpreter that are refused as nobody knows them.
  std::vector<std::string> (*names_without_row)() = nullptr;
  // Descriptors that were open before the guest: the library acts through some,
  // so that a guest closes and replaces none of them. Sorted.
  std::vector<int> own_descriptors;
  // The globals of the prelude, a dictionary of Python's.
  void* prelude = nullptr;
  // The code of types.coroutine().
  const void* coroutine_maker = nullptr;
  // Where the interpreter's own extension modules lie, with a slash behind.
  std::string own_modules;
};

// Null in a program that embeds no guest (`import postern` in an ordinary
// interpreter).
Guest* TheGuest();
void SetGuest(Guest* guest);

// Whether the descriptor is the host's, and not the guest's to use.
bool IsOwnDescriptor(int descriptor);

// env.read of a variable, as it would be decided now.
bool MayReadVariable(const postern_context* context, const std::string& name);

// An error that a call fills in; "no memory" is told like "no error wanted".
class Error {
 public:
  Error() : error_(postern_error_new()) {}
  ~Error() { postern_error_free(error_); }
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  postern_error* get() const { return error_; }
  std::string message() const;

 private:
  postern_error* const error_;
};

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_GUEST_H_
