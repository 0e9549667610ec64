#include "bindings/python/question.h"

#include "bindings/host/question.h"

namespace postern {
namespace python {
namespace {

bool TakesResource(postern_permission permission) {
  return permission != POSTERN_UNKNOWN && permission != POSTERN_CODE_EVAL &&
         permission != POSTERN_THREAD_CREATE &&
         permission != POSTERN_DEBUG_ATTACH;
}

bool IsText(PyObject* object) {
  return PyUnicode_Check(object) != 0 || PyBytes_Check(object) != 0;
}

}  // namespace

bool Question::Keep(PyObject* given, postern_bytes* bytes) {
  const Ref text(PyOS_FSPath(given));
  if (!text) return false;
  Ref encoded(PyBytes_Check(text.get()) != 0
                  ? Ref::Share(text.get()).Release()
                  : PyUnicode_EncodeFSDefault(text.get()));
  if (!encoded) return false;
  bytes->data = PyBytes_AS_STRING(encoded.get());
  bytes->size = static_cast<size_t>(PyBytes_GET_SIZE(encoded.get()));
  kept_.push_back(std::move(encoded));
  return true;
}

bool Question::Read(PyObject* const* args, Py_ssize_t count,
                    PyObject* keywords) {
  if (count < 1 || PyUnicode_Check(args[0]) == 0) {
    PyErr_SetString(PyExc_TypeError, "the first argument names a permission");
    return false;
  }
  Py_ssize_t size = 0;
  const char* const name = PyUnicode_AsUTF8AndSize(args[0], &size);
  if (name == nullptr) return false;
  permission_.assign(name, static_cast<size_t>(size));
  access_.struct_size = sizeof(access_);
  access_.permission = postern_permission_parse(name, permission_.size());
  access_.form = POSTERN_FORM_WHOLE;
  const bool has_resource = count > 1 && args[1] != Py_None;
  if (has_resource && !ReadResource(args[1])) return false;
  if (has_resource && !ReadArguments(args + 2, count - 2)) return false;
  return ReadNamed(keywords);
}

bool Question::ReadResource(PyObject* given) {
  resource_ = given;
  if (!TakesResource(access_.permission)) {
    PyErr_Format(PyExc_ValueError, "%s takes no resource", permission_.c_str());
    return false;
  }
  access_.form = host::FormOf(access_.permission);
  if (access_.form != POSTERN_FORM_SECRET) return Keep(given, &access_.text);
  // The parts of a key: "db/password", or one by one. Of a subclass of str the
  // text counts.
  const Ref slash(PyUnicode_FromString("/"));
  if (!slash) return false;
  const Ref split(PyUnicode_Check(given) != 0
                      ? PyUnicode_Split(given, slash.get(), -1)
                      : Ref::Share(given).Release());
  const Ref items(split ? PySequence_Tuple(split.get()) : nullptr);
  if (!items) return false;
  parts_.resize(static_cast<size_t>(PyTuple_GET_SIZE(items.get())));
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (!Keep(PyTuple_GET_ITEM(items.get(), static_cast<Py_ssize_t>(i)),
              &parts_[i])) {
      return false;
    }
  }
  access_.parts = parts_.data();
  access_.part_count = parts_.size();
  return true;
}

bool Question::ReadArguments(PyObject* const* args, Py_ssize_t count) {
  if (count > 0 && access_.form != POSTERN_FORM_COMMAND &&
      access_.form != POSTERN_FORM_CALL) {
    PyErr_Format(PyExc_TypeError, "%s takes no arguments", permission_.c_str());
    return false;
  }
  for (Py_ssize_t i = 0; i < count; ++i) {
    postern_arg one = {};
    one.text = IsText(args[i]) ? 1 : 0;
    if (one.text == 1 && !Keep(args[i], &one.value)) return false;
    args_.push_back(one);
  }
  access_.args = args_.data();
  access_.arg_count = args_.size();
  return true;
}

bool Question::ReadNamed(PyObject* keywords) {
  if (keywords == nullptr || PyDict_GET_SIZE(keywords) == 0) return true;
  if (access_.form != POSTERN_FORM_CALL) {
    PyErr_SetString(PyExc_TypeError, "only calls have arguments by name");
    return false;
  }
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(keywords, &position, &name, &value) != 0) {
    postern_named_arg one = {};
    if (!Keep(name, &one.name)) return false;
    one.arg.text = IsText(value) ? 1 : 0;
    if (one.arg.text == 1 && !Keep(value, &one.arg.value)) return false;
    named_.push_back(one);
  }
  access_.named = named_.data();
  access_.named_count = named_.size();
  return true;
}

}  // namespace python
}  // namespace postern
