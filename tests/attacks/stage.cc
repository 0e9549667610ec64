#include "tests/attacks/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/guarded_fs_parts.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/guard/path_monitor.h"
#include "permission/permission.h"
#include "tests/attacks/child.h"
#include "tests/attacks/every_operation.h"

namespace postern {
namespace testing {
namespace {

using fs::At;
using fs::FsStatus;

PermissionSet Both() {
  return PermissionSet(Permission::kFsRead) |
         PermissionSet(Permission::kFsWrite);
}

Rule RuleOf(Effect effect, absl::string_view pattern) {
  Rule rule;
  rule.effect = effect;
  rule.permissions = Both();
  rule.pattern = RulePattern::Text(pattern);
  return rule;
}

std::string CoverProc(fs::Kernel::Without* without) {
  std::string error = EnterMountNamespace();
  if (error.empty()) error = Mount("none", "/proc", "tmpfs", 0);
  without->procfs = !error.empty();
  return "";
}

std::string MountNodev(const std::string& mount_point) {
  std::string error = EnterMountNamespace();
  if (error.empty()) {
    error = Mount("none", mount_point, "tmpfs", MS_NODEV | MS_NOSUID);
  }
  if (error.empty()) setenv("TEST_TMPDIR", mount_point.c_str(), 1);
  return error;
}

}  // namespace

const char* WayName(Way way) {
  switch (way) {
    case Way::kAsIs:
      return "Openat2";
    case Way::kNodev:
      return "Nodev";
    case Way::kEnosys:
      return "Enosys";
    case Way::kEperm:
      return "Eperm";
    case Way::kLaterEnosys:
      return "LaterEnosys";
    case Way::kLaterEperm:
      return "LaterEperm";
    case Way::kNoProcfs:
      return "NoProcfs";
    case Way::kNeither:
      return "StepsNoProcfs";
  }
  return "?";
}

std::string Enter(Way way, const std::string& mount_point,
                  fs::Kernel::Without* without) {
  switch (way) {
    case Way::kAsIs:
    case Way::kLaterEnosys:
    case Way::kLaterEperm:
      return "";
    case Way::kNodev:
      return MountNodev(mount_point);
    case Way::kEnosys:
      return HideOpenat2(ENOSYS);
    case Way::kEperm:
      return HideOpenat2(EPERM);
    case Way::kNoProcfs:
      return CoverProc(without);
    case Way::kNeither:
      CoverProc(without);
      without->openat2 = !HideOpenat2(ENOSYS).empty();
      return "";
  }
  return "unknown";
}

Stage::Stage(Way way, fs::Kernel::Without without)
    : way_(way), without_(without) {
  tree.File("in/file", "inside");
  tree.File("in/sub/deep", "deep");
  tree.File("in/secret/key", "secret");
  tree.File("out/file", "outside");
  tree.File("out/dir/file", "outside");
  options.base_directory = tree / "in";
  Allow("in");
  Deny("in/secret");
}

Stage::~Stage() = default;

void Stage::Allow(absl::string_view pattern) {
  rules.push_back(RuleOf(Effect::kAllow, pattern[0] == '/'
                                             ? std::string(pattern)
                                             : tree / pattern));
}

void Stage::Deny(absl::string_view pattern) {
  rules.push_back(RuleOf(Effect::kDeny, pattern[0] == '/' ? std::string(pattern)
                                                          : tree / pattern));
}

void Stage::Start() {
  Layer layer;
  layer.name = "grants";
  layer.rules = rules;
  layer.conceal = conceal;
  PolicyBuilder builder;
  builder.AddLayer(layer);
  if (bind) builder.Bind(binding);
  auto policy = builder.Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  auto root = PermissionContext::Create(*std::move(policy), ContextOptions());
  ASSERT_TRUE(root.ok()) << root.status();
  context_ = root->context;
  PathMonitorOptions monitor;
  monitor.accept_unbound_policy = !bind;
  auto made = fs::GuardedFsParts::Create(MakePathMonitor(context_, monitor),
                                         options, without_);
  ASSERT_TRUE(made.ok()) << made.status();
  fs_ = *std::move(made);
  may_be_kept_ = 1;
  if (!started_ && way_ == Way::kLaterEnosys) HideOpenat2(ENOSYS);
  if (!started_ && way_ == Way::kLaterEperm) HideOpenat2(EPERM);
  started_ = true;
}

std::string Stage::Read(const At& at) const {
  const fs::FsResult<std::string> contents = fs_->ReadFile(at, 10000);
  if (contents.ok()) return *contents;
  if (contents.status().denied()) return "denied";
  return strerrorname_np(contents.status().error_number);
}

void Stage::ExpectGranted(const At& at, absl::string_view contents) const {
  EXPECT_EQ(Read(at), contents) << at.path;
  EXPECT_TRUE(fs_->Stat(at).ok()) << at.path;
  fs::OpenIntent intent;
  intent.access = fs::OpenIntent::Access::kReadWrite;
  EXPECT_TRUE(fs_->Open(at, intent).ok()) << at.path;
}

void Stage::Remember() {
  before_ = TakeSnapshot(tree.root());
  descriptors_ = CountOpenDescriptors();
}

void Stage::ExpectNothingChanged() {
  EXPECT_EQ(Difference(before_, TakeSnapshot(tree.root())), "");
  const int more = CountOpenDescriptors() - descriptors_;
  EXPECT_GE(more, 0);
  EXPECT_LE(more, may_be_kept_) << "descriptors are left open:\n"
                                << ListOpenDescriptors();
  may_be_kept_ -= std::max(0, std::min(more, may_be_kept_));
}

void Stage::Attack(const At& at, bool only_following, Want want) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::string file = tree / "in/file", free = tree / "in/free";
  const Scratch scratch = {file, free, socket};
  for (const Attempt& attempt : EveryAttempt()) {
    if (only_following && !attempt.follows()) continue;
    SCOPED_TRACE(absl::StrCat(attempt.name, " ", at.path));
    Remember();
    const FsStatus status = attempt.run(*fs_, at, scratch);
    EXPECT_FALSE(status.ok());
    if (want == Want::kRefused) {
      EXPECT_TRUE(status.denied()) << strerrorname_np(status.error_number);
    }
    ExpectNothingChanged();
  }
  close(socket);
}

void Stage::ExpectDenied(const At& at) { Attack(at, false, Want::kRefused); }

void Stage::ExpectTargetDenied(const At& at) {
  Attack(at, true, Want::kRefused);
}

void Stage::ExpectFailure(const At& at) { Attack(at, false, Want::kFails); }

void Stage::ExpectTargetFailure(const At& at) {
  Attack(at, true, Want::kFails);
}

}  // namespace testing
}  // namespace postern
