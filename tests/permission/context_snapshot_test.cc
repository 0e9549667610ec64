// A context handed on to a program that is started: at most the same rights.

#include "permission/proto/context_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/proto/sealed_bytes.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"
#include "tests/permission/policy_fixture.h"
#include "tests/permission/temp_tree.h"

namespace postern {
namespace {

using testing::MakeContext;
using testing::MakeRule;

constexpr PermissionSet kRead(Permission::kFsRead);

// The same as a process hands it on that may make no memory files.
fs::FileDescriptor InPipe(int sealed) {
  auto pipe = internal::SealBytesInPipe(*internal::ReadSealedBytes(sealed));
  EXPECT_TRUE(pipe.ok()) << pipe.status();
  return pipe.ok() ? *std::move(pipe) : fs::FileDescriptor();
}

std::shared_ptr<PermissionContext> HandedOn(const PermissionContext& context) {
  const absl::StatusOr<fs::FileDescriptor> sealed = SealSnapshot(context);
  EXPECT_TRUE(sealed.ok()) << sealed.status();
  if (!sealed.ok()) return nullptr;
  auto taken = TakeUpSnapshot(sealed->get());
  EXPECT_TRUE(taken.ok()) << taken.status();
  return taken.ok() ? taken->context : nullptr;
}

bool Reads(const PermissionContext& context, absl::string_view path) {
  return context.Check(Access::Path(Permission::kFsRead, path)).allowed();
}

TEST(ContextSnapshotTest, HoldsRulesRestrictionsParentsAndDrops) {
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/srv"));
  ASSERT_TRUE(root.context->Drop(kRead, RulePattern::Text("/srv/a")).ok());
  auto child = root.context->Derive(
      {testing::MakeLayer("child", Effect::kAllow,
                          {{Effect::kDeny, Permission::kFsRead, "/srv/b"}})},
      {});
  ASSERT_TRUE(child.ok()) << child.status();
  ASSERT_TRUE((*child)->Drop(kRead, RulePattern::Text("/srv/c")).ok());
  const auto copy = HandedOn(**child);
  ASSERT_NE(copy, nullptr);
  EXPECT_TRUE(Reads(*copy, "/srv/d"));
  for (const char* path : {"/srv/a/x", "/srv/b", "/srv/c", "/etc"}) {
    EXPECT_FALSE(Reads(*copy, path)) << path;
  }
  // The parent's own, without what the child gave up.
  EXPECT_TRUE(Reads(*HandedOn(*root.context), "/srv/c"));
}

TEST(ContextSnapshotTest, NobodyHasAuthorityOverIt) {
  RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/srv"));
  const auto copy = HandedOn(*root.context);
  EXPECT_FALSE(copy->Publish(root.authority,
                             testing::Allowing(Permission::kFsRead, "/etc"))
                   .ok());
}

TEST(ContextSnapshotTest, CountedUsesStayWithTheirCounter) {
  Layer layer;
  layer.name = "grants";
  layer.default_effect = Effect::kDeny;
  layer.rules = {MakeRule(Effect::kAllow, kRead, "/once"),
                 MakeRule(Effect::kAllow, kRead, "/always"),
                 MakeRule(Effect::kAsk, kRead, "/ask")};
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(5);
  layer.rules[2].limits.uses = std::make_shared<UseCounter>(5);
  const RootContext root = MakeContext(testing::BuildOrDie({layer}));
  const auto copy = HandedOn(*root.context);
  EXPECT_TRUE(Reads(*root.context, "/once"));
  EXPECT_FALSE(Reads(*copy, "/once"));
  EXPECT_TRUE(Reads(*copy, "/always"));
  EXPECT_EQ(copy->Check(Access::Path(Permission::kFsRead, "/ask")).effect(),
            Effect::kAsk);
}

TEST(ContextSnapshotTest, IsSealed) {
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/srv"));
  const auto sealed = SealSnapshot(*root.context);
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(pwrite(sealed->get(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(sealed->get(), 0), -1);
  // The same bytes where somebody may still change them.
  char bytes[4096];
  const ssize_t size = pread(sealed->get(), bytes, sizeof(bytes), 0);
  ASSERT_GT(size, 0);
  const fs::FileDescriptor open_file(memfd_create("x", MFD_ALLOW_SEALING));
  ASSERT_EQ(write(open_file.get(), bytes, static_cast<size_t>(size)), size);
  EXPECT_EQ(TakeUpSnapshot(open_file.get()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(TakeUpSnapshot(-1).ok());
  ASSERT_EQ(fcntl(open_file.get(), F_ADD_SEALS,
                  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
            0);
  EXPECT_TRUE(TakeUpSnapshot(open_file.get()).ok());
}

TEST(ContextSnapshotTest, IsTakenUpFromWhateverDescriptor) {
  EXPECT_EQ(TakeUpInheritedSnapshot().status().code(),
            absl::StatusCode::kNotFound);
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/srv"));
  auto sealed = SealSnapshot(*root.context);
  ASSERT_TRUE(sealed.ok());
  const int second = dup(sealed->get());
  EXPECT_EQ(TakeUpInheritedSnapshot().status().code(),
            absl::StatusCode::kFailedPrecondition);
  close(second);
  const int only = sealed->Release();
  const auto taken = TakeUpInheritedSnapshot();
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(Reads(*taken->context, "/srv"));
  EXPECT_EQ(fcntl(only, F_GETFD), -1);
}

// Who comes second must not go on as if nobody had handed anything on.
TEST(ContextSnapshotTest, APipeThatSomebodyTookItFromIsAnError) {
  const RootContext root =
      MakeContext(testing::Allowing(Permission::kFsRead, "/srv"));
  auto sealed = SealSnapshot(*root.context);
  ASSERT_TRUE(sealed.ok());
  const fs::FileDescriptor pipe = InPipe(sealed->get());
  const auto taken = TakeUpSnapshot(pipe.get());
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(Reads(*taken->context, "/srv"));
  EXPECT_FALSE(Reads(*taken->context, "/etc"));
  *sealed = fs::FileDescriptor();
  EXPECT_EQ(TakeUpInheritedSnapshot().status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ContextSnapshotTest, NamesThatLeadElsewhereAreRefused) {
  const testing::TempTree tree;
  tree.Dir("@/a");
  tree.Dir("@/b");
  tree.Link("@/link", "a");
  auto policy = PolicyBuilder()
                    .Allow(kRead, RulePattern::Text(tree.At("@/link")))
                    .Bind()
                    .Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const RootContext root = MakeContext(*policy);
  const auto sealed = SealSnapshot(*root.context);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  EXPECT_TRUE(Reads(*TakeUpSnapshot(sealed->get())->context, tree.At("@/a")));
  tree.Remove("@/link");
  tree.Link("@/link", "b");
  EXPECT_EQ(TakeUpSnapshot(sealed->get()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// Whatever the rules: a copy decides the same, save where uses are counted.
TEST(ContextSnapshotTest, DecidesAtMostAsTheOriginal) {
  const int64_t cases = testing::AmountOf({600, 100, 20000});
  int64_t same = 0, asked = 0;
  for (int64_t seed = 0; seed < cases; ++seed) {
    testing::RandomPolicy random(static_cast<uint64_t>(seed));
    const testing::RandomStack stack = random.NextStack();
    PolicyBuilder builder(stack.spec);
    if (stack.unconfined) {
      builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
    }
    const auto policy = builder.Build();
    if (!policy.ok()) continue;
    ContextOptions options;
    options.session = seed % 2 == 0 ? "s" : "";
    const RootContext root = MakeContext(*policy, options);
    for (const auto& drop : stack.drops) {
      static_cast<void>(root.context->Drop(drop.permissions, drop.pattern));
    }
    const auto sealed = SealSnapshot(*root.context);
    if (!sealed.ok()) continue;  // text that no file can say
    const fs::FileDescriptor pipe =
        seed % 3 == 0 ? InPipe(sealed->get()) : fs::FileDescriptor();
    const auto copy = TakeUpSnapshot(pipe.valid() ? pipe.get() : sealed->get());
    ASSERT_TRUE(copy.ok()) << copy.status() << "\n" << stack.ToString();
    for (int i = 0; i < 20; ++i) {
      const testing::OwnedAccess access = random.NextAccess();
      access.View([&](const Access& view) {
        const Effect original = root.context->Check(view).effect();
        const Effect copied = copy->context->Check(view).effect();
        EXPECT_LE(copied, original) << stack.ToString() << access.ToString();
        ++asked;
        same += copied == original ? 1 : 0;
      });
    }
  }
  EXPECT_GT(asked, cases * 5);
  EXPECT_GT(same * 10, asked * 9);
}

}  // namespace
}  // namespace postern
