#ifndef POSTERN_BINDINGS_PYTHON_ENDPOINT_H_
#define POSTERN_BINDINGS_PYTHON_ENDPOINT_H_

#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// Addresses as Python has them, and what a socket may do with them.

// Null or None is "". Names beyond ASCII become IDNA, as the interpreter does
// it. False with the error set.
bool ReadHost(PyObject* given, std::string* host);
bool IsNumeric(const std::string& host);  // as inet_pton(3) reads it

// Decides that a socket of `domain` (AF_INET, AF_INET6) goes to `host` or takes
// its address, looking a name up once. `*address` is what may be used: an
// address, never a name. False with the error set.
bool DecideInet(postern_purpose purpose, int domain, const std::string& host,
                int port, PyObject* shown, std::string* address);

// The addresses of a name that the guest may be told, by net.resolve, or by a
// grant to connect there. Remembers them. False with the error set.
bool LookUp(const std::string& host, int port, PyObject* shown,
            std::vector<std::string>* addresses);

// "unix:/run/x" or "unix-abstract:name". False with the error set.
bool ReadUnixAddress(PyObject* given, std::string* endpoint);

// A refusal of the network, whose bad input is a denial.
PyObject* RaiseNetwork(const postern_error* error, const char* permission,
                       PyObject* shown);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_ENDPOINT_H_
