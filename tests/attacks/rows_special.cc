// Attack rows 43 to 50, 52 and 53, "Special objects", against real ones.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "fs/guarded_fs_parts.h"
#include "gtest/gtest.h"
#include "tests/attacks/child.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

using fs::OpenIntent;

bool HasProc() { return access("/proc/self/root", F_OK) == 0; }

// A child that does nothing, or `work`; ended with this object.
class Bystander {
 public:
  template <typename Work>
  explicit Bystander(Work work) : pid_(fork()) {
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      work();
      _exit(0);
    }
  }
  ~Bystander() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;

  pid_t pid() const { return pid_; }
  bool ended() const {
    siginfo_t info = {};
    return waitid(P_PID, static_cast<id_t>(pid_), &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }

 private:
  const pid_t pid_;
};

// The links of a procfs lead to objects, not to names: no policy, however
// generous, makes them a way.
void ExpectNoWayThrough(Stage* stage, const std::string& proc) {
  const std::string tree = stage->tree.root();
  for (const std::string& name :
       {proc + "/self/root" + tree + "/out/file",
        proc + "/self/root" + tree + "/in/file",
        proc + "/thread-self/root" + tree + "/in/secret/key",
        proc + "/self/cwd/file", proc + "/self/exe", proc + "/self/fd/0",
        proc + "/self/task/../root" + tree + "/out/file",
        absl::StrCat(proc, "/", getpid(), "/root", tree, "/out/file"),
        absl::StrCat(proc, "/", getpid(), "/cwd/x")}) {
    SCOPED_TRACE(name);
    stage->Remember();
    EXPECT_NE(stage->Read(name), "outside");
    EXPECT_FALSE(stage->fs().Open(name, OpenIntent()).ok());
    EXPECT_FALSE(stage->fs().Stat(name).ok());
    EXPECT_FALSE(stage->fs().WriteFile(name, "x").ok());
    EXPECT_FALSE(stage->fs().ChangeDirectory(name).ok());
    EXPECT_FALSE(stage->fs().OpenExec(name).ok());
    stage->ExpectNothingChanged();
  }
}

void LinksOfProcfs(Stage* stage) {
  if (!HasProc()) return stage->Skip("nothing at /proc to attack through");
  stage->tree.Symlink("/proc/self/root", "in/root");
  stage->Start();
  stage->ExpectDenied("/proc/self/root" + stage->tree.root() + "/in/file");
  stage->ExpectDenied("/proc/self/root" + stage->tree.root() + "/out/file");
  stage->ExpectDenied("root" + stage->tree.root() + "/in/file");
  ExpectNoWayThrough(stage, "/proc");
  stage->Allow("/proc");
  stage->Start();
  ExpectNoWayThrough(stage, "/proc");
  stage->Allow("/");
  stage->Start();
  ExpectNoWayThrough(stage, "/proc");
}

void DescriptorsByName(Stage* stage) {
  if (!HasProc()) return stage->Skip("nothing at /proc to attack through");
  const int denied = open((stage->tree / "out/file").c_str(), O_RDWR);
  const int directory = open((stage->tree / "out").c_str(), O_RDONLY);
  ASSERT_GE(denied, 0);
  dup2(denied, STDIN_FILENO);
  for (const char* grant : {"/dev", "/proc", "/"}) {
    for (const std::string& name :
         {absl::StrCat("/dev/fd/", denied), std::string("/dev/stdin"),
          absl::StrCat("/proc/self/fd/", denied),
          absl::StrCat("/proc/self/fd/", directory, "/file"),
          absl::StrCat("/dev/fd/", directory, "/file"),
          absl::StrCat("/proc/thread-self/fd/", denied)}) {
      SCOPED_TRACE(name);
      stage->Start();
      stage->Remember();
      EXPECT_FALSE(stage->fs().Open(name, OpenIntent()).ok());
      EXPECT_FALSE(stage->fs().WriteFile(name, "x").ok());
      EXPECT_FALSE(stage->fs().Stat(name).ok());
      EXPECT_FALSE(stage->fs().Truncate(name, 0).ok());
      EXPECT_FALSE(stage->fs().Chmod(name, 0777).ok());
      stage->ExpectNothingChanged();
    }
    stage->Allow(grant);
  }
}

void RootOfAnother(Stage* stage) {
  if (!HasProc()) return stage->Skip("nothing at /proc to attack through");
  const Bystander other([] { pause(); });
  const std::string proc = absl::StrCat("/proc/", other.pid());
  stage->Start();
  stage->ExpectDenied(proc + "/root" + stage->tree.root() + "/in/file");
  stage->Allow("/");
  stage->Deny("out");
  stage->Start();
  for (const char* link : {"/root", "/cwd/../../../../../.."}) {
    stage->Remember();
    const std::string name = proc + link + stage->tree.root() + "/out/file";
    EXPECT_FALSE(stage->fs().Open(name, OpenIntent()).ok());
    EXPECT_FALSE(stage->fs().WriteFile(name, "x").ok());
    EXPECT_FALSE(stage->fs().Stat(name).ok());
    stage->ExpectNothingChanged();
  }
}

bool OpensForWriting(Stage* stage, const std::string& name) {
  OpenIntent intent;
  intent.access = OpenIntent::Access::kWrite;
  return stage->fs().Open(name, intent).ok();
}

void ExpectNoWriting(Stage* stage, const std::string& proc) {
  for (const std::string& name :
       {proc + "/self/mem", absl::StrCat(proc, "/", getpid(), "/mem"),
        proc + "/self/oom_score_adj", proc + "/thread-self/comm",
        proc + "/self/../self/comm", proc + "/sys/kernel/core_pattern"}) {
    EXPECT_FALSE(OpensForWriting(stage, name)) << name;
    EXPECT_FALSE(stage->fs().WriteFile(name, "0").ok()) << name;
    EXPECT_FALSE(stage->fs().Truncate(name, 0).ok()) << name;
  }
}

void WritingToProcfs(Stage* stage) {
  if (!HasProc()) return stage->Skip("nothing at /proc to attack through");
  stage->Start();
  ExpectNoWriting(stage, "/proc");
  stage->Allow("/");
  stage->Start();
  ExpectNoWriting(stage, "/proc");
  // Who names it means it.
  stage->Allow("/proc");
  stage->Start();
  EXPECT_TRUE(OpensForWriting(stage, "/proc/self/oom_score_adj"));
}

void ProcfsElsewhere(Stage* stage) {
  stage->tree.Dir("in/p");
  const std::string place = stage->tree / "in/p";
  std::string error = EnterMountNamespace();
  if (error.empty()) error = Mount("proc", place, "proc", 0);
  if (!error.empty()) return stage->Skip(error);
  stage->Start();
  ExpectNoWriting(stage, place);
  ExpectNoWayThrough(stage, place);
  stage->Allow("/");
  stage->Start();
  ExpectNoWriting(stage, place);
  ExpectNoWayThrough(stage, place);
}

// Whoever waits at a fifo goes on waiting.
void Fifo(Stage* stage) {
  const std::string fifo = stage->tree / "in/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  stage->tree.Symlink("fifo", "in/link");
  stage->Start();
  for (const int waiting : {O_WRONLY, O_RDONLY}) {
    const Bystander other([&] { open(fifo.c_str(), waiting); });
    usleep(50000);  // in open(2) by now, most likely
    for (const char* name : {"fifo", "link", "sub/../fifo"}) {
      for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_CREAT,
                              O_WRONLY | O_TRUNC}) {
        OpenIntent intent;
        ASSERT_TRUE(OpenIntent::FromFlags(flags, 0600, &intent));
        const fs::FsStatus status = stage->fs().Open(name, intent).status();
        EXPECT_EQ(status.refusal, fs::Refusal::kKind) << name << " " << flags;
        EXPECT_EQ(status.error_number, EACCES);
      }
      EXPECT_FALSE(stage->fs().Truncate(name, 0).ok());
      EXPECT_FALSE(stage->fs().OpenExec(name).ok());
      EXPECT_FALSE(
          stage->fs().Copy(name, "free", fs::GuardedFs::Replace::kNo).ok());
    }
    usleep(10000);
    // Where there can be no devices, files are opened without a glance, and a
    // writer that waits for its first reader finds one.
    if (stage->way() == Way::kNodev && waiting == O_WRONLY) continue;
    EXPECT_FALSE(other.ended()) << "woken, who waits to open with " << waiting;
  }
  stage->options.kinds = fs::Kinds::RegularAndDirectory().And(S_IFIFO);
  stage->Start();
  EXPECT_TRUE(stage->fs().Open("fifo", OpenIntent()).ok()) << "no blocking";
  EXPECT_FALSE(OpensForWriting(stage, "fifo")) << "ENXIO: nobody reads";
}

int CountTerminals() {
  int count = 0;
  for (int i = 0; i < 4096; ++i) {
    if (access(absl::StrCat("/dev/pts/", i).c_str(), F_OK) == 0) ++count;
  }
  return count;
}

void Devices(Stage* stage) {
  if (!CanMakeDevices()) return stage->Skip("device nodes cannot be made");
  // No driver has this number: to open it would be ENXIO.
  const dev_t nobody = makedev(511, 77);
  ASSERT_EQ(mknod((stage->tree / "in/char").c_str(), S_IFCHR | 0600, nobody),
            0);
  ASSERT_EQ(mknod((stage->tree / "in/block").c_str(), S_IFBLK | 0600, nobody),
            0);
  stage->tree.Symlink("char", "in/link");
  stage->Allow("/dev");
  stage->Start();
  const int terminals = CountTerminals();
  for (const char* name : {"char", "block", "link", "sub/../char", "/dev/ptmx",
                           "/dev/pts/ptmx", "/dev/null"}) {
    if (access((name[0] == '/' ? name : stage->tree / "in/" + name).c_str(),
               F_OK) != 0) {
      continue;
    }
    SCOPED_TRACE(name);
    for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_CREAT}) {
      OpenIntent intent;
      ASSERT_TRUE(OpenIntent::FromFlags(flags, 0600, &intent));
      EXPECT_EQ(stage->fs().Open(name, intent).status().error_number, EACCES);
    }
    EXPECT_EQ(stage->fs().Truncate(name, 0).error_number, EACCES);
    EXPECT_EQ(stage->fs().OpenExec(name).status().error_number, EACCES);
  }
  EXPECT_EQ(CountTerminals(), terminals);
  EXPECT_FALSE(stage->fs().Mknod("made", S_IFCHR | 0600, nobody).ok());
  EXPECT_FALSE(stage->tree.Exists("in/made"));
  stage->options.kinds = fs::Kinds::Any();
  stage->Start();
  const int opened =
      stage->fs().Open("char", OpenIntent()).status().error_number;
  EXPECT_EQ(opened, stage->way() == Way::kNodev ? EACCES : ENXIO)
      << "what the refusals above kept from happening";
}

void Sockets(Stage* stage) {
  for (const char* name : {"in/socket", "out/socket"}) {
    struct sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    ASSERT_EQ(chdir(stage->tree.root().c_str()), 0);
    strncpy(address.sun_path, name, sizeof(address.sun_path) - 1);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ASSERT_EQ(bind(listener, reinterpret_cast<struct sockaddr*>(&address),
                   sizeof(address)),
              0);
    ASSERT_EQ(listen(listener, 5), 0);
    if (name[0] == 'o') dup2(listener, 100);
  }
  stage->tree.Symlink("../out/socket", "in/link");
  stage->Start();
  stage->Remember();
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_CREAT}) {
    OpenIntent intent;
    ASSERT_TRUE(OpenIntent::FromFlags(flags, 0600, &intent));
    EXPECT_FALSE(stage->fs().Open("socket", intent).ok());
  }
  EXPECT_FALSE(stage->fs().OpenExec("socket").ok());
  stage->ExpectNothingChanged();
  stage->ExpectTargetDenied("link");
  stage->ExpectDenied("../out/socket");
  EXPECT_LT(accept(100, nullptr, nullptr), 0) << "nobody came through";
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fs::GuardedFsParts::KernelOf(stage->fs()).has_procfs()) {
    const fs::FsStatus status = stage->fs().ConnectUnix(client, "socket");
    EXPECT_TRUE(status.ok() || status.refusal == fs::Refusal::kUnenforceable);
  }
  close(client);
}

void TruncateThroughALink(Stage* stage) {
  stage->tree.Symlink("../out/file", "in/link");
  stage->tree.Symlink("secret/key", "in/key");
  stage->Start();
  for (const char* name : {"link", "key", "sub/../link"}) {
    for (const int flags : {O_WRONLY, O_RDWR, O_WRONLY | O_CREAT,
                            O_WRONLY | O_APPEND, O_WRONLY | O_NOFOLLOW}) {
      OpenIntent intent;
      ASSERT_TRUE(OpenIntent::FromFlags(flags | O_TRUNC, 0600, &intent));
      stage->Remember();
      EXPECT_FALSE(stage->fs().Open(name, intent).ok());
      stage->ExpectNothingChanged();
    }
    stage->Remember();
    EXPECT_TRUE(stage->fs().WriteFile(name, "").denied());
    EXPECT_TRUE(stage->fs().Truncate(name, 0).denied());
    EXPECT_FALSE(
        stage->fs().Copy("file", name, fs::GuardedFs::Replace::kYes).ok());
    stage->ExpectNothingChanged();
  }
}

// What open(2) is documented to do with, and nothing else.
bool MeansSomething(unsigned flags) {
  constexpr unsigned kLargeFile = 0100000;
  constexpr unsigned kSync = O_SYNC;
  constexpr unsigned kDataSync = O_DSYNC;
  constexpr unsigned kWriting = O_APPEND | O_CREAT | O_TRUNC;
  constexpr unsigned kKnown = O_ACCMODE | kWriting | O_EXCL | O_DIRECTORY |
                              O_NOFOLLOW | kSync | O_CLOEXEC | O_NOCTTY |
                              O_NONBLOCK | kLargeFile;
  const unsigned mode = flags & O_ACCMODE;
  if ((flags & ~kKnown) != 0 || mode == 3) return false;
  if (mode == O_RDONLY && (flags & kWriting) != 0) return false;
  if (mode != O_RDONLY && (flags & O_DIRECTORY) != 0) return false;
  if ((flags & O_EXCL) != 0 && (flags & O_CREAT) == 0) return false;
  return (flags & kSync) != (kSync & ~kDataSync);
}

void FlagsOneByOne(Stage* stage) {
  stage->Start();
  stage->Remember();
  int understood = 0, refused = 0;
  const auto attempt = [&](unsigned flags) {
    OpenIntent intent;
    const bool ok =
        OpenIntent::FromFlags(static_cast<int>(flags), 0600, &intent);
    EXPECT_EQ(ok, MeansSomething(flags)) << flags;
    ++(ok ? understood : refused);
    if (!ok) return;
    EXPECT_TRUE(stage->fs().Open("../out/file", intent).status().denied());
    EXPECT_TRUE(stage->fs().Open("secret/new", intent).status().denied());
  };
  for (const unsigned mode : {0u, 1u, 2u, 3u}) {
    attempt(mode);
    for (int a = 0; a < 32; ++a) {
      for (int b = a; b < 32; ++b) attempt(mode | (1u << a) | (1u << b));
    }
  }
  stage->ExpectNothingChanged();
  EXPECT_GT(understood, 50);
  EXPECT_GT(refused, 1000);
  OpenIntent intent;
  for (const int flags :
       {O_RDONLY | O_TRUNC, O_ACCMODE, O_RDONLY | O_APPEND, O_RDONLY | O_CREAT,
        O_WRONLY | O_EXCL, O_TMPFILE, O_TMPFILE | O_RDWR, O_PATH,
        O_DIRECT | O_RDWR, O_ASYNC | O_RDWR, O_NOATIME, O_WRONLY | O_DIRECTORY,
        O_SYNC & ~O_DSYNC, -1}) {
    EXPECT_FALSE(OpenIntent::FromFlags(flags, 0600, &intent)) << flags;
  }
  for (const mode_t mode : {mode_t{S_IFREG}, mode_t{010000}, ~mode_t{0}}) {
    EXPECT_FALSE(OpenIntent::FromFlags(O_WRONLY | O_CREAT, mode, &intent));
  }
}

constexpr Row kRows[] = {
    {43, "LinksOfProcfs", LinksOfProcfs},
    {44, "DescriptorsByName", DescriptorsByName},
    {45, "RootOfAnother", RootOfAnother},
    {46, "WritingToProcfs", WritingToProcfs},
    {47, "ProcfsElsewhere", ProcfsElsewhere},
    {48, "Fifo", Fifo},
    {49, "Devices", Devices},
    {50, "Sockets", Sockets},
    {52, "TruncateThroughALink", TruncateThroughALink},
    {53, "FlagsOneByOne", FlagsOneByOne},
};

}  // namespace

absl::Span<const Row> SpecialRows() { return kRows; }

}  // namespace testing
}  // namespace postern
