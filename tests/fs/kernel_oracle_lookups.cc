#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "fs/base/file_descriptor.h"
#include "fs/file_identity.h"
#include "fs/guarded_fs.h"
#include "fs/guarded_fs_parts.h"
#include "fs/handle.h"
#include "fs/kernel.h"
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

constexpr int kCasesPerTree = 250;
constexpr int kCasesPerRules = 5;
constexpr Kernel::Without kWays[] = {
    {false, false}, {true, false}, {false, true}, {true, true}};

enum class Call { kOpen, kStat, kLstat, kReadlink, kAccess, kChdir, kList };

struct Request {
  const char* name;
  Call call;
  int flags;  // of open(2) for kOpen, of access(2) for kAccess
  Rights rights;
};

constexpr Rights kBoth = Right::kRead | Right::kWrite;

constexpr Request kRequests[] = {
    {"read", Call::kOpen, O_RDONLY, Right::kRead},
    {"write", Call::kOpen, O_WRONLY, Right::kWrite},
    {"read-write", Call::kOpen, O_RDWR, kBoth},
    {"append", Call::kOpen, O_WRONLY | O_APPEND, Right::kWrite},
    {"truncate", Call::kOpen, O_WRONLY | O_TRUNC, Right::kWrite},
    {"directory", Call::kOpen, O_RDONLY | O_DIRECTORY, Right::kRead},
    {"nofollow", Call::kOpen, O_RDONLY | O_NOFOLLOW, Right::kRead},
    {"nofollow-directory", Call::kOpen, O_RDONLY | O_NOFOLLOW | O_DIRECTORY,
     Right::kRead},
    {"nofollow-write", Call::kOpen, O_WRONLY | O_NOFOLLOW, Right::kWrite},
    {"create", Call::kOpen, O_WRONLY | O_CREAT, Right::kWrite},
    {"create-read-write", Call::kOpen, O_RDWR | O_CREAT | O_TRUNC, kBoth},
    {"create-nofollow", Call::kOpen, O_WRONLY | O_CREAT | O_NOFOLLOW,
     Right::kWrite},
    {"exclusive", Call::kOpen, O_WRONLY | O_CREAT | O_EXCL, Right::kWrite},
    {"exclusive-nofollow", Call::kOpen,
     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Right::kWrite},
    {"stat", Call::kStat, 0, Right::kRead},
    {"lstat", Call::kLstat, 0, Right::kRead},
    {"readlink", Call::kReadlink, 0, Right::kRead},
    {"access-read", Call::kAccess, R_OK, Right::kRead},
    {"access-write", Call::kAccess, W_OK, kBoth},
    {"access-execute", Call::kAccess, X_OK, Right::kRead},
    {"chdir", Call::kChdir, 0, Right::kRead},
    {"list", Call::kList, 0, Right::kRead},
};
constexpr size_t kRequestCount = sizeof(kRequests) / sizeof(kRequests[0]);

// How a request ended.
struct Outcome {
  bool denied = false;
  int error = 0;
  std::string name;  // canonical, where the call gives a handle
  FileIdentity object;
  std::string text;  // of a link; access mode of a descriptor

  std::string ToString() const {
    if (error != 0) {
      return std::string(denied ? "denied with " : "") + strerrorname_np(error);
    }
    return "\"" + name + "\" inode " + std::to_string(object.inode) + " " +
           text;
  }
};

// Whether renames elsewhere on the machine decided how a look-up ended. One
// that starts over in the kernel goes on counting links where it was
// (set_nameidata() of fs/namei.c): ELOOP for 21 to 40 links. Steps back end
// with EAGAIN then (openat2(2)), after some tries. Another try may end
// otherwise.
template <typename Result>
bool IsDisturbed(const NaiveName& found, const Result& outcome) {
  return outcome.error == EAGAIN ||
         (outcome.error == ELOOP && found.links > 20 && found.error != ELOOP);
}

template <typename Function>
auto Undisturbed(const NaiveName& found, Function function) {
  constexpr int kTries = 64;
  auto outcome = function();
  for (int i = 1; i < kTries && IsDisturbed(found, outcome); ++i) {
    outcome = function();
  }
  return outcome;
}

FileIdentity IdentityOf(const struct stat& st) {
  return {st.st_dev, st.st_ino};
}

// A descriptor's object, name and kind of access.
Outcome OutcomeOf(int fd, std::string name) {
  Outcome outcome;
  struct stat st = {};
  if (fstat(fd, &st) == 0) outcome.object = IdentityOf(st);
  outcome.name = std::move(name);
  const int flags = fcntl(fd, F_GETFL);
  outcome.text = std::to_string(flags & (O_ACCMODE | O_PATH | O_APPEND));
  return outcome;
}

Outcome Failed(int error) {
  Outcome outcome;
  outcome.error = error;
  return outcome;
}

std::string ProcName(int fd) {
  char name[4096];
  const std::string link = "/proc/thread-self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), name, sizeof(name));
  return size < 0 ? "" : std::string(name, static_cast<size_t>(size));
}

// The kernel's way to do a request, without a guard.
class PlainCall {
 public:
  // `at`: a descriptor of the directory where relative names start.
  PlainCall(const Request& request, int at, const std::string& name)
      : request_(request), at_(at), name_(name) {}

  Outcome Run() const {
    switch (request_.call) {
      case Call::kOpen:
        return Open(request_.flags | O_NONBLOCK);
      case Call::kStat:
        return Stat(0);
      case Call::kLstat:
        return Stat(AT_SYMLINK_NOFOLLOW);
      case Call::kReadlink:
        return Readlink();
      case Call::kAccess:
        return Failed(
            faccessat(at_, name_.c_str(), request_.flags, AT_EACCESS) == 0
                ? 0
                : errno);
      case Call::kChdir:
        return Open(O_PATH | O_DIRECTORY);
      case Call::kList:
        return Open(O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    }
    return Failed(ENOSYS);
  }

 private:
  Outcome Open(int flags) const {
    const FileDescriptor fd(
        openat(at_, name_.c_str(), flags | O_CLOEXEC, 0644));
    if (!fd.valid()) return Failed(errno);
    return OutcomeOf(fd.get(), ProcName(fd.get()));
  }
  Outcome Stat(int flags) const {
    struct stat st;
    if (fstatat(at_, name_.c_str(), &st, flags) != 0) return Failed(errno);
    Outcome outcome;
    outcome.object = IdentityOf(st);
    return outcome;
  }
  Outcome Readlink() const {
    char text[4096];
    const ssize_t size = readlinkat(at_, name_.c_str(), text, sizeof(text));
    if (size < 0) return Failed(errno);
    Outcome outcome;
    outcome.text.assign(text, static_cast<size_t>(size));
    return outcome;
  }

  const Request& request_;
  const int at_;
  const std::string& name_;
};

Outcome FromStatus(const FsStatus& status) {
  Outcome outcome = Failed(status.error_number);
  outcome.denied = status.denied();
  return outcome;
}

Outcome FromHandle(const FsResult<Handle>& handle) {
  if (!handle.ok()) return FromStatus(handle.status());
  return OutcomeOf(handle->fd(), handle->name());
}

Outcome FromStat(const FsResult<struct stat>& st) {
  if (!st.ok()) return FromStatus(st.status());
  Outcome outcome;
  outcome.object = IdentityOf(*st);
  return outcome;
}

// What the guarded operations answer to the request.
Outcome RunGuarded(const GuardedFs& fs, const Request& request, const At& at) {
  switch (request.call) {
    case Call::kOpen: {
      OpenIntent intent;
      if (!OpenIntent::FromFlags(request.flags, 0644, &intent)) {
        return Failed(EINVAL);
      }
      return FromHandle(fs.Open(at, intent));
    }
    case Call::kStat:
      return FromStat(fs.Stat(at));
    case Call::kLstat:
      return FromStat(fs.Lstat(at));
    case Call::kReadlink: {
      const FsResult<std::string> text = fs.Readlink(at);
      if (!text.ok()) return FromStatus(text.status());
      Outcome outcome;
      outcome.text = *text;
      return outcome;
    }
    case Call::kAccess:
      return FromStatus(fs.Access(at, request.flags));
    case Call::kChdir:
      return FromHandle(fs.ChangeDirectory(at));
    case Call::kList: {
      const FsResult<DirectoryReader> reader = fs.List(at);
      if (!reader.ok()) return FromStatus(reader.status());
      return OutcomeOf(reader->directory().fd(), reader->directory().name());
    }
  }
  return Failed(ENOSYS);
}

// What is to be compared with, and how it came about.
struct Expectation {
  Outcome outcome;
  std::string decided;  // the name that the rules are asked about
  std::string created;  // to be removed again; "" if nothing comes into being
  NaiveName found;
  std::string error;  // the oracle itself is at fault
};

class Lookups {
 public:
  explicit Lookups(uint64_t seed)
      : draw_(seed), tree_(files_.Dir("tree")), start_(OpenPath(tree_.root())) {
    for (const bool any_kind : {false, true}) {
      for (const Kernel::Without& way : kWays) {
        GuardedFsOptions options;
        options.base_directory = tree_.root();
        options.hard_links_writing = HardLinks::kReport;
        if (any_kind) options.kinds = Kinds::Any();
        auto fs = GuardedFsParts::Create(monitor_, options, way);
        if (fs.ok()) ways_.push_back(*std::move(fs));
      }
    }
  }

  OracleReport Run(int64_t cases) {
    if (ways_.size() != 8) report_.difference = "set-up failed";
    for (int64_t i = 0; i < cases && report_.difference.empty(); ++i) {
      if (i % kCasesPerTree == 0) NextTree();
      if (i % kCasesPerRules == 0) NextRules();
      Compare();
    }
    if (report_.difference.empty()) CheckUnchanged();
    return report_;
  }

 private:
  static FileDescriptor OpenPath(const std::string& name) {
    return FileDescriptor(open(name.c_str(), O_PATH | O_CLOEXEC));
  }

  void NextTree() {
    if (!before_.empty()) CheckUnchanged();
    bases_.clear();
    if (!tree_.Rebuild(draw_.Below(1u << 30))) Report("cannot make a tree");
    before_ = tree_.Describe();
    monitor_->Use(AllRights().In(tree_.root()));
    base_name_ = tree_.root() + "/" + draw_.Pick(tree_.directories());
    if (base_name_.back() == '/') base_name_.pop_back();
    for (const auto& fs : ways_) {
      FsResult<Handle> base = fs->ChangeDirectory(base_name_);
      if (!base.ok()) return Report("cannot open the base " + base_name_);
      bases_.push_back(std::move(*base));
    }
    base_ = OpenPath(base_name_);
  }

  void NextRules() {
    rules_ = RandomRules(tree_, &draw_).In(tree_.root());
    monitor_->Use(std::make_unique<PrefixMonitor>(*rules_));
  }

  void CheckUnchanged() {
    if (tree_.Describe() != before_) Report("a look-up changed the tree");
  }

  void Report(const std::string& what) {
    if (report_.difference.empty()) report_.difference = what;
  }

  void Compare() {
    const Request& request = kRequests[draw_.Below(kRequestCount)];
    const std::string name = tree_.RandomName(&draw_).In(tree_.root());
    const bool based = draw_.Percent(30);
    const Expectation expected = Expect(request, name, based);
    if (!expected.error.empty()) {
      return Report("the oracle errs: " + name + ": " + expected.error);
    }
    const size_t first = draw_.Percent(50) ? 4 : 0;
    for (size_t i = first; i < first + 4; ++i) {
      const At at(name, based ? &bases_[i] : nullptr);
      const Outcome got = Undisturbed(
          expected.found, [&] { return RunGuarded(*ways_[i], request, at); });
      if (!expected.created.empty() && got.error == 0) {
        unlink(expected.created.c_str());
      }
      if (!Agree(got, expected) || !monitor_->abnormal_name().empty()) {
        return Report(Describe(request, name, based, i, expected) +
                      " but got " + got.ToString() + " " +
                      monitor_->abnormal_name() + "\nin the tree\n" + before_);
      }
    }
    Count(name, expected);
  }

  static bool Agree(const Outcome& got, const Expectation& expected) {
    const Outcome& want = expected.outcome;
    if (got.denied != want.denied || got.error != want.error) return false;
    if (got.error != 0) return true;
    return got.name == want.name && got.text == want.text &&
           (got.object == want.object || !expected.created.empty());
  }

  std::string Describe(const Request& request, const std::string& name,
                       bool based, size_t way,
                       const Expectation& expected) const {
    return std::string(request.name) + " of \"" + name + "\" from " +
           (based ? base_name_ : tree_.root()) + " by way " +
           std::to_string(way) + ", decided as \"" + expected.decided +
           "\": expected " + expected.outcome.ToString();
  }

  Expectation Expect(const Request& request, const std::string& name,
                     bool based) {
    const std::string start = based ? base_name_ : tree_.root();
    const std::string absolute = name[0] == '/' ? name : start + "/" + name;
    const bool is_open = request.call == Call::kOpen;
    const bool nofollow =
        request.call == Call::kLstat || request.call == Call::kReadlink ||
        (is_open && (request.flags & (O_NOFOLLOW | O_EXCL)) != 0);
    const int at = based ? base_.get() : start_.get();
    const NaiveName found = ResolveNaively(absolute, !nofollow);
    Expectation expected;
    expected.decided = found.path;
    expected.found = found;
    expected.error = CheckNaive(found, at, name, nofollow);
    if (is_open && (request.flags & O_CREAT) != 0 &&
        (found.error == ENOENT || absolute.back() == '/')) {
      ExpectCreated(request, at, name, absolute, &expected);
    } else {
      expected.outcome = Undisturbed(
          found, [&] { return PlainCall(request, at, name).Run(); });
      // A link's text that ends in a slash is EISDIR for the kernel if it might
      // create; the library has looked up what is behind it and says that.
      if (is_open && (request.flags & O_CREAT) != 0 && found.links > 0 &&
          found.error != 0 && expected.outcome.error == EISDIR) {
        expected.outcome.error = found.error;
      }
    }
    Verdict verdict = rules_->Check(request.rights, expected.decided);
    for (const std::string& link : found.passed) {
      if (verdict.allowed) verdict = rules_->CheckLink(request.rights, link);
    }
    if (!verdict.allowed) {
      expected.outcome = Failed(verdict.concealed ? ENOENT : EACCES);
      expected.outcome.denied = true;
    }
    return expected;
  }

  // The naive names are the kernel's.
  static std::string CheckNaive(const NaiveName& found, int at,
                                const std::string& name, bool nofollow) {
    const int flags = O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0);
    const Opened opened = Undisturbed(found, [&] {
      FileDescriptor fd(openat(at, name.c_str(), flags));
      const int error = fd.valid() ? 0 : errno;
      return Opened{std::move(fd), error};
    });
    const FileDescriptor& fd = opened.fd;
    if (opened.error != found.error) return strerrorname_np(opened.error);
    const std::string canonical = fd.valid() ? ProcName(fd.get()) : found.path;
    return canonical == found.path ? "" : canonical + " is not " + found.path;
  }

  // Creation in a directory: of what has no name there yet. Unlike the kernel,
  // never through a link to nothing, which is decided as the link and as what
  // it leads to. Slashes at the end are an error whatever the last component
  // is.
  void ExpectCreated(const Request& request, int at, const std::string& name,
                     const std::string& absolute, Expectation* expected) {
    const NaiveCut cut = CutNaively(absolute);
    const NaiveName parent = ResolveNaively(cut.parent, true);
    const bool is_dots = cut.entry == "." || cut.entry == "..";
    if (parent.error == 0 && !is_dots) {
      expected->decided = JoinNaively(parent.path, cut.entry);
    }
    struct stat st;
    const bool is_entry = parent.error == 0 && !cut.slashes && !is_dots;
    const bool is_link = is_entry && lstat(expected->decided.c_str(), &st) == 0;
    const bool follows = (request.flags & (O_NOFOLLOW | O_EXCL)) == 0;
    const bool inside =
        PrefixMonitor::Contains(tree_.root(), expected->decided);
    if ((is_link && follows) || (is_entry && !inside)) {
      if (rules_->Check(request.rights, expected->decided).allowed) {
        expected->decided = expected->found.path;
      }
      expected->outcome = Failed(ELOOP);
      return;
    }
    expected->outcome = PlainCall(request, at, name).Run();
    if (expected->outcome.error == 0) {
      expected->created = expected->decided;
      unlink(expected->created.c_str());
    }
  }

  void Count(const std::string& name, const Expectation& expected) {
    OracleTally& tally = report_.tally;
    const Outcome& outcome = expected.outcome;
    ++tally.cases;
    tally.granted += outcome.error == 0;
    tally.denied += outcome.denied;
    tally.linked += expected.found.links > 0;
    tally.stepped += name.find("..") != name.npos;
    tally.looped += !outcome.denied && outcome.error == ELOOP;
    tally.missing += !outcome.denied && outcome.error == ENOENT;
    tally.not_directory += !outcome.denied && outcome.error == ENOTDIR;
    tally.created += outcome.error == 0 && !expected.created.empty();
  }

  Draw draw_;
  TempTree files_;
  RandomTree tree_;
  const FileDescriptor start_;
  std::shared_ptr<OracleMonitor> monitor_ = std::make_shared<OracleMonitor>();
  std::unique_ptr<PrefixMonitor> rules_;
  // The four ways with the usual kinds of files, then with any kind.
  std::vector<std::unique_ptr<const GuardedFs>> ways_;
  std::vector<Handle> bases_;  // one for each way
  std::string base_name_;
  FileDescriptor base_;
  std::string before_;  // the tree as it was made
  OracleReport report_;
};

}  // namespace

OracleReport CompareLookups(uint64_t seed, int64_t cases) {
  return Lookups(seed).Run(cases);
}

}  // namespace testing
}  // namespace fs
}  // namespace postern
