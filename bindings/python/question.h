#ifndef POSTERN_BINDINGS_PYTHON_QUESTION_H_
#define POSTERN_BINDINGS_PYTHON_QUESTION_H_

#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// An access as Python code asks for it: a permission's dotted name, what it is
// wanted for, and the arguments of a command or call, by position and by name.
// Holds what `access()` points to.
class Question {
 public:
  Question() = default;
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  // False with TypeError or ValueError set. Without a resource the permission
  // as a whole is asked for.
  bool Read(PyObject* const* args, Py_ssize_t count, PyObject* keywords);

  const postern_access& access() const { return access_; }
  const std::string& permission() const { return permission_; }
  PyObject* resource() const { return resource_; }  // borrowed, or null
  const std::vector<postern_bytes>& parts() const { return parts_; }

 private:
  bool ReadResource(PyObject* given);
  bool ReadArguments(PyObject* const* args, Py_ssize_t count);
  bool ReadNamed(PyObject* keywords);
  // Bytes of str, bytes or os.PathLike that live as long as this.
  bool Keep(PyObject* given, postern_bytes* bytes);

  postern_access access_ = {};
  std::string permission_;
  PyObject* resource_ = nullptr;
  std::vector<Ref> kept_;
  std::vector<postern_bytes> parts_;
  std::vector<postern_arg> args_;
  std::vector<postern_named_arg> named_;
};

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_QUESTION_H_
