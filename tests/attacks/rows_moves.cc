// Attack rows 37 to 41, "Moves", against real files.

#include <errno.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

void ExpectCrossDevice(Stage* stage, const fs::FsStatus& status) {
  EXPECT_EQ(status.error_number, EXDEV);
  EXPECT_EQ(status.refusal, fs::Refusal::kMove);
  stage->ExpectNothingChanged();
}

void DeniedDirectory(Stage* stage) {
  stage->tree.Dir("in/empty");
  stage->Start();
  stage->Remember();
  EXPECT_TRUE(stage->fs().Rename("secret", "open").denied());
  EXPECT_TRUE(stage->fs().Rename("sub/../secret", "sub/open").denied());
  EXPECT_TRUE(stage->fs().Rename("secret/", "open").denied());
  EXPECT_TRUE(stage->fs().RenameNoReplace("secret", "open").denied());
  EXPECT_TRUE(stage->fs().Exchange("secret", "empty").denied());
  EXPECT_TRUE(stage->fs().Rename("../out", "stolen").denied());
  stage->ExpectNothingChanged();
}

void AncestorOfADeniedDirectory(Stage* stage) {
  stage->tree.File("in/a/b/hidden/key", "key");
  stage->tree.Dir("in/target");
  stage->tree.Symlink("a", "in/link");
  stage->Deny("in/a/b/hidden");
  stage->Start();
  stage->Remember();
  ExpectCrossDevice(stage, stage->fs().Rename("a", "moved"));
  ExpectCrossDevice(stage, stage->fs().Rename("a/b", "moved"));
  ExpectCrossDevice(stage, stage->fs().Rename("link/b", "moved"));
  ExpectCrossDevice(stage, stage->fs().Rename("a/b/", "target"));
  ExpectCrossDevice(stage, stage->fs().Rename("sub/../a", "target"));
  ExpectCrossDevice(stage, stage->fs().Exchange("a", "target"));
  ExpectCrossDevice(stage, stage->fs().Exchange("target", "a"));
  // A directory must not come to lie where rules below it differ either.
  ExpectCrossDevice(stage, stage->fs().Rename("target", "a"));
  EXPECT_TRUE(stage->fs().Rename("target", "moved").ok());
}

void ExchangeWithADeniedSibling(Stage* stage) {
  stage->tree.File("in/plain", "plain");
  stage->tree.File("in/locked", "locked");
  stage->Deny("in/locked");
  stage->Start();
  stage->Remember();
  for (const char* denied : {"secret", "locked", "../out", "../out/file"}) {
    for (const char* granted : {"sub", "plain"}) {
      EXPECT_TRUE(stage->fs().Exchange(denied, granted).denied());
      EXPECT_TRUE(stage->fs().Exchange(granted, denied).denied());
    }
  }
  stage->ExpectNothingChanged();
  EXPECT_TRUE(stage->fs().Exchange("sub", "plain").ok());
  EXPECT_EQ(stage->Read("plain/deep"), "deep");
}

// Readable alone in one place, writable alone in another.
void MoveThatGains(Stage* stage) {
  const auto permit = [&](Permission permission, const char* name) {
    stage->rules.push_back(Rule());
    stage->rules.back().effect = Effect::kAllow;
    stage->rules.back().permissions = PermissionSet(permission);
    stage->rules.back().pattern = RulePattern::Text(stage->tree / name);
  };
  permit(Permission::kFsWrite, "drop");
  permit(Permission::kFsRead, "shelf");
  permit(Permission::kFsRead, "exec");
  permit(Permission::kFsWrite, "exec");
  permit(Permission::kCodeLoad, "exec");
  stage->tree.File("drop/letter", "letter");
  stage->tree.File("drop/bag/letter", "letter");
  stage->tree.File("shelf/book", "book");
  stage->tree.Dir("exec");
  stage->Start();
  const std::string drop = stage->tree / "drop", in = stage->tree / "in";
  stage->Remember();
  for (const char* name : {"letter", "bag"}) {
    ExpectCrossDevice(stage, stage->fs().Rename(drop + "/" + name, "stolen"));
    ExpectCrossDevice(stage, stage->fs().Exchange("sub", drop + "/" + name));
  }
  EXPECT_TRUE(stage->fs().Link(drop + "/letter", "stolen").denied());
  EXPECT_TRUE(stage->fs().Rename(stage->tree / "shelf/book", "book").denied());
  // Native code may be loaded from there.
  ExpectCrossDevice(stage, stage->fs().Rename("file", stage->tree / "exec/so"));
  stage->ExpectNothingChanged();
  EXPECT_TRUE(stage->fs().Rename("file", drop + "/file").ok()) << "loses";
}

void RemovalOverADeniedChild(Stage* stage) {
  stage->tree.File("in/a/b/hidden/key", "key");
  stage->tree.File("in/a/b/plain", "plain");
  stage->tree.File("in/a/0", "first");
  stage->tree.Symlink("../../out", "in/a/out");
  stage->tree.File("in/c/file", "file");
  stage->tree.Symlink("../../out", "in/c/out");
  stage->tree.Symlink("a", "in/link");
  stage->Deny("in/a/b/hidden");
  stage->Start();
  stage->Remember();
  for (const char* name : {"a", "a/b", "a/", "link/b", "sub/../a", ".",
                           "a/b/hidden", "a/b/hidden/key", "secret"}) {
    EXPECT_TRUE(stage->fs().RemoveAll(name).denied()) << name;
  }
  stage->ExpectNothingChanged();
  EXPECT_TRUE(stage->fs().RemoveAll("c").ok());
  EXPECT_EQ(stage->tree.Contents("out/file"), "outside");
  EXPECT_EQ(stage->tree.Contents("in/a/b/hidden/key"), "key");
  EXPECT_TRUE(stage->fs().RemoveAll("link").ok()) << "the link alone";
  EXPECT_EQ(stage->tree.Contents("in/a/b/plain"), "plain");
}

constexpr Row kRows[] = {
    {37, "DeniedDirectory", DeniedDirectory},
    {38, "AncestorOfADeniedDirectory", AncestorOfADeniedDirectory},
    {39, "ExchangeWithADeniedSibling", ExchangeWithADeniedSibling},
    {40, "MoveThatGains", MoveThatGains},
    {41, "RemovalOverADeniedChild", RemovalOverADeniedChild},
};

}  // namespace

absl::Span<const Row> MoveRows() { return kRows; }

}  // namespace testing
}  // namespace postern
