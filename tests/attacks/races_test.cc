// Attack rows 29 to 36, "Races", and 110. Guests open through guarded
// operations while an attacker renames; a win is a file from outside. Beside
// each race stands a control that does without: unless that loses, the race
// proves nothing.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "fs/kernel.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/amount.h"
#include "tests/fs/temp_tree.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using fs::GuardedFs;
using fs::GuardedFsParts;
using fs::Kernel;
using fs::OpenIntent;
using fs::PathMonitor;
using fs::Right;
using fs::Rights;
using fs::testing::TempTree;

constexpr int kGuests = 2;

// Opens of one race.
int Opens() {
  return static_cast<int>(testing::AmountOf({100000, 2000, 1000000}));
}

// The tree of a race, and who races in it. Files hold "inside", "outside" or
// "secret" by where they belong.
struct Race {
  int number;
  const char* name;
  void (*prepare)(const TempTree& tree);
  // One move of the attacker.
  void (*attack)(const TempTree& tree, std::minstd_rand* random);
  // The name that a guest opens, below "in".
  std::string (*ask)(std::minstd_rand* random);
  bool creates = false;
};

void Exchange(const TempTree& tree, const char* a, const char* b) {
  renameat2(AT_FDCWD, (tree / a).c_str(), AT_FDCWD, (tree / b).c_str(),
            RENAME_EXCHANGE);
}

void SwapSlot(const TempTree& tree, std::minstd_rand*) {
  Exchange(tree, "in/slot", "in/evil");
}
void SwapLevels(const TempTree& tree, std::minstd_rand*) {
  Exchange(tree, "in/a/b/slot", "in/slot");
}

// Names p0 to p5 change places, and what they are.
void Shuffle(const TempTree& tree, std::minstd_rand* random) {
  const auto any = [&] { return absl::StrCat("in/p", (*random)() % 6); };
  const std::string a = tree / any(), b = tree / any();
  const std::string spare = absl::StrCat(tree / "in/spare", (*random)() % 3);
  switch ((*random)() % 6) {
    case 0:
      if (link((tree / "in/file").c_str(), spare.c_str()) == 0) {
        rename(spare.c_str(), (tree / "in/p5").c_str());
      }
      break;
    case 1:
      if (symlink("../out/dir", spare.c_str()) == 0) {
        rename(spare.c_str(), (tree / "in/p4").c_str());
      }
      break;
    case 2:
      unlink(spare.c_str());
      break;
    default:
      renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
  }
}

std::string AskManyWays(std::minstd_rand* random) {
  const auto any = [&] { return (*random)() % 6; };
  switch ((*random)() % 5) {
    case 0:
      return absl::StrCat("p", any());
    case 1:
      return absl::StrCat("p", any(), "/../p", any(), "/file");
    case 2:
      return absl::StrCat("p", any(), "/sub/../file");
    default:
      return absl::StrCat("p", any(), "/file");
  }
}

// A long way inside of `slot`, so that it can be moved meanwhile.
std::string AskUpwards(std::minstd_rand*) {
  std::string name = "a/b/slot";
  for (int i = 0; i < 20; ++i) name += "/x/..";
  return name + "/../../f";
}

// So few components that nobody asks afterwards what the object is called.
std::string AskAFewUpwards(std::minstd_rand*) {
  return "a/b/slot/x/../x/../x/../../../f";
}

std::string AskInSlot(std::minstd_rand*) { return "slot/file"; }
std::string AskSlot(std::minstd_rand*) { return "slot"; }
std::string AskNew(std::minstd_rand* random) {
  return absl::StrCat("slot/new", (*random)());
}

constexpr Race kRaces[] = {
    {29, "DirectorySwappedWithALinkOut",
     [](const TempTree& tree) {
       tree.File("in/slot/file", "inside");
       tree.Symlink("../out/dir", "in/evil");
     },
     SwapSlot, AskInSlot},
    {30, "FileSwappedWithALinkOut",
     [](const TempTree& tree) {
       tree.File("in/slot", "inside");
       tree.Symlink("../out/dir/file", "in/evil");
     },
     SwapSlot, AskSlot},
    {31, "DirectorySwappedWithALinkToADeniedOne",
     [](const TempTree& tree) {
       tree.File("in/slot/file", "inside");
       tree.Symlink("secret", "in/evil");
     },
     SwapSlot, AskInSlot},
    {32, "DirectoryMovedUp",
     [](const TempTree& tree) {
       tree.Dir("in/a/b/slot/x");
       tree.Dir("in/slot/x");
       tree.File("in/a/f", "inside");
       tree.File("f", "outside");
     },
     SwapLevels, AskUpwards},
    {32, "DirectoryMovedUpOnAShortWay",
     [](const TempTree& tree) {
       tree.Dir("in/a/b/slot/x");
       tree.Dir("in/slot/x");
       tree.File("in/a/f", "inside");
       tree.File("f", "outside");
     },
     SwapLevels, AskAFewUpwards},
    {33, "CreateWhileTheParentIsSwapped",
     [](const TempTree& tree) {
       tree.Dir("in/slot");
       tree.Symlink("../out/dir", "in/evil");
     },
     SwapSlot, AskNew, true},
    {34, "ManyAtOnce",
     [](const TempTree& tree) {
       tree.File("in/p0/file", "inside");
       tree.Dir("in/p0/sub");
       tree.File("in/p1/file", "inside");
       tree.Symlink("../out/dir", "in/p2");
       tree.Symlink("secret", "in/p3");
       tree.Symlink("../out/dir", "in/p4");
       tree.File("in/p5", "inside");
     },
     Shuffle, AskManyWays},
};

// What became of the opens.
struct Count {
  std::atomic<int> opened{0};
  std::atomic<int> failed{0};
  std::atomic<int> won{0};
};

std::string ReadAll(int fd) {
  char buffer[64];
  const ssize_t size = read(fd, buffer, sizeof(buffer));
  return size < 0 ? "" : std::string(buffer, static_cast<size_t>(size));
}

// The rules of a race and the two who open by them.
class Contest {
 public:
  Contest(const Race& race, Kernel::Without without) : race_(race) {
    tree_.File("in/file", "inside");
    tree_.File("in/secret/file", "secret");
    tree_.Dir("in/secret/sub");
    tree_.File("out/dir/file", "outside");
    tree_.Dir("out/dir/sub");
    race.prepare(tree_);
    inside_ = open((tree_ / "in/slot").c_str(), O_PATH | O_CLOEXEC);
    outside_ = open((tree_ / "out/dir").c_str(), O_PATH | O_CLOEXEC);
    const std::string in = tree_ / "in", secret = tree_ / "in/secret";
    Layer layer = testing::MakeLayer(
        "grants", Effect::kDeny,
        {{Effect::kAllow, Permission::kFsRead, in.c_str()},
         {Effect::kAllow, Permission::kFsWrite, in.c_str()},
         {Effect::kDeny, Permission::kFsRead, secret.c_str()},
         {Effect::kDeny, Permission::kFsWrite, secret.c_str()}});
    monitor_ = MakePathMonitor(
        testing::MakeContext(testing::BuildOrDie({layer})).context,
        testing::AcceptUnbound());
    fs::GuardedFsOptions options;
    options.base_directory = in;
    auto made = GuardedFsParts::Create(monitor_, options, without);
    EXPECT_TRUE(made.ok()) << made.status();
    if (made.ok()) fs_ = *std::move(made);
  }
  ~Contest() {
    close(inside_);
    close(outside_);
  }

  void OpenGuarded(std::minstd_rand* random, Count* count) {
    const std::string name = race_.ask(random);
    OpenIntent intent;
    intent.create = race_.creates;
    if (race_.creates) intent.access = OpenIntent::Access::kWrite;
    const auto handle = fs_->Open(name, intent);
    Judge(handle.ok() ? handle->fd() : -1, name, count);
  }

  // As it is often done: find the canonical name, check it, open.
  void OpenNaively(std::minstd_rand* random, Count* count) {
    const std::string name = race_.ask(random);
    const std::string asked = tree_ / "in/" + name;
    const size_t slash = asked.rfind('/');
    char canonical[PATH_MAX];
    int fd = -1;
    if (realpath((race_.creates ? asked.substr(0, slash) : asked).c_str(),
                 canonical) != nullptr) {
      const Rights rights = race_.creates ? Right::kWrite : Right::kRead;
      if (monitor_->Check(rights, canonical).allowed) {
        sched_yield();
        fd = open(asked.c_str(),
                  race_.creates ? O_WRONLY | O_CREAT | O_CLOEXEC
                                : O_RDONLY | O_CLOEXEC,
                  0600);
      }
    }
    Judge(fd, name, count);
    if (fd >= 0) close(fd);
  }

  void Attack(std::minstd_rand* random) { race_.attack(tree_, random); }

 private:
  void Judge(int fd, const std::string& name, Count* count) {
    bool won = false;
    if (race_.creates) {
      const std::string leaf = name.substr(name.rfind('/') + 1);
      won = unlinkat(outside_, leaf.c_str(), 0) == 0;
      unlinkat(inside_, leaf.c_str(), 0);
    } else if (fd >= 0) {
      struct stat st;
      won =
          fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ReadAll(fd) != "inside";
    }
    ++(won ? count->won : fd >= 0 ? count->opened : count->failed);
  }

  const Race& race_;
  const TempTree tree_;
  int inside_, outside_;
  std::shared_ptr<PathMonitor> monitor_;
  std::unique_ptr<const GuardedFs> fs_;
};

// Runs `open` in threads of guests against an attacker, until `opens` are done
// or, with `until_won`, one is won.
template <typename Open>
void RunContest(Contest* contest, int opens, bool until_won, Count* count,
                Open open) {
  std::atomic<int> left{opens};
  std::atomic<bool> done{false};
  std::thread attacker([&] {
    std::minstd_rand random(7);
    while (!done.load(std::memory_order_relaxed)) contest->Attack(&random);
  });
  std::vector<std::thread> guests;
  for (int i = 0; i < kGuests; ++i) {
    guests.emplace_back([&, i] {
      std::minstd_rand random(static_cast<unsigned>(i) + 1);
      while (left.fetch_sub(1) > 0 && !(until_won && count->won > 0)) {
        open(&random, count);
      }
    });
  }
  for (std::thread& guest : guests) guest.join();
  done = true;
  attacker.join();
}

// How often those opens are repeated of which hardly one was granted.
constexpr int kMaxRounds = 20;

class RaceTest
    : public ::testing::TestWithParam<std::tuple<Race, Kernel::Without>> {};

bool CanExchange() {
  const TempTree tree;
  const std::string a = tree.File("a", ""), b = tree.File("b", "");
  return renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) ==
         0;
}

TEST_P(RaceTest, IsNeverLost) {
  const Race& race = std::get<0>(GetParam());
  if (!CanExchange()) GTEST_SKIP() << "this file system exchanges no names";
  Count control;
  {
    Contest contest(race, Kernel::Without());
    // It stops at its first win.
    RunContest(&contest, std::max(300000, 3 * Opens()), /*until_won=*/true,
               &control, [&](std::minstd_rand* random, Count* count) {
                 contest.OpenNaively(random, count);
               });
  }
  Count ours;
  const Kernel::Without without = std::get<1>(GetParam());
  // The ways without openat2 or procfs take their time.
  const bool slow = without.openat2 || without.procfs;
  const int opens = slow ? Opens() / 5 : Opens();
  Contest contest(race, without);
  // On a busy machine all of them may come while the attacker does not run, and
  // what it left is refused: then that many more.
  for (int round = 0; round < kMaxRounds && ours.opened <= opens / 100;
       ++round) {
    RunContest(&contest, opens, /*until_won=*/false, &ours,
               [&](std::minstd_rand* random, Count* count) {
                 contest.OpenGuarded(random, count);
               });
  }
  printf(
      "row %d: %d opens, %d granted, %d refused, won %d; control: won %d of "
      "%d\n",
      race.number, ours.opened + ours.failed + ours.won, ours.opened.load(),
      ours.failed.load(), ours.won.load(), control.won.load(),
      control.opened + control.failed + control.won);
  EXPECT_EQ(ours.won, 0);
  EXPECT_GT(ours.opened, opens / 100) << "nobody was there to be raced";
  EXPECT_GT(control.won, 0) << "the race proves nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RaceTest,
    ::testing::Combine(::testing::ValuesIn(kRaces),
                       ::testing::Values(Kernel::Without{false, false},
                                         Kernel::Without{true, false},
                                         Kernel::Without{true, true})),
    [](const ::testing::TestParamInfo<RaceTest::ParamType>& race_and_way) {
      const Race& race = std::get<0>(race_and_way.param);
      const Kernel::Without& without = std::get<1>(race_and_way.param);
      return absl::StrCat("Row", race.number, "_", race.name, "_",
                          !without.openat2  ? "Openat2"
                          : !without.procfs ? "Steps"
                                            : "StepsNoProcfs");
    });

// Row 32 once more, for the kernel's part alone: a name that steps back, so
// long that the folder is moved under way. The control does without
// RESOLVE_BENEATH.
TEST(StepsBackTest, Row32_LeadNowhereElse) {
  if (!CanExchange()) GTEST_SKIP() << "this file system exchanges no names";
  const auto kernel = Kernel::Probe();
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  if (!(*kernel)->has_openat2()) GTEST_SKIP() << "no openat2 to step back with";
  const TempTree tree;
  tree.Dir("in/a/b/slot/x");
  tree.Dir("in/slot/x");
  tree.File("in/a/f", "inside");
  tree.File("f", "outside");
  std::string name = tree / "in/a/b/slot";
  for (int i = 0; i < 200; ++i) name += "/x/..";
  name += "/../../f";
  std::atomic<bool> done{false};
  std::thread attacker([&] {
    while (!done) SwapLevels(tree, nullptr);
  });
  const auto is_outside = [](int fd) { return ReadAll(fd) == "outside"; };
  int control = 0, opened = 0, won = 0;
  for (int i = 0; i < 20 * Opens() && control == 0; ++i) {
    const int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC);
    control += fd >= 0 && is_outside(fd);
    if (fd >= 0) close(fd);
  }
  for (int i = 0; i < Opens(); ++i) {
    const fs::Opened ours = (*kernel)->OpenSteppingBack(name, O_RDONLY);
    opened += ours.error == 0;
    won += ours.error == 0 && is_outside(ours.fd.get());
  }
  done = true;
  attacker.join();
  printf("row 32, steps back: %d opened, won %d; control: won %d\n", opened,
         won, control);
  EXPECT_EQ(won, 0);
  if (control == 0) GTEST_SKIP() << "the control lost no race: proves nothing";
}

// Row 110. Another process moves a deep folder to a denied place, where for a
// moment a file is made at its bottom, and back: that file never had the name
// which the guest asks for.
class LentNameTest : public ::testing::TestWithParam<Kernel::Without> {
 protected:
  LentNameTest() {
    std::string folder = "in/slot";
    for (int i = 0; i < kDepth; ++i) folder += "/x";
    tree_.Dir(folder);
    tree_.Dir("out");
    bottom_ = open((tree_ / folder).c_str(), O_PATH | O_CLOEXEC);
    name_ = tree_ / folder + "/b";
  }
  ~LentNameTest() override { close(bottom_); }

  void MakeAFile() {
    close(openat(bottom_, "b", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    unlinkat(bottom_, "b", 0);
  }

  // Calls `open(name)` until it has succeeded or `tries` are over; how often it
  // succeeded. `act()` is what happens while the folder is away.
  template <typename Open, typename Act>
  int Race(int tries, Open open, Act act) {
    std::atomic<bool> done{false};
    std::thread attacker([&] {
      const std::string in = tree_ / "in/slot", out = tree_ / "out/slot";
      while (!done) {
        rename(in.c_str(), out.c_str());
        act();
        rename(out.c_str(), in.c_str());
      }
    });
    int won = 0;
    for (int i = 0; i < tries && won == 0; ++i) won += open(name_);
    done = true;
    attacker.join();
    return won;
  }

  static constexpr int kDepth = 200;
  const TempTree tree_;
  int bottom_ = -1;
  std::string name_;
};

TEST_P(LentNameTest, Row110_IsNotTheObjects) {
  // Ends with the first success; a busy machine needs many tries for it.
  const auto move = [&] { MakeAFile(); };
  const int control = Race(
      20000000,
      [](const std::string& name) {
        const int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd >= 0) close(fd);
        return fd >= 0;
      },
      move);
  const std::string in = tree_ / "in";
  const RootContext root =
      testing::MakeContext(testing::Allowing(Permission::kFsRead, in.c_str()));
  auto made = GuardedFsParts::Create(
      MakePathMonitor(root.context, testing::AcceptUnbound()),
      fs::GuardedFsOptions(), GetParam());
  ASSERT_TRUE(made.ok());
  // A walk by steps is slow.
  const int tries = GetParam().openat2 ? Opens() / 50 : Opens() / 2;
  const int won = Race(
      tries,
      [&](const std::string& name) {
        return (*made)->Open(name, OpenIntent()).ok();
      },
      move);
  EXPECT_EQ(won, 0);
  if (control == 0) GTEST_SKIP() << "the control lost no race: proves nothing";
}

// A file is made in a folder that has the name for a moment alone.
TEST_P(LentNameTest, Row110_IsNotThatOfANewFile) {
  const std::string folder = tree_.Dir("out/b");
  const int moved = open(folder.c_str(), O_PATH | O_CLOEXEC);
  name_ += "/new";
  const auto move = [&] {
    renameat(AT_FDCWD, folder.c_str(), bottom_, "b");
    sched_yield();
    renameat(bottom_, "b", AT_FDCWD, folder.c_str());
    unlinkat(moved, "new", 0);
  };
  const int control = Race(
      20000000,
      [](const std::string& name) {
        const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0) close(fd);
        return fd >= 0;
      },
      move);
  fs::GuardedFsOptions options;
  // So that it is looked for, and made only then.
  options.remember_plain_names = false;
  const std::string in = tree_ / "in";
  const RootContext root =
      testing::MakeContext(testing::Allowing(Permission::kFsWrite, in.c_str()));
  auto made = GuardedFsParts::Create(
      MakePathMonitor(root.context, testing::AcceptUnbound()), options,
      GetParam());
  ASSERT_TRUE(made.ok());
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  intent.create = true;
  const int tries = GetParam().openat2 ? Opens() / 50 : Opens() / 2;
  const int won = Race(
      tries,
      [&](const std::string& name) { return (*made)->Open(name, intent).ok(); },
      move);
  EXPECT_EQ(won, 0);
  close(moved);
  if (control == 0) GTEST_SKIP() << "the control lost no race: proves nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Ways, LentNameTest,
    ::testing::Values(Kernel::Without{false, false},
                      Kernel::Without{true, false}),
    [](const ::testing::TestParamInfo<Kernel::Without>& way) {
      return way.param.openat2 ? "Steps" : "Openat2";
    });

// A context whose policy grants one of the two rights, and which one changes.
class PolicyRaceTest : public ::testing::Test {
 protected:
  PolicyRaceTest()
      : file_(tree_.File("in/file", "inside")),
        reading_(testing::Allowing(Permission::kFsRead, file_.c_str())),
        writing_(testing::Allowing(Permission::kFsWrite, file_.c_str())),
        root_(testing::MakeContext(reading_)),
        monitor_(MakePathMonitor(root_.context, testing::AcceptUnbound())) {
    auto made = GuardedFs::Create(monitor_, fs::GuardedFsOptions());
    EXPECT_TRUE(made.ok()) << made.status();
    if (made.ok()) fs_ = *std::move(made);
  }

  // While policies are published in turn, as many as may wait.
  template <typename Guest>
  void WhilePoliciesChange(Guest guest) {
    std::atomic<bool> done{false};
    std::thread host([&] {
      for (int i = 0; i < 500; ++i) {
        const auto& next = i % 2 == 0 ? writing_ : reading_;
        EXPECT_TRUE(root_.context->Publish(root_.authority, next).ok());
        for (int pause = 0; pause < 20; ++pause) sched_yield();
      }
      done = true;
    });
    std::vector<std::thread> guests;
    for (int i = 0; i < kGuests; ++i) {
      guests.emplace_back([&] {
        do guest();
        while (!done);
      });
    }
    for (std::thread& thread : guests) thread.join();
    host.join();
    root_.context->Quiesce();
  }

  const TempTree tree_;
  const std::string file_;
  const std::shared_ptr<const Policy> reading_, writing_;
  RootContext root_;
  const std::shared_ptr<PathMonitor> monitor_;
  std::unique_ptr<const GuardedFs> fs_;
};

TEST_F(PolicyRaceTest, Row35_OldOrNewAndNeverAMix) {
  std::atomic<int> opens{0}, granted{0}, mixed{0}, control{0};
  const auto open = [&](OpenIntent::Access access) {
    OpenIntent intent;
    intent.access = access;
    ++opens;
    return fs_->Open(file_, intent).ok();
  };
  for (int round = 0; round < 1000 && opens < Opens(); ++round) {
    WhilePoliciesChange([&] {
      if (open(OpenIntent::Access::kReadWrite)) ++mixed;
      if (open(OpenIntent::Access::kRead)) ++granted;
      if (open(OpenIntent::Access::kWrite)) ++granted;
      // Two questions are two snapshots.
      const bool may_read = monitor_->Check(Right::kRead, file_).allowed;
      sched_yield();
      if (may_read && monitor_->Check(Right::kWrite, file_).allowed) ++control;
    });
  }
  printf("row 35: %d opens, %d granted, won %d; control: won %d\n",
         opens.load(), granted.load(), mixed.load(), control.load());
  EXPECT_EQ(mixed, 0);
  EXPECT_GT(granted, 0);
  EXPECT_GT(control, 0) << "the race proves nothing";
}

// What was dropped before an open began is not opened.
TEST(DropRaceTest, Row36_DropAndOpen) {
  constexpr int kFiles = 100;
  const TempTree tree;
  for (int i = 0; i < kFiles; ++i) tree.File(absl::StrCat("in/", i), "inside");
  const std::string in = tree / "in";
  fs::GuardedFsOptions options;
  options.base_directory = in;
  std::atomic<int> opens{0}, granted{0}, won{0};
  for (int round = 0; round < 10000 && opens < Opens(); ++round) {
    const RootContext root = testing::MakeContext(
        testing::Allowing(Permission::kFsRead, in.c_str()));
    auto made = GuardedFs::Create(
        MakePathMonitor(root.context, testing::AcceptUnbound()), options);
    ASSERT_TRUE(made.ok());
    std::atomic<int> dropped{0};
    std::thread guest([&] {
      for (unsigned i = 0; dropped < kFiles; ++i) {
        const int before = dropped;
        const int file = static_cast<int>(i % kFiles);
        const bool ok = (*made)->Open(absl::StrCat(file), OpenIntent()).ok();
        ++opens;
        if (ok) ++(file < before ? won : granted);
      }
    });
    for (int i = 0; i < kFiles; ++i) {
      EXPECT_TRUE(root.context
                      ->Drop(PermissionSet(Permission::kFsRead),
                             RulePattern::Text(absl::StrCat(in, "/", i)))
                      .ok());
      for (int pause = 0; pause < 5; ++pause) sched_yield();
      dropped = i + 1;
    }
    guest.join();
  }
  printf("row 36: %d opens, %d granted, won %d\n", opens.load(), granted.load(),
         won.load());
  EXPECT_EQ(won, 0);
  EXPECT_GT(granted, 0);
}

}  // namespace
}  // namespace postern
