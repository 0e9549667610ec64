#ifndef POSTERN_BINDINGS_PYTHON_PYTHON_H_
#define POSTERN_BINDINGS_PYTHON_PYTHON_H_

// The interpreter's headers, which want to be the first, and owned references.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

namespace postern {
namespace python {

// An owned reference, or none. The thread holds the interpreter's lock (GIL)
// whenever one is made, copied or dropped.
class Ref {
 public:
  Ref() = default;
  // Takes the reference over.
  explicit Ref(PyObject* owned) : object_(owned) {}
  static Ref Share(PyObject* borrowed) {
    Py_XINCREF(borrowed);
    return Ref(borrowed);
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    PyObject* const old = std::exchange(object_, nullptr);
    object_ = std::exchange(other.object_, nullptr);
    Py_XDECREF(old);
    return *this;
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  PyObject* Release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_PYTHON_H_
