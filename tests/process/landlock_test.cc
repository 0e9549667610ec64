#include "process/landlock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/attacks/child.h"
#include "tests/process/loopback.h"
#include "tests/process/scratch.h"

namespace postern {
namespace process {
namespace {

using ::postern::testing::ConnectTo;
using ::postern::testing::ErrorOf;
using ::postern::testing::ListenOnLoopback;
using ::postern::testing::RunInChild;
using ::postern::testing::Scratch;
using ::testing::HasSubstr;

#define SKIP_WITHOUT_LANDLOCK(abi)                                            \
  if (LandlockAbi() < (abi)) {                                                \
    GTEST_SKIP() << "Landlock ABI " << LandlockAbi() << " is here, " << (abi) \
                 << " wanted";                                                \
  }

void Restrict(const LandlockRules& rules) {
  absl::StatusOr<LandlockRuleset> ruleset = MakeLandlockRuleset(rules);
  ASSERT_TRUE(ruleset.ok()) << ruleset.status();
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(RestrictSelf(ruleset->fd.get()), 0);
}

int OpenError(const std::string& path, int flags = O_RDONLY) {
  return ErrorOf(open(path.c_str(), flags | O_CLOEXEC, 0600));
}

TEST(LandlockTest, AllowsWhatIsBeneathAndNothingElse) {
  SKIP_WITHOUT_LANDLOCK(1);
  const Scratch scratch;
  scratch.MakeDirectory("in");
  scratch.MakeDirectory("in/deep");
  scratch.MakeFile("in/deep/file");
  scratch.MakeFile("out");
  scratch.MakeFile("alone");
  const auto result = RunInChild(
      [&scratch] {
        LandlockRules rules;
        rules.handled_fs = landlock::FileRights(1);
        rules.beneath = {
            {scratch.Path("in"), landlock::kReadFile | landlock::kReadDir},
            {scratch.Path("alone"),
             landlock::kWriteFile | landlock::kReadDir | landlock::kMakeReg}};
        Restrict(rules);
        EXPECT_EQ(OpenError(scratch.Path("in/deep/file")), 0);
        EXPECT_EQ(OpenError(scratch.Path("in"), O_DIRECTORY), 0);
        EXPECT_EQ(OpenError(scratch.Path("in/deep/file"), O_WRONLY), EACCES);
        EXPECT_EQ(OpenError(scratch.Path("in/new"), O_CREAT | O_RDONLY),
                  EACCES);
        EXPECT_EQ(OpenError(scratch.Path("out")), EACCES);
        // A file has no entries: what says so of it does no harm.
        EXPECT_EQ(OpenError(scratch.Path("alone"), O_WRONLY), 0);
        EXPECT_EQ(OpenError(scratch.Path("alone")), EACCES);
        return "";
      },
      10);
  EXPECT_TRUE(result.passed);
}

TEST(LandlockTest, WhatIsMissingIsToldAndStaysRefused) {
  SKIP_WITHOUT_LANDLOCK(1);
  const Scratch scratch;
  scratch.MakeFile("there");
  const auto result = RunInChild(
      [&scratch] {
        LandlockRules rules;
        rules.handled_fs = landlock::kReadFile;
        rules.beneath = {{scratch.Path("later"), landlock::kReadFile},
                         {scratch.Path("there"), landlock::kReadFile},
                         {scratch.Path("there/x"), landlock::kReadFile}};
        absl::StatusOr<LandlockRuleset> ruleset = MakeLandlockRuleset(rules);
        if (!ruleset.ok()) return std::string(ruleset.status().message());
        EXPECT_EQ(ruleset->missing.size(), 2u);
        EXPECT_EQ(ruleset->missing[0].rule, 0u);
        EXPECT_EQ(ruleset->missing[0].error, ENOENT);
        EXPECT_EQ(ruleset->missing[1].rule, 2u);
        EXPECT_EQ(ruleset->missing[1].error, ENOTDIR);
        EXPECT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        EXPECT_EQ(RestrictSelf(ruleset->fd.get()), 0);
        scratch.MakeFile("later");
        EXPECT_EQ(OpenError(scratch.Path("later")), EACCES);
        EXPECT_EQ(OpenError(scratch.Path("there")), 0);
        return std::string();
      },
      10);
  EXPECT_TRUE(result.passed && result.skipped.empty()) << result.skipped;
}

TEST(LandlockTest, ALinkIsMissingForNamesThatWereDecided) {
  SKIP_WITHOUT_LANDLOCK(1);
  const Scratch scratch;
  scratch.MakeFile("there");
  ASSERT_EQ(symlink("there", scratch.Path("link").c_str()), 0);
  LandlockRules rules;
  rules.handled_fs = landlock::kReadFile;
  rules.beneath = {{scratch.Path("link"), landlock::kReadFile}};
  absl::StatusOr<LandlockRuleset> followed = MakeLandlockRuleset(rules);
  ASSERT_TRUE(followed.ok()) << followed.status();
  EXPECT_TRUE(followed->missing.empty());
  rules.follow_links = false;
  absl::StatusOr<LandlockRuleset> refused = MakeLandlockRuleset(rules);
  ASSERT_TRUE(refused.ok()) << refused.status();
  ASSERT_EQ(refused->missing.size(), 1u);
  EXPECT_EQ(refused->missing[0].error, ELOOP);
}

TEST(LandlockTest, HoldsPorts) {
  SKIP_WITHOUT_LANDLOCK(4);
  uint16_t granted = 0, other = 0;
  const fs::FileDescriptor first = ListenOnLoopback(&granted);
  const fs::FileDescriptor second = ListenOnLoopback(&other);
  const auto result = RunInChild(
      [=] {
        LandlockRules rules;
        rules.handled_net = landlock::PortRights(4);
        rules.ports = {{granted, landlock::kConnectTcp}};
        EXPECT_EQ(ConnectTo(other), 0);
        Restrict(rules);
        EXPECT_EQ(ConnectTo(granted), 0);
        EXPECT_EQ(ConnectTo(other), EACCES);
        const fs::FileDescriptor in(socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        EXPECT_EQ(bind(in.get(), reinterpret_cast<sockaddr*>(&address),
                       sizeof(address)),
                  -1);
        EXPECT_EQ(errno, EACCES);
        return "";
      },
      10);
  EXPECT_TRUE(result.passed);
}

TEST(LandlockTest, ScopesEndSignalsToOutsiders) {
  SKIP_WITHOUT_LANDLOCK(6);
  const auto result = RunInChild(
      [] {
        const pid_t outside = getppid();
        EXPECT_EQ(kill(outside, 0), 0);
        LandlockRules rules;
        rules.scoped = landlock::Scopes(6);
        Restrict(rules);
        EXPECT_EQ(kill(outside, 0), -1);
        EXPECT_EQ(errno, EPERM);
        const pid_t own = fork();
        if (own == 0) {
          pause();
          _exit(0);
        }
        EXPECT_EQ(kill(own, SIGKILL), 0);
        return "";
      },
      10);
  EXPECT_TRUE(result.passed);
}

TEST(LandlockTest, SaysWhenThereIsNoRoomForAnotherLayer) {
  SKIP_WITHOUT_LANDLOCK(1);
  const auto result = RunInChild(
      [] {
        LandlockRules rules;
        rules.handled_fs = landlock::kMakeSock;
        for (int i = 0; i < landlock::kMaxLayers; ++i) Restrict(rules);
        const absl::StatusOr<LandlockRuleset> one_more =
            MakeLandlockRuleset(rules);
        EXPECT_TRUE(one_more.ok());
        EXPECT_EQ(RestrictSelf(one_more->fd.get()), E2BIG);
        return "";
      },
      10);
  EXPECT_TRUE(result.passed);
}

TEST(LandlockTest, WhatIsWrongIsAnError) {
  SKIP_WITHOUT_LANDLOCK(1);
  struct Wrong {
    LandlockRules rules;
    absl::StatusCode code;
    const char* says;
  };
  LandlockRules reads;
  reads.handled_fs = landlock::kReadFile;
  const auto with = [&reads](LandlockRules::Beneath rule) {
    LandlockRules rules = reads;
    rules.beneath = {std::move(rule)};
    return rules;
  };
  LandlockRules port = reads;
  port.ports = {{80, landlock::kConnectTcp}};
  LandlockRules newer = reads;
  newer.handled_fs |= uint64_t{1} << 40;
  const absl::StatusCode invalid = absl::StatusCode::kInvalidArgument;
  const Wrong wrongs[] = {
      {{}, invalid, "handles nothing"},
      {with({"a/b", landlock::kReadFile}), invalid, "absolute path"},
      {with({"", landlock::kReadFile}), invalid, "absolute path"},
      {with({std::string("/a\0b", 4), landlock::kReadFile}), invalid,
       "\"/a\\x00\\x62\" needs an absolute path"},
      {with({"/tmp", 0}), invalid, "allows nothing"},
      {with({"/tmp", landlock::kReadFile | landlock::kExecute}), invalid,
       "does not handle: execute"},
      {port, invalid, "does not handle: connect-tcp"},
      {newer, absl::StatusCode::kUnimplemented, "does not know 0x10000000000"},
  };
  for (const Wrong& wrong : wrongs) {
    const absl::StatusOr<LandlockRuleset> made =
        MakeLandlockRuleset(wrong.rules);
    ASSERT_FALSE(made.ok()) << wrong.says;
    EXPECT_EQ(made.status().code(), wrong.code);
    EXPECT_THAT(std::string(made.status().message()), HasSubstr(wrong.says));
  }
}

TEST(LandlockTest, EachVersionHasTheRightsOfThoseBefore) {
  using landlock::FileRights;
  using landlock::PortRights;
  for (int abi = 1; abi <= landlock::kNewestAbi; ++abi) {
    EXPECT_EQ(FileRights(abi - 1) & ~FileRights(abi), 0u);
    EXPECT_EQ(PortRights(abi - 1) & ~PortRights(abi), 0u);
  }
  EXPECT_EQ(FileRights(0), 0u);
  EXPECT_EQ(FileRights(1), landlock::kRefer - 1);
  EXPECT_EQ(FileRights(2), FileRights(1) | landlock::kRefer);
  EXPECT_EQ(FileRights(4), FileRights(2) | landlock::kTruncate);
  EXPECT_EQ(FileRights(8), FileRights(4) | landlock::kIoctlDev);
  EXPECT_EQ(FileRights(9), FileRights(8) | landlock::kResolveUnix);
  EXPECT_EQ(PortRights(3), 0u);
  EXPECT_EQ(PortRights(4), landlock::kBindTcp | landlock::kConnectTcp);
  EXPECT_EQ(PortRights(10),
            PortRights(4) | landlock::kBindUdp | landlock::kConnectSendUdp);
  EXPECT_EQ(landlock::Scopes(5), 0u);
  EXPECT_EQ(landlock::Scopes(6),
            landlock::kScopeAbstractUnix | landlock::kScopeSignal);
}

TEST(LandlockTest, SaysItsRules) {
  LandlockRules rules;
  rules.handled_fs = landlock::kReadFile | landlock::kExecute;
  rules.handled_net = landlock::kConnectTcp;
  rules.scoped = landlock::kScopeSignal;
  rules.beneath = {{"/usr\n", landlock::kExecute}};
  rules.ports = {{443, landlock::kConnectTcp}};
  EXPECT_EQ(DescribeLandlock(rules),
            "refused but for what follows: execute read-file connect-tcp\n"
            "not outside: signal\n"
            "\"/usr\\n\": execute\n"
            "port 443: connect-tcp\n");
}

}  // namespace
}  // namespace process
}  // namespace postern
