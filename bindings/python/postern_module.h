#ifndef POSTERN_BINDINGS_PYTHON_POSTERN_MODULE_H_
#define POSTERN_BINDINGS_PYTHON_POSTERN_MODULE_H_

#include "bindings/python/python.h"

// `import postern`: policies, contexts and questions for Python code; and where
// this program embeds a guest, or was started by `postern exec`, has(), check()
// and drop() for the context that holds here. package/postern/__init__.pyi says
// what each does.
PyMODINIT_FUNC PyInit__postern(void);

#endif  // POSTERN_BINDINGS_PYTHON_POSTERN_MODULE_H_
