#include "process/signal_safe.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "process/forget_memory.h"
#include "process/sanitized.h"

namespace postern {
namespace process {
namespace {

TEST(SignalSafeTest, NumbersOfKernelFiles) {
  EXPECT_EQ(LeadingNumber("12\n"), 12u);
  EXPECT_EQ(LeadingNumber("max\n"), 0u);
  const char* const text =
      "oom 1\noom_kill 7\nmax 3\nwchar: 9\nVmPeak:\t   64 kB\n";
  EXPECT_EQ(NumberAfter(text, "oom_kill"), 7u);
  EXPECT_EQ(NumberAfter(text, "oom"), 1u);
  EXPECT_EQ(NumberAfter(text, "kill"), 0u) << "begins no line";
  EXPECT_EQ(NumberAfter(text, "wchar"), 9u);
  EXPECT_EQ(NumberAfter(text, "VmPeak"), 64u);
  EXPECT_EQ(NumberAfter("", "max"), 0u);
  char number[24];
  EXPECT_EQ(WriteNumber(0, number), 1u);
  EXPECT_STREQ(number, "0");
  WriteNumber(18446744073709551615u, number);
  EXPECT_STREQ(number, "18446744073709551615");
}

TEST(SignalSafeTest, NumbersAreVisitedAcrossReads) {
  const std::string file = ::testing::TempDir() + "/numbers";
  std::vector<int> written;
  {
    std::ofstream out(file);
    for (int i = 1; i < 1000; ++i) {
      written.push_back(i * 7919);
      out << i * 7919 << (i % 3 == 0 ? ' ' : '\n');
    }
  }
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<int> seen;
  EXPECT_EQ(VisitNumbers(
                fd,
                [](pid_t number, void* to) {
                  static_cast<std::vector<int>*>(to)->push_back(number);
                },
                &seen),
            999);
  EXPECT_EQ(seen, written);
  close(fd);
}

// In a child: which of 64 descriptors are open after all others were closed.
std::set<int> OpenAfter(const std::vector<int>& kept, Closing closing) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    // The pipe's end out of the way, which is kept as well.
    const int out = fcntl(ends[1], F_DUPFD, 200);
    for (int fd = 0; fd < 64; ++fd) {
      if (fd != out) dup2(out, fd);
    }
    std::vector<int> all = kept;
    all.push_back(out);
    if (!CloseOthers(all.data(), all.size(), closing)) _exit(1);
    for (char fd = 0; fd < 64; ++fd) {
      const int flags = fcntl(fd, F_GETFD);
      if (flags == 0 && write(out, &fd, 1) != 1) _exit(1);
    }
    _exit(0);
  }
  close(ends[1]);
  std::set<int> open;
  char fd;
  while (read(ends[0], &fd, 1) == 1) open.insert(fd);
  close(ends[0]);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return open;
}

TEST(SignalSafeTest, AllButTheListedDescriptorsAreClosed) {
  std::mt19937 random(14);
  for (int i = 0; i < 40; ++i) {
    std::set<int> kept;
    const int count = static_cast<int>(random() % 6);
    for (int j = 0; j < count; ++j) kept.insert(random() % 64);
    const std::vector<int> list(kept.begin(), kept.end());
    EXPECT_EQ(OpenAfter(list, Closing::kNow), kept);
    EXPECT_EQ(OpenAfter(list, Closing::kOnExec), kept);
  }
}

TEST(ForgetMemoryTest, ReadsLinesOfMaps) {
  const struct {
    const char* line;
    bool good;
    bool forgettable;
  } kCases[] = {
      {"7f00-7fff rw-p 00000000 00:00 0", true, true},
      {"7f00-7fff rw-p 00000000 00:00 0     [heap]", true, true},
      {"7f00-7fff rw-s 00000000 00:00 0", true, false},
      {"7f00-7fff r--p 00000000 00:00 0", true, false},
      {"7f00-7fff rw-p 00000000 08:01 042   /lib/x", true, false},
      {"7f00-7fff rw-p 00000000 08:01 42    /lib/x", true, false},
      {"7fff-7f00 rw-p 00000000 00:00 0", false, false},
      {"7f00-7fff rw", false, false},
      {"7f00", false, false},
      {"", false, false},
  };
  for (const auto& c : kCases) {
    MemoryRegion region;
    EXPECT_EQ(ParseMemoryRegion(c.line, &region), c.good) << c.line;
    if (!c.good) continue;
    EXPECT_EQ(region.begin, 0x7f00u);
    EXPECT_EQ(region.end, 0x7fffu);
    EXPECT_EQ(region.forgettable, c.forgettable) << c.line;
  }
}

TEST(ForgetMemoryTest, AChildGivesBackWhatItsParentHad) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps its memory";
  const std::string memory(64 << 20, 'x');
  const pid_t child = fork();
  if (child == 0) {
    ForgetMemory();
    _exit(memory[memory.size() / 2] == 0 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(memory[memory.size() / 2], 'x') << "the parent's own stays";
}

}  // namespace
}  // namespace process
}  // namespace postern
