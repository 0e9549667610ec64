// Attack rows 58 and 59, "Handles", and 97 to 100, "Binding", against real
// files.

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/policy.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

using fs::At;
using fs::Handle;
using fs::OpenIntent;

constexpr struct timespec kTimes[2] = {{1, 0}, {1, 0}};

void ExpectReadingAlone(Stage* stage, const Handle& handle) {
  stage->Remember();
  for (const fs::FsStatus& status :
       {handle.Truncate(0), handle.Chmod(0777), handle.SetTimes(kTimes),
        handle.Chown(geteuid(), getegid())}) {
    EXPECT_EQ(status.error_number, EACCES);
    EXPECT_EQ(status.refusal, fs::Refusal::kHandle);
  }
  stage->ExpectNothingChanged();
  EXPECT_TRUE(handle.Stat().ok());
  EXPECT_TRUE(handle.Sync().ok());
}

void ExpectWritingAlone(const Handle& handle) {
  EXPECT_EQ(handle.Stat().status().refusal, fs::Refusal::kHandle);
  EXPECT_TRUE(handle.Truncate(1).ok());
  EXPECT_TRUE(handle.Chmod(0600).ok());
  EXPECT_TRUE(handle.SetTimes(kTimes).ok());
  EXPECT_TRUE(handle.Sync().ok());
  EXPECT_EQ(handle.Chmod(04755).refusal, fs::Refusal::kAttribute);
}

void ReadingHandle(Stage* stage) {
  stage->tree.Symlink("file", "in/link");
  stage->Start();
  for (const char* name : {"file", "link", "sub/../file", "sub"}) {
    auto handle = stage->fs().Open(name, OpenIntent());
    ASSERT_TRUE(handle.ok());
    ExpectReadingAlone(stage, *handle);
    // No descriptor opened for reading writes either.
    EXPECT_LT(write(handle->fd(), "x", 1), 0);
  }
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  auto handle = stage->fs().Open("file", intent);
  ASSERT_TRUE(handle.ok());
  ExpectWritingAlone(*handle);
  // What was opened stays open with its rights, and nothing more is opened.
  ASSERT_TRUE(
      stage->context()->Drop(PermissionSet::All(), RulePattern::Whole()).ok());
  ExpectWritingAlone(*handle);
  EXPECT_TRUE(stage->fs().Open("file", intent).status().denied());
  EXPECT_EQ(Handle().Sync().error_number, EBADF);
  EXPECT_EQ(Handle().Truncate(0).error_number, EBADF);
}

void DuplicatedHandle(Stage* stage) {
  stage->Start();
  auto reading = stage->fs().Open("file", OpenIntent());
  ASSERT_TRUE(reading.ok());
  auto copy = reading->Duplicate();
  ASSERT_TRUE(copy.ok());
  auto second = copy->Duplicate();
  ASSERT_TRUE(second.ok());
  ExpectReadingAlone(stage, *copy);
  ExpectReadingAlone(stage, *second);
  EXPECT_NE(fcntl(second->fd(), F_GETFD) & FD_CLOEXEC, 0);
  Handle moved = std::move(*second);
  ExpectReadingAlone(stage, moved);
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  auto writing = stage->fs().Open("file", intent);
  ASSERT_TRUE(writing.ok());
  auto written = writing->Duplicate();
  ASSERT_TRUE(written.ok());
  ExpectWritingAlone(*written);
  EXPECT_FALSE(Handle().Duplicate().ok());
}

// The tree of a Debian system: bin is a link to usr/bin.
void MakeSystem(Stage* stage) {
  stage->tree.File("usr/bin/ls", "ls");
  stage->tree.File("usr/bin/secret", "secret");
  stage->tree.Symlink("usr/bin", "bin");
  stage->bind = true;
}

void DenyBehindALink(Stage* stage) {
  MakeSystem(stage);
  stage->Allow("bin");
  stage->Deny("usr/bin/secret");
  stage->Start();
  stage->ExpectDenied(stage->tree / "bin/secret");
  stage->ExpectDenied(stage->tree / "usr/bin/secret");
  stage->ExpectDenied(stage->tree / "usr/../bin/./secret");
  stage->ExpectGranted(stage->tree / "bin/ls", "ls");
}

void AllowBehindALink(Stage* stage) {
  MakeSystem(stage);
  stage->Allow("bin");
  stage->Deny("bin/secret");
  stage->Start();
  stage->ExpectGranted(stage->tree / "bin/ls", "ls");
  stage->ExpectGranted(stage->tree / "usr/bin/ls", "ls");
  stage->ExpectDenied(stage->tree / "bin/secret");
  stage->ExpectDenied(stage->tree / "usr/bin/secret");
  // The link that the rule passed stays what it is.
  stage->Remember();
  EXPECT_FALSE(stage->fs().Unlink(stage->tree / "bin").ok());
  EXPECT_FALSE(stage->fs().Rename("sub", stage->tree / "bin").ok());
  stage->ExpectNothingChanged();
}

std::shared_ptr<const Policy> Bound(const Stage& stage,
                                    std::shared_ptr<const Policy> previous,
                                    std::string* error) {
  Layer layer;
  layer.name = "grants";
  layer.rules = stage.rules;
  auto policy = PolicyBuilder()
                    .AddLayer(layer)
                    .Bind(PathBindingOptions(), std::move(previous))
                    .Build();
  if (!policy.ok()) *error = std::string(policy.status().message());
  return policy.ok() ? *policy : nullptr;
}

void LinkThatTheGuestMayReplace(Stage* stage) {
  MakeSystem(stage);
  stage->tree.Symlink("../usr/bin", "in/tools");
  const std::vector<Rule> plain = stage->rules;
  stage->Allow("in/tools/ls");
  std::string error;
  EXPECT_EQ(Bound(*stage, nullptr, &error), nullptr);
  EXPECT_NE(error.find("in/tools"), std::string::npos) << error;
  // Replaced by somebody else, between one binding and the next.
  stage->rules = plain;
  stage->Allow("bin/ls");
  stage->Deny("bin/secret");
  const auto first = Bound(*stage, nullptr, &error);
  ASSERT_NE(first, nullptr) << error;
  stage->tree.File("other/ls", "other");
  stage->tree.File("other/secret", "other");
  ASSERT_EQ(unlink((stage->tree / "bin").c_str()), 0);
  stage->tree.Symlink("other", "bin");
  const auto second = Bound(*stage, first, &error);
  ASSERT_NE(second, nullptr) << error;
  EXPECT_EQ(second->binding()->drifts().size(), 2u);
  for (const char* name :
       {"usr/bin/ls", "other/ls", "usr/bin/secret", "other/secret", "bin/ls"}) {
    EXPECT_FALSE(
        second->Check(Access::Path(Permission::kFsRead, stage->tree / name))
            .allowed())
        << name;
  }
  stage->Start();  // approved anew
  stage->ExpectGranted(stage->tree / "bin/ls", "other");
  stage->ExpectDenied(stage->tree / "bin/secret");
  stage->ExpectDenied(stage->tree / "usr/bin/ls");
}

void TailThatAppearsLater(Stage* stage) {
  stage->bind = true;
  stage->tree.Dir("later");
  stage->Allow("later/deep/file");
  stage->Deny("in/sub/coming");
  stage->Start();
  const std::string name = stage->tree / "later/deep/file";
  EXPECT_EQ(stage->Read(name), "ENOENT");
  stage->tree.File("later/deep/file", "later");
  stage->tree.File("later/deep/other", "other");
  stage->tree.File("in/sub/coming", "coming");
  stage->ExpectGranted(name, "later");
  stage->ExpectDenied(stage->tree / "later/deep/other");
  stage->ExpectDenied("sub/coming");
  std::string error;
  ASSERT_EQ(unlink(name.c_str()), 0);
  const auto policy = Bound(*stage, nullptr, &error);
  ASSERT_NE(policy, nullptr) << error;
  ASSERT_EQ(policy->binding()->pending().size(), 1u);
  EXPECT_EQ(policy->binding()->pending()[0].existing,
            stage->tree / "later/deep");
}

constexpr Row kHandleRows[] = {
    {58, "ReadingHandle", ReadingHandle},
    {59, "DuplicatedHandle", DuplicatedHandle},
};

constexpr Row kBindingRows[] = {
    {97, "DenyBehindALink", DenyBehindALink},
    {98, "AllowBehindALink", AllowBehindALink},
    {99, "LinkThatTheGuestMayReplace", LinkThatTheGuestMayReplace},
    {100, "TailThatAppearsLater", TailThatAppearsLater},
};

}  // namespace

absl::Span<const Row> HandleRows() { return kHandleRows; }

absl::Span<const Row> BindingRows() { return kBindingRows; }

}  // namespace testing
}  // namespace postern
