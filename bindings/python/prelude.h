#ifndef POSTERN_BINDINGS_PYTHON_PRELUDE_H_
#define POSTERN_BINDINGS_PYTHON_PRELUDE_H_

#include "bindings/python/python.h"

namespace postern {
namespace python {

// What is written in Python, since it needs no rights of its own: a guest that
// changes it gets nothing that it has not.

// Makes it, before a guest can put other functions in the place of those that
// it uses. False with the error set.
bool MakePrelude();
// The function of this name; a new reference.
PyObject* PreludeFunction(const char* name);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_PRELUDE_H_
