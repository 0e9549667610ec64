// Attack rows 14 to 28, "Links", against real files.

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/attacks/child.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

using fs::At;

void RelativeLinkOut(Stage* stage) {
  stage->tree.Symlink("../out/file", "in/link");
  stage->tree.Symlink("../out", "in/dir");
  stage->tree.Symlink("../../out/dir/../file", "in/sub/steps");
  stage->Start();
  for (const char* name : {"link", "dir", "dir/file", "dir/dir/../file",
                           "sub/steps", "./link", "sub/../link"}) {
    stage->ExpectTargetDenied(name);
  }
  for (const char* name : {"dir/file", "dir/nothing", "dir/dir/"}) {
    stage->ExpectDenied(name);
  }
}

void AbsoluteLinkOut(Stage* stage) {
  stage->tree.Symlink(stage->tree / "out/file", "in/link");
  stage->tree.Symlink(stage->tree / "out", "in/dir");
  stage->tree.Symlink(stage->tree.root(), "in/root");
  stage->Start();
  stage->ExpectTargetDenied("link");
  stage->ExpectTargetDenied("dir");
  stage->ExpectTargetDenied("root");
  stage->ExpectDenied("dir/file");
  stage->ExpectDenied("root/out/file");
}

void AbsoluteLinkInside(Stage* stage) {
  stage->tree.Symlink(stage->tree / "in/file", "in/link");
  stage->tree.Symlink(stage->tree / "in/sub", "in/dir");
  stage->tree.Symlink("/", "in/root");
  stage->Start();
  stage->ExpectGranted("link", "inside");
  stage->ExpectGranted("dir/deep", "deep");
  stage->ExpectGranted("root" + stage->tree.root() + "/in/file", "inside");
}

// Read as text, "in/far/../trap" would be in/trap.
void ClimbThroughALinkedDirectory(Stage* stage) {
  stage->tree.Symlink("../out/dir", "in/far");
  stage->tree.Symlink("far/../trap", "in/climb");
  stage->tree.Symlink("far/../../in/file", "in/around");
  stage->tree.File("in/trap", "trap");
  stage->tree.File("out/trap", "outside");
  stage->Start();
  stage->ExpectTargetDenied("climb");
  stage->ExpectDenied("far/../trap");
  stage->ExpectGranted("around", "inside");
}

void FortyLinks(Stage* stage) {
  stage->tree.Symlink("file", "in/l1");
  for (int i = 2; i <= 41; ++i) {
    stage->tree.Symlink(absl::StrCat("l", i - 1), absl::StrCat("in/l", i));
  }
  stage->tree.Symlink("loop", "in/loop");
  stage->tree.Symlink("b", "in/a");
  stage->tree.Symlink("a", "in/b");
  stage->Start();
  stage->ExpectGranted("l40", "inside");
  for (const char* name : {"l41", "loop", "a", "loop/x"}) {
    stage->Remember();
    EXPECT_EQ(stage->Read(name), "ELOOP") << name;
    EXPECT_EQ(stage->fs().WriteFile(name, "x").error_number, ELOOP) << name;
    EXPECT_EQ(stage->fs().Stat(name).status().error_number, ELOOP) << name;
    stage->ExpectNothingChanged();
  }
}

void DanglingCreate(Stage* stage) {
  stage->tree.Symlink("nowhere", "in/near");
  stage->tree.Symlink("../out/nowhere", "in/far");
  stage->tree.Symlink(stage->tree / "out/nowhere", "in/absolute");
  stage->tree.Symlink("../out/no/where", "in/deep");
  stage->tree.Symlink("secret/nowhere", "in/secretly");
  stage->Start();
  for (const char* name : {"far", "absolute", "deep", "secretly"}) {
    stage->ExpectTargetDenied(name);
  }
  for (const char* name : {"near", "far", "near/", "near/x", "sub/../near"}) {
    SCOPED_TRACE(name);
    stage->Remember();
    fs::OpenIntent intent;
    intent.access = fs::OpenIntent::Access::kWrite;
    intent.create = true;
    EXPECT_FALSE(stage->fs().Open(name, intent).ok());
    intent.exclusive = true;
    EXPECT_FALSE(stage->fs().Open(name, intent).ok());
    EXPECT_FALSE(stage->fs().WriteFile(name, "x").ok());
    EXPECT_FALSE(stage->fs().Mkdir(name, 0700).ok());
    stage->ExpectNothingChanged();
  }
}

void NoFollow(Stage* stage) {
  stage->tree.Symlink("file", "in/near");
  stage->tree.Symlink("../out/file", "in/far");
  stage->tree.Symlink("sub", "in/dir");
  stage->tree.Symlink("secret/key", "in/secretly");
  stage->Start();
  for (const char* name : {"near", "far", "dir", "secretly", "sub/../near"}) {
    SCOPED_TRACE(name);
    for (const int flags :
         {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_CREAT,
          O_RDONLY | O_DIRECTORY, O_WRONLY | O_CREAT | O_EXCL}) {
      stage->Remember();
      fs::OpenIntent intent;
      ASSERT_TRUE(fs::OpenIntent::FromFlags(flags | O_NOFOLLOW, 0600, &intent));
      EXPECT_FALSE(stage->fs().Open(name, intent).ok()) << flags;
      stage->ExpectNothingChanged();
    }
  }
  // A link on the way is another matter.
  fs::OpenIntent intent;
  intent.nofollow = true;
  EXPECT_TRUE(stage->fs().Open("dir/deep", intent).ok());
}

void LinkIntoADeniedDirectory(Stage* stage) {
  stage->tree.Symlink("secret", "in/dir");
  stage->tree.Symlink("secret/key", "in/link");
  stage->tree.Symlink("../secret/./key", "in/sub/link");
  stage->Start();
  for (const char* name : {"dir", "link", "sub/link", "sub/../link"}) {
    stage->ExpectTargetDenied(name);
  }
  stage->ExpectDenied("dir/key");
  stage->ExpectDenied("sub/../dir/key");
}

void LinkInADeniedPlace(Stage* stage) {
  stage->tree.Symlink("../file", "in/secret/link");
  stage->tree.Symlink("../sub", "in/secret/dir");
  stage->tree.Symlink("../in/file", "out/back");
  stage->Start();
  stage->ExpectGranted("secret/link", "inside");
  stage->ExpectGranted("secret/dir/deep", "deep");
  stage->ExpectGranted("../out/back", "inside");
  stage->ExpectDenied("secret/dir/../secret/key");
  stage->Remember();
  EXPECT_TRUE(stage->fs().Readlink("secret/link").status().denied());
  EXPECT_TRUE(stage->fs().Unlink("secret/link").denied());
  stage->ExpectNothingChanged();
}

void StepBackFromALink(Stage* stage) {
  stage->tree.File("in/sub/below/file", "below");
  stage->tree.File("in/sub/x", "of the target");
  stage->tree.File("in/x", "of the text");
  stage->tree.Symlink("sub/below", "in/link");
  stage->tree.Symlink("../out/dir", "in/far");
  stage->Start();
  stage->ExpectGranted("link/../x", "of the target");
  stage->ExpectGranted("link/../../x", "of the text");
  stage->ExpectDenied("far/../file");
  stage->ExpectDenied("far/../x");
}

void MovedRelativeLink(Stage* stage) {
  stage->tree.File("file", "outside");
  stage->tree.Dir("in/sub/below");
  stage->Start();
  ASSERT_TRUE(stage->fs().Symlink("../file", "sub/link").ok());
  stage->ExpectGranted("sub/link", "inside");
  ASSERT_TRUE(stage->fs().Rename("sub/link", "link").ok());
  stage->ExpectTargetDenied("link");
  ASSERT_TRUE(stage->fs().Rename("link", "sub/link").ok());
  stage->ExpectGranted("sub/link", "inside");
  // The same by moving a directory above it.
  ASSERT_TRUE(stage->fs().Symlink("../../file", "sub/below/link").ok());
  stage->ExpectGranted("sub/below/link", "inside");
  ASSERT_TRUE(stage->fs().Rename("sub/below", "below").ok());
  stage->ExpectTargetDenied("below/link");
}

void MissingLeafBelowALink(Stage* stage) {
  stage->tree.Symlink("../out", "in/far");
  stage->tree.Symlink("sub", "in/near");
  stage->tree.Symlink("secret", "in/secretly");
  stage->Start();
  for (const char* name : {"far/new", "far/new/x", "secretly/new",
                           "far/dir/../new", "far/new/../file"}) {
    stage->ExpectDenied(name);
  }
  EXPECT_EQ(stage->Read("near/new"), "ENOENT");
  EXPECT_TRUE(stage->fs().WriteFile("near/new", "made").ok());
  EXPECT_EQ(stage->tree.Contents("in/sub/new"), "made");
  EXPECT_TRUE(stage->fs().Mkdir("near/newdir", 0700).ok());
  EXPECT_TRUE(stage->tree.Exists("in/sub/newdir"));
}

void HardLinkThroughTheLibrary(Stage* stage) {
  stage->tree.Symlink("secret/key", "in/link");
  stage->Start();
  for (const char* from : {"secret/key", "../out/file", "sub/../secret/key"}) {
    stage->Remember();
    EXPECT_TRUE(stage->fs().Link(from, "stolen").denied()) << from;
    stage->ExpectNothingChanged();
  }
  // A second name of the link, not of what it leads to.
  EXPECT_TRUE(stage->fs().Link("link", "second").ok());
  stage->ExpectTargetDenied("second");
  EXPECT_TRUE(stage->fs().Link("file", "sub/second").ok());
  stage->Remember();
  EXPECT_TRUE(stage->fs().Link("file", "secret/second").denied());
  EXPECT_TRUE(stage->fs().Link("file", "../out/second").denied());
  stage->ExpectNothingChanged();
}

void HardLinkThatExists(Stage* stage) {
  stage->tree.HardLink("in/secret/key", "in/alias");
  stage->tree.HardLink("out/file", "in/other");
  stage->Start();
  auto reported = stage->fs().Open("alias", fs::OpenIntent());
  ASSERT_TRUE(reported.ok());
  EXPECT_TRUE(reported->findings().hard_linked);
  stage->Remember();
  for (const char* name : {"alias", "other"}) {
    EXPECT_EQ(stage->fs().WriteFile(name, "x").refusal, fs::Refusal::kHardLink);
    EXPECT_EQ(stage->fs().Truncate(name, 0).refusal, fs::Refusal::kHardLink);
    EXPECT_EQ(stage->fs().Chmod(name, 0777).refusal, fs::Refusal::kHardLink);
  }
  stage->ExpectNothingChanged();
  reported = fs::Handle();
  stage->options.hard_links_reading = fs::HardLinks::kRefuse;
  stage->Start();
  stage->ExpectTargetFailure("other");
  // What deny rules cover is known by identity.
  stage->options.hard_links_reading = fs::HardLinks::kReport;
  stage->options.hard_links_writing = fs::HardLinks::kReport;
  stage->bind = true;
  stage->Start();
  stage->ExpectTargetFailure("alias");
  EXPECT_EQ(stage->Read("alias"), "denied");
  EXPECT_TRUE(stage->fs().Stat("alias").status().denied());
  stage->Remember();
  EXPECT_TRUE(stage->fs().Link("alias", "third").denied());
  EXPECT_TRUE(stage->fs().Rename("alias", "third").denied());
  stage->ExpectNothingChanged();
  EXPECT_EQ(stage->Read("other"), "outside") << "no rule denies it";
}

void BindMountAlias(Stage* stage) {
  stage->tree.Dir("in/mount");
  stage->tree.Dir("in/again");
  std::string error = EnterMountNamespace();
  if (error.empty()) {
    error =
        Mount(stage->tree / "out", stage->tree / "in/mount", nullptr, MS_BIND);
  }
  if (error.empty()) {
    error = Mount(stage->tree / "in/secret", stage->tree / "in/again", nullptr,
                  MS_BIND);
  }
  if (!error.empty()) return stage->Skip(error);
  stage->tree.Symlink("mount/file", "in/link");
  stage->Start();
  auto reported = stage->fs().Open("mount/file", fs::OpenIntent());
  ASSERT_TRUE(reported.ok());
  EXPECT_TRUE(reported->findings().crossed_mount);
  reported = fs::Handle();
  stage->options.no_cross_mount = true;
  stage->Start();
  for (const char* name : {"mount/file", "mount/new", "again/key"}) {
    stage->ExpectFailure(name);
  }
  EXPECT_EQ(stage->fs().Stat("mount/file").status().refusal,
            fs::Refusal::kMount);
  stage->ExpectTargetFailure("link");
  stage->ExpectGranted("file", "inside");
  stage->ExpectGranted("sub/../file", "inside");
}

constexpr Row kRows[] = {
    {14, "RelativeLinkOut", RelativeLinkOut},
    {15, "AbsoluteLinkOut", AbsoluteLinkOut},
    {16, "AbsoluteLinkInside", AbsoluteLinkInside},
    {17, "ClimbThroughALinkedDirectory", ClimbThroughALinkedDirectory},
    {18, "FortyLinks", FortyLinks},
    {19, "DanglingCreate", DanglingCreate},
    {20, "NoFollow", NoFollow},
    {21, "LinkIntoADeniedDirectory", LinkIntoADeniedDirectory},
    {22, "LinkInADeniedPlace", LinkInADeniedPlace},
    {23, "StepBackFromALink", StepBackFromALink},
    {24, "MovedRelativeLink", MovedRelativeLink},
    {25, "MissingLeafBelowALink", MissingLeafBelowALink},
    {26, "HardLinkThroughTheLibrary", HardLinkThroughTheLibrary},
    {27, "HardLinkThatExists", HardLinkThatExists},
    {28, "BindMountAlias", BindMountAlias},
};

}  // namespace

absl::Span<const Row> LinkRows() { return kRows; }

}  // namespace testing
}  // namespace postern
