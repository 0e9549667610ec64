#include "bindings/python/replace.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bindings/python/call.h"
#include "bindings/python/operations.h"

namespace postern {
namespace python {
namespace {

// A function of C carries no pointer of ours, so that each replaced function
// needs an entry of its own, and the entries are the process's. They only grow,
// under the interpreter's lock.
constexpr int kMostReplaced = 640;
std::array<Replaced, kMostReplaced> replaced_functions;
int replaced_count = 0;

// Named in place of a row for what has none.
constexpr Row kUnknown = {"", &Refuse, "this function is not known here"};

PyObject* Handle(const Call& call) { return call.row().handler(call); }

// One entry for each form in which the interpreter calls (methodobject.h).
template <int kIndex>
struct Entry {
  static PyObject* Tuple(PyObject* self, PyObject* args) {
    return Handle({&replaced_functions[kIndex], self, nullptr,
                   &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args),
                   nullptr});
  }
  static PyObject* One(PyObject* self, PyObject* arg) {
    return Handle(
        {&replaced_functions[kIndex], self, nullptr, &arg, 1, nullptr});
  }
  static PyObject* None(PyObject* self, PyObject*) {
    return Handle(
        {&replaced_functions[kIndex], self, nullptr, nullptr, 0, nullptr});
  }
  static PyObject* Fast(PyObject* self, PyObject* const* args,
                        Py_ssize_t count) {
    return Handle(
        {&replaced_functions[kIndex], self, nullptr, args, count, nullptr});
  }
  static PyObject* FastNames(PyObject* self, PyObject* const* args,
                             Py_ssize_t count, PyObject* names) {
    return Handle(
        {&replaced_functions[kIndex], self, nullptr, args, count, names});
  }
  static PyObject* Method(PyObject* self, PyTypeObject* defining,
                          PyObject* const* args, size_t count,
                          PyObject* names) {
    return Handle({&replaced_functions[kIndex], self, defining, args,
                   PyVectorcall_NARGS(count), names});
  }
  static PyObject* TupleNames(PyObject* self, PyObject* args, PyObject* dict) {
    std::vector<PyObject*> all;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i) {
      all.push_back(PyTuple_GET_ITEM(args, i));
    }
    const Ref names(dict == nullptr ? PyTuple_New(0) : PySequence_Tuple(dict));
    if (!names) return nullptr;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names.get()); ++i) {
      all.push_back(
          PyDict_GetItemWithError(dict, PyTuple_GET_ITEM(names.get(), i)));
    }
    return Handle({&replaced_functions[kIndex], self, nullptr, all.data(),
                   PyTuple_GET_SIZE(args), names.get()});
  }
};

struct Entries {
  PyCFunction tuple, one, none, fast, fast_names, method, tuple_names;
};

template <typename Function>
PyCFunction Plain(Function function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

template <int kIndex>
constexpr Entries EntriesAt() {
  using One = Entry<kIndex>;
  return {&One::Tuple,
          &One::One,
          &One::None,
          Plain(&One::Fast),
          Plain(&One::FastNames),
          Plain(&One::Method),
          Plain(&One::TupleNames)};
}

template <int... kIndices>
const Entries& EntriesOf(int index, std::integer_sequence<int, kIndices...>) {
  static const Entries kAll[] = {EntriesAt<kIndices>()...};
  return kAll[index];
}

// Null for a form that nobody here knows.
PyCFunction EntryFor(int index, int flags) {
  const Entries& entries =
      EntriesOf(index, std::make_integer_sequence<int, kMostReplaced>());
  if ((flags & METH_METHOD) != 0) return entries.method;
  switch (flags & (METH_VARARGS | METH_FASTCALL | METH_NOARGS | METH_O |
                   METH_KEYWORDS)) {
    case METH_VARARGS:
      return entries.tuple;
    case METH_VARARGS | METH_KEYWORDS:
      return entries.tuple_names;
    case METH_FASTCALL:
      return entries.fast;
    case METH_FASTCALL | METH_KEYWORDS:
      return entries.fast_names;
    case METH_NOARGS:
      return entries.none;
    case METH_O:
      return entries.one;
    default:
      return nullptr;
  }
}

bool IsReplaced(const PyMethodDef* definition) {
  for (int i = 0; i < replaced_count; ++i) {
    if (replaced_functions[i].definition == definition) return true;
  }
  return false;
}

bool Replace(PyMethodDef* definition, const Row* row) {
  if (IsReplaced(definition)) return true;
  if (replaced_count == kMostReplaced) {
    PyErr_SetString(PyExc_SystemError, "postern: too many guarded functions");
    return false;
  }
  const PyCFunction entry = EntryFor(replaced_count, definition->ml_flags);
  if (entry == nullptr) {
    PyErr_Format(PyExc_SystemError, "postern: %s is called in an unknown way",
                 definition->ml_name);
    return false;
  }
  replaced_functions[replaced_count] = {row, definition, definition->ml_meth};
  ++replaced_count;
  definition->ml_meth = entry;
  return true;
}

// The C function behind a module's function or a type's method; null if it is
// written in Python, or is no function.
PyMethodDef* DefinitionOf(PyObject* object) {
  if (PyCFunction_Check(object)) {
    return reinterpret_cast<PyCFunctionObject*>(object)->m_ml;
  }
  if (Py_IS_TYPE(object, &PyMethodDescr_Type) ||
      Py_IS_TYPE(object, &PyClassMethodDescr_Type)) {
    return reinterpret_cast<PyMethodDescrObject*>(object)->d_method;
  }
  if (PyObject_TypeCheck(object, &PyStaticMethod_Type) != 0) return nullptr;
  return nullptr;
}

// Special methods stay: __repr__, __reduce__ and their like; a row can name
// one.
bool IsSpecial(absl::string_view name) {
  return name.size() > 4 && name.substr(0, 2) == "__" &&
         name.substr(name.size() - 2) == "__";
}

bool GuardOne(const Surface& surface, absl::string_view name,
              PyObject* object) {
  PyMethodDef* const definition = DefinitionOf(object);
  if (definition == nullptr) return true;
  const Row* row = FindRow(surface, name);
  if (row == nullptr && IsSpecial(name)) return true;
  if (row == nullptr) row = &kUnknown;
  return row->handler == nullptr || Replace(definition, row);
}

bool GuardDict(const Surface& surface, PyObject* dict) {
  PyObject* name = nullptr;
  PyObject* object = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &name, &object) != 0) {
    const char* const text =
        PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : "";
    if (text == nullptr) return false;
    if (!GuardOne(surface, text, object)) return false;
  }
  return true;
}

bool GuardTypes(PyObject* dict, const std::string& module) {
  const Ref values(PyDict_Values(dict));
  if (!values) return false;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get()); ++i) {
    PyObject* const object = PyList_GET_ITEM(values.get(), i);
    if (PyType_Check(object) == 0) continue;
    PyTypeObject* const type = reinterpret_cast<PyTypeObject*>(object);
    // Some are made ready when they are first used.
    if (type->tp_dict == nullptr && PyType_Ready(type) != 0) return false;
    const absl::string_view full = type->tp_name;
    const std::string where =
        absl::StrCat(module, ".", full.substr(full.rfind('.') + 1));
    if (!ReplaceConstructors(where, type)) return false;
    const Surface* const surface = FindSurface(where);
    if (surface != nullptr && !GuardDict(*surface, type->tp_dict)) return false;
  }
  return true;
}

// By what the module's C code says, where a guest cannot have written.
const char* NameOf(PyObject* module) {
  const PyModuleDef* const definition = PyModule_GetDef(module);
  if (definition == nullptr) return nullptr;
  // The one that says something else than it is imported by.
  const absl::string_view name = definition->m_name;
  return name == "io" ? "_io" : definition->m_name;
}

}  // namespace

bool GuardModule(PyObject* module) {
  if (PyModule_Check(module) == 0) return true;
  const char* const name = NameOf(module);
  if (name == nullptr) return true;
  const Surface* const surface = FindSurface(name);
  PyObject* const dict = PyModule_GetDict(module);
  if (surface != nullptr && !GuardDict(*surface, dict)) return false;
  return GuardTypes(dict, name);
}

bool GuardBuiltins() {
  for (const Surface& surface : Surfaces()) {
    if (absl::string_view(surface.where).find('.') != absl::string_view::npos) {
      continue;
    }
    bool built_in = false;
    for (const _inittab* one = PyImport_Inittab; one->name != nullptr; ++one) {
      built_in = built_in || absl::string_view(one->name) == surface.where;
    }
    if (!built_in) continue;
    const Ref module(PyImport_ImportModule(surface.where));
    if (!module || !GuardModule(module.get())) return false;
  }
  return true;
}

std::vector<std::string> NamesWithoutRow() {
  std::vector<std::string> names;
  for (int i = 0; i < replaced_count; ++i) {
    if (replaced_functions[i].row == &kUnknown) {
      names.emplace_back(replaced_functions[i].definition->ml_name);
    }
  }
  return names;
}

bool ReplaceInit(PyTypeObject* type, initproc ours, initproc* original) {
  if (type->tp_init == ours) return true;
  *original = type->tp_init;
  type->tp_init = ours;
  PyObject* const wrapper = PyDict_GetItemString(type->tp_dict, "__init__");
  if (wrapper != nullptr && Py_IS_TYPE(wrapper, &PyWrapperDescr_Type)) {
    reinterpret_cast<PyWrapperDescrObject*>(wrapper)->d_wrapped =
        reinterpret_cast<void*>(ours);
  }
  PyType_Modified(type);
  return true;
}

}  // namespace python
}  // namespace postern
