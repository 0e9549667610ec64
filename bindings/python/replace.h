#ifndef POSTERN_BINDINGS_PYTHON_REPLACE_H_
#define POSTERN_BINDINGS_PYTHON_REPLACE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// Puts our functions in the place of the interpreter's. What is changed is the
// table of C functions that the interpreter's function objects read at each
// call (PyMethodDef, PyCFunctionObject.m_ml), not the modules' names: so there
// is no object left that leads to the original, whatever a guest imports anew,
// walks to (gc, subclasses, __self__) or starts (subinterpreters). Code that
// can write to memory (ctypes, native modules) can undo it; the kernel's rules
// hold then.

// Guards what is loaded of a module: its functions, and those of its types that
// have rows. False with the error set. A module without a surface is left
// alone. Idempotent.
bool GuardModule(PyObject* module);

// The same for each module that is built in; they are imported for it. To be
// called once, before code of a guest runs.
bool GuardBuiltins();

// Functions of a guarded module that have no row, as "posix.new_call": they are
// refused when they are called.
std::vector<std::string> NamesWithoutRow();

// In the place of a constructor slot; the original is kept. Returns false where
// the type has none.
bool ReplaceInit(PyTypeObject* type, initproc ours, initproc* original);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_REPLACE_H_
