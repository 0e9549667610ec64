#include "process/namespaces.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/attacks/child.h"
#include "tests/process/loopback.h"
#include "tests/process/scratch.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace process {
namespace {

using ::postern::testing::ConnectTo;
using ::postern::testing::ErrorOf;
using ::postern::testing::ListenOnLoopback;
using ::postern::testing::RunInChild;
using ::postern::testing::Scratch;
using ::testing::HasSubstr;
using Kind = Mask::Kind;

// By right and in a user namespace, as far as this kernel and user can.
class NamespacesTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    plan_.user = GetParam();
    const absl::StatusOr<PreparedNamespaces> mounts = [this] {
      NamespacePlan plan = plan_;
      plan.mount = true;
      return PreparedNamespaces::Prepare(plan);
    }();
    const auto result = RunInChild(
        [&mounts]() -> std::string {
          const auto outcome = mounts->Enter(nullptr);
          return outcome.error == 0 ? "" : outcome.step;
        },
        10);
    if (!result.skipped.empty()) {
      GTEST_SKIP() << "no namespaces " << (GetParam() ? "within" : "without")
                   << " a user namespace: " << result.skipped;
    }
  }

  // Runs `body` in a child that entered `plan_`.
  void Within(const std::function<void()>& body,
              std::vector<bool> absent = {}) const {
    const absl::StatusOr<PreparedNamespaces> prepared =
        PreparedNamespaces::Prepare(plan_);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    const auto result = RunInChild(
        [&] {
          bool was_absent[8] = {};
          const auto outcome = prepared->Enter(was_absent);
          EXPECT_EQ(outcome.error, 0) << outcome.step << " " << outcome.mask
                                      << ": " << strerror(outcome.error);
          for (size_t i = 0; i < absent.size(); ++i) {
            EXPECT_EQ(was_absent[i], absent[i]) << prepared->masks()[i].path;
          }
          body();
          return "";
        },
        10);
    EXPECT_TRUE(result.passed);
  }

  // Enters, and expects that it fails.
  void FailsToEnter(int error, const std::string& step,
                    const std::string& directory = "/") const {
    const absl::StatusOr<PreparedNamespaces> prepared =
        PreparedNamespaces::Prepare(plan_);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    const auto result = RunInChild(
        [&] {
          EXPECT_EQ(chdir(directory.c_str()), 0);
          const auto outcome = prepared->Enter(nullptr);
          EXPECT_EQ(outcome.error, error);
          EXPECT_EQ(outcome.step, step);
          return "";
        },
        10);
    EXPECT_TRUE(result.passed);
  }

  NamespacePlan plan_;
};

INSTANTIATE_TEST_SUITE_P(ByRightAndByUser, NamespacesTest, ::testing::Bool());

mode_t KindOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & S_IFMT;
}

std::string Contents(const std::string& path) {
  char text[64];
  const fs::FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t size = read(fd.get(), text, sizeof(text));
  return size < 0 ? "?" : std::string(text, static_cast<size_t>(size));
}

std::string Entries(const std::string& path) {
  DIR* const directory = opendir(path.c_str());
  if (directory == nullptr) return "?";
  std::string names;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] != '.') absl::StrAppend(&names, entry->d_name, " ");
  }
  closedir(directory);
  return names;
}

TEST_P(NamespacesTest, HidesWhatThereIsOfEachKind) {
  const Scratch scratch;
  scratch.MakeDirectory("directory");
  scratch.MakeFile("directory/inside");
  scratch.MakeFile("file");
  scratch.MakeFile("other");
  ASSERT_EQ(mkfifo(scratch.Path("fifo").c_str(), 0600), 0);
  ASSERT_EQ(mknod(scratch.Path("socket").c_str(), S_IFSOCK | 0600, 0), 0);
  plan_.mount = true;
  for (const char* name : {"socket", "fifo", "file", "directory", "absent"}) {
    plan_.masks.push_back({scratch.Path(name), Kind::kHidden});
  }
  // In order: absent directory fifo file socket.
  Within(
      [&scratch] {
        EXPECT_EQ(KindOf(scratch.Path("directory")), mode_t{S_IFDIR});
        EXPECT_EQ(KindOf(scratch.Path("file")), mode_t{S_IFREG});
        EXPECT_EQ(KindOf(scratch.Path("fifo")), mode_t{S_IFIFO});
        EXPECT_EQ(KindOf(scratch.Path("socket")), mode_t{S_IFSOCK});
        // Modes do not hold for who has capabilities, as here: it is empty.
        EXPECT_EQ(Entries(scratch.Path("directory")), "");
        EXPECT_EQ(Contents(scratch.Path("file")), "");
        EXPECT_EQ(Contents(scratch.Path("other")), "other");
        EXPECT_EQ(ErrorOf(open(scratch.Path("file").c_str(), O_WRONLY)), EROFS);
        EXPECT_EQ(ErrorOf(mkdir(scratch.Path("directory/new").c_str(), 0700)),
                  EROFS);
        WithoutCapabilities([&scratch] {
          EXPECT_EQ(Entries(scratch.Path("directory")), "?");
          EXPECT_EQ(Contents(scratch.Path("file")), "?");
          EXPECT_EQ(Contents(scratch.Path("other")), "other");
        });
        EXPECT_EQ(ErrorOf(chmod(scratch.Path("file").c_str(), 0700)), EROFS);
        EXPECT_EQ(ErrorOf(unlink(scratch.Path("file").c_str())), EBUSY);
        EXPECT_EQ(ErrorOf(rename(scratch.Path("directory").c_str(),
                                 scratch.Path("moved").c_str())),
                  EBUSY);
        EXPECT_EQ(ErrorOf(access(scratch.Path("absent").c_str(), F_OK)),
                  ENOENT);
      },
      {true, false, false, false, false});
  EXPECT_EQ(Contents(scratch.Path("file")), "file");
  EXPECT_EQ(Entries(scratch.Path("directory")), "inside ");
  EXPECT_EQ(ErrorOf(access(scratch.Path("absent").c_str(), F_OK)), ENOENT);
}

TEST_P(NamespacesTest, MasksComeInOrderOfTheirDepth) {
  const Scratch scratch;
  scratch.MakeDirectory("a");
  scratch.MakeDirectory("a/b");
  scratch.MakeFile("a/file");
  scratch.MakeFile("a/b/secret");
  scratch.MakeFile("a/b/known");
  plan_.mount = true;
  plan_.masks = {{scratch.Path("a/b/secret"), Kind::kHidden},
                 {scratch.Path("a"), Kind::kReadOnly}};
  Within([&scratch] {
    EXPECT_EQ(Contents(scratch.Path("a/b/known")), "a/b/known");
    EXPECT_EQ(ErrorOf(open(scratch.Path("a/file").c_str(), O_WRONLY)), EROFS);
    EXPECT_EQ(ErrorOf(open(scratch.Path("a/b/new").c_str(), O_CREAT, 0600)),
              EROFS);
    EXPECT_EQ(Contents(scratch.Path("a/b/secret")), "");
    scratch.MakeFile("beside");  // only the mask is not writable
  });
  EXPECT_EQ(ErrorOf(open(scratch.Path("a/file").c_str(), O_WRONLY)), 0);
}

TEST_P(NamespacesTest, TheWorkingDirectoryIsNoWayBeneathAMask) {
  const Scratch scratch;
  scratch.MakeDirectory("hidden");
  scratch.MakeDirectory("hidden/here");
  plan_.mount = true;
  plan_.masks = {{scratch.Path("hidden"), Kind::kHidden}};
  FailsToEnter(EACCES, "working directory", scratch.Path("hidden/here"));
  FailsToEnter(EACCES, "working directory", scratch.Path("hidden"));
  plan_.masks[0].kind = Kind::kReadOnly;
  const absl::StatusOr<PreparedNamespaces> prepared =
      PreparedNamespaces::Prepare(plan_);
  ASSERT_TRUE(prepared.ok());
  const auto result = RunInChild(
      [&] {
        EXPECT_EQ(chdir(scratch.Path("hidden/here").c_str()), 0);
        EXPECT_EQ(prepared->Enter(nullptr).error, 0);
        EXPECT_EQ(ErrorOf(open("new", O_CREAT | O_WRONLY, 0600)), EROFS);
        return "";
      },
      10);
  EXPECT_TRUE(result.passed);
}

TEST_P(NamespacesTest, NoMaskFollowsALink) {
  const Scratch scratch;
  scratch.MakeDirectory("real");
  scratch.MakeFile("real/file");
  ASSERT_EQ(symlink("real", scratch.Path("link").c_str()), 0);
  plan_.mount = true;
  plan_.masks = {{scratch.Path("link"), Kind::kHidden}};
  FailsToEnter(ELOOP, "mask");
  plan_.masks = {{scratch.Path("link/file"), Kind::kHidden}};
  FailsToEnter(ELOOP, "mask");
}

TEST_P(NamespacesTest, IdsStayAsTheyAre) {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  plan_.mount = true;
  Within([uid, gid] {
    EXPECT_EQ(geteuid(), uid);
    EXPECT_EQ(getegid(), gid);
  });
}

// 0 or the errno, to an abstract name.
int ConnectAbstract(const std::string& name) {
  const fs::FileDescriptor out(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());
  return ErrorOf(
      connect(out.get(), reinterpret_cast<sockaddr*>(&address),
              static_cast<socklen_t>(sizeof(sa_family_t) + 1 + name.size())),
      /*close_it=*/false);
}

TEST_P(NamespacesTest, OfTheNetworkOnlyItsOwnLoopbackIsThere) {
  uint16_t outside = 0;
  const fs::FileDescriptor listening = ListenOnLoopback(&outside);
  const std::string name = absl::StrCat("postern", getpid());
  const fs::FileDescriptor abstract(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());
  ASSERT_EQ(bind(abstract.get(), reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(sizeof(sa_family_t) + 1 + name.size())),
            0);
  ASSERT_EQ(listen(abstract.get(), 4), 0);
  EXPECT_EQ(ConnectTo(outside), 0);
  EXPECT_EQ(ConnectAbstract(name), 0);
  plan_.network = true;
  Within([&] {
    EXPECT_EQ(ConnectTo(outside), ECONNREFUSED);
    EXPECT_EQ(ConnectAbstract(name), ECONNREFUSED);
    uint16_t inside = 0;
    const fs::FileDescriptor own = ListenOnLoopback(&inside);
    EXPECT_EQ(ConnectTo(inside), 0);
  });
}

TEST(NamespacePlanTest, PutsMasksInOrder) {
  NamespacePlan plan;
  plan.mount = true;
  plan.user = true;
  plan.masks = {{"/b/c/d", Kind::kHidden},  {"/b/c", Kind::kReadOnly},
                {"/b/c", Kind::kHidden},    {"/a", Kind::kReadOnly},
                {"/a/x", Kind::kHidden},    {"/a", Kind::kReadOnly},
                {"/b/cd", Kind::kHidden},   {"/", Kind::kReadOnly},
                {"/b/c/e", Kind::kReadOnly}};
  EXPECT_EQ(DescribeNamespaces(plan),
            "user namespace, with the same ids\n"
            "mount namespace\n"
            "read-only \"/\"\n"
            "read-only \"/a\"\n"
            "hide \"/a/x\"\n"
            "hide \"/b/c\"\n"
            "hide \"/b/cd\"\n");
  const absl::StatusOr<PreparedNamespaces> prepared =
      PreparedNamespaces::Prepare(plan);
  ASSERT_TRUE(prepared.ok());
  EXPECT_EQ(prepared->masks().size(), 5u);
  EXPECT_EQ(prepared->flags(), CLONE_NEWUSER | CLONE_NEWNS);
}

TEST(NamespacePlanTest, WhatIsWrongIsAnError) {
  NamespacePlan plan;
  plan.masks = {{"/a", Kind::kHidden}};
  EXPECT_EQ(PreparedNamespaces::Prepare(plan).status().code(),
            absl::StatusCode::kInvalidArgument);
  plan.mount = true;
  EXPECT_TRUE(PreparedNamespaces::Prepare(plan).ok());
  for (const std::string& path :
       {std::string(), std::string("a"), std::string("/a/"),
        std::string("/a//b"), std::string("/a/./b"), std::string("/a/../b"),
        std::string("/.."), std::string("//"), std::string("/a\0b", 4)}) {
    plan.masks = {{path, Kind::kReadOnly}};
    const absl::Status status = PreparedNamespaces::Prepare(plan).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_THAT(std::string(status.message()), HasSubstr("absolute path"));
  }
  plan.masks = {{"/", Kind::kHidden}};
  EXPECT_THAT(std::string(PreparedNamespaces::Prepare(plan).status().message()),
              HasSubstr("root directory cannot be hidden"));
}

}  // namespace
}  // namespace process
}  // namespace postern
