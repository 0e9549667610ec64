#include <stdlib.h>
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

using absl::StrContains;

const char kAsksEcho[] =
    "calls { function: \"exec.in.run\" args: \"echo\" reason: \"to greet\" }\n";
const char kEchoes[] =
    "print(require('exec.in').run('echo', 'hi', ...).stdout)";

// An empty store for each test.
class AppCommandsTest : public ::testing::Test {
 protected:
  AppCommandsTest() { options_.environment["POSTERN_STORE"] = store_; }

  ProgramRun Run(const std::vector<std::string>& args,
                 Stdout out = Stdout::kFile) {
    options_.out = out;
    return RunPostern(args, options_);
  }

  std::string Digest(const std::string& app) {
    const ProgramRun run = Run({"approve", app, "--dry-run", "--json"});
    rapidjson::Document json;
    json.Parse(run.out.c_str());
    return json.HasParseError() ? "" : json["review"]["digest"].GetString();
  }

  ProgramRun Approve(const std::string& app) {
    return Run({"approve", app, "--digest", Digest(app)});
  }

  bool StoreExists() { return access(store_.c_str(), F_OK) == 0; }

  const std::string store_ = NewFolder() + "/approvals.db";
  ProgramOptions options_;
};

TEST_F(AppCommandsTest, ShowsWhatIsApprovedAndWhatWas) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  ASSERT_EQ(Approve(app).code, 0);
  ProgramRun run = Run({"show", "--app", "notes.acme"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(StrContains(run.out, "exec.in.run [\"echo\"]")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "approval of notes.acme")) << run.out;

  run = Run({"show", "--app", app, "--html", "-"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(StrContains(run.out, "<h1><bdi>notes.acme</bdi></h1>"));
  EXPECT_TRUE(StrContains(run.out, "“<bdi>to greet</bdi>”"));
  EXPECT_TRUE(StrContains(run.out, "<dt>approved by</dt>"));

  ASSERT_EQ(Run({"revoke", "notes.acme"}).code, 0);
  run = Run({"show", "--app", "notes.acme", "--html", "-"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(StrContains(run.out, "The approval was revoked"));
  EXPECT_TRUE(StrContains(run.out, "<td>approved 1 permission</td>"));
  EXPECT_EQ(Run({"show", "--app", "other.acme"}).code, 2);
}

TEST_F(AppCommandsTest, APermissionGoesFromItsFirstDenialToItsRevocation) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  ProgramRun run = Run({"run", app});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
  EXPECT_TRUE(StrContains(run.err, "denied: ERR_ACCESS_DENIED: plugin.load"));
  EXPECT_TRUE(StrContains(run.err, "see \"postern approve " + app + "\""));

  run = Run({"approve", app, "--dry-run"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(StrContains(run.out, "1 ADDED, 0 REMOVED, 0 UNCHANGED"));
  EXPECT_FALSE(StoreExists()) << "a dry run changes nothing";

  run = Approve(app);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(StrContains(run.out, "approved \"notes.acme\" by "));
  run = Run({"run", app, "--", "there"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "hi there\n\n");
  run = Run({"list"});
  EXPECT_TRUE(StrContains(run.out, "notes.acme"));
  EXPECT_TRUE(StrContains(run.out, "exec.in.run [\"echo\"]"));
  EXPECT_TRUE(StrContains(Approve(app).out, "nothing to approve"));

  EXPECT_EQ(Run({"revoke", app}).code, 0);
  EXPECT_EQ(Run({"revoke", app}).code, 2) << "nothing left to revoke";
  EXPECT_EQ(Run({"run", app}).code, 1);
  EXPECT_TRUE(StrContains(Run({"list"}).out, "nothing is approved in"));
}

TEST_F(AppCommandsTest, HostsAndPagesAreApproved) {
  const std::string app = NewApp(
      "net { endpoint: \"db.test:5432\" resolves_to: \"@private\" "
      "reason: \"its database\" }\n"
      "net { endpoint: \"*.a.test\" access: RESOLVE reason: \"mirrors\" }\n"
      "csp { directive: \"img-src\" sources: [\"https://A.test\", \"data:\"] "
      "}\n",
      "print('hi')");
  ProgramRun run = Run({"approve", app, "--dry-run"});
  EXPECT_EQ(run.code, 0) << run.err;
  for (const char* part :
       {"4 ADDED, 0 REMOVED, 0 UNCHANGED",
        "ADDED      net.connect  \"db.test:5432\", which may lead to "
        "[\"@private\"]",
        "risk    local-address: ",
        "ADDED      net.resolve  \"*.a.test\", every host below",
        "ADDED      csp          img-src https://a.test (images from"}) {
    EXPECT_TRUE(StrContains(run.out, part)) << part << "\n" << run.out;
  }
  run = Approve(app);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(StrContains(Approve(app).out, "nothing to approve"));
  EXPECT_EQ(Run({"run", app}).out, "hi\n");

  run = Run({"list"});
  EXPECT_TRUE(StrContains(run.out, "  net.resolve  \"*.a.test\"")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "  csp  img-src data: (")) << run.out;
  rapidjson::Document json;
  json.Parse(Run({"list", "--json"}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  bool pasted = false;
  for (const auto& request : json["approvals"][0]["requests"].GetArray()) {
    pasted |= request["rule"] ==
              "rules { allow: \"net.resolve\" pattern: \"*.a.test\" }";
  }
  EXPECT_TRUE(pasted) << "a line for a policy";
  const auto& words = json["approvals"][0]["csp"];
  ASSERT_EQ(words.Size(), 2u);
  EXPECT_STREQ(words[1]["directive"].GetString(), "img-src");
  EXPECT_STREQ(words[1]["word"].GetString(), "https://a.test");

  // A source that is gone is a change, though the app's rules are the same.
  WriteFile(app + "/manifest.textproto",
            "version: 1 app: \"notes.acme\"\n"
            "net { endpoint: \"db.test:5432\" resolves_to: \"@private\" "
            "reason: \"its database\" }\n"
            "net { endpoint: \"*.a.test\" access: RESOLVE reason: "
            "\"mirrors\" }\n"
            "csp { directive: \"img-src\" sources: \"data:\" }\n");
  run = Run({"approve", app, "--dry-run"});
  EXPECT_TRUE(StrContains(run.out, "0 ADDED, 1 REMOVED, 3 UNCHANGED"))
      << run.out;
  EXPECT_TRUE(StrContains(Approve(app).out, "approved \"notes.acme\""));
}

TEST_F(AppCommandsTest, ApprovalNeedsAPersonOrTheRightDigest) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string digest = Digest(app);
  ASSERT_EQ(digest.size(), 64u);
  for (const std::string& wrong : {std::string("0"), std::string(64, '0'),
                                   digest.substr(1), digest + "0"}) {
    const ProgramRun run = Run({"approve", app, "--digest", wrong});
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
  }
  const ProgramRun run = Run({"approve", app});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(StrContains(run.err, "nobody to ask")) << run.err;
  WriteFile(app + "/manifest.textproto",
            absl::StrCat("version: 1 app: \"notes.acme\"\n", kAsksEcho,
                         "calls { function: \"exec.in.run\" args: \"rm\" }\n"));
  EXPECT_EQ(Run({"approve", app, "--digest", digest}).code, 2)
      << "the manifest changed since";
  EXPECT_FALSE(StoreExists());
}

TEST_F(AppCommandsTest, WhatCannotBeShownIsNotApproved) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string digest = Digest(app);
  for (const Stdout out :
       {Stdout::kClosed, Stdout::kFull, Stdout::kBrokenPipe}) {
    for (const char* more : {"--json", "--dry-run"}) {
      std::vector<std::string> args = {"approve", app, "--digest", digest};
      if (std::string(more) == "--json") args.push_back(more);
      const ProgramRun run = Run(args, out);
      EXPECT_EQ(run.code, 2);
      EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
      EXPECT_FALSE(StoreExists());
    }
  }
}

TEST_F(AppCommandsTest, ATerminalIsAsked) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  for (const char* answer :
       {"no\n", "n\n", "yesno\n", "\n", " yes\n", "\x04"}) {
    const ProgramRun run =
        RunPosternOnTerminal({"approve", app, "--store", store_}, answer);
    EXPECT_EQ(run.code, 1) << answer << run.out;
    EXPECT_TRUE(StrContains(run.out, "Approve this?")) << run.out;
    EXPECT_FALSE(StoreExists()) << answer;
  }
  for (const char* answer : {"yes\n", "y\n", "Y\n", "YES\n"}) {
    const ProgramRun run =
        RunPosternOnTerminal({"approve", app, "--store", store_}, answer);
    EXPECT_EQ(run.code, 0) << run.out;
    EXPECT_EQ(Run({"run", app}).code, 0);
    EXPECT_EQ(Run({"revoke", app}).code, 0);
  }
}

TEST_F(AppCommandsTest, AnUpdateShowsWhatIsAddedAndRemoved) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  ASSERT_EQ(Approve(app).code, 0);
  WriteFile(app + "/manifest.textproto",
            "version: 1 app: \"notes.acme\"\n"
            "calls { function: \"exec.in.run\" args: \"rm\" }\n");
  const ProgramRun run = Run({"approve", app, "--dry-run"});
  EXPECT_TRUE(StrContains(run.out, "1 ADDED, 1 REMOVED, 0 UNCHANGED"))
      << run.out;
  EXPECT_EQ(Run({"run", app}).code, 1) << "what is not asked for has ended";
  ASSERT_EQ(Approve(app).code, 0);
  EXPECT_EQ(Run({"run", app}).code, 1);
}

TEST_F(AppCommandsTest, AnApprovalIsForTheAppInOneFolder) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string evil = NewApp(kAsksEcho, "print('evil')");
  ASSERT_EQ(Approve(app).code, 0);
  EXPECT_TRUE(StrContains(Run({"list"}).out, app)) << "it says for which";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"run", evil},
        {"run", evil, "--allow-plugin-call"},
        {"revoke", evil}}) {
    const ProgramRun run = Run(command);
    EXPECT_EQ(run.code, 2) << run.out;
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(StrContains(run.err, "is for the app in \"" + app + "\""))
        << run.err;
    EXPECT_EQ(StrContains(run.err, "approve"), command[0] == "run")
        << "who wants to end rights gives none: " << run.err;
  }
  EXPECT_EQ(Run({"run", app}).code, 0) << "still approved";

  // By its own review, it takes the other's place.
  ProgramRun run = Run({"approve", evil, "--dry-run"});
  EXPECT_TRUE(StrContains(
      run.out, "folder    \"" + evil + "\", in place of the app in \"" + app))
      << run.out;
  run = Run({"approve", evil});
  EXPECT_TRUE(StrContains(run.err, "nobody to ask")) << "it is not settled";
  EXPECT_EQ(Approve(evil).code, 0);
  EXPECT_EQ(Run({"run", evil}).out, "evil\n");
  EXPECT_EQ(Run({"run", app}).code, 2);
  // A link to the folder is the folder.
  const std::string link = NewFolder() + "/link";
  ASSERT_EQ(symlink(evil.c_str(), link.c_str()), 0);
  EXPECT_EQ(Run({"run", link}).out, "evil\n");
  EXPECT_EQ(Run({"revoke", "notes.acme"}).code, 0) << "by its id, any";
}

TEST_F(AppCommandsTest, ADigestIsForTheAppInOneFolder) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string evil = NewApp(kAsksEcho, "print('evil')");
  const std::string first = Digest(app);
  EXPECT_EQ(Run({"approve", evil, "--digest", first}).code, 2);
  ASSERT_EQ(Run({"approve", app, "--digest", first}).code, 0);
  // Nor is the settled review of the one that of taking its place.
  const std::string settled = Digest(app);
  for (const std::string& digest : {first, settled}) {
    const ProgramRun run = Run({"approve", evil, "--digest", digest});
    EXPECT_EQ(run.code, 2) << run.out;
    EXPECT_TRUE(StrContains(run.err, "of another folder")) << run.err;
  }
  EXPECT_EQ(Run({"run", app}).code, 0) << "it kept its approval";
}

TEST_F(AppCommandsTest, ABareWordIsAnId) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  ASSERT_EQ(Approve(app).code, 0);
  const std::string other = NewFolder();
  ASSERT_EQ(mkdir((other + "/two.guest").c_str(), 0700), 0);
  WriteFile(other + "/two.guest/manifest.textproto",
            "version: 1 app: \"notes.acme\"\n");
  const auto revoke = [&](const std::string& word) {
    return RunProgram("/usr/bin/env",
                      {"-C", other, PosternPath(), "revoke", word}, options_);
  };
  const ProgramRun word = revoke("two.guest");
  const ProgramRun dot = revoke(".");
  const ProgramRun path = revoke("./two.guest");
  EXPECT_EQ(word.code, 2) << word.out;
  EXPECT_TRUE(StrContains(word.err, "nothing is approved for \"two.guest\""));
  EXPECT_TRUE(StrContains(word.err, "with a slash, as ./app")) << word.err;
  EXPECT_TRUE(StrContains(dot.err, "with a slash, as ./app")) << dot.err;
  EXPECT_TRUE(StrContains(path.err, "is for the app in")) << path.err;
  EXPECT_EQ(Run({"run", app}).code, 0) << "nothing was revoked";
}

TEST_F(AppCommandsTest, AFunctionThatIsMistypedIsNotApproved) {
  const std::string app = NewApp(
      "calls { function: \"exec.in.runn\" args: \"echo\" reason: \"x\" }\n",
      "");
  for (const char* command : {"approve", "audit"}) {
    const ProgramRun run = Run({command, app});
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(StrContains(
        run.err,
        "manifest.textproto:3:1: plugin \"exec.in\" has no "
        "function \"runn\", perhaps \"run\", expected run or run_in"))
        << run.err;
  }
  EXPECT_EQ(Run({"approve", "--dry-run",
                 NewApp("calls { function: \"other.host\" args: \"x\" }\n"
                        "calls { function: \"exec.in.*\" reason: \"x\" }\n",
                        "")})
                .code,
            0);
}

TEST_F(AppCommandsTest, TheStoreSaysWhoAndWhen) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  if (geteuid() == 0) options_.environment["SUDO_USER"] = "mallory\n\x1b[2K";
  ASSERT_EQ(Approve(app).code, 0);
  const ProgramRun run = Run({"list", "--json"});
  rapidjson::Document json;
  json.Parse(run.out.c_str());
  ASSERT_FALSE(json.HasParseError()) << run.out;
  ASSERT_EQ(json["approvals"].Size(), 1u);
  const auto& approval = json["approvals"][0];
  EXPECT_STREQ(approval["app"].GetString(), "notes.acme");
  EXPECT_EQ(approval["revision"].GetInt(), 1);
  EXPECT_TRUE(absl::StartsWith(approval["approved_at"].GetString(), "20"));
  EXPECT_GT(approval["approved_by"].GetStringLength(), 0u);
  if (geteuid() == 0) {
    EXPECT_STREQ(approval["approved_by"].GetString(),
                 "mallory\\u{a}\\u{1b}[2K");
  }
}

// An app that nobody approved fails at its first require.
TEST_F(AppCommandsTest, ARefusedRequireSaysThatAGrantedCallIsEnough) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const ProgramRun run = Run({"run", app});
  EXPECT_EQ(run.code, 1);
  for (const char* part :
       {"ERR_ACCESS_DENIED: plugin.load exec.in; grant a call of this plugin, "
        "which is enough, or add a rule",
        "see \"postern approve "}) {
    EXPECT_TRUE(StrContains(run.err, part)) << run.err;
  }
  const ProgramRun denied = Run({"run", app, "--deny-plugin-load=exec.in"});
  EXPECT_FALSE(StrContains(denied.err, "is enough")) << denied.err;
}

TEST_F(AppCommandsTest, AMistypedStoreMakesNoFolder) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string typo = NewFolder() + "/typo";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"approve", app, "--digest", Digest(app)},
        {"run", app},
        {"revoke", "notes.acme"},
        {"show", "--app", app},
        {"list"}}) {
    std::vector<std::string> args = command;
    args.insert(args.end(), {"--store", typo + "/x.db"});
    const ProgramRun run = Run(args);
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(StrContains(
        run.err, "no folder \"" + typo + "\"; make it, or correct --store"))
        << run.err;
    options_.environment["POSTERN_STORE"] = typo + "/x.db";
    const ProgramRun by_environment = Run(command);
    EXPECT_EQ(by_environment.code, 2);
    EXPECT_TRUE(StrContains(by_environment.err, "or correct POSTERN_STORE"))
        << by_environment.err;
    options_.environment["POSTERN_STORE"] = store_;
    EXPECT_NE(access(typo.c_str(), F_OK), 0) << command[0];
  }
}

TEST_F(AppCommandsTest, DefaultStoresAreMadePrivate) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string digest = Digest(app);
  const std::string home = NewFolder();
  options_.environment = {{"POSTERN_STORE", ""}, {"HOME", home}};
  EXPECT_EQ(Run({"list"}).code, 0);
  EXPECT_NE(access((home + "/.local").c_str(), F_OK), 0)
      << "only looking makes nothing";
  EXPECT_EQ(Run({"approve", app, "--digest", digest}).code, 0);
  struct stat info;
  ASSERT_EQ(stat((home + "/.local/share/postern").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(stat((home + "/.local/share/postern/approvals.db").c_str(), &info),
            0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);

  options_.environment["XDG_DATA_HOME"] = home + "/data";
  EXPECT_TRUE(StrContains(Run({"list"}).out, home + "/data/postern/"));
  options_.environment["XDG_DATA_HOME"] = "relative";
  EXPECT_TRUE(StrContains(Run({"list"}).out, "notes.acme")) << "ignored";
}

TEST_F(AppCommandsTest, AnAppIsRevokedByItsId) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  ASSERT_EQ(Approve(app).code, 0);
  const ProgramRun run = Run({"revoke", "notes.acme", "--json"});
  EXPECT_EQ(run.code, 0) << run.err;
  rapidjson::Document json;
  json.Parse(run.out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["revoked"].GetString(), "notes.acme");
  EXPECT_EQ(json["revision"].GetInt(), 2);
}

TEST_F(AppCommandsTest, AuditRunsNoPluginAndMarksWhatIsMissing) {
  const std::string marker = NewFolder() + "/made";
  const std::string app =
      NewApp(kAsksEcho,
             "local exec = require('exec.in')\n"
             "exec.run('echo', 'a')\n"
             "exec.run('touch', ...)\n"
             "exec.run('re:x', '{a,b}', '*', 'path:/x', '\\\\?')\n"
             "exec.run({program = 'cat'})\n");
  ProgramRun run = Run({"audit", app, "--", marker});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(access(marker.c_str(), F_OK), 0) << "plugin code ran";
  EXPECT_TRUE(StrContains(run.out, "[\"echo\", \"a\"]  -- asked for\n"));
  EXPECT_TRUE(StrContains(
      run.out, absl::StrCat("[\"touch\", \"", marker, "\"]  -- NOT IN")));
  EXPECT_TRUE(StrContains(run.out, "[program=\"cat\"]  -- NOT IN"));

  // The lines that it prints are what is missing, exactly.
  run = Run({"audit", app, "--json", "--", marker});
  rapidjson::Document json;
  json.Parse(run.out.c_str());
  ASSERT_FALSE(json.HasParseError()) << run.out;
  ASSERT_EQ(json["calls"].Size(), 4u);
  EXPECT_TRUE(json["calls"][0]["asked"].GetBool());
  EXPECT_FALSE(json["calls"][1]["asked"].GetBool());
  const std::string missing = json["missing"].GetString();
  WriteFile(app + "/manifest.textproto",
            ReadFile(app + "/manifest.textproto") + missing);
  run = Run({"audit", app, "--", marker});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_FALSE(StrContains(run.out, "NOT IN")) << run.out << missing;
  EXPECT_TRUE(StrContains(Run({"audit", app, "--", "else"}).out, "NOT IN"));
}

// A broad request without a reason is refused, so what an audit says to add
// has one where it has to.
TEST_F(AppCommandsTest, WhatAnAuditSaysToAddCanBeAdded) {
  const std::string app = NewApp(kAsksEcho,
                                 "local exec = require('exec.in')\n"
                                 "exec.run('sh', '-c', 'x')\n"
                                 "exec.run('ls')\n");
  rapidjson::Document json;
  json.Parse(Run({"audit", app, "--json"}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  const std::string missing = json["missing"].GetString();
  const std::string reason = "reason: \"TODO: say why\"\n";
  const size_t at = missing.find(reason);
  EXPECT_NE(at, missing.npos) << missing;
  EXPECT_EQ(missing.find(reason, at + 1), missing.npos)
      << "ls alone needs none: " << missing;
  WriteFile(app + "/manifest.textproto",
            ReadFile(app + "/manifest.textproto") + missing);
  const ProgramRun run = Run({"approve", app, "--dry-run"});
  EXPECT_EQ(run.code, 0) << run.err;
}

TEST_F(AppCommandsTest, AnAuditShowsWhatNoManifestCanAskFor) {
  const std::string app = NewApp(kAsksEcho,
                                 "local exec = require('exec.in')\n"
                                 "exec.run('a\\0b', '\\xff')\n"
                                 "exec['\\xff\\n\\27[2J']('x')\n"
                                 "exec.run({'a'}, 'b', 7)\n"
                                 "exec['a.b']('x')\n"
                                 "require('fs')\n"
                                 "require('no.such.plugin').f()\n"
                                 "require('no.such.plugin').g('x')\n");
  const ProgramRun run = Run({"audit", app});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(StrContains(run.out, "[\"a\\u{0}b\", \"\\xff\"]  -- NOT IN"))
      << run.out;
  EXPECT_TRUE(StrContains(run.out, "load     no.such.plugin  -- NOT IN"));
  EXPECT_FALSE(StrContains(run.out, "add to the manifest")) << run.out;
  const size_t remarks = run.out.find("\nWhat no manifest can ask for:\n\n");
  ASSERT_NE(remarks, std::string::npos) << run.out;
  for (const char* remark :
       {"exec.in.run: a manifest cannot name these arguments; pass text",
        "exec.in.\\xff\\u{a}\\u{1b}[2J: the plugin exec.in has no such "
        "function;",
        "exec.in.a.b: the plugin exec.in has no such function; correct",
        "exec.in.run: argument 1 is not text, and a manifest names nothing",
        "no.such.plugin: there is no such plugin here;",
        "fs: there is no such plugin here;"}) {
    EXPECT_TRUE(StrContains(run.out.substr(remarks), remark)) << run.out;
  }
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
  rapidjson::Document json;
  json.Parse(Run({"audit", app, "--json"}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["missing"].GetString(), "");
  EXPECT_EQ(json["cannot_ask"].Size(), 6u);
}

TEST_F(AppCommandsTest, AnAuditThatEndsEarlySaysSo) {
  const std::string app = NewApp(
      kAsksEcho,
      "require('exec.in').run('echo')\nerror('bad\\n\\27[2Kthing', 0)\n");
  const ProgramRun run = Run({"audit", app});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(StrContains(run.out, "[\"echo\"]")) << "what was seen is shown";
  EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
  EXPECT_EQ(run.err.find('\x1b'), std::string::npos);
  rapidjson::Document json;
  json.Parse(Run({"audit", app, "--json"}).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_FALSE(json["complete"].GetBool());
  EXPECT_STREQ(json["error"].GetString(), "bad\\u{a}\\u{1b}[2Kthing");
}

// The app chooses how much there is to compare, and no limit of the audited
// process holds in ours.
TEST_F(AppCommandsTest, ALargeAuditIsNoWork) {
  std::string requests;
  for (int i = 0; i < 8000; ++i) {
    absl::StrAppend(&requests, "calls { function: \"p", i,
                    ".f\" reason: \"r\"}\n");
  }
  const std::string app =
      NewApp(requests,
             "for i = 1, 14000 do local m = require('m' .. i)\n"
             "if i % 4 == 0 then m.f('x') end end");
  const ProgramRun run = Run({"audit", app});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(StrContains(run.out, "load     m14000  -- NOT IN")) << run.err;
}

TEST_F(AppCommandsTest, TheDigestOfAnotherReviewIsAnError) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string digest = Digest(app);
  ASSERT_EQ(Run({"approve", app, "--digest", digest}).code, 0);
  EXPECT_EQ(Run({"approve", app, "--digest", digest}).code, 0)
      << "the same command once more";
  const ProgramRun run = Run({"approve", app, "--digest", "0123"});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(StrContains(run.err, "is not the one with digest \"0123\""));
}

TEST_F(AppCommandsTest, RulesOnTheCommandLineAddToWhatIsApproved) {
  const std::string app = NewApp(kAsksEcho, kEchoes);
  const std::string allow = "--allow-plugin-call=exec.in.run echo **";
  const std::string deny = "--deny-plugin-call=exec.in.run echo **";
  EXPECT_EQ(Run({"run", app, allow}).code, 0);
  ASSERT_EQ(Approve(app).code, 0);
  EXPECT_EQ(Run({"run", app}).code, 0);
  const ProgramRun run = Run({"run", app, deny, "--json"});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(StrContains(run.out, "flag --deny-plugin-call")) << run.out;
  EXPECT_EQ(Run({"run", app, deny, allow}).code, 1) << "deny wins";
  // Of several, the remedy names the one in the way, and no place in a text
  // that nobody wrote.
  const ProgramRun text =
      Run({"run", app, "--deny-fs-read=/x", deny, "--deny-plugin-call=x.y"});
  EXPECT_EQ(text.code, 1);
  EXPECT_TRUE(StrContains(text.err, "(--deny-plugin-call)")) << text.err;
  EXPECT_FALSE(StrContains(text.err, "approval of")) << text.err;
}

TEST_F(AppCommandsTest, RunPrintsJson) {
  const std::string app = NewApp(
      kAsksEcho,
      "print('a\\0b'); pcall(function() require('exec.in').run('rm') end)\n");
  ASSERT_EQ(Approve(app).code, 0);
  const ProgramRun run = Run({"run", app, "--json"});
  EXPECT_EQ(run.code, 0) << "the app caught the denial";
  rapidjson::Document json;
  json.Parse(run.out.c_str());
  ASSERT_FALSE(json.HasParseError()) << run.out;
  EXPECT_STREQ(json["outcome"].GetString(), "finished");
  EXPECT_STREQ(json["output"].GetString(), "a\\u{0}b\n");
  ASSERT_EQ(json["denials"].Size(), 1u);
  const auto& denial = json["denials"][0];
  EXPECT_STREQ(denial["operation"].GetString(), "exec.in.run");
  EXPECT_EQ(denial["argument"].GetInt(), 0);
  EXPECT_STREQ(denial["actual"].GetString(), "rm");
  EXPECT_STREQ(denial["expected"][0].GetString(), "echo");
}

TEST_F(AppCommandsTest, AnAppThatFailsIsOneLineAndExitCode2) {
  struct Case {
    const char* main_lua;
    const char* want;
  };
  const Case cases[] = {
      {"error('oh\\nno \\27[2J \\226\\128\\174', 0)", "the app failed: "},
      {"x = = 1", "cannot start the app: "},
      {"while true do end", "the app was stopped: "},
      {"local e = setmetatable({}, {__tostring = error}) error(e)",
       "the app failed: "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.main_lua);
    const ProgramRun run = Run({"run", NewApp("", c.main_lua)});
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(StrContains(run.err, c.want)) << run.err;
    EXPECT_EQ(run.err.find('\x1b'), std::string::npos);
    EXPECT_EQ(run.err.find("\xe2\x80\xae"), std::string::npos);
  }
  const std::string app = NewApp("", "");
  ASSERT_EQ(unlink((app + "/main.lua").c_str()), 0);
  EXPECT_EQ(Run({"run", app}).code, 2);
  ASSERT_EQ(symlink("/etc/passwd", (app + "/main.lua").c_str()), 0);
  EXPECT_EQ(Run({"run", app}).code, 2) << "links lead out of the app";
  WriteFile(app + "/manifest.json", "{}");
  EXPECT_TRUE(StrContains(Run({"run", app}).err, "remove one of them"));
}

TEST_F(AppCommandsTest, APatternThatCannotBeHonouredIsNeverShownForApproval) {
  for (const char* path : {"/srv/${APP_DATA}", "/srv/[a]", "/srv/../etc"}) {
    const std::string app =
        NewApp(absl::StrCat("fs { path: \"", path,
                            "\" access: READ reason: \"r\" }\n"),
               "");
    for (const char* command : {"audit", "approve", "run"}) {
      const ProgramRun run = Run({command, app});
      EXPECT_EQ(run.code, 2) << command << " " << path;
      EXPECT_EQ(run.out, "");
      EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
      EXPECT_TRUE(StrContains(run.err, "manifest.textproto:")) << run.err;
      EXPECT_TRUE(StrContains(run.err, "column")) << run.err;
    }
    EXPECT_FALSE(StoreExists());
  }
}

TEST_F(AppCommandsTest, AGuestDoesNotSteerTheTerminal) {
  const std::string app =
      NewApp("",
             "print('a\\27[2Jb\\tc\\r')\n"
             "print('\\x80\\x9b31m \\xff\\x9b2J \\xc2\\x9b')\n"
             "print('\\u{202e}x\\u{200b}\\u{2800}\\u{600} \\\\  \\u{e4}')");
  const ProgramRun run =
      RunPosternOnTerminal({"run", app, "--store", store_}, "");
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_TRUE(StrContains(run.out, "a\\u{1b}[2Jb\tc\\u{d}")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "\\x80\\x9b31m \\xff\\x9b2J \\u{9b}"))
      << run.out;
  EXPECT_TRUE(
      StrContains(run.out, "\\u{202e}x\\u{200b}\\u{2800}\\u{600} \\  ä"))
      << run.out;
  EXPECT_TRUE(StrContains(Run({"run", app}).out, "a\x1b[2Jb\tc\r\n\x80\x9b"))
      << "a pipe gets it all";
}

}  // namespace
}  // namespace cli
}  // namespace postern
