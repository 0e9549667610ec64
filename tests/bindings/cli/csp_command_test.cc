#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using Args = std::vector<std::string>;

struct Misuse {
  Args args;
  const char* want;  // on standard error
};

TEST(CspCommandTest, MisuseIsToldWithAWayOut) {
  const Misuse cases[] = {
      {{}, "no command is given after \"csp\""},
      {{"mix"}, "unknown command csp \"mix\""},
      {{"merge"}, "--base is missing"},
      {{"merge", "--base"}, "nothing given for \"--base\""},
      {{"merge", "--base="}, "nothing given for \"--base\""},
      {{"merge", "--base", "/nope"}, "cannot read \"/nope\""},
      {{"merge", "--base", "/etc"}, "cannot read \"/etc\""},
      {{"merge", "--base", "a", "--base", "b"}, "--base is given twice"},
      {{"merge", "--base", "a", "--app", "b"}, "expected --app NAME=FILE"},
      {{"merge", "--base", "a", "extra"}, "unexpected argument \"extra\""},
      {{"merge", "--base", "a", "--nonce", "b"}, "unknown option \"--nonce\""},
      {{"merge", "--open-hosts", "a"}, "unknown option \"--open-hosts\""},
      {{"check", "img-src", "http://a"}, "no policy is given"},
      {{"check", "--policy", "a", "--header", "b", "img-src", "http://a"},
       "both a policy and a header"},
      {{"check", "--header", "", "img-src"}, "URL is missing"},
      {{"check", "--header", ""}, "DIRECTIVE is missing"},
      {{"check", "--header", "", "image", "http://a"}, "unknown directive"},
      {{"check", "--header", "", "default-src", "http://a"}, "loads nothing"},
      {{"check", "--header", "", "img-src", "a"}, "expected a scheme"},
      {{"check", "--header", "", "img-src", "http://0x7f.1/"}, "at column 8"},
      {{"check", "--header", "", "--self", "a", "img-src", "http://a"},
       "invalid URL \"a\""},
      {{"merge", "--base", "a", "--inserted"}, "unknown option \"--inserted\""},
      {{"check", "--json=1"}, "--json takes no value"},
  };
  for (const Misuse& c : cases) {
    Args args = {"csp"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2) << c.want;
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
  }
  const ProgramRun help = RunPostern({"csp", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_TRUE(absl::StrContains(help.out, "usage: postern csp merge|review"));
  EXPECT_TRUE(absl::StrContains(RunPostern({"--help"}).out, "csp"));
}

class CspFilesTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    WriteFile(absl::StrCat(folder_, "/", name), text);
    return absl::StrCat(folder_, "/", name);
  }

  const std::string folder_ = NewFolder();
  const std::string base_ = Write("base.csp", "default-src 'self'\n");
  const std::string app_ = Write("app.csp", "img-src https://a.test\n");
  const std::string admin_ =
      Write("admin.csp", "[grant app]\nimg-src https://a.test\n");
};

TEST_F(CspFilesTest, MergePrintsHeadersWithPlaces) {
  const Args args = {"csp",     "merge",
                     "--base",  base_,
                     "--app",   absl::StrCat("app=", app_),
                     "--admin", admin_,
                     "--self",  "https://page.test"};
  const ProgramRun run = RunPostern(args);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  for (const std::string& part :
       {std::string("Content-Security-Policy: default-src 'self'; img-src "
                    "'self' https://a.test\n"),
        absl::StrCat("granted to app, ", admin_, ":2:9; asked for by app, ",
                     app_, ":1:9")}) {
    EXPECT_TRUE(absl::StrContains(run.out, part)) << run.out;
  }
  Args json_args = args;
  json_args.push_back("--json");
  rapidjson::Document json;
  json.Parse(RunPostern(json_args).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["all"]["header"].GetString(),
               "default-src 'self'; img-src 'self' https://a.test");
  EXPECT_EQ(
      json["apps"][0]["directives"][1]["words"][1]["from"][0]["line"].GetInt(),
      2);
  EXPECT_FALSE(json["assumed_self"].GetBool());
}

TEST_F(CspFilesTest, ManifestsAskAsLinesDo) {
  const std::string text =
      Write("manifest.textproto",
            "version: 1\napp: \"app.acme_1.0\"\nenv { name: \"LANG\" }\n"
            "csp { directive: \"img-src\" sources: \"https://A.test\" }\n");
  const std::string json = Write(
      "manifest.json",
      "{\"version\": 1, \"app\": \"app.acme\", \"csp\": [\n"
      "{\"directive\": \"img-src\", \"sources\": [\"https://a.test\"]}]}\n");
  const auto merge = [&](const std::string& file) {
    return RunPostern({"csp", "merge", "--base", base_, "--app", "app=" + file,
                       "--admin", admin_, "--self", "https://page.test"});
  };
  const std::string want = merge(app_).out;
  for (const auto& [file, place] :
       {std::make_pair(text, ":4:1"), std::make_pair(json, ":2:1")}) {
    const ProgramRun run = merge(file);
    EXPECT_EQ(run.code, 0) << run.err;
    const std::string at = absl::StrCat("asked for by app, ", file, place);
    EXPECT_TRUE(absl::StrContains(run.out, at)) << run.out;
    EXPECT_EQ(
        run.out,
        absl::StrReplaceAll(
            want, {{absl::StrCat("asked for by app, ", app_, ":1:9"), at}}));
  }
  // Lines in a file of another name are lines.
  const std::string lines = Write("app.policy", "img-src https://a.test\n");
  EXPECT_EQ(merge(lines).code, 0);
  const ProgramRun bad =
      merge(Write("bad.json", "{\"version\": 1, \"app\": \"a\", \"cps\": []}"));
  EXPECT_EQ(bad.code, 2);
  EXPECT_TRUE(absl::StrContains(bad.err, "unknown field \"cps\"")) << bad.err;
}

// What a merge leaves out, it tells: as text, not in JSON only.
TEST_F(CspFilesTest, MergePrintsItsNotes) {
  const std::string admin = Write(
      "notes.csp",
      "[grant app]\nfont-src 'none'\nimg-src HTTPS://A.test https://a.test\n"
      "script-src 'nonce-x'\nsandbox\n[ceiling]\nform-action 'self'\n"
      "default-src 'self' https:\n");
  const ProgramRun run =
      RunPostern({"csp", "merge", "--base", base_, "--app", "app=" + app_,
                  "--admin", admin, "--self", "https://page.test"});
  EXPECT_EQ(run.code, 0) << run.err;
  for (const char* part :
       {"  font-src 'none'\n      dropped: nothing can be added by 'none'\n"
        "      granted to app, ",
        "  script-src 'nonce-x'\n      left out: it changes more than it adds",
        "  sandbox\n      left out: it changes more than it adds",
        "  form-action\n      added: the ceiling demands it\n      "
        "ceiling, "}) {
    EXPECT_TRUE(absl::StrContains(run.out, part)) << part << "\nin\n"
                                                  << run.out;
  }
  // Duplicates are one source with two places.
  EXPECT_TRUE(absl::StrContains(
      run.out, absl::StrCat("    https://a.test   (granted to app, ", admin,
                            ":3:9; asked for by app, ", app_,
                            ":1:9; granted to app, ", admin, ":3:24)")))
      << run.out;
}

TEST_F(CspFilesTest, NamesOfAppsAreChecked) {
  for (const char* name : {"a b", "x]\nimg-src *\n[grant y", "\xE2\x80\xAE"}) {
    const ProgramRun run = RunPostern(
        {"csp", "review", "--base", base_, "--app", name + ("=" + app_)});
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, "no name of an app")) << run.err;
  }
}

TEST_F(CspFilesTest, TheTextToPasteCanBePasted) {
  rapidjson::Document json;
  json.Parse(RunPostern({"csp", "review", "--base", base_, "--app",
                         "app=" + app_, "--json"})
                 .out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["apps"][0]["paste"].GetString(),
               "[grant app]\nimg-src https://a.test\n");
}

TEST_F(CspFilesTest, OpenHostsTooLongAreRefused) {
  const std::string open =
      Write("open.txt", std::string(2 << 20, '#') + "\na.test\n");
  const ProgramRun run =
      RunPostern({"csp", "review", "--base", base_, "--open-hosts", open});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(absl::StrContains(run.err, "longer than")) << run.err;
}

TEST_F(CspFilesTest, ReviewPrintsWhatTheAdminDecidesOn) {
  const std::string open = Write("open.txt", "a.test\n");
  const Args args = {"csp",          "review", "--base",
                     base_,          "--app",  absl::StrCat("app=", app_),
                     "--open-hosts", open};
  const ProgramRun run = RunPostern(args);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(absl::StrContains(run.err, "warning: no --self")) << run.err;
  EXPECT_TRUE(absl::StrContains(run.out, "[grant app]\nimg-src https://a.test"))
      << run.out;
  Args json_args = args;
  json_args.insert(json_args.end(), {"--json", "--admin", admin_});
  rapidjson::Document json;
  json.Parse(RunPostern(json_args).out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["apps"][0]["findings"][0]["code"].GetString(),
               "ANYONE_PUBLISHES");
}

TEST_F(CspFilesTest, BadFilesAreToldWithTheirPlace) {
  struct Bad {
    const char* text;
    const char* want;
  };
  constexpr Bad kCases[] = {
      {"img-src a;b\n", ":1:9: source \"a;b\""},
      {"\nimg-src a\r\n", ":2:10: a control byte"},
      {"img-src a\nimg-src b\n", ":2:1: a second img-src"},
      {"img-src \xC3\xBC\n", ":1:9: a byte that is not ASCII"},
  };
  for (const Bad& c : kCases) {
    const std::string file = Write("bad.csp", c.text);
    for (const Args& args :
         {Args{"csp", "merge", "--base", file},
          Args{"csp", "merge", "--base", base_, "--app", "x=" + file},
          Args{"csp", "check", "--policy", file, "img-src", "http://a/"}}) {
      const ProgramRun run = RunPostern(args);
      EXPECT_EQ(run.code, 2);
      EXPECT_EQ(run.out, "");
      EXPECT_TRUE(absl::StrContains(run.err, file + c.want)) << run.err;
    }
  }
  const std::string admin = Write("bad_admin.csp", "[grant app]\naccept all\n");
  const ProgramRun run =
      RunPostern({"csp", "merge", "--base", base_, "--admin", admin});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(absl::StrContains(run.err, ":2:8: unknown conflict")) << run.err;
}

struct Question {
  const char* header;
  const char* directive;
  const char* url;
  int code;
  const char* verdict;
};

TEST(CspCommandTest, CheckAndExplainAnswer) {
  constexpr Question kCases[] = {
      {"img-src https://a.test", "img-src", "https://a.test/x", 0, "allowed"},
      {"img-src https://a.test", "img-src", "https://b.test/x", 1, "blocked"},
      {"img-src https://a.test", "font-src", "https://b.test/x", 0, "allowed"},
      {"", "img-src", "data:x", 0, "allowed"},
      {"img-src *, img-src 'none'", "img-src", "https://a.test", 1, "blocked"},
      {"connect-src *", "connect-src", "wss://a.test", 1,
       "depends on the browser"},
      {"script-src 'self'", "script-src", "https://page.test/", 0, "allowed"},
  };
  for (const Question& c : kCases) {
    for (const char* command : {"check", "explain"}) {
      SCOPED_TRACE(absl::StrCat(command, " ", c.header, " ", c.url));
      const Args args = {"csp",       command,  "--header",
                         c.header,    "--self", "https://page.test",
                         c.directive, c.url};
      const ProgramRun run = RunPostern(args);
      EXPECT_EQ(run.code, c.code) << run.err;
      EXPECT_TRUE(absl::StartsWith(run.out, absl::StrCat(c.verdict, ": ")))
          << run.out;
      Args json_args = args;
      json_args.push_back("--json");
      rapidjson::Document json;
      json.Parse(RunPostern(json_args).out.c_str());
      ASSERT_FALSE(json.HasParseError());
      EXPECT_STREQ(json["verdict"].GetString(), c.verdict);
      EXPECT_EQ(json.HasMember("dialects"), std::string("explain") == command);
    }
  }
  const Args dynamic = {"csp",        "check",
                        "--header",   "script-src 'strict-dynamic'",
                        "script-src", "https://a.test/x.js"};
  EXPECT_EQ(RunPostern(dynamic).code, 1);
  Args inserted = dynamic;
  inserted.push_back("--inserted");
  EXPECT_EQ(RunPostern(inserted).code, 0);
  const ProgramRun explained =
      RunPostern({"csp", "explain", "--header", "default-src 'self'", "img-src",
                  "https://b.test:8443/x"});
  EXPECT_EQ(explained.out,
            "blocked: img-src https://b.test:8443/x  (page of "
            "https://self.invalid)\n"
            "  may be governed by img-src, default-src\n"
            "  specification: blocked by default-src, line 1, column 1\n"
            "  Chromium: blocked by default-src, line 1, column 1\n"
            "  would be allowed by: img-src https://b.test:8443\n");
}

// A remedy is told only where it is one.
TEST(CspCommandTest, ExplainTellsWhatWouldAllowIt) {
  struct Remedy {
    const char* header;
    const char* directive;
    const char* url;
    const char* want;
  };
  constexpr Remedy kCases[] = {
      {"img-src 'self'", "img-src", "data:x", "img-src data:"},
      {"img-src 'self', img-src 'none'", "img-src", "https://a.test/",
       "img-src https://a.test"},
      {"connect-src *", "connect-src", "wss://a.test/",
       "connect-src wss://a.test"},
      {"script-src 'strict-dynamic'", "script-src", "https://a.test/", ""},
      {"img-src 'self'", "img-src", "https://[::1]/", ""},
      {"img-src 'self'", "img-src", "https://10.0.0.1/", ""},
      {"img-src 'self'", "img-src", "https://a_b.test/", ""},
  };
  for (const Remedy& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.header, " ", c.url));
    rapidjson::Document json;
    json.Parse(RunPostern({"csp", "explain", "--json", "--header", c.header,
                           c.directive, c.url})
                   .out.c_str());
    ASSERT_FALSE(json.HasParseError());
    EXPECT_STREQ(json["remedy"].GetString(), c.want);
    const ProgramRun text = RunPostern(
        {"csp", "explain", "--header", c.header, c.directive, c.url});
    EXPECT_EQ(absl::StrContains(text.out, "would be allowed by: "),
              *c.want != '\0')
        << text.out;
  }
}

}  // namespace
}  // namespace cli
}  // namespace postern
