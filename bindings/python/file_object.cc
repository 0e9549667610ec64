#include "bindings/python/file_object.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/replace.h"

namespace postern {
namespace python {
namespace {

// Forced by the runtime, as the table of replace.cc is.
initproc original_init = nullptr;

struct Wanted {
  PyObject* file;
  PyObject* mode = nullptr;
  int close_fd = 1;
  PyObject* opener = Py_None;
  int flags = 0;
};

// Flags of open(2) for "r", "xb", "a+": what FileIO takes, and no other.
bool ReadMode(const char* mode, int* flags) {
  int kinds = 0, plus = 0;
  for (const char* c = mode; *c != '\0'; ++c) {
    switch (*c) {
      case 'r':
        ++kinds;
        break;
      case 'w':
        ++kinds;
        *flags |= O_CREAT | O_TRUNC;
        break;
      case 'x':
        ++kinds;
        *flags |= O_CREAT | O_EXCL;
        break;
      case 'a':
        ++kinds;
        *flags |= O_CREAT | O_APPEND;
        break;
      case '+':
        ++plus;
        break;
      case 'b':
        break;
      default:
        PyErr_Format(PyExc_ValueError, "invalid mode: %.200s", mode);
        return false;
    }
  }
  if (kinds != 1 || plus > 1) {
    PyErr_SetString(PyExc_ValueError,
                    "Must have exactly one of create/read/write/append mode "
                    "and at most one plus");
    return false;
  }
  *flags |= plus == 1                      ? O_RDWR
            : strchr(mode, 'r') != nullptr ? O_RDONLY
                                           : O_WRONLY;
  return true;
}

// From the guest's own opener, or a guarded file.
int OpenFile(const Wanted& wanted) {
  if (wanted.opener != Py_None) {
    const Ref fd(PyObject_CallFunction(wanted.opener, "Oi", wanted.file,
                                       wanted.flags | O_CLOEXEC));
    int descriptor = -1;
    if (!fd || !ReadDescriptor(fd.get(), &descriptor)) return -1;
    (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
  }
  Name name;
  if (!ReadName(wanted.file, Takes::kPath, nullptr, &name)) return -1;
  return OpenGuarded(name, wanted.flags, 0666);
}

int InitBy(PyObject* self, int fd, const Wanted& wanted) {
  const Ref args(Py_BuildValue("(iOO)", fd, wanted.mode,
                               wanted.close_fd != 0 ? Py_True : Py_False));
  return args ? original_init(self, args.get(), nullptr) : -1;
}

int InitByName(PyObject* self, const Wanted& wanted) {
  if (wanted.close_fd == 0) {
    PyErr_SetString(PyExc_ValueError,
                    "Cannot use closefd=False with file name");
    return -1;
  }
  const int fd = OpenFile(wanted);
  if (fd < 0) return -1;
  if (InitBy(self, fd, wanted) != 0) {
    close(fd);
    return -1;
  }
  return PyObject_SetAttrString(self, "name", wanted.file);
}

int Init(PyObject* self, PyObject* args, PyObject* keywords) {
  static const char* const kNames[] = {"file", "mode", "closefd", "opener",
                                       nullptr};
  Wanted wanted = {};
  const char* mode = "r";
  wanted.close_fd = 1;
  wanted.opener = Py_None;
  if (PyArg_ParseTupleAndKeywords(
          args, keywords, "O|siO:FileIO", const_cast<char**>(kNames),
          &wanted.file, &mode, &wanted.close_fd, &wanted.opener) == 0) {
    return -1;
  }
  const Ref mode_text(PyUnicode_FromString(mode));
  wanted.mode = mode_text.get();
  if (!mode_text || !ReadMode(mode, &wanted.flags)) return -1;
  if (PyIndex_Check(wanted.file) == 0) return InitByName(self, wanted);
  const Ref number(PyNumber_Index(wanted.file));
  int fd = number ? _PyLong_AsInt(number.get()) : -1;
  if (PyErr_Occurred() != nullptr) return -1;
  if (IsOwnDescriptor(fd)) {
    errno = EBADF;
    PyErr_SetFromErrno(PyExc_OSError);
    return -1;
  }
  if (fd >= 0) return InitBy(self, fd, wanted);
  PyErr_SetString(PyExc_ValueError, "negative file descriptor");
  return -1;
}

}  // namespace

bool GuardFileObjects(PyTypeObject* file_io) {
  return ReplaceInit(file_io, &Init, &original_init);
}

}  // namespace python
}  // namespace postern
