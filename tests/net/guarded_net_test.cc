#include "net/guarded_net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "net/socket_address.h"
#include "net/testing/fake_resolver.h"
#include "tests/attacks/child.h"
#include "tests/net/pattern_monitor.h"

namespace postern {
namespace net {
namespace {

using testing::FakeResolver;
using testing::PatternMonitor;
using Strings = std::vector<std::string>;

Endpoint Read(const std::string& text) {
  Endpoint endpoint;
  SyntaxError error;
  EXPECT_TRUE(Endpoint::Parse(text, &endpoint, &error)) << text;
  return endpoint;
}

// An abstract name of this process's own: one in another sandbox may have the
// same number, and the same network.
std::string OwnName(const char* beginning) {
  static const int64_t born = absl::GetCurrentTimeNanos();
  return absl::StrCat(beginning, getpid(), "-", born);
}

// What getpeername(2) says.
std::string PeerName(int fd) {
  SocketAddress address;
  address.size = sizeof(address.storage);
  Endpoint peer;
  return getpeername(fd, address.get(), &address.size) == 0 &&
                 ToEndpoint(address, &peer)
             ? peer.ToString()
             : "";
}

Wait Soon() { return Wait::For(absl::Seconds(10)); }
Wait Shortly() { return Wait::For(absl::Milliseconds(60)); }

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

TEST(GuardedNetTest, ListeningNeedsAGrantEvenWithoutBinding) {
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

TEST(GuardedNetTest, ListensWhereItIsGrantedAlone) {
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

TEST(GuardedNetTest, ThePortThatTheKernelGivesIsDecidedToo) {
  const GuardedNet net(std::make_shared<LowPorts>(), {});
  const auto listening =
      net.Listen(Read("127.0.0.1:0"), Transport::kStream, 1, Soon());
  EXPECT_EQ(listening.status().error_number, EACCES);
  EXPECT_NE(listening.status().endpoint, "127.0.0.1:0");
}

// A socket that stayed bound would hear datagrams.
TEST(GuardedNetTest, ASocketOfADeniedPortIsGone) {
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

// Who was denied to send has nobody who may answer.
TEST(GuardedNetTest, ADeniedOperationLeavesNothingBehind) {
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
TEST(GuardedNetTest, TheUnspecifiedAddressIsLoopbackWhateverTheSocketHas) {
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

TEST(GuardedNetTest, AnswersFromTheUnspecifiedAddressArrive) {
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

// accept(2): what befell one who connected is told as the listener's error.
TEST(GuardedNetTest, AcceptGoesOnAfterErrorsOfOneConnection) {
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
TEST(GuardedNetTest, ThePathOfAPeerEndsWithItsBytes) {
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

TEST(GuardedNetTest, IPv6SocketsTakeNoIPv4Connections) {
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

TEST(GuardedNetTest, DatagramsGoWhereItIsGrantedAlone) {
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

TEST(GuardedNetTest, ConnectedDatagramsComeFromThePeerAlone) {
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

// Lets one process in, or nobody.
class OneOwner final : public AbstractNames {
 public:
  explicit OneOwner(pid_t pid) : pid_(pid) {}
  bool MayBind(absl::string_view) override { return pid_ == getpid(); }
  bool MayAccept(absl::string_view, const PeerCredentials& peer) override {
    return peer.pid == pid_ && peer.uid == getuid();
  }
  bool MayUse(absl::string_view, const PeerCredentials& peer) override {
    return peer.pid == pid_;
  }

 private:
  const pid_t pid_;
};

TEST(GuardedNetTest, AbstractNamesHaveOwnersAndPeers) {
  const std::string name = OwnName("unix-abstract:postern/test-") + "/a";
  const Strings granted = {"unix-abstract:postern/*"};
  World owner(granted, granted, nullptr, std::make_shared<OneOwner>(getpid()));
  World stranger(granted, granted, nullptr, std::make_shared<OneOwner>(1));
  EXPECT_EQ(stranger.net.Listen(Read(name), Transport::kStream, 4, Soon())
                .status()
                .refusal,
            Refusal::kOwner);
  auto listener = owner.net.Listen(Read(name), Transport::kStream, 4, Soon());
  ASSERT_TRUE(listener.ok()) << strerror(listener.status().error_number);
  auto client = owner.net.Connect(Read(name), Transport::kStream, Soon());
  ASSERT_TRUE(client.ok());
  EXPECT_EQ(client->credentials()->pid, getpid());
  auto accepted = owner.net.Accept(*listener, Soon());
  ASSERT_TRUE(accepted.ok());
  EXPECT_EQ(accepted->credentials()->pid, getpid());
  EXPECT_EQ(stranger.net.Connect(Read(name), Transport::kStream, Soon())
                .status()
                .refusal,
            Refusal::kOwner)
      << "whoever listens there is not the owner";
  World other({"unix-abstract:other"}, {});
  EXPECT_EQ(other.Connects(name), EACCES);
}

// A datagram comes without its sender's credentials, and goes to whoever took
// the name.
TEST(GuardedNetTest, OwnedAbstractNamesTakeNoDatagrams) {
  const std::string name = OwnName("unix-abstract:postern/test-") + "/d";
  const Strings granted = {"unix-abstract:postern/*"};
  World owner(granted, granted, nullptr, std::make_shared<OneOwner>(getpid()));
  const auto bound =
      owner.net.Listen(Read(name), Transport::kDatagram, 0, Soon());
  EXPECT_EQ(bound.status().refusal, Refusal::kOwner);
  World plain(granted, granted);
  auto stranger = plain.net.Listen(Read(name), Transport::kDatagram, 0, Soon());
  ASSERT_TRUE(stranger.ok()) << strerror(stranger.status().error_number);
  const auto to = owner.net.Prepare(Purpose::kConnect, Read(name), Soon());
  ASSERT_TRUE(to.ok());
  auto socket = owner.net.Open({AF_UNIX, Transport::kDatagram});
  ASSERT_TRUE(socket.ok());
  EXPECT_EQ(owner.net.SendTo("x", (*to)[0], &*socket).status().refusal,
            Refusal::kOwner);
  EXPECT_EQ(owner.net.Connect((*to)[0], Soon(), &*socket).refusal,
            Refusal::kOwner);
  EXPECT_EQ(
      plain.net.ReceiveFrom(&*stranger, 9, Shortly()).status().error_number,
      ETIMEDOUT);
}

// Turns everybody away, and brings the next one along.
class Crowd final : public AbstractNames {
 public:
  explicit Crowd(const std::string& name)
      : name_(Read(name)), end_(absl::Now() + absl::Seconds(5)) {}
  bool MayBind(absl::string_view) override { return true; }
  bool MayUse(absl::string_view, const PeerCredentials&) override {
    return true;
  }
  bool MayAccept(absl::string_view, const PeerCredentials&) override {
    if (absl::Now() < end_) Come();
    return false;
  }
  void Come() {
    World world({name_.ToString()}, {});
    EXPECT_TRUE(world.net.Connect(name_, Transport::kStream, Soon()).ok());
  }

 private:
  const Endpoint name_;
  const absl::Time end_;
};

TEST(GuardedNetTest, AcceptEndsInTimeHoweverManyAreTurnedAway) {
  const std::string name = OwnName("unix-abstract:crowd-");
  const auto crowd = std::make_shared<Crowd>(name);
  World world({}, {name}, nullptr, crowd);
  const auto listener =
      world.net.Listen(Read(name), Transport::kStream, 8, Soon());
  ASSERT_TRUE(listener.ok());
  crowd->Come();
  const absl::Time start = absl::Now();
  EXPECT_EQ(world.net.Accept(*listener, Shortly()).status().error_number,
            ETIMEDOUT);
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
}

// Whoever has the grant may use a name that nobody owns.
TEST(GuardedNetTest, AbstractNamesWithoutOwnersNeedTheGrantAlone) {
  const std::string name = OwnName("unix-abstract:free-");
  World world({name}, {name});
  for (const Transport transport :
       {Transport::kStream, Transport::kSeqPacket}) {
    auto listener = world.net.Listen(Read(name), transport, 4, Soon());
    ASSERT_TRUE(listener.ok()) << listener.status().ToString();
    const auto client = world.net.Connect(Read(name), transport, Soon());
    ASSERT_TRUE(client.ok()) << client.status().ToString();
    const auto accepted = world.net.Accept(*listener, Soon());
    ASSERT_TRUE(accepted.ok()) << accepted.status().ToString();
    EXPECT_EQ(accepted->credentials()->pid, getpid());
    EXPECT_FALSE(accepted->peer().has_value()) << "the client has no name";
  }
}

TEST(GuardedNetTest, AnAcceptedSocketSaysWhoConnected) {
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

TEST(GuardedNetTest, OpensWhatIsOfferedAlone) {
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

TEST(SystemResolverTest, LooksUpWhatTheSystemKnows) {
  struct addrinfo* list = nullptr;
  const int unknown = getaddrinfo("localhost", nullptr, nullptr, &list);
  if (unknown != 0) {
    GTEST_SKIP() << "localhost is not known: " << gai_strerror(unknown);
  }
  freeaddrinfo(list);
  const std::shared_ptr<Resolver> resolver = MakeSystemResolver();
  HostName name;
  SyntaxError error;
  ASSERT_TRUE(HostName::Parse("localhost", &name, &error));
  const LookUpResult found = resolver->LookUp(name, Soon());
  EXPECT_EQ(found.error_number, 0) << strerror(found.error_number);
  for (const ResolvedAddress& resolved : found.addresses) {
    EXPECT_EQ(ClassOf(resolved.address), AddressClass::kLoopback);
  }
  EXPECT_FALSE(found.addresses.empty());
}

TEST(SystemResolverTest, IsGivenUpInManyThreads) {
  const std::shared_ptr<Resolver> resolver = MakeSystemResolver();
  HostName name;
  SyntaxError error;
  ASSERT_TRUE(HostName::Parse("localhost", &name, &error));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        resolver->LookUp(name, Wait::For(absl::Microseconds(50 * (i % 4))));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SystemResolverTest, ComesBackInTime) {
  const std::shared_ptr<Resolver> resolver = MakeSystemResolver();
  HostName name;
  SyntaxError error;
  ASSERT_TRUE(HostName::Parse("does-not-exist.invalid", &name, &error));
  const absl::Time start = absl::Now();
  EXPECT_NE(resolver->LookUp(name, Shortly()).error_number, 0);
  EXPECT_EQ(
      resolver->LookUp(name, {absl::InfinitePast(), nullptr}).error_number,
      ETIMEDOUT);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace net
}  // namespace postern
