// The system's resolver, in threads that can be left.

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "net/address.h"
#include "net/host_name.h"
#include "net/resolver.h"
#include "tests/net/guarded_net_world.h"

namespace postern {
namespace net {
namespace {

using testing::Shortly;
using testing::Soon;

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
