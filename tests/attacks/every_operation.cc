#include "tests/attacks/every_operation.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace postern {
namespace testing {
namespace {

using fs::FsResult;
using fs::FsStatus;
using fs::GuardedFs;
using fs::OpenIntent;
using fs::Operation;
using Guarded = const GuardedFs&;
using At = const fs::At&;
using Other = const Scratch&;

template <typename T>
FsStatus StatusOf(const FsResult<T>& result) {
  return result.ok() ? FsStatus() : result.status();
}

FsStatus OpenWith(Guarded g, At at, int flags) {
  OpenIntent intent;
  return OpenIntent::FromFlags(flags, 0600, &intent)
             ? StatusOf(g.Open(at, intent))
             : FsStatus::Error(EINVAL);
}

constexpr struct timespec kTimes[2] = {{1, 0}, {1, 0}};

constexpr Attempt kAttempts[] = {
    {"open for reading", Operation::kOpenRead, 0,
     [](Guarded g, At at, Other) { return OpenWith(g, at, O_RDONLY); }},
    {"open a directory", Operation::kOpenRead, 0,
     [](Guarded g, At at, Other) {
       return OpenWith(g, at, O_RDONLY | O_DIRECTORY);
     }},
    {"read a file", Operation::kOpenRead, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.ReadFile(at, 1000)); }},
    {"open for writing", Operation::kOpenWrite, 0,
     [](Guarded g, At at, Other) { return OpenWith(g, at, O_WRONLY); }},
    {"open for appending", Operation::kOpenWrite, 0,
     [](Guarded g, At at, Other) {
       return OpenWith(g, at, O_WRONLY | O_APPEND);
     }},
    {"open and truncate", Operation::kOpenWrite, 0,
     [](Guarded g, At at, Other) {
       return OpenWith(g, at, O_WRONLY | O_TRUNC);
     }},
    {"open for both", Operation::kOpenReadWrite, 0,
     [](Guarded g, At at, Other) { return OpenWith(g, at, O_RDWR); }},
    {"create", Operation::kCreate, 0,
     [](Guarded g, At at, Other) {
       return OpenWith(g, at, O_WRONLY | O_CREAT);
     }},
    {"create and truncate", Operation::kCreate, 0,
     [](Guarded g, At at, Other) {
       return OpenWith(g, at, O_WRONLY | O_CREAT | O_TRUNC);
     }},
    {"write a file", Operation::kCreate, 0,
     [](Guarded g, At at, Other) { return g.WriteFile(at, "written"); }},
    {"create for both", Operation::kCreateReadWrite, 0,
     [](Guarded g, At at, Other) { return OpenWith(g, at, O_RDWR | O_CREAT); }},
    {"open to execute", Operation::kOpenExec, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.OpenExec(at)); }},
    {"stat", Operation::kStat, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.Stat(at)); }},
    {"lstat", Operation::kLstat, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.Lstat(at)); }},
    {"access", Operation::kAccess, 0,
     [](Guarded g, At at, Other) { return g.Access(at, F_OK); }},
    {"access for writing", Operation::kAccess, 0,
     [](Guarded g, At at, Other) { return g.Access(at, R_OK | W_OK); }},
    {"list", Operation::kList, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.List(at)); }},
    {"readlink", Operation::kReadlink, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.Readlink(at)); }},
    {"watch", Operation::kWatch, 0,
     [](Guarded g, At at, Other) {
       return StatusOf(g.WatchPath(at, IN_MODIFY));
     }},
    {"read an attribute", Operation::kGetXattr, 0,
     [](Guarded g, At at, Other) {
       return StatusOf(g.GetXattr(at, "user.postern"));
     }},
    {"list attributes", Operation::kGetXattr, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.ListXattr(at)); }},
    {"change directory", Operation::kChdir, 0,
     [](Guarded g, At at, Other) { return StatusOf(g.ChangeDirectory(at)); }},
    {"make a directory", Operation::kMkdir, 0,
     [](Guarded g, At at, Other) { return g.Mkdir(at, 0700); }},
    {"make a fifo", Operation::kMknod, 0,
     [](Guarded g, At at, Other) { return g.Mknod(at, S_IFIFO | 0600, 0); }},
    {"make a link", Operation::kSymlink, 0,
     [](Guarded g, At at, Other) { return g.Symlink("file", at); }},
    {"link from", Operation::kLink, 0,
     [](Guarded g, At at, Other s) { return g.Link(at, s.free); }},
    {"link to", Operation::kLink, 1,
     [](Guarded g, At at, Other s) { return g.Link(s.file, at); }},
    {"rename from", Operation::kRename, 0,
     [](Guarded g, At at, Other s) { return g.Rename(at, s.free); }},
    {"rename to", Operation::kRename, 1,
     [](Guarded g, At at, Other s) { return g.Rename(s.file, at); }},
    {"rename from, onto nothing", Operation::kRename, 0,
     [](Guarded g, At at, Other s) { return g.RenameNoReplace(at, s.free); }},
    {"rename to, onto nothing", Operation::kRename, 1,
     [](Guarded g, At at, Other s) { return g.RenameNoReplace(s.file, at); }},
    {"exchange, first", Operation::kExchange, 0,
     [](Guarded g, At at, Other s) { return g.Exchange(at, s.file); }},
    {"exchange, second", Operation::kExchange, 1,
     [](Guarded g, At at, Other s) { return g.Exchange(s.file, at); }},
    {"unlink", Operation::kUnlink, 0,
     [](Guarded g, At at, Other) { return g.Unlink(at); }},
    {"remove a directory", Operation::kRmdir, 0,
     [](Guarded g, At at, Other) { return g.Rmdir(at); }},
    {"remove all", Operation::kRemoveAll, 0,
     [](Guarded g, At at, Other) { return g.RemoveAll(at); }},
    {"change the mode", Operation::kChmod, 0,
     [](Guarded g, At at, Other) { return g.Chmod(at, 0777); }},
    {"change the owner", Operation::kChown, 0,
     [](Guarded g, At at, Other) { return g.Chown(at, geteuid(), getegid()); }},
    {"change a link's owner", Operation::kLchown, 0,
     [](Guarded g, At at, Other) {
       return g.Lchown(at, geteuid(), getegid());
     }},
    {"change times", Operation::kSetTimes, 0,
     [](Guarded g, At at, Other) { return g.SetTimes(at, kTimes); }},
    {"change a link's times", Operation::kSetLinkTimes, 0,
     [](Guarded g, At at, Other) { return g.SetLinkTimes(at, kTimes); }},
    {"write an attribute", Operation::kSetXattr, 0,
     [](Guarded g, At at, Other) {
       return g.SetXattr(at, "user.postern", "value", 0);
     }},
    {"remove an attribute", Operation::kSetXattr, 0,
     [](Guarded g, At at, Other) { return g.RemoveXattr(at, "user.postern"); }},
    {"truncate", Operation::kTruncate, 0,
     [](Guarded g, At at, Other) { return g.Truncate(at, 1); }},
    {"copy from", Operation::kCopy, 0,
     [](Guarded g, At at, Other s) {
       return g.Copy(at, s.free, GuardedFs::Replace::kNo);
     }},
    {"copy to", Operation::kCopy, 1,
     [](Guarded g, At at, Other s) {
       return g.Copy(s.file, at, GuardedFs::Replace::kYes);
     }},
    {"make a temporary file", Operation::kCreateTemp, 0,
     [](Guarded g, At at, Other) {
       return StatusOf(g.CreateTemp(at, "temp"));
     }},
    {"make a temporary directory", Operation::kCreateTemp, 0,
     [](Guarded g, At at, Other) {
       return StatusOf(g.CreateTempDirectory(at, "temp"));
     }},
    {"bind a socket", Operation::kBindUnix, 0,
     [](Guarded g, At at, Other s) { return g.BindUnix(s.socket, at); }},
    {"connect a socket", Operation::kConnectUnix, 0,
     [](Guarded g, At at, Other s) { return g.ConnectUnix(s.socket, at); }},
};

}  // namespace

bool Attempt::follows() const {
  // What is made in a directory is made behind its links.
  if (operation == Operation::kCreateTemp) return true;
  const fs::OperationRow& row = fs::RowOf(operation);
  const fs::OperationEnd& attacked = end == 0 ? row.first : row.second;
  return attacked.primitive == fs::Primitive::kObject;
}

absl::Span<const Attempt> EveryAttempt() { return kAttempts; }

}  // namespace testing
}  // namespace postern
