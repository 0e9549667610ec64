// Datagrams, and where the unspecified address leads.

#include <errno.h>
#include <sys/socket.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "net/guarded_net.h"
#include "tests/net/guarded_net_world.h"

namespace postern {
namespace net {
namespace {

using testing::PeerName;
using testing::Read;
using testing::Server;
using testing::Shortly;
using testing::Soon;
using testing::World;

// Who was denied to send has nobody who may answer.
TEST(GuardedNetDatagramsTest, ADeniedOperationLeavesNothingBehind) {
  Server server("127.0.0.1:0", Transport::kDatagram);
  Server other("127.0.0.1:0", Transport::kDatagram);
  ASSERT_TRUE(server.ok() && other.ok());
  World world({"127.0.0.1"}, {"127.0.0.1"});
  const auto prepare = [&](Purpose purpose, uint32_t port) {
    return (*world.net.Prepare(purpose, Read(absl::StrCat("127.0.0.1:", port)),
                               Soon()))[0];
  };
  const CheckedEndpoint to = prepare(Purpose::kConnect, server.port());
  const CheckedEndpoint denied = prepare(Purpose::kConnect, other.port());
  const CheckedEndpoint own = prepare(Purpose::kListen, 0);
  auto socket = world.net.Open({AF_INET, Transport::kDatagram});
  ASSERT_TRUE(socket.ok());
  ASSERT_TRUE(world.net.SendTo("a", to, &*socket).ok());
  const auto got = server.world.net.ReceiveFrom(&*server.socket, 9, Soon());
  ASSERT_TRUE(got.ok());
  // From now on only this port, and no listening.
  world.monitor->Grant({absl::StrCat("127.0.0.1:", server.port())}, {});
  EXPECT_EQ(world.net.SendTo("b", denied, &*socket).status().error_number,
            EACCES);
  EXPECT_EQ(world.net.Connect(denied, Soon(), &*socket).error_number, EACCES);
  EXPECT_FALSE(socket->peer().has_value());
  EXPECT_EQ(world.net.Bind(own, &*socket).error_number, EACCES);
  EXPECT_FALSE(socket->local().has_value());
  World host({"127.0.0.1"}, {});
  const auto back = host.net.Prepare(Purpose::kConnect, *got->from, Soon());
  ASSERT_TRUE(back.ok());
  ASSERT_TRUE(host.net.SendTo("evil", (*back)[0], &*other.socket).ok());
  ASSERT_TRUE(host.net.SendTo("good", (*back)[0], &*server.socket).ok());
  const auto answer = world.net.ReceiveFrom(&*socket, 9, Soon());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->bytes, "good");
}

// Linux takes 0.0.0.0 for whatever address the socket has by then, and "::" for
// ::1.
TEST(GuardedNetDatagramsTest,
     TheUnspecifiedAddressIsLoopbackWhateverTheSocketHas) {
  struct Case {
    const char* source;  // bound to before; "" = to none
    const char* to;
    const char* want;
  };
  constexpr Case kCases[] = {
      {"", "0.0.0.0", "127.0.0.1"},
      {"127.0.0.2", "0.0.0.0", "127.0.0.1"},
      {"127.0.0.2", "[::ffff:0.0.0.0]", "127.0.0.1"},
      {"0.0.0.0", "0.0.0.0", "127.0.0.1"},
      {"", "[::]", "[::1]"},
      {"[::1]", "[::]", "[::1]"},
  };
  for (const Case& c : kCases) {
    for (const Transport transport :
         {Transport::kStream, Transport::kDatagram}) {
      SCOPED_TRACE(absl::StrCat(c.source, " to ", c.to));
      Server server(absl::StrCat(c.want, ":0"), transport);
      if (!server.ok() && c.want[0] == '[') continue;  // no IPv6 here
      ASSERT_TRUE(server.ok());
      const std::string to = absl::StrCat(c.to, ":", server.port());
      World world({"0.0.0.0", "::"}, {"0.0.0.0/0", "::/0"});
      auto socket =
          world.net.Open({c.want[0] == '[' ? AF_INET6 : AF_INET, transport});
      ASSERT_TRUE(socket.ok());
      if (c.source[0] != '\0') {
        const auto at = world.net.Prepare(
            Purpose::kListen, Read(absl::StrCat(c.source, ":0")), Soon());
        ASSERT_TRUE(at.ok());
        ASSERT_TRUE(world.net.Bind((*at)[0], &*socket).ok());
      }
      const auto checked =
          world.net.Prepare(Purpose::kConnect, Read(to), Soon());
      ASSERT_TRUE(checked.ok());
      ASSERT_EQ(world.net.Connect((*checked)[0], Soon(), &*socket).error_number,
                0);
      EXPECT_EQ(socket->peer()->ToString(),
                absl::StrCat(c.want, ":", server.port()));
      EXPECT_EQ(PeerName(socket->fd()), socket->peer()->ToString());
    }
  }
}

TEST(GuardedNetDatagramsTest, AnswersFromTheUnspecifiedAddressArrive) {
  struct Case {
    const char* at;
    const char* to;
    int family;
  };
  for (const Case& c : {Case{"127.0.0.1", "0.0.0.0", AF_INET},
                        Case{"[::1]", "[::]", AF_INET6}}) {
    Server server(absl::StrCat(c.at, ":0"), Transport::kDatagram);
    if (!server.ok() && c.family == AF_INET6) continue;  // no IPv6 here
    ASSERT_TRUE(server.ok());
    World world({"0.0.0.0", "::"}, {}), host({"127.0.0.1", "::1"}, {});
    const auto to =
        world.net.Prepare(Purpose::kConnect,
                          Read(absl::StrCat(c.to, ":", server.port())), Soon());
    ASSERT_TRUE(to.ok());
    for (const bool connects : {false, true}) {
      auto socket = world.net.Open({c.family, Transport::kDatagram});
      ASSERT_TRUE(socket.ok());
      if (connects) {
        ASSERT_TRUE(world.net.Connect((*to)[0], Soon(), &*socket).ok());
        ASSERT_EQ(send(socket->fd(), "ping", 4, 0), 4);
      } else {
        ASSERT_TRUE(world.net.SendTo("ping", (*to)[0], &*socket).ok());
      }
      const auto got = server.world.net.ReceiveFrom(&*server.socket, 9, Soon());
      ASSERT_TRUE(got.ok());
      const auto back = host.net.Prepare(Purpose::kConnect, *got->from, Soon());
      ASSERT_TRUE(back.ok());
      ASSERT_TRUE(host.net.SendTo("pong", (*back)[0], &*server.socket).ok());
      const auto answer = world.net.ReceiveFrom(&*socket, 9, Soon());
      ASSERT_TRUE(answer.ok()) << answer.status().error_number;
      EXPECT_EQ(answer->bytes, "pong");
    }
  }
}

TEST(GuardedNetDatagramsTest, DatagramsGoWhereItIsGrantedAlone) {
  Server server("127.0.0.1:0", Transport::kDatagram);
  Server other("127.0.0.1:0", Transport::kDatagram);
  ASSERT_TRUE(server.ok() && other.ok());
  const std::string good = absl::StrCat("127.0.0.1:", server.port());
  World world({good}, {});
  auto socket = world.net.Open({AF_INET, Transport::kDatagram});
  ASSERT_TRUE(socket.ok());
  const auto to = world.net.Prepare(Purpose::kConnect, Read(good), Soon());
  ASSERT_TRUE(to.ok());
  ASSERT_TRUE(world.net.SendTo("ping", (*to)[0], &*socket).ok());
  const auto got = server.world.net.ReceiveFrom(&*server.socket, 100, Soon());
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->bytes, "ping");
  EXPECT_FALSE(world.net
                   .Prepare(Purpose::kConnect,
                            Read(absl::StrCat("127.0.0.1:", other.port())),
                            Soon())
                   .ok());
  // Somebody else writes first: it is thrown away, and the answer arrives.
  World host({"127.0.0.1"}, {});
  const auto back = host.net.Prepare(Purpose::kConnect, *got->from, Soon());
  ASSERT_TRUE(back.ok());
  ASSERT_TRUE(host.net.SendTo("evil", (*back)[0], &*other.socket).ok());
  ASSERT_TRUE(host.net.SendTo("pong", (*back)[0], &*server.socket).ok());
  const auto answer = world.net.ReceiveFrom(&*socket, 100, Soon());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->bytes, "pong");
  EXPECT_EQ(answer->from->ToString(), good);
  EXPECT_EQ(
      world.net.ReceiveFrom(&*socket, 100, Shortly()).status().error_number,
      ETIMEDOUT);
  ASSERT_TRUE(host.net.SendTo("too long", (*back)[0], &*server.socket).ok());
  EXPECT_EQ(world.net.ReceiveFrom(&*socket, 3, Soon()).status().error_number,
            EMSGSIZE);
}

TEST(GuardedNetDatagramsTest, ConnectedDatagramsComeFromThePeerAlone) {
  Server server("127.0.0.1:0", Transport::kDatagram);
  Server other("127.0.0.1:0", Transport::kDatagram);
  ASSERT_TRUE(server.ok() && other.ok());
  World world({"127.0.0.1"}, {});
  const auto prepare = [&](uint32_t port) {
    return *world.net.Prepare(Purpose::kConnect,
                              Read(absl::StrCat("127.0.0.1:", port)), Soon());
  };
  auto socket = world.net.Open({AF_INET, Transport::kDatagram});
  ASSERT_TRUE(socket.ok());
  ASSERT_TRUE(world.net.SendTo("a", prepare(server.port())[0], &*socket).ok());
  const auto got = server.world.net.ReceiveFrom(&*server.socket, 9, Soon());
  ASSERT_TRUE(got.ok());
  const auto back = world.net.Prepare(Purpose::kConnect, *got->from, Soon());
  // Lies in the queue when the socket is connected.
  ASSERT_TRUE(world.net.SendTo("evil", (*back)[0], &*other.socket).ok());
  ASSERT_TRUE(
      world.net.Connect(prepare(server.port())[0], Soon(), &*socket).ok());
  ASSERT_TRUE(world.net.SendTo("good", (*back)[0], &*server.socket).ok());
  const auto answer = world.net.ReceiveFrom(&*socket, 100, Soon());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->bytes, "good");
}

}  // namespace
}  // namespace net
}  // namespace postern
