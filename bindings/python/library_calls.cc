#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/operations.h"
#include "bindings/python/place.h"
#include "bindings/python/sqlite_object.h"

namespace postern {
namespace python {
namespace {

// A guarded file under a name by which a library that knows only names opens
// the very object (TOCTOU). Open as long as this lives.
class OpenedName {
 public:
  OpenedName() = default;
  ~OpenedName() {
    if (fd_ >= 0) close(fd_);
  }
  OpenedName(const OpenedName&) = delete;
  OpenedName& operator=(const OpenedName&) = delete;

  // False with the error set.
  bool Open(PyObject* given) {
    Name name;
    if (!ReadName(given, Takes::kPath, nullptr, &name)) return false;
    fd_ = OpenGuarded(name, O_RDONLY, 0);
    if (fd_ < 0) return false;
    decided_ = Ref(LikeName(name, name.path));
    name_ = Ref(PyUnicode_FromFormat("/proc/self/fd/%d", fd_));
    return decided_ && name_;
  }
  PyObject* name() const { return name_.get(); }
  // Absolute, as it was read: what the guest gave may say otherwise by now.
  PyObject* decided() const { return decided_.get(); }

 private:
  int fd_ = -1;
  Ref name_, decided_;
};

}  // namespace

PyObject* Refuse(const Call& call) {
  return RaiseRefusal("unknown", nullptr,
                      absl::StrCat(call.replaced->definition->ml_name,
                                   "(): ", call.row().detail));
}

PyObject* AskFact(const Call& call) {
  if (!EnforceText(POSTERN_SYS_INFO, POSTERN_FORM_NAME, call.row().detail)) {
    return nullptr;
  }
  const Expected expected("socket.gethostname");  // the only one with an event
  return call.Original();
}

PyObject* AskWhole(const Call& call) {
  const absl::string_view permission = call.row().detail;
  if (!EnforceWhole(
          postern_permission_parse(permission.data(), permission.size()))) {
    return nullptr;
  }
  return call.Original();
}

// The first argument is a file that a library reads; without one it reads what
// it thinks best, which nobody could decide.
PyObject* ReadByName(const Call& call) {
  if (call.count < 1 || call.args[0] == Py_None) {
    return RaiseRefusal("fs.read", nullptr, "name the file");
  }
  OpenedName opened;
  if (!opened.Open(call.args[0])) return nullptr;
  return call.OriginalBut(0, opened.name());
}

// A file that a library writes by its name, beside it or in its place: the name
// is decided, and what is there then is the kernel's to hold. The argument's
// index and the ends of further names stand in the row: "1 .dir .pag".
PyObject* WriteByName(const Call& call) {
  const std::vector<std::string> detail =
      absl::StrSplit(call.row().detail, ' ', absl::SkipEmpty());
  const Py_ssize_t index = detail[0][0] - '0';
  if (call.count <= index || call.args[index] == Py_None) {
    return RaiseRefusal("fs.write", nullptr, "name the file");
  }
  Name name;
  if (!ReadName(call.args[index], Takes::kPath, nullptr, &name)) return nullptr;
  std::vector<std::string> ends(detail.begin() + 1, detail.end());
  if (ends.empty()) ends.push_back("");
  std::string path;
  if (!DecidePlace(name, ends, true, &path)) return nullptr;
  const Ref decided(LikeName(name, path));
  return decided ? call.OriginalBut(index, decided.get()) : nullptr;
}

PyObject* ReadSecrets(const Call& call) {
  if (!EnforceText(POSTERN_FS_READ, POSTERN_FORM_PATH, call.row().detail)) {
    return nullptr;
  }
  return call.Original();
}

// ---- Readline ----

namespace {

constexpr size_t kMostSettings = 1 << 20;
constexpr absl::string_view kLineEnds("\n\r\0", 3);

// Whether a line makes the library read another file, which may name others.
bool Includes(absl::string_view line) {
  line = absl::StripLeadingAsciiWhitespace(line);
  if (!absl::ConsumePrefix(&line, "$")) return false;
  line = absl::StripLeadingAsciiWhitespace(line);
  return absl::StartsWithIgnoreCase(line, "include");
}

PyObject* RefuseInclude(PyObject* shown) {
  return RaiseRefusal("fs.read", shown, "$include is refused");
}

PyObject* WithCopy(const Call& call, absl::string_view text) {
  const int fd = memfd_create("settings", MFD_CLOEXEC);
  if (fd < 0) return PyErr_SetFromErrno(PyExc_OSError);
  PyObject* result = nullptr;
  const bool written =
      write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const Ref name(PyUnicode_FromFormat("/proc/self/fd/%d", fd));
  if (!written) PyErr_SetFromErrno(PyExc_OSError);
  if (written && name) result = call.OriginalWith({name.get()});
  close(fd);
  return result;
}

}  // namespace

PyObject* ParseSetting(const Call& call) {
  if (call.count != 1 || PyUnicode_Check(call.args[0]) == 0) {
    return call.Original();  // a TypeError
  }
  const Ref text(PyUnicode_EncodeLocale(call.args[0], "surrogateescape"));
  if (!text) return nullptr;
  if (Includes(PyBytes_AS_STRING(text.get()))) {
    return RefuseInclude(call.args[0]);
  }
  return call.Original();
}

// A copy that nobody changes between the look at it and its use.
PyObject* ReadSettings(const Call& call) {
  if (call.count != 1 || call.args[0] == Py_None) {
    return RaiseRefusal("fs.read", nullptr, "name the file");
  }
  Name name;
  if (!ReadName(call.args[0], Takes::kPath, nullptr, &name)) return nullptr;
  const int fd = OpenGuarded(name, O_RDONLY, 0);
  if (fd < 0) return nullptr;
  std::string text;
  const bool read = ReadAll(fd, kMostSettings, &text);
  close(fd);
  if (!read) {
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError,
                                                name.given.get());
  }
  for (const absl::string_view line :
       absl::StrSplit(text, absl::ByAnyChar(kLineEnds))) {
    if (Includes(line)) return RefuseInclude(name.given.get());
  }
  return WithCopy(call, text);
}

// ---- TLS ----

PyObject* LoadCertificates(const Call& call) {
  static constexpr Parameters kLoad = {
      {"certfile", "keyfile", "password"}, 3, 1};
  Bound bound;
  OpenedName certificate, key;
  if (!Bind(call, kLoad, &bound) || !certificate.Open(bound[0])) return nullptr;
  const bool has_key = bound[1] != nullptr && bound[1] != Py_None;
  if (has_key && !key.Open(bound[1])) return nullptr;
  PyObject* const password = bound[2] == nullptr ? Py_None : bound[2];
  return call.OriginalWith(
      {certificate.name(), has_key ? key.name() : Py_None, password});
}

PyObject* LoadVerifyLocations(const Call& call) {
  static constexpr Parameters kLoad = {{"cafile", "capath", "cadata"}, 3, 0};
  Bound bound;
  OpenedName file, folder;
  if (!Bind(call, kLoad, &bound)) return nullptr;
  const bool has_file = bound[0] != nullptr && bound[0] != Py_None;
  const bool has_folder = bound[1] != nullptr && bound[1] != Py_None;
  if ((has_file && !file.Open(bound[0])) ||
      (has_folder && !folder.Open(bound[1]))) {
    return nullptr;
  }
  // What is looked up in a folder later is read by its name then, so that the
  // name stays; it was granted.
  PyObject* const data = bound[2] == nullptr ? Py_None : bound[2];
  return call.OriginalWith({has_file ? file.name() : Py_None,
                            has_folder ? folder.decided() : Py_None, data});
}

// ---- SQLite ----

PyObject* SetSqliteLimit(const Call& call) {
  if (call.count != 2) return call.Original();
  const Ref category(PyNumber_Index(call.args[0]));
  const Ref limit(PyNumber_Index(call.args[1]));
  if (!category || !limit) return nullptr;
  if (PyLong_AsLong(category.get()) == kSqliteLimitAttached) {
    return RaiseRefusal("fs.write", nullptr, "ATTACH is refused");
  }
  return call.OriginalWith({category.get(), limit.get()});
}

PyObject* LoadSqliteExtension(const Call& call) {
  if (!EnforceWhole(POSTERN_CODE_LOAD)) return nullptr;
  const Expected expected(call.row().detail);
  return call.Original();
}

// ---- Devices ----

PyObject* ControlDevice(const Call& call) {
  if (call.count < 2) return call.Original();  // a TypeError
  const Ref fd(PyLong_FromLong(PyObject_AsFileDescriptor(call.args[0])));
  int unused = -1;
  if (PyErr_Occurred() != nullptr || !ReadDescriptor(fd.get(), &unused)) {
    return nullptr;
  }
  const Ref request(PyNumber_Index(call.args[1]));
  // Of larger numbers the interpreter and the kernel take as many bits.
  const auto number = static_cast<uint32_t>(
      request ? PyLong_AsUnsignedLongMask(request.get()) : 0);
  if (PyErr_Occurred() != nullptr) return nullptr;
  // As F_SETOWN of fcntl(), and its O_ASYNC.
  constexpr uint32_t kSetOwner = 0x8901, kSetGroup = 0x8902;
  if (number == kSetOwner || number == kSetGroup || number == FIOASYNC) {
    return RaiseRefusal("process.signal", call.args[0],
                        "signals of descriptors are refused");
  }
  // These type into a terminal for the people at it.
  if (number == TIOCSTI || number == TIOCLINUX) {
    return RaiseRefusal("device.use", call.args[0],
                        "typing into a terminal is refused");
  }
  std::vector<PyObject*> args(call.args, call.args + call.count);
  args[0] = fd.get();
  args[1] = request.get();
  return call.OriginalWith(args, true);
}

}  // namespace python
}  // namespace postern
