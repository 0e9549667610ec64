// Every guarded operation takes one use of each limited rule that it needs,
// whatever number of names, objects and tries it is decided by.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs.h"
#include "fs/operation.h"
#include "fs/status.h"
#include "gtest/gtest.h"
#include "permission/rule.h"
#include "tests/attacks/every_operation.h"
#include "tests/attacks/uses_stage.h"
#include "tests/fs/temp_tree.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace testing {
namespace {

using fs::At;
using fs::FsStatus;
using fs::GuardedFs;
using fs::Operation;
using Replace = fs::GuardedFs::Replace;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;

// What an operation can be done to.
const char* ObjectFor(const Attempt& attempt) {
  switch (attempt.operation) {
    case Operation::kList:
    case Operation::kChdir:
    case Operation::kRmdir:
    case Operation::kCreateTemp:
      return "empty";
    case Operation::kMkdir:
    case Operation::kMknod:
    case Operation::kSymlink:
    case Operation::kBindUnix:
      return "new";
    case Operation::kReadlink:
      return "link";
    case Operation::kRemoveAll:
      return "full";
    case Operation::kConnectUnix:
      return "socket";
    default:
      break;
  }
  const absl::string_view name = attempt.name;
  if (name == "open a directory") return "empty";
  return name == "link to" || name == "rename to, onto nothing" ? "new"
                                                                : "file";
}

// Listens at "socket" in the folder, whose name may be too long for bind(2), as
// long as it lives.
fs::FileDescriptor ListenIn(const std::string& folder) {
  const fs::FileDescriptor at(open(folder.c_str(), O_PATH | O_CLOEXEC));
  fs::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof(address.sun_path),
           "/proc/self/fd/%d/socket", at.get());
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<struct sockaddr*>(&address),
                 sizeof(address)),
            0);
  EXPECT_EQ(listen(socket.get(), 1), 0);
  return socket;
}

fs::FileDescriptor Fill(const fs::testing::TempTree& tree) {
  const std::string file = tree.File("in/file", "contents");
  setxattr(file.c_str(), "user.postern", "v", 1, 0);
  tree.File("in/other", "other");
  tree.Dir("in/empty");
  tree.Dir("in/sub");
  tree.Symlink(".", "in/here");
  tree.Symlink("file", "in/link");
  tree.File("in/full/a/b/file", "");
  tree.File("in/full/a/file", "");
  tree.File("in/full/file", "");
  return ListenIn(tree / "in");
}

TEST(OperationUsesTest, EveryOperationTakesOneUse) {
  for (const Attempt& attempt : EveryAttempt()) {
    for (const char* way : {"", "here/", "sub/../"}) {
      for (const uint32_t uses : {1u, 3u}) {
        SCOPED_TRACE(absl::StrCat(attempt.name, " by ", way, " of ", uses));
        UsesStage stage;
        const fs::FileDescriptor listener = Fill(stage.tree);
        const auto counter = stage.Allow(Both(), "in", uses);
        stage.Start();
        const fs::FileDescriptor socket(
            ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const std::string other = stage.tree / "in/other",
                          free = stage.tree / "in/free",
                          name = absl::StrCat(stage.tree / "in/", way,
                                              ObjectFor(attempt));
        const FsStatus status =
            attempt.run(stage.fs(), name, Scratch{other, free, socket.get()});
        const bool no_attributes =
            absl::StrContains(attempt.name, "attribute") &&
            status.error_number == ENOTSUP;
        EXPECT_TRUE(status.ok() || no_attributes) << status.ToString();
        EXPECT_EQ(counter->left(), uses - 1);
      }
    }
  }
}

// The operations with two names.
struct Pair {
  const char* name;
  FsStatus (*run)(const GuardedFs& fs, const At& from, const At& to);
  PermissionSet first, second;
};

const std::vector<Pair>& Pairs() {
  static const auto* const pairs = new std::vector<Pair>{
      {"rename",
       [](const GuardedFs& g, const At& a, const At& b) {
         return g.Rename(a, b);
       },
       PermissionSet(kWrite), PermissionSet(kWrite)},
      {"rename onto nothing",
       [](const GuardedFs& g, const At& a, const At& b) {
         return g.RenameNoReplace(a, b);
       },
       PermissionSet(kWrite), PermissionSet(kWrite)},
      {"exchange",
       [](const GuardedFs& g, const At& a, const At& b) {
         return g.Exchange(a, b);
       },
       PermissionSet(kWrite), PermissionSet(kWrite)},
      {"link",
       [](const GuardedFs& g, const At& a, const At& b) {
         return g.Link(a, b);
       },
       PermissionSet(kWrite), PermissionSet(kWrite)},
      {"copy",
       [](const GuardedFs& g, const At& a, const At& b) {
         return g.Copy(a, b, Replace::kYes);
       },
       PermissionSet(kRead), PermissionSet(kWrite)},
      {"copy to nothing",
       [](const GuardedFs& g, const At& a, const At& b) {
         return g.Copy(a, b, Replace::kNo);
       },
       PermissionSet(kRead), PermissionSet(kWrite)},
  };
  return *pairs;
}

// The second name, as it stands or through a link.
constexpr const char* kSecondNames[] = {"b/file", "b/new", "lnk/new"};

TEST(OperationUsesTest, TwoRulesLoseOneUseEach) {
  for (const Pair& pair : Pairs()) {
    for (const char* second : kSecondNames) {
      SCOPED_TRACE(absl::StrCat(pair.name, " to ", second));
      UsesStage stage;
      stage.tree.File("a/file", "contents");
      stage.tree.File("b/file", "old");
      stage.tree.Symlink("b", "lnk");
      const auto first = stage.Allow(pair.first, "a", 2);
      const auto other = stage.Allow(pair.second, "b", 2);
      stage.Start();
      // A move from one rule to another may be refused; it was decided by then.
      static_cast<void>(
          pair.run(stage.fs(), stage.tree / "a/file", stage.tree / second));
      EXPECT_EQ(first->left(), 1u);
      EXPECT_EQ(other->left(), 1u);
    }
  }
}

TEST(OperationUsesTest, NoUseIsTakenWhereTheOtherNameIsDenied) {
  for (const Pair& pair : Pairs()) {
    for (const char* second : kSecondNames) {
      for (const bool meddles : {false, true}) {
        SCOPED_TRACE(absl::StrCat(pair.name, " to ", second, meddles));
        UsesStage stage;
        stage.tree.File("a/file", "contents");
        stage.tree.File("b/file", "old");
        stage.tree.Symlink("b", "lnk");
        const auto first = stage.Allow(pair.first, "a", 1);
        stage.Allow(pair.second, "b", 0);
        stage.meddles = meddles;
        stage.Start();
        const std::string from = stage.tree / "a/file",
                          to = stage.tree / second;
        const FsStatus status = pair.run(stage.fs(), from, to);
        EXPECT_EQ(status.refusal, fs::Refusal::kMonitor) << status.ToString();
        EXPECT_EQ(status.end, 1);
        EXPECT_EQ(first->left(), 1u);
        EXPECT_EQ(stage.tree.Contents("b/file"), "old");
        // The denial is on record, and nothing else.
        if (meddles) {
          EXPECT_EQ(stage.meddler.asked, std::vector<std::string>({to}));
        }
        const FsStatus back = pair.run(stage.fs(), to, from);
        EXPECT_EQ(back.refusal, fs::Refusal::kMonitor) << back.ToString();
        EXPECT_EQ(back.end, 0);
        EXPECT_EQ(first->left(), 1u);
      }
    }
  }
}

// linkat(2) with a slash behind the first name looks more than once.
TEST(OperationUsesTest, ALinkToAFolderTakesOneUse) {
  UsesStage stage;
  stage.tree.Dir("in/dir");
  const auto uses = stage.Allow(Both(), "in", 2);
  stage.Start();
  const FsStatus status =
      stage.fs().Link(stage.tree / "in/dir/", stage.tree / "in/new");
  EXPECT_EQ(status.error_number, EPERM) << status.ToString();
  EXPECT_FALSE(status.denied()) << status.ToString();
  EXPECT_EQ(uses->left(), 1u);
}

// The folder is moved away, and another one put there, while the name is
// decided: it is decided again.
TEST(OperationUsesTest, ALostRaceTakesNoSecondUse) {
  for (const Attempt& attempt : EveryAttempt()) {
    SCOPED_TRACE(attempt.name);
    UsesStage stage;
    const fs::FileDescriptor listener = Fill(stage.tree);
    const auto uses = stage.Allow(Both(), "in", 5);
    stage.tree.Symlink("one", "in/lnk");
    stage.tree.Dir("in/two");
    ASSERT_EQ(rename((stage.tree / "in/empty").c_str(),
                     (stage.tree / "in/two/empty").c_str()),
              0);
    const std::string name = ObjectFor(attempt);
    for (const char* dir : {"in/one/", "in/two/"}) {
      stage.tree.Dir(absl::StrCat(dir, "full/a"));
      stage.tree.File(absl::StrCat(dir, "full/file"), "");
      stage.tree.File(absl::StrCat(dir, "file"), "contents");
      stage.tree.Dir(absl::StrCat(dir, "empty"));
      stage.tree.Symlink("file", absl::StrCat(dir, "link"));
    }
    const fs::FileDescriptor one = ListenIn(stage.tree / "in/one"),
                             two = ListenIn(stage.tree / "in/two");
    stage.meddles = true;
    stage.Start();
    stage.meddler.act = [&] {
      renameat2(AT_FDCWD, (stage.tree / "in/one").c_str(), AT_FDCWD,
                (stage.tree / "in/two").c_str(), RENAME_EXCHANGE);
    };
    const fs::FileDescriptor socket(
        ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const std::string other = stage.tree / "in/other",
                      free = stage.tree / "in/free",
                      asked = absl::StrCat(stage.tree / "in/lnk/", name);
    const FsStatus status =
        attempt.run(stage.fs(), asked, Scratch{other, free, socket.get()});
    EXPECT_FALSE(status.denied()) << status.ToString();
    EXPECT_EQ(uses->left(), 4u);
  }
}

// A file appears that was to be made; a temporary descriptor finds it.
TEST(OperationUsesTest, ACreationThatLostARaceTakesNoSecondUse) {
  for (const char* way : {"in/new", "in/here/new"}) {
    SCOPED_TRACE(way);
    UsesStage stage;
    stage.tree.Symlink(".", "in/here");
    const auto uses = stage.Allow(Both(), "in", 1);
    stage.meddles = true;
    stage.Start();
    stage.meddler.act = [&] { stage.tree.File("in/new", "theirs"); };
    const FsStatus status = stage.fs().WriteFile(stage.tree / way, "ours");
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(stage.meddler.asked.size(), 2u);
    EXPECT_EQ(uses->left(), 0u);
    EXPECT_EQ(stage.tree.Contents("in/new"), "ours");
  }
}

// The name leads to where another rule grants it after the race.
TEST(OperationUsesTest, ARaceThatLeadsToAnotherRuleTakesAUseOfBoth) {
  UsesStage stage;
  stage.tree.Dir("a");
  stage.tree.Dir("b");
  stage.tree.Symlink("a", "lnk");
  const auto first = stage.Allow(Both(), "a", 2);
  const auto second = stage.Allow(Both(), "b", 1);
  stage.meddles = true;
  stage.Start();
  const auto retarget = [&] {
    unlink((stage.tree / "lnk").c_str());
    stage.tree.Symlink("b", "lnk");
    rename((stage.tree / "a").c_str(), (stage.tree / "c").c_str());
  };
  stage.meddler.act = retarget;
  const FsStatus status = stage.fs().Mkdir(stage.tree / "lnk/new", 0700);
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(stage.tree.Exists("b/new"));
  EXPECT_EQ(first->left(), 1u);
  EXPECT_EQ(second->left(), 0u);
}

TEST(OperationUsesTest, RemovingATreeTakesOneUseOfEachRule) {
  for (const bool meddles : {false, true}) {
    SCOPED_TRACE(meddles);
    UsesStage stage;
    stage.layer.precedence = Precedence::kMostSpecific;
    stage.meddles = meddles;
    std::vector<std::shared_ptr<UseCounter>> own;
    const auto all = stage.Allow(Both(), "in", 1);
    for (int i = 0; i < 300; ++i) {
      const std::string name = absl::StrCat("in/dir/", i);
      stage.tree.File(absl::StrCat(name, "/a"), "");
      stage.tree.File(absl::StrCat(name, "/b"), "");
      own.push_back(stage.Allow(Both(), name, 1));
    }
    stage.Start();
    const FsStatus status = stage.fs().RemoveAll(stage.tree / "in/dir");
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_FALSE(stage.tree.Exists("in/dir"));
    EXPECT_EQ(all->left(), 0u);
    for (const auto& uses : own) EXPECT_EQ(uses->left(), 0u);
  }
}

TEST(OperationUsesTest, NothingIsRemovedWhereAUseBeneathIsGone) {
  UsesStage stage;
  stage.layer.precedence = Precedence::kMostSpecific;
  stage.tree.File("in/dir/a/file", "");
  stage.tree.File("in/dir/file", "");
  const auto all = stage.Allow(Both(), "in", 1);
  stage.Allow(Both(), "in/dir/a", 0);
  stage.layer.rules.back().limits.uses = nullptr;
  stage.layer.rules.back().effect = Effect::kDeny;
  stage.Start();
  EXPECT_TRUE(stage.fs().RemoveAll(stage.tree / "in/dir").denied());
  EXPECT_TRUE(stage.tree.Exists("in/dir/file"));
}

TEST(OperationUsesTest, AListingShowsWhatItsUseGrants) {
  for (const bool hides : {false, true}) {
    for (const bool meddles : {false, true}) {
      UsesStage stage;
      stage.tree.File("in/a", "");
      stage.tree.File("in/b", "");
      stage.layer.conceal = true;
      stage.options.hide_denied_children = hides;
      stage.meddles = meddles;
      const auto uses = stage.Allow(Both(), "in", 1);
      stage.Start();
      auto reader = stage.fs().List(stage.tree / "in");
      ASSERT_TRUE(reader.ok()) << reader.status().ToString();
      std::set<std::string> names;
      fs::DirectoryReader::Entry entry;
      while (reader->Next(&entry)) names.emplace(entry.name);
      EXPECT_EQ(names, std::set<std::string>({"a", "b"}));
      EXPECT_EQ(uses->left(), 0u);
      EXPECT_FALSE(stage.fs().Stat(stage.tree / "in/a").ok());
    }
  }
}

TEST(OperationUsesTest, AWatchTellsWhatItsUseGrants) {
  UsesStage stage;
  stage.tree.Dir("in");
  stage.layer.conceal = true;
  stage.Allow(Both(), "in", 1);
  stage.Start();
  auto watch = stage.fs().WatchPath(stage.tree / "in", IN_CREATE);
  ASSERT_TRUE(watch.ok()) << watch.status().ToString();
  stage.tree.File("in/new", "");
  const auto events = watch->Read();
  ASSERT_TRUE(events.ok()) << events.status().ToString();
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0].name, "new");
}

// A file that a denial of writing is known for by another name, which the used
// rule grants to read.
TEST(OperationUsesTest, AnotherNameOfAFileIsNotDeniedByTheUse) {
  UsesStage stage;
  stage.tree.File("in/a", "contents");
  stage.tree.HardLink("in/a", "in/b");
  const auto uses = stage.Allow(PermissionSet(kRead), "in", 1);
  stage.layer.rules.push_back(MakeRule(Effect::kDeny, PermissionSet(kWrite),
                                       RulePattern::Text(stage.tree / "in/a")));
  stage.bind = true;
  stage.Start();
  const auto read = stage.fs().ReadFile(stage.tree / "in/b", 100);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(*read, "contents");
  EXPECT_EQ(uses->left(), 0u);
}

TEST(OperationUsesTest, NamesThatAreMovedOrRemovedAreNotDeniedByTheUse) {
  using Act = FsStatus (*)(const UsesStage& stage);
  for (const Act run :
       {Act([](const UsesStage& s) {
          return s.fs().Unlink(s.tree / "in/dir/b");
        }),
        Act([](const UsesStage& s) {
          return s.fs().Rename(s.tree / "in/dir/b", s.tree / "in/c");
        }),
        Act([](const UsesStage& s) {
          return s.fs().Rename(s.tree / "in/x", s.tree / "in/dir/b");
        }),
        Act([](const UsesStage& s) {
          return s.fs().RemoveAll(s.tree / "in/dir");
        })}) {
    UsesStage stage;
    stage.tree.File("in/a", "contents");
    stage.tree.File("in/x", "");
    stage.tree.Dir("in/dir");
    stage.tree.HardLink("in/a", "in/dir/b");
    const auto uses = stage.Allow(PermissionSet(kWrite), "in", 1);
    stage.layer.rules.push_back(
        MakeRule(Effect::kDeny, PermissionSet(kRead),
                 RulePattern::Text(stage.tree / "in/a")));
    stage.bind = true;
    stage.Start();
    const FsStatus status = run(stage);
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(uses->left(), 0u);
  }
}

// A use that an earlier operation took grants this one nothing.
TEST(OperationUsesTest, AUseThatIsGoneGrantsNoOtherName) {
  UsesStage stage;
  stage.tree.File("d/f", "contents");
  stage.tree.Dir("g");
  stage.tree.HardLink("d/f", "g/alias");
  stage.layer.precedence = Precedence::kMostSpecific;
  stage.layer.rules = {
      MakeRule(Effect::kDeny, Both(), RulePattern::Text(stage.tree / "d")),
      MakeRule(Effect::kAllow, Both(), RulePattern::Text(stage.tree / "g"))};
  const auto uses = stage.Allow(PermissionSet(kRead), "d/f", 1);
  stage.bind = true;
  stage.Start();
  const std::string file = stage.tree / "d/f", alias = stage.tree / "g/alias";
  EXPECT_TRUE(stage.fs().Stat(alias).ok());
  EXPECT_EQ(uses->left(), 1u);
  EXPECT_TRUE(stage.fs().Stat(file).ok());
  EXPECT_EQ(uses->left(), 0u);
  EXPECT_TRUE(stage.fs().Stat(file).status().denied());
  EXPECT_TRUE(stage.fs().Stat(alias).status().denied());
}

// ---- What a procfs tells needs a grant that names it ----

constexpr size_t kMaxEnviron = size_t{4} << 20;

std::string Environ() { return absl::StrCat("/proc/", getpid(), "/environ"); }

// A rule for reading `pattern` with so many uses or, for 0,
// any number.
std::shared_ptr<UseCounter> AllowRead(absl::string_view pattern, uint32_t uses,
                                      UsesStage* stage) {
  Rule rule = MakeRule(Effect::kAllow, PermissionSet(kRead),
                       RulePattern::Text(std::string(pattern)));
  if (uses > 0) rule.limits.uses = std::make_shared<UseCounter>(uses);
  stage->layer.rules.push_back(rule);
  return rule.limits.uses;
}

TEST(OperationUsesTest, WhatNamesAProcfsFileIsUsedByIt) {
  for (const bool meddles : {false, true}) {
    UsesStage stage;
    stage.meddles = meddles;
    const auto named = AllowRead(Environ(), 1, &stage);
    const auto all = AllowRead("/", 3, &stage);
    stage.Start();
    const auto read = stage.fs().ReadFile(Environ(), kMaxEnviron);
    EXPECT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(named->left(), 0u);
    EXPECT_EQ(all->left(), 2u);
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(stage.fs().Stat(Environ()).status().denied()) << i;
    }
  }
}

// The decision itself takes no use, as the rule for all has no limit.
TEST(OperationUsesTest, TheNameOfAProcfsFileIsUsedUpBesideAGrantOfAll) {
  UsesStage stage;
  const auto named = AllowRead(Environ(), 3, &stage);
  AllowRead("/", 0, &stage);
  stage.layer.rules.push_back(MakeRule(Effect::kAllow, PermissionSet(kWrite),
                                       RulePattern::Text(stage.tree / "to")));
  stage.Start();
  EXPECT_TRUE(stage.fs().Stat(Environ()).ok());
  EXPECT_EQ(named->left(), 2u);
  const std::string status = absl::StrCat("/proc/", getpid(), "/status");
  EXPECT_TRUE(stage.fs().Stat(status).ok()) << "public";
  EXPECT_EQ(named->left(), 2u);
  const FsStatus copied =
      stage.fs().Copy(Environ(), stage.tree / "to", Replace::kYes);
  EXPECT_TRUE(copied.ok()) << copied.ToString();
  EXPECT_EQ(named->left(), 1u);
  const FsStatus denied =
      stage.fs().Copy(Environ(), stage.tree / "not", Replace::kYes);
  EXPECT_TRUE(denied.denied()) << denied.ToString();
  EXPECT_EQ(named->left(), 1u) << "not in vain";
  EXPECT_TRUE(stage.fs().ReadFile(Environ(), kMaxEnviron).ok());
  EXPECT_EQ(named->left(), 0u);
  EXPECT_TRUE(stage.fs().Stat(Environ()).status().denied());
}

TEST(OperationUsesTest, AnUnlimitedNameOfAProcfsFileTakesNoUse) {
  UsesStage stage;
  const auto named = AllowRead(Environ(), 1, &stage);
  AllowRead("/proc", 0, &stage);
  stage.Start();
  EXPECT_TRUE(stage.fs().Stat(Environ()).ok());
  EXPECT_TRUE(stage.fs().Stat(Environ()).ok());
  EXPECT_EQ(named->left(), 1u);
}

}  // namespace
}  // namespace testing
}  // namespace postern
