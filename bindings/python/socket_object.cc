#include "bindings/python/socket_object.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "bindings/python/denial.h"
#include "bindings/python/names.h"
#include "bindings/python/replace.h"

namespace postern {
namespace python {
namespace {

// Forced by the runtime, as the table of replace.cc is.
initproc original_init = nullptr;
PyCFunction original_fileno = nullptr;

bool IsKnownKind(long family, long type, long protocol) {
  constexpr long kType = 0xf;  // beside SOCK_NONBLOCK and SOCK_CLOEXEC
  type &= kType;
  if (family == AF_UNIX) {
    return protocol <= 0 && (type == SOCK_STREAM || type == SOCK_DGRAM ||
                             type == SOCK_SEQPACKET);
  }
  if (family != AF_INET && family != AF_INET6) return false;
  return (type == SOCK_STREAM && (protocol <= 0 || protocol == IPPROTO_TCP)) ||
         (type == SOCK_DGRAM && (protocol <= 0 || protocol == IPPROTO_UDP));
}

bool IsKnownDomain(int domain) {
  return domain == AF_UNIX || domain == AF_INET || domain == AF_INET6;
}

int RefuseKind() {
  (void)RaiseRefusal("net.connect", nullptr,
                     "no rule can speak of this kind of socket");
  return -1;
}

int Init(PyObject* self, PyObject* args, PyObject* keywords) {
  static const char* const kNames[] = {"family", "type", "proto", "fileno",
                                       nullptr};
  int family = -1, type = -1, protocol = -1;
  PyObject* fileno = Py_None;
  if (PyArg_ParseTupleAndKeywords(args, keywords, "|iiiO:socket",
                                  const_cast<char**>(kNames), &family, &type,
                                  &protocol, &fileno) == 0) {
    return -1;
  }
  Ref number = Ref::Share(Py_None);
  if (fileno != Py_None) {
    int descriptor = -1;
    if (!ReadDescriptor(fileno, &descriptor)) return -1;
    if (!IsKnownDomain(DomainOf(descriptor))) return RefuseKind();
    number = Ref(PyLong_FromLong(descriptor));
  } else {
    if (family == -1) family = AF_INET;
    if (type == -1) type = SOCK_STREAM;
    if (!IsKnownKind(family, type, protocol)) return RefuseKind();
  }
  const Ref decided(
      Py_BuildValue("(iiiO)", family, type, protocol, number.get()));
  if (!decided) return -1;
  const int made = original_init(self, decided.get(), nullptr);
  if (made == 0 || PyErr_ExceptionMatches(PyExc_PermissionError) == 0) {
    return made;
  }
  // The kernel's filter, where no rule is about such sockets.
  PyErr_Clear();
  (void)RaiseRefusal("net.connect", nullptr,
                     "no rule grants a socket of this kind");
  return -1;
}

}  // namespace

bool GuardSocketObjects(PyTypeObject* socket) {
  PyObject* const fileno = PyDict_GetItemString(socket->tp_dict, "fileno");
  if (fileno == nullptr || !Py_IS_TYPE(fileno, &PyMethodDescr_Type)) {
    PyErr_SetString(PyExc_SystemError, "postern: sockets have no fileno()");
    return false;
  }
  original_fileno =
      reinterpret_cast<PyMethodDescrObject*>(fileno)->d_method->ml_meth;
  return ReplaceInit(socket, &Init, &original_init);
}

int DescriptorOf(PyObject* socket) {
  const Ref number(original_fileno(socket, nullptr));
  return number ? _PyLong_AsInt(number.get()) : -1;
}

int DomainOf(int descriptor) {
  int domain = -1;
  socklen_t size = sizeof(domain);
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0
             ? domain
             : -1;
}

}  // namespace python
}  // namespace postern
