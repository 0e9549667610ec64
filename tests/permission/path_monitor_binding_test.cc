// Monitors of bound policies: links that rules pass, and other names of files.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fs/file_identity.h"
#include "fs/path_monitor.h"
#include "fs/path_pattern.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/permission/path_monitor_fixture.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using fs::Right;
using fs::Rights;
using fs::Verdict;
using testing::Allowing;
using testing::BuildOrDie;
using testing::MakeLayer;
using testing::MakeRule;
using testing::Monitor;
using testing::Monitored;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kDeny = Effect::kDeny, kAllow = Effect::kAllow;
constexpr Rights kBoth = Right::kRead | Right::kWrite;

class BoundMonitorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = absl::StrCat(::testing::TempDir(), "/monitor.XXXXXX");
    ASSERT_NE(mkdtemp(&name[0]), nullptr);
    char* const real = realpath(name.c_str(), nullptr);
    ASSERT_NE(real, nullptr);
    dir_ = real;
    free(real);
    for (const char* sub : {"/real", "/other"}) {
      ASSERT_EQ(mkdir((dir_ + sub).c_str(), 0700), 0);
    }
    ASSERT_EQ(symlink("real", (dir_ + "/link").c_str()), 0);
    const int fd =
        open((dir_ + "/real/secret").c_str(), O_CREAT | O_RDWR, 0600);
    ASSERT_GE(fd, 0);
    struct stat info;
    ASSERT_EQ(fstat(fd, &info), 0);
    close(fd);
    secret_ = {info.st_dev, info.st_ino};
    ASSERT_EQ(
        link((dir_ + "/real/secret").c_str(), (dir_ + "/other/alias").c_str()),
        0);
  }
  void TearDown() override {
    for (const char* name : {"/other/alias", "/real/secret", "/link"}) {
      unlink((dir_ + name).c_str());
    }
    for (const char* name : {"/other", "/real", ""}) {
      rmdir((dir_ + name).c_str());
    }
  }
  // Reading is granted through the link and beside it, but for the secret.
  Monitored Bound() {
    PolicySpec spec;
    spec.layers = {MakeLayer("grants", kDeny, {})};
    const auto add = [&](Effect effect, const char* name) {
      spec.layers[0].rules.push_back(
          MakeRule(effect, PermissionSet(kRead),
                   RulePattern::Text(fs::EscapePathPattern(dir_ + name))));
    };
    add(kAllow, "/link");
    add(kAllow, "/other");
    add(kDeny, "/link/secret");
    PolicyBuilder builder(std::move(spec));
    const auto policy = builder.Bind().Build();
    EXPECT_TRUE(policy.ok()) << policy.status();
    return Monitor(policy.ok() ? *policy : BuildOrDie({}));
  }

  std::string dir_;
  fs::FileIdentity secret_;
};

TEST_F(BoundMonitorTest, DecidesNamesAsTheyStand) {
  const Monitored m = Bound();
  EXPECT_TRUE(m.monitor->Check(Right::kRead, dir_ + "/real/x").allowed);
  EXPECT_FALSE(m.monitor->Check(Right::kRead, dir_ + "/link/x").allowed)
      << "canonical names pass no link: this is something else by now";
  EXPECT_TRUE(
      m.root.context->Check(Access::Path(kRead, dir_ + "/link/x")).allowed())
      << "a question is translated";
  EXPECT_TRUE(
      m.monitor->CheckNamed(Right::kRead, dir_ + "/real/x", dir_ + "/real")
          .allowed)
      << "the bound spelling names";
}

TEST_F(BoundMonitorTest, LinksThatRulesPassStay) {
  const Monitored m = Bound();
  struct Case {
    const char* name;
    bool want;
  };
  for (const Case& c : {Case{"/link", false}, Case{"", false},
                        Case{"/real", true}, Case{"/other/x", true}}) {
    SCOPED_TRACE(c.name);
    const Verdict verdict = m.monitor->CheckReplace(dir_ + c.name);
    EXPECT_EQ(verdict.allowed, c.want);
    if (!c.want) {
      EXPECT_EQ(DecisionOf(verdict).reason(), Reason::kProtected);
    }
  }
  EXPECT_FALSE(
      m.monitor->CheckMove(dir_ + "/link", dir_ + "/z", false).allowed);
  EXPECT_FALSE(
      m.monitor->CheckMove(dir_ + "/z", dir_ + "/link", false).allowed);
  EXPECT_FALSE(m.monitor->CheckMove(dir_, dir_ + "2", true).allowed);
}

TEST_F(BoundMonitorTest, AFileIsDeniedByItsOtherNames) {
  const Monitored m = Bound();
  const std::string alias = dir_ + "/other/alias";
  EXPECT_TRUE(m.monitor->Check(Right::kRead, alias).allowed);
  const Verdict verdict =
      m.monitor->CheckIdentity(Right::kRead, secret_, alias);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(DecisionOf(verdict).reason(), Reason::kRule);
  fs::FileIdentity other = secret_;
  ++other.inode;
  EXPECT_TRUE(m.monitor->CheckIdentity(Right::kRead, other, alias).allowed);
}

// What may be made in a directory depends on its other names, too.
TEST_F(BoundMonitorTest, AnEntryIsDeniedByItsDirectorysOtherNames) {
  PolicySpec spec;
  spec.layers = {MakeLayer("grants", kDeny,
                           {{kAllow, kRead, "/"}, {kAllow, kWrite, "/"}})};
  const std::string denied = fs::EscapePathPattern(dir_ + "/real");
  spec.layers[0].rules.push_back(
      MakeRule(kDeny, PermissionSet(kRead), RulePattern::Text(denied)));
  PolicyBuilder builder(std::move(spec));
  const auto policy = builder.Bind().Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Monitored m = Monitor(*policy);
  struct stat info;
  ASSERT_EQ(stat((dir_ + "/real").c_str(), &info), 0);
  const fs::FileIdentity real = {info.st_dev, info.st_ino};
  fs::FileIdentity other = real;
  ++other.inode;
  // As if it were mounted here and at the root, too.
  EXPECT_FALSE(
      m.monitor->CheckEntry(Right::kRead, real, dir_ + "/other/new").allowed);
  EXPECT_FALSE(m.monitor->CheckEntry(Right::kRead, real, "/new").allowed);
  EXPECT_TRUE(m.monitor->CheckEntry(Right::kWrite, real, "/new").allowed)
      << "reading alone is denied there";
  EXPECT_TRUE(
      m.monitor->CheckEntry(Right::kRead, other, dir_ + "/other/new").allowed);
  EXPECT_FALSE(m.monitor->CheckEntry(Right::kRead, other, "new").allowed)
      << "no name";
}

// A use that is gone grants other names to the operation alone that took it.
TEST_F(BoundMonitorTest, AUseHoldsForTheOtherNamesOfOneOperation) {
  Layer layer = MakeLayer("grants", kDeny, {});
  layer.precedence = Precedence::kMostSpecific;
  const auto add = [&](Effect effect, const char* name) {
    layer.rules.push_back(
        MakeRule(effect, PermissionSet(kRead),
                 RulePattern::Text(fs::EscapePathPattern(dir_ + name))));
  };
  add(kDeny, "/real");
  add(kAllow, "/real/secret");
  const auto uses = std::make_shared<UseCounter>(1);
  layer.rules.back().limits.uses = uses;
  add(kAllow, "/other");
  PolicySpec spec;
  spec.layers = {layer};
  const auto policy = PolicyBuilder(std::move(spec)).Bind().Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Monitored m = Monitor(*policy);
  struct stat info;
  ASSERT_EQ(stat((dir_ + "/real").c_str(), &info), 0);
  const fs::FileIdentity real = {info.st_dev, info.st_ino};
  const std::string file = dir_ + "/real/secret", alias = dir_ + "/other/alias",
                    entry = dir_ + "/other/secret";  // mounted as "other"
  const auto allows = [&](const fs::PathMonitor::Kept* kept) {
    const bool by_file =
        m.monitor->CheckIdentityIn(kept, Right::kRead, secret_, alias).allowed;
    EXPECT_EQ(m.monitor->CheckEntryIn(kept, Right::kRead, real, entry).allowed,
              by_file);
    return by_file;
  };
  EXPECT_TRUE(allows(nullptr)) << "there is a use";
  std::unique_ptr<fs::PathMonitor::Kept> kept;
  EXPECT_TRUE(m.monitor->EnforceIn(&kept, Right::kRead, file, file).allowed);
  EXPECT_EQ(uses->left(), 0u);
  EXPECT_TRUE(allows(kept.get()));
  EXPECT_FALSE(allows(nullptr));
  EXPECT_FALSE(m.monitor->CheckIdentity(Right::kRead, secret_, alias).allowed);
  EXPECT_FALSE(m.monitor->CheckEntry(Right::kRead, real, entry).allowed);
}

TEST_F(BoundMonitorTest, IdentitiesAreKnownWhereAFileIsDenied) {
  EXPECT_TRUE(Bound().monitor->KnowsIdentities());
  EXPECT_FALSE(
      Monitor(*PolicyBuilder().Bind().Build()).monitor->KnowsIdentities());
}

TEST(UnboundMonitorTest, WithoutABindingNothingIsProtectedOrGuarded) {
  const Monitored m = Monitor(Allowing(kRead, "/a"));
  EXPECT_FALSE(m.monitor->KnowsIdentities());
  EXPECT_TRUE(m.monitor->CheckReplace("/").allowed);
  EXPECT_TRUE(m.monitor->CheckIdentity(kBoth, {1, 2}, "/a").allowed);
}

}  // namespace
}  // namespace postern
