#include "bindings/lua/limited_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>  // NOLINT: the parent has threads
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "process/signal_safe.h"
#include "tests/amount.h"

namespace postern {
namespace lua {
namespace {

void Say(int fd, const std::string& text) {
  if (write(fd, text.data(), text.size()) < 0) process::EndChild(1);
}

// A busy machine may let any child wait long: none of these ends by its
// deadline. What never ends otherwise runs into the time-out of the test.
ChildLimits Patient() {
  ChildLimits limits;
  limits.time = absl::Hours(1);
  return limits;
}

TEST(LimitedChildTest, GivesBackWhatWasWritten) {
  const ChildResult result = RunInLimitedChild(
      Patient(), -1, [](int output, int) { Say(output, "hello"); });
  EXPECT_EQ(result.output, "hello");
  EXPECT_EQ(result.error, "");
}

// Of how much, LimitsAreSet says.
TEST(LimitedChildTest, EndlessCodeEndsByItsProcessorTime) {
  const ChildResult result =
      RunInLimitedChild(Patient(), -1, [](int output, int) {
        Say(output, "partly");
        volatile uint64_t i = 0;
        while (true) i = i + 1;
      });
  EXPECT_EQ(result.output, "partly");
  EXPECT_EQ(result.error, "processor time limit reached");
}

TEST(LimitedChildTest, SleepingCodeEndsAtTheDeadline) {
  ChildLimits limits;
  limits.time = absl::Milliseconds(200);
  const ChildResult result = RunInLimitedChild(limits, -1, [](int, int) {
    while (true) pause();
  });
  EXPECT_EQ(result.error, "time limit reached");
}

TEST(LimitedChildTest, MemoryIsBounded) {
  const ChildResult result =
      RunInLimitedChild(Patient(), -1, [](int output, int) {
        int got = 0;
        while (got < 1000 &&
               mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {
          ++got;
        }
        Say(output, std::to_string(got));
      });
  EXPECT_EQ(result.error, "");
  EXPECT_LT(std::stoi(result.output), 97);
  EXPECT_GT(std::stoi(result.output), 20);
}

TEST(LimitedChildTest, OutputIsBounded) {
  const ChildResult result =
      RunInLimitedChild(Patient(), -1, [](int output, int) {
        const std::string text(1 << 16, 'x');
        while (true) Say(output, text);
      });
  EXPECT_EQ(result.error, "output limit reached");
  EXPECT_LE(result.output.size(), size_t{1} << 20);
}

TEST(LimitedChildTest, HasNoOtherDescriptors) {
  const int extra = open("/etc/passwd", O_RDONLY);  // without O_CLOEXEC
  const int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const ChildResult result =
      RunInLimitedChild(Patient(), directory, [](int output, int dir) {
        std::string open_ones;
        for (int fd = 0; fd < 1000; ++fd) {
          if (fcntl(fd, F_GETFD) >= 0) open_ones += absl::StrCat(fd, " ");
        }
        Say(output, absl::StrCat(open_ones, "out ", output, " dir ", dir));
      });
  EXPECT_EQ(result.output, "0 1 2 3 4 out 3 dir 4");
  close(extra);
  close(directory);
}

// Stands for a while in place of 0, 1 and 2; -1 closes them.
class StandardDescriptors {
 public:
  explicit StandardDescriptors(int by) {
    for (int fd = 0; fd <= 2; ++fd) {
      kept_[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
      by < 0 ? close(fd) : dup2(by, fd);
    }
  }
  StandardDescriptors(const StandardDescriptors&) = delete;
  StandardDescriptors& operator=(const StandardDescriptors&) = delete;
  ~StandardDescriptors() {
    for (int fd = 0; fd <= 2; ++fd) {
      kept_[fd] < 0 ? close(fd) : dup2(kept_[fd], fd);
      if (kept_[fd] >= 0) close(kept_[fd]);
    }
  }

 private:
  int kept_[3];
};

// What the parent reads from and writes to is not the child's.
TEST(LimitedChildTest, ReadsAndWritesNothingOfTheParent) {
  const int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (int by : {directory, -1}) {
    ChildResult result;
    {
      const StandardDescriptors replaced(by);
      result = RunInLimitedChild(Patient(), -1, [](int output, int dir) {
        struct stat null = {}, own = {};
        stat("/dev/null", &null);
        std::string same;
        for (int fd = 0; fd <= 2; ++fd) {
          const bool is_null = fstat(fd, &own) == 0 &&
                               own.st_rdev == null.st_rdev &&
                               own.st_ino == null.st_ino;
          same += is_null ? "null " : "other ";
        }
        Say(output, absl::StrCat(same, "out ", output, " dir ", dir));
      });
    }
    EXPECT_EQ(result.output, "null null null out 3 dir -1") << by;
    EXPECT_EQ(result.error, "");
  }
  close(directory);
}

// Whichever number it has.
TEST(LimitedChildTest, TheDirectoryMayBeAnyDescriptor) {
  const int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int high = fcntl(directory, F_DUPFD_CLOEXEC, 200);
  for (int given : {0, 2, high}) {
    ChildResult result;
    {
      const StandardDescriptors replaced(directory);
      result = RunInLimitedChild(ChildLimits(), given, [](int output, int dir) {
        struct stat root = {}, own = {};
        const bool is_root = stat("/", &root) == 0 && fstat(dir, &own) == 0 &&
                             root.st_dev == own.st_dev &&
                             root.st_ino == own.st_ino;
        Say(output, absl::StrCat("dir ", dir, is_root ? " is" : " is not"));
      });
    }
    EXPECT_EQ(result.output, "dir 4 is") << given;
    EXPECT_EQ(result.error, "");
  }
  close(high);
  close(directory);
}

// errno tells of a call that failed, and stays when one succeeds.
TEST(LimitedChildTest, AnOldErrnoLosesNoBytes) {
  errno = EINTR;
  const ChildResult result = RunInLimitedChild(
      Patient(), -1, [](int output, int) { Say(output, "hello"); });
  EXPECT_EQ(result.output, "hello");
  EXPECT_EQ(result.error, "");
}

TEST(LimitedChildTest, WritesNoFileAndOpensFew) {
  const std::string name = ::testing::TempDir() + "/limited_child_file";
  const ChildResult result =
      RunInLimitedChild(Patient(), -1, [&name](int output, int) {
        signal(SIGXFSZ, SIG_IGN);
        const int fd = open(name.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
        const bool wrote = write(fd, "x", 1) == 1;
        int opened = 0;
        while (open("/dev/null", O_RDONLY) >= 0 && opened < 100) ++opened;
        Say(output, absl::StrCat(wrote ? "wrote" : "refused", " ",
                                 opened < 16 ? "few" : "many"));
      });
  EXPECT_EQ(result.output, "refused few");
  unlink(name.c_str());
}

TEST(LimitedChildTest, LimitsAreSet) {
  const ChildResult result =
      RunInLimitedChild(Patient(), -1, [](int output, int) {
        rlimit core, processes, cpu;
        getrlimit(RLIMIT_CORE, &core);
        getrlimit(RLIMIT_NPROC, &processes);
        getrlimit(RLIMIT_CPU, &cpu);
        Say(output, absl::StrCat(core.rlim_max, " ", processes.rlim_max, " ",
                                 cpu.rlim_cur, " ", cpu.rlim_max));
      });
  EXPECT_EQ(result.output, "0 0 1 2");
  const ChildLimits defaults;
  EXPECT_EQ(defaults.cpu_seconds, 1);
  EXPECT_EQ(defaults.time, absl::Seconds(5));
}

TEST(LimitedChildTest, ACrashIsAnError) {
  const ChildResult result =
      RunInLimitedChild(Patient(), -1, [](int output, int) {
        Say(output, "before");
        raise(SIGKILL);
      });
  EXPECT_EQ(result.output, "before");
  EXPECT_EQ(result.error, "ended by signal 9");
  EXPECT_EQ(
      RunInLimitedChild(Patient(), -1, [](int, int) { process::EndChild(3); })
          .error,
      "ended with status 3");
}

TEST(LimitedChildTest, LeavesNoZombie) {
  RunInLimitedChild(Patient(), -1, [](int, int) {});
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(LimitedChildTest, WorksBesideThreads) {
  // ThreadSanitizer's own locks are now and then held by another thread in the
  // moment of a fork; the child then waits for ever.
  constexpr int kCount = testing::IsSanitized() ? 2 : 4;
  constexpr int kRounds = testing::IsSanitized() ? 2 : 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < kCount; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < kRounds; ++j) {
        const ChildResult result =
            RunInLimitedChild(Patient(), -1, [](int output, int) {
              const std::string text(1000, 'x');  // uses malloc
              Say(output, text);
            });
        EXPECT_EQ(result.output.size(), 1000u) << result.error;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace lua
}  // namespace postern
