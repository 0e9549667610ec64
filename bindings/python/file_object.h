#ifndef POSTERN_BINDINGS_PYTHON_FILE_OBJECT_H_
#define POSTERN_BINDINGS_PYTHON_FILE_OBJECT_H_

#include "bindings/python/python.h"

namespace postern {
namespace python {

// _io.FileIO, which every open() of Python makes: in place of its constructor,
// one that opens a guarded file and hands the descriptor to the original.
bool GuardFileObjects(PyTypeObject* file_io);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_FILE_OBJECT_H_
