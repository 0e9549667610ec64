#include "bindings/python/command.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"

namespace postern {
namespace python {
namespace {

postern_bytes ToBytes(const std::string& text) {
  return {text.data(), text.size()};
}

std::vector<postern_bytes> ToBytes(const std::vector<std::string>& items) {
  std::vector<postern_bytes> bytes;
  for (const std::string& item : items) bytes.push_back(ToBytes(item));
  return bytes;
}

absl::string_view VariableName(absl::string_view variable) {
  return variable.substr(0, variable.find('='));
}

bool Contains(const std::vector<std::string>& items, absl::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// What the guest set, and did not inherit.
std::vector<std::string> SetByGuest(const std::vector<std::string>& wanted) {
  std::vector<std::string> set;
  for (const std::string& variable : wanted) {
    if (!Contains(TheGuest()->environment, variable)) set.push_back(variable);
  }
  return set;
}

// Whether what is started is held as this process is. False with the error set.
bool CheckConfined(PyObject* resource) {
  if (!TheGuest()->confined) {
    RaiseRefusal("process.spawn", resource,
                 "programs are started under \"postern python\" alone, where "
                 "the kernel confines them");
    return false;
  }
  if (!TheGuest()->wider_in_kernel.load()) return true;
  RaiseRefusal("process.spawn", resource,
               "rights were dropped since the start, and a program that is "
               "started would have them");
  return false;
}

postern_status Try(const std::string& name, const Request& request,
                   postern_command** command, postern_error* error) {
  std::vector<std::string> words = request.arguments;
  words.insert(words.begin(), name);
  const std::vector<std::string> set = SetByGuest(request.environment);
  const std::vector<postern_bytes> argv = ToBytes(words), env = ToBytes(set);
  postern_start start = {};
  start.struct_size = sizeof(start);
  start.argv = argv.data();
  start.argc = argv.size();
  start.environment = env.data();
  start.environment_count = env.size();
  start.directory = {request.directory.data(), request.directory.size()};
  return postern_commands_prepare(TheGuest()->commands, &start, INT64_MAX,
                                  command, error);
}

}  // namespace

bool Command::Prepare(const std::vector<std::string>& names,
                      const Request& request, PyObject* resource) {
  if (!CheckConfined(resource)) return false;
  const Error first;
  bool refused = false;
  PyThreadState* const state = PyEval_SaveThread();
  postern_status status = POSTERN_SYSTEM;
  for (const std::string& name : names) {
    const Error later;
    postern_error* const error = refused ? later.get() : first.get();
    status = Try(name, request, &command_, error);
    refused = refused || status == POSTERN_DENIED;
    if (status == POSTERN_OK) break;
  }
  PyEval_RestoreThread(state);
  if (status == POSTERN_OK) return true;
  if (names.empty()) {
    errno = ENOENT;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, resource);
    return false;
  }
  (void)RaiseOutcome(first.get(), "process.spawn", resource);
  return false;
}

std::string Command::Program() const {
  return absl::StrCat("/proc/", getpid(), "/fd/",
                      postern_command_program(command_));
}

std::string Command::Directory() const {
  const int fd = postern_command_directory(command_);
  return fd < 0 ? "" : absl::StrCat("/proc/", getpid(), "/fd/", fd);
}

std::vector<std::string> Command::Arguments() const {
  std::vector<std::string> all;
  size_t size = 0;
  for (size_t i = 0;; ++i) {
    const char* const one = postern_command_argument(command_, i, &size);
    if (one == nullptr) return all;
    all.emplace_back(one, size);
  }
}

std::vector<std::string> Command::Environment(
    const std::vector<std::string>& wanted) const {
  std::vector<std::string> names, all;
  for (const std::string& one : wanted) names.emplace_back(VariableName(one));
  size_t size = 0;
  for (size_t i = 0;; ++i) {
    const char* const one = postern_command_variable(command_, i, &size);
    if (one == nullptr) return all;
    if (Contains(names, VariableName({one, size}))) all.emplace_back(one, size);
  }
}

bool ReadStrings(PyObject* sequence, std::vector<std::string>* out) {
  const Ref items(PySequence_Tuple(sequence));
  if (!items) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items.get()); ++i) {
    PyObject* bytes = nullptr;
    if (PyUnicode_FSConverter(PyTuple_GET_ITEM(items.get(), i), &bytes) == 0) {
      return false;
    }
    const Ref owned(bytes);
    out->emplace_back(PyBytes_AS_STRING(bytes),
                      static_cast<size_t>(PyBytes_GET_SIZE(bytes)));
  }
  return true;
}

PyObject* BytesTuple(const std::vector<std::string>& items) {
  Ref tuple(PyTuple_New(static_cast<Py_ssize_t>(items.size())));
  for (size_t i = 0; tuple && i < items.size(); ++i) {
    PyObject* const one = PyBytes_FromStringAndSize(
        items[i].data(), static_cast<Py_ssize_t>(items[i].size()));
    if (one == nullptr) return nullptr;
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), one);
  }
  return tuple.Release();
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> all;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    all.emplace_back(*one);
  }
  return all;
}

bool ReadEnvironment(PyObject* mapping, std::vector<std::string>* out) {
  if (mapping == nullptr || mapping == Py_None) {
    *out = OwnEnvironment();
    return true;
  }
  const Ref keys(PyMapping_Keys(mapping)), values(PyMapping_Values(mapping));
  std::vector<std::string> names, texts;
  if (!keys || !values || !ReadStrings(keys.get(), &names) ||
      !ReadStrings(values.get(), &texts)) {
    return false;
  }
  if (names.size() != texts.size()) {
    PyErr_SetString(PyExc_ValueError, "the environment changed meanwhile");
    return false;
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() || names[i].find('=') != std::string::npos) {
      PyErr_SetString(PyExc_ValueError, "illegal environment variable name");
      return false;
    }
    out->push_back(absl::StrCat(names[i], "=", texts[i]));
  }
  return true;
}

}  // namespace python
}  // namespace postern
