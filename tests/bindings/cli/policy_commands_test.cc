// show, fmt, convert and schema: what is done with policies besides asking.

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

constexpr char kPolicy[] =
    "version: 1\n"
    "base_directory: \"/srv\"\n"
    "variables { name: \"P\" value: \"/srv/p\" }\n"
    "layers {\n"
    "  name: \"grants\"\n"
    "  rules { allow: \"fs.read\" pattern: \"${P}/a\" reason: \"its \\033own\" "
    "}\n"
    "  rules { deny: \"fs\" pattern: \"/srv/p/a/keys\" }\n"
    "  rules { ask: \"net.connect\" pattern: \"example.org:443\" uses: 3 }\n"
    "}\n"
    "layers { name: \"top\" default: ALLOW mode: AUDIT deny_as: NOT_FOUND }\n";

class PolicyCommandsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    WriteFile(absl::StrCat(folder_, "/", name), text);
    return absl::StrCat(folder_, "/", name);
  }
  const std::string folder_ = NewFolder();
};

TEST_F(PolicyCommandsTest, ShowTellsLayersRulesAndPlaces) {
  const std::string file = Write("p.textproto", kPolicy);
  const ProgramRun run = RunPostern({"show", file});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(
      run.out,
      absl::StrCat(
          "relative paths start in /srv\n${P} is /srv/p\n\n"
          "layer \"grants\": denies by default\n"
          "  allow  fs.read      ${P}/a           ",
          file, ":6:3  -- its \\u{1b}own\n",
          "  deny   fs           /srv/p/a/keys    ", file, ":7:3\n",
          "  ask    net.connect  example.org:443  ", file, ":8:3  3 uses\n\n",
          "layer \"top\": only takes away, only reports, hides what it "
          "denies\n"));
  rapidjson::Document json;
  json.Parse(RunPostern({"show", "--json", file}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["layers"][0]["rules"][1]["pattern"].GetString(),
               "/srv/p/a/keys");
  EXPECT_EQ(json["layers"][0]["rules"][1]["line"].GetInt(), 7);
  EXPECT_STREQ(json["layers"][1]["mode"].GetString(), "audit");
}

TEST_F(PolicyCommandsTest, ShowTakesFlagsAndSeveralFiles) {
  const std::string file = Write("p.textproto", kPolicy);
  const ProgramRun run = RunPostern({"show", file, "--deny-fs=/srv/x"});
  EXPECT_TRUE(absl::StrContains(
      run.out,
      "layer \"flags\": only takes away\n  deny   fs  /srv/x  --deny-fs\n"))
      << run.out;
  EXPECT_EQ(RunPostern({"show", file, "--policy", file}).code, 0);
  EXPECT_EQ(RunPostern({"show"}).code, 2);
}

TEST_F(PolicyCommandsTest, ColoursAreForTerminals) {
  const std::string file = Write("p.textproto", kPolicy);
  EXPECT_EQ(RunPostern({"show", file}).out.find('\x1b'), std::string::npos);
  EXPECT_TRUE(absl::StrContains(RunPosternOnTerminal({"show", file}, "").out,
                                "\x1b[31mdeny \x1b[0m"));
  EXPECT_EQ(RunPosternOnTerminal({"show", file}, "", {{"NO_COLOR", "1"}})
                .out.find('\x1b'),
            std::string::npos);
  EXPECT_EQ(RunPosternOnTerminal({"show", file}, "", {{"TERM", "dumb"}})
                .out.find('\x1b'),
            std::string::npos);
}

TEST_F(PolicyCommandsTest, FmtRewritesWhatIsNotFormatted) {
  const std::string file = Write("p.textproto", "version:1 # one\n");
  const std::string good = Write("q.textproto", "version: 1\n");
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  ASSERT_EQ(symlink("p.textproto", (folder_ + "/link.textproto").c_str()), 0);
  ProgramRun run = RunPostern({"fmt", "--check", file, good});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.out, absl::StrCat("not formatted: ", file, "\n"));
  EXPECT_EQ(ReadFile(file), "version:1 # one\n");

  run = RunPostern({"fmt", good, folder_ + "/link.textproto"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, absl::StrCat("formatted: ", folder_, "/link.textproto\n"));
  EXPECT_EQ(ReadFile(file), "version: 1  # one\n");
  struct stat info;
  ASSERT_EQ(lstat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u) << "the mode stays";
  ASSERT_EQ(lstat((folder_ + "/link.textproto").c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode)) << "and so does the link";
  EXPECT_EQ(RunPostern({"fmt", file}).out, "");
  EXPECT_EQ(RunPostern({"fmt", "--check", file, good}).code, 0);
}

TEST_F(PolicyCommandsTest, FmtKeepsTheOwner) {
  const std::string file = Write("p.textproto", "version:1");
  if (chown(file.c_str(), 4242, 4343) != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(RunPostern({"fmt", file}).code, 0);
  struct stat info;
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 4242u);
  EXPECT_EQ(info.st_gid, 4343u);
}

TEST_F(PolicyCommandsTest, StandardInputIsReadOnce) {
  const std::vector<std::vector<std::string>> kCases = {
      {"fmt", "-", "-"},
      {"show", "-", "-"},
      {"diff", "-", "-"},
      {"test", "--policy", "-", "-"},
      {"check", "--policy", "-", "--policy", "-", "code.eval"}};
  for (const std::vector<std::string>& args : kCases) {
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(absl::StrContains(run.err, "\"-\" is named twice"))
        << args[0] << run.err;
  }
  EXPECT_TRUE(
      absl::StrContains(RunPostern({"check", "--batch", "--policy", "-"}).err,
                        "give the policy as a file"));
}

TEST_F(PolicyCommandsTest, FmtTakesStandardInput) {
  ProgramOptions options;
  options.in = "version:1";
  EXPECT_EQ(RunPostern({"fmt", "-"}, options).out, "version: 1\n");
  EXPECT_EQ(RunPostern({"fmt", "-", "--check"}, options).code, 1);
}

TEST_F(PolicyCommandsTest, FmtChangesNothingIfOneFileIsWrong) {
  const std::string file = Write("p.textproto", "version:1");
  const std::string bad = Write("bad.textproto", "version: 2\nversion: 2\n");
  const ProgramRun run = RunPostern({"fmt", file, bad});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(absl::StrContains(run.err, ":1:10: "));
  EXPECT_TRUE(absl::StrContains(run.err, ":2:1: ")) << "all of it is told";
  EXPECT_EQ(ReadFile(file), "version:1");
  EXPECT_EQ(RunPostern({"fmt"}).code, 2);
  EXPECT_EQ(RunPostern({"fmt", Write("x.json", "{\"version\": 1}")}).code, 2);
}

TEST_F(PolicyCommandsTest, ConvertGoesRoundEveryForm) {
  const std::string text = Write("p.textproto", kPolicy);
  const std::string json = folder_ + "/p.json";
  const std::string binary = folder_ + "/p.binpb";
  const std::string again = folder_ + "/again.textproto";
  const std::string first = folder_ + "/first.textproto";
  const std::vector<std::vector<std::string>> steps = {
      {text, "--to", "text", "--out", first},
      {text, "--to", "json", "--out", json},
      {json, "--to", "binary", "--out", binary},
      {binary, "--to", "text", "--out", again}};
  for (std::vector<std::string> args : steps) {
    args.insert(args.begin(), "convert");
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out, "");
  }
  EXPECT_EQ(ReadFile(first), ReadFile(again));
  EXPECT_EQ(RunPostern({"convert", text, "--to=text"}).out, ReadFile(first));
}

TEST_F(PolicyCommandsTest, ShowWritesAPage) {
  const std::string file = Write("p.textproto", kPolicy);
  const std::string page = folder_ + "/p.html";
  ProgramRun run = RunPostern({"show", file, "--html", page});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "");
  const std::string html = ReadFile(page);
  EXPECT_TRUE(absl::StartsWith(html, "<!DOCTYPE html>"));
  EXPECT_TRUE(absl::StrContains(html, absl::StrCat("<bdi>", file, ":6:3")));
  EXPECT_TRUE(absl::StrContains(html, "its \\u{1b}own"));

  run = RunPostern({"show", "--allow-fs-read=/srv", "--html", "-"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(absl::StrContains(run.out, "<h1><bdi>rules of the command line"));
}

TEST_F(PolicyCommandsTest, ShowRefusesWhatDoesNotGoTogether) {
  const std::string file = Write("p.textproto", kPolicy);
  const std::string page = folder_ + "/p.html";
  struct Case {
    std::vector<std::string> args;
    const char* want;
  };
  const Case kCases[] = {
      {{file, "--html", page, "--json"}, "--json and --html exclude"},
      {{file, "--html", folder_}, "is no regular file"},
      {{file, "--html", page, "--app", "a.b"}, "give --app, or files"},
      {{"--html", page, "--app", "a.b", "--base", "/"}, "an approval has its"},
      {{file, "--html", page, "--store", "/x"}, "give --app APP too"},
      {{"--html", page, "--app", "a.b"}, "nothing is approved for \"a.b\""},
      {{file + "x", "--html", page}, "unknown kind of file"},
      {{file, "--html", ""}, "nothing given for \"--html\""},
  };
  for (const Case& c : kCases) {
    std::vector<std::string> args = {"show"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2) << c.want;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
    EXPECT_NE(access(page.c_str(), F_OK), 0) << c.want;
  }
}

TEST_F(PolicyCommandsTest, FlagsBecomeAPolicyAndFlagsAgain) {
  const std::string file = folder_ + "/p.textproto";
  ASSERT_EQ(RunPostern({"convert", "--allow-fs-read=/srv/a b,/x\\,y",
                        "--deny-plugin-call=exec.in.run du **", "--to", "text",
                        "--out", file, "--base", "/srv"})
                .code,
            0);
  const ProgramRun run = RunPostern({"convert", file, "--to", "flags"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out,
            "'--allow-fs-read=/srv/a b'\n'--allow-fs-read=/x\\,y'\n"
            "'--deny-plugin-call=exec.in.run du **'\n");
}

TEST_F(PolicyCommandsTest, ConvertRefusesWhatCannotBeSaid) {
  const std::string text = Write("p.textproto", kPolicy);
  const std::string limited = Write(
      "l.textproto",
      "version: 1 layers { name: \"g\" rules { allow: \"fs\" uses: 2 } }");
  const std::string relative = Write(
      "r.textproto",
      "version: 1 base_directory: \"/srv\" layers { name: \"g\" rules { allow: "
      "\"fs\" pattern: \"exact:x\" } }");
  const std::string argument = Write(
      "a.textproto",
      "version: 1 base_directory: \"/srv\" layers { name: \"g\" rules { allow: "
      "\"plugin.call\" call { function: \"f.g\" args: \"path:x\" } } }");
  struct Case {
    std::vector<std::string> args;
    const char* want;
  };
  const Case kCases[] = {
      {{"convert", relative, "--to", "flags"}, "flags cannot say where the"},
      {{"convert", argument, "--to", "flags"}, "flags cannot say where the"},
      {{"convert", text}, "--to is missing"},
      {{"convert", text, "--to", "jsno"}, "perhaps \"json\""},
      {{"convert", text, "--to", "flags"}, "flags cannot say 2 layers"},
      {{"convert", limited, "--to", "flags"}, "flags cannot say when the rule"},
      {{"convert", text, "--to", "text", "--out", "/nope/x"}, "cannot write"},
      {{"convert", "--to", "text"}, "no rules are given"},
  };
  for (const Case& c : kCases) {
    const ProgramRun run = RunPostern(c.args);
    EXPECT_EQ(run.code, 2) << c.want;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
  }
}

TEST_F(PolicyCommandsTest, SchemaIsJson) {
  const ProgramRun run = RunPostern({"schema"});
  rapidjson::Document json;
  json.Parse(run.out.c_str());
  EXPECT_FALSE(json.HasParseError());
  EXPECT_TRUE(json.HasMember("$ref"));
  EXPECT_EQ(RunPostern({"schema", "x"}).code, 2);
}

}  // namespace
}  // namespace cli
}  // namespace postern
