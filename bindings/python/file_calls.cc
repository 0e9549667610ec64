#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "bindings/python/denial.h"
#include "bindings/python/file_object.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/operations.h"
#include "bindings/python/prelude.h"

namespace postern {
namespace python {
namespace {

// A listing as a list of (name, type), in the form that the directory's name
// has.
PyObject* ListOf(const Name& name, bool with_types, postern_listing* listing) {
  Ref list(PyList_New(0));
  const Error error;
  postern_entry entry = {};
  entry.struct_size = sizeof(entry);
  while (list &&
         postern_listing_next(listing, &entry, error.get()) == POSTERN_OK) {
    Ref item(LikeName(name, {entry.name.data, entry.name.size}));
    if (with_types && item) {
      item =
          Ref(Py_BuildValue("(OiK)", item.get(), static_cast<int>(entry.type),
                            static_cast<unsigned long long>(entry.inode)));
    }
    if (!item || PyList_Append(list.get(), item.get()) != 0) return nullptr;
  }
  return list.Release();
}

PyObject* List(const Name& name, const std::string& path, bool with_types) {
  postern_listing* listing = nullptr;
  const Ref done(
      Act("fs.read", name.given.get(), nullptr, [&](postern_error* error) {
        return postern_files_list(TheGuest()->files, path.data(), path.size(),
                                  &listing, error);
      }));
  if (!done) return nullptr;
  PyObject* const list = ListOf(name, with_types, listing);
  postern_listing_free(listing);
  return list;
}

// The directory of a call; "." where none is given.
bool ReadDirectory(PyObject* given, Name* name, std::string* path) {
  const Ref here(given == nullptr || given == Py_None
                     ? PyUnicode_FromString(".")
                     : Ref::Share(given).Release());
  if (!here || !ReadName(here.get(), Takes::kPathOrDescriptor, nullptr, name)) {
    return false;
  }
  *path = name->path;
  return name->descriptor < 0 ||
         NameOfDescriptor(name->descriptor, name->given.get(), path);
}

constexpr Parameters kPathOnly = {{"path"}, 1, 0};

}  // namespace

PyObject* OpenDescriptor(const Call& call) {
  static constexpr Parameters kOpen = {
      {"path", "flags", "mode", "dir_fd"}, 3, 2};
  Bound bound;
  Name name;
  int flags = 0;
  uint32_t mode = 0777;
  if (!Bind(call, kOpen, &bound)) return nullptr;
  const Ref number(PyNumber_Index(bound[1]));
  if (!number) return nullptr;
  flags = _PyLong_AsInt(number.get());
  if (flags == -1 && PyErr_Occurred() != nullptr) return nullptr;
  if (bound[2] != nullptr && !ReadUint32(bound[2], &mode)) return nullptr;
  if (!ReadName(bound[0], Takes::kPath, bound[3], &name)) return nullptr;
  const int fd = OpenGuarded(name, flags, mode & 07777);
  return fd < 0 ? nullptr : PyLong_FromLong(fd);
}

PyObject* ListDirectory(const Call& call) {
  Bound bound;
  Name name;
  std::string path;
  if (!Bind(call, kPathOnly, &bound) ||
      !ReadDirectory(bound[0], &name, &path)) {
    return nullptr;
  }
  return List(name, path, false);
}

PyObject* ScanDirectory(const Call& call) {
  Bound bound;
  Name name;
  std::string path;
  if (!Bind(call, kPathOnly, &bound) ||
      !ReadDirectory(bound[0], &name, &path)) {
    return nullptr;
  }
  const Ref list(List(name, path, true));
  if (!list) return nullptr;
  const Ref make(PreludeFunction("scan"));
  if (!make) return nullptr;
  return PyObject_CallFunctionObjArgs(make.get(), name.given.get(), list.get(),
                                      nullptr);
}

PyObject* ReadLink(const Call& call) {
  static constexpr Parameters kReadLink = {{"path", "dir_fd"}, 1, 1};
  Bound bound;
  Name name;
  postern_buffer* target = nullptr;
  if (!Bind(call, kReadLink, &bound) ||
      !ReadName(bound[0], Takes::kPath, bound[1], &name)) {
    return nullptr;
  }
  const Ref done(
      Act("fs.read", name.given.get(), nullptr, [&](postern_error* error) {
        return postern_files_readlink(TheGuest()->files, name.path.data(),
                                      name.path.size(), &target, error);
      }));
  if (!done) return nullptr;
  size_t size = 0;
  const char* const data = postern_buffer_data(target, &size);
  PyObject* const text = LikeName(name, {data, size});
  postern_buffer_free(target);
  return text;
}

PyObject* ChangeDirectory(const Call& call) {
  Bound bound;
  Name name;
  std::string path;
  if (!Bind(call, kPathOnly, &bound)) return nullptr;
  if (call.count == 0 && bound[0] == nullptr) {
    PyErr_SetString(PyExc_TypeError, "chdir() missing required argument");
    return nullptr;
  }
  if (!ReadDirectory(bound[0], &name, &path)) return nullptr;
  Name opened;
  opened.path = path;
  opened.given = Ref::Share(name.given.get());
  const int fd = OpenGuarded(opened, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return nullptr;
  const int failed = fchdir(fd) == 0 ? 0 : errno;
  close(fd);
  if (failed == 0) Py_RETURN_NONE;
  errno = failed;
  return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name.given.get());
}

PyObject* OnOpened(const Call& call) {
  static constexpr Parameters kStatvfs = {{"path", "name"}, 2, 1};
  Bound bound;
  Name name;
  if (!Bind(call, kStatvfs, &bound) ||
      !ReadName(bound[0], Takes::kPathOrDescriptor, nullptr, &name)) {
    return nullptr;
  }
  const bool opens = name.descriptor < 0;
  const int fd = opens ? OpenGuarded(name, O_RDONLY, 0) : name.descriptor;
  if (fd < 0) return nullptr;
  const Ref number(PyLong_FromLong(fd));
  std::vector<PyObject*> args = {number.get()};
  if (bound[1] != nullptr) args.push_back(bound[1]);
  PyObject* const result = number ? call.OriginalWith(args) : nullptr;
  if (opens) close(fd);
  return result;
}

PyObject* OnDescriptors(const Call& call) {
  const Py_ssize_t most = *call.row().detail - '0';
  std::vector<PyObject*> args(call.args, call.args + call.count);
  std::vector<Ref> numbers;
  for (Py_ssize_t i = 0; i < call.count && i < most; ++i) {
    int descriptor = -1;
    if (!ReadDescriptor(args[static_cast<size_t>(i)], &descriptor)) {
      return nullptr;
    }
    numbers.emplace_back(PyLong_FromLong(descriptor));
    args[static_cast<size_t>(i)] = numbers.back().get();
    if (!numbers.back()) return nullptr;
  }
  // One that is given by name is given by nobody.
  if (call.count < most) {
    PyErr_SetString(PyExc_TypeError, "descriptors are given by position");
    return nullptr;
  }
  return call.OriginalWith(args, true);
}

PyObject* CloseRange(const Call& call) {
  static constexpr Parameters kRange = {{"fd_low", "fd_high"}, 2, 2};
  Bound bound;
  if (!Bind(call, kRange, &bound)) return nullptr;
  const Ref low(PyNumber_Index(bound[0])), high(PyNumber_Index(bound[1]));
  if (!low || !high) return nullptr;
  const long first = PyLong_AsLong(low.get());
  long last = PyLong_AsLong(high.get());
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (last > getdtablesize()) last = getdtablesize();
  for (long fd = first < 0 ? 0 : first; fd < last; ++fd) {
    if (!IsOwnDescriptor(static_cast<int>(fd))) close(static_cast<int>(fd));
  }
  Py_RETURN_NONE;
}

namespace {

// Signals of a descriptor's readiness go to whom F_SETOWN names, and of a
// terminal's to those at it (fcntl(2), F_SETSIG, O_ASYNC).
bool Signals(long command, long argument) {
  constexpr long kSetSignal = 10, kSetOwnEx = 15;  // F_SETSIG, F_SETOWN_EX
  return command == F_SETOWN || command == kSetOwnEx || command == kSetSignal ||
         (command == F_SETFL && (argument & O_ASYNC) != 0);
}

}  // namespace

PyObject* ControlDescriptor(const Call& call) {
  if (call.count < 2) return call.Original();  // a TypeError
  const Ref fd(PyLong_FromLong(PyObject_AsFileDescriptor(call.args[0])));
  const Ref command(PyNumber_Index(call.args[1]));
  const long number = command ? PyLong_AsLong(command.get()) : -1;
  if (PyErr_Occurred() != nullptr) return nullptr;
  std::vector<PyObject*> args(call.args, call.args + call.count);
  args[0] = fd.get();
  args[1] = command.get();
  Ref argument;
  if (number == F_SETFL && call.count > 2) {
    argument = Ref(PyNumber_Index(call.args[2]));
    args[2] = argument.get();
  }
  const long flags = argument ? PyLong_AsLong(argument.get()) : 0;
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (Signals(number, flags)) {
    return RaiseRefusal("process.signal", fd.get(),
                        "signals of descriptors are refused");
  }
  int unused = -1;
  if (number != F_GETFD && !ReadDescriptor(fd.get(), &unused)) return nullptr;
  return call.OriginalWith(args, true);
}

namespace {

// Where shm_open(3) has its names.
bool ReadShared(PyObject* given, Name* name) {
  if (!PyUnicode_Check(given)) {
    PyErr_SetString(PyExc_TypeError, "the name of shared memory is a str");
    return false;
  }
  const Ref path(PyUnicode_FromFormat("/dev/shm/%U", given));
  return path && ReadName(path.get(), Takes::kPath, nullptr, name);
}

}  // namespace

PyObject* MakeShared(const Call& call) {
  static constexpr Parameters kShmOpen = {{"path", "flags", "mode"}, 3, 2};
  Bound bound;
  Name name;
  uint32_t mode = 0777, flags = 0;
  if (!Bind(call, kShmOpen, &bound) || !ReadUint32(bound[1], &flags) ||
      (bound[2] != nullptr && !ReadUint32(bound[2], &mode)) ||
      !ReadShared(bound[0], &name)) {
    return nullptr;
  }
  const int fd =
      OpenGuarded(name, static_cast<int>(flags) | O_NOFOLLOW, mode & 07777);
  return fd < 0 ? nullptr : PyLong_FromLong(fd);
}

PyObject* RemoveShared(const Call& call) {
  static constexpr Parameters kUnlink = {{"path"}, 1, 1};
  Bound bound;
  Name name;
  if (!Bind(call, kUnlink, &bound) || !ReadShared(bound[0], &name)) {
    return nullptr;
  }
  return Change(name, &postern_files_remove);
}

}  // namespace python
}  // namespace postern
