// What of a policy about files can be said by objects and all beneath them.

#include "permission/backstop/file_regions.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/backstop/mask_finder.h"
#include "permission/backstop/policy_rights.h"
#include "tests/permission/backstop/fake_tree.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::FakeTree;
using testing::MakeContext;
using testing::MakeLayer;
using testing::RuleRow;

constexpr Effect kAllow = Effect::kAllow, kAsk = Effect::kAsk,
                 kDeny = Effect::kDeny;
constexpr Permission kRead = Permission::kFsRead, kWrite = Permission::kFsWrite;

const FakeTree& Tree() {
  static const FakeTree* const tree = new FakeTree(
      {"/etc/passwd", "/srv/app/a.txt", "/srv/app/keys/id", "/srv/app/sub/b",
       "/srv/app/sub/b.key", "/srv/other", "/bin@", "/usr/bin/ls", "/empty/"});
  return *tree;
}

PolicyRights RightsOf(std::vector<Layer> layers,
                      Approximation approximation = Approximation::kNarrower) {
  RootContext root = MakeContext(BuildOrDie(std::move(layers)));
  auto rights = PolicyRights::Make(root.context, approximation);
  EXPECT_TRUE(rights.ok()) << rights.status();
  return *std::move(rights);
}

// "subtrees; spines+; lone." with the reasons of cuts behind.
std::string Describe(const FileRegions& regions) {
  std::string text = absl::StrJoin(regions.subtrees, " ");
  for (const std::string& path : regions.spines) text += " +" + path;
  for (const std::string& path : regions.lone) text += " =" + path;
  for (const FileRegions::Cut& cut : regions.cuts) {
    text +=
        " !" + cut.path + ":" + std::string(EnforcementReasonCode(cut.reason));
  }
  return text;
}

std::string Regions(std::vector<Layer> layers, Permission permission = kRead,
                    RegionLimits limits = RegionLimits()) {
  return Describe(
      FindRegions(RightsOf(std::move(layers)), permission, Tree(), limits));
}

struct Case {
  const char* what;
  std::vector<RuleRow> grants;
  std::vector<RuleRow> ceiling;
  const char* read;
};

TEST(FileRegionsTest, AreWhatThePolicyGrants) {
  const Case cases[] = {
      {"nothing", {}, {}, ""},
      {"everything", {{kAllow, kRead, "/"}}, {}, "/"},
      {"a subtree, no other", {{kAllow, kRead, "/srv/app"}}, {}, "/srv/app"},
      {"a file", {{kAllow, kRead, "/srv/app/a.txt"}}, {}, "/srv/app/a.txt"},
      {"what is missing", {{kAllow, kRead, "/srv/none"}}, {}, ""},
      {"a directory alone",
       {{kAllow, kRead, "exact:/srv/app"}},
       {},
       " =/srv/app"},
      {"all beneath, not the directory",
       {{kAllow, kRead, "/srv/app/sub/*/**"}, {kAllow, kRead, "/srv/app/keys"}},
       {},
       "/srv/app/keys /srv/app/sub/b /srv/app/sub/b.key"},
      {"deny inside allow: the siblings",
       {{kAllow, kRead, "/srv"}, {kDeny, kRead, "/srv/app/keys"}},
       {},
       "/srv/app/a.txt /srv/app/sub /srv/other +/srv +/srv/app"},
      {"the same by another layer",
       {{kAllow, kRead, "/srv"}},
       {{kDeny, kRead, "/srv/app/keys"}},
       "/srv/app/a.txt /srv/app/sub /srv/other +/srv +/srv/app"},
      {"a denied name that is not there yet",
       {{kAllow, kRead, "/srv/app/keys"}, {kDeny, kRead, "/srv/app/keys/new"}},
       {},
       "/srv/app/keys/id +/srv/app/keys"},
      {"a denied wildcard",
       {{kAllow, kRead, "/srv/app/sub"},
        {kDeny, kRead, "exact:/srv/app/sub/*.key"}},
       {},
       "/srv/app/sub/b +/srv/app/sub"},
      {"a granted wildcard",
       {{kAllow, kRead, "/srv/**/*.txt"}},
       {},
       "/srv/app/a.txt"},
      {"a question counts as a no",
       {{kAllow, kRead, "/srv/app/keys"}, {kAsk, kRead, "/srv/app/keys/id"}},
       {},
       " +/srv/app/keys"},
      {"links are not followed", {{kAllow, kRead, "/bin"}}, {}, ""},
      {"allow inside deny is lost where deny overrides",
       {{kAllow, kRead, "/"},
        {kDeny, kRead, "/srv"},
        {kAllow, kRead, "/srv/app"}},
       {},
       "/empty /etc /usr +/"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Regions({MakeLayer("grants", kDeny, c.grants),
                       MakeLayer("ceiling", kAllow, c.ceiling)}),
              c.read)
        << c.what;
  }
}

TEST(FileRegionsTest, AllowInsideDenyWhereTheMoreSpecificWins) {
  Layer layer = MakeLayer("grants", kDeny,
                          {{kAllow, kRead, "/"},
                           {kDeny, kRead, "/srv"},
                           {kAllow, kRead, "/srv/app/sub"}});
  layer.precedence = Precedence::kMostSpecific;
  EXPECT_EQ(Regions({layer}), "/empty /etc /srv/app/sub /usr +/");
}

TEST(FileRegionsTest, ReadingAndWritingAreApart) {
  const std::vector<Layer> layers = {
      MakeLayer("grants", kDeny,
                {{kAllow, kRead, "/srv"}, {kAllow, kWrite, "/srv/app/sub"}})};
  EXPECT_EQ(Regions(layers), "/srv");
  EXPECT_EQ(Regions(layers, kWrite), "/srv/app/sub");
}

TEST(FileRegionsTest, WhatIsTooMuchOrUnreadableIsCutAndSaid) {
  const std::vector<Layer> layers = {
      MakeLayer("grants", kDeny,
                {{kAllow, kRead, "/srv"}, {kDeny, kRead, "/srv/app/keys"}})};
  RegionLimits few_entries;
  few_entries.entries = 3;
  EXPECT_EQ(Regions(layers, kRead, few_entries),
            "/srv/other +/srv +/srv/app !/srv/app:too-many-entries");
  RegionLimits few_subtrees;
  few_subtrees.subtrees = 1;
  EXPECT_EQ(Regions(layers, kRead, few_subtrees),
            "/srv/app/a.txt +/srv +/srv/app !/srv/app/sub:too-many-entries "
            "!/srv/other:too-many-entries");
  FakeTree locked({"/srv/app/keys/id", "/srv/other"});
  locked.Lock("/srv/app");
  EXPECT_EQ(Describe(FindRegions(RightsOf(layers), kRead, locked, {})),
            "/srv/other +/srv +/srv/app !/srv/app:cannot-list");
}

TEST(FileRegionsTest, AGrantThatEndsIsNoneUnlessTheCallerIsGenerous) {
  Layer layer = MakeLayer("grants", kDeny,
                          {{kAllow, kRead, "/etc"}, {kAsk, kRead, "/empty"}});
  Rule ends = testing::MakeRule(kAllow, PermissionSet(kRead), "/srv");
  ends.limits.expires = absl::FromUnixSeconds(4000000000);
  layer.rules.push_back(ends);
  EXPECT_EQ(Regions({layer}), "/etc");
  EXPECT_EQ(Describe(FindRegions(RightsOf({layer}, Approximation::kWider),
                                 kRead, Tree(), {})),
            "/empty /etc /srv");
}

struct MaskCase {
  const char* what;
  std::vector<RuleRow> rules;
  const char* read;
  const char* masks;
};

TEST(FileRegionsTest, MasksHideWhatIsDeniedOfBoth) {
  const MaskCase cases[] = {
      {"a directory",
       {{kAllow, kRead, "/srv"}, {kDeny, kRead, "/srv/app/keys"}},
       "/srv",
       "/srv/app/keys"},
      {"two of them",
       {{kAllow, kRead, "/srv"},
        {kDeny, kRead, "/srv/app/keys"},
        {kDeny, kRead, "/srv/other"}},
       "/srv",
       "/srv/app/keys /srv/other"},
      {"one that can still be written",
       {{kAllow, kRead, "/srv/app/keys"},
        {kDeny, kRead, "/srv/app/keys/id"},
        {kAllow, kWrite, "/srv/app/keys"}},
       " +/srv/app/keys",
       ""},
      {"one that is not there yet",
       {{kAllow, kRead, "/srv/app/keys"}, {kDeny, kRead, "/srv/app/keys/new"}},
       "/srv/app/keys/id +/srv/app/keys",
       ""},
      {"one that is there, and one that is not",
       {{kAllow, kRead, "/srv/app/sub"},
        {kDeny, kRead, "/srv/app/sub/b"},
        {kDeny, kRead, "/srv/app/sub/new"}},
       "/srv/app/sub/b.key +/srv/app/sub",
       ""},
      {"a wildcard",
       {{kAllow, kRead, "/srv/app/sub"},
        {kDeny, kRead, "exact:/srv/app/sub/*.key"}},
       "/srv/app/sub/b +/srv/app/sub",
       ""},
      {"new names that are not granted",
       {{kAllow, kRead, "exact:/srv/app/keys"},
        {kAllow, kRead, "/srv/app/keys/id"}},
       "/srv/app/keys/id +/srv/app/keys",
       ""},
      {"a place to write in within what is hidden",
       {{kAllow, kRead, "/srv"},
        {kDeny, kRead, "/srv/app"},
        {kAllow, kWrite, "/srv/app/sub"}},
       "/srv/other +/srv",
       ""},
  };
  for (const MaskCase& c : cases) {
    const PolicyRights rights = RightsOf({MakeLayer("grants", kDeny, c.rules)});
    const MaskFinder masks(rights, Tree());
    const FileRegions regions = FindRegions(rights, kRead, Tree(), {}, &masks);
    EXPECT_EQ(Describe(regions), c.read) << c.what;
    EXPECT_EQ(absl::StrJoin(regions.masked, " "), c.masks) << c.what;
  }
}

// Whoever may move the directory above a mask takes the mask along.
TEST(FileRegionsTest, WhatMayBeMovedHoldsNoMaskDeepInIt) {
  const PolicyRights rights =
      RightsOf({MakeLayer("grants", kDeny,
                          {{kAllow, kRead, "/srv"},
                           {kAllow, kWrite, "/srv"},
                           {kDeny, kRead, "/srv/app/keys"},
                           {kDeny, kWrite, "/srv/app/keys"}})});
  const MaskFinder masks(rights, Tree());
  const FileRegions read = FindRegions(rights, kRead, Tree(), {}, &masks);
  EXPECT_EQ(Describe(read), "/srv");
  EXPECT_EQ(absl::StrJoin(read.masked, " "), "/srv/app/keys");
  const FileRegions write = FindRegions(rights, kWrite, Tree(), {}, &masks);
  EXPECT_EQ(Describe(write), "/srv/app /srv/other +/srv");
  EXPECT_EQ(absl::StrJoin(write.masked, " "), "/srv/app/keys");
}

TEST(FileRegionsTest, DropsAndWhatChildrenNarrowCount) {
  RootContext root = MakeContext(
      BuildOrDie({MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}})}));
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kRead), RulePattern::Text("exact:/srv"))
          .ok());
  auto child = root.context->Derive(
      {MakeLayer("child", kAllow, {{kDeny, kRead, "/etc"}})}, {});
  ASSERT_TRUE(child.ok()) << child.status();
  auto rights = PolicyRights::Make(*child, Approximation::kNarrower);
  ASSERT_TRUE(rights.ok()) << rights.status();
  EXPECT_EQ(Describe(FindRegions(*rights, kRead, Tree(), {})),
            "/empty /srv/app /srv/other /usr +/");
  EXPECT_EQ(rights->policies().size(), 2u);
  EXPECT_TRUE(rights->Dropped(kRead));
  EXPECT_FALSE(rights->Dropped(kWrite));
}

// As /home of many, which may be searched and not listed.
TEST(FileRegionsTest, NamesThatRulesSpellOutAreFoundWithoutAList) {
  FakeTree tree({"/home/me/docs/a", "/home/me/keys/k", "/home/you/b"});
  tree.Lock("/home");
  tree.Lock("/");
  const PolicyRights rights =
      RightsOf({MakeLayer("grants", kDeny,
                          {{kAllow, kRead, "/home/me"},
                           {kDeny, kRead, "/home/me/keys"},
                           {kAllow, kRead, "/home/*/b"}})});
  EXPECT_EQ(Describe(FindRegions(rights, kRead, tree, RegionLimits())),
            "/home/me/docs +/home/me !/home:cannot-list");
}

}  // namespace
}  // namespace postern
