// Merges and reviews of files: what is read, printed and refused.

#include <sys/stat.h>

#include <string>
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

// Nobody writes to a pipe here: who opened one would wait for ever.
TEST_F(CspFilesTest, PipesAreRefusedNotWaitedFor) {
  ASSERT_EQ(mkfifo(absl::StrCat(folder_, "/pipe.csp").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(absl::StrCat(folder_, "/pipe.yaml").c_str(), 0600), 0);
  const std::string all = absl::StrCat(folder_, "/p*");
  for (const Args& args :
       {Args{"csp", "merge", "--base", all},
        Args{"csp", "merge", "--base", base_, "--app", "a=" + all},
        Args{"csp", "merge", "--base", base_, "--admin",
             absl::StrCat(folder_, "/pipe.csp")}}) {
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(absl::StrContains(run.err, "not a regular file")) << run.err;
  }
}

// libyaml takes the square of their number for them.
TEST_F(CspFilesTest, DirectivesForTagsAreRefused) {
  std::string text = "# a\n";
  for (int i = 0; i < 15000; ++i) absl::StrAppend(&text, "%TAG !", i, "! a\n");
  const std::string file = Write("a.yaml", text + "--- {directives: {}}\n");
  const ProgramRun run = RunPostern({"csp", "merge", "--base", file});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(absl::StrContains(run.err, file + ":2:1: a directive for tags"))
      << run.err;
}

// YAML knows more line breaks than editors do.
TEST_F(CspFilesTest, PlacesInYamlAreThoseOfEditors) {
  const struct {
    const char* text;
    const char* place;
  } cases[] = {
      {"directives:\n  img-src:\n    - &x a\n", ":3:7: an anchor"},
      {"directives:\r\n  img-src:\r\n    - &x a\r\n", ":3:7: an anchor"},
      {"# a\rdirectives:\n  img-src:\r    - &x a\n", ":2:18: an anchor"},
      {"# \xC2\x85# \xE2\x80\xA8\n\ndirectives:\n  img-src:\n    - &x a\n",
       ":5:7: an anchor"},
  };
  for (const auto& c : cases) {
    const std::string file = Write("a.yaml", c.text);
    const ProgramRun run = RunPostern({"csp", "merge", "--base", file});
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(absl::StrContains(run.err, file + c.place)) << run.err;
  }
}

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
  EXPECT_TRUE(absl::StrContains(run.err, "expected at most 1048576"))
      << run.err;
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
      {"\nimg-src a\rb\n", ":2:10: a control byte"},
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

// A csp.yaml as a server has it.
constexpr char kServerYaml[] =
    "directives:\n"
    "  default-src:\n"
    "    - '''none'''\n"
    "  img-src:\n"
    "    - \"'self'\"\n"
    "    # behind the bar stands the default\n"
    "    - 'https://${PICTURES|pictures.test}${PORT}/'\n"
    "  made-up-src: ['x']\n";

TEST_F(CspFilesTest, FilesOfServersAreReadAndWritten) {
  const std::string base = Write("csp.yaml", kServerYaml);
  const std::string app = Write("maps.csp.yaml",
                                "directives:\n"
                                "  img-src:\n    - 'https://tiles.test/'\n"
                                "  worker-src:\n    - 'blob:'\n");
  const std::string more =
      Write("maps.defaults.yml", "directives: {img-src: [https://b.test]}\n");
  const std::string admin =
      Write("real.admin", "[grant maps]\nimg-src https://tiles.test\n");
  const Args args = {"csp",     "merge",       "--base", base,
                     "--app",   "maps=" + app, "--app",  "maps=" + more,
                     "--admin", admin,         "--self", "https://page.test",
                     "--env",   "PORT=:8443",  "--env",  "UNUSED=1"};
  const ProgramRun merged = RunPostern(args);
  EXPECT_EQ(merged.code, 0) << merged.err;
  for (const std::string& part :
       {base + ":8:3: unknown directive \"made-up-src\", which is left out",
        std::string("no file asks for the variable \"UNUSED\"")}) {
    EXPECT_TRUE(absl::StrContains(merged.err, part)) << merged.err;
  }
  for (const std::string& part :
       {std::string("default-src 'none'; img-src 'self' "
                    "https://pictures.test:8443 https://tiles.test\n"),
        "asked for by maps, " + app + ":3:7",
        "https://b.test\n      asked for, not granted\n      asked for by "
        "maps, " +
            more + ":1:24"}) {
    EXPECT_TRUE(absl::StrContains(merged.out, part)) << merged.out;
  }
  Args formatted = args;
  formatted.insert(formatted.end(), {"--format", "yaml"});
  const ProgramRun yaml = RunPostern(formatted);
  EXPECT_EQ(yaml.out,
            "# Written by postern csp merge.\ndirectives:\n"
            "  default-src:\n    - '''none'''\n"
            "  img-src:\n    - '''self'''\n"
            "    - 'https://pictures.test:8443'\n"
            "    - 'https://tiles.test'\n");
  // What was written reads back as the same.
  const ProgramRun again =
      RunPostern({"csp", "merge", "--base", Write("again.yaml", yaml.out),
                  "--self", "https://page.test", "--format", "yaml"});
  EXPECT_EQ(again.out, yaml.out) << again.err;
  EXPECT_EQ(again.err, "");
  const ProgramRun no_port = RunPostern({"csp", "merge", "--base", base});
  EXPECT_EQ(no_port.code, 2);
  EXPECT_TRUE(absl::StrContains(
      no_port.err, base + ":7:7: the variable PORT has no value here; give "
                          "--env PORT=VALUE"))
      << no_port.err;
}

TEST_F(CspFilesTest, EveryFormOfTheResult) {
  const auto format = [this](const std::string& form) {
    return RunPostern({"csp", "merge", "--base", base_, "--app", "app=" + app_,
                       "--admin", admin_, "--self", "https://page.test",
                       "--format", form});
  };
  const std::string value = "default-src 'self'; img-src 'self' https://a.test";
  EXPECT_EQ(format("header").out, "Content-Security-Policy: " + value + "\n");
  EXPECT_EQ(format("nginx").out,
            "add_header Content-Security-Policy \"" + value + "\" always;\n");
  EXPECT_EQ(format("caddy").out,
            "header Content-Security-Policy \"" + value + "\"\n");
  rapidjson::Document json;
  json.Parse(format("json").out.c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["directives"]["img-src"][1].GetString(), "https://a.test");
  // Each reads back as a base.
  for (const char* form : {"header", "nginx", "json", "yaml"}) {
    const std::string file =
        Write(absl::StrCat("back.", form), format(form).out);
    EXPECT_EQ(RunPostern({"csp", "merge", "--base", file, "--self",
                          "https://page.test", "--format", "header"})
                  .out,
              format("header").out)
        << form;
  }
  EXPECT_EQ(
      RunPostern({"csp", "merge", "--base", base_, "--app", "app=" + app_,
                  "--admin", admin_, "--only", "none", "--format", "header"})
          .code,
      2);
}

// One app's policy, and what the server would read as something else.
TEST_F(CspFilesTest, WhatAFormCannotSayIsRefused) {
  struct Row {
    const char* source;
    const char* form;
    bool fits;
  };
  constexpr Row kRows[] = {
      {"https://a.test/$x", "nginx", false},
      {"https://a.test/$x", "caddy", true},
      {"https://a.test/$x", "header", true},
      {"https://a.test/$x", "yaml", true},
      {"https://a.test/it's", "yaml", true},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(absl::StrCat(row.source, " as ", row.form));
    const std::string base =
        Write("odd.csp", absl::StrCat("img-src ", row.source, "\n"));
    const ProgramRun run =
        RunPostern({"csp", "merge", "--base", base, "--format", row.form,
                    "--self", "https://page.test"});
    EXPECT_EQ(run.code, row.fits ? 0 : 2) << run.err;
    if (row.fits) continue;
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(absl::StrContains(run.err, "means something else to"))
        << run.err;
  }
  for (const size_t bytes : {4095, 4096}) {
    std::string lines = "img-src";
    for (char c : {'a', 'b', 'c', 'd'}) {
      lines += " https://a.test/" + std::string(900, c);
    }
    lines += " https://a.test/";
    lines.append(bytes - lines.size(), 'x');
    const ProgramRun run =
        RunPostern({"csp", "merge", "--base", Write("long.csp", lines),
                    "--format", "nginx", "--self", "https://page.test"});
    EXPECT_EQ(run.code, bytes == 4095 ? 0 : 2) << run.err;
    EXPECT_EQ(run.out.empty(), bytes != 4095);
    EXPECT_EQ(absl::StrContains(run.err, "the policy has 4096 bytes"),
              bytes != 4095)
        << run.err;
  }
  const std::string sandbox =
      Write("sandbox.csp", "sandbox allow-forms allow-scripts\n");
  for (const char* form : {"yaml", "json"}) {
    const ProgramRun run =
        RunPostern({"csp", "merge", "--base", sandbox, "--format", form,
                    "--self", "https://page.test"});
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(absl::StrContains(run.err, "take one flag at most")) << run.err;
  }
  const ProgramRun only =
      RunPostern({"csp", "merge", "--base", base_, "--app", "app=" + app_,
                  "--admin", admin_, "--self", "https://page.test", "--only",
                  "app", "--format", "header"});
  EXPECT_TRUE(absl::StrContains(only.out, "img-src 'self' https://a.test"));
}

// Servers read several files in the order of a list, patterns by name.
TEST_F(CspFilesTest, SeveralFilesAreJoinedInOrder) {
  Write("a.part.yaml", "directives: {img-src: [https://a.test]}");
  Write("b.part.yaml", "directives: {img-src: [https://b.test]}");
  const std::string last =
      Write("last.yaml", "directives: {img-src: [https://l.test]}");
  const ProgramRun run = RunPostern(
      {"csp", "merge", "--base", last + "," + folder_ + "/?.part.yaml",
       "--base", base_, "--self", "https://page.test", "--format", "header"});
  EXPECT_EQ(run.out,
            "Content-Security-Policy: img-src https://l.test https://a.test "
            "https://b.test; default-src 'self'\n")
      << run.err;
}

TEST_F(CspFilesTest, WhatWebAppsAreConfiguredForIsAskedFor) {
  const std::string base =
      Write("none.csp", "default-src 'none'\nscript-src 'self'\n");
  const std::string draw =
      Write("draw.json",
            "\xEF\xBB\xBF{\n\t\"entrypoint\": \"draw.js\",\n\t\"config\": {"
            "\"url\": \"https://embed.test/?x=1\"}\n}\n");
  const std::string importer =
      Write("importer.json",
            "{\"entrypoint\": \"i.js\", \"config\": {\"companionUrl\": "
            "\"https://c.test:444/companion\"}}");
  const std::string nothing =
      Write("viewer.json", "{\"entrypoint\": \"viewer.js\"}");
  const std::string apps =
      Write("apps.yaml",
            "importer:\n  config:\n    companionUrl: ''\n"
            "external-sites:\n  config:\n    sites:\n"
            "      - {name: A, target: external, url: 'https://no.test'}\n"
            "      - name: B\n        target: embedded\n"
            "        url: 'https://${SITE|b.test}/x'\n"
            "    dashboards:\n      - name: D\n        sites:\n"
            "          - name: group\n            sites:\n"
            "              - {target: embedded, url: 'http://nested.test'}\n");
  const std::string client =
      Write("config.json",
            "{\"external_apps\": [{\"id\": \"x\"}, {\"id\": \"draw\", "
            "\"config\": {\"url\": \"https://client.test\"}}]}");
  struct Row {
    std::string app;
    std::string want;  // in what is to be pasted
  };
  const Row rows[] = {
      {"draw=" + draw, "[grant draw]\nframe-src https://embed.test\n"},
      {"importer=" + importer,
       "[grant importer]\nconnect-src https://c.test:444\nimg-src "
       "https://c.test:444\n"},
      {"viewer=" + nothing, ""},
      {"importer=" + apps, ""},
      {"external-sites=" + apps,
       "[grant external-sites]\nframe-src http://nested.test https://b.test\n"},
      {"draw=" + client, "[grant draw]\nframe-src https://client.test\n"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.app);
    const ProgramRun run =
        RunPostern({"csp", "review", "--base", base, "--app", row.app, "--self",
                    "https://page.test", "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    rapidjson::Document json;
    json.Parse(run.out.c_str());
    ASSERT_FALSE(json.HasParseError());
    EXPECT_EQ(json["apps"][0]["paste"].GetString(), row.want);
  }
  const ProgramRun missing =
      RunPostern({"csp", "review", "--base", base, "--app", "maps=" + apps});
  EXPECT_TRUE(absl::StrContains(missing.err,
                                "no app \"maps\" here; there are \"importer, "
                                "external-sites\""))
      << missing.err;
}

TEST_F(CspFilesTest, BadConfigurationIsToldWithItsPlace) {
  struct Bad {
    const char* name;
    const char* text;
    const char* want;
  };
  constexpr Bad kCases[] = {
      {"a.yaml", "directives:\n  img-src: &x ['a']\n", ":2:12: an anchor"},
      {"a.yaml", "directives:\n  img-src: *x\n", ":2:12: an alias"},
      {"a.yaml", "directives:\n  img-src: !!seq ['a']\n", ":2:12: a tag"},
      {"a.yaml", "directives:\n  <<: {}\n", ":2:3: a merge key"},
      {"a.yaml", "directives:\n  ? [a]\n  : b\n", ":2:5: a key that is a list"},
      {"a.yaml", "directives: {}\n---\nx: y\n", ":2:1: a second document"},
      {"a.yaml", "directives: {}\ndirectives: {}\n",
       ":2:1: a second \"directives\"; the first stands in line 1"},
      {"a.yaml", "directives:\n  img-src: [a]\n  IMG-SRC: [b]\n",
       ":3:3: a second img-src"},
      {"a.yaml", "directives:\n  img-src: [a\n", ":3:1: no YAML"},
      {"a.yaml", "directives:\n  img-src: a\n",
       ":2:12: expected a list of sources for img-src"},
      {"a.yaml", "directives:\n  img-src: []\n",
       ":2:3: expected a list of sources for img-src"},
      {"a.yaml", "directives:\n  img-src: ['self']\n",
       ":2:13: source \"self\": a host name; the keyword is written 'self'; "
       "with both kinds of quotes: \"'self'\""},
      {"a.yaml", "directives:\n  img-src: ['a.test b.test']\n",
       "; write one source an item"},
      {"a.yaml", "directives:\n  img-src: ['a.test; script-src *']\n",
       ":2:13: source"},
      {"a.yaml", "directives:\n  img-src: [[a]]\n", ":2:13: expected one"},
      {"a.yaml", "directives:\n  report-uri: []\n", ":2:3: report-uri names"},
      {"a.yaml", "directives:\n  img-src: ['${A']\n", ":2:13: a variable that"},
      {"a.yaml", "directives:\n  img-src: ['${A|${B}}']\n",
       ":2:13: a variable within another"},
      {"a.yaml", "directives:\n  img-src: ['${A B}']\n",
       ":2:13: no name of a variable: \"A B\""},
      {"a.yaml", "directives: {}\nrules: {}\n", ":2:1: unknown key \"rules\""},
      {"a.yaml", "", ":1:1: an empty file"},
      {"a.json", "{\"directives\": {\"img-src\": [\"a;b\"]}}",
       ":1:29: source \"a;b\""},
      {"a.json", "{\"directives\":\n [}", ":2:3: "},
      {"a.json", "{\"directives\": {},\n\"directives\": {}}",
       ":2:1: a second \"directives\""},
  };
  for (const Bad& c : kCases) {
    SCOPED_TRACE(c.text);
    const std::string file = Write(c.name, c.text);
    const ProgramRun run = RunPostern({"csp", "merge", "--base", file});
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
    EXPECT_TRUE(absl::StrContains(run.err, c.want)) << run.err;
  }
  // What an app asks for is meant for today's browsers.
  const std::string unknown =
      Write("unknown.yaml", "directives:\n  made-up-src: [a]\n");
  EXPECT_TRUE(absl::StrContains(
      RunPostern({"csp", "merge", "--base", base_, "--app", "x=" + unknown})
          .err,
      unknown + ":2:3: unknown directive \"made-up-src\""));
  const std::string obsolete =
      Write("obsolete.yaml", "directives:\n  block-all-mixed-content: []\n");
  EXPECT_EQ(
      RunPostern({"csp", "merge", "--base", base_, "--app", "x=" + obsolete})
          .code,
      0);
}

TEST_F(CspFilesTest, ConfigurationIsBounded) {
  const auto error = [this](const std::string& name, const std::string& text) {
    const ProgramRun run =
        RunPostern({"csp", "merge", "--base", Write(name, text)});
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err.substr(0, 1000);
    return run.err;
  };
  const std::string deep(100000, '[');
  const std::string many =
      "[" + absl::StrReplaceAll(std::string(60000, 'x'), {{"x", "1,"}}) + "1]";
  for (const char* name : {"a.yaml", "a.json"}) {
    EXPECT_TRUE(absl::StrContains(error(name, deep), ":1:33: more than 32"));
    EXPECT_TRUE(absl::StrContains(error(name, many), "more than 20000 values"));
    EXPECT_TRUE(absl::StrContains(error(name, std::string(300000, ' ')),
                                  "longer than 262144 bytes"));
  }
  std::string keys = "{";
  for (int i = 0; i < 15000; ++i) absl::StrAppend(&keys, "\"k", i, "\": 1, ");
  EXPECT_TRUE(absl::StrContains(error("a.json", keys + "\"k0\": 1}"),
                                "a second \"k0\""));
  std::string steps;
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&steps, std::string(static_cast<size_t>(i), ' '), "a:\n");
  }
  EXPECT_TRUE(absl::StrContains(error("a.yaml", steps), "more than 32 levels"));
}

}  // namespace
}  // namespace cli
}  // namespace postern
