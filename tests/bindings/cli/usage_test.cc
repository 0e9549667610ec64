#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

struct Case {
  std::vector<std::string> args;
  const char* want;  // on standard error
};

const Case kMisuse[] = {
    {{}, "no command is given"},
    {{"bogus"}, "unknown command \"bogus\""},
    {{"bo\ngus"}, "unknown command \"bo\\u{a}gus\""},
    {{"--bogus"}, "see \"postern --help\""},
    {{"list", "extra"}, "unexpected argument \"extra\""},
    {{"list", "--bogus"}, "unknown option \"--bogus\""},
    {{"list", "--", "x"}, "unexpected argument \"--\""},
    {{"list", "--store"}, "see \"postern list --help\""},
    {{"audit"}, "APP is missing"},
    {{"audit", ""}, "APP is missing"},
    {{"audit", "/nope"}, "no such file or directory"},
    {{"audit", "/etc/passwd"}, "is no directory"},
    {{"audit", "/proc/self"}, "holds no manifest"},
    {{"audit", "/nope", "--allow-all"}, "unexpected rule \"--allow-all\""},
    {{"audit", "list"}, "cannot open the app \"list\""},
    {{"run", "/nope"}, "no such file or directory"},
    {{"approve", "/nope"}, "no such file or directory"},
    {{"approve", "/nope", "--yes"}, "unknown option \"--yes\""},
    {{"approve", "a", "--dry-run", "--digest", "0"}, "exclude each other"},
    {{"revoke", "/nope"}, "no such file or directory"},
    {{"revoke", "no.such.app"}, "nothing is approved for \"no.such.app\""},
    {{"revoke", "a__b"}, "a__b"},
    {{"check"}, "PERMISSION is missing"},
    {{"check", "fs.read", "/a"}, "no rules are given"},
    {{"python", "app.py"}, "no rules are given"},
    {{"python"}, "no script is given"},
    {{"check", "--allow-fs-raed", "fs.read"}, "such as \"--allow-fs-read\""},
    {{"check", "--allow-fs-read=", "fs.read"}, "at column"},
    {{"check", "--allow-fs-read=/a[", "fs.read"}, "at column 3"},
    {{"check", "--allow-fs-read", "fs.raed"}, "unknown permission \"fs.raed\""},
    {{"check", "--allow-fs-read", "fs"}, "\"fs\" is a group"},
    {{"check", "--allow-fs-read", "all"}, "\"all\" is a group"},
    {{"check", "--allow-fs-read", "fs.read", "/a", "/b"}, "takes one resource"},
    {{"check", "--allow-fs-read", "fs.read", "-x"}, "unknown option \"-x\""},
    {{"check", "--allow-all", "code.eval", "ls"}, "leave \"ls\" out"},
    {{"check", "--allow-env", "env.read", "A", "--subtree"}, "with a path"},
    {{"check", "--allow-fs", "fs.read", "--subtree"}, "with a path"},
    {{"check", "--resolved", "::1", "fs.read", "/a"}, "with a host name"},
    {{"check", "--resolved", "::1", "net.resolve", "a"}, "with a host name"},
    {{"check", "--resolved", "::1", "net.connect"}, "with a host name"},
    {{"check", "--resolved", "::1", "net.connect", "::1"}, "is not resolved"},
    {{"check", "--resolved", "::1", "net.connect", "a/b"}, "at column 2: "},
    {{"check", "--resolved", "b", "net.connect", "a"}, "is none, expected one"},
    {{"check", "--resolved", "1.2.3", "net.connect", "a"}, "at column "},
    {{"check", "--resolved", "[::1]:81", "net.connect", "a:80"},
     "another port than \"a:80\""},
    {{"check", "--policy", "/nope.json", "fs.read"}, "/nope.json"},
    {{"check", "--policy", "/etc", "fs.read"}, "expected a name that ends in"},
    {{"check", "--policy", "[a,b]", "fs.read"}, "[a,b]: unknown kind"},
    {{"check", "--allow-fs", "--var", "A", "fs.read"}, "--var NAME=VALUE"},
    {{"check", "--allow-fs", "--var", "A=1", "--var", "A=2", "fs.read"},
     "--var gives a variable twice: \"A\""},
    {{"check", "--allow-fs", "--base", "", "fs.read"}, "nothing given for"},
};

TEST(UsageTest, MisuseIsOneLineAndExitCode2) {
  for (const Case& c : kMisuse) {
    SCOPED_TRACE(absl::StrJoin(c.args, " "));
    const ProgramRun run = RunPostern(c.args);
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
  }
}

TEST(UsageTest, HelpHasExamplesForEachCommand) {
  for (const char* command :
       {"audit", "approve", "run", "revoke", "list", "check", "explain"}) {
    const ProgramRun run = RunPostern({command, "--help"});
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.err, "");
    EXPECT_TRUE(absl::StrContains(
        run.out, absl::StrCat("usage: postern ", command, " ")));
    EXPECT_TRUE(absl::StrContains(
        run.out, absl::StrCat("Examples:\n  postern ", command)))
        << run.out;
    EXPECT_TRUE(absl::StrContains(run.out, "Exit codes: 0 granted or done"));
  }
  EXPECT_EQ(RunPostern({"--help"}).code, 0);
  const ProgramRun version = RunPostern({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "postern 0.1.0\n");
}

// What each kind of broken standard output does to each command.
TEST(UsageTest, BrokenStandardOutputIsOneLineAndExitCode2) {
  const std::vector<std::string> commands[] = {
      {"--help"},
      {"list"},
      {"list", "--json"},
      {"check", "--allow-fs-read=/srv", "fs.read", "/srv"},
      {"explain", "--allow-fs-read=/srv", "fs.read", "/srv", "--json"},
      {"audit", NewApp("", "")},
      {"approve", NewApp("", ""), "--dry-run"},
      {"run", NewApp("", "print('x')")},
  };
  for (const auto& args : commands) {
    for (const Stdout out :
         {Stdout::kClosed, Stdout::kFull, Stdout::kBrokenPipe}) {
      SCOPED_TRACE(
          absl::StrCat(absl::StrJoin(args, " "), " ", static_cast<int>(out)));
      ProgramOptions options;
      options.out = out;
      const ProgramRun run = RunPostern(args, options);
      EXPECT_EQ(run.code, 2);
      EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
      EXPECT_TRUE(absl::StrContains(run.err, "cannot write to standard output"))
          << run.err;
    }
  }
}

// Files that are not what they should be.
TEST(UsageTest, HostileFilesAreOneLineAndExitCode2) {
  const std::string folder = NewFolder();
  ASSERT_EQ(mkfifo((folder + "/fifo.json").c_str(), 0600), 0);
  ASSERT_EQ(mkdir((folder + "/folder.json").c_str(), 0700), 0);
  ASSERT_EQ(symlink("/dev/zero", (folder + "/zero.json").c_str()), 0);
  WriteFile(folder + "/unreadable.json", "{}");
  WriteFile(folder + "/junk.json", std::string(1000, '\xff'));
  WriteFile(folder + "/nul.textproto", std::string("version: 1\0", 11));
  WriteFile(folder + "/deep.json", std::string(100000, '['));
  WriteFile(folder + "/key.json", "{\"version\": 1, \"a\\nb\": 2}");
  chmod((folder + "/unreadable.json").c_str(), 0);
  for (const char* name :
       {"fifo.json", "folder.json", "zero.json", "unreadable.json", "junk.json",
        "nul.textproto", "deep.json", "key.json", "gone.json"}) {
    SCOPED_TRACE(name);
    if (std::string(name) == "unreadable.json" && geteuid() == 0) {
      WriteFile(folder + "/" + name, "");  // root can read it
    }
    const std::string path = absl::StrCat(folder, "/", name);
    ProgramRun run = RunPostern({"check", "--policy", path, "fs.read"});
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;

    const std::string app = NewFolder();
    const std::string manifest = absl::StrCat(
        app, absl::StrContains(name, ".json") ? "/manifest.json"
                                              : "/manifest.textproto");
    ASSERT_EQ(rename(path.c_str(), manifest.c_str()) == 0,
              std::string(name) != "gone.json");
    for (const char* command : {"audit", "run", "approve"}) {
      run = RunPostern({command, app});
      EXPECT_EQ(run.code, 2) << command;
      EXPECT_EQ(run.out, "") << command;
      EXPECT_TRUE(IsOneErrorLine(run.err)) << command << ": " << run.err;
    }
  }
}

// A message about its text would show any file that root can read.
TEST(UsageTest, AManifestThatIsALinkIsRefused) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/secret", "root: x\n");
  ASSERT_EQ(symlink("secret", (folder + "/manifest.textproto").c_str()), 0);
  for (const char* command : {"audit", "run", "approve"}) {
    const ProgramRun run = RunPostern({command, folder});
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(absl::StrContains(
        run.err, "\"manifest.textproto\" is not a regular file"))
        << run.err;
    EXPECT_FALSE(absl::StrContains(run.err, "root"));
  }
}

// --json gives an object whatever happens; what went wrong is on standard error
// as well.
TEST(UsageTest, WithJsonErrorsAreJson) {
  const std::string folder = NewFolder();
  const std::vector<std::vector<std::string>> cases = {
      {"run", "/nope\n", "--json"},
      {"audit", folder, "--json"},
      {"approve", folder, "--digest", "x", "--json"},
      {"revoke", "notes.acme", "--json"},
      {"list", "--store", folder, "--json"},
      {"check", "--allow-nothing", "fs.read", "--json"},
      {"run", "--json"},
  };
  for (const std::vector<std::string>& args : cases) {
    SCOPED_TRACE(args[0]);
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    rapidjson::Document json;
    json.Parse(run.out.c_str());
    ASSERT_FALSE(json.HasParseError()) << run.out;
    EXPECT_EQ(absl::StrCat("postern: ", json["error"].GetString(), "\n"),
              run.err);
  }
  EXPECT_EQ(RunPostern({"run", "/nope", "--", "--json"}).out, "")
      << "the app's word";
}

TEST(UsageTest, AnEmptyFileIsAnEmptyStore) {
  const std::string path = NewFolder() + "/store";
  WriteFile(path, "");
  EXPECT_EQ(RunPostern({"list", "--store", path}).code, 0);
  EXPECT_EQ(RunPostern({"revoke", "notes.acme", "--store", path}).code, 2);
  EXPECT_EQ(ReadFile(path), "");
}

TEST(UsageTest, AStoreThatIsNoneIsLeftAsItIs) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/text", "not a database, but long enough to look at");
  for (const char* command : {"list", "revoke"}) {
    std::vector<std::string> args = {command, "--store", folder + "/text"};
    if (args[0] == "revoke") args.push_back("notes.acme");
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2) << command;
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
  }
  EXPECT_EQ(ReadFile(folder + "/text"),
            "not a database, but long enough to look at");
  EXPECT_EQ(RunPostern({"list", "--store", folder}).code, 2);
}

}  // namespace
}  // namespace cli
}  // namespace postern
