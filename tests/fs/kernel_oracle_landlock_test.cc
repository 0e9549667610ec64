// Rules that only allow are what Landlock (landlock(7)) is about as well: a
// thread under the same grants must get the same answers from the kernel.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "fs/handle.h"
#include "fs/kernel.h"
#include "fs/options.h"
#include "fs/path_monitor.h"
#include "fs/status.h"
#include "gtest/gtest.h"
#include "tests/fs/kernel_oracle_cases.h"
#include "tests/fs/kernel_oracle_naive.h"
#include "tests/fs/kernel_oracle_rules.h"
#include "tests/fs/kernel_oracle_world.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace testing {
namespace {

// linux/landlock.h, which is younger than some systems; Linux 5.13.
constexpr int64_t kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr int kPathBeneath = 1;
constexpr uint64_t kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDir = 1 << 3,
                   kMakeReg = 1 << 8;
struct RulesetAttr {
  uint64_t handled_access;
};
struct __attribute__((packed)) PathBeneathAttr {
  uint64_t allowed_access;
  int32_t parent_fd;
};

bool HasLandlock() {
  constexpr unsigned kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  return syscall(kCreateRuleset, nullptr, 0, kVersion) >= 1;
}

uint64_t AccessOf(Rights rights, bool is_directory) {
  uint64_t access = 0;
  if (rights.Contains(Right::kRead)) access |= kReadFile | kReadDir;
  if (rights.Contains(Right::kWrite)) access |= kWriteFile | kMakeReg;
  return is_directory ? access : access & (kReadFile | kWriteFile);
}

// Puts this thread under the rules, for ever. False on failure.
bool Restrict(const TreeRules& rules, const std::string& root) {
  const RulesetAttr attr = {kWriteFile | kReadFile | kReadDir | kMakeReg};
  const FileDescriptor ruleset(
      static_cast<int>(syscall(kCreateRuleset, &attr, sizeof(attr), 0)));
  if (!ruleset.valid()) return false;
  for (const TreeRules::Rule& rule : rules.granted) {
    const std::string path = root + "/" + rule.name;
    const FileDescriptor fd(open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat st;
    if (!fd.valid() || fstat(fd.get(), &st) != 0) return false;
    const PathBeneathAttr beneath = {AccessOf(rule.rights, S_ISDIR(st.st_mode)),
                                     fd.get()};
    if (syscall(kAddRule, ruleset.get(), kPathBeneath, &beneath, 0) != 0) {
      return false;
    }
  }
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(kRestrictSelf, ruleset.get(), 0) == 0;
}

struct Case {
  std::string name;  // absolute
  int flags;         // of open(2)
  std::string made;  // by it; "" if nothing is
  bool granted = false;
};

// No case has more than 40 links, but a look-up that renames elsewhere disturb
// may count some of them twice.
constexpr int kTriesForLinks = 16;

int TryPlainOpen(const Case& c) {
  const FileDescriptor fd(
      open(c.name.c_str(), c.flags | O_NONBLOCK | O_CLOEXEC, 0600));
  const int error = fd.valid() ? 0 : errno;
  if (error == 0 && !c.made.empty()) unlink(c.made.c_str());
  return error;
}

// 0 or the errno. What is made is removed again.
int PlainOpen(const Case& c) {
  int error = TryPlainOpen(c);
  for (int i = 1; i < kTriesForLinks && error == ELOOP; ++i) {
    error = TryPlainOpen(c);
  }
  return error;
}

FsStatus GuardedOpen(const GuardedFs& fs, const Case& c,
                     const OpenIntent& intent) {
  FsResult<Handle> handle = fs.Open(c.name, intent);
  for (int i = 1; i < kTriesForLinks && !handle.status().denied() &&
                  handle.status().error_number == ELOOP;
       ++i) {
    handle = fs.Open(c.name, intent);
  }
  if (handle.ok() && !c.made.empty()) unlink(c.made.c_str());
  return handle.status();
}

class LandlockTest : public ::testing::Test {
 protected:
  LandlockTest() {
    for (const Kernel::Without way :
         {Kernel::Without{false, false}, Kernel::Without{true, true}}) {
      auto fs = GuardedFsParts::Create(monitor_, Options(), way);
      if (fs.ok()) ways_.push_back(*std::move(fs));
    }
  }
  static GuardedFsOptions Options() {
    GuardedFsOptions options;
    options.hard_links_writing = HardLinks::kReport;
    return options;
  }

  // Grants of what is there: directories, and files of one name only, as
  // Landlock knows files and not names. Not of links, which it follows.
  TreeRules RandomGrants() {
    TreeRules rules;
    for (size_t i = draw_.Below(4) + 1; i > 0; --i) {
      const bool file = !tree_.names().empty() && draw_.Percent(30);
      const std::string& name =
          draw_.Pick(file ? tree_.names() : tree_.directories());
      struct stat st;
      if (lstat((tree_.root() + "/" + name).c_str(), &st) != 0) continue;
      if (!S_ISDIR(st.st_mode) && (!S_ISREG(st.st_mode) || st.st_nlink != 1)) {
        continue;
      }
      const Rights both = Right::kRead | Right::kWrite;
      const Rights choices[] = {Right::kRead, Right::kWrite, both};
      rules.granted.push_back({name, choices[draw_.Below(3)]});
    }
    return rules;
  }

  // One that the kernel grants without rules: then only these differ.
  bool RandomCase(Case* c) {
    TreeName name = tree_.RandomName(&draw_);
    name.absolute = true;
    c->name = name.In(tree_.root());
    const int kinds[] = {O_RDONLY, O_WRONLY, O_WRONLY | O_CREAT | O_EXCL};
    c->flags = kinds[draw_.Below(3)];
    c->made.clear();
    if ((c->flags & O_CREAT) != 0) {
      if (draw_.Percent(70)) c->name += "n";  // what is not there yet
      const NaiveCut cut = CutNaively(c->name);
      const NaiveName parent = ResolveNaively(cut.parent, true);
      c->made = JoinNaively(parent.path, cut.entry);
      if (parent.error != 0 ||
          !PrefixMonitor::Contains(tree_.root(), c->made)) {
        return false;
      }
    }
    return PlainOpen(*c) == 0;
  }

  void AskLandlock(const TreeRules& rules, std::vector<Case>* cases) {
    std::thread thread([&] {
      const bool restricted = Restrict(rules, tree_.root());
      EXPECT_TRUE(restricted) << strerror(errno);
      for (Case& c : *cases) {
        const int error = PlainOpen(c);
        EXPECT_TRUE(error == 0 || error == EACCES) << strerrorname_np(error);
        c.granted = error == 0;
      }
    });
    thread.join();
  }

  // False at a difference.
  bool Agrees(const Case& c) {
    OpenIntent intent;
    if (!OpenIntent::FromFlags(c.flags, 0600, &intent)) return false;
    for (const auto& fs : ways_) {
      const FsStatus status = GuardedOpen(*fs, c, intent);
      if (status.ok() != c.granted || (!status.ok() && !status.denied())) {
        ADD_FAILURE() << c.name << " with flags " << c.flags << ": Landlock "
                      << (c.granted ? "grants" : "denies") << ", but got "
                      << strerrorname_np(status.error_number);
        return false;
      }
    }
    return true;
  }

  Draw draw_{5};
  TempTree files_;
  RandomTree tree_{files_.Dir("tree")};
  std::shared_ptr<OracleMonitor> monitor_ = std::make_shared<OracleMonitor>();
  std::vector<std::unique_ptr<const GuardedFs>> ways_;
};

TEST_F(LandlockTest, GrantsWhatLandlockGrants) {
  if (!HasLandlock()) GTEST_SKIP() << "no Landlock in this kernel";
  constexpr int kRounds = 4, kTries = 200;
  ASSERT_EQ(ways_.size(), 2u);
  int64_t cases = 0, granted = 0, made = 0;
  while (cases < OracleCases()) {
    ASSERT_TRUE(tree_.Rebuild(draw_.Below(1u << 30)));
    for (int round = 0; round < kRounds; ++round) {
      const TreeRules rules = RandomGrants();
      monitor_->Use(rules.In(tree_.root()));
      std::vector<Case> asked;
      Case c;
      for (int i = 0; i < kTries; ++i) {
        if (RandomCase(&c)) asked.push_back(c);
      }
      AskLandlock(rules, &asked);
      for (const Case& answered : asked) {
        ASSERT_TRUE(Agrees(answered));
        ++cases;
        granted += answered.granted;
        made += answered.granted && !answered.made.empty();
      }
    }
  }
  std::cout << cases << " cases: " << granted << " granted, " << made
            << " of them creations\n";
  EXPECT_GT(granted, cases / 5);
  EXPECT_LT(granted, cases / 5 * 4);
  EXPECT_GT(made, cases / 50);
}

}  // namespace
}  // namespace testing
}  // namespace fs
}  // namespace postern
