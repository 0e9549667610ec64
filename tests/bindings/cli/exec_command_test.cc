// "postern exec" as people use it: what is granted works, what is not meets the
// kernel, and every way to start nothing says why.

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "process/cgroup_places.h"
#include "tests/bindings/cli/exec_program.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using ::testing::Test;

class ExecCommandTest : public Test {
 protected:
  void SetUp() override {
    if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  }
};

// Of these nothing is started, so that no kernel matters.
TEST(ExecUsageTest, SaysWhatIsWrong) {
  const struct {
    std::vector<std::string> options;
    std::vector<std::string> command;
    const char* said;
  } kCases[] = {
      {{"--allow-fs-read=/usr"}, {}, "no program is given"},
      {{}, {"true"}, "no rules are given"},
      {{"--preset", "games"}, {"true"}, "presets: runtime"},
      {{"--preset", "runtime", "--require", "most"},
       {"true"},
       "--require takes full or partial"},
      {{"--preset", "runtime", "--memory", "64MB"}, {"true"}, "--memory takes"},
      {{"--preset", "runtime", "--memory", "0"}, {"true"}, "memory"},
      {{"--preset", "runtime", "--memory", "99999999999T"},
       {"true"},
       "--memory takes"},
      {{"--preset", "runtime", "--wall-time", "5"},
       {"true"},
       "--wall-time takes a time"},
      {{"--preset", "runtime", "--wall-time", "-5s"}, {"true"}, "--wall-time"},
      {{"--preset", "runtime", "--cpu-share", "1e3"}, {"true"}, "--cpu-share"},
      {{"--preset", "runtime", "--processes", "+3"}, {"true"}, "--processes"},
      {{"--preset", "runtime", "--nice", "20"}, {"true"}, "-20 to 19"},
      {{"--preset", "runtime", "--user", "no-such-user"},
       {"true"},
       "there is no user"},
      {{"--preset", "runtime", "--user", "4294967295"},
       {"true"},
       "there is no user"},
      {{"--app", "./nowhere"}, {"true"}, "nowhere"},
  };
  for (const auto& c : kCases) {
    const ProgramRun run = Exec(c.options, c.command);
    EXPECT_EQ(run.code, 2) << c.said << ": " << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, c.said)) << run.err;
    EXPECT_EQ(run.out, "");
  }
}

TEST_F(ExecCommandTest, TheExitCodeIsTheProgramsOwn) {
  EXPECT_EQ(Shell({}, "exit 0").code, 0);
  EXPECT_EQ(Shell({}, "exit 7").code, 7);
  EXPECT_EQ(Shell({}, "kill -9 $$").code, 137);
}

TEST_F(ExecCommandTest, WhatIsNotGrantedIsDenied) {
  const ProgramRun run =
      Exec({"--preset", "runtime", "--allow-fs-read=/bin"}, {"/bin/sh"});
  EXPECT_EQ(run.code, 126);
  EXPECT_TRUE(absl::StrContains(run.err, "process.spawn")) << run.err;
  EXPECT_TRUE(absl::StrContains(run.err, "--allow-process-spawn")) << run.err;
}

// Starts it with the rule of that text, which a shell reads as it stands.
ProgramRun WithAdvice(const std::string& rule, const std::string& program,
                      const std::string& arg) {
  return RunProgram(
      "/bin/sh", {"-c",
                  absl::StrCat(PosternPath(), " exec --preset runtime ", rule,
                               " -- \"$0\" \"$1\""),
                  program, arg});
}

std::string AdviceFor(const std::string& program, const std::string& arg) {
  const std::string said = WithAdvice("", program, arg).err;
  const size_t at = said.find("'--allow-process-spawn=");
  return at == said.npos ? said : said.substr(at, said.rfind('\n') - at);
}

TEST_F(ExecCommandTest, TheAdviceForADeniedProgramCanBePasted) {
  const std::string folder = NewFolder() + "/sp ace";
  ASSERT_EQ(mkdir(folder.c_str(), 0755), 0);
  for (const char* name : {"/tr*ue", "/true"}) {
    ASSERT_EQ(RunProgram("/bin/cp", {"/bin/echo", folder + name}).code, 0);
  }
  for (const std::string program : {"/bin/echo", "/tr*ue"}) {
    const std::string path =
        program == "/bin/echo" ? program : folder + program;
    for (const std::string arg :
         {"a b", "*", "**", "\\", "re:.*", " a", "a ", "*  *"}) {
      const std::string advice = AdviceFor(path, arg);
      const ProgramRun run = WithAdvice(advice, path, arg);
      EXPECT_EQ(run.code, 0) << advice << ": " << run.err;
      EXPECT_EQ(run.out, arg + "\n");
      EXPECT_EQ(WithAdvice(advice, path, "other").code, 126) << advice;
      EXPECT_EQ(WithAdvice(advice, folder + "/true", arg).code, 126) << advice;
    }
  }
}

TEST_F(ExecCommandTest, AProgramThatDoesNotExistIsNotFound) {
  const ProgramRun run =
      Exec({"--preset", "runtime", "--allow-process-spawn=/opt/none/x **"},
           {"/opt/none/x"});
  EXPECT_EQ(run.code, 127) << run.err;
}

// PATH may have no folder to look for it.
TEST_F(ExecCommandTest, ABareNameWithoutFoldersToLookInIsNotFound) {
  for (const char* path : {"", "relative", "."}) {
    ProgramOptions how;
    how.environment["PATH"] = path;
    const ProgramRun run =
        RunPostern({"exec", "--preset", "runtime", "--", "sh"}, how);
    EXPECT_EQ(run.code, 127) << path << ": " << run.err;
  }
}

TEST_F(ExecCommandTest, AFolderThatIsNotThereStartsNothing) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/file", "");
  for (const char* name : {"/none", "/file"}) {
    const ProgramRun run = Exec({"--preset", "runtime", "--base", folder + name,
                                 "--allow-process-spawn=/bin/echo **"},
                                {"/bin/echo"});
    EXPECT_EQ(run.code, 125) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, folder + name)) << run.err;
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
  }
}

// The command's own files meet the limit as an error, programs as the signal.
TEST_F(ExecCommandTest, AFileSizeLimitOfTheCallerIsAnError) {
  const std::string folder = NewFolder();
  const auto limited = [&](int blocks, const std::string& options) {
    const std::string text =
        absl::StrCat("(printf %09999d 0 >", folder, "/x); echo code $?");
    return RunProgram(
               "/bin/sh",
               {"-c", absl::StrCat("(ulimit -f ", blocks, "; ", PosternPath(),
                                   " exec --preset runtime --allow-fs=", folder,
                                   " --allow-process-spawn='/bin/sh **' ",
                                   options, " -- /bin/sh -c '", text,
                                   "'; echo ended $?) 2>&1 | cat")})
        .out;
  };
  std::string said = limited(0, "");
  EXPECT_TRUE(absl::StrContains(said, "File too large\nended 125")) << said;
  const std::string report = folder + "/report";
  said = limited(8, "--report " + report);
  EXPECT_TRUE(absl::StrContains(
      said, absl::StrCat(report, ": cannot write: file too large\nended 125")))
      << said;
  said = limited(8, "");
  EXPECT_TRUE(absl::StrContains(said, "code 153\nended 0")) << said;
}

TEST_F(ExecCommandTest, TheWorkingDirectoryIsNoPartOfPath) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/here", "#!/bin/sh\nexit 0\n");
  const ProgramRun run = Exec({"--preset", "runtime", "--base", folder,
                               "--allow-process-spawn=here **"},
                              {"here"});
  EXPECT_NE(run.code, 0) << run.out;
}

// In the rule as in the command: the first of that name.
TEST_F(ExecCommandTest, ABareNameIsTheFirstProgramAlongPath) {
  const std::string folder = NewFolder();
  for (const char* name : {"/a", "/b"}) {
    ASSERT_EQ(mkdir((folder + name).c_str(), 0755), 0);
  }
  ASSERT_EQ(symlink("/bin/sh", (folder + "/a/mine").c_str()), 0);
  ASSERT_EQ(symlink("/bin/false", (folder + "/b/mine").c_str()), 0);
  const auto run = [&](const std::string& path, const std::string& command) {
    ProgramOptions how;
    how.environment["PATH"] = path;
    return RunPostern(
        {"exec", "--preset", "runtime", "--allow-process-spawn=mine **", "--",
         command, "-c", "exit 7"},
        how);
  };
  const std::string a_first = absl::StrCat(folder, "/a:", folder, "/b");
  ProgramRun got = run(a_first, "mine");
  EXPECT_EQ(got.code, 7) << got.err;
  got = run(absl::StrCat(folder, "/b:", folder, "/a"), "mine");
  EXPECT_EQ(got.code, 1) << got.err;
  got = run(a_first, folder + "/b/mine");
  EXPECT_EQ(got.code, 126) << "the rule means another one: " << got.err;
  got = run("/usr/bin", "mine");
  EXPECT_EQ(got.code, 2) << got.err;
}

TEST_F(ExecCommandTest, TheKernelHoldsFilesToTheRules) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/granted", "in\n");
  WriteFile(folder + "/secret", "out\n");
  const std::string grant =
      absl::StrCat("--allow-fs-read=", folder, "/granted");
  const ProgramRun run = Shell(
      {grant},
      absl::StrCat("read x <", folder, "/granted && echo $x; read y <", folder,
                   "/secret && echo $y; : >", folder, "/new && echo made"));
  EXPECT_EQ(run.out, "in\n") << run.err;
}

TEST_F(ExecCommandTest, OtherProgramsCannotBeStarted) {
  const ProgramRun run = Shell({"--allow-fs-read=/usr"}, "/usr/bin/id -u");
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.code, 126) << run.err;
  const ProgramRun granted =
      Shell({"--allow-fs-read=/usr", "--allow-process-spawn=/usr/bin/id **"},
            "/usr/bin/id -u");
  EXPECT_EQ(granted.code, 0) << granted.err;
}

TEST_F(ExecCommandTest, OnlyGrantedVariablesReachTheProgram) {
  const std::string text = "echo \"[$POSTERN_TEST_SECRET]\"";
  EXPECT_EQ(Shell({}, text, "s3cret").out, "[]\n");
  EXPECT_EQ(Shell({"--allow-env-read=POSTERN_TEST_SECRET"}, text, "s3cret").out,
            "[s3cret]\n");
}

TEST_F(ExecCommandTest, AReportSaysWhatHoldsEachRule) {
  const std::string file = NewFolder() + "/report.json";
  const ProgramRun run = Shell({"--report", file}, "exit 0");
  EXPECT_EQ(run.code, 0) << run.err;
  const std::string report = ReadFile(file);
  EXPECT_TRUE(absl::StrContains(report, "landlock")) << report;
  EXPECT_TRUE(absl::StrContains(report, "process.spawn")) << report;
}

TEST_F(ExecCommandTest, ADryRunStartsNothing) {
  const std::string folder = NewFolder();
  const ProgramRun run =
      Shell({"--dry-run", "--memory", "64M", "--allow-fs=" + folder},
            absl::StrCat(": >", folder, "/made"));
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(access((folder + "/made").c_str(), F_OK), 0);
  for (const char* part : {"memory 64 MiB", "landlock", "/usr/lib", "start"}) {
    EXPECT_TRUE(absl::StrContains(run.out, part)) << part << ": " << run.out;
  }
}

TEST_F(ExecCommandTest, TimeThatRunsOutIsNamed) {
  const std::string file = NewFolder() + "/usage.json";
  const ProgramRun run =
      Shell({"--wall-time", "200ms", "--usage", file}, "while :; do :; done");
  EXPECT_EQ(run.code, 137) << run.err;
  EXPECT_TRUE(absl::StrContains(run.err, "wall-time")) << run.err;
  EXPECT_TRUE(absl::StrContains(ReadFile(file), "\"reached\":[\"wall-time\"]"))
      << ReadFile(file);
}

TEST_F(ExecCommandTest, LimitsHaveRowsAndCanBeRequired) {
  const std::string folder = NewFolder();
  const std::string made = absl::StrCat(": >", folder, "/made");
  const ProgramRun run =
      Shell({"--report", "-", "--open-files", "32", "--disk-use", "64M"}, "");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(absl::StrContains(run.err, "limit open-files 32: rlimit"));
  EXPECT_TRUE(absl::StrContains(run.err, "partial limit disk-use 64 MiB"))
      << run.err;
  const ProgramRun refused = Shell(
      {"--require", "full", "--disk-use", "64M", "--allow-fs=" + folder}, made);
  EXPECT_EQ(refused.code, 125);
  EXPECT_NE(access((folder + "/made").c_str(), F_OK), 0);
}

// How many cgroups one start makes beneath that of this process.
class CgroupsMade {
 public:
  CgroupsMade() {
    const process::CgroupPlaces places = process::FindCgroupPlaces("");
    const auto pids = places.v1.find("pids");
    place_ = pids == places.v1.end() ? places.unified : pids->second;
    inotify_add_watch(watch_, place_.c_str(), IN_CREATE);
  }
  ~CgroupsMade() { close(watch_); }

  // Of the program with this id: others make some at the same time.
  size_t Of(const std::string& pid) const {
    std::set<std::string> names;
    alignas(inotify_event) char events[64 << 10];
    const ssize_t size = read(watch_, events, sizeof(events));
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<inotify_event*>(events + at);
      if (absl::StartsWith(event->name, absl::StrCat("postern-", pid, "-"))) {
        names.insert(event->name);
      }
      at += static_cast<ssize_t>(sizeof(*event) + event->len);
    }
    return names.size();
  }

 private:
  std::string place_;
  const int watch_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
};

TEST_F(ExecCommandTest, LimitsAreTriedOnlyForWhoReadsOfThem) {
  const auto made = [](const std::vector<std::string>& options) {
    std::vector<std::string> words = {"-c", "echo $$; exec \"$0\" \"$@\"",
                                      PosternPath(), "exec"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(),
                 {"--preset", "runtime", "--allow-process-spawn=/bin/true **",
                  "--processes", "20", "--", "/bin/true"});
    const CgroupsMade cgroups;
    const ProgramRun run = RunProgram("/bin/sh", words);
    EXPECT_EQ(run.code, 0) << run.err;
    return cgroups.Of(run.out.substr(0, run.out.find('\n')));
  };
  const size_t plain = made({});
  if (plain == 0) GTEST_SKIP() << "no cgroup can be made here";
  EXPECT_EQ(plain, 1u) << "that of the start";
  EXPECT_EQ(made({"--report", NewFolder() + "/report"}), 2u);
  EXPECT_EQ(made({"--require", "partial"}), 2u);
  EXPECT_EQ(made({"--dry-run"}), 1u) << "that of the trial";
}

TEST_F(ExecCommandTest, MasksGrantTheRestInFull) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/keys", "secret\n");
  const std::vector<std::string> rules = {"--allow-fs=" + folder,
                                          "--deny-fs=" + folder + "/keys"};
  const std::string text =
      absl::StrCat("cat ", folder, "/keys; : >", folder, "/new && echo made");
  EXPECT_EQ(Shell(rules, text).out, "") << "names cannot be made beside it";
  std::vector<std::string> masked = rules;
  masked.push_back("--masks");
  const ProgramRun run = Shell(masked, text);
  if (absl::StrContains(run.err, "namespace")) {
    GTEST_SKIP() << "no mount namespace here: " << run.err;
  }
  EXPECT_EQ(run.out, "made\n") << run.err;
  EXPECT_EQ(ReadFile(folder + "/keys"), "secret\n");
}

// Else the mask goes along, and the denied name is made anew.
TEST_F(ExecCommandTest, NoDirectoryAboveAMaskIsMoved) {
  const std::string folder = NewFolder();
  EXPECT_EQ(RunProgram("/bin/mkdir", {"-p", folder + "/.git/hooks"}).code, 0);
  WriteFile(folder + "/.git/hooks/commit", "good\n");
  const ProgramRun run = Shell(
      {"--masks", "--allow-fs=" + folder, "--deny-fs=" + folder + "/.git/hooks",
       "--allow-process-spawn=/bin/mv **",
       "--allow-process-spawn=/bin/mkdir **"},
      absl::StrCat("cd ", folder, "; mv .git/hooks .git/moved; mv .git old; ",
                   "mkdir -p .git/hooks; echo evil > .git/hooks/commit; ",
                   ": > .git/new && echo made"));
  if (absl::StrContains(run.err, "namespace")) {
    GTEST_SKIP() << "no mount namespace here: " << run.err;
  }
  EXPECT_EQ(run.out, "made\n") << run.err;
  EXPECT_EQ(ReadFile(folder + "/.git/hooks/commit"), "good\n");
}

TEST_F(ExecCommandTest, TheReportTellsOfWhatIsMountedTwice) {
  const std::string folder = NewFolder(), report = NewFolder() + "/report";
  EXPECT_EQ(
      RunProgram("/bin/mkdir", {folder + "/again", folder + "/denied"}).code,
      0);
  const auto row_with = [&](const std::string& mount) {
    const std::string exec = absl::StrCat(
        mount, PosternPath(), " exec --preset runtime --allow-fs-read=", folder,
        " --deny-fs-read=", folder, "/denied --report ", report,
        " '--allow-process-spawn=/bin/true **' -- /bin/true");
    const ProgramRun run =
        RunProgram("/usr/bin/unshare", {"-m", "/bin/sh", "-c", exec});
    if (run.code != 0) return "cannot mount: " + run.err;
    const std::string rows = ReadFile(report);
    const size_t at = rows.find("deny fs.read \"" + folder);
    return at == std::string::npos ? rows
                                   : rows.substr(at, rows.find('\n', at) - at);
  };
  const std::string plain = row_with("");
  if (absl::StrContains(plain, "cannot mount")) GTEST_SKIP() << plain;
  EXPECT_FALSE(absl::StrContains(plain, "[other-names]")) << plain;
  for (const char* mounted : {"denied", "."}) {
    const std::string mount = absl::StrCat("mount --bind ", folder, "/",
                                           mounted, " ", folder, "/again && ");
    EXPECT_TRUE(absl::StrContains(row_with(mount), "[other-names]"))
        << row_with(mount);
  }
}

TEST_F(ExecCommandTest, TheReportTellsThatALinkCanBeReplaced) {
  const std::string folder = NewFolder(), other = NewFolder();
  WriteFile(other + "/kept", "kept\n");
  EXPECT_EQ(symlink((other + "/kept").c_str(), (folder + "/link").c_str()), 0);
  const std::string report = other + "/report";
  const auto rows_of = [&](const std::string& denied) {
    const ProgramRun run = Shell(
        {"--allow-fs=" + folder, "--deny-fs=" + denied, "--report", report},
        "exit 0");
    EXPECT_EQ(run.code, 0) << run.err;
    return ReadFile(report);
  };
  const std::string rows = rows_of(folder + "/link");
  for (const char* operation : {"contents", "entries"}) {
    const std::string row =
        absl::StrCat("deny fs.write \"", folder, "/link\" (", operation, "): ");
    const size_t at = rows.find(row);
    ASSERT_NE(at, std::string::npos) << row << rows;
    const std::string line = rows.substr(at, rows.find('\n', at) - at) + "\n";
    EXPECT_TRUE(absl::StrContains(line, "[link-replaced]")) << line;
  }
  EXPECT_FALSE(absl::StrContains(rows_of(other + "/kept"), "link-replaced"));
}

// The program may change what lies beside the record until it is written.
TEST_F(ExecCommandTest, ARecordFollowsNoLinkThatTheProgramMakes) {
  const std::string folder = NewFolder();
  const std::string precious = NewFolder() + "/precious";
  WriteFile(precious, "precious\n");
  const std::string usage = folder + "/usage.json";
  const ProgramRun run =
      Exec({"--preset", "runtime", "--allow-fs=" + folder,
            "--allow-process-spawn=/bin/ln **", "--usage", usage},
           {"/bin/ln", "-s", precious, usage});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(ReadFile(precious), "precious\n");
  EXPECT_TRUE(absl::StrContains(ReadFile(usage), "exit_code"));
  for (const std::string& name :
       {folder + "/no/usage", folder, precious + "/"}) {
    const ProgramRun refused = Shell({"--usage", name}, "exit 0");
    EXPECT_EQ(refused.code, 2) << name;
    EXPECT_TRUE(absl::StrContains(refused.err, "cannot write")) << refused.err;
  }
}

TEST_F(ExecCommandTest, AProgramThatStopsItselfStopsNobodyElse) {
  const ProgramRun run =
      Shell({"--wall-time", "300ms"}, "kill -STOP $$; exit 0");
  EXPECT_EQ(run.code, 137) << "ended at its time: " << run.err;
}

// The kernel stops a whole job that reads the terminal from the background.
TEST_F(ExecCommandTest, AStoppedJobComesToTheForeground) {
  if (access("/bin/bash", X_OK) != 0) GTEST_SKIP() << "no shell with jobs";
  const std::string job =
      absl::StrCat(PosternPath(), " exec --preset runtime ",
                   "--allow-process-spawn='/bin/cat **' -- /bin/cat");
  const ProgramRun run = RunDialog(
      "/bin/bash", {"--norc", "--noediting", "-i"}, {},
      absl::StrCat(job, " &\nuntil [ -n \"$(jobs -s)\" ]; do :; done\nfg\n",
                   "line\n\x04", "exit 5\n"));
  EXPECT_EQ(run.code, 5) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, job + "\r\nline\r\n")) << run.out;
}

// What is confined can confine further, and uncovers nothing.
TEST_F(ExecCommandTest, ExecCanBeNested) {
  const std::string folder = NewFolder();
  for (const char* name : {"both", "outer", "inner"}) {
    WriteFile(absl::StrCat(folder, "/", name), absl::StrCat(name, "\n"));
  }
  const std::string program = PosternPath();
  const auto reads = [&folder](const char* name) {
    return absl::StrCat("--allow-fs-read=", folder, "/both,", folder, "/",
                        name);
  };
  const ProgramRun run = Exec(
      {"--preset", "runtime", reads("outer"),
       absl::StrCat("--allow-fs-read=", program, ",/bin/sh"),
       absl::StrCat("--allow-process-spawn=", program, " **"),
       "--allow-process-spawn=/bin/sh **"},
      {program, "exec", "--preset", "runtime", reads("inner"),
       "--allow-fs-read=/bin/sh", "--allow-process-spawn=/bin/sh **", "--",
       "/bin/sh", "-c",
       absl::StrCat("cd ", folder,
                    "; for f in both outer inner; do (read x <$f; echo $x); "
                    "done")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "both\n\n\n") << run.err;
}

TEST_F(ExecCommandTest, NothingIsStartedWhereMoreIsRequired) {
  const std::string folder = NewFolder();
  // A kernel knows no arguments.
  const std::string report = folder + "/report";
  const ProgramRun run =
      Shell({"--require", "full", "--report", report, "--allow-fs=" + folder,
             "--allow-process-spawn=/usr/bin/id -u"},
            absl::StrCat(": >", folder, "/made"));
  EXPECT_EQ(run.code, 125) << run.err;
  // Just then the report is wanted.
  EXPECT_TRUE(absl::StrContains(ReadFile(report), "/usr/bin/id -u")) << run.err;
  EXPECT_FALSE(absl::StrContains(run.err, "u{a}")) << run.err;
  EXPECT_NE(access((folder + "/made").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace cli
}  // namespace postern
