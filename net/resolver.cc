#include "net/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "net/socket_address.h"
#include "net/threaded_resolver.h"

namespace postern {
namespace net {
namespace {

int ErrorNumber(int code) {
  switch (code) {
    case 0:
      return 0;
    case EAI_NONAME:
    case EAI_NODATA:
      return ENOENT;
    case EAI_MEMORY:
      return ENOMEM;
    default:  // of the C library's codes, which are many
      return EAGAIN;
  }
}

std::vector<ResolvedAddress> ReadAddresses(const struct addrinfo* list) {
  std::vector<ResolvedAddress> addresses;
  for (; list != nullptr && addresses.size() < Resolver::kMaxAddresses;
       list = list->ai_next) {
    ResolvedAddress resolved;
    if (ReadIpAddress(list->ai_addr, list->ai_addrlen, &resolved)) {
      addresses.push_back(resolved);
    }
  }
  return addresses;
}

LookUpResult AskSystem(const HostName& name) {
  struct addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  // One entry an address, not one for each kind of socket.
  hints.ai_socktype = SOCK_STREAM;
  struct addrinfo* list = nullptr;
  LookUpResult result;
  result.error_number = ErrorNumber(
      getaddrinfo(std::string(name.text()).c_str(), nullptr, &hints, &list));
  if (result.error_number != 0) return result;
  result.addresses = ReadAddresses(list);
  freeaddrinfo(list);
  return result;
}

}  // namespace

// Not by getaddrinfo_a(3): where gai_suspend(3) times out as a look-up ends,
// glibc 2.36 writes to a list that was on its stack.
std::shared_ptr<Resolver> MakeSystemResolver() {
  return MakeThreadedResolver(AskSystem);
}

}  // namespace net
}  // namespace postern
