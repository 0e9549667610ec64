#include <algorithm>
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
      {{"merge", "--base", "/nope"}, "/nope: cannot open"},
      {{"merge", "--base", "/etc"}, "/etc: not a regular file"},
      {{"merge", "--base", "/dev/zero"}, "/dev/zero: not a regular file"},
      {{"merge", "--base", "/*/no/such/*.yaml"}, "no file is called like"},
      {{"merge", "--base", "a", "--env", "X"}, "expected --env NAME=VALUE"},
      {{"merge", "--base", "a", "--env", "X=1", "--env=X=2"},
       "--env gives a variable twice: \"X\""},
      {{"merge", "--base", "a", "--format", "toml"},
       "unknown format \"toml\", expected header, yaml, json, nginx or caddy"},
      {{"merge", "--base", "a", "--format", "yaml", "--format", "yaml"},
       "--format is given twice"},
      {{"merge", "--base", "a", "--format=yaml", "--json"},
       "both --format and --json"},
      {{"merge", "--base", "a", "--only", "b"}, "--only is for --format"},
      {{"review", "--base", "a", "--format=yaml"}, "unknown option"},
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
      {{"check", "--header", "Content-Security-Policy-Report-Only: img-src a",
        "img-src", "http://a"},
       "only reports"},
      {{"check", "--header", "", "script-src-attr", "http://a"},
       "script-src-attr loads nothing from a URL; ask with \"inline\""},
      {{"check", "--header", "", "style-src-attr", "http://a"},
       "loads nothing from a URL"},
      {{"check", "--header", "", "img-src", "inline"},
       "img-src governs no such code"},
      {{"check", "--header", "", "style-src", "javascript:"},
       "style-src governs no such code"},
      {{"check", "--header", "", "style-src", "eval"},
       "does not govern code from strings"},
      {{"check", "--header", "", "--digest", "x", "script-src", "inline"},
       "digest: expected sha256-"},
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
    // With --json, the error stands there too.
    const bool json =
        std::find(c.args.begin(), c.args.end(), "--json") != c.args.end();
    EXPECT_EQ(run.out.empty(), !json) << run.out;
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
  }
  const ProgramRun help = RunPostern({"csp", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_TRUE(absl::StrContains(help.out, "usage: postern csp merge|review"));
  EXPECT_TRUE(absl::StrContains(RunPostern({"--help"}).out, "csp"));
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
      {"Content-Security-Policy: default-src 'none'", "img-src",
       "https://a.test", 1, "blocked"},
      {"content-security-policy:default-src 'none'; img-src https:", "img-src",
       "https://a.test", 0, "allowed"},
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

TEST(CspCommandTest, CodeIsAskedAboutByAWord) {
  struct Row {
    Args args;
    int code;
    const char* part;  // of what explain says
  };
  const Row rows[] = {
      {{"--header", "script-src 'self'", "script-src", "inline"},
       1,
       "'unsafe-inline' allows whatever gets into the page"},
      {{"--header", "script-src 'unsafe-inline'", "script-src", "inline"},
       0,
       "allowed by script-src 'unsafe-inline', line 1, column 12"},
      {{"--header", "script-src 'nonce-n'", "--nonce", "n", "script-src",
        "inline"},
       0,
       "'nonce-n'"},
      {{"--header", "script-src 'sha256-AAAA'", "--digest", "sha256-AAAA",
        "script-src", "inline"},
       0,
       "'sha256-AAAA'"},
      {{"--header", "script-src 'unsafe-inline'; script-src-attr 'none'",
        "script-src-attr", "inline"},
       1,
       "may be governed by script-src-attr, script-src, default-src"},
      {{"--header", "default-src 'self'", "style-src", "inline"},
       1,
       "style-src-elem, style-src, default-src"},
      {{"--header", "default-src 'self'", "style-src-attr", "inline"},
       1,
       "'unsafe-hashes'"},
      {{"--header", "script-src 'unsafe-hashes'", "script-src", "javascript:"},
       1,
       "'unsafe-hashes'"},
      {{"--header", "default-src 'self'", "script-src", "eval"},
       1,
       "would be allowed by: script-src 'unsafe-eval'\n  with it, whatever"},
      {{"--header", "script-src 'unsafe-eval'", "script-src", "eval"}, 0, ""},
      {{"--header", "script-src 'wasm-unsafe-eval'", "script-src", "eval"},
       1,
       ""},
      {{"--header", "script-src 'wasm-unsafe-eval'", "script-src", "wasm"},
       0,
       ""},
      {{"--header", "script-src 'self'", "script-src", "wasm"},
       1,
       "would be allowed by: script-src 'wasm-unsafe-eval'\n"},
      {{"--header", "img-src 'self'", "script-src", "eval"},
       0,
       "nothing restricts it"},
  };
  for (const Row& row : rows) {
    Args args = {"csp", "explain"};
    args.insert(args.end(), row.args.begin(), row.args.end());
    const ProgramRun run = RunPostern(args);
    SCOPED_TRACE(run.out);
    EXPECT_EQ(run.code, row.code) << run.err;
    EXPECT_TRUE(absl::StrContains(run.out, row.part)) << row.part;
  }
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
