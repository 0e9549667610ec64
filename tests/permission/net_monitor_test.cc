// Guarded network operations by a context, with sockets on loopback.

#include "permission/guard/net_monitor.h"

#include <errno.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "net/endpoint.h"
#include "net/guarded_net.h"
#include "net/net_status.h"
#include "net/testing/fake_resolver.h"
#include "net/wait.h"
#include "permission/context.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using net::Endpoint;
using net::GuardedNet;
using net::Purpose;
using net::Transport;
using net::Wait;

constexpr PermissionSet kConnect(Permission::kNetConnect);
constexpr PermissionSet kListen(Permission::kNetListen);

Rule Allow(PermissionSet permissions, const char* pattern,
           std::vector<std::string> resolves_to = {}) {
  return testing::MakeRule(
      Effect::kAllow, permissions,
      RulePattern::Resolving(pattern, std::move(resolves_to)));
}

Rule AllowOften(uint32_t uses, PermissionSet permissions, const char* pattern) {
  Rule rule = Allow(permissions, pattern);
  rule.limits.uses = std::make_shared<UseCounter>(uses);
  return rule;
}

Endpoint Read(const std::string& text) {
  Endpoint endpoint;
  net::SyntaxError error;
  EXPECT_TRUE(Endpoint::Parse(text, &endpoint, &error)) << text;
  return endpoint;
}

Wait Soon() { return Wait::For(absl::Seconds(10)); }

struct Guest {
  explicit Guest(std::vector<Rule> rules)
      : root(ContextOf(std::move(rules))),
        resolver(std::make_shared<net::testing::FakeResolver>()),
        net(MakeNetMonitor(root.context), {resolver, nullptr, nullptr}) {}

  static RootContext ContextOf(std::vector<Rule> rules) {
    Layer layer;
    layer.name = "grants";
    layer.rules = std::move(rules);
    return testing::MakeContext(testing::BuildOrDie({layer}));
  }
  int Connects(const Endpoint& to) const {
    return net.Connect(to, Transport::kStream, Soon()).status().error_number;
  }

  RootContext root;
  std::shared_ptr<net::testing::FakeResolver> resolver;
  GuardedNet net;
};

// Accepts a connection of somebody who may connect.
int Accepts(const Guest& guest, const net::Socket& listener) {
  const Guest client({Allow(kConnect, "127.0.0.1")});
  EXPECT_EQ(client.Connects(*listener.local()), 0);
  return guest.net.Accept(listener, Soon()).status().error_number;
}

TEST(NetMonitorTest, AListenerByNameIsDecidedByItsName) {
  Guest guest({Allow(kListen, "me.example", {"@loopback"})});
  guest.resolver->Answer("me.example", {"127.0.0.1"});
  const auto listener =
      guest.net.Listen(Read("me.example:0"), Transport::kStream, 4, Soon());
  ASSERT_TRUE(listener.ok()) << "the given port is one of the name's";
  EXPECT_EQ(Accepts(guest, *listener), 0);
  EXPECT_EQ(guest.net.Listen(Read("127.0.0.1:0"), Transport::kStream, 4, Soon())
                .status()
                .error_number,
            EACCES)
      << "the address is not granted itself";
  ASSERT_TRUE(
      guest.root.context->Drop(kListen, RulePattern::Text("me.example")).ok());
  EXPECT_EQ(Accepts(guest, *listener), EACCES);
}

TEST(NetMonitorTest, OneUseIsOneListenerThatAccepts) {
  Guest guest({AllowOften(1, kListen, "127.0.0.1")});
  const auto listen = [&] {
    return guest.net.Listen(Read("127.0.0.1:0"), Transport::kStream, 4, Soon());
  };
  const auto listener = listen();
  ASSERT_TRUE(listener.ok());
  EXPECT_EQ(Accepts(guest, *listener), 0);
  EXPECT_EQ(Accepts(guest, *listener), 0);
  EXPECT_EQ(listen().status().error_number, EACCES);
  ASSERT_TRUE(
      guest.root.context->Drop(kListen, RulePattern::Text("@loopback")).ok());
  EXPECT_EQ(Accepts(guest, *listener), EACCES);
}

TEST(NetMonitorTest, OneUseOfANameIsOneDatagram) {
  Guest guest(
      {AllowOften(1, kConnect, "a.example"), Allow(kConnect, "127.0.0.0/8")});
  guest.resolver->Answer("a.example", {"127.0.0.1", "127.0.0.2"});
  const auto to =
      guest.net.Prepare(Purpose::kConnect, Read("a.example:9"), Soon());
  ASSERT_TRUE(to.ok());
  auto socket = guest.net.Open({AF_INET, Transport::kDatagram});
  ASSERT_TRUE(socket.ok());
  EXPECT_TRUE(guest.net.SendTo("x", (*to)[0], &*socket).ok());
  EXPECT_EQ(guest.net.SendTo("x", (*to)[1], &*socket).status().error_number,
            EACCES);
}

TEST(NetMonitorTest, OneUseOfANameIsOneListener) {
  Guest guest(
      {AllowOften(1, kListen, "a.example"), Allow(kListen, "127.0.0.0/8")});
  guest.resolver->Answer("a.example", {"127.0.0.1", "127.0.0.2"});
  const auto at =
      guest.net.Prepare(Purpose::kListen, Read("a.example:0"), Soon());
  ASSERT_TRUE(at.ok());
  const auto bind = [&](size_t index) {
    auto socket = guest.net.Open({AF_INET, Transport::kStream});
    EXPECT_TRUE(socket.ok());
    return guest.net.Bind((*at)[index], &*socket).error_number;
  };
  EXPECT_EQ(bind(0), 0);
  EXPECT_EQ(bind(1), EACCES);
}

// A rule for every host is asked anew for an address inside; it takes no second
// use, but has to be in force.
TEST(NetMonitorTest, TheLastUseForEveryHostLeadsToNoAddressInside) {
  for (const uint32_t uses : {1u, 2u}) {
    SCOPED_TRACE(uses);
    const Rule rule = AllowOften(uses, kConnect, ":9");
    Guest guest({rule});
    guest.resolver->Answer("a.example", {"127.0.0.1"});
    const auto to =
        guest.net.Prepare(Purpose::kConnect, Read("a.example:9"), Soon());
    EXPECT_EQ(to.status().error_number, uses == 1 ? EACCES : 0);
    if (to.ok()) {
      auto socket = guest.net.Open({AF_INET, Transport::kDatagram});
      ASSERT_TRUE(socket.ok());
      EXPECT_TRUE(guest.net.SendTo("x", (*to)[0], &*socket).ok());
    }
    EXPECT_EQ(rule.limits.uses->left(), uses - 1);
  }
}

// A listener, and who takes its connections until the end.
struct Server {
  Server()
      : host({Allow(kListen, "127.0.0.1")}),
        listener(host.net.Listen(Read("127.0.0.1:0"), Transport::kStream, 64,
                                 Soon())) {
    EXPECT_TRUE(listener.ok());
    accepting = std::thread([this] {
      const Wait wait = {absl::InfiniteFuture(), &end};
      while (host.net.Accept(*listener, wait).ok()) {
      }
    });
  }
  ~Server() {
    end.Cancel();
    accepting.join();
  }
  std::string port() const { return absl::StrCat(*listener->local()->port()); }

  net::Cancellation end;
  Guest host;
  net::NetResult<net::Socket> listener;
  std::thread accepting;
};

void InThreads(int count, const std::function<void()>& run) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(run);
  for (std::thread& thread : threads) thread.join();
}

TEST(NetMonitorThreadsTest, UsesAreTakenOnceEach) {
  const Server server;
  Guest guest(
      {AllowOften(5, kConnect, "a.example"), Allow(kConnect, "127.0.0.1")});
  guest.resolver->Answer("a.example", {"127.0.0.1"});
  const auto prepared = guest.net.Prepare(
      Purpose::kConnect, Read("a.example:" + server.port()), Soon());
  ASSERT_TRUE(prepared.ok());
  std::atomic<int> connected{0};
  InThreads(4, [&] {
    for (int i = 0; i < 8; ++i) {
      auto socket = guest.net.Open({AF_INET, Transport::kStream});
      ASSERT_TRUE(socket.ok());
      if (guest.net.Connect((*prepared)[0], Soon(), &*socket).ok()) {
        ++connected;
      }
    }
  });
  EXPECT_EQ(connected, 5);
}

TEST(NetMonitorThreadsTest, WhatWasDroppedIsGoneForEveryThread) {
  const Server server;
  Guest guest({Allow(kConnect, "a.example"), Allow(kConnect, "127.0.0.1")});
  guest.resolver->Answer("a.example", {"127.0.0.1"});
  const Endpoint name = Read("a.example:" + server.port());
  std::atomic<bool> dropped{false};
  std::atomic<int> connected{0};
  std::thread dropping([&] {
    while (connected < 8) std::this_thread::yield();
    EXPECT_TRUE(
        guest.root.context->Drop(kConnect, RulePattern::Text("a.example"))
            .ok());
    dropped = true;
  });
  InThreads(3, [&] {
    for (int after = 0; after < 4;) {
      const bool gone = dropped;
      const int error = guest.Connects(name);
      connected += error == 0 ? 1 : 0;
      if (gone) {
        EXPECT_EQ(error, EACCES);
        ++after;
      }
    }
  });
  dropping.join();
  EXPECT_GE(connected, 8);
}

TEST(NetMonitorThreadsTest, LookUpsAreCancelledFromOutside) {
  Guest guest({Allow(kConnect, "a.example")});
  guest.resolver->Hang();
  net::Cancellation cancellation;
  std::thread cancelling([&] {
    while (guest.resolver->asked().size() < 3) std::this_thread::yield();
    cancellation.Cancel();
  });
  InThreads(3, [&] {
    const auto socket =
        guest.net.Connect(Read("a.example:80"), Transport::kStream,
                          {absl::InfiniteFuture(), &cancellation});
    EXPECT_EQ(socket.status().error_number, ECANCELED);
  });
  cancelling.join();
}

}  // namespace
}  // namespace postern
