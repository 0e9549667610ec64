#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using absl::StrContains;

const char kExample[] = "docs/examples/disk_usage";

std::vector<std::string> Variants() {
  std::vector<std::string> names;
  const std::string folder = absl::StrCat(kExample, "/variants");
  DIR* const listing = opendir(folder.c_str());
  if (listing == nullptr) return names;
  while (const dirent* const entry = readdir(listing)) {
    if (absl::EndsWith(entry->d_name, ".lua")) names.push_back(entry->d_name);
  }
  closedir(listing);
  std::sort(names.begin(), names.end());
  return names;
}

// The app in a folder of its own, without the links of a test's run files.
class DiskUsageTest : public ::testing::Test {
 protected:
  DiskUsageTest() {
    options_.environment["POSTERN_STORE"] = NewFolder() + "/approvals.db";
    CopyFile("manifest.textproto", "manifest.textproto");
    CopyFile("main.lua", "main.lua");
  }

  void CopyFile(const std::string& from, const std::string& to) {
    const std::string bytes = ReadFile(absl::StrCat(kExample, "/", from));
    ASSERT_NE(bytes, "") << from;
    WriteFile(absl::StrCat(app_, "/", to), bytes);
  }

  ProgramRun Run(const std::vector<std::string>& args) {
    return RunPostern(args, options_);
  }

  void Approve() {
    const std::string review = Run({"approve", app_, "--dry-run"}).out;
    const size_t at = review.find("\ndigest    ");
    ASSERT_NE(at, std::string::npos) << review;
    const ProgramRun run =
        Run({"approve", app_, "--digest", review.substr(at + 11, 64)});
    ASSERT_EQ(run.code, 0) << run.err;
  }

  const std::string app_ = NewFolder();
  ProgramOptions options_;
};

// A folder with others in it, of sizes and names that the seed gives.
std::string RandomTree(unsigned seed) {
  std::mt19937 random(seed);
  const std::string top = NewFolder();
  const char* const kNames[] = {"plain",       "two words", "-n",
                                "new\nline",   "quote'\"",  "; rm -r .",
                                "\x1b[31mred", "tab\there", "caf\xc3\xa9",
                                "\xff\xfe",    "...",       "$(id)"};
  for (const char* name : kNames) {
    if (random() % 4 == 0) continue;
    std::string folder = absl::StrCat(top, "/", name);
    const unsigned depth = random() % 3 + 1;
    for (unsigned i = 0; i < depth; ++i) {
      EXPECT_EQ(mkdir(folder.c_str(), 0700), 0) << folder;
      std::string bytes(random() % 200000, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      WriteFile(folder + "/file", bytes);
      absl::StrAppend(&folder, "/deeper");
    }
  }
  return top;
}

// A name as main.lua prints it.
std::string Printable(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppend(&out, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// "SIZE NAME" of each folder, by du itself.
std::multiset<std::string> ByDu(const std::string& tree) {
  const ProgramRun run =
      RunProgram("/usr/bin/du", {"-k", "-0", "--max-depth=1", "--", tree});
  EXPECT_EQ(run.code, 0) << run.err;
  std::multiset<std::string> rows;
  const std::vector<std::string> lines =
      absl::StrSplit(run.out, '\0', absl::SkipEmpty());
  for (const std::string& line : lines) {
    const size_t tab = line.find('\t');
    const std::string name = line.substr(tab + 1);
    rows.insert(absl::StrCat(line.substr(0, tab), " ",
                             name == tree
                                 ? "(all of it)"
                                 : Printable(name.substr(tree.size() + 1))));
  }
  return rows;
}

// "SIZE NAME" of each folder, by the table that the app printed.
std::multiset<std::string> ByTable(const std::string& table) {
  std::multiset<std::string> rows;
  const std::vector<std::string> lines = absl::StrSplit(table, '\n');
  for (size_t i = 3; i < lines.size(); ++i) {
    if (lines[i].size() < 41) continue;
    const size_t begin = lines[i].find_first_not_of(' ');
    rows.insert(absl::StrCat(lines[i].substr(begin, 10 - begin), " ",
                             lines[i].substr(41)));
  }
  return rows;
}

TEST_F(DiskUsageTest, TheAuditShowsExactlyTwoCalls) {
  const ProgramRun run = Run({"audit", app_});
  EXPECT_EQ(run.code, 0) << run.err;
  std::vector<std::string> calls;
  const std::vector<std::string> lines = absl::StrSplit(run.out, '\n');
  for (const std::string& line : lines) {
    if (absl::StartsWith(line, "call ")) calls.push_back(line);
  }
  ASSERT_EQ(calls.size(), 2u) << run.out;
  EXPECT_TRUE(StrContains(calls[0], "exec.in.run [\"readlink\", "));
  EXPECT_TRUE(StrContains(calls[1], "exec.in.run [\"du\", "));
  EXPECT_FALSE(StrContains(run.out, "NOT IN"));
}

TEST_F(DiskUsageTest, EveryLoadIsDeniedBeforeTheApproval) {
  const ProgramRun run = Run({"run", app_, "--", "/"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(StrContains(run.err, "plugin.load exec.in")) << run.err;
}

TEST_F(DiskUsageTest, TheTableHoldsWhatDuSays) {
  Approve();
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    const std::string tree = RandomTree(seed);
    sync();  // some file systems count blocks only now
    const ProgramRun run = Run({"run", app_, "--", tree});
    EXPECT_EQ(run.code, 0) << run.err;
    const std::multiset<std::string> want = ByDu(tree);
    EXPECT_GE(want.size(), 3u);
    EXPECT_EQ(ByTable(run.out), want) << run.out;
    EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
  }
}

TEST_F(DiskUsageTest, ReadlinkTellsWhereALinkLeads) {
  Approve();
  const std::string folder = NewFolder();
  ASSERT_EQ(mkdir((folder + "/real").c_str(), 0700), 0);
  ASSERT_EQ(symlink("real", (folder + "/link").c_str()), 0);
  const ProgramRun run = Run({"run", app_, "--", folder + "/link"});
  char* const real = realpath((folder + "/link").c_str(), nullptr);
  EXPECT_TRUE(
      absl::StartsWith(run.out, absl::StrCat("Disk usage of ", real, "\n")))
      << run.out;
  free(real);
}

TEST_F(DiskUsageTest, AnotherPathIsNotLookedInto) {
  Approve();
  const std::string folder = NewFolder();
  WriteFile(folder + "/du", "#!/bin/sh\necho 1 forged\n");
  WriteFile(folder + "/readlink", "#!/bin/sh\necho forged\n");
  chmod((folder + "/du").c_str(), 0700);
  chmod((folder + "/readlink").c_str(), 0700);
  options_.environment["PATH"] = folder;
  const ProgramRun run = Run({"run", app_, "--", folder});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_FALSE(StrContains(run.out, "forged")) << run.out;
  EXPECT_EQ(ByTable(run.out), ByDu(folder));
}

TEST_F(DiskUsageTest, EveryVariantIsDeniedAndTouchesNothing) {
  Approve();
  const std::string tree = RandomTree(7);
  const std::multiset<std::string> before = ByDu(tree);
  ASSERT_EQ(symlink("/usr/bin/rm", (app_ + "/du").c_str()), 0);
  ASSERT_GE(Variants().size(), 13u);
  for (const std::string& variant : Variants()) {
    SCOPED_TRACE(variant);
    CopyFile("variants/" + variant, "main.lua");
    EXPECT_EQ(Run({"audit", app_, "--", tree}).code, 0);
    EXPECT_TRUE(StrContains(Run({"audit", app_, "--", tree}).out, "NOT IN"));
    const ProgramRun run = Run({"run", app_, "--", tree});
    EXPECT_EQ(run.code, 1);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(StrContains(run.err, "denied: ERR_ACCESS_DENIED: plugin."));
    EXPECT_EQ(ByDu(tree), before);
  }
}

TEST_F(DiskUsageTest, RmIsDeniedWithFiveFactsByPositionAndByName) {
  Approve();
  for (const char* variant : {"rm.lua", "rm_by_name.lua"}) {
    CopyFile(absl::StrCat("variants/", variant), "main.lua");
    const std::string err = Run({"run", app_, "--", "/nope"}).err;
    for (const char* fact :
         {"exec.in.run [\"rm\"", "argument 0 is \"rm\"",
          "expected \"du\" or \"readlink\"",
          "ask for it in the app's manifest and approve it"}) {
      EXPECT_TRUE(StrContains(err, fact)) << fact << "\n" << err;
    }
  }
}

// Options and operands that make a program read a file, write one, or run
// something; in every place of both grants.
TEST_F(DiskUsageTest, NoArgumentShowsWhatIsInAFile) {
  Approve();
  const std::string secret = NewFolder() + "/secret";
  WriteFile(secret, "TOP SECRET LINE\n");
  const std::string made = NewFolder() + "/made";
  WriteFile(
      app_ + "/main.lua",
      "local exec = require('exec.in')\n"
      "local secret, made = ...\n"
      "local grants = {\n"
      "  {'du', '-k', '-D', '-0', '--max-depth=1', '--', '/usr/bin'},\n"
      "  {'readlink', '-f', '-z', '--', '/usr/bin'},\n"
      "  {'du'}, {'readlink'}, {'du', '--'}, {'du', '-s'}}\n"
      "local tries = {\n"
      "  '--files0-from=' .. secret, '--exclude-from=' .. secret,\n"
      "  '-X' .. secret, '-X', '@' .. secret, '--files-from=' .. secret,\n"
      "  '-T' .. secret, '--file=' .. secret, '-f' .. secret,\n"
      "  'if=' .. secret, 'of=' .. made, '-o' .. made,\n"
      "  '--output=' .. made, '--use-compress-program=touch ' .. made,\n"
      "  '--files0', '--files0-from', '-exec', '--version', '-',\n"
      "  secret .. '\\n', '-- --files0-from=' .. secret}\n"
      "local granted = 0\n"
      "local function try(args)\n"
      "  local ok, r = pcall(exec.run, table.unpack(args))\n"
      "  if not ok then return end\n"
      "  granted = granted + 1\n"
      "  print(r.stdout, r.stderr)\n"
      "end\n"
      "for _, grant in ipairs(grants) do\n"
      "  for _, bad in ipairs(tries) do\n"
      "    for at = 2, #grant + 1 do\n"
      "      local added, changed = {}, {}\n"
      "      for i = 1, #grant do\n"
      "        if i == at then added[#added + 1] = bad end\n"
      "        added[#added + 1] = grant[i]\n"
      "        changed[i] = i == at and bad or grant[i]\n"
      "      end\n"
      "      if at > #grant then added[at] = bad end\n"
      "      try(added)\n"
      "      try(changed)\n"
      "    end\n"
      "  end\n"
      "end\n"
      "print('granted ' .. granted)\n");
  const ProgramRun run = Run({"run", app_, "--", secret, made});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_FALSE(StrContains(run.out + run.err, "TOP SECRET LINE")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "\ngranted ")) << run.out;
  EXPECT_FALSE(StrContains(run.out, "\ngranted 0\n")) << "nothing was tried";
  EXPECT_NE(access(made.c_str(), F_OK), 0) << "it was made";
}

TEST_F(DiskUsageTest, ArgumentsByNameAreJudgedAsThoseByPosition) {
  Approve();
  WriteFile(app_ + "/main.lua", "require('exec.in').run({program = 'du'})");
  const ProgramRun run = Run({"run", app_});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(StrContains(run.err, "argument 1 is (missing)")) << run.err;
}

TEST_F(DiskUsageTest, ANewRequestShowsAsAdded) {
  Approve();
  WriteFile(app_ + "/manifest.textproto",
            ReadFile(app_ + "/manifest.textproto") +
                "calls { function: \"exec.in.run\" args: \"rm\" }\n");
  const ProgramRun run = Run({"approve", app_, "--dry-run"});
  EXPECT_TRUE(StrContains(run.out, "1 ADDED, 0 REMOVED, 2 UNCHANGED"));
  EXPECT_TRUE(StrContains(run.out,
                          "1  ADDED      plugin.call  exec.in.run "
                          "[\"rm\"] and further arguments"))
      << run.out;
}

// The demo with a program, or an example, that does not do as it says.
class DemoTest : public ::testing::Test {
 protected:
  ProgramRun Demo(const std::string& postern, const std::string& example) {
    ProgramOptions options;
    options.environment = {{"POSTERN", postern},
                           {"PATH", "/usr/bin:/bin"},
                           {"TMPDIR", ::testing::TempDir()}};
    return RunProgram("/bin/bash", {example + "/demo"}, options);
  }
  std::string CopyOfExample() {
    const std::string copy = NewFolder();
    const ProgramRun run =
        RunProgram("/bin/cp", {"-rL", Absolute(kExample) + "/.", copy});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(RunProgram("/bin/chmod", {"-R", "u+w", copy}).code, 0);
    return copy;
  }
};

TEST_F(DemoTest, ShowsTenPoints) {
  const ProgramRun run = Demo(PosternPath(), Absolute(kExample));
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  for (int i = 1; i <= 10; ++i) {
    EXPECT_TRUE(StrContains(run.out, absl::StrCat("\n(", i, ") ")));
  }
}

TEST_F(DemoTest, FailsIfAPointDoesNotComeOutRight) {
  EXPECT_NE(Demo("/bin/true", Absolute(kExample)).code, 0);
  const char* const kChanges[][2] = {
      {"/manifest.textproto",
       "calls { function: \"exec.in.run\" "
       "args: \"DU\" }\n"},
      {"/main.lua", "require('exec.in').run('rm')\n"},
      {"/main.lua", "require('exec.in').run('du', 'more')\n"},
      {"/variants/rm.lua", "print('something before')\n"},
      {"/variants/shell.lua", "\nprint(1)"},
  };
  for (const auto& change : kChanges) {
    SCOPED_TRACE(absl::StrCat(change[0], " ", change[1]));
    const std::string copy = CopyOfExample();
    const bool first = absl::StartsWith(change[1], "print");
    const std::string old = ReadFile(copy + change[0]);
    WriteFile(copy + change[0], first ? change[1] + old : old + change[1]);
    const ProgramRun run = Demo(PosternPath(), copy);
    // The last change comes after the denial and is never reached.
    if (std::string(change[1]) == "\nprint(1)") {
      EXPECT_EQ(run.code, 0) << run.out << run.err;
    } else {
      EXPECT_NE(run.code, 0) << run.out;
      EXPECT_TRUE(StrContains(run.err, "demo: FAILED: ")) << run.err;
    }
  }
}

}  // namespace
}  // namespace cli
}  // namespace postern
