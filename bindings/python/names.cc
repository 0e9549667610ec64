#include "bindings/python/names.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"

namespace postern {
namespace python {
namespace {

bool FailWith(int number, PyObject* given) {
  errno = number;
  if (given == nullptr) {
    PyErr_SetFromErrno(PyExc_OSError);
  } else {
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, given);
  }
  return false;
}

// The bytes of a str or bytes; no NUL.
bool ReadBytes(PyObject* text, Name* name) {
  name->bytes = PyBytes_Check(text);
  Ref encoded(name->bytes ? Ref::Share(text).Release()
                          : PyUnicode_EncodeFSDefault(text));
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (!encoded || PyBytes_AsStringAndSize(encoded.get(), &data, &size) != 0) {
    return false;
  }
  name->path.assign(data, static_cast<size_t>(size));
  if (name->path.find('\0') == std::string::npos) return true;
  PyErr_SetString(PyExc_ValueError, "embedded null byte");
  return false;
}

bool WorkingDirectory(PyObject* given, std::string* folder) {
  char buffer[PATH_MAX];
  if (getcwd(buffer, sizeof(buffer)) == nullptr) return FailWith(errno, given);
  *folder = buffer;
  return true;
}

bool MakeAbsolute(PyObject* dir_fd, Name* name) {
  if (name->path.empty()) return FailWith(ENOENT, name->given.get());
  if (name->path.size() >= PATH_MAX) {
    return FailWith(ENAMETOOLONG, name->given.get());
  }
  if (name->path[0] == '/') return true;
  std::string folder;
  int descriptor = -1;
  if (dir_fd == nullptr || dir_fd == Py_None) {
    if (!WorkingDirectory(name->given.get(), &folder)) return false;
  } else if (!ReadDescriptor(dir_fd, &descriptor) ||
             !NameOfDescriptor(descriptor, name->given.get(), &folder)) {
    return false;
  }
  name->path = absl::StrCat(folder, folder == "/" ? "" : "/", name->path);
  return true;
}

}  // namespace

bool ReadName(PyObject* given, Takes takes, PyObject* dir_fd, Name* name) {
  if (takes == Takes::kPathOrDescriptor && PyIndex_Check(given)) {
    name->given = Ref::Share(given);
    return ReadDescriptor(given, &name->descriptor);
  }
  const Ref text(PyOS_FSPath(given));
  if (!text) return false;
  // Of a subclass the value counts, not what it claims.
  name->given =
      Ref(PyBytes_Check(text.get())
              ? PyBytes_FromStringAndSize(PyBytes_AS_STRING(text.get()),
                                          PyBytes_GET_SIZE(text.get()))
              : PyUnicode_FromObject(text.get()));
  return name->given && ReadBytes(name->given.get(), name) &&
         MakeAbsolute(dir_fd, name);
}

bool NameOfDescriptor(int descriptor, PyObject* given, std::string* path) {
  char buffer[PATH_MAX];
  const std::string link = absl::StrCat("/proc/self/fd/", descriptor);
  const ssize_t size = readlink(link.c_str(), buffer, sizeof(buffer));
  if (size < 0) return FailWith(errno == ENOENT ? EBADF : errno, given);
  path->assign(buffer, static_cast<size_t>(size));
  if (static_cast<size_t>(size) == sizeof(buffer)) {
    return FailWith(ENAMETOOLONG, given);
  }
  return absl::StartsWith(*path, "/") || FailWith(EACCES, given);
}

bool ReadDescriptor(PyObject* given, int* descriptor) {
  const Ref number(PyNumber_Index(given));
  if (!number) return false;
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(number.get(), &overflow);
  if (value == -1 && PyErr_Occurred() != nullptr) return false;
  if (overflow != 0 || value > INT_MAX || value < INT_MIN) {
    PyErr_SetString(PyExc_OverflowError, "fd is out of range");
    return false;
  }
  if (value < 0 || IsOwnDescriptor(static_cast<int>(value))) {
    return FailWith(EBADF, nullptr);
  }
  *descriptor = static_cast<int>(value);
  return true;
}

bool ReadUint32(PyObject* given, uint32_t* number) {
  const Ref index(PyNumber_Index(given));
  if (!index) return false;
  const long long value = PyLong_AsLongLong(index.get());
  if (value == -1 && PyErr_Occurred() != nullptr) return false;
  if (value < -1 || value > UINT32_MAX) {
    PyErr_SetString(PyExc_OverflowError, "number is out of range");
    return false;
  }
  *number = static_cast<uint32_t>(value);
  return true;
}

bool ReadFlag(PyObject* given, bool* flag) {
  if (given == nullptr) return true;
  const int truth = PyObject_IsTrue(given);
  *flag = truth == 1;
  return truth >= 0;
}

PyObject* Act(const char* permission, PyObject* resource, PyObject* other,
              absl::FunctionRef<postern_status(postern_error*)> operation) {
  const Error error;
  PyThreadState* const state = PyEval_SaveThread();
  const postern_status status = operation(error.get());
  PyEval_RestoreThread(state);
  if (status != POSTERN_OK) {
    return RaiseOutcome(error.get(), permission, resource, other);
  }
  Py_RETURN_NONE;
}

PyObject* Change(const Name& name, FileOperation operation) {
  return Act("fs.write", name.given.get(), nullptr, [&](postern_error* error) {
    return operation(TheGuest()->files, name.path.data(), name.path.size(),
                     error);
  });
}

PyObject* LikeName(const Name& name, absl::string_view bytes) {
  if (!name.bytes) return TextOf(bytes);
  return PyBytes_FromStringAndSize(bytes.data(),
                                   static_cast<Py_ssize_t>(bytes.size()));
}

}  // namespace python
}  // namespace postern
