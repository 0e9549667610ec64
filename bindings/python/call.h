#ifndef POSTERN_BINDINGS_PYTHON_CALL_H_
#define POSTERN_BINDINGS_PYTHON_CALL_H_

#include <vector>

#include "bindings/python/python.h"

namespace postern {
namespace python {

struct Row;

// A function of the interpreter whose pointer was replaced by ours, and what
// was there before.
struct Replaced {
  const Row* row = nullptr;
  PyMethodDef* definition = nullptr;
  PyCFunction original = nullptr;
};

// One call of such a function, as the guest made it. Borrows everything.
struct Call {
  const Replaced* replaced;
  PyObject* self;          // module or object
  PyTypeObject* defining;  // for METH_METHOD, else null
  PyObject* const* args;   // positional ones, then those by name
  Py_ssize_t count;        // positional ones
  PyObject* names;         // tuple, or null

  const Row& row() const { return *replaced->row; }
  // The interpreter's own function with what the guest gave.
  PyObject* Original() const;
  // With these positional arguments, and those by name if `keep_names`.
  PyObject* OriginalWith(const std::vector<PyObject*>& positional,
                         bool keep_names = false) const;
  // With `other` in the place of this positional one.
  PyObject* OriginalBut(Py_ssize_t index, PyObject* other) const;
};

// The parameters of a function, as its documentation names them.
struct Parameters {
  static constexpr int kMost = 24;
  const char* names[kMost];
  int positional;  // so many may be given by position
  int required;    // the first so many must be given
};

// The arguments in the order of the parameters; null where none was given.
struct Bound {
  PyObject* at[Parameters::kMost] = {};
  PyObject* operator[](int index) const { return at[index]; }
};

// False with a TypeError set for arguments that the function does not take.
bool Bind(const Call& call, const Parameters& parameters, Bound* bound);

// Makes the hook let one event of this name pass on this thread: the next one
// that the interpreter's own function raises about what was just decided. Ends
// with the object.
class Expected {
 public:
  explicit Expected(const char* event);
  ~Expected();
  Expected(const Expected&) = delete;
  Expected& operator=(const Expected&) = delete;
  // Whether the event is the one that is expected; not a second time.
  static bool Take(const char* event);

 private:
  const char* const before_;
};

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_CALL_H_
