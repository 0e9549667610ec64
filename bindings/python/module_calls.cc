#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/operations.h"
#include "bindings/python/replace.h"

namespace postern {
namespace python {
namespace {

// "_json" of "/usr/lib/python3.11/lib-dynload/_json.cpython-311-....so"; "" for
// a file that is none of the interpreter's own.
std::string OwnModule(absl::string_view path) {
  if (!absl::ConsumePrefix(&path, TheGuest()->own_modules)) return "";
  if (absl::StrContains(path, '/')) return "";
  return std::string(path.substr(0, path.find('.')));
}

// An exact str of what the specification says; null with the error set.
Ref TextAttribute(PyObject* spec, const char* name) {
  const Ref text(PyObject_GetAttrString(spec, name));
  if (!text) return Ref();
  if (PyUnicode_Check(text.get()) == 0) {
    PyErr_Format(PyExc_TypeError, "a specification's %s is a str", name);
    return Ref();
  }
  return Ref(PyUnicode_FromObject(text.get()));
}

// The canonical name of a file that the guest may read.
bool FindObject(const Name& name, std::string* path) {
  const int fd = OpenGuarded(name, O_RDONLY, 0);
  if (fd < 0) return false;
  const bool found = NameOfDescriptor(fd, name.given.get(), path);
  close(fd);
  return found;
}

// Native code is a matter of code.load, and of reading the file.
bool MayLoad(PyObject* module, PyObject* origin, std::string* path) {
  Name name;
  if (!ReadName(origin, Takes::kPath, nullptr, &name)) return false;
  *path = name.path;
  const std::string own = OwnModule(name.path);
  const char* const asked = PyUnicode_AsUTF8(module);
  if (asked == nullptr) return false;
  // The last part, as the interpreter looks for PyInit_ and that name.
  const absl::string_view full = asked;
  if (!own.empty() && full.substr(full.rfind('.') + 1) == own &&
      LoadingOf(own) == Loading::kOwn) {
    return true;
  }
  if (FindObject(name, path)) {
    return EnforceText(POSTERN_CODE_LOAD, POSTERN_FORM_PATH, *path, origin);
  }
  // That there is no such file is told of what may be loaded alone.
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  const bool may =
      EnforceText(POSTERN_CODE_LOAD, POSTERN_FORM_PATH, name.path, origin);
  if (may) PyErr_Restore(type, value, traceback);
  if (!may) {
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
  }
  return false;
}

// Of a type that no guest changes, and that is looked up nowhere.
Ref NewSpec(PyObject* name, PyObject* origin) {
  Ref spec(PyModule_New("spec"));
  if (!spec || PyObject_SetAttrString(spec.get(), "name", name) != 0 ||
      PyObject_SetAttrString(spec.get(), "origin", origin) != 0) {
    return Ref();
  }
  return spec;
}

}  // namespace

PyObject* CreateDynamic(const Call& call) {
  if (call.count < 1) return call.Original();  // a TypeError
  const Ref name = TextAttribute(call.args[0], "name");
  const Ref origin = name ? TextAttribute(call.args[0], "origin") : Ref();
  std::string path;
  if (!origin || !MayLoad(name.get(), origin.get(), &path)) return nullptr;
  // The one copy of what was decided: the guest's object may tell otherwise
  // when it is asked again.
  const Ref decided(TextOf(path));
  const Ref spec = decided ? NewSpec(name.get(), decided.get()) : Ref();
  if (!spec) return nullptr;
  Ref module(call.OriginalWith({spec.get()}));
  if (!module || !GuardModule(module.get())) return nullptr;
  return module.Release();
}

PyObject* ExecDynamic(const Call& call) {
  Ref result(call.Original());
  if (!result || call.count < 1 || !GuardModule(call.args[0])) return nullptr;
  return result.Release();
}

}  // namespace python
}  // namespace postern
