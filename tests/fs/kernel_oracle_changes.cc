#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "fs/kernel.h"
#include "fs/operation.h"
#include "fs/options.h"
#include "fs/path_monitor.h"
#include "fs/status.h"
#include "tests/fs/kernel_oracle.h"
#include "tests/fs/kernel_oracle_naive.h"
#include "tests/fs/kernel_oracle_rules.h"
#include "tests/fs/kernel_oracle_world.h"
#include "tests/fs/prefix_monitor.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace fs {
namespace testing {
namespace {

constexpr int kCasesPerTree = 60;
constexpr int kCasesPerRules = 5;
constexpr Kernel::Without kWays[] = {
    {false, false}, {true, false}, {false, true}, {true, true}};

constexpr Operation kOperations[] = {
    Operation::kMkdir,   Operation::kMknod,    Operation::kSymlink,
    Operation::kLink,    Operation::kRename,   Operation::kExchange,
    Operation::kUnlink,  Operation::kUnlink,   Operation::kRmdir,
    Operation::kRename,  Operation::kTruncate, Operation::kChmod,
    Operation::kSetXattr};
constexpr size_t kOperationCount = sizeof(kOperations) / sizeof(kOperations[0]);

// One case, the same in each tree.
struct Change {
  Operation operation;
  TreeName first, second;  // second: of operations with two names
  bool no_replace;         // of a rename
  mode_t mode;             // of mkdir, mknod, chmod
  const char* attribute;   // of set-xattr; with no_replace it is removed
  // Refused for what is asked, whatever the name.
  bool is_privileged() const {
    switch (operation) {
      case Operation::kMkdir:
      case Operation::kMknod:
      case Operation::kChmod:
        return (mode & (S_ISUID | S_ISGID)) != 0;
      case Operation::kSetXattr:
        return true;
      default:
        return false;
    }
  }
  bool has_two() const {
    return operation == Operation::kLink || operation == Operation::kRename ||
           operation == Operation::kExchange;
  }
};

int64_t RunPlain(const Change& change, int at, const std::string& root) {
  const std::string first = change.first.In(root);
  const std::string second = change.second.In(root);
  const auto rename = [&](unsigned flags) {
    return syscall(SYS_renameat2, at, first.c_str(), at, second.c_str(), flags);
  };
  switch (change.operation) {
    case Operation::kMkdir:
      return mkdirat(at, first.c_str(), change.mode);
    case Operation::kMknod:
      return mknodat(at, first.c_str(), S_IFREG | change.mode, 0);
    case Operation::kSymlink:
      return symlinkat(second.c_str(), at, first.c_str());
    case Operation::kLink:
      return linkat(at, first.c_str(), at, second.c_str(), 0);
    case Operation::kRename:
      return rename(change.no_replace ? RENAME_NOREPLACE : 0);
    case Operation::kExchange:
      return rename(RENAME_EXCHANGE);
    case Operation::kUnlink:
      return unlinkat(at, first.c_str(), 0);
    case Operation::kRmdir:
      return unlinkat(at, first.c_str(), AT_REMOVEDIR);
    case Operation::kTruncate: {
      const int fd = openat(at, first.c_str(), O_WRONLY | O_CLOEXEC);
      if (fd < 0) return fd;
      const int result = ftruncate(fd, 7);
      close(fd);
      return result;
    }
    case Operation::kChmod:
      return fchmodat(at, first.c_str(), change.mode, 0);
    default:
      errno = ENOSYS;
      return -1;
  }
}

FsStatus RunGuarded(const Change& change, const GuardedFs& fs,
                    const std::string& root) {
  const std::string first = change.first.In(root);
  const std::string second = change.second.In(root);
  switch (change.operation) {
    case Operation::kMkdir:
      return fs.Mkdir(first, change.mode);
    case Operation::kMknod:
      return fs.Mknod(first, S_IFREG | change.mode, 0);
    case Operation::kSymlink:
      return fs.Symlink(second, first);
    case Operation::kLink:
      return fs.Link(first, second);
    case Operation::kRename:
      return change.no_replace ? fs.RenameNoReplace(first, second)
                               : fs.Rename(first, second);
    case Operation::kExchange:
      return fs.Exchange(first, second);
    case Operation::kUnlink:
      return fs.Unlink(first);
    case Operation::kRmdir:
      return fs.Rmdir(first);
    case Operation::kTruncate:
      return fs.Truncate(first, 7);
    case Operation::kChmod:
      return fs.Chmod(first, change.mode);
    case Operation::kSetXattr:
      return change.no_replace ? fs.RemoveXattr(first, change.attribute)
                               : fs.SetXattr(first, change.attribute, "v", 0);
    default:
      return FsStatus::Error(ENOSYS);
  }
}

// A look-up that renames elsewhere disturb may count links twice, or end with
// EAGAIN at a step back, which another try does not. One that ends so has
// changed nothing.
template <typename Function, typename IsLoop>
auto Undisturbed(Function function, IsLoop is_loop) {
  constexpr int kTries = 16;
  auto result = function();
  for (int i = 1; i < kTries && is_loop(result); ++i) result = function();
  return result;
}

// The name that is decided: of the entry, or of what the name leads to.
struct DecidedName {
  std::string path;
  int error;                        // of the look-up that leads there
  std::vector<std::string> passed;  // links on the way
};

DecidedName Decided(Operation operation, const TreeName& name,
                    const std::string& root) {
  const std::string absolute =
      name.absolute ? name.In(root) : root + "/" + name.rest;
  if (RowOf(operation).first.primitive != Primitive::kEntry) {
    const NaiveName found = ResolveNaively(absolute, true);
    return {found.path, found.error, found.passed};
  }
  const NaiveCut cut = CutNaively(absolute);
  const NaiveName parent = ResolveNaively(cut.parent, true);
  // What is not there has no parent either.
  const bool nowhere = parent.error != 0 && cut.entry == "..";
  return {nowhere ? parent.path : JoinNaively(parent.path, cut.entry),
          parent.error, parent.passed};
}

// The verdict of a change, by the rules alone.
struct Judgement {
  bool denied = false;
  int error = 0;
};

class Changes {
 public:
  explicit Changes(uint64_t seed) : draw_(seed) {
    Add("plain000");
    for (size_t i = 0; i < 4; ++i) {
      Add("guarded" + std::to_string(i));  // as long as each other
      GuardedFsOptions options;
      options.base_directory = trees_.back()->root();
      options.hard_links_writing = HardLinks::kReport;
      monitors_.push_back(std::make_shared<OracleMonitor>());
      auto fs = GuardedFsParts::Create(monitors_[i], options, kWays[i]);
      if (fs.ok()) ways_.push_back(*std::move(fs));
    }
  }
  ~Changes() {
    if (start_ >= 0) close(start_);
  }

  OracleReport Run(int64_t cases) {
    if (ways_.size() != 4) report_.difference = "set-up failed";
    for (int64_t i = 0; i < cases && report_.difference.empty(); ++i) {
      if (i % kCasesPerTree == 0) NextTrees();
      if (i % kCasesPerRules == 0) NextRules();
      Compare();
    }
    return report_;
  }

 private:
  void Add(const std::string& name) {
    trees_.push_back(std::make_unique<RandomTree>(files_.Dir(name)));
  }
  const RandomTree& plain() const { return *trees_[0]; }

  bool TreesAgree() const {
    const std::string wanted = plain().Describe();
    for (const auto& tree : trees_) {
      if (tree->Describe() != wanted) return false;
    }
    return true;
  }

  void NextTrees() {
    if (start_ >= 0 && !TreesAgree()) {
      report_.difference = "something was changed that was refused";
    }
    const uint64_t seed = draw_.Below(1u << 30);
    for (const auto& tree : trees_) {
      if (!tree->Rebuild(seed)) report_.difference = "cannot make a tree";
    }
    if (start_ >= 0) close(start_);
    start_ = open(plain().root().c_str(), O_PATH | O_CLOEXEC);
  }

  void NextRules() {
    const TreeRules rules =
        draw_.Percent(60) ? AllRights() : RandomRules(plain(), &draw_);
    rules_ = rules.In(plain().root());
    for (size_t i = 0; i < 4; ++i) {
      monitors_[i]->Use(rules.In(trees_[i + 1]->root()));
    }
  }

  Change RandomChange() {
    Change change;
    change.operation = kOperations[draw_.Below(kOperationCount)];
    change.first = plain().RandomName(&draw_);
    change.second = plain().RandomName(&draw_);
    change.no_replace = draw_.Percent(30);
    constexpr mode_t kModes[] = {0755, 0711, 0700, 01777, 02755, 04711, 06700};
    change.mode = kModes[draw_.Below(sizeof(kModes) / sizeof(kModes[0]))];
    constexpr const char* kAttributes[] = {"security.a", "trusted.a",
                                           "system.posix_acl_access"};
    change.attribute =
        kAttributes[draw_.Below(sizeof(kAttributes) / sizeof(kAttributes[0]))];
    return change;
  }

  void Compare() {
    const Change change = RandomChange();
    const std::string& root = plain().root();
    const DecidedName first = Decided(change.operation, change.first, root);
    Judgement expected = Judge(change, first);
    if (!expected.denied) {
      const int plain = Undisturbed(
          [&] { return RunPlain(change, start_, root) == 0 ? 0 : errno; },
          [](int error) { return error == ELOOP; });
      // Where something is wrong with both names either may be told.
      const bool either = change.has_two() && expected.error != 0 && plain != 0;
      if (!either) expected.error = plain;
    }
    for (size_t i = 0; i < 4; ++i) {
      const std::string& own_root = trees_[i + 1]->root();
      const FsStatus got = Undisturbed(
          [&] { return RunGuarded(change, *ways_[i], own_root); },
          [](const FsStatus& status) {
            return status.error_number == EAGAIN ||
                   (status.error_number == ELOOP && !status.denied());
          });
      const bool agree = got.denied() == expected.denied &&
                         got.error_number == expected.error &&
                         monitors_[i]->abnormal_name().empty();
      if (!agree) return Report(change, i, expected, got);
    }
    if (expected.error == 0 && !TreesAgree()) {
      Report(change, 0, expected, FsStatus());
    }
    Count(change, first, expected);
  }

  // The rules on the names, then what the library judges before the kernel: an
  // object that is to be moved must be there, and may gain no right.
  Judgement Judge(const Change& change, const DecidedName& first) const {
    if (change.is_privileged()) return {true, EPERM};
    const std::string& root = plain().root();
    Judgement judged = JudgeEnd(first);
    if (judged.error != 0 || !change.has_two()) return judged;
    const DecidedName second = Decided(change.operation, change.second, root);
    judged = JudgeEnd(second);
    if (judged.error != 0) return judged;
    // link(2) follows a link that has a slash behind it, so that what it leads
    // to is decided as well.
    if (change.operation == Operation::kLink &&
        change.first.rest.back() == '/') {
      const NaiveName object =
          ResolveNaively(change.first.absolute ? change.first.In(root)
                                               : root + "/" + change.first.rest,
                         true);
      judged = JudgeEnd({object.path, object.error, object.passed});
      if (judged.error != 0) return judged;
    }
    judged = JudgeMove(change.operation, first, second);
    if (judged.error != 0 || change.operation != Operation::kExchange) {
      return judged;
    }
    return JudgeMove(change.operation, second, first);
  }

  Judgement JudgeEnd(const DecidedName& name) const {
    Verdict verdict = rules_->Check(Right::kWrite, name.path);
    for (const std::string& link : name.passed) {
      if (verdict.allowed) verdict = rules_->CheckLink(Right::kWrite, link);
    }
    if (!verdict.allowed) return {true, verdict.concealed ? ENOENT : EACCES};
    return {false, name.error};
  }

  Judgement JudgeMove(Operation operation, const DecidedName& from,
                      const DecidedName& to) const {
    struct stat st;
    if (lstat(from.path.c_str(), &st) != 0) return {false, errno};
    // The kernel links no directories.
    const bool moves_directory =
        S_ISDIR(st.st_mode) && operation != Operation::kLink;
    const Verdict verdict =
        rules_->CheckMove(from.path, to.path, moves_directory);
    if (!verdict.allowed) return {true, verdict.concealed ? ENOENT : EXDEV};
    return {};
  }

  void Report(const Change& change, size_t way, const Judgement& expected,
              const FsStatus& got) {
    const auto error = [](int number) {
      return std::string(number == 0 ? "success" : strerrorname_np(number));
    };
    const std::string& root = trees_[way + 1]->root();
    report_.difference =
        std::string(RowOf(change.operation).name) + " of \"" +
        change.first.In(root) + "\" and \"" + change.second.In(root) +
        "\" by way " + std::to_string(way) + ": expected " +
        (expected.denied ? "denied with " : "") + error(expected.error) +
        " but got " + (got.denied() ? "denied with " : "") +
        error(got.error_number) + " " + monitors_[way]->abnormal_name() +
        "\nafter the plain call:\n" + plain().Describe() +
        "after the guarded one:\n" + trees_[way + 1]->Describe();
  }

  void Count(const Change& change, const DecidedName& first,
             const Judgement& outcome) {
    OracleTally& tally = report_.tally;
    ++tally.cases;
    tally.granted += outcome.error == 0;
    tally.denied += outcome.denied;
    tally.linked += !first.passed.empty();
    tally.stepped += change.first.rest.find("..") != std::string::npos;
    tally.looped += !outcome.denied && outcome.error == ELOOP;
    tally.missing += !outcome.denied && outcome.error == ENOENT;
    tally.not_directory += !outcome.denied && outcome.error == ENOTDIR;
    tally.created += outcome.error == 0;
  }

  Draw draw_;
  TempTree files_;
  // The first for plain calls, the others for one way each.
  std::vector<std::unique_ptr<RandomTree>> trees_;
  int start_ = -1;  // descriptor of the first tree's root
  std::vector<std::shared_ptr<OracleMonitor>> monitors_;
  std::vector<std::unique_ptr<const GuardedFs>> ways_;
  std::unique_ptr<PrefixMonitor> rules_;  // in the first tree
  OracleReport report_;
};

}  // namespace

OracleReport CompareChanges(uint64_t seed, int64_t cases) {
  return Changes(seed).Run(cases);
}

}  // namespace testing
}  // namespace fs
}  // namespace postern
