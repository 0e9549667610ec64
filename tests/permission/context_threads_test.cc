#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::Allowing;
using testing::MakeContext;

constexpr Permission kRead = Permission::kFsRead;

// Readers check while one thread drops and another publishes. What is given up
// stays given up for every reader that saw it.
TEST(ContextThreadsTest, ChecksRunBesideDropsAndPublishes) {
  RootContext root = MakeContext(Allowing(kRead, "/a"));
  const auto child = root.context->Derive({}, {});
  ASSERT_TRUE(child.ok());
  std::atomic<bool> stop{false};
  std::atomic<int> resurrected{0};
  const auto read = [&] {
    std::vector<bool> gone(200);
    while (!stop.load()) {
      for (size_t i = 0; i < gone.size(); ++i) {
        const std::string path = absl::StrCat("/a/", i, "/x");
        const bool allowed =
            (*child)->Check(Access::Path(kRead, path)).allowed();
        if (allowed && gone[i]) ++resurrected;
        gone[i] = gone[i] || !allowed;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back(read);
  std::thread dropper([&] {
    for (int i = 0; i < 200; ++i) {
      EXPECT_TRUE(root.context
                      ->Drop(PermissionSet(kRead),
                             RulePattern::Text(absl::StrCat("/a/", i)))
                      .ok());
    }
  });
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(
        root.context->Publish(root.authority, Allowing(kRead, "/a")).ok());
  }
  dropper.join();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(resurrected, 0);
  EXPECT_FALSE((*child)->Check(Access::Path(kRead, "/a/7")).allowed());
}

// Neither of two policies grants /b; the first layer of the one with the
// second layer of the other would come close. A check decides on one snapshot.
TEST(ContextThreadsTest, ACheckSeesOneSnapshot) {
  const auto both = testing::BuildOrDie(
      {testing::MakeLayer("1", Effect::kDeny, {{Effect::kAllow, kRead, "/a"}}),
       testing::MakeLayer("2", Effect::kDeny,
                          {{Effect::kAllow, kRead, "/a"}})});
  const auto other = testing::BuildOrDie(
      {testing::MakeLayer("1", Effect::kDeny, {{Effect::kAllow, kRead, "/b"}}),
       testing::MakeLayer("2", Effect::kDeny,
                          {{Effect::kAllow, kRead, "/c"}})});
  RootContext root = MakeContext(both);
  std::atomic<bool> stop{false};
  std::atomic<int> mixed{0};
  std::thread reader([&] {
    while (!stop.load()) {
      if (root.context->Check(Access::Path(kRead, "/b")).allowed()) ++mixed;
    }
  });
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(
        root.context->Publish(root.authority, i % 2 == 0 ? other : both).ok());
  }
  stop = true;
  reader.join();
  EXPECT_EQ(mixed, 0);
}

}  // namespace
}  // namespace postern
