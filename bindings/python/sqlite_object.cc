#include "bindings/python/sqlite_object.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bindings/python/call.h"
#include "bindings/python/denial.h"
#include "bindings/python/names.h"
#include "bindings/python/place.h"
#include "bindings/python/replace.h"

namespace postern {
namespace python {
namespace {

// Forced by the runtime, as the table of replace.cc is. The type is made anew
// in each interpreter, by the same code.
initproc original_init = nullptr;

using FastFunction = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
PyCFunction set_limit_function = nullptr;

PyObject* SetLimit(PyObject* self, long category, long limit) {
  const Ref first(PyLong_FromLong(category)), second(PyLong_FromLong(limit));
  if (!first || !second) return nullptr;
  PyObject* const args[] = {first.get(), second.get()};
  return reinterpret_cast<FastFunction>(
      reinterpret_cast<void (*)()>(set_limit_function))(self, args, 2);
}

// What a database's URI names, and whether it is for reading alone.
struct Target {
  std::string path;
  bool read_only = false;
  bool in_memory = false;
};

bool ReadQuery(absl::string_view query, Target* target) {
  for (const absl::string_view one :
       absl::StrSplit(query, '&', absl::SkipEmpty())) {
    if (one == "mode=ro" || one == "immutable=1") {
      target->read_only = true;
    } else if (one == "mode=memory") {
      target->in_memory = true;
    } else if (one != "mode=rw" && one != "mode=rwc" &&
               !absl::StartsWith(one, "cache=")) {
      return false;
    }
  }
  return true;
}

// "file:x?mode=ro" (sqlite.org/uri.html), without escapes and other file
// systems' names; false for anything else.
bool ReadUri(absl::string_view uri, Target* target) {
  if (!absl::ConsumePrefix(&uri, "file:")) {
    target->path = std::string(uri);
    return true;
  }
  if (absl::StrContains(uri, '%') || absl::StrContains(uri, '#')) return false;
  if (absl::ConsumePrefix(&uri, "//") && !absl::StartsWith(uri, "/")) {
    return false;
  }
  const size_t at = uri.find('?');
  target->path = std::string(uri.substr(0, at));
  return at == absl::string_view::npos || ReadQuery(uri.substr(at + 1), target);
}

// A database and what SQLite writes beside it; `*path` is its canonical name.
bool Decide(const Target& target, std::string* path) {
  const Ref text(TextOf(target.path));
  Name name;
  if (!text || !ReadName(text.get(), Takes::kPath, nullptr, &name))
    return false;
  return DecidePlace(name, {"", "-journal", "-wal", "-shm"}, !target.read_only,
                     path);
}

// What is opened in place of `database`; none with the error set.
Ref Decided(PyObject* database, bool uri) {
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(database, &bytes) == 0) return Ref();
  Ref owned(bytes);
  Target target;
  const std::string text = PyBytes_AS_STRING(bytes);
  if (!uri) target.path = text;
  if (uri && !ReadUri(text, &target)) {
    (void)RaiseRefusal("fs.write", database,
                       "only mode, cache and immutable stand in a database's "
                       "URI, and no escapes");
    return Ref();
  }
  if (target.in_memory || target.path == ":memory:") return owned;
  if (target.path.empty()) {
    (void)RaiseRefusal("fs.write", database, "a database on disk needs a name");
    return Ref();
  }
  std::string path;
  if (!Decide(target, &path)) return Ref();
  // A URI holds the name that was decided, too.
  const std::string query = uri && text.find('?') != std::string::npos
                                ? text.substr(text.find('?'))
                                : "";
  const bool as_uri = uri && absl::StartsWith(text, "file:");
  if (as_uri && path.find_first_of("?#%") != std::string::npos) {
    (void)RaiseRefusal("fs.write", database, "open this one without a URI");
    return Ref();
  }
  return Ref(TextOf(as_uri ? "file:" + path + query : path));
}

// Without ATTACH; false with the error set.
bool ForbidAttach(PyObject* self) {
  const Ref done(SetLimit(self, kSqliteLimitAttached, 0));
  return static_cast<bool>(done);
}

int Init(PyObject* self, PyObject* args, PyObject* keywords) {
  static const char* const kNames[] = {"database",
                                       "timeout",
                                       "detect_types",
                                       "isolation_level",
                                       "check_same_thread",
                                       "factory",
                                       "cached_statements",
                                       "uri",
                                       nullptr};
  PyObject* at[8] = {};
  if (PyArg_ParseTupleAndKeywords(args, keywords, "O|OOOOOOO:Connection",
                                  const_cast<char**>(kNames), &at[0], &at[1],
                                  &at[2], &at[3], &at[4], &at[5], &at[6],
                                  &at[7]) == 0) {
    return -1;
  }
  bool uri = false;
  if (!ReadFlag(at[7], &uri)) return -1;
  const Ref decided = Decided(at[0], uri);
  const Ref none(PyTuple_New(0)), values(PyDict_New());
  at[0] = decided.get();
  at[7] = uri ? Py_True : Py_False;
  if (!decided || !none || !values) return -1;
  for (int i = 0; i < 8; ++i) {
    if (at[i] != nullptr &&
        PyDict_SetItemString(values.get(), kNames[i], at[i]) != 0) {
      return -1;
    }
  }
  const Expected expected("sqlite3.connect");
  if (original_init(self, none.get(), values.get()) != 0) return -1;
  return ForbidAttach(self) ? 0 : -1;
}

}  // namespace

bool GuardConnections(PyTypeObject* connection) {
  PyObject* const method =
      PyDict_GetItemString(connection->tp_dict, "setlimit");
  if (method == nullptr || !Py_IS_TYPE(method, &PyMethodDescr_Type)) {
    PyErr_SetString(PyExc_SystemError, "postern: connections have no limits");
    return false;
  }
  const PyMethodDef* const definition =
      reinterpret_cast<PyMethodDescrObject*>(method)->d_method;
  if (set_limit_function == nullptr) set_limit_function = definition->ml_meth;
  return ReplaceInit(connection, &Init, &original_init);
}

}  // namespace python
}  // namespace postern
