// Sockets with abstract names, with owners and without.

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "net/guarded_net.h"
#include "tests/net/guarded_net_world.h"

namespace postern {
namespace net {
namespace {

using testing::OwnName;
using testing::Read;
using testing::Shortly;
using testing::Soon;
using testing::Strings;
using testing::World;

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

TEST(AbstractNamesTest, AbstractNamesHaveOwnersAndPeers) {
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
TEST(AbstractNamesTest, OwnedAbstractNamesTakeNoDatagrams) {
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

TEST(AbstractNamesTest, AcceptEndsInTimeHoweverManyAreTurnedAway) {
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
TEST(AbstractNamesTest, AbstractNamesWithoutOwnersNeedTheGrantAlone) {
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

}  // namespace
}  // namespace net
}  // namespace postern
