#ifndef POSTERN_TESTS_NET_GUARDED_NET_WORLD_H_
#define POSTERN_TESTS_NET_GUARDED_NET_WORLD_H_

#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "net/endpoint.h"
#include "net/guarded_net.h"
#include "net/socket_address.h"
#include "net/testing/fake_resolver.h"
#include "tests/net/pattern_monitor.h"

namespace postern {
namespace net {
namespace testing {

using Strings = std::vector<std::string>;

inline Endpoint Read(const std::string& text) {
  Endpoint endpoint;
  SyntaxError error;
  EXPECT_TRUE(Endpoint::Parse(text, &endpoint, &error)) << text;
  return endpoint;
}

inline Wait Soon() { return Wait::For(absl::Seconds(10)); }
inline Wait Shortly() { return Wait::For(absl::Milliseconds(60)); }

// An abstract name of this process's own: one in another sandbox may have the
// same number, and the same network.
inline std::string OwnName(const char* beginning) {
  static const int64_t born = absl::GetCurrentTimeNanos();
  return absl::StrCat(beginning, getpid(), "-", born);
}

// What getpeername(2) says.
inline std::string PeerName(int fd) {
  SocketAddress address;
  address.size = sizeof(address.storage);
  Endpoint peer;
  return getpeername(fd, address.get(), &address.size) == 0 &&
                 ToEndpoint(address, &peer)
             ? peer.ToString()
             : "";
}

// A guarded network with what it decides and asks by.
struct World {
  World(const Strings& connect, const Strings& listen,
        std::shared_ptr<UnixSockets> unix_sockets = nullptr,
        std::shared_ptr<AbstractNames> names = nullptr)
      : monitor(std::make_shared<PatternMonitor>(connect, listen)),
        resolver(std::make_shared<FakeResolver>()),
        net(monitor, {resolver, std::move(unix_sockets), std::move(names)}) {}

  int Connects(const std::string& to,
               Transport transport = Transport::kStream) {
    return net.Connect(Read(to), transport, Soon()).status().error_number;
  }

  std::shared_ptr<PatternMonitor> monitor;
  std::shared_ptr<FakeResolver> resolver;
  GuardedNet net;
};

// A listener of the host's, whatever is granted. Port 0 if there is none.
struct Server {
  explicit Server(const std::string& at,
                  Transport transport = Transport::kStream)
      : world({}, {"0.0.0.0/0", "::/0"}),
        socket(world.net.Listen(Read(at), transport, 8, Soon())) {}

  bool ok() const { return socket.ok(); }
  uint32_t port() const { return socket.ok() ? *socket->local()->port() : 0; }
  bool SeesSomebody() { return world.net.Accept(*socket, Shortly()).ok(); }

  World world;
  NetResult<Socket> socket;
};

}  // namespace testing
}  // namespace net
}  // namespace postern

#endif  // POSTERN_TESTS_NET_GUARDED_NET_WORLD_H_
