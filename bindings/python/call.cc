#include "bindings/python/call.h"

#include <string.h>

#include "bindings/python/operations.h"

namespace postern {
namespace python {
namespace {

thread_local const char* expected_event = nullptr;

using FastFunction = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
using FastNamesFunction = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t,
                                        PyObject*);

// As the table's flags say what is behind a PyCFunction.
template <typename Function>
Function As(PyCFunction function) {
  return reinterpret_cast<Function>(reinterpret_cast<void (*)()>(function));
}

Ref TupleOf(PyObject* const* args, Py_ssize_t count) {
  Ref tuple(PyTuple_New(count));
  if (!tuple) return tuple;
  for (Py_ssize_t i = 0; i < count; ++i) {
    Py_INCREF(args[i]);
    PyTuple_SET_ITEM(tuple.get(), i, args[i]);
  }
  return tuple;
}

// The dictionary of arguments by name; none for none, with `*ok`.
Ref DictOf(PyObject* const* values, PyObject* names, bool* ok) {
  *ok = true;
  if (names == nullptr || PyTuple_GET_SIZE(names) == 0) return Ref();
  Ref dict(PyDict_New());
  *ok = static_cast<bool>(dict);
  for (Py_ssize_t i = 0; *ok && i < PyTuple_GET_SIZE(names); ++i) {
    *ok =
        PyDict_SetItem(dict.get(), PyTuple_GET_ITEM(names, i), values[i]) == 0;
  }
  return dict;
}

PyObject* CallTupleForm(const Replaced& replaced, PyObject* self,
                        PyObject* const* args, Py_ssize_t count,
                        PyObject* names) {
  bool ok = false;
  const Ref tuple = TupleOf(args, count);
  const Ref dict = DictOf(args + count, names, &ok);
  if (!tuple || !ok) return nullptr;
  if ((replaced.definition->ml_flags & METH_KEYWORDS) == 0) {
    return replaced.original(self, tuple.get());
  }
  return As<PyCFunctionWithKeywords>(replaced.original)(self, tuple.get(),
                                                        dict.get());
}

PyObject* CallOriginal(const Call& call, PyObject* const* args,
                       Py_ssize_t count, PyObject* names) {
  const Replaced& replaced = *call.replaced;
  const int flags = replaced.definition->ml_flags;
  if ((flags & METH_METHOD) != 0) {
    return As<PyCMethod>(replaced.original)(call.self, call.defining, args,
                                            static_cast<size_t>(count), names);
  }
  switch (flags & (METH_VARARGS | METH_FASTCALL | METH_NOARGS | METH_O |
                   METH_KEYWORDS)) {
    case METH_NOARGS:
      return replaced.original(call.self, nullptr);
    case METH_O:
      return replaced.original(call.self, args[0]);
    case METH_FASTCALL:
      return As<FastFunction>(replaced.original)(call.self, args, count);
    case METH_FASTCALL | METH_KEYWORDS:
      return As<FastNamesFunction>(replaced.original)(call.self, args, count,
                                                      names);
    default:
      return CallTupleForm(replaced, call.self, args, count, names);
  }
}

const char* NameOf(const Call& call) {
  return call.replaced->definition->ml_name;
}

// Index of the parameter, or -1 with the error set.
int Find(const Call& call, const Parameters& parameters, PyObject* name) {
  for (int i = 0; i < Parameters::kMost && parameters.names[i] != nullptr;
       ++i) {
    if (PyUnicode_Check(name) &&
        PyUnicode_CompareWithASCIIString(name, parameters.names[i]) == 0) {
      return i;
    }
  }
  PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R",
               NameOf(call), name);
  return -1;
}

bool BindNames(const Call& call, const Parameters& parameters, Bound* bound) {
  const Py_ssize_t count =
      call.names == nullptr ? 0 : PyTuple_GET_SIZE(call.names);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const name = PyTuple_GET_ITEM(call.names, i);
    const int index = Find(call, parameters, name);
    if (index < 0) return false;
    if (bound->at[index] != nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument %R",
                   NameOf(call), name);
      return false;
    }
    bound->at[index] = call.args[call.count + i];
  }
  return true;
}

}  // namespace

PyObject* Call::Original() const {
  return CallOriginal(*this, args, count, names);
}

PyObject* Call::OriginalWith(const std::vector<PyObject*>& positional,
                             bool keep_names) const {
  std::vector<PyObject*> all = positional;
  const bool has_names = keep_names && names != nullptr;
  for (Py_ssize_t i = 0; has_names && i < PyTuple_GET_SIZE(names); ++i) {
    all.push_back(args[count + i]);
  }
  return CallOriginal(*this, all.data(),
                      static_cast<Py_ssize_t>(positional.size()),
                      has_names ? names : nullptr);
}

PyObject* Call::OriginalBut(Py_ssize_t index, PyObject* other) const {
  std::vector<PyObject*> positional(args, args + count);
  positional[static_cast<size_t>(index)] = other;
  return OriginalWith(positional, true);
}

bool Bind(const Call& call, const Parameters& parameters, Bound* bound) {
  if (call.count > parameters.positional) {
    PyErr_Format(PyExc_TypeError,
                 "%s() takes at most %d positional arguments (%zd given)",
                 NameOf(call), parameters.positional, call.count);
    return false;
  }
  for (Py_ssize_t i = 0; i < call.count; ++i) bound->at[i] = call.args[i];
  if (!BindNames(call, parameters, bound)) return false;
  for (int i = 0; i < parameters.required; ++i) {
    if (bound->at[i] != nullptr) continue;
    PyErr_Format(PyExc_TypeError,
                 "%s() missing required argument '%s' (pos %d)", NameOf(call),
                 parameters.names[i], i + 1);
    return false;
  }
  return true;
}

Expected::Expected(const char* event) : before_(expected_event) {
  expected_event = event;
}

Expected::~Expected() { expected_event = before_; }

bool Expected::Take(const char* event) {
  if (expected_event == nullptr || strcmp(expected_event, event) != 0) {
    return false;
  }
  expected_event = nullptr;
  return true;
}

}  // namespace python
}  // namespace postern
