// Attack rows 1 to 13, "Names": what a question about a path answers. The
// same rows against real files belong to the guarded operations.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

constexpr Permission kRead = Permission::kFsRead;

// Granted: /grant, exact:/one/file; base directory /grant/dir.
bool Granted(absl::string_view path) {
  ContextOptions options;
  options.base_directory = "/grant/dir";
  const RootContext root = testing::MakeContext(
      testing::BuildOrDie(
          {testing::MakeLayer("grants", Effect::kDeny,
                              {{Effect::kAllow, kRead, "/grant"},
                               {Effect::kAllow, kRead, "exact:/one/file"}})}),
      options);
  const Access access = Access::Path(kRead, path);
  const Decision decision = root.context->Check(access);
  EXPECT_EQ(decision.effect(), root.context->Enforce(access).effect());
  return decision.allowed();
}

TEST(AttackTest, Row1DotDotOutOfARoot) {
  for (const char* path :
       {"/grant/../etc/passwd", "../../etc/passwd", "/grant/..",
        "/grant/dir/../..", "../..", "/grant/./../x", "/grant//..//x"}) {
    EXPECT_FALSE(Granted(path)) << path;
  }
}

TEST(AttackTest, Row2DotDotInsideARoot) {
  for (const char* path : {"/grant/a/../b", "../b", "/grant/a/b/../../c"}) {
    EXPECT_TRUE(Granted(path)) << path;
  }
}

TEST(AttackTest, Row3DotDotBackInside) {
  EXPECT_TRUE(Granted("/x/../../grant/y"));
  EXPECT_TRUE(Granted("../../grant/y"));
}

TEST(AttackTest, Row4SlashesAndDots) {
  for (const char* path : {"//grant", "/./grant/.", "/grant///a", "./a", "."}) {
    EXPECT_TRUE(Granted(path)) << path;
  }
}

TEST(AttackTest, Row5TrailingSlashOnAFileIsStillItsName) {
  EXPECT_TRUE(Granted("/one/file"));
  EXPECT_TRUE(Granted("/one/file/"));  // the kernel says ENOTDIR when opening
}

TEST(AttackTest, Row6DotAndDotDotAfterAFile) {
  EXPECT_TRUE(Granted("/one/file/."));    // as in row 5
  EXPECT_FALSE(Granted("/one/file/.."));  // is /one
}

TEST(AttackTest, Row7TwinsByPrefix) {
  for (const char* path : {"/grantX", "/gran", "/grant.", "/grant..", "/Grant",
                           "/one/file2", "/one/file.bak", "/one"}) {
    EXPECT_FALSE(Granted(path)) << path;
  }
}

TEST(AttackTest, Row8TheEmptyPath) { EXPECT_FALSE(Granted("")); }

TEST(AttackTest, Row9NulInsideIsNeverCutOff) {
  EXPECT_FALSE(Granted(absl::string_view("/grant\0/../../etc", 17)));
  EXPECT_FALSE(Granted(absl::string_view("/grant/a\0", 9)));
  EXPECT_FALSE(Granted(absl::string_view("\0/grant", 7)));
}

TEST(AttackTest, Row10TheLongestPathAndOneByteMore) {
  std::string path = "/grant/";
  while (path.size() < 4095) path += path.size() % 200 == 0 ? '/' : 'x';
  EXPECT_TRUE(Granted(path));
  EXPECT_FALSE(Granted(path + "x"));
  EXPECT_FALSE(Granted(path + "/"));
}

TEST(AttackTest, Row11BytesAreBytes) {
  for (const char* path : {"/grant/\xff\xfe", "/grant/a\nb",
                           "/grant/x (deleted)", "/grant/\xc0\xae\xc0\xae"}) {
    EXPECT_TRUE(Granted(path)) << path;
  }
  EXPECT_FALSE(Granted("/gr\xffnt"));
  EXPECT_FALSE(Granted("/grant\n"));
  EXPECT_FALSE(Granted("/grant (deleted)"));
}

TEST(AttackTest, Row12WildcardsInAGrantedFilesOwnName) {
  const auto policy = testing::BuildOrDie(
      {testing::MakeLayer("grants", Effect::kDeny,
                          {{Effect::kAllow, kRead, "/a/\\*"},
                           {Effect::kAllow, kRead, "/a/\\?x"},
                           {Effect::kAllow, kRead, "/a/\\{b,c\\}"},
                           {Effect::kAllow, kRead, "/a/\\[d\\]"}})});
  for (const char* path : {"/a/*", "/a/?x", "/a/{b,c}", "/a/[d]"}) {
    EXPECT_TRUE(policy->Check(Access::Path(kRead, path)).allowed()) << path;
  }
  for (const char* path : {"/a/z", "/a/zx", "/a/b", "/a/c", "/a/d"}) {
    EXPECT_FALSE(policy->Check(Access::Path(kRead, path)).allowed()) << path;
  }
  PolicyBuilder unescaped;
  EXPECT_FALSE(
      unescaped.Allow(PermissionSet(kRead), RulePattern::Text("/a/[d]"))
          .Build()
          .ok());
}

// Linear: the same number of ".." in one name or spread over many answers the
// same, and the longest name there can be is one pass. Its time is a row of
// the benchmark.
TEST(AttackTest, Row13VeryManyDotDots) {
  std::string path = "/grant/x";
  while (path.size() + 6 <= 4095) path += "/a/../";
  EXPECT_TRUE(Granted(path));
  path = "/grant";
  while (path.size() + 3 <= 4095) path += "/..";
  EXPECT_FALSE(Granted(path));
}

}  // namespace
}  // namespace postern
