#include "net/guarded_net.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "net/host_name.h"
#include "net/resolver.h"
#include "tests/net/guarded_net_world.h"
#include "tests/net/pattern_monitor.h"

namespace postern {
namespace net {
namespace {

using testing::PatternMonitor;
using testing::Read;
using testing::Server;
using testing::Shortly;
using testing::Soon;
using testing::Strings;
using testing::World;

TEST(GuardedNetTest, ConnectsToWhatIsGrantedAlone) {
  Server server("127.0.0.1:0"), other("127.0.0.1:0");
  ASSERT_TRUE(server.ok() && other.ok());
  World world({absl::StrCat("127.0.0.1:", server.port())}, {});
  const auto connected =
      world.net.Connect(Read(absl::StrCat("127.0.0.1:", server.port())),
                        Transport::kStream, Soon());
  ASSERT_TRUE(connected.ok()) << strerror(connected.status().error_number);
  EXPECT_TRUE(server.SeesSomebody());
  EXPECT_EQ(connected->peer()->ToString(),
            absl::StrCat("127.0.0.1:", server.port()));
  const auto refused =
      world.net.Connect(Read(absl::StrCat("127.0.0.1:", other.port())),
                        Transport::kStream, Soon());
  EXPECT_EQ(refused.status().error_number, EACCES);
  EXPECT_EQ(refused.status().refusal, Refusal::kMonitor);
  EXPECT_FALSE(other.SeesSomebody());
}

TEST(GuardedNetTest, SocketsAreClosedOnExecAndDoNotBlock) {
  Server server("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  World world({"127.0.0.1"}, {});
  auto client =
      world.net.Connect(Read(absl::StrCat("127.0.0.1:", server.port())),
                        Transport::kStream, Soon());
  ASSERT_TRUE(client.ok());
  const auto accepted = server.world.net.Accept(*server.socket, Soon());
  ASSERT_TRUE(accepted.ok());
  for (int fd : {client->fd(), server.socket->fd(), accepted->fd()}) {
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST(GuardedNetTest, ANameThatIsDeniedIsNotLookedUp) {
  World world({"good.example:80"}, {});
  world.resolver->Answer("evil.example", {"8.8.8.8"});
  EXPECT_EQ(world.Connects("evil.example:80"), EACCES);
  EXPECT_EQ(world.Connects("good.example:81"), EACCES);
  EXPECT_TRUE(world.resolver->asked().empty());
}

TEST(GuardedNetTest, ANameLeadsToPublicAddressesAlone) {
  World world({"good.example"}, {});
  world.resolver->Answer("good.example",
                         {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1",
                          "64:ff9b::127.0.0.1", "0.0.0.0"});
  const auto prepared =
      world.net.Prepare(Purpose::kConnect, Read("good.example:80"), Soon());
  EXPECT_EQ(prepared.status().error_number, EACCES);
  EXPECT_EQ(prepared.status().endpoint, "127.0.0.1:80");
}

TEST(GuardedNetTest, KeepsTheResolversOrderAndDropsTheRest) {
  World world({"good.example", "10.0.0.2"}, {});
  world.resolver->Answer("good.example", {"2a00::1", "10.0.0.1", "8.8.8.8",
                                          "10.0.0.2", "9.9.9.9"});
  const auto prepared =
      world.net.Prepare(Purpose::kConnect, Read("good.example:80"), Soon());
  ASSERT_TRUE(prepared.ok());
  Strings got;
  for (const CheckedEndpoint& checked : *prepared) {
    got.push_back(checked.endpoint().ToString());
    EXPECT_EQ(checked.name()->ToString(), "good.example:80");
  }
  EXPECT_EQ(got, Strings({"[2a00::1]:80", "8.8.8.8:80", "10.0.0.2:80",
                          "9.9.9.9:80"}));
}

TEST(GuardedNetTest, ConnectsWhereTheFirstAnswerLed) {
  Server server("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  World world({"good.example", "127.0.0.1"}, {});
  world.resolver->Answer("good.example", {"127.0.0.1"});
  world.resolver->Answer("good.example", {"127.0.0.2"});
  const auto prepared = world.net.Prepare(
      Purpose::kConnect, Read(absl::StrCat("good.example:", server.port())),
      Soon());
  ASSERT_TRUE(prepared.ok());
  auto socket = world.net.Open({AF_INET, Transport::kStream});
  ASSERT_TRUE(socket.ok());
  EXPECT_TRUE(world.net.Connect((*prepared)[0], Soon(), &*socket).ok());
  EXPECT_TRUE(server.SeesSomebody());
  EXPECT_EQ(world.resolver->asked().size(), 1u);
}

TEST(GuardedNetTest, TriesTheNextAddress) {
  Server server("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  World world({"good.example", "127.0.0.0/8"}, {});
  world.resolver->Answer("good.example", {"127.0.0.9", "127.0.0.1"});
  EXPECT_EQ(world.Connects(absl::StrCat("good.example:", server.port())), 0);
  EXPECT_EQ(world.monitor->enforced,
            Strings({absl::StrCat("good.example:", server.port()),
                     absl::StrCat("good.example:", server.port(),
                                  "=127.0.0.9:", server.port()),
                     absl::StrCat("good.example:", server.port(),
                                  "=127.0.0.1:", server.port())}));
}

TEST(GuardedNetTest, ANameIsDecidedForOneConnection) {
  Server server("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  World world({"good.example", "127.0.0.0/8"}, {});
  world.resolver->Answer("good.example",
                         {"127.0.0.9", "127.0.0.1", "127.0.0.8"});
  const std::string name = absl::StrCat("good.example:", server.port());
  const auto prepared =
      world.net.Prepare(Purpose::kConnect, Read(name), Soon());
  ASSERT_TRUE(prepared.ok());
  const auto connect = [&](size_t index) {
    auto socket = world.net.Open({AF_INET, Transport::kStream});
    EXPECT_TRUE(socket.ok());
    world.monitor->enforced.clear();
    return world.net.Connect((*prepared)[index], Soon(), &*socket).error_number;
  };
  const std::string first = absl::StrCat(name, "=127.0.0.9:", server.port());
  const std::string second = absl::StrCat(name, "=127.0.0.1:", server.port());
  EXPECT_EQ(connect(0), ECONNREFUSED);
  EXPECT_EQ(world.monitor->enforced, Strings({first}));
  EXPECT_EQ(connect(1), 0);
  EXPECT_EQ(world.monitor->enforced, Strings({second})) << "the same access";
  EXPECT_EQ(connect(1), 0);
  EXPECT_EQ(world.monitor->enforced, Strings({name, second})) << "another one";
  EXPECT_EQ(connect(0), ECONNREFUSED);
  EXPECT_EQ(world.monitor->enforced, Strings({name, first}));
}

TEST(GuardedNetTest, TriesThatFailAreNotWithoutEnd) {
  World world({"good.example", "127.0.0.9"}, {});
  world.resolver->Answer("good.example", {"127.0.0.9"});
  const auto prepared =
      world.net.Prepare(Purpose::kConnect, Read("good.example:1"), Soon());
  ASSERT_TRUE(prepared.ok());
  for (size_t want : {1u, 2u, 2u}) {
    auto socket = world.net.Open({AF_INET, Transport::kStream});
    ASSERT_TRUE(socket.ok());
    world.monitor->enforced.clear();
    EXPECT_NE(world.net.Connect((*prepared)[0], Soon(), &*socket).error_number,
              0);
    EXPECT_EQ(world.monitor->enforced.size(), want);
  }
}

// A host's own resolver may find a name and no address of it.
class NoAddresses final : public Resolver {
 public:
  LookUpResult LookUp(const HostName&, const Wait&) override {
    return LookUpResult();
  }
};

TEST(GuardedNetTest, ANameWithoutAddressesIsNotFound) {
  const GuardedNet net(
      std::make_shared<PatternMonitor>(Strings{"good.example"}, Strings()),
      {std::make_shared<NoAddresses>(), nullptr, nullptr});
  const auto status =
      net.Connect(Read("good.example:80"), Transport::kStream, Soon()).status();
  EXPECT_EQ(status.error_number, ENOENT);
  EXPECT_FALSE(status.denied());
}

TEST(GuardedNetTest, ManyAddressesAreNotLookedAt) {
  World world({"good.example"}, {});
  world.resolver->Answer("good.example", Strings(100000, "8.8.8.8"));
  const auto prepared =
      world.net.Prepare(Purpose::kConnect, Read("good.example:80"), Soon());
  ASSERT_TRUE(prepared.ok());
  EXPECT_EQ(prepared->size(), Resolver::kMaxAddresses);
  HostName name;
  SyntaxError error;
  ASSERT_TRUE(HostName::Parse("good.example", &name, &error));
  const auto found = world.net.LookUp(name, Soon());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), Resolver::kMaxAddresses);
}

// It would be connected later, unnoticed, and connect(2) say that it is to
// wherever it is asked to go next.
TEST(GuardedNetTest, ASocketThatWasNotConnectedInTimeIsClosed) {
  World host({}, {"127.0.0.1"});
  const auto full =
      host.net.Listen(Read("127.0.0.1:0"), Transport::kStream, 0, Soon());
  ASSERT_TRUE(full.ok());
  World world({"127.0.0.1"}, {});
  const auto to = world.net.Prepare(Purpose::kConnect, *full->local(), Soon());
  ASSERT_TRUE(to.ok());
  std::vector<Socket> waiting;
  for (int i = 0; i < 8; ++i) {
    auto socket = world.net.Open({AF_INET, Transport::kStream});
    ASSERT_TRUE(socket.ok());
    const NetStatus status = world.net.Connect((*to)[0], Shortly(), &*socket);
    if (status.ok()) {
      waiting.push_back(std::move(*socket));
      continue;
    }
    EXPECT_EQ(status.error_number, ETIMEDOUT);
    EXPECT_FALSE(socket->valid());
    return;
  }
  GTEST_SKIP() << "the listener's queue does not fill";
}

TEST(GuardedNetTest, LookUpsEndAtTheirDeadlineOrWhenCancelled) {
  World world({"good.example"}, {});
  world.resolver->Hang();
  const auto late =
      world.net.Connect(Read("good.example:80"), Transport::kStream, Shortly());
  EXPECT_EQ(late.status().error_number, ETIMEDOUT);
  Cancellation cancellation;
  cancellation.Cancel();
  const auto ended =
      world.net.Connect(Read("good.example:80"), Transport::kStream,
                        {absl::InfiniteFuture(), &cancellation});
  EXPECT_EQ(ended.status().error_number, ECANCELED);
}

TEST(GuardedNetTest, ConcealedDenialsLookAsIfThereWereNothing) {
  World world({}, {});
  world.monitor->conceals = true;
  EXPECT_EQ(world.Connects("good.example:80"), ENOENT);
  EXPECT_EQ(world.Connects("10.0.0.1:80"), EHOSTUNREACH);
  EXPECT_EQ(world.Connects("unix-abstract:x"), ECONNREFUSED);
  EXPECT_EQ(world.net.Listen(Read("127.0.0.1:0"), Transport::kStream, 1, Soon())
                .status()
                .error_number,
            EADDRNOTAVAIL);
}

TEST(GuardedNetTest, TellsAddressesOnlyToWhoMayLookUp) {
  World world({"good.example"}, {});
  world.resolver->Answer("good.example", {"127.0.0.1"});
  HostName good, evil;
  SyntaxError error;
  ASSERT_TRUE(HostName::Parse("good.example", &good, &error));
  ASSERT_TRUE(HostName::Parse("evil.example", &evil, &error));
  const auto found = world.net.LookUp(good, Soon());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].address.ToString(), "127.0.0.1");
  EXPECT_EQ(world.net.LookUp(evil, Soon()).status().error_number, EACCES);
  EXPECT_EQ(world.resolver->asked(), Strings({"good.example"}));
}

TEST(GuardedNetTest, ASocketDoesNothingThatWasNotChecked) {
  World world({"127.0.0.1:80"}, {"127.0.0.1"});
  auto to = world.net.Prepare(Purpose::kConnect, Read("127.0.0.1:80"), Soon());
  auto at = world.net.Prepare(Purpose::kListen, Read("127.0.0.1:0"), Soon());
  ASSERT_TRUE(to.ok() && at.ok());
  auto stream = world.net.Open({AF_INET, Transport::kStream});
  auto six = world.net.Open({AF_INET6, Transport::kStream});
  ASSERT_TRUE(stream.ok());
  EXPECT_EQ(world.net.Connect((*at)[0], Soon(), &*stream).error_number, EINVAL);
  EXPECT_EQ(world.net.Bind((*to)[0], &*stream).error_number, EINVAL);
  EXPECT_EQ(world.net.SendTo("x", (*to)[0], &*stream).status().error_number,
            EOPNOTSUPP);
  EXPECT_EQ(world.net.Accept(*stream, Soon()).status().error_number, EINVAL);
  if (six.ok()) {
    EXPECT_EQ(world.net.Connect((*to)[0], Soon(), &*six).error_number,
              EAFNOSUPPORT);
  }
  Socket none;
  EXPECT_EQ(world.net.Connect((*to)[0], Soon(), &none).error_number, EBADF);
  EXPECT_EQ(world.net.Prepare(Purpose::kConnect, Read("127.0.0.1"), Soon())
                .status()
                .error_number,
            EINVAL);
}

TEST(GuardedNetTest, ANameIsNoOtherKindOfEndpoint) {
  World world({"unix-abstract:80", ":80"}, {});
  HostName name;
  SyntaxError error;
  for (const char* text : {"unix", "unix-abstract", "vsock"}) {
    ASSERT_TRUE(HostName::Parse(text, &name, &error));
    EXPECT_EQ(
        world.net.Prepare(Purpose::kConnect, Endpoint::Name(name, 80), Soon())
            .status()
            .error_number,
        EINVAL)
        << text;
  }
  EXPECT_TRUE(world.resolver->asked().empty());
}

TEST(GuardedNetTest, OpensNoSocketOfAKindThatIsNotOffered) {
  World world({}, {});
  for (const SocketKind& kind :
       {SocketKind{AF_NETLINK, Transport::kDatagram},
        SocketKind{AF_PACKET, Transport::kDatagram},
        SocketKind{AF_INET, Transport::kSeqPacket},   // SCTP
        SocketKind{AF_INET6, Transport::kSeqPacket},  // SCTP
        SocketKind{AF_ALG, Transport::kSeqPacket}, SocketKind()}) {
    const auto opened = world.net.Open(kind);
    EXPECT_EQ(opened.status().refusal, Refusal::kInvalid) << kind.family;
  }
}

TEST(GuardedNetTest, UnixPathsNeedSomebodyWhoDecidesFiles) {
  World world({"unix:/tmp"}, {"unix:/tmp"});
  EXPECT_EQ(world.net.Connect(Read("unix:/tmp/x"), Transport::kStream, Soon())
                .status()
                .refusal,
            Refusal::kUnenforceable);
  EXPECT_EQ(world.net.Listen(Read("unix:/tmp/x"), Transport::kStream, 1, Soon())
                .status()
                .refusal,
            Refusal::kUnenforceable);
}

TEST(GuardedNetTest, VsockNeedsItsOwnGrant) {
  World world({"vsock:1:5000"}, {});
  EXPECT_EQ(world.Connects("vsock:2:5000"), EACCES);
  const auto opened = world.net.Open({AF_VSOCK, Transport::kStream});
  if (!opened.ok()) GTEST_SKIP() << "no vsock";
  EXPECT_NE(world.Connects("vsock:1:5000"), EACCES);
}

// Every family, type and protocol that a program could ask for.
TEST(SocketKindTest, OffersStreamsAndDatagramsAlone) {
  std::set<std::string> offered;
  for (int domain = -1; domain < 64; ++domain) {
    for (int type = -1; type < 16; ++type) {
      for (int protocol = -1; protocol < 300; ++protocol) {
        SocketKind kind;
        if (!SocketKind::FromNumbers(domain, type, protocol, &kind)) continue;
        EXPECT_EQ(kind.family, domain);
        EXPECT_EQ(kind.type(), type);
        offered.insert(absl::StrCat(domain, " ", type, " ", protocol));
      }
    }
  }
  std::set<std::string> want;
  for (int domain : {AF_INET, AF_INET6}) {
    for (int protocol : {0, static_cast<int>(IPPROTO_TCP)}) {
      want.insert(absl::StrCat(domain, " ", SOCK_STREAM, " ", protocol));
    }
    for (int protocol : {0, static_cast<int>(IPPROTO_UDP)}) {
      want.insert(absl::StrCat(domain, " ", SOCK_DGRAM, " ", protocol));
    }
  }
  for (int domain : {AF_UNIX, AF_VSOCK}) {
    for (int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
      want.insert(absl::StrCat(domain, " ", type, " 0"));
    }
  }
  EXPECT_EQ(offered, want);
  SocketKind kind;
  EXPECT_TRUE(SocketKind::FromNumbers(
      AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, &kind));
  EXPECT_FALSE(
      SocketKind::FromNumbers(AF_INET, SOCK_STREAM | 0x100000, 0, &kind));
}

}  // namespace
}  // namespace net
}  // namespace postern
