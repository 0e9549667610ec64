#ifndef POSTERN_BINDINGS_PYTHON_SEMAPHORE_OBJECT_H_
#define POSTERN_BINDINGS_PYTHON_SEMAPHORE_OBJECT_H_

#include "bindings/python/call.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// _multiprocessing.SemLock, a named semaphore: a file below /dev/shm
// (sem_overview(7)), decided by that name.
bool GuardSemaphores(PyTypeObject* semaphore);
PyObject* RebuildSemaphore(const Call& call);
PyObject* RemoveSemaphore(const Call& call);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_SEMAPHORE_OBJECT_H_
