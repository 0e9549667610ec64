#ifndef POSTERN_BINDINGS_PYTHON_NAMES_H_
#define POSTERN_BINDINGS_PYTHON_NAMES_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// Names of files as Python code gives them: str, bytes, os.PathLike, or a
// descriptor. Code of the guest (__fspath__, __index__) runs once, while a name
// is read; from then on there is one copy of the bytes.

struct Name {
  std::string path;     // absolute; empty for a descriptor
  int descriptor = -1;  // or none
  Ref given;            // str or bytes, as errors show it
  bool bytes = false;   // what is returned is bytes then
};

enum class Takes { kPath, kPathOrDescriptor };

// Reads a name; relative ones start in the directory `dir_fd`, which may be
// null or None, else in the working directory. False with the error set:
// TypeError, ValueError for NUL, UnicodeEncodeError, or OSError.
bool ReadName(PyObject* given, Takes takes, PyObject* dir_fd, Name* name);

// The name that a descriptor was opened by, as it is now; false with EBADF,
// ENOENT or EACCES set where there is none (pipes, sockets, deleted files).
bool NameOfDescriptor(int descriptor, PyObject* given, std::string* path);

// A number that Python code gave (__index__), once. False with the error set.
bool ReadDescriptor(PyObject* given, int* descriptor);
bool ReadUint32(PyObject* given, uint32_t* number);
// `given` may be null: then `*flag` stays.
bool ReadFlag(PyObject* given, bool* flag);

// Runs a guarded operation without the interpreter's lock. Null with the error
// set if it did not end well, else None.
PyObject* Act(const char* permission, PyObject* resource, PyObject* other,
              absl::FunctionRef<postern_status(postern_error*)> operation);

// The same for what writes to the file of this name, or about it.
using FileOperation = absl::FunctionRef<postern_status(
    const postern_files*, const char*, size_t, postern_error*)>;
PyObject* Change(const Name& name, FileOperation operation);

// str or bytes, as the name was given.
PyObject* LikeName(const Name& name, absl::string_view bytes);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_NAMES_H_
