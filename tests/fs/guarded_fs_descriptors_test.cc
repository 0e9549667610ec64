// With few descriptors left, and whether some are left open.

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "fs/kernel.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fs/guarded_fs_fixture.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace {

using ::testing::Contains;
using testing::EveryWay;
using ::testing::Not;
using testing::WayName;

class GuardedFsDescriptorsTest : public testing::GuardedFsTest {};

// All descriptors that this process may have, but for some.
class FewDescriptors {
 public:
  FewDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    struct rlimit low = before_;
    low.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &low);
  }
  ~FewDescriptors() {
    LeaveAll();
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  void Leave(size_t count) {
    for (;;) {
      FileDescriptor fd(open("/", O_PATH | O_CLOEXEC));
      if (!fd.valid()) break;
      held_.push_back(std::move(fd));
    }
    held_.resize(held_.size() - count);
  }
  void LeaveAll() { held_.clear(); }

 private:
  struct rlimit before_;
  std::vector<FileDescriptor> held_;
};

// Makes folders below one so deep that their names are too long, with a file
// "exists" in the last; the first half of the way.
std::string MakeTooDeep(const std::string& below) {
  const std::string step(250, 'd');
  std::string half = step;
  FileDescriptor at(open(below.c_str(), O_PATH | O_CLOEXEC));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(mkdirat(at.get(), step.c_str(), 0700), 0);
    at = FileDescriptor(openat(at.get(), step.c_str(), O_PATH | O_CLOEXEC));
    if (i < 9) half += "/" + step;
  }
  FileDescriptor(openat(at.get(), "exists", O_CREAT | O_WRONLY, 0600));
  return half;
}

// A guest that uses up descriptors does not learn what is there.
TEST_P(GuardedFsDescriptorsTest, DenialsAreTheSameWithFewDescriptors) {
  tree_.File("in/secret/aa/bb/exists", "secret");
  tree_.Symlink("aa/bb", "in/secret/link");
  tree_.Symlink("secret/aa/bb/exists", "in/to_exists");
  tree_.Symlink("secret/aa/bb/missing", "in/to_missing");
  tree_.Symlink("secret/aa/missing/x", "in/to_far_missing");
  tree_.Symlink("secret/aa/bb", "in/to_folder");
  struct Case {
    const char* exists;
    const char* folder;
    std::vector<const char*> missing;
  };
  const Case kCases[] = {
      {"to_exists", "to_folder", {"to_missing", "to_far_missing"}},
      {"secret/aa/bb/exists",
       "secret/aa/bb",
       {"secret/aa/bb/missing", "secret/missing/x", "secret/link/exists",
        "secret/link/missing"}},
      {"to_folder/../bb/exists",
       "to_folder/../bb",
       {"to_folder/../missing", "to_far_missing/../x"}}};
  // Without openat2 a walk takes a second one.
  const size_t enough = GuardedFsParts::KernelOf(*fs_).has_openat2() ? 1 : 2;
  for (const bool conceal : {false, true}) {
    monitor_->conceal = conceal;
    FewDescriptors few;
    for (size_t count = 0; count < 8; ++count) {
      for (const Case& c : kCases) {
        SCOPED_TRACE(std::to_string(count) + " are left: " + c.exists);
        few.Leave(count);
        const FsStatus exists = fs_->Open(c.exists, OpenIntent()).status();
        const FsStatus entry = fs_->Mkdir(std::string(c.folder) + "/x", 0700);
        for (const char* name : c.missing) {
          const FsStatus status = fs_->Open(name, OpenIntent()).status();
          EXPECT_EQ(status.error_number, exists.error_number) << name;
          EXPECT_EQ(status.refusal, exists.refusal) << name;
          const FsStatus made = fs_->Mkdir(std::string(name) + "/x", 0700);
          EXPECT_EQ(made.error_number, entry.error_number) << name;
          EXPECT_EQ(made.refusal, entry.refusal) << name;
        }
        EXPECT_EQ(exists.refusal == Refusal::kMonitor, count >= enough);
        EXPECT_EQ(exists.error_number == EMFILE, count < enough);
        EXPECT_EQ(exists.denied(), count >= enough);
        few.LeaveAll();
      }
    }
  }
}

// The source of a move holds what its target would need to be looked up.
TEST_P(GuardedFsDescriptorsTest, NothingIsAskedForWhatIsNotFoundOut) {
  monitor_->acts = true;
  tree_.Symlink("secret", "in/to_secret");
  for (size_t count = 0; count < 8; ++count) {
    FewDescriptors few;
    for (const char* target : {"to_secret/new", "secret/new", "sub_link/new"}) {
      for (const bool copies : {false, true}) {
        SCOPED_TRACE(std::to_string(count) + " are left: " + target +
                     (copies ? " copy" : " rename"));
        monitor_->asked.clear();
        few.Leave(count);
        const FsStatus status =
            copies ? fs_->Copy("file", target, GuardedFs::Replace::kYes)
                   : fs_->Rename("file", target);
        few.LeaveAll();
        // While it copies it holds more than it needs to find both.
        const bool found = copies && target[1] == 'u';
        if (!status.ok() && status.end == 1 && !found) {
          EXPECT_THAT(monitor_->asked, Not(Contains("file")));
        }
        if (status.ok() && !copies) {
          monitor_->acts = false;
          ASSERT_TRUE(fs_->Rename(target, "file").ok());
          monitor_->acts = true;
        }
      }
    }
  }
}

// Procfs cannot say a canonical name that is too long.
TEST_P(GuardedFsDescriptorsTest,
       DenialsOfLongNamesAreTheSameWithFewDescriptors) {
  const std::string half = MakeTooDeep(tree_ / "in/secret");
  tree_.Symlink("secret/" + half, "in/to_half");
  const std::string folder = "to_half/" + half;
  const auto open = [&](const std::string& name) {
    return fs_->Open(name, OpenIntent()).status();
  };
  const FsStatus all = open(folder + "/exists");
  EXPECT_EQ(open(folder + "/missing").error_number, all.error_number);
  const size_t enough = GuardedFsParts::KernelOf(*fs_).has_openat2() ? 1 : 2;
  FewDescriptors few;
  for (size_t count = 0; count < 8; ++count) {
    SCOPED_TRACE(std::to_string(count) + " are left");
    few.Leave(count);
    const FsStatus exists = open(folder + "/exists");
    const FsStatus missing = open(folder + "/missing");
    EXPECT_EQ(missing.error_number, exists.error_number);
    EXPECT_EQ(missing.refusal, exists.refusal);
    EXPECT_EQ(exists.error_number, count < enough ? EMFILE : all.error_number);
    few.LeaveAll();
  }
}

// What is not found out for want of descriptors is not taken as missing.
TEST_P(GuardedFsDescriptorsTest, IsNotMadeWithTooFewDescriptors) {
  const GuardedFs& whole = *fs_;
  int failed = 0;
  for (size_t count = 0; count < 8; ++count) {
    FewDescriptors few;
    few.Leave(count);
    const auto made = GuardedFsParts::Create(monitor_, options_, GetParam());
    const auto kernel = Kernel::Probe(GetParam());
    few.LeaveAll();
    if (kernel.ok()) {
      EXPECT_EQ((*kernel)->has_openat2(),
                GuardedFsParts::KernelOf(whole).has_openat2());
      EXPECT_EQ((*kernel)->has_procfs(),
                GuardedFsParts::KernelOf(whole).has_procfs());
    }
    if (!made.ok()) {
      ++failed;
      continue;
    }
    EXPECT_EQ(GuardedFsParts::KernelOf(**made).has_openat2(),
              GuardedFsParts::KernelOf(whole).has_openat2());
    EXPECT_EQ(GuardedFsParts::KernelOf(**made).has_procfs(),
              GuardedFsParts::KernelOf(whole).has_procfs());
  }
  EXPECT_GT(failed, 0);
  EXPECT_LT(failed, 8);
}

TEST_P(GuardedFsDescriptorsTest, LeavesNoDescriptorOpen) {
  const int before = testing::CountDescriptors();
  if (before < 0) GTEST_SKIP() << "no procfs to count descriptors in";
  for (const char* name : {"file", "out_link", "sub_link/deep", "loop", "../x",
                           "secret/key", "dangling", "file/"}) {
    Read(name);
    static_cast<void>(fs_->Stat(name));
    static_cast<void>(fs_->Lstat(name));
    static_cast<void>(fs_->Mkdir(name, 0700));
    static_cast<void>(fs_->Rename(name, "secret/x"));
  }
  EXPECT_EQ(testing::CountDescriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(Ways, GuardedFsDescriptorsTest, EveryWay(), WayName);

}  // namespace
}  // namespace fs
}  // namespace postern
