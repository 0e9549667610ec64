// Attack rows 1 to 13, "Names", against real files.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/attacks/stage.h"

namespace postern {
namespace testing {
namespace {

using fs::At;

std::string Repeat(absl::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) absl::StrAppend(&all, text);
  return all;
}

void DotDotOut(Stage* stage) {
  stage->Start();
  for (const char* name :
       {"../out/file", "sub/../../out/file", "..", "../out", "../nothing",
        "./.././out//file", "../in/../out/file", "sub/../.."}) {
    stage->ExpectDenied(name);
  }
  // What belongs to the machine is only read, should all else be broken.
  EXPECT_EQ(stage->Read(Repeat("../", 40) + "etc/hostname"), "denied");
  stage->ExpectDenied(stage->tree / "in/../out/file");
}

void DotDotInside(Stage* stage) {
  stage->Start();
  stage->ExpectGranted("sub/../file", "inside");
  stage->ExpectGranted("sub/../sub/../sub/deep", "deep");
  stage->ExpectGranted(stage->tree / "in/sub/../file", "inside");
}

void DotDotBackInside(Stage* stage) {
  stage->Start();
  stage->ExpectGranted("sub/../../in/file", "inside");
  stage->ExpectGranted("../out/dir/../../in/sub/deep", "deep");
  // Not there: the step out of nothing is no step.
  stage->ExpectDenied("../nowhere/../in/file");
}

void SlashesAndDots(Stage* stage) {
  stage->Start();
  stage->ExpectGranted(".//file", "inside");
  stage->ExpectGranted("././sub/.///./deep", "deep");
  stage->ExpectGranted("//" + (stage->tree / "in//./file"), "inside");
  EXPECT_TRUE(stage->fs().Stat("sub/").ok());
  EXPECT_TRUE(stage->fs().Stat("sub/.").ok());
  EXPECT_TRUE(stage->fs().Stat(".").ok());
}

// The kernel's own answer, for whatever is behind a file.
void ExpectNoDirectory(Stage* stage, const std::string& name) {
  SCOPED_TRACE(name);
  stage->Remember();
  EXPECT_EQ(stage->Read(name), "ENOTDIR");
  EXPECT_EQ(stage->fs().Stat(name).status().error_number, ENOTDIR);
  EXPECT_EQ(stage->fs().Truncate(name, 0).error_number, ENOTDIR);
  EXPECT_EQ(stage->fs().Chmod(name, 0777).error_number, ENOTDIR);
  EXPECT_FALSE(stage->fs().WriteFile(name, "x").ok());
  EXPECT_FALSE(stage->fs().Unlink(name).ok());
  EXPECT_FALSE(stage->fs().Rename(name, "free").ok());
  EXPECT_FALSE(stage->fs().Link(name, "free").ok());
  stage->ExpectNothingChanged();
}

void SlashBehindAFile(Stage* stage) {
  stage->tree.Symlink("file", "in/link");
  stage->Start();
  for (const char* name : {"file/", "file//", "link/", "sub/../file/"}) {
    ExpectNoDirectory(stage, name);
  }
  stage->ExpectDenied("secret/key/");
}

void DotsBehindAFile(Stage* stage) {
  stage->tree.Symlink("file", "in/link");
  stage->Start();
  for (const char* name : {"file/.", "file/..", "file/../file", "link/.",
                           "link/../file", "file/./", "file/x"}) {
    ExpectNoDirectory(stage, name);
  }
}

void TwinByPrefix(Stage* stage) {
  for (const char* name : {"inX/file", "in.bak/file", "i/file", "In/file",
                           "in\n/file", "in (deleted)/file"}) {
    stage->tree.File(name, "twin");
  }
  stage->Start();
  for (const char* name : {"inX/file", "in.bak/file", "i/file", "In/file",
                           "in\n/file", "in (deleted)/file", "inX", "i"}) {
    stage->ExpectDenied(stage->tree / name);
    stage->ExpectDenied("../" + std::string(name));
  }
}

void EmptyPath(Stage* stage) {
  stage->Start();
  stage->ExpectDenied("");
  auto sub = stage->fs().ChangeDirectory("sub");
  ASSERT_TRUE(sub.ok());
  stage->ExpectDenied(At("", &*sub));
}

void NulInside(Stage* stage) {
  stage->Start();
  for (const std::string& name :
       {std::string("file\0", 5), std::string("file\0x", 6),
        std::string("\0file", 5), std::string("new\0", 4),
        std::string("sub\0/../file", 12), std::string(1, '\0'),
        std::string("../out/file\0", 12)}) {
    stage->ExpectDenied(name);
  }
  stage->Remember();
  EXPECT_FALSE(stage->fs().Symlink(std::string("file\0x", 6), "l").ok());
  stage->ExpectNothingChanged();
}

// `prefix` with components of 200 bytes behind it, `size` bytes in all.
std::string LongName(std::string prefix, size_t size) {
  while (prefix.size() + 201 < size) prefix += "/" + std::string(200, 'd');
  return prefix + "/" + std::string(size - prefix.size() - 1, 'f');
}

// Makes the directories of a name whatever its length, and a file at its end.
bool MakeByOneStep(const std::string& name, absl::string_view contents) {
  int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  size_t start = 1;
  for (size_t slash; (slash = name.find('/', start)) != name.npos;) {
    const std::string component = name.substr(start, slash - start);
    mkdirat(at, component.c_str(), 0700);
    const int next =
        openat(at, component.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    close(at);
    if (next < 0) return false;
    at = next;
    start = slash + 1;
  }
  const int file = openat(at, name.c_str() + start,
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  close(at);
  if (file < 0) return false;
  const bool ok = write(file, contents.data(), contents.size()) ==
                  static_cast<ssize_t>(contents.size());
  close(file);
  return ok;
}

void LongestNames(Stage* stage) {
  const std::string base = stage->tree / "in";
  const std::string fits = LongName(base + "/a", 4095);
  const std::string one_more = LongName(base + "/b", 4096);
  const std::string deep = LongName(base + "/c", 4400);
  ASSERT_TRUE(MakeByOneStep(fits, "fits"));
  ASSERT_TRUE(MakeByOneStep(one_more, "one more"));
  ASSERT_TRUE(MakeByOneStep(deep, "deep"));
  const std::string half = deep.substr(0, deep.rfind('/', 3000));
  stage->tree.Symlink(half, "in/half");
  stage->Start();
  EXPECT_EQ(stage->Read(fits), "fits");
  std::string dots = base + "/";
  while (dots.size() + 6 < 4095) dots += "./";
  dots += std::string(4095 - 4 - dots.size(), '/') + "file";
  ASSERT_EQ(dots.size(), 4095u);
  EXPECT_EQ(stage->Read(dots), "inside");
  stage->ExpectDenied(one_more);
  stage->ExpectDenied(deep);
  stage->ExpectDenied("/" + dots);
  stage->ExpectTargetFailure("half" + deep.substr(half.size()));
  auto handle = stage->fs().ChangeDirectory("half");
  ASSERT_TRUE(handle.ok());
  const std::string rest = deep.substr(half.size() + 1);
  stage->ExpectDenied(At(rest, &*handle));
}

void BytesAreBytes(Stage* stage) {
  const char* names[] = {"\xff\xfe", "a\nb", "x (deleted)", "\xc0\xae\xc0\xae",
                         " ",        "\\",   "a\x1b[2J",    "\xe2\x80\xae"};
  for (const char* name : names) {
    stage->tree.File(std::string("in/") + name + "/" + name, name);
    stage->tree.File(std::string("out/") + name, "outside");
    stage->tree.Symlink(name, std::string("in/to_") + name);
  }
  stage->Start();
  for (const char* name : names) {
    const std::string twice = std::string(name) + "/" + name;
    stage->ExpectGranted(twice, name);
    stage->ExpectGranted("to_" + twice, name);
    stage->ExpectGranted(std::string(name) + "/../" + twice, name);
    stage->ExpectDenied("../out/" + std::string(name));
  }
}

void WildcardsInAName(Stage* stage) {
  stage->rules.clear();
  stage->tree.Dir("w");
  const char* names[] = {"*", "?x", "{b,c}", "[d]", "\\e", "**"};
  for (const char* name : names) {
    stage->tree.File(std::string("w/") + name, name);
    std::string escaped;
    for (const char* c = name; *c != '\0'; ++c) {
      if (*c != 'x' && *c != 'b' && *c != 'c' && *c != 'd' && *c != 'e') {
        escaped += '\\';
      }
      escaped += *c;
    }
    stage->Allow("w/" + escaped);
  }
  const char* others[] = {"z", "zx", "b", "c", "d", "e", "zz", "[e]"};
  for (const char* name : others) {
    stage->tree.File(std::string("w/") + name, "other");
  }
  stage->tree.File("in/file", "inside");
  stage->Start();
  for (const char* name : names) {
    stage->ExpectGranted(stage->tree / "w" + "/" + name, name);
  }
  for (const char* name : others) {
    stage->ExpectDenied(stage->tree / "w" + "/" + name);
  }
}

// System calls that a child makes to read `name`; -1 if they cannot be
// counted (ptrace(2)).
int CountSystemCalls(Stage* stage, const std::string& name) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(9);
    raise(SIGSTOP);
    const std::string read = stage->Read(name);
    _exit(read == "inside" || read == "denied" ? 0 : 1);
  }
  int stops = 0, status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return -1;
  while (ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0 &&
         waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    ++stops;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? stops / 2 : -1;
}

// The fewest of some tries: where others rename meanwhile, the kernel may tell
// a look-up with ".." to try again, and the slower way is taken.
int LeastSystemCalls(Stage* stage, const std::string& name) {
  int least = CountSystemCalls(stage, name);
  for (int i = 0; i < 8 && least > 0; ++i) {
    least = std::min(least, CountSystemCalls(stage, name));
  }
  return least;
}

// Twice as many ".." are at most twice as many system calls.
void ManyDotDots(Stage* stage) {
  std::string deep = "in";
  for (int i = 0; i < 600; ++i) deep += "/d";
  stage->tree.Dir(deep);
  stage->Start();
  const auto back = [](int n) {
    return Repeat("d/", n) + Repeat("../", n) + "file";
  };
  const auto zigzag = [](int n) { return Repeat("sub/../", n) + "file"; };
  const auto out = [](int n) { return Repeat("../", n) + "etc/hostname"; };
  EXPECT_EQ(stage->Read(back(600)), "inside");
  EXPECT_EQ(stage->Read(zigzag(500)), "inside");
  EXPECT_EQ(stage->Read(out(1200)), "denied");
  for (const auto& make : {std::function<std::string(int)>(back),
                           std::function<std::string(int)>(zigzag),
                           std::function<std::string(int)>(out)}) {
    const int few = LeastSystemCalls(stage, make(120));
    const int some = LeastSystemCalls(stage, make(240));
    const int many = LeastSystemCalls(stage, make(480));
    if (few < 0 || some < 0 || many < 0) {
      return stage->Skip("no ptrace to count system calls with");
    }
    printf("system calls for 120, 240, 480 steps: %d %d %d\n", few, some, many);
    EXPECT_LE(many - some, 3 * (some - few) + 200);
  }
}

constexpr Row kRows[] = {
    {1, "DotDotOutOfARoot", DotDotOut},
    {2, "DotDotInsideARoot", DotDotInside},
    {3, "DotDotBackInside", DotDotBackInside},
    {4, "SlashesAndDots", SlashesAndDots},
    {5, "SlashBehindAFile", SlashBehindAFile},
    {6, "DotsBehindAFile", DotsBehindAFile},
    {7, "TwinByPrefix", TwinByPrefix},
    {8, "EmptyPath", EmptyPath},
    {9, "NulInside", NulInside},
    {10, "LongestNames", LongestNames},
    {11, "BytesAreBytes", BytesAreBytes},
    {12, "WildcardsInAName", WildcardsInAName},
    {13, "ManyDotDots", ManyDotDots},
};

}  // namespace

absl::Span<const Row> NameRows() { return kRows; }

}  // namespace testing
}  // namespace postern
