#ifndef POSTERN_BINDINGS_PYTHON_SOCKET_OBJECT_H_
#define POSTERN_BINDINGS_PYTHON_SOCKET_OBJECT_H_

#include "bindings/python/python.h"

namespace postern {
namespace python {

// _socket.socket: only kinds of sockets that rules can speak of are made.
bool GuardSocketObjects(PyTypeObject* socket);

// The descriptor of such an object, by the interpreter's own function whatever
// the guest's class says; -1 if it is closed.
int DescriptorOf(PyObject* socket);
// AF_..., or -1 for what is no socket.
int DomainOf(int descriptor);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_SOCKET_OBJECT_H_
