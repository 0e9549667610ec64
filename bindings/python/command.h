#ifndef POSTERN_BINDINGS_PYTHON_COMMAND_H_
#define POSTERN_BINDINGS_PYTHON_COMMAND_H_

#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// A program that a guest wants to start, and what may be started of it.
struct Request {
  std::string program;
  std::vector<std::string> arguments;    // behind its own name
  std::vector<std::string> environment;  // NAME=value, all of it
  std::string directory;                 // "" = where the guest is
};

// Decided and opened; execute it by `program`.
class Command {
 public:
  Command() = default;
  ~Command() { postern_command_free(command_); }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // False with the error set. Of several names the first that may be started
  // is taken (execvp(3)).
  bool Prepare(const std::vector<std::string>& names, const Request& request,
               PyObject* resource);

  // Names of its descriptors, which this process holds until it goes:
  // "/proc/PID/fd/N", so that no descriptor reaches the program.
  std::string Program() const;
  std::string Directory() const;  // "" = none
  std::vector<std::string> Arguments() const;
  // What it inherits of `wanted`.
  std::vector<std::string> Environment(
      const std::vector<std::string>& wanted) const;

 private:
  postern_command* command_ = nullptr;
};

// Bytes of str, bytes or os.PathLike, one for each item. False with the error
// set.
bool ReadStrings(PyObject* sequence, std::vector<std::string>* out);
// A tuple of bytes.
PyObject* BytesTuple(const std::vector<std::string>& items);
// A mapping of names to values, as NAME=value; null or None is the process's
// own environment.
bool ReadEnvironment(PyObject* mapping, std::vector<std::string>* out);
std::vector<std::string> OwnEnvironment();

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_COMMAND_H_
