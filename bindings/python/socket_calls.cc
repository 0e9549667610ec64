#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bindings/python/denial.h"
#include "bindings/python/endpoint.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/operations.h"
#include "bindings/python/replace.h"
#include "bindings/python/socket_object.h"

namespace postern {
namespace python {
namespace {

PyObject* RefuseFamily(int domain, PyObject* address) {
  if (domain < 0) return PyErr_SetFromErrno(PyExc_OSError);  // closed
  return RaiseRefusal("net.connect", address,
                      "no rule can speak of this kind of socket");
}

// (host, port, ...) of an internet socket.
struct InetAddress {
  std::string host;
  int port = 0;
  PyObject* given = nullptr;
};

bool ReadInetAddress(PyObject* given, InetAddress* address) {
  if (PyTuple_Check(given) == 0 || PyTuple_GET_SIZE(given) < 2 ||
      PyTuple_GET_SIZE(given) > 4) {
    PyErr_SetString(PyExc_TypeError, "an address is a tuple (host, port)");
    return false;
  }
  address->given = given;
  const Ref port(PyNumber_Index(PyTuple_GET_ITEM(given, 1)));
  if (!port) return false;
  const long number = PyLong_AsLong(port.get());
  if (number < 0 || number > 65535) {
    PyErr_SetString(PyExc_OverflowError, "port must be 0-65535.");
    return false;
  }
  address->port = static_cast<int>(number);
  return ReadHost(PyTuple_GET_ITEM(given, 0), &address->host);
}

// The same with what was decided in the place of the host.
Ref WithHost(const InetAddress& address, const std::string& host) {
  const Py_ssize_t size = PyTuple_GET_SIZE(address.given);
  Ref tuple(PyTuple_New(size));
  if (!tuple) return tuple;
  PyTuple_SET_ITEM(tuple.get(), 0, PyUnicode_FromString(host.c_str()));
  PyTuple_SET_ITEM(tuple.get(), 1, PyLong_FromLong(address.port));
  for (Py_ssize_t i = 2; i < size; ++i) {
    PyObject* const one = PyTuple_GET_ITEM(address.given, i);
    Py_INCREF(one);
    PyTuple_SET_ITEM(tuple.get(), i, one);
  }
  return PyErr_Occurred() != nullptr ? Ref() : std::move(tuple);
}

// The guest's socket becomes `fd`, with what it was set to concerning waiting.
PyObject* PutInPlace(int fd, int guest) {
  const int flags = fcntl(guest, F_GETFL);
  const int failed = dup3(fd, guest, O_CLOEXEC) < 0 ? errno : 0;
  close(fd);
  if (failed == 0) {
    (void)fcntl(guest, F_SETFL, flags);
    Py_RETURN_NONE;
  }
  errno = failed;
  return PyErr_SetFromErrno(PyExc_OSError);
}

bool TransportOf(int fd, postern_transport* transport) {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return false;
  *transport = type == SOCK_DGRAM       ? POSTERN_DATAGRAM
               : type == SOCK_SEQPACKET ? POSTERN_SEQPACKET
                                        : POSTERN_STREAM;
  return true;
}

// A connection that the library made to a unix socket; -1 with the error set.
int ConnectUnix(int guest, PyObject* address) {
  std::string endpoint;
  postern_transport transport = POSTERN_STREAM;
  postern_socket* socket = nullptr;
  if (!ReadUnixAddress(address, &endpoint)) return -1;
  if (!TransportOf(guest, &transport)) {
    PyErr_SetFromErrno(PyExc_OSError);
    return -1;
  }
  const Error error;
  PyThreadState* const state = PyEval_SaveThread();
  const postern_status status = postern_network_connect(
      TheGuest()->network, endpoint.data(), endpoint.size(), transport, nullptr,
      &socket, error.get());
  PyEval_RestoreThread(state);
  if (status != POSTERN_OK) {
    RaiseNetwork(error.get(), "net.connect", address);
    return -1;
  }
  const int fd = postern_socket_release(socket);
  postern_socket_free(socket);
  return fd;
}

postern_status BindUnixSocket(const std::string& endpoint,
                              postern_transport transport,
                              postern_socket** socket, postern_error* error) {
  const postern_network* const network = TheGuest()->network;
  postern_targets* targets = nullptr;
  postern_status status =
      postern_network_prepare(network, POSTERN_LISTEN, endpoint.data(),
                              endpoint.size(), nullptr, &targets, error);
  if (status == POSTERN_OK) {
    status =
        postern_network_open(network, POSTERN_UNIX, transport, socket, error);
  }
  if (status == POSTERN_OK) {
    status = postern_network_bind(network, targets, 0, *socket, error);
  }
  postern_targets_free(targets);
  return status;
}

PyObject* BindUnix(int guest, PyObject* address) {
  std::string endpoint;
  postern_transport transport = POSTERN_STREAM;
  postern_socket* socket = nullptr;
  if (!ReadUnixAddress(address, &endpoint)) return nullptr;
  if (!TransportOf(guest, &transport)) return PyErr_SetFromErrno(PyExc_OSError);
  const Error error;
  const postern_status status =
      BindUnixSocket(endpoint, transport, &socket, error.get());
  const int fd = status == POSTERN_OK ? postern_socket_release(socket) : -1;
  postern_socket_free(socket);
  if (fd < 0) return RaiseNetwork(error.get(), "net.listen", address);
  return PutInPlace(fd, guest);
}

// The port and address that a socket has; false if it has none.
bool OwnAddress(int fd, std::string* host, int* port) {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(storage);
  char text[INET6_ADDRSTRLEN] = "";
  auto* const any = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, any, &size) != 0) return false;
  if (storage.ss_family == AF_INET) {
    const auto* const in = reinterpret_cast<sockaddr_in*>(&storage);
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
    *port = ntohs(in->sin_port);
  } else {
    const auto* const in6 = reinterpret_cast<sockaddr_in6*>(&storage);
    inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
    *port = ntohs(in6->sin6_port);
  }
  *host = text;
  return true;
}

// A socket that got a port which it may not have becomes one that was never
// bound.
void Unbind(int guest, int domain) {
  postern_transport transport = POSTERN_STREAM;
  (void)TransportOf(guest, &transport);
  const int type = transport == POSTERN_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM;
  const int fresh = ::socket(domain, type | SOCK_CLOEXEC, 0);
  if (fresh < 0) {
    (void)shutdown(guest, SHUT_RDWR);
    return;
  }
  (void)dup3(fresh, guest, O_CLOEXEC);
  close(fresh);
}

// Reads an address and decides it. What may be used of it; null with the error
// set.
Ref DecidedAddress(postern_purpose purpose, int domain, PyObject* given,
                   InetAddress* address) {
  std::string host;
  if (!ReadInetAddress(given, address) ||
      !DecideInet(purpose, domain, address->host, address->port, given,
                  &host)) {
    return Ref(nullptr);
  }
  return WithHost(*address, host);
}

PyObject* BindInet(const Call& call, int fd, int domain) {
  InetAddress address;
  const Ref decided =
      DecidedAddress(POSTERN_LISTEN, domain, call.args[0], &address);
  if (!decided) return nullptr;
  const Expected expected("socket.bind");
  std::string host;
  Ref result(call.OriginalWith({decided.get()}));
  int port = 0;
  if (!result || address.port != 0 || !OwnAddress(fd, &host, &port)) {
    return result.Release();
  }
  std::string ignored;
  if (DecideInet(POSTERN_LISTEN, domain, host, port, call.args[0], &ignored)) {
    return result.Release();
  }
  Unbind(fd, domain);
  return nullptr;
}

}  // namespace

PyObject* Connect(const Call& call) {
  const int fd = DescriptorOf(call.self), domain = DomainOf(fd);
  PyObject* const given = call.args[0];
  if (domain == AF_UNIX) {
    const int connected = ConnectUnix(fd, given);
    const Ref done(connected < 0 ? nullptr : PutInPlace(connected, fd));
    if (!done) return nullptr;
    // connect_ex() returns a number.
    if (*call.row().detail != '\0') return PyLong_FromLong(0);
    Py_RETURN_NONE;
  }
  if (domain != AF_INET && domain != AF_INET6)
    return RefuseFamily(domain, given);
  InetAddress address;
  const Ref decided = DecidedAddress(POSTERN_CONNECT, domain, given, &address);
  if (!decided) return nullptr;
  const Expected expected("socket.connect");
  return call.OriginalWith({decided.get()});
}

PyObject* BindSocket(const Call& call) {
  const int fd = DescriptorOf(call.self), domain = DomainOf(fd);
  if (domain == AF_UNIX) return BindUnix(fd, call.args[0]);
  if (domain == AF_INET || domain == AF_INET6)
    return BindInet(call, fd, domain);
  return RefuseFamily(domain, call.args[0]);
}

PyObject* Listen(const Call& call) {
  const int fd = DescriptorOf(call.self), domain = DomainOf(fd);
  if (domain == AF_UNIX) return call.Original();  // bound by the library
  if (domain != AF_INET && domain != AF_INET6)
    return RefuseFamily(domain, nullptr);
  std::string host, ignored;
  int port = 0;
  if (!OwnAddress(fd, &host, &port)) return PyErr_SetFromErrno(PyExc_OSError);
  // Not bound: any port on every address.
  if (!DecideInet(POSTERN_LISTEN, domain, host, port, nullptr, &ignored)) {
    return nullptr;
  }
  return call.Original();
}

namespace {

// Sends through a connection of the library's, so that the name is decided by
// who follows it. The sender has no name there.
PyObject* SendToUnix(int guest, PyObject* data, long flags, PyObject* address) {
  Py_buffer buffer;
  if (PyObject_GetBuffer(data, &buffer, PyBUF_SIMPLE) != 0) return nullptr;
  const int fd = ConnectUnix(guest, address);
  if (fd < 0) {
    PyBuffer_Release(&buffer);
    return nullptr;
  }
  const ssize_t sent = send(fd, buffer.buf, static_cast<size_t>(buffer.len),
                            static_cast<int>(flags) | MSG_NOSIGNAL);
  const int failed = errno;
  close(fd);
  PyBuffer_Release(&buffer);
  if (sent >= 0) return PyLong_FromSsize_t(sent);
  errno = failed;
  return PyErr_SetFromErrno(PyExc_OSError);
}

// With the address, which is at `index`, decided. `event` is the original's.
PyObject* SendInet(const Call& call, Py_ssize_t index, int domain,
                   const char* event) {
  InetAddress address;
  const Ref decided =
      DecidedAddress(POSTERN_CONNECT, domain, call.args[index], &address);
  if (!decided) return nullptr;
  const Expected expected(event);
  return call.OriginalBut(index, decided.get());
}

}  // namespace

PyObject* SendTo(const Call& call) {
  if (call.count != 2 && call.count != 3) return call.Original();  // TypeError
  const int fd = DescriptorOf(call.self), domain = DomainOf(fd);
  PyObject* const address = call.args[call.count - 1];
  if (domain == AF_INET || domain == AF_INET6) {
    return SendInet(call, call.count - 1, domain, "socket.sendto");
  }
  if (domain != AF_UNIX) return RefuseFamily(domain, address);
  const long flags = call.count == 3 ? PyLong_AsLong(call.args[1]) : 0;
  if (flags == -1 && PyErr_Occurred() != nullptr) return nullptr;
  return SendToUnix(fd, call.args[0], flags, address);
}

PyObject* SendMessage(const Call& call) {
  constexpr Py_ssize_t kAddress = 3;
  if (call.count <= kAddress || call.args[kAddress] == Py_None) {
    const Expected expected("socket.sendmsg");
    return call.Original();
  }
  const int domain = DomainOf(DescriptorOf(call.self));
  if (domain == AF_INET || domain == AF_INET6) {
    return SendInet(call, kAddress, domain, "socket.sendmsg");
  }
  return RaiseRefusal("net.connect", call.args[kAddress],
                      "sendmsg() with a name is for internet sockets; use "
                      "connect()");
}

// ---- Names ----

namespace {

// A port as getaddrinfo(3) takes it; 0 for none.
bool ReadService(PyObject* given, int* port) {
  *port = 0;
  if (given == nullptr || given == Py_None) return true;
  if (PyLong_Check(given) != 0) {
    *port = _PyLong_AsInt(given);
    return *port != -1 || PyErr_Occurred() == nullptr;
  }
  std::string text;
  if (!ReadHost(given, &text)) return false;
  char* end = nullptr;
  const long number = strtol(text.c_str(), &end, 10);
  if (!text.empty() && *end == '\0' && number >= 0 && number <= 65535) {
    *port = static_cast<int>(number);
    return true;
  }
  const servent* const service = getservbyname(text.c_str(), nullptr);
  *port =
      service == nullptr ? 0 : ntohs(static_cast<uint16_t>(service->s_port));
  return true;
}

// The original for an address that was decided, or for none.
PyObject* InfoOfHost(const Call& call, const Bound& bound, PyObject* host) {
  const Ref zero(PyLong_FromLong(0));
  const Ref flags(PyNumber_Index(bound[5] == nullptr ? zero.get() : bound[5]));
  if (!flags) return nullptr;
  const Ref numeric(
      PyLong_FromLong(PyLong_AsLong(flags.get()) | AI_NUMERICHOST));
  if (!numeric || PyErr_Occurred() != nullptr) return nullptr;
  std::vector<PyObject*> args = {host, bound[1]};
  for (int i = 2; i < 5; ++i) {
    args.push_back(bound[i] == nullptr ? zero.get() : bound[i]);
  }
  args.push_back(numeric.get());
  const Expected expected("socket.getaddrinfo");
  return call.OriginalWith(args);
}

PyObject* InfoOf(const Call& call, const Bound& bound,
                 const std::string& address) {
  // Of bytes the interpreter makes no IDNA, which is code in Python.
  const Ref host(PyBytes_FromString(address.c_str()));
  return host ? InfoOfHost(call, bound, host.get()) : nullptr;
}

// Of each address that fits the call; those that do not are left out.
PyObject* InfoOfAll(const Call& call, const Bound& bound,
                    const std::vector<std::string>& addresses) {
  Ref list(PyList_New(0));
  if (!list) return nullptr;
  for (const std::string& address : addresses) {
    const Ref some(InfoOf(call, bound, address));
    if (!some && PyErr_ExceptionMatches(PyExc_OSError) == 0) return nullptr;
    PyErr_Clear();
    if (!some) continue;
    const Ref extended(
        PyObject_CallMethod(list.get(), "extend", "O", some.get()));
    if (!extended) return nullptr;
  }
  if (PyList_GET_SIZE(list.get()) == 0 && !addresses.empty()) {
    return InfoOf(call, bound, addresses[0]);  // with its error
  }
  return list.Release();
}

bool FirstOfFour(const Call& call, std::vector<std::string>* four,
                 std::string* host) {
  PyObject* const given = call.args[0];
  std::vector<std::string> all;
  if (!ReadHost(given, host)) return false;
  if (host->empty()) *host = "0.0.0.0";
  if (*host == "<broadcast>") *host = "255.255.255.255";
  if (IsNumeric(*host)) {
    all = {*host};
  } else if (!LookUp(*host, 0, given, &all)) {
    return false;
  }
  in_addr bytes;
  for (const std::string& one : all) {
    if (inet_pton(AF_INET, one.c_str(), &bytes) == 1) four->push_back(one);
  }
  if (!four->empty()) return true;
  errno = EAFNOSUPPORT;
  PyErr_SetFromErrno(PyExc_OSError);
  return false;
}

}  // namespace

PyObject* GetAddressInfo(const Call& call) {
  static constexpr Parameters kInfo = {
      {"host", "port", "family", "type", "proto", "flags"}, 6, 2};
  Bound bound;
  std::string host;
  int port = 0;
  std::vector<std::string> addresses;
  if (!Bind(call, kInfo, &bound) || !ReadHost(bound[0], &host) ||
      !ReadService(bound[1], &port)) {
    return nullptr;
  }
  // Its value, and not an object that may say otherwise by now.
  if (host.empty()) {
    const bool none = bound[0] == Py_None;
    const Ref empty(none ? Ref::Share(Py_None).Release()
                         : PyUnicode_FromString(""));
    return empty ? InfoOfHost(call, bound, empty.get()) : nullptr;
  }
  if (IsNumeric(host)) return InfoOf(call, bound, host);
  if (!LookUp(host, port, bound[0], &addresses)) return nullptr;
  return InfoOfAll(call, bound, addresses);
}

PyObject* GetHostByName(const Call& call) {
  std::vector<std::string> four;
  std::string host;
  if (call.count != 1) return call.Original();
  if (!FirstOfFour(call, &four, &host)) return nullptr;
  return PyUnicode_FromString(four[0].c_str());
}

PyObject* GetHostByNameEx(const Call& call) {
  std::vector<std::string> four;
  std::string host;
  if (call.count != 1) return call.Original();
  if (!FirstOfFour(call, &four, &host)) return nullptr;
  Ref list(PyList_New(0));
  for (const std::string& one : four) {
    const Ref text(PyUnicode_FromString(one.c_str()));
    if (!list || !text || PyList_Append(list.get(), text.get()) != 0) {
      return nullptr;
    }
  }
  return Py_BuildValue("s[]O", host.c_str(), list.get());
}

PyObject* GetHostByAddress(const Call& call) {
  std::string host;
  if (call.count != 1) return call.Original();
  if (!ReadHost(call.args[0], &host)) return nullptr;
  // A name would be looked up twice: at first, and backwards.
  if (!EnforceText(POSTERN_NET_RESOLVE, POSTERN_FORM_ENDPOINT, host,
                   call.args[0])) {
    return nullptr;
  }
  if (!IsNumeric(host)) {
    return RaiseRefusal("net.resolve", call.args[0],
                        "only an address is looked up backwards");
  }
  const Ref text(PyUnicode_FromString(host.c_str()));
  if (!text) return nullptr;
  const Expected expected("socket.gethostbyaddr");
  return call.OriginalWith({text.get()});
}

PyObject* GetNameInfo(const Call& call) {
  InetAddress address;
  std::string ignored;
  if (call.count != 2) return call.Original();
  const Ref flags(PyNumber_Index(call.args[1]));
  if (!flags || !ReadInetAddress(call.args[0], &address)) return nullptr;
  if (!IsNumeric(address.host)) {
    return RaiseRefusal("net.resolve", call.args[0],
                        "only an address is looked up backwards");
  }
  const bool numeric = (PyLong_AsLong(flags.get()) & NI_NUMERICHOST) != 0;
  if (!numeric && !EnforceText(POSTERN_NET_RESOLVE, POSTERN_FORM_ENDPOINT,
                               address.host, call.args[0])) {
    return nullptr;
  }
  const Ref decided = WithHost(address, address.host);
  if (!decided) return nullptr;
  const Expected expected("socket.getnameinfo");
  return call.OriginalWith({decided.get(), flags.get()});
}

}  // namespace python
}  // namespace postern
