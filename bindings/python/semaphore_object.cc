#include "bindings/python/semaphore_object.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/python/denial.h"

namespace postern {
namespace python {
namespace {

// Forced by the runtime, as the table of replace.cc is.
newfunc original_new = nullptr;

// An exact str of a semaphore's name that may be used; none with the error set.
Ref Decided(PyObject* given) {
  if (PyUnicode_Check(given) == 0) {
    PyErr_SetString(PyExc_TypeError, "the name of a semaphore is a str");
    return Ref();
  }
  Ref text(PyUnicode_FromObject(given));
  Py_ssize_t size = 0;
  const char* const data =
      text ? PyUnicode_AsUTF8AndSize(text.get(), &size) : nullptr;
  if (data == nullptr) return Ref();
  absl::string_view name(data, static_cast<size_t>(size));
  while (!name.empty() && name[0] == '/') name.remove_prefix(1);
  if (name.empty() || name.find('/') != absl::string_view::npos) {
    (void)RaiseRefusal("fs.write", text.get(), "this names no semaphore");
    return Ref();
  }
  const std::string path = absl::StrCat("/dev/shm/sem.", name);
  for (const postern_permission one : {POSTERN_FS_READ, POSTERN_FS_WRITE}) {
    if (!EnforceText(one, POSTERN_FORM_PATH, path, text.get())) return Ref();
  }
  return text;
}

PyObject* New(PyTypeObject* type, PyObject* args, PyObject* keywords) {
  static const char* const kNames[] = {"kind", "value",  "maxvalue",
                                       "name", "unlink", nullptr};
  PyObject* at[5];
  if (PyArg_ParseTupleAndKeywords(args, keywords, "OOOOO:SemLock",
                                  const_cast<char**>(kNames), &at[0], &at[1],
                                  &at[2], &at[3], &at[4]) == 0) {
    return nullptr;
  }
  const Ref name = Decided(at[3]);
  const Ref decided(
      name ? PyTuple_Pack(5, at[0], at[1], at[2], name.get(), at[4]) : nullptr);
  return decided ? original_new(type, decided.get(), nullptr) : nullptr;
}

}  // namespace

bool GuardSemaphores(PyTypeObject* semaphore) {
  if (semaphore->tp_new == &New) return true;
  original_new = semaphore->tp_new;
  semaphore->tp_new = &New;
  PyType_Modified(semaphore);
  return true;
}

// The name is the fourth; another process made it.
PyObject* RebuildSemaphore(const Call& call) {
  constexpr Py_ssize_t kName = 3;
  if (call.count != 4 || call.args[kName] == Py_None) {
    return RaiseRefusal("fs.write", nullptr, "this names no semaphore");
  }
  const Ref name = Decided(call.args[kName]);
  return name ? call.OriginalBut(kName, name.get()) : nullptr;
}

PyObject* RemoveSemaphore(const Call& call) {
  if (call.count != 1) return call.Original();
  const Ref name = Decided(call.args[0]);
  return name ? call.OriginalWith({name.get()}) : nullptr;
}

}  // namespace python
}  // namespace postern
