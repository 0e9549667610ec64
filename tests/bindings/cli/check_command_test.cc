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

using Args = std::vector<std::string>;

struct Case {
  Args rules;
  Args question;
  int want;
  const char* why;
};

const char kDu[] = "--allow-plugin-call=exec.in.run du -s *";
const char kOpen[] = "--allow-plugin-call=exec.in.run du **";
const char kSecret[] = "--allow-secret-use=db/password";

// Of each, check and explain give the same verdict.
const Case kCases[] = {
    {{"--allow-fs-read=/nope/a"}, {"fs.read", "/nope/a"}, 0, "exact"},
    {{"--allow-fs-read=/nope/a"}, {"fs.read", "/nope/a/b"}, 0, "beneath"},
    {{"--allow-fs-read=/nope/a"}, {"fs.read", "/nope/ab"}, 1, "twin"},
    {{"--allow-fs-read=/nope/a"}, {"fs.read", "/nope/a/../b"}, 1, "dots"},
    {{"--allow-fs-read=/nope/a"}, {"fs.write", "/nope/a"}, 1, "other"},
    {{"--allow-fs-read=/nope/a"}, {"fs.read"}, 1, "whole"},
    {{"--allow-fs-read"}, {"fs.read"}, 0, "whole"},
    {{"--allow-fs-read"}, {"fs.read", ""}, 1, "empty name"},
    {{"--allow-fs-read"}, {"fs.read", "[a,b]"}, 0, "brackets stay"},
    {{"--allow-fs-read=/nope"}, {"fs.read", "/nope", "--subtree"}, 0, ""},
    {{"--allow-fs-read=/nope", "--deny-fs=/nope/keys"},
     {"fs.read", "/nope", "--subtree"},
     1,
     "a denied part"},
    {{"--ask-fs-read=/nope"}, {"fs.read", "/nope"}, 1, "ask is not granted"},
    {{kSecret}, {"secret.use", "db/password"}, 0, "exact"},
    {{kSecret}, {"secret.use", "db"}, 1, "part of the key"},
    {{kSecret}, {"secret.use", "db/password/x"}, 1, "longer"},
    {{kSecret}, {"secret.use", "db\\/password"}, 1, "one part"},
    {{"--allow-secret-use=a\\/b"}, {"secret.use", "a\\/b"}, 0, "a slash"},
    {{"--allow-secret-use=a\\/b"}, {"secret.use", "a/b"}, 1, "two parts"},
    {{kSecret}, {"secret.use"}, 1, "whole"},
    {{"--allow-env-read=HOME"}, {"env.read", "HOME"}, 0, ""},
    {{"--allow-env-read=HOME"}, {"env.read", "home"}, 1, ""},
    {{"--allow-sys-info"}, {"sys.info", "hostname"}, 0, ""},
    {{"--allow-code-eval"}, {"code.eval"}, 0, "without resource"},
    {{"--allow-plugin-load=exec.in"}, {"plugin.load", "exec.in"}, 0, ""},
    // Attacks 73 and 74: programs and arguments.
    {{kDu}, {"plugin.call", "exec.in.run", "--", "du", "-s", "/x"}, 0, ""},
    {{kDu}, {"plugin.call", "exec.in.run", "--", "du", "-s"}, 1, "too few"},
    {{kDu},
     {"plugin.call", "exec.in.run", "--", "du", "-s", "/x", "/y"},
     1,
     "too many"},
    {{kDu}, {"plugin.call", "exec.in.run", "--", "-s", "du", "/x"}, 1, "order"},
    {{kOpen}, {"plugin.call", "exec.in.run", "--", "du"}, 0, "any rest"},
    {{kOpen}, {"plugin.call", "exec.in.run", "du", "a b"}, 0, "no dashes"},
    {{kOpen}, {"plugin.call", "exec.in.run", "./du"}, 1, "path"},
    {{kOpen}, {"plugin.call", "exec.in.run", "/usr/bin/du"}, 1, "path"},
    {{kOpen}, {"plugin.call", "exec.in.run", "DU"}, 1, "case"},
    {{kOpen}, {"plugin.call", "exec.in.run", "du\n"}, 1, "newline"},
    {{kOpen}, {"plugin.call", "exec.in.run", "du "}, 1, "space"},
    {{kOpen}, {"plugin.call", "exec.in.run", "rm", "du"}, 1, "second"},
    {{kOpen}, {"plugin.call", "exec.in.run"}, 1, "no arguments"},
    {{kOpen}, {"plugin.call", "exec.in.start", "du"}, 1, "function"},
    {{kOpen}, {"plugin.call", "exec.in", "du"}, 1, "not a function of it"},
};

Args Join(const char* command, const Args& rules, const Args& question,
          const Args& more = {}) {
  Args args = {command};
  args.insert(args.end(), rules.begin(), rules.end());
  args.insert(args.end(), more.begin(), more.end());
  args.insert(args.end(), question.begin(), question.end());
  return args;
}

TEST(CheckCommandTest, AnswersByExitCode) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(
        absl::StrCat(c.rules[0], " vs ", c.question.back(), ": ", c.why));
    for (const char* command : {"check", "explain"}) {
      const ProgramRun run = RunPostern(Join(command, c.rules, c.question));
      EXPECT_EQ(run.code, c.want) << command << "\n" << run.out << run.err;
      EXPECT_TRUE(run.err.empty() ||
                  absl::StartsWith(run.err, "postern: warning: --"))
          << run.err;
      EXPECT_TRUE(run.err.empty() || absl::StrContains(run.err, ": procfs: ") ||
                  absl::StrContains(run.err, ": names-files: "))
          << run.err;
      EXPECT_FALSE(run.out.empty());
    }
  }
}

TEST(CheckCommandTest, JsonAnswersAsTheExitCodeDoes) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.rules[0], " vs ", c.question.back()));
    const ProgramRun run =
        RunPostern(Join("check", c.rules, c.question, {"--json"}));
    rapidjson::Document json;
    json.Parse(run.out.c_str());
    ASSERT_FALSE(json.HasParseError()) << run.out;
    EXPECT_EQ(json["granted"].GetBool(), c.want == 0);
    ASSERT_GE(json["answers"].Size(), 1u);
    const std::string effect = json["answers"][0]["effect"].GetString();
    EXPECT_EQ(effect == "allow", c.want == 0);
  }
}

TEST(CheckCommandTest, AGrantedHostIsOnlyAName) {
  const std::string rule = "--allow-net-connect=localhost:80,127.0.0.1:81";
  const auto check = [&](const std::string& endpoint) {
    return RunPostern({"check", rule, "net.connect", endpoint}).out;
  };
  EXPECT_EQ(check("localhost:80"),
            "allow: net.connect localhost:80  (as asked)\n"
            "advisory: the name is granted; each address that it leads to is "
            "decided when a program connects\n");
  EXPECT_EQ(check("127.0.0.1:81"),
            "allow: net.connect 127.0.0.1:81  (as asked)\n");
  EXPECT_EQ(check("localhost:82"),
            "deny: net.connect localhost:82  (as asked)\n")
      << "whatever it leads to";
  const ProgramRun run =
      RunPostern({"check", rule, "net.connect", "localhost:80", "--json"});
  EXPECT_TRUE(absl::StrContains(run.out, "\"advisory\": true")) << run.out;
}

// DNS rebinding: the grant of a name is none of what it may lead to.
TEST(CheckCommandTest, ANameIsAskedAboutWithItsAddress) {
  const std::string file = NewFolder() + "/p.textproto";
  WriteFile(file,
            "version: 1\nlayers { name: \"g\" rules { allow: \"net\" pattern: "
            "\"localhost:8080\" resolves_to: [\"@loopback\"] } }\n");
  const Args inside = {"--policy", file};
  const Args name = {"--allow-net=localhost:8080"};
  struct ResolvedCase {
    Args rules;
    const char* address;
    const char* endpoint;
    int want;
  };
  const ResolvedCase cases[] = {
      {name, "127.0.0.1", "localhost:8080", 1},
      {name, "8.8.8.8", "localhost:8080", 0},
      {inside, "127.0.0.1", "localhost:8080", 0},
      {inside, "127.0.0.1:8080", "localhost:8080", 0},
      {inside, "::1", "localhost:8080", 0},
      {inside, "[::1]:8080", "localhost:8080", 0},
      {inside, "10.0.0.1", "localhost:8080", 1},
      {inside, "127.0.0.1", "other.example:8080", 1},
  };
  for (const ResolvedCase& c : cases) {
    for (const char* permission : {"net.connect", "net.listen"}) {
      const ProgramRun run = RunPostern(Join(
          "check", c.rules, {permission, c.endpoint, "--resolved", c.address}));
      EXPECT_EQ(run.code, c.want) << c.address << run.out << run.err;
      EXPECT_FALSE(absl::StrContains(run.out, "advisory")) << run.out;
    }
  }
  EXPECT_EQ(RunPostern({"check", name[0], "--resolved", "127.0.0.1",
                        "net.connect", "localhost:8080"})
                .out,
            "allow: net.connect localhost:8080  (as asked)\n"
            "deny: net.connect localhost:8080 = 127.0.0.1:8080  (as "
            "resolved)\n");
  EXPECT_EQ(RunPostern({"check", name[0], "--resolved", "8.8.8.8",
                        "net.connect", "localhost:1"})
                .out,
            "deny: net.connect localhost:1  (as asked)\n")
      << "what is denied is not looked up";
}

TEST(CheckCommandTest, StarsAreToldFromASubtree) {
  const std::string allow = "--allow-fs-read=/srv", deny = "--deny-fs=/srv/k";
  ProgramRun run = RunPostern({"check", allow, deny, "fs.read", "/srv/**"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(absl::StrContains(run.err,
                                "warning: /srv/** is asked about as "
                                "one name"))
      << run.err;
  run = RunPostern({"check", allow, deny, "fs.read", "/srv", "--subtree"});
  EXPECT_EQ(run.code, 1);
  EXPECT_FALSE(absl::StrContains(run.err, "--subtree")) << run.err;
}

TEST(CheckCommandTest, ALinkIsAnsweredForByBothNames) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/secret", "x");
  ASSERT_EQ(symlink("secret", (folder + "/link").c_str()), 0);
  ASSERT_EQ(symlink("gone", (folder + "/dangling").c_str()), 0);
  const std::string link = "--allow-fs-read=" + folder + "/link";

  ProgramRun run = RunPostern({"check", link, "fs.read", folder + "/link"});
  EXPECT_EQ(run.code, 1) << "only the link's own name is granted";
  EXPECT_TRUE(absl::StrContains(
      run.out, absl::StrCat("allow: fs.read ", folder, "/link  (as asked)")))
      << run.out;
  EXPECT_TRUE(absl::StrContains(
      run.out,
      absl::StrCat("deny: fs.read ", folder, "/secret  (as really named)")))
      << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "advisory: "));

  run = RunPostern(
      {"check", link + "," + folder + "/secret", "fs.read", folder + "/link"});
  EXPECT_EQ(run.code, 0) << run.out;
  run = RunPostern({"check", "--allow-fs-read=" + folder + "/secret", "fs.read",
                    folder + "/link"});
  EXPECT_EQ(run.code, 1) << "only the real name is granted";
  run = RunPostern({"check", "--allow-fs-read=" + folder + "/dangling",
                    "fs.write", folder + "/dangling"});
  EXPECT_EQ(run.code, 1) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, folder + "/gone")) << run.out;
}

TEST(CheckCommandTest, LinksWithoutEndAreDenied) {
  const std::string folder = NewFolder();
  ASSERT_EQ(symlink("loop", (folder + "/loop").c_str()), 0);
  const ProgramRun run =
      RunPostern({"check", "--allow-fs-read", "fs.read", folder + "/loop"});
  EXPECT_EQ(run.code, 1) << run.out;
  EXPECT_TRUE(absl::StrContains(run.out, "deny: cannot tell where")) << run.out;
}

TEST(CheckCommandTest, ReadsPolicyFiles) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/p.textproto",
            "version: 1\nlayers { name: \"host\" rules { allow: \"fs.read\" "
            "pattern: \"/nope/a\" } }\n");
  WriteFile(folder + "/p.json",
            R"({"version": 1, "layers": [{"name": "host", "rules": [)"
            R"({"allow": ["fs.read"], "pattern": "/nope/a"}]}]})");
  for (const char* name : {"/p.textproto", "/p.json"}) {
    EXPECT_EQ(
        RunPostern({"check", "--policy", folder + name, "fs.read", "/nope/a"})
            .code,
        0);
    EXPECT_EQ(
        RunPostern({"check", "--policy", folder + name, "fs.read", "/nope/b"})
            .code,
        1);
  }
}

TEST(CheckCommandTest, ACallThatIsWrittenAsAPatternIsToldHow) {
  const std::string file = NewFolder() + "/p.textproto";
  WriteFile(file,
            "version: 1\nlayers { name: \"g\" rules { allow: \"plugin.call\" "
            "pattern: \"a.f x\" } }\n");
  const ProgramRun run =
      RunPostern({"check", "--policy", file, "plugin.call", "a.f", "--", "x"});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(
      absl::StrContains(run.err,
                        "plugin.call expected \"call\" with a function and its "
                        "arguments"))
      << run.err;
}

TEST(ExplainCommandTest, ShowsEveryLayerAndWhatWouldAllow) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/p.textproto",
            "version: 1\n"
            "layers { name: \"grants\" rules { allow: \"fs.read\" pattern: "
            "\"/nope\" } }\n"
            "layers { name: \"ceiling\" default: ALLOW rules { deny: \"fs\" "
            "pattern: \"/nope/keys\" reason: \"kept by the host\" } }\n");
  const Args args = {"explain", "--policy", folder + "/p.textproto", "fs.read",
                     "/nope/keys/k"};
  const ProgramRun run = RunPostern(args);
  EXPECT_EQ(run.code, 1);
  for (const char* part :
       {"layer \"grants\": allow by /nope", "layer \"ceiling\": deny by",
        "kept by the host", "remedy: remove or narrow the deny rule",
        "p.textproto:3:"}) {
    EXPECT_TRUE(absl::StrContains(run.out, part)) << part << "\n" << run.out;
  }
  Args with_json = args;
  with_json.push_back("--json");
  rapidjson::Document json;
  json.Parse(RunPostern(with_json).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_EQ(json["answers"][0]["layers"].Size(), 2u);
  EXPECT_STREQ(json["answers"][0]["layer"].GetString(), "ceiling");
}

TEST(ExplainCommandTest, ARelativeRuleSaysWhatItBecame) {
  const auto rule_line = [](const char* rule, const char* file) {
    return RunPostern({"explain", "--base", "/nope", rule, "fs.read", file})
        .out;
  };
  for (const auto& c : std::vector<std::vector<const char*>>{
           {"--allow-fs-read=.", "rule: ., which is /nope (--allow-fs-read)"},
           {"--allow-fs-read=../nope/a",
            "rule: ../nope/a, which is /nope/a (--"},
           {"--allow-fs-read=exact:a/b", "rule: exact:a/b (--"},
           {"--allow-fs-read=/nope", "rule: /nope (--"},
           {"--allow-fs-read={a,c}", "rule: {a,c} (--"},
           {"--allow-fs-read", "rule: (everything) (--"}}) {
    const std::string out = rule_line(c[0], "a/b");
    EXPECT_TRUE(absl::StrContains(out, c[1])) << c[1] << "\n" << out;
  }
  const ProgramRun json =
      RunPostern({"explain", "--allow-fs-read=.", "fs.read", "a", "--json"});
  EXPECT_FALSE(absl::StrContains(json.out, "which is")) << "for people";
}

TEST(CheckCommandTest, WarnsInOneLine) {
  const ProgramRun run = RunPostern(
      {"check", "--allow-env-read", "--allow-env-read=X", "env.read", "HOME"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
  EXPECT_TRUE(absl::StrContains(run.err,
                                "warning: --allow-env-read: bare-beside-list"));
}

TEST(CheckCommandTest, SaysWhyAResourceIsNone) {
  struct BadResource {
    const char* permission;
    const char* resource;
    const char* want;
  };
  const BadResource cases[] = {
      {"net.connect", "https://api.example.org",
       "a URL is none, expected \"api.example.org:443\"\n"},
      {"net.connect", "api.example.org:https", "expected a port from 1"},
      {"net.resolve", "a..b", "an empty label"},
      {"sys.info", "shoesize",
       "invalid resource \"shoesize\" at column 1: expected one of cpus"},
      {"env.read", "A=B", "a variable's name has no \"=\""},
      {"env.read", "$HOME",
       "a variable's name has no \"$\", expected \"HOME\""},
      {"plugin.call", "x", "expected plugin.function"},
      {"env.read", "", "ask for a valid resource"},
      {"net.listen", ":80",
       "\":80\" at column 1: the host is missing, expected one as "
       "\"127.0.0.1:80\"; only rules"},
      {"net.connect", "10.0.0.0/8:80", "a pattern for rules"},
      {"net.connect", "*.a.example:80", "a pattern for rules"},
      {"net.connect", "a.example:80-90", "column 11: expected a decimal port"},
      {"net.resolve", "*.a.example", "a pattern for rules"},
  };
  for (const BadResource& c : cases) {
    for (const char* command : {"check", "explain"}) {
      const ProgramRun run =
          RunPostern({command, "--allow-fs-read", c.permission, c.resource});
      EXPECT_EQ(run.code, 1) << run.err;
      EXPECT_TRUE(absl::StrContains(run.out, c.want)) << c.want << run.out;
    }
  }
  EXPECT_EQ(RunPostern({"check", "--allow-env-read=X", "env.read", "Y"}).out,
            "deny: env.read Y  (as asked)\n")
      << "which a rule would allow";
}

TEST(CheckCommandTest, WhatIsShownCannotDeceive) {
  const ProgramRun run =
      RunPostern({"check", "--allow-fs-read=/x", "fs.read",
                  "/nope\nallow: fs.read /\x1b[2K\xe2\x80\xae"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(run.out.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(run.out.find("\nallow"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace cli
}  // namespace postern
