#include "net/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "net/socket_address.h"

namespace postern {
namespace net {
namespace {

// One look-up, at an address that does not change: the C library writes to it
// until it is done.
struct Request {
  explicit Request(const HostName& host) : name(host.text()) {
    hints.ai_family = AF_UNSPEC;
    // One entry an address, not one for each kind of socket.
    hints.ai_socktype = SOCK_STREAM;
    entry.ar_name = name.c_str();
    entry.ar_request = &hints;
  }
  ~Request() {
    if (entry.ar_result != nullptr) freeaddrinfo(entry.ar_result);
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  bool done() { return gai_error(&entry) != EAI_INPROGRESS; }

  const std::string name;
  struct addrinfo hints = {};
  struct gaicb entry = {};
};

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

class SystemResolver final : public Resolver {
 public:
  ~SystemResolver() override {
    for (const std::unique_ptr<Request>& request : late_) {
      const struct gaicb* entries[] = {&request->entry};
      while (!request->done()) gai_suspend(entries, 1, nullptr);
    }
  }

  LookUpResult LookUp(const HostName& name, const Wait& wait) override {
    LookUpResult result;
    result.error_number = wait.Error();
    if (result.error_number != 0) return result;
    auto request = std::make_unique<Request>(name);
    struct gaicb* entries[] = {&request->entry};
    const int started = getaddrinfo_a(GAI_NOWAIT, entries, 1, nullptr);
    if (started != 0) {
      result.error_number = ErrorNumber(started);
      return result;
    }
    result.error_number = Await(request.get(), wait);
    if (!request->done()) {
      Abandon(std::move(request));
      return result;
    }
    if (result.error_number == 0) {
      result.error_number = ErrorNumber(gai_error(&request->entry));
      result.addresses = ReadAddresses(request->entry.ar_result);
    }
    return result;
  }

 private:
  static int Await(Request* request, const Wait& wait) {
    const struct gaicb* entries[] = {&request->entry};
    while (!request->done()) {
      const int error = wait.Error();
      if (error != 0) return error;
      const struct timespec slice = absl::ToTimespec(wait.Slice());
      gai_suspend(entries, 1, &slice);
    }
    return 0;
  }

  // Cancelled if it has not begun; else kept until it is done.
  void Abandon(std::unique_ptr<Request> request) {
    gai_cancel(&request->entry);
    std::lock_guard<std::mutex> lock(mutex_);
    late_.erase(std::remove_if(late_.begin(), late_.end(),
                               [](const std::unique_ptr<Request>& other) {
                                 return other->done();
                               }),
                late_.end());
    if (!request->done()) late_.push_back(std::move(request));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Request>> late_;  // by mutex_
};

}  // namespace

std::shared_ptr<Resolver> MakeSystemResolver() {
  return std::make_shared<SystemResolver>();
}

}  // namespace net
}  // namespace postern
