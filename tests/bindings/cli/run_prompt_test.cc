#include <pty.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bindings/c/postern.h"
#include "bindings/cli/terminal_prompt.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using absl::StrContains;

// Calls twice, and tells how many of the calls were granted.
const char kCallsTwice[] =
    "local exec = require('exec.in')\n"
    "local n = 0\n"
    "for _ = 1, 2 do\n"
    "  if pcall(exec.run, 'echo', 'hi') then n = n + 1 end\n"
    "end\n"
    "print('granted ' .. n)";

std::vector<std::string> Asking(const std::string& app) {
  return {"run", app, "--allow-plugin-call=exec.in.run echo **",
          "--ask-plugin-call=exec.in.run echo **"};
}

ProgramRun Dialog(const std::string& lua,
                  const std::vector<std::string>& answers,
                  const std::string& typed = "") {
  return RunDialog(PosternPath(), Asking(NewApp("", lua)), answers, typed);
}

// A shell that runs `command`, where $P is the program with its arguments.
ProgramRun ShellDialog(const std::string& lua, const std::string& command,
                       const std::vector<std::string>& answers) {
  std::vector<std::string> args = {"-c", command, PosternPath()};
  for (const std::string& arg : Asking(NewApp("", lua))) args.push_back(arg);
  return RunDialog("/bin/sh", args, answers);
}

TEST(RunPrompt, YesCountsOnceAndAWhileTheAppRuns) {
  ProgramRun run = Dialog(kCallsTwice, {"y\n", "n\n"});
  EXPECT_TRUE(StrContains(run.out, "granted 1")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "postern: notes.acme asks for plugin.call"))
      << run.out;
  EXPECT_TRUE(StrContains(run.out, "exec.in.run [\"echo\", \"hi\"]"))
      << run.out;
  EXPECT_TRUE(StrContains(run.out, "from --ask-plugin-call")) << run.out;
  EXPECT_TRUE(
      StrContains(Dialog(kCallsTwice, {"y\n", "yes\n"}).out, "granted 2"));
  run = Dialog(kCallsTwice, {"a\n", "n\n"});
  EXPECT_TRUE(StrContains(run.out, "granted 2")) << run.out;
}

TEST(RunPrompt, AllElseDenies) {
  for (const char* answer :
       {"n\n", "\n", " y\n", "ya\n", "x\n", "\x04", "y\x04\x04"}) {
    const ProgramRun run =
        Dialog("require('exec.in').run('echo', 'hi')", {answer});
    EXPECT_EQ(run.code, 1) << answer << run.out;
    EXPECT_TRUE(StrContains(run.out, "a person denied this")) << run.out;
  }
}

TEST(RunPrompt, WhatWasTypedBeforeIsNoAnswer) {
  const ProgramRun run = Dialog(kCallsTwice, {"n\n", "n\ny\n"}, "y\na\ny\ny\n");
  EXPECT_TRUE(StrContains(run.out, "granted 0")) << run.out;
  EXPECT_TRUE(
      StrContains(Dialog(kCallsTwice, {"n\ny\n", "n\n"}).out, "granted 0"));
}

TEST(RunPrompt, AGuestDoesNotForgeOrHideTheQuestion) {
  const ProgramRun run = Dialog(
      "print('\\27[8mAllow? [n]: x')\n"
      "require('exec.in').run('echo', '\\27[2J\\n\\r\\u{202e}\"]', "
      "string.rep('x', 5000))",
      {"n\n"});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(StrContains(
      run.out, "[\"echo\", \"\\u{1b}[2J\\u{a}\\u{d}\\u{202e}\\\"]\", \"xxx"))
      << run.out;
  EXPECT_TRUE(StrContains(run.out, "bytes in all)")) << run.out;
  EXPECT_FALSE(StrContains(run.out, "\x1b")) << run.out;
}

std::string TextOf(const postern_access& access) {
  postern_question question = {};
  question.struct_size = sizeof(question);
  question.access = &access;
  return QuestionText(question);
}

TEST(RunPrompt, EachArgumentShowsItsBeginningAndItsEnd) {
  const std::string padding(5000, 'x');
  const std::string script = "echo " + padding + "; rm -rf /";
  const postern_arg args[] = {
      {{"-c", 2}, 1}, {{script.data(), script.size()}, 1}, {{"last", 4}, 1}};
  postern_access access = {};
  access.struct_size = sizeof(access);
  access.permission = POSTERN_PLUGIN_CALL;
  access.args = args;
  access.arg_count = 3;
  for (postern_form form : {POSTERN_FORM_CALL, POSTERN_FORM_COMMAND}) {
    access.form = form;
    const std::string text = TextOf(access);
    EXPECT_TRUE(StrContains(text, "[\"-c\", \"echo xxx")) << text;
    EXPECT_TRUE(
        StrContains(text, "x; rm -rf /\" (5015 bytes in all), \"last\"]"))
        << text;
    EXPECT_LT(text.size(), 1500u);
    EXPECT_EQ(ChoiceFor(access), Choice::kOnceOrSession);
  }
}

TEST(RunPrompt, WhatIsNotShownCannotBeAllowed) {
  const ProgramRun run = Dialog(
      "for _, a in ipairs{7, true, {'x'}} do\n"
      "  print(pcall(require('exec.in').run, 'echo', a))\n"
      "end",
      {"y\n", "a\n", "yes\n"});
  EXPECT_FALSE(StrContains(run.out, "true")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "only a rule can allow it")) << run.out;
  std::vector<postern_arg> many(51, postern_arg{{"x", 1}, 1});
  postern_access access = {};
  access.struct_size = sizeof(access);
  access.form = POSTERN_FORM_CALL;
  access.args = many.data();
  access.arg_count = 50;
  EXPECT_EQ(ChoiceFor(access), Choice::kOnceOrSession);
  access.arg_count = 51;
  EXPECT_EQ(ChoiceFor(access, "[]"), Choice::kNothing);
  EXPECT_TRUE(StrContains(TextOf(access), "[51 arguments: not shown]"));
}

TEST(RunPrompt, ValuesThatAHostShowsWholeAreAllowedOnce) {
  const postern_arg args[] = {{{"a", 1}, 1}, {{nullptr, 0}, 0}};
  const postern_named_arg named[] = {{{"n", 1}, {{nullptr, 0}, 0}}};
  postern_access access = {};
  access.struct_size = sizeof(access);
  access.permission = POSTERN_PLUGIN_CALL;
  access.form = POSTERN_FORM_CALL;
  access.args = args;
  access.arg_count = 2;
  postern_question question = {};
  question.struct_size = sizeof(question);
  question.access = &access;
  const std::string values = "{\"n\":5,\"x\":\"\u202e\"}";
  EXPECT_EQ(ChoiceFor(access), Choice::kNothing);
  EXPECT_EQ(ChoiceFor(access, values), Choice::kOnce);
  EXPECT_TRUE(StrContains(QuestionText(question, values),
                          "\n  with {\"n\":5,\"x\":\"\\u{202e}\"}\n"));
  // Of what is longer a part would be shown, and another one count.
  const std::string padded = values + std::string(800, ' ');
  EXPECT_EQ(ChoiceFor(access, padded), Choice::kNothing);
  EXPECT_FALSE(StrContains(QuestionText(question, padded), "with"));
  access.arg_count = 1;
  EXPECT_EQ(ChoiceFor(access, values), Choice::kOnceOrSession);
  EXPECT_FALSE(StrContains(QuestionText(question, values), "with"));
  access.named = named;
  access.named_count = 1;
  EXPECT_EQ(ChoiceFor(access, values), Choice::kOnce);
}

TEST(RunPrompt, JsonStaysAloneOnStandardOutput) {
  const std::string file = NewFolder() + "/out";
  const ProgramRun run =
      ShellDialog(kCallsTwice, absl::StrCat("\"$0\" \"$@\" --json >", file),
                  {"y\n", "n\n"});
  EXPECT_TRUE(StrContains(run.out, "Allow?")) << run.out;
  rapidjson::Document json;
  json.Parse(ReadFile(file).c_str());
  ASSERT_FALSE(json.HasParseError()) << ReadFile(file);
  EXPECT_STREQ(json["output"].GetString(), "granted 1\n");
}

TEST(RunPrompt, APipeGetsTheGuestsOutputAfterTheQuestions) {
  const ProgramRun run =
      ShellDialog(absl::StrCat("print('from ' .. 'the guest')\n", kCallsTwice),
                  "\"$0\" \"$@\" | cat", {"y\n", "y\n"});
  EXPECT_TRUE(StrContains(run.out, "granted 2")) << run.out;
  EXPECT_GT(run.out.find("from the guest"), run.out.rfind("Allow?"));
}

TEST(RunPrompt, WithoutATerminalItSaysSo) {
  const ProgramRun run =
      RunPostern(Asking(NewApp("", "require('exec.in').run('echo', 'hi')")));
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(StrContains(run.err, "asked, and there is no terminal"))
      << run.err;
  EXPECT_TRUE(IsOneErrorLine(run.err)) << run.err;
}

TEST(RunPrompt, NoLineInTimeIsNoAnswer) {
  int near = -1, far = -1;
  ASSERT_EQ(openpty(&near, &far, nullptr, nullptr, nullptr), 0);
  TerminalPrompt prompt(far, far);
  postern_access access = {};
  access.struct_size = sizeof(access);
  access.form = POSTERN_FORM_WHOLE;
  postern_question question = {};
  question.struct_size = sizeof(question);
  question.access = &access;
  const absl::Time deadline = absl::Now() + absl::Milliseconds(50);
  question.deadline_unix_ns = absl::ToUnixNanos(deadline);
  // Without an answer to set, only a line that was read would be looked for.
  TerminalPrompt::Ask(&prompt, &question, nullptr);
  EXPECT_GE(absl::Now() + absl::Milliseconds(2), deadline);
  close(far);
  std::string shown;
  char buffer[4096];
  for (ssize_t got; (got = read(near, buffer, sizeof(buffer))) > 0;) {
    shown.append(buffer, static_cast<size_t>(got));
  }
  EXPECT_TRUE(StrContains(shown, "no answer in time")) << shown;
  close(near);
}

}  // namespace
}  // namespace cli
}  // namespace postern
