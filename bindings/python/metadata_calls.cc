#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmath>
#include <string>

#include "bindings/host/file_type.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/operations.h"

namespace postern {
namespace python {
namespace {

// ---- os.stat_result of what the library tells ----

constexpr int64_t kSecond = 1000000000;

// Whole seconds, rounded down as a timespec has them.
long long SecondsOf(int64_t ns) {
  return ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
}

// The type that os.stat() of this interpreter returns. Static in 3.11: one for
// all interpreters.
PyObject* stat_result_type = nullptr;

PyObject* ToResult(const postern_file_info& info) {
  using Big = unsigned long long;
  const int64_t a = info.accessed_ns, m = info.modified_ns, c = info.changed_ns;
  const auto seconds = [](int64_t ns) {
    return static_cast<double>(SecondsOf(ns)) +
           static_cast<double>(ns - SecondsOf(ns) * kSecond) * 1e-9;
  };
  // Ten are in sight; then times as float and nanoseconds, and the rest.
  const Ref fields(Py_BuildValue(
      "((IKKKIIKLLLdddLLLKKK))", info.mode | host::TypeBits(info.type),
      Big{info.inode}, Big{info.device}, Big{info.links}, info.owner,
      info.group, Big{info.size}, SecondsOf(a), SecondsOf(m), SecondsOf(c),
      seconds(a), seconds(m), seconds(c), static_cast<long long>(a),
      static_cast<long long>(m), static_cast<long long>(c),
      Big{info.block_size}, Big{info.allocated / 512}, Big{info.of_device}));
  return fields ? PyObject_Call(stat_result_type, fields.get(), nullptr)
                : nullptr;
}

PyObject* Info(const Name& name, bool follow) {
  postern_file_info info = {};
  info.struct_size = sizeof(info);
  const Ref done(
      Act("fs.read", name.given.get(), nullptr, [&](postern_error* error) {
        return postern_files_info(TheGuest()->files, name.path.data(),
                                  name.path.size(), follow ? 1 : 0, &info,
                                  error);
      }));
  return done ? ToResult(info) : nullptr;
}

// The access mode of a descriptor; -1 with EBADF set.
int AccessMode(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags >= 0) return (flags & O_PATH) != 0 ? O_RDONLY : flags & O_ACCMODE;
  errno = EBADF;
  PyErr_SetFromErrno(PyExc_OSError);
  return -1;
}

// What is known about an open file goes with the right to read it: one that was
// opened for writing alone needs that by its name. Pipes and sockets have none.
bool MayDescribe(const Name& name) {
  const int mode = AccessMode(name.descriptor);
  if (mode != O_WRONLY) return mode >= 0;
  std::string path;
  if (!NameOfDescriptor(name.descriptor, name.given.get(), &path)) {
    PyErr_Clear();
    return true;
  }
  return EnforceText(POSTERN_FS_READ, POSTERN_FORM_PATH, path,
                     name.given.get());
}

// Descriptors are the guest's own, with the rights they were opened with.
PyObject* OfDescriptor(const Call& call, const Name& name) {
  const Ref number(PyLong_FromLong(name.descriptor));
  if (!number || !MayDescribe(name)) return nullptr;
  return call.OriginalWith({number.get()});
}

// A file that is to be changed: by its name, or by a descriptor that was opened
// for writing. One for reading may not, though the kernel would let it.
bool ReadForChange(PyObject* given, Takes takes, PyObject* dir_fd, Name* name,
                   bool* by_handle) {
  *by_handle = false;
  if (!ReadName(given, takes, dir_fd, name)) return false;
  if (name->descriptor < 0) return true;
  const int mode = AccessMode(name->descriptor);
  if (mode < 0) return false;
  *by_handle = mode != O_RDONLY;
  if (*by_handle) return true;
  (void)RaiseRefusal("fs.write", name->given.get(),
                     "the descriptor was opened for reading");
  return false;
}

PyObject* NoLinks(const Call& call) {
  PyErr_Format(PyExc_NotImplementedError,
               "%s: follow_symlinks unavailable on this platform",
               call.replaced->definition->ml_name);
  return nullptr;
}

// What a system call on a descriptor returned.
PyObject* Done(int result) {
  if (result == 0) Py_RETURN_NONE;
  return PyErr_SetFromErrno(PyExc_OSError);
}

PyObject* Owner(const Bound& bound, Takes takes, PyObject* dir_fd,
                bool follow) {
  Name name;
  uint32_t owner = 0, group = 0;
  bool by_handle = false;
  if (!ReadUint32(bound[1], &owner) || !ReadUint32(bound[2], &group) ||
      !ReadForChange(bound[0], takes, dir_fd, &name, &by_handle)) {
    return nullptr;
  }
  if (by_handle) return Done(fchown(name.descriptor, owner, group));
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_set_owner(files, path, size, follow ? 1 : 0, owner,
                                   group, error);
  });
}

// ---- Times ----

bool ReadNanoseconds(PyObject* given, int64_t* ns) {
  *ns = PyLong_AsLongLong(given);
  return *ns != -1 || PyErr_Occurred() == nullptr;
}

bool ReadSeconds(PyObject* given, int64_t* ns) {
  if (PyLong_Check(given) != 0) {
    const long long seconds = PyLong_AsLongLong(given);
    if (seconds == -1 && PyErr_Occurred() != nullptr) return false;
    if (__builtin_mul_overflow(seconds, kSecond, ns)) {
      PyErr_SetString(PyExc_OverflowError, "timestamp out of range");
      return false;
    }
    return true;
  }
  const double seconds = PyFloat_AsDouble(given);
  if (seconds == -1 && PyErr_Occurred() != nullptr) return false;
  if (!(std::fabs(seconds) < 9e9)) {
    PyErr_SetString(PyExc_OverflowError, "timestamp out of range");
    return false;
  }
  *ns = static_cast<int64_t>(std::floor(seconds * 1e9));
  return true;
}

// `times` in seconds, or `nanoseconds`; neither is now.
bool ReadTimes(PyObject* times, PyObject* nanoseconds, int64_t (&out)[2]) {
  const bool has_times = times != nullptr && times != Py_None;
  if (has_times && nanoseconds != nullptr) {
    PyErr_SetString(
        PyExc_ValueError,
        "utime: you may specify either 'times' or 'ns' but not both");
    return false;
  }
  out[0] = out[1] = POSTERN_TIME_NOW;
  PyObject* const pair = has_times ? times : nanoseconds;
  if (pair == nullptr) return true;
  if (PyTuple_CheckExact(pair) == 0 || PyTuple_GET_SIZE(pair) != 2) {
    PyErr_SetString(PyExc_TypeError,
                    "utime: 'times' and 'ns' are tuples of two numbers");
    return false;
  }
  for (int i = 0; i < 2; ++i) {
    PyObject* const one = PyTuple_GET_ITEM(pair, i);
    if (!(has_times ? ReadSeconds(one, &out[i])
                    : ReadNanoseconds(one, &out[i]))) {
      return false;
    }
  }
  return true;
}

// ---- Extended attributes ----

constexpr Parameters kAttribute = {
    {"path", "attribute", "follow_symlinks"}, 2, 2};

// The file and the attribute's name; only links that are followed.
bool ReadAttribute(const Call& call, PyObject* path, PyObject* attribute,
                   PyObject* follow, int needs, Name* name, std::string* text) {
  bool follows = true;
  if (!ReadFlag(follow, &follows)) return false;
  if (!follows) return NoLinks(call) != nullptr;
  if (!ReadName(path, Takes::kPathOrDescriptor, nullptr, name)) return false;
  if (name->descriptor >= 0) {
    const int mode = AccessMode(name->descriptor);
    if (mode < 0) return false;
    if (mode != needs && mode != O_RDWR) {
      (void)RaiseRefusal(needs == O_RDONLY ? "fs.read" : "fs.write",
                         name->given.get(),
                         "the descriptor was not opened for that");
      return false;
    }
    if (!NameOfDescriptor(name->descriptor, name->given.get(), &name->path)) {
      return false;
    }
  }
  if (attribute == nullptr) return true;
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(attribute, &bytes) == 0) return false;
  const Ref owned(bytes);
  text->assign(PyBytes_AS_STRING(bytes),
               static_cast<size_t>(PyBytes_GET_SIZE(bytes)));
  return true;
}

}  // namespace

bool RememberStatResult() {
  const Ref module(PyImport_ImportModule("posix"));
  if (module) {
    stat_result_type = PyObject_GetAttrString(module.get(), "stat_result");
  }
  return stat_result_type != nullptr;
}

PyObject* Stat(const Call& call) {
  static constexpr Parameters kStat = {
      {"path", "dir_fd", "follow_symlinks"}, 1, 1};
  Bound bound;
  Name name;
  bool follow = true;
  if (!Bind(call, kStat, &bound) || !ReadFlag(bound[2], &follow) ||
      !ReadName(bound[0], Takes::kPathOrDescriptor, bound[1], &name)) {
    return nullptr;
  }
  return name.descriptor >= 0 ? OfDescriptor(call, name) : Info(name, follow);
}

PyObject* StatDescriptor(const Call& call) {
  static constexpr Parameters kFstat = {{"fd"}, 1, 1};
  Bound bound;
  Name name;
  if (!Bind(call, kFstat, &bound) ||
      !ReadDescriptor(bound[0], &name.descriptor)) {
    return nullptr;
  }
  name.given = Ref::Share(bound[0]);
  return OfDescriptor(call, name);
}

PyObject* StatLink(const Call& call) {
  static constexpr Parameters kStat = {{"path", "dir_fd"}, 1, 1};
  Bound bound;
  Name name;
  if (!Bind(call, kStat, &bound) ||
      !ReadName(bound[0], Takes::kPath, bound[1], &name)) {
    return nullptr;
  }
  return Info(name, false);
}

PyObject* Access(const Call& call) {
  static constexpr Parameters kAccess = {
      {"path", "mode", "dir_fd", "effective_ids", "follow_symlinks"}, 2, 2};
  Bound bound;
  Name name;
  uint32_t mode = 0;
  bool follow = true;
  if (!Bind(call, kAccess, &bound) || !ReadUint32(bound[1], &mode) ||
      !ReadFlag(bound[4], &follow)) {
    return nullptr;
  }
  if (!follow) return NoLinks(call);
  if (!ReadName(bound[0], Takes::kPath, bound[2], &name)) {
    if (PyErr_ExceptionMatches(PyExc_OSError) == 0) return nullptr;
    PyErr_Clear();
    Py_RETURN_FALSE;
  }
  const Error error;
  return PyBool_FromLong(
      postern_files_access(TheGuest()->files, name.path.data(),
                           name.path.size(), mode, error.get()) == POSTERN_OK);
}

PyObject* ChangeMode(const Call& call) {
  static constexpr Parameters kChmod = {
      {"path", "mode", "dir_fd", "follow_symlinks"}, 2, 2};
  static constexpr Parameters kFchmod = {{"fd", "mode"}, 2, 2};
  const bool by_fd = *call.row().detail != '\0';
  Bound bound;
  Name name;
  uint32_t mode = 0;
  bool follow = true, by_handle = false;
  if (!Bind(call, by_fd ? kFchmod : kChmod, &bound) ||
      !ReadUint32(bound[1], &mode) || !ReadFlag(bound[3], &follow)) {
    return nullptr;
  }
  if (!follow) return NoLinks(call);
  if (!ReadForChange(bound[0], Takes::kPathOrDescriptor, bound[2], &name,
                     &by_handle)) {
    return nullptr;
  }
  if ((mode & ~0777u) == 0 && by_handle) {
    return Done(fchmod(name.descriptor, mode));
  }
  if (by_handle &&
      !NameOfDescriptor(name.descriptor, name.given.get(), &name.path)) {
    return nullptr;
  }
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_set_mode(files, path, size, mode, error);
  });
}

PyObject* ChangeOwner(const Call& call) {
  static constexpr Parameters kChown = {
      {"path", "uid", "gid", "dir_fd", "follow_symlinks"}, 3, 3};
  static constexpr Parameters kFchown = {{"fd", "uid", "gid"}, 3, 3};
  Bound bound;
  bool follow = true;
  if (!Bind(call, *call.row().detail != '\0' ? kFchown : kChown, &bound) ||
      !ReadFlag(bound[4], &follow)) {
    return nullptr;
  }
  return Owner(bound, Takes::kPathOrDescriptor, bound[3], follow);
}

PyObject* ChangeLinkOwner(const Call& call) {
  static constexpr Parameters kLchown = {{"path", "uid", "gid"}, 3, 3};
  Bound bound;
  if (!Bind(call, kLchown, &bound)) return nullptr;
  return Owner(bound, Takes::kPath, nullptr, false);
}

PyObject* ChangeTimes(const Call& call) {
  static constexpr Parameters kUtime = {
      {"path", "times", "ns", "dir_fd", "follow_symlinks"}, 2, 1};
  Bound bound;
  Name name;
  int64_t times[2];
  bool follow = true, by_handle = false;
  if (!Bind(call, kUtime, &bound) || !ReadTimes(bound[1], bound[2], times) ||
      !ReadFlag(bound[4], &follow) ||
      !ReadForChange(bound[0], Takes::kPathOrDescriptor, bound[3], &name,
                     &by_handle)) {
    return nullptr;
  }
  if (by_handle) {
    const struct timespec both[2] = {
        {SecondsOf(times[0]),
         static_cast<long>(times[0] - SecondsOf(times[0]) * kSecond)},
        {SecondsOf(times[1]),
         static_cast<long>(times[1] - SecondsOf(times[1]) * kSecond)}};
    const bool now = times[0] == POSTERN_TIME_NOW;
    return Done(futimens(name.descriptor, now ? nullptr : both));
  }
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_set_times(files, path, size, follow ? 1 : 0, times[0],
                                   times[1], error);
  });
}

PyObject* Truncate(const Call& call) {
  static constexpr Parameters kTruncate = {{"path", "length"}, 2, 2};
  Bound bound;
  Name name;
  if (!Bind(call, kTruncate, &bound)) return nullptr;
  const Ref length(PyNumber_Index(bound[1]));
  if (!length) return nullptr;
  const long long bytes = PyLong_AsLongLong(length.get());
  if (bytes == -1 && PyErr_Occurred() != nullptr) return nullptr;
  if (!ReadName(bound[0], Takes::kPathOrDescriptor, nullptr, &name)) {
    return nullptr;
  }
  // ftruncate(2) needs a descriptor for writing.
  if (name.descriptor >= 0) {
    const Ref number(PyLong_FromLong(name.descriptor));
    return number ? call.OriginalWith({number.get(), length.get()}) : nullptr;
  }
  if (bytes < 0) {
    errno = EINVAL;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError,
                                                name.given.get());
  }
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_set_size(files, path, size,
                                  static_cast<uint64_t>(bytes), error);
  });
}

PyObject* GetAttribute(const Call& call) {
  Bound bound;
  Name name;
  std::string attribute;
  postern_buffer* value = nullptr;
  if (!Bind(call, kAttribute, &bound) ||
      !ReadAttribute(call, bound[0], bound[1], bound[2], O_RDONLY, &name,
                     &attribute)) {
    return nullptr;
  }
  const Ref done(
      Act("fs.read", name.given.get(), nullptr, [&](postern_error* error) {
        return postern_files_get_attribute(TheGuest()->files, name.path.data(),
                                           name.path.size(), attribute.data(),
                                           attribute.size(), &value, error);
      }));
  if (!done) return nullptr;
  size_t size = 0;
  const char* const data = postern_buffer_data(value, &size);
  PyObject* const bytes =
      PyBytes_FromStringAndSize(data, static_cast<Py_ssize_t>(size));
  postern_buffer_free(value);
  return bytes;
}

PyObject* SetAttribute(const Call& call) {
  static constexpr Parameters kSet = {
      {"path", "attribute", "value", "flags", "follow_symlinks"}, 4, 3};
  Bound bound;
  Name name;
  std::string attribute;
  uint32_t flags = 0;
  if (!Bind(call, kSet, &bound) ||
      (bound[3] != nullptr && !ReadUint32(bound[3], &flags)) ||
      !ReadAttribute(call, bound[0], bound[1], bound[4], O_WRONLY, &name,
                     &attribute)) {
    return nullptr;
  }
  const Ref value(PyBytes_FromObject(bound[2]));
  if (!value) return nullptr;
  // XATTR_CREATE and XATTR_REPLACE have the library's numbers.
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_set_attribute(
        files, path, size, attribute.data(), attribute.size(),
        PyBytes_AS_STRING(value.get()),
        static_cast<size_t>(PyBytes_GET_SIZE(value.get())),
        static_cast<postern_attribute>(flags), error);
  });
}

PyObject* RemoveAttribute(const Call& call) {
  Bound bound;
  Name name;
  std::string attribute;
  if (!Bind(call, kAttribute, &bound) ||
      !ReadAttribute(call, bound[0], bound[1], bound[2], O_WRONLY, &name,
                     &attribute)) {
    return nullptr;
  }
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_remove_attribute(files, path, size, attribute.data(),
                                          attribute.size(), error);
  });
}

PyObject* ListAttributes(const Call& call) {
  static constexpr Parameters kList = {{"path", "follow_symlinks"}, 1, 0};
  Bound bound;
  Name name;
  postern_buffer* names = nullptr;
  if (!Bind(call, kList, &bound)) return nullptr;
  const Ref path(bound[0] == nullptr || bound[0] == Py_None
                     ? PyUnicode_FromString(".")
                     : Ref::Share(bound[0]).Release());
  if (!path || !ReadAttribute(call, path.get(), nullptr, bound[1], O_RDONLY,
                              &name, nullptr)) {
    return nullptr;
  }
  const Ref done(
      Act("fs.read", name.given.get(), nullptr, [&](postern_error* error) {
        return postern_files_list_attributes(TheGuest()->files,
                                             name.path.data(), name.path.size(),
                                             &names, error);
      }));
  if (!done) return nullptr;
  size_t size = 0;
  const char* const data = postern_buffer_data(names, &size);
  Ref list(PyList_New(0));
  for (size_t at = 0; list && at < size;) {
    const absl::string_view one(data + at);
    const Ref text(TextOf(one));
    if (!text || PyList_Append(list.get(), text.get()) != 0) list = Ref();
    at += one.size() + 1;
  }
  postern_buffer_free(names);
  return list.Release();
}

}  // namespace python
}  // namespace postern
