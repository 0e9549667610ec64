// Ports, and who comes to them.

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "net/guarded_net.h"
#include "net/host_name.h"
#include "net/net_monitor.h"
#include "tests/attacks/child.h"
#include "tests/net/guarded_net_world.h"

namespace postern {
namespace net {
namespace {

using testing::OwnName;
using testing::PeerName;
using testing::Read;
using testing::Server;
using testing::Shortly;
using testing::Soon;
using testing::World;

TEST(GuardedNetListeningTest, ListeningNeedsAGrantEvenWithoutBinding) {
  World none({"0.0.0.0/0"}, {"127.0.0.1"});
  auto socket = none.net.Open({AF_INET, Transport::kStream});
  ASSERT_TRUE(socket.ok());
  EXPECT_EQ(none.net.Listen(1, &*socket).error_number, EACCES);
  int listening = 1;
  socklen_t size = sizeof(listening);
  ASSERT_EQ(
      getsockopt(socket->fd(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size),
      0);
  EXPECT_EQ(listening, 0);
  World all({}, {"0.0.0.0/0"});
  auto granted = all.net.Open({AF_INET, Transport::kStream});
  ASSERT_TRUE(granted.ok());
  EXPECT_EQ(all.net.Listen(1, &*granted).error_number, 0);
  EXPECT_NE(*granted->local()->port(), 0u);
}

TEST(GuardedNetListeningTest, ListensWhereItIsGrantedAlone) {
  World world({}, {"127.0.0.1"});
  const auto listen = [&](const char* at) {
    return world.net.Listen(Read(at), Transport::kStream, 1, Soon())
        .status()
        .error_number;
  };
  EXPECT_EQ(listen("127.0.0.1:0"), 0);
  EXPECT_EQ(listen("0.0.0.0:0"), EACCES) << "every address is more than one";
  EXPECT_EQ(listen("127.0.0.2:0"), EACCES);
  EXPECT_EQ(listen("[::1]:0"), EACCES);
  EXPECT_EQ(listen("[::]:0"), EACCES);
  EXPECT_EQ(listen("vsock:4294967295:5000"), EACCES);
  EXPECT_EQ(listen("unix-abstract:postern-test"), EACCES);
}

// The monitor of a policy that grants some ports only.
class LowPorts final : public NetMonitor {
 public:
  Verdict Check(Purpose, const Endpoint& endpoint) const override {
    Verdict verdict;
    verdict.allowed = *endpoint.port() < 1024;
    return verdict;
  }
  Verdict Enforce(Purpose purpose, const Endpoint& endpoint) override {
    return Check(purpose, endpoint);
  }
  Verdict CheckResolved(Purpose, const Endpoint&,
                        const Endpoint&) const override {
    return Verdict();
  }
  Verdict EnforceResolved(Purpose, const Endpoint&, const Endpoint&) override {
    return Verdict();
  }
  Verdict CheckHeld(Purpose purpose, const absl::optional<Endpoint>&,
                    const Endpoint& address) const override {
    return Check(purpose, address);
  }
  Verdict EnforceLookUp(const HostName&) override { return Verdict(); }
};

TEST(GuardedNetListeningTest, ThePortThatTheKernelGivesIsDecided) {
  const GuardedNet net(std::make_shared<LowPorts>(), {});
  const auto listening =
      net.Listen(Read("127.0.0.1:0"), Transport::kStream, 1, Soon());
  EXPECT_EQ(listening.status().error_number, EACCES);
  EXPECT_NE(listening.status().endpoint, "127.0.0.1:0");
}

// A socket that stayed bound would hear datagrams.
TEST(GuardedNetListeningTest, ASocketOfADeniedPortIsGone) {
  const GuardedNet net(std::make_shared<LowPorts>(), {});
  for (const char* at : {"127.0.0.1:0", "0.0.0.0:0"}) {
    const auto to = net.Prepare(Purpose::kListen, Read(at), Soon());
    ASSERT_TRUE(to.ok());
    for (const Transport transport :
         {Transport::kStream, Transport::kDatagram}) {
      auto socket = net.Open({AF_INET, transport});
      ASSERT_TRUE(socket.ok());
      EXPECT_EQ(net.Bind((*to)[0], &*socket).error_number, EACCES);
      EXPECT_FALSE(socket->valid()) << at;
      EXPECT_FALSE(socket->local().has_value()) << at;
      EXPECT_EQ(net.ReceiveFrom(&*socket, 9, Shortly()).status().refusal,
                Refusal::kInvalid);
    }
  }
  auto socket = net.Open({AF_INET, Transport::kStream});
  ASSERT_TRUE(socket.ok());
  EXPECT_EQ(net.Listen(4, &*socket).error_number, EACCES) << "binds by itself";
  EXPECT_FALSE(socket->valid());
  EXPECT_FALSE(socket->listening());
}

// accept(2): what befell one who connected is told as the listener's error.
TEST(GuardedNetListeningTest, AcceptGoesOnAfterErrorsOfOneConnection) {
  struct Case {
    int error;
    int want;
  };
  constexpr Case kCases[] = {
      {ECONNABORTED, ETIMEDOUT}, {EHOSTDOWN, ETIMEDOUT},
      {EHOSTUNREACH, ETIMEDOUT}, {EINTR, ETIMEDOUT},
      {ENETDOWN, ETIMEDOUT},     {ENETUNREACH, ETIMEDOUT},
      {ENONET, ETIMEDOUT},       {ENOPROTOOPT, ETIMEDOUT},
      {EOPNOTSUPP, ETIMEDOUT},   {EPROTO, ETIMEDOUT},
      {EMFILE, EMFILE},          {EPERM, EPERM},
  };
  Server server("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  for (const Case& c : kCases) {
    const postern::testing::ChildResult child = postern::testing::RunInChild(
        [&] {
          std::string skipped =
              postern::testing::FailCall(SYS_accept4, c.error);
          EXPECT_EQ(server.world.net.Accept(*server.socket, Shortly())
                        .status()
                        .error_number,
                    skipped.empty() ? c.want : ETIMEDOUT)
              << strerror(c.error);
          return skipped;
        },
        /*seconds=*/60);
    EXPECT_TRUE(child.passed) << strerror(c.error);
    if (!child.skipped.empty()) GTEST_SKIP() << child.skipped;
  }
}

// unix(7), BUGS: a path of 108 bytes has no NUL, and its size is told as 111.
TEST(GuardedNetListeningTest, ThePathOfAPeerEndsWithItsBytes) {
  const std::string name = OwnName("unix-abstract:long-");
  World world({}, {name});
  auto socket = world.net.Listen(Read(name), Transport::kDatagram, 0, Soon());
  ASSERT_TRUE(socket.ok());
  const std::string folder = ::testing::TempDir();
  const int directory = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(directory, 0);
  std::string path = absl::StrCat("/proc/self/fd/", directory, "/");
  path.resize(108, 'p');
  struct sockaddr_un own = {}, to = {};
  own.sun_family = to.sun_family = AF_UNIX;
  memcpy(own.sun_path, path.data(), 108);
  const std::string abstract(socket->local()->abstract());
  memcpy(to.sun_path + 1, abstract.data(), abstract.size());
  const int peer = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(peer, reinterpret_cast<struct sockaddr*>(&own), sizeof(own)),
            0)
      << strerror(errno);
  EXPECT_EQ(
      sendto(peer, "x", 1, 0, reinterpret_cast<struct sockaddr*>(&to),
             static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + 1 +
                                    abstract.size())),
      1);
  const auto got = world.net.ReceiveFrom(&*socket, 9, Soon());
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->from->path(), path);
  close(peer);
  unlink(path.c_str());
  close(directory);
}

TEST(GuardedNetListeningTest, IPv6SocketsTakeNoIPv4Connections) {
  World world({"127.0.0.1", "::1"}, {"::"});
  auto listener =
      world.net.Listen(Read("[::]:0"), Transport::kStream, 1, Soon());
  if (!listener.ok()) {
    GTEST_SKIP() << "no IPv6: " << strerror(listener.status().error_number);
  }
  const uint32_t port = *listener->local()->port();
  EXPECT_EQ(world.Connects(absl::StrCat("127.0.0.1:", port)), ECONNREFUSED);
  EXPECT_EQ(world.Connects(absl::StrCat("[::ffff:127.0.0.1]:", port)),
            ECONNREFUSED);
  EXPECT_EQ(world.Connects(absl::StrCat("[::1]:", port)), 0);
}

TEST(GuardedNetListeningTest, AnAcceptedSocketSaysWhoConnected) {
  for (const char* at : {"127.0.0.1:0", "[::1]:0"}) {
    Server server(at);
    if (!server.ok() && at[0] == '[') continue;  // no IPv6 here
    ASSERT_TRUE(server.ok());
    World world({"127.0.0.1", "::1"}, {});
    const auto client =
        world.net.Connect(*server.socket->local(), Transport::kStream, Soon());
    ASSERT_TRUE(client.ok()) << client.status().ToString();
    const auto accepted = server.world.net.Accept(*server.socket, Soon());
    ASSERT_TRUE(accepted.ok()) << accepted.status().ToString();
    ASSERT_TRUE(accepted->peer().has_value()) << at;
    EXPECT_EQ(accepted->peer()->ToString(), PeerName(accepted->fd()));
  }
}

}  // namespace
}  // namespace net
}  // namespace postern
