// Attack rows 60 to 70 and 72, "Network": contexts, with sockets on loopback.

#include <errno.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "net/guarded_net.h"
#include "net/testing/fake_resolver.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/app_sockets.h"
#include "permission/guard/net_monitor.h"
#include "permission/guard/unix_sockets.h"
#include "tests/attacks/child.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using net::CheckedEndpoint;
using net::Endpoint;
using net::GuardedNet;
using net::NetResult;
using net::Purpose;
using net::Socket;
using net::Transport;
using net::Wait;
using net::testing::FakeResolver;

constexpr Permission kConnect = Permission::kNetConnect;
constexpr Permission kListen = Permission::kNetListen;
constexpr Permission kResolve = Permission::kNetResolve;

struct Row {
  Effect effect;
  Permission permission;
  std::string pattern;
};

// `limited` may be used that often each.
RootContext ContextOf(const std::vector<Row>& rows,
                      const std::vector<Row>& limited, uint32_t uses) {
  Layer layer;
  layer.name = "grants";
  const auto add = [&](const Row& row) {
    layer.rules.push_back(testing::MakeRule(row.effect,
                                            PermissionSet(row.permission),
                                            RulePattern::Text(row.pattern)));
  };
  for (const Row& row : rows) add(row);
  for (const Row& row : limited) {
    add(row);
    layer.rules.back().limits.uses = std::make_shared<UseCounter>(uses);
  }
  return testing::MakeContext(testing::BuildOrDie({layer}));
}

Row Allow(Permission permission, const std::string& pattern) {
  return {Effect::kAllow, permission, pattern};
}
Row Deny(Permission permission, const std::string& pattern) {
  return {Effect::kDeny, permission, pattern};
}

Endpoint Read(const std::string& text) {
  Endpoint endpoint;
  net::SyntaxError error;
  EXPECT_TRUE(Endpoint::Parse(text, &endpoint, &error)) << text;
  return endpoint;
}

Wait Soon() { return Wait::For(absl::Seconds(10)); }

// A guest's network, and a resolver that says what the test wants.
struct Guest {
  explicit Guest(const std::vector<Row>& rows,
                 const std::vector<Row>& limited = {}, uint32_t uses = 1)
      : Guest(ContextOf(rows, limited, uses)) {}
  explicit Guest(RootContext context)
      : root(std::move(context)),
        resolver(std::make_shared<FakeResolver>()),
        net(std::make_unique<GuardedNet>(
            MakeNetMonitor(root.context),
            net::GuardedNetOptions{resolver, UnixOf(root.context), nullptr})) {}

  static std::shared_ptr<net::UnixSockets> UnixOf(
      const std::shared_ptr<PermissionContext>& context) {
    auto sockets = MakeUnixSockets(context, fs::GuardedFsOptions(),
                                   testing::AcceptUnbound());
    EXPECT_TRUE(sockets.ok()) << sockets.status();
    return *sockets;
  }

  bool Allows(Permission permission, absl::string_view endpoint) const {
    return root.context->Check(Access::Endpoint(permission, endpoint))
        .allowed();
  }
  // errno of the attempt.
  int Connects(const std::string& to,
               Transport transport = Transport::kStream) const {
    return net->Connect(Read(to), transport, Soon()).status().error_number;
  }
  int Listens(const std::string& at,
              Transport transport = Transport::kStream) const {
    return net->Listen(Read(at), transport, 4, Soon()).status().error_number;
  }

  RootContext root;
  std::shared_ptr<FakeResolver> resolver;
  std::unique_ptr<GuardedNet> net;
};

// A listener of the host's on loopback.
struct Server {
  explicit Server(Transport transport = Transport::kStream)
      : host({Allow(kListen, "127.0.0.0/8"), Allow(kConnect, "127.0.0.0/8")}),
        socket(host.net->Listen(Read("127.0.0.1:0"), transport, 8, Soon())) {
    EXPECT_TRUE(socket.ok());
  }
  std::string port() const { return absl::StrCat(*socket->local()->port()); }
  bool SeesSomebody() const {
    return host.net->Accept(*socket, Wait::For(absl::Milliseconds(60))).ok();
  }

  Guest host;
  NetResult<Socket> socket;
};

TEST(AttackTest, Row60AGrantedHostAtAnotherPort) {
  const Server granted, other;
  const Guest guest({Allow(kConnect, "127.0.0.1:" + granted.port())});
  EXPECT_EQ(guest.Connects("127.0.0.1:" + granted.port()), 0);
  EXPECT_EQ(guest.Connects("127.0.0.1:" + other.port()), EACCES);
  EXPECT_FALSE(other.SeesSomebody());
  EXPECT_FALSE(guest.Allows(kConnect, "127.0.0.1"));
}

TEST(AttackTest, Row61LookAlikeSuffixes) {
  const Guest guest(
      {Allow(kConnect, "*.example.com"), Allow(kConnect, "other.net")});
  EXPECT_TRUE(guest.Allows(kConnect, "a.example.com:443"));
  for (const char* name :
       {"notexample.com", "example.com", "example.com.evil", "a.example.comx",
        "aexample.com", "example.com.", "xother.net", "other.net.evil",
        "a.other.net", "a.example.com.evil.net"}) {
    EXPECT_FALSE(guest.Allows(kConnect, absl::StrCat(name, ":443"))) << name;
    EXPECT_EQ(guest.Connects(absl::StrCat(name, ":443")), EACCES) << name;
  }
  EXPECT_TRUE(guest.resolver->asked().empty());
}

TEST(AttackTest, Row62OneNameHasOneSpelling) {
  const Guest guest({Allow(kConnect, "B\xc3\xbc\x63her.Example."),
                     Deny(kConnect, "xn--bcher-kva.evil")});
  for (const char* name :
       {"xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE",
        "b\xc3\xbc\x63her.example", "B\xc3\x9c\x43HER.example.",
        "b\xc3\xbc\x63her\xe3\x80\x82\x65xample",
        "b\xc3\xbc\x63her\xef\xbc\x8e\x65xample",
        "\xef\xbd\x82\xc3\xbc\x63her.example"}) {
    EXPECT_TRUE(guest.Allows(kConnect, name)) << name;
  }
  for (const char* name :
       {"bucher.example", "b\xcc\x88ucher.example", "xn--bcher-kva.example..",
        ".xn--bcher-kva.example", "xn--bcher-kv.example"}) {
    EXPECT_FALSE(guest.Allows(kConnect, name)) << name;
  }
  const Guest all({Allow(kConnect, ":80"), Deny(kConnect, "evil.example")});
  for (const char* name :
       {"evil.example", "EVIL.example", "evil.example.",
        "evil\xe3\x80\x82\x65xample", "\xef\xbd\x85vil.example"}) {
    EXPECT_FALSE(all.Allows(kConnect, absl::StrCat(name, ":80"))) << name;
  }
}

TEST(AttackTest, Row63NumbersInDisguise) {
  const Guest all({Allow(kConnect, ":80")});
  for (const char* host :
       {"2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
        "127.1", "127.0.1", "127.0.0.1.", "127.0.0.01", "0x7f.1", "1.2.3",
        "127.0.0.1.5", "00.0.0.0", "\xef\xbc\x91\x32\x37.0.0.1", "::ffff:127.1",
        "[127.0.0.1]", "[::1%lo]", "127.0.0.1%lo"}) {
    EXPECT_FALSE(all.Allows(kConnect, absl::StrCat(host, ":80"))) << host;
  }
  const Guest guest({Allow(kConnect, "0.0.0.0/0"), Allow(kConnect, "::/0"),
                     Deny(kConnect, "127.0.0.1"), Deny(kConnect, "fe80::1")});
  for (const char* address :
       {"127.0.0.1:80", "[::ffff:127.0.0.1]:80", "[::ffff:7f00:1]:80",
        "[0:0:0:0:0:ffff:127.0.0.1]:80", "[fe80::1]:80", "[fe80::1%eth0]:80",
        "[fe80::1%2]:80", "[FE80:0::1]:80", "[64:ff9b::7f00:1]:80",
        "[2002:7f00:1::]:80", "[::7f00:1]:80"}) {
    EXPECT_FALSE(guest.Allows(kConnect, address)) << address;
  }
  EXPECT_TRUE(guest.Allows(kConnect, "127.0.0.2:80"));
}

TEST(AttackTest, Row64UnspecifiedAddressesAreLoopback) {
  const Server server;
  const Guest guest({Allow(kConnect, "0.0.0.0/0"), Allow(kConnect, "::/0"),
                     Deny(kConnect, "@loopback")});
  for (const char* host : {"127.0.0.1", "0.0.0.0", "[::]", "[::1]",
                           "[::ffff:0.0.0.0]", "127.1.2.3"}) {
    EXPECT_EQ(guest.Connects(absl::StrCat(host, ":", server.port())), EACCES)
        << host;
  }
  EXPECT_FALSE(server.SeesSomebody());
  const Guest local({Allow(kListen, "127.0.0.1")});
  EXPECT_EQ(local.Listens("0.0.0.0:0"), EACCES);
  EXPECT_EQ(local.Listens("[::]:0"), EACCES);
  const Guest most(
      {Allow(kListen, "0.0.0.0/0"), Deny(kListen, "192.0.2.1:8080")});
  EXPECT_EQ(most.Listens("0.0.0.0:8080"), EACCES)
      << "that address may be an own one";
}

TEST(AttackTest, Row65AGrantedNameThatLeadsInside) {
  for (const char* address : {"127.0.0.1",        "::1",
                              "0.0.0.0",          "::",
                              "10.0.0.1",         "172.16.0.1",
                              "192.168.0.1",      "100.64.0.1",
                              "169.254.0.1",      "169.254.169.254",
                              "fe80::1",          "fd00::1",
                              "fd00:ec2::254",    "fe80::a9fe:a9fe",
                              "::ffff:127.0.0.1", "64:ff9b::a00:1",
                              "2002:7f00:1::1",   "2001:0:808:808::f5ff:fffe",
                              "224.0.0.1",        "ff02::1",
                              "255.255.255.255",  "198.18.0.1",
                              "192.0.2.1",        "2001:db8::1",
                              "::7f00:1",         "100.100.100.200",
                              "168.63.129.16"}) {
    const Guest guest({Allow(kConnect, "granted.example")});
    guest.resolver->Answer("granted.example", {address});
    EXPECT_EQ(guest.Connects("granted.example:80"), EACCES) << address;
    EXPECT_EQ(guest.resolver->asked().size(), 1u);
  }
}

TEST(AttackTest, Row66TheSecondAnswerOfTheResolverChangesNothing) {
  const Server first, second;
  const Guest guest({Allow(kConnect, "granted.example"),
                     Allow(kConnect, "127.0.0.1:" + first.port())});
  guest.resolver->Answer("granted.example", {"127.0.0.1"});
  guest.resolver->Answer("granted.example", {"127.0.0.2"});
  const auto prepared = guest.net->Prepare(
      Purpose::kConnect, Read("granted.example:" + first.port()), Soon());
  ASSERT_TRUE(prepared.ok());
  ASSERT_EQ(prepared->size(), 1u);
  EXPECT_EQ((*prepared)[0].endpoint().ToString(), "127.0.0.1:" + first.port());
  auto socket = guest.net->Open({AF_INET, Transport::kStream});
  ASSERT_TRUE(socket.ok());
  EXPECT_TRUE(guest.net->Connect((*prepared)[0], Soon(), &*socket).ok());
  EXPECT_TRUE(first.SeesSomebody());
  EXPECT_EQ(guest.resolver->asked().size(), 1u);
  // What was checked is decided again when it is used.
  ASSERT_TRUE(
      guest.root.context
          ->Drop(PermissionSet(kConnect), RulePattern::Text("127.0.0.0/8"))
          .ok());
  auto late = guest.net->Open({AF_INET, Transport::kStream});
  EXPECT_EQ(guest.net->Connect((*prepared)[0], Soon(), &*late).error_number,
            EACCES);
}

// Bypasses by rights that are not bound to what they were granted for: one
// use, many connections.
TEST(AttackTest, OneUseOfANameIsOneConnection) {
  const Server server;
  const Guest guest({Allow(kConnect, "127.0.0.0/8")},
                    {Allow(kConnect, "granted.example")}, 2);
  guest.resolver->Answer("granted.example", {"127.0.0.1"});
  const Endpoint name = Read("granted.example:" + server.port());
  const auto prepared = guest.net->Prepare(Purpose::kConnect, name, Soon());
  ASSERT_TRUE(prepared.ok());
  for (int want : {0, 0, EACCES}) {
    auto socket = guest.net->Open({AF_INET, Transport::kStream});
    ASSERT_TRUE(socket.ok());
    EXPECT_EQ(guest.net->Connect((*prepared)[0], Soon(), &*socket).error_number,
              want);
  }
  EXPECT_FALSE(guest.net->Prepare(Purpose::kConnect, name, Soon()).ok());
}

TEST(AttackTest, Row67ADeniedLookUpSendsNothing) {
  const Guest guest({Allow(kConnect, "a.example"), Allow(kConnect, "b.example"),
                     Deny(kResolve, "b.example"),
                     Allow(kResolve, "c.example")});
  for (const char* name : {"b.example", "c.example", "d.example"}) {
    EXPECT_EQ(guest.Connects(absl::StrCat(name, ":80")), EACCES) << name;
  }
  net::HostName name;
  net::SyntaxError error;
  for (const char* text : {"a.example", "b.example", "d.example"}) {
    ASSERT_TRUE(net::HostName::Parse(text, &name, &error));
    EXPECT_EQ(guest.net->LookUp(name, Soon()).status().error_number, EACCES);
  }
  EXPECT_TRUE(guest.resolver->asked().empty());
  ASSERT_TRUE(net::HostName::Parse("c.example", &name, &error));
  EXPECT_EQ(guest.net->LookUp(name, Soon()).status().error_number, ENOENT);
  EXPECT_EQ(guest.resolver->asked().size(), 1u);
}

// A directory of its own, gone in the end.
struct Folder {
  Folder() {
    std::string text = ::testing::TempDir() + "/postern-net-XXXXXX";
    char* made = mkdtemp(&text[0]);
    EXPECT_NE(made, nullptr);
    char* real = realpath(made, nullptr);
    path = real == nullptr ? "" : real;
    std::free(real);
  }
  ~Folder() {
    for (const char* name : {"s", "link", "other"}) {
      unlink((path + "/" + name).c_str());
    }
    rmdir(path.c_str());
  }
  std::string path;
};

TEST(AttackTest, Row68UnixSocketsNeedNetAndFs) {
  const Folder folder;
  const std::string socket = folder.path + "/s", link = folder.path + "/link";
  const Row read = Allow(Permission::kFsRead, folder.path);
  const Row write = Allow(Permission::kFsWrite, folder.path);
  const Row net = Allow(kConnect, "unix:" + socket);
  const Row listen = Allow(kListen, "unix:" + socket);
  const std::string at = "unix:" + socket;
  EXPECT_EQ(Guest({listen}).Listens(at), EACCES) << "no file";
  EXPECT_EQ(Guest({read, write}).Listens(at), EACCES) << "no network";
  struct stat info;
  EXPECT_NE(lstat(socket.c_str(), &info), 0) << "nothing was made";
  const Guest server({read, write, listen});
  const auto listening =
      server.net->Listen(Read(at), Transport::kStream, 4, Soon());
  ASSERT_TRUE(listening.ok()) << listening.status().error_number;
  EXPECT_EQ(Guest({net}).Connects(at), EACCES) << "no file";
  EXPECT_EQ(Guest({read, write}).Connects(at), EACCES) << "no network";
  EXPECT_EQ(Guest({read, net}).Connects(at), EACCES) << "may not write";
  EXPECT_EQ(Guest({read, write, listen}).Connects(at), EACCES)
      << "to listen is not to connect";
  EXPECT_EQ(Guest({read, write, net}).Connects(at), 0);
  // A link is decided where it leads.
  ASSERT_EQ(symlink(socket.c_str(), link.c_str()), 0);
  EXPECT_EQ(Guest({read, write, net}).Connects("unix:" + link), 0);
  EXPECT_EQ(Guest({read, write, Allow(kConnect, "unix:" + link)})
                .Connects("unix:" + link),
            EACCES);
  EXPECT_EQ(
      Guest({read, write, net, Deny(kConnect, "unix:" + socket)}).Connects(at),
      EACCES);
  // Abstract names are others.
  const std::string abstract = absl::StrCat("unix-abstract:", getpid(), "-",
                                            absl::GetCurrentTimeNanos());
  EXPECT_EQ(Guest({read, write, net, listen}).Listens(abstract), EACCES);
  EXPECT_EQ(Guest({Allow(kListen, abstract)}).Listens(abstract), 0);
  EXPECT_FALSE(
      Guest({Allow(kConnect, "unix-abstract:" + socket.substr(0, 100))})
          .Allows(kConnect, at));
}

TEST(AttackTest, Row69ListeningWithoutBinding) {
  const Guest guest(
      {Allow(kConnect, "0.0.0.0/0"), Allow(kListen, "127.0.0.1")});
  for (int family : {AF_INET, AF_INET6, AF_UNIX}) {
    auto socket = guest.net->Open({family, Transport::kStream});
    if (!socket.ok()) continue;  // no IPv6 here
    EXPECT_NE(guest.net->Listen(4, &*socket).error_number, 0) << family;
    EXPECT_FALSE(socket->listening());
    int listening = 1;
    socklen_t size = sizeof(listening);
    if (!socket->valid()) continue;
    ASSERT_EQ(
        getsockopt(socket->fd(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size),
        0);
    EXPECT_EQ(listening, 0);
  }
}

TEST(AttackTest, Row70OtherSocketsThanGrantedOnes) {
  const Server server(Transport::kDatagram);
  const Guest none({Allow(kListen, "127.0.0.1")});
  const std::string at = "127.0.0.1:" + server.port();
  EXPECT_EQ(none.Connects(at, Transport::kDatagram), EACCES);
  EXPECT_FALSE(none.net->Prepare(Purpose::kConnect, Read(at), Soon()).ok());
  const Guest guest({Allow(kConnect, at)});
  const auto to = guest.net->Prepare(Purpose::kConnect, Read(at), Soon());
  ASSERT_TRUE(to.ok());
  auto socket = guest.net->Open({AF_INET, Transport::kDatagram});
  ASSERT_TRUE(socket.ok());
  EXPECT_TRUE(guest.net->SendTo("x", (*to)[0], &*socket).ok());
  ASSERT_TRUE(
      guest.root.context->Drop(PermissionSet(kConnect), RulePattern::Whole())
          .ok());
  EXPECT_EQ(guest.net->SendTo("x", (*to)[0], &*socket).status().error_number,
            EACCES)
      << "each datagram is decided";
  EXPECT_EQ(guest.Listens("127.0.0.1:0", Transport::kDatagram), EACCES);
  EXPECT_EQ(guest.Connects("vsock:2:1024"), EACCES);
  EXPECT_EQ(guest.Listens("vsock:4294967295:1024"), EACCES);
  net::SocketKind kind;
  for (int family : {AF_PACKET, AF_NETLINK, AF_BLUETOOTH, AF_ALG, AF_CAN}) {
    for (int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW}) {
      EXPECT_FALSE(net::SocketKind::FromNumbers(family, type, 0, &kind));
    }
  }
  EXPECT_FALSE(
      net::SocketKind::FromNumbers(AF_INET, SOCK_RAW, IPPROTO_ICMP, &kind));
  EXPECT_FALSE(
      net::SocketKind::FromNumbers(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, &kind));
  EXPECT_FALSE(net::SocketKind::FromNumbers(AF_INET, SOCK_STREAM, 262, &kind));
}

TEST(AttackTest, Row72ARedirectIsANewCheck) {
  const Server first, second;
  const Guest guest({Allow(kConnect, "a.example"),
                     Allow(kConnect, "127.0.0.1:" + first.port())});
  guest.resolver->Answer("a.example", {"127.0.0.1"});
  guest.resolver->Answer("b.example", {"127.0.0.1"});
  EXPECT_EQ(guest.Connects("a.example:" + first.port()), 0);
  // "Location: http://b.example/", to the address that is granted for a.
  EXPECT_EQ(guest.Connects("b.example:" + first.port()), EACCES);
  EXPECT_EQ(guest.Connects("a.example:" + second.port()), EACCES);
  EXPECT_FALSE(second.SeesSomebody());
}

// A socket whose source is granted, or denied.
TEST(AttackTest, Row102TheUnspecifiedAddressIsDecidedAsWhereItGoes) {
  for (const Transport transport : {Transport::kStream, Transport::kDatagram}) {
    const Server server(transport);
    const std::string at = "0.0.0.0:" + server.port();
    for (const char* mapped : {"0.0.0.0:", "[::ffff:0.0.0.0]:", "[::]:"}) {
      EXPECT_EQ(Guest({Allow(kConnect, "0.0.0.0/0"), Allow(kConnect, "::/0"),
                       Deny(kConnect, "@loopback")})
                    .Connects(mapped + server.port(), transport),
                EACCES)
          << mapped;
    }
    for (const Row& rule :
         {Deny(kConnect, "127.0.0.2"), Allow(kConnect, "127.0.0.2")}) {
      const Guest guest(
          {Allow(kConnect, "0.0.0.0"), Allow(kListen, "127.0.0.2"), rule});
      auto socket = guest.net->Open({AF_INET, transport});
      ASSERT_TRUE(socket.ok());
      const auto source =
          guest.net->Prepare(Purpose::kListen, Read("127.0.0.2:0"), Soon());
      const auto to = guest.net->Prepare(Purpose::kConnect, Read(at), Soon());
      ASSERT_TRUE(source.ok() && to.ok());
      ASSERT_TRUE(guest.net->Bind((*source)[0], &*socket).ok());
      if (transport == Transport::kDatagram) {
        EXPECT_TRUE(guest.net->SendTo("x", (*to)[0], &*socket).ok());
      }
      // Nobody listens at 127.0.0.2.
      EXPECT_EQ(guest.net->Connect((*to)[0], Soon(), &*socket).error_number, 0);
      EXPECT_EQ(socket->peer()->ToString(), "127.0.0.1:" + server.port());
    }
  }
}

// A folder under another name, which no rule is about.
TEST(AttackTest, Row103ASocketByABindMount) {
  const Folder folder, alias;
  const std::string at = "unix:" + folder.path + "/s";
  const auto guest = [&](const std::vector<Row>& rows) {
    PolicyBuilder builder;
    for (const Permission permission :
         {Permission::kFsRead, Permission::kFsWrite}) {
      for (const Folder* place : {&folder, &alias}) {
        builder.Allow(PermissionSet(permission),
                      RulePattern::Text(place->path));
      }
    }
    builder.Allow(PermissionSet(kConnect) | PermissionSet(kListen),
                  RulePattern::Whole());
    for (const Row& row : rows) {
      builder.Deny(PermissionSet(row.permission),
                   RulePattern::Text(row.pattern));
    }
    const auto policy = builder.Bind().Build();
    EXPECT_TRUE(policy.ok()) << policy.status();
    return Guest(testing::MakeContext(*policy));
  };
  const testing::ChildResult child = testing::RunInChild(
      [&]() -> std::string {
        std::string error = testing::EnterMountNamespace();
        if (error.empty()) {
          error = testing::Mount(folder.path, alias.path, nullptr, MS_BIND);
        }
        if (!error.empty()) return error;
        const Guest host = guest({});
        const auto listening =
            host.net->Listen(Read(at), Transport::kStream, 4, Soon());
        EXPECT_TRUE(listening.ok());
        const std::string other = "unix:" + alias.path + "/s";
        EXPECT_EQ(host.Connects(other), 0) << "control";
        for (const std::string& denied : {at, "unix:" + folder.path}) {
          EXPECT_EQ(guest({Deny(kConnect, denied)}).Connects(other), EACCES);
          EXPECT_EQ(guest({Deny(kConnect, denied)}).Connects(at), EACCES);
        }
        // A name in the folder that nobody has yet.
        const std::string made = "unix:" + alias.path + "/other";
        EXPECT_EQ(guest({Deny(kListen, "unix:" + folder.path)}).Listens(made),
                  EACCES);
        EXPECT_EQ(guest({Deny(kListen, at)}).Listens(made), 0) << "control";
        return "";
      },
      /*seconds=*/60);
  EXPECT_TRUE(child.passed);
  if (!child.skipped.empty()) GTEST_SKIP() << child.skipped;
}

// This process is whoever the test says.
class OneApp final : public AppRegistry {
 public:
  explicit OneApp(const char* id) : app_(*Principal::Parse(id)) {}
  absl::optional<Principal> AppOf(const net::PeerCredentials& peer) override {
    if (peer.pid != getpid()) return absl::nullopt;
    return app_;
  }

 private:
  const Principal app_;
};

// Bypasses beside the network check: names that anybody could take.
TEST(AttackTest, AppSocketsBelongToTheirApp) {
  const Principal self = *Principal::Parse("notes.acme_pad_1.0");
  const std::string name = AppSocketName(self, "sync");
  EXPECT_EQ(name, "postern/notes.acme_pad/sync");
  const auto sockets = [&](const char* here) {
    AppSocketsOptions options;
    options.self = self;
    options.clients["sync"] = {*Principal::Parse("reader.acme_pdf")};
    options.registry = std::make_shared<OneApp>(here);
    return MakeAppSockets(options);
  };
  const net::PeerCredentials here = {getpid(), getuid(), getgid()};
  const net::PeerCredentials gone = {1, 0, 0};
  EXPECT_TRUE(sockets("x")->MayBind(name));
  for (const char* other :
       {"postern/notes.acme_pad_1.0/sync", "postern/notes.acme/sync",
        "postern/notes.acme_padx/sync", "postern//sync", "postern/",
        "postern/notes.acme_pad", "postern/notes.acme_pad/"}) {
    EXPECT_FALSE(sockets("x")->MayBind(other)) << other;
  }
  EXPECT_TRUE(sockets("x")->MayBind("other/name")) << "the rules' affair";
  EXPECT_TRUE(sockets("reader.acme_pdf_2.0")->MayAccept(name, here));
  EXPECT_TRUE(sockets("reader.acme_pdf")->MayAccept(name, here));
  for (const char* stranger : {"reader.acme", "reader.acme_pdfx_2.0",
                               "notes.acme_pad_1.0", "reader.evil_pdf_2.0"}) {
    EXPECT_FALSE(sockets(stranger)->MayAccept(name, here)) << stranger;
  }
  EXPECT_FALSE(sockets("reader.acme_pdf_2.0")->MayAccept(name, gone));
  EXPECT_FALSE(sockets("reader.acme_pdf_2.0")
                   ->MayAccept("postern/notes.acme_pad/other", here));
  const net::PeerCredentials unknown = {};
  EXPECT_FALSE(sockets("reader.acme_pdf_2.0")->MayAccept(name, unknown));
  EXPECT_FALSE(sockets("notes.acme_pad_7")->MayUse(name, unknown));
  EXPECT_TRUE(sockets("notes.acme_pad_7")->MayUse(name, here));
  EXPECT_FALSE(sockets("evil.acme_pad_7")->MayUse(name, here));
  EXPECT_FALSE(sockets("notes.acme_pad_7")->MayUse(name, gone));
}

}  // namespace
}  // namespace postern
