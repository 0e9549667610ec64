#include "bindings/python/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bindings/host/denial.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"

namespace postern {
namespace python {
namespace {

// So many addresses are remembered, and names of one.
constexpr size_t kMostAddresses = 4096, kMostNames = 16;

std::string EndpointText(const std::string& host, int port) {
  return absl::StrContains(host, ':') ? absl::StrCat("[", host, "]:", port)
                                      : absl::StrCat(host, ":", port);
}

bool FitsDomain(const std::string& address, int domain) {
  in6_addr bytes;
  return inet_pton(domain, address.c_str(), &bytes) == 1;
}

// Of an endpoint "10.0.0.1:80" or "[::1]:80".
std::string HostOf(absl::string_view endpoint) {
  endpoint = endpoint.substr(0, endpoint.rfind(':'));
  if (absl::ConsumePrefix(&endpoint, "[")) endpoint.remove_suffix(1);
  return std::string(endpoint);
}

postern_permission PermissionFor(postern_purpose purpose) {
  return purpose == POSTERN_CONNECT ? POSTERN_NET_CONNECT : POSTERN_NET_LISTEN;
}

// One or two accesses: the endpoint, or a name and that it leads to an address.
struct Question {
  Question(postern_permission permission, const std::string& endpoint,
           const std::string& address)
      : text(endpoint), at(address), part({at.data(), at.size()}) {
    for (postern_access& access : accesses) {
      access = host::NewAccess(permission, POSTERN_FORM_ENDPOINT, text);
    }
    accesses[1].parts = &part;
    accesses[1].part_count = 1;
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  size_t count() const { return at.empty() ? 1 : 2; }

  const std::string text, at;
  const postern_bytes part;
  postern_access accesses[2];
};

bool Check(const Question& question) {
  postern_decision decision = {};
  const Error error;
  (void)postern_check_all(TheGuest()->context, question.accesses,
                          question.count(), &decision, nullptr, error.get());
  return postern_decision_allowed(decision) != 0;
}

bool EnforceQuestion(const Question& question, PyObject* shown) {
  postern_decision decision = {};
  size_t index = 0;
  const Error error;
  PyThreadState* const state = PyEval_SaveThread();
  (void)postern_enforce_all(TheGuest()->context, question.accesses,
                            question.count(), INT64_MAX, &decision, &index,
                            error.get());
  PyEval_RestoreThread(state);
  if (postern_decision_allowed(decision) != 0) return true;
  (void)RaiseDecision(TheGuest()->context,
                      question.accesses[index < 2 ? index : 0], decision,
                      shown);
  return false;
}

// As the address, or as a name that the guest was told it is of.
bool DecideAddress(postern_purpose purpose, const std::string& address,
                   int port, PyObject* shown) {
  const std::string endpoint = EndpointText(address, port);
  const Question plain(PermissionFor(purpose), endpoint, "");
  const auto known = TheGuest()->names_of_addresses.find(address);
  if (purpose == POSTERN_CONNECT &&
      known != TheGuest()->names_of_addresses.end() && !Check(plain)) {
    const std::vector<std::string> names = known->second;
    for (const std::string& name : names) {
      const Question named(POSTERN_NET_CONNECT, EndpointText(name, port),
                           endpoint);
      if (Check(named)) return EnforceQuestion(named, shown);
    }
  }
  return EnforceQuestion(plain, shown);
}

// The addresses that a name may lead to; false with the error set.
bool Prepare(postern_purpose purpose, const std::string& host, int port,
             PyObject* shown, std::vector<std::string>* addresses) {
  postern_targets* targets = nullptr;
  const std::string endpoint = EndpointText(host, port);
  const Error error;
  PyThreadState* const state = PyEval_SaveThread();
  const postern_status status =
      postern_network_prepare(TheGuest()->network, purpose, endpoint.data(),
                              endpoint.size(), nullptr, &targets, error.get());
  PyEval_RestoreThread(state);
  if (status != POSTERN_OK) {
    RaiseNetwork(error.get(),
                 purpose == POSTERN_CONNECT ? "net.connect" : "net.listen",
                 shown);
    return false;
  }
  for (size_t i = 0; i < postern_targets_count(targets); ++i) {
    size_t size = 0;
    const char* const text = postern_targets_endpoint(targets, i, &size);
    addresses->push_back(HostOf({text, size}));
  }
  postern_targets_free(targets);
  return true;
}

void Remember(const std::string& host, const std::vector<std::string>& found) {
  auto& known = TheGuest()->names_of_addresses;
  for (const std::string& address : found) {
    if (known.size() >= kMostAddresses && known.count(address) == 0) {
      known.clear();  // what is forgotten is asked again, and denied till then
    }
    std::vector<std::string>& names = known[address];
    if (std::find(names.begin(), names.end(), host) != names.end()) continue;
    if (names.size() >= kMostNames) names.erase(names.begin());
    names.push_back(host);
  }
}

}  // namespace

PyObject* RaiseNetwork(const postern_error* error, const char* permission,
                       PyObject* shown) {
  if (postern_error_status(error) == POSTERN_INVALID_ARGUMENT) {
    return RaiseRefusal(permission, shown, "this is no endpoint");
  }
  return RaiseOutcome(error, permission, shown);
}

bool ReadHost(PyObject* given, std::string* host) {
  host->clear();
  if (given == nullptr || given == Py_None) return true;
  Ref bytes;
  if (PyUnicode_Check(given) != 0) {
    const Ref text(PyUnicode_FromObject(given));
    if (!text) return false;
    bytes = Ref(PyUnicode_IS_ASCII(text.get())
                    ? PyUnicode_AsASCIIString(text.get())
                    : PyUnicode_AsEncodedString(text.get(), "idna", nullptr));
  } else if (PyBytes_Check(given) != 0 || PyByteArray_Check(given) != 0) {
    bytes = Ref(PyBytes_FromObject(given));
  } else {
    PyErr_Format(PyExc_TypeError,
                 "a host is str, bytes or bytearray, not %.100s",
                 Py_TYPE(given)->tp_name);
  }
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (!bytes || PyBytes_AsStringAndSize(bytes.get(), &data, &size) != 0) {
    return false;
  }
  host->assign(data, static_cast<size_t>(size));
  if (host->find('\0') == std::string::npos) return true;
  PyErr_SetString(PyExc_ValueError, "embedded null character in host");
  return false;
}

bool IsNumeric(const std::string& host) {
  return FitsDomain(host, AF_INET) || FitsDomain(host, AF_INET6);
}

bool DecideInet(postern_purpose purpose, int domain, const std::string& given,
                int port, PyObject* shown, std::string* address) {
  std::string host = given;
  if (host.empty()) host = domain == AF_INET ? "0.0.0.0" : "::";
  if (host == "<broadcast>") host = "255.255.255.255";
  if (IsNumeric(host)) {
    *address = host;
    return DecideAddress(purpose, host, port, shown);
  }
  std::vector<std::string> found;
  if (!Prepare(purpose, host, port, shown, &found)) return false;
  for (const std::string& one : found) {
    if (!FitsDomain(one, domain)) continue;
    *address = one;
    return EnforceQuestion({PermissionFor(purpose), EndpointText(host, port),
                            EndpointText(one, port)},
                           shown);
  }
  errno = EAFNOSUPPORT;
  PyErr_SetFromErrno(PyExc_OSError);
  return false;
}

bool LookUp(const std::string& host, int port, PyObject* shown,
            std::vector<std::string>* addresses) {
  postern_buffer* list = nullptr;
  const Error error;
  PyThreadState* const state = PyEval_SaveThread();
  const postern_status status =
      postern_network_look_up(TheGuest()->network, host.data(), host.size(),
                              nullptr, &list, error.get());
  PyEval_RestoreThread(state);
  if (status == POSTERN_OK) {
    size_t size = 0;
    const char* const data = postern_buffer_data(list, &size);
    for (size_t at = 0; at < size; at += addresses->back().size() + 1) {
      addresses->emplace_back(data + at);
    }
    postern_buffer_free(list);
  } else if (status == POSTERN_DENIED && port > 0 &&
             Check({POSTERN_NET_CONNECT, EndpointText(host, port), ""})) {
    if (!Prepare(POSTERN_CONNECT, host, port, shown, addresses)) return false;
  } else {
    RaiseNetwork(error.get(), "net.resolve", shown);
    return false;
  }
  Remember(host, *addresses);
  return true;
}

bool ReadUnixAddress(PyObject* given, std::string* endpoint) {
  const Ref bytes(PyUnicode_Check(given) != 0 ? PyUnicode_EncodeFSDefault(given)
                                              : PyBytes_FromObject(given));
  if (!bytes) return false;
  const absl::string_view text(
      PyBytes_AS_STRING(bytes.get()),
      static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
  if (!text.empty() && text[0] == '\0') {
    *endpoint = absl::StrCat("unix-abstract:", text.substr(1));
    return true;
  }
  Name name;
  if (!ReadName(bytes.get(), Takes::kPath, nullptr, &name)) return false;
  *endpoint = absl::StrCat("unix:", name.path);
  return true;
}

}  // namespace python
}  // namespace postern
