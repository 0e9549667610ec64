#include "bindings/plugins/exec_in.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/variant.h"
#include "bindings/c/bridge.h"
#include "bindings/plugins/confined_start.h"
#include "bindings/plugins/remembered_starts.h"
#include "gtest/gtest.h"
#include "permission/backstop/command_parts.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/layer.h"
#include "permission/rule.h"
#include "process/kernel_caps.h"

namespace postern {
namespace plugins {
namespace {

using host::PluginCall;
using host::Value;

absl::StatusOr<Value> Call(std::vector<Value> args,
                           const ExecInOptions& options = ExecInOptions(),
                           int function = 0, int directory = -1) {
  PluginCall call;
  call.args = std::move(args);
  call.directory = directory;
  return MakeExecIn(options).functions[function].handler(call);
}

// What a call of run_in() printed; its status's code if it failed.
std::string RunIn(const std::vector<std::string>& args, int directory = -1) {
  std::vector<Value> values;
  for (const std::string& arg : args) values.push_back(Value::Bytes(arg));
  const absl::StatusOr<Value> value =
      Call(std::move(values), ExecInOptions(), 1, directory);
  if (!value.ok()) return absl::StatusCodeToString(value.status().code());
  return *absl::get<Value::Record>(value->data())[1].second.text();
}

TEST(ExecInTest, IsDeclaredWithItsSignature) {
  host::Catalog catalog;
  ASSERT_TRUE(catalog.Add(MakeExecIn()).ok());
  const host::Plugin* const plugin = catalog.Find("exec.in");
  ASSERT_NE(plugin, nullptr);
  ASSERT_EQ(plugin->functions.size(), 2u);
  EXPECT_EQ(plugin->functions[0].name, "run");
  EXPECT_EQ(plugin->functions[0].parameters,
            (std::vector<std::string>{"program", "*args"}));
  EXPECT_EQ(plugin->functions[0].nature, host::Nature::kWrite);
  EXPECT_EQ(plugin->functions[1].name, "run_in");
  EXPECT_EQ(plugin->functions[1].parameters,
            (std::vector<std::string>{"folder", "program", "*args"}));
}

TEST(ExecInTest, ProgramsStartWhereTheGrantSays) {
  const int app = open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(app, 0);
  const absl::StatusOr<Value> value =
      Call({Value::Bytes("pwd")}, ExecInOptions(), 0, app);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*absl::get<Value::Record>(value->data())[1].second.text(),
            "/proc/tty/ldisc\n")
      << "not in the app's folder, which may say what programs do";
  EXPECT_EQ(RunIn({"/usr/bin", "pwd", "-P"}), "/usr/bin\n");
  EXPECT_EQ(RunIn({"bin", "pwd", "-P"}, app), "/usr/bin\n");
  EXPECT_EQ(RunIn({"bin", "pwd"}), "INVALID_ARGUMENT") << "beneath what?";
  EXPECT_EQ(RunIn({"", "pwd"}, app), "INVALID_ARGUMENT");
  EXPECT_EQ(RunIn({std::string("/usr\0", 5), "pwd"}), "INVALID_ARGUMENT");
  EXPECT_EQ(RunIn({"/etc/passwd", "pwd"}), "NOT_FOUND");
  EXPECT_EQ(RunIn({"/no/such/folder", "pwd"}), "NOT_FOUND");
  EXPECT_EQ(RunIn({"/usr"}), "NOT_FOUND") << "no program";
  EXPECT_EQ(RunIn({}), "INVALID_ARGUMENT");
  close(app);
}

TEST(ExecInTest, GivesBackARecord) {
  const absl::StatusOr<Value> value =
      Call({Value::Bytes("echo"), Value::Bytes("x")});
  ASSERT_TRUE(value.ok()) << value.status();
  std::map<std::string, Value> fields;
  for (const auto& field : absl::get<Value::Record>(value->data())) {
    fields[field.first] = field.second;
  }
  EXPECT_EQ(fields.size(), 6u);
  EXPECT_EQ(absl::get<int64_t>(fields["status"].data()), 0);
  EXPECT_EQ(*fields["stdout"].text(), "x\n");
  EXPECT_EQ(*fields["stderr"].text(), "");
  EXPECT_FALSE(absl::get<bool>(fields["truncated"].data()));
  EXPECT_FALSE(absl::get<bool>(fields["timed_out"].data()));
  EXPECT_EQ(*fields["confined"].text(), "none") << "a host's own call";
}

TEST(ExecInTest, TakesTextOnly) {
  for (const Value& value :
       {Value(), Value::Integer(1), Value::Bool(true), Value::Number(1.5),
        Value::OfList({Value::Bytes("x")})}) {
    EXPECT_EQ(Call({value}).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Call({Value::Bytes("echo"), value}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Call({}).status().code(), absl::StatusCode::kNotFound);
}

TEST(ExecInTest, TheOptionsLimit) {
  ExecInOptions options;
  options.time = absl::Milliseconds(200);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(Call({Value::Bytes("sleep"), Value::Bytes("20")}, options).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

// A folder with data and a secret beside it, and a guest that may run what the
// rules of a test say. The last layer is the host's and denies what it names.
class ConfinedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (process::DetectKernelCaps().landlock_abi == 0) {
      GTEST_SKIP() << "this kernel has no Landlock";
    }
    std::string folder = ::testing::TempDir() + "/exec_in_XXXXXX";
    ASSERT_NE(mkdtemp(&folder[0]), nullptr);
    char* const real = realpath(folder.c_str(), nullptr);
    folder_ = real;
    free(real);
    ASSERT_EQ(mkdir((folder_ + "/data").c_str(), 0755), 0);
    std::ofstream(folder_ + "/data/plain") << "plain text\n";
    std::ofstream(folder_ + "/secret") << "a secret word\n";
    ASSERT_EQ(symlink("../secret", (folder_ + "/data/link").c_str()), 0);
    grants_.name = "grants";
    host_.name = "host";
    host_.default_effect = Effect::kAllow;
  }
  void TearDown() override {
    for (const char* name : {"/data/plain", "/data/link", "/data", "/secret"}) {
      remove((folder_ + name).c_str());
    }
    rmdir(folder_.c_str());
  }

  static Rule MakeRule(Effect effect, const char* permission,
                       RulePattern pattern) {
    Rule rule;
    rule.effect = effect;
    rule.permissions = *PermissionSet::Parse(permission);
    rule.pattern = std::move(pattern);
    return rule;
  }
  // Of exec.in.run, or another function.
  void AllowCall(std::vector<std::string> args,
                 const char* function = "exec.in.run") {
    grants_.rules.push_back(MakeRule(
        Effect::kAllow, "plugin.call",
        RulePattern::Call(function, std::move(args), CallForm::kExact)));
  }
  void HostDenies(const char* permission, RulePattern pattern) {
    host_.rules.push_back(
        MakeRule(Effect::kDeny, permission, std::move(pattern)));
  }
  std::shared_ptr<PermissionContext> Context(bool bound = false) const {
    PolicyBuilder builder;
    builder.AddLayer(grants_).AddLayer(host_);
    if (bound) builder.Bind();
    auto policy = builder.Build();
    EXPECT_TRUE(policy.ok()) << policy.status();
    auto root = PermissionContext::Create(*std::move(policy), {});
    EXPECT_TRUE(root.ok()) << root.status();
    return root->context;
  }

  // What an approved call gives back: "status|stdout|stderr|confined", or the
  // error. `paths`: arguments that a rule judged as paths.
  std::string Run(const std::shared_ptr<PermissionContext>& context,
                  const std::vector<std::string>& args,
                  std::vector<size_t> paths = {}, int function = 0) const {
    postern_context* const handle = c::NewHandle(context);
    PluginCall call;
    for (const std::string& arg : args) call.args.push_back(Value::Bytes(arg));
    call.paths = std::move(paths);
    call.context = handle;
    const absl::StatusOr<Value> value =
        plugin_.functions[function].handler(call);
    postern_context_free(handle);
    if (!value.ok()) return value.status().ToString();
    const auto& record = absl::get<Value::Record>(value->data());
    return absl::StrCat(absl::get<int64_t>(record[0].second.data()), "|",
                        *record[1].second.text(), "|", *record[2].second.text(),
                        "|", *record[5].second.text());
  }

  std::string folder_;
  Layer grants_, host_;
  const host::Plugin plugin_ = MakeExecIn();
};

TEST_F(ConfinedTest, ReadsWhatTheCallNamesAsPaths) {
  const std::string file = folder_ + "/data/plain";
  AllowCall({"cat", "--", "path:/"});
  for (const bool bound : {false, true}) {
    const std::string run = Run(Context(bound), {"cat", "--", file}, {2});
    EXPECT_TRUE(run == "0|plain text\n||partial" ||
                run == "0|plain text\n||full")
        << run;
  }
  EXPECT_EQ(Run(Context(), {"cat", "--", file}).substr(0, 3), "1||")
      << "no path for any rule";
  EXPECT_EQ(
      Run(Context(), {"du", "-a", "--", folder_ + "/data"}, {3}).substr(0, 2),
      "0|");
}

TEST_F(ConfinedTest, AFileOutsideIsReachedByNoTrick) {
  const std::vector<std::string> trick = {
      "du", "--files0-from=" + folder_ + "/secret"};
  AllowCall({"du", "**"});
  std::vector<Value> values = {Value::Bytes(trick[0]), Value::Bytes(trick[1])};
  const absl::StatusOr<Value> open = Call(std::move(values));
  ASSERT_TRUE(open.ok());
  EXPECT_NE(absl::get<Value::Record>(open->data())[2].second.text()->find(
                "secret word"),
            std::string::npos)
      << "the trick works where nothing confines";
  const std::string run = Run(Context(), trick);
  EXPECT_EQ(run.substr(0, 20), "1||du: cannot open '") << run;
  EXPECT_EQ(run.find("secret word"), std::string::npos) << run;
}

TEST_F(ConfinedTest, ReadsWhatARuleSpellsOutAndNotWhatAnyRuleTakes) {
  const std::vector<std::string> call = {"cat", "--", folder_ + "/data/plain"};
  AllowCall({"cat", "--", folder_ + "/data/plain"});
  EXPECT_EQ(Run(Context(), call).substr(0, 14), "0|plain text\n|");
  for (const char* const any : {"*", "**", "re:/.*"}) {
    AllowCall({"cat", "--", any});
    EXPECT_EQ(Run(Context(), call).substr(0, 3), "1||") << any;
    grants_.rules.pop_back();
  }
}

TEST_F(ConfinedTest, ALinkLeadsNotOutOfTheRule) {
  AllowCall({"cat", "--", "path:" + folder_ + "/data"});
  const std::vector<std::string> call = {"cat", "--", folder_ + "/data/link"};
  EXPECT_EQ(Run(Context(), call, {2}).substr(0, 3), "1||");
  AllowCall({"cat", "--", "path:" + folder_});
  EXPECT_EQ(Run(Context(), call, {2}).substr(0, 17), "0|a secret word\n|");
}

TEST_F(ConfinedTest, OtherRulesHold) {
  AllowCall({"cat", "--", "path:/"});
  const std::vector<std::string> call = {"cat", "--", folder_ + "/data/plain"};
  HostDenies("fs.read", RulePattern::Text(folder_ + "/data"));
  EXPECT_EQ(Run(Context(), call, {2}).substr(0, 3), "1||");
  for (const char* name : {"cat **", "/usr/bin/cat **", "* **"}) {
    host_.rules.clear();
    HostDenies("process.spawn", RulePattern::Text(name));
    EXPECT_EQ(Run(Context(), call, {2}),
              "PERMISSION_DENIED: process.spawn of \"cat\" is denied (rules)");
  }
  host_.rules.clear();
  grants_.precedence = Precedence::kMostSpecific;
  grants_.rules.push_back(
      MakeRule(Effect::kDeny, "process.spawn", RulePattern::Whole()));
  EXPECT_EQ(Run(Context(), call, {2}),
            "PERMISSION_DENIED: process.spawn of \"cat\" is denied (rules)");
}

TEST_F(ConfinedTest, WhatWasGivenUpStaysGivenUp) {
  AllowCall({"cat", "--", "path:/"});
  const auto context = Context();
  const std::vector<std::string> call = {"cat", "--", folder_ + "/data/plain"};
  ASSERT_TRUE(context
                  ->Drop(*PermissionSet::Parse("fs.read"),
                         RulePattern::Text(folder_ + "/data"))
                  .ok());
  EXPECT_EQ(Run(context, call, {2}).substr(0, 3), "1||");
  ASSERT_TRUE(
      context
          ->Drop(*PermissionSet::Parse("process.spawn"), RulePattern::Whole())
          .ok());
  EXPECT_EQ(Run(context, call, {2}),
            "PERMISSION_DENIED: process.spawn of \"cat\" is denied (rules)");
}

TEST_F(ConfinedTest, ThePlanOfACallIsKeptForTheSameOne) {
  RememberedStarts starts;
  const auto context = Context();
  StartRequest request;
  request.program = "cat";
  request.args = {"--", folder_ + "/data/plain"};
  request.readable = {folder_ + "/data/plain"};
  const auto plan_of = [&](const StartRequest& asked) {
    // As a handle of the context has it, for the time of a call.
    const auto handle =
        std::make_shared<std::shared_ptr<PermissionContext>>(context);
    const std::shared_ptr<PermissionContext> held(handle, handle->get());
    auto command = starts.Prepare(held, asked, absl::InfiniteFuture());
    EXPECT_TRUE(command.ok()) << command.status();
    return command.ok() ? internal::PartsOf(*command).confinement : nullptr;
  };
  const auto first = plan_of(request);
  EXPECT_EQ(plan_of(request), first);
  StartRequest other = request;
  other.readable.clear();
  EXPECT_NE(plan_of(other), first);
  EXPECT_EQ(plan_of(request), first);
  ASSERT_TRUE(context
                  ->Drop(*PermissionSet::Parse("fs.read"),
                         RulePattern::Text(folder_ + "/data"))
                  .ok());
  EXPECT_NE(plan_of(request), first);
}

// What was made for a call is taken again; what it decides is not.
TEST_F(ConfinedTest, TheSameCallMeetsTheFilesAndRulesOfItsTime) {
  const std::string file = folder_ + "/data/plain";
  AllowCall({"cat", "--", "path:/"});
  const auto context = Context();
  const std::vector<std::string> call = {"cat", "--", file};
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Run(context, call, {2}).substr(0, 12), "0|plain text");
  const absl::Time first = absl::Now();
  EXPECT_EQ(Run(context, call, {2}).substr(0, 12), "0|plain text");
  RecordProperty("first", absl::FormatDuration(first - begin));
  RecordProperty("again", absl::FormatDuration(absl::Now() - first));
  std::ofstream(folder_ + "/data/new") << "another one\n";
  ASSERT_EQ(rename((folder_ + "/data/new").c_str(), file.c_str()), 0);
  EXPECT_EQ(Run(context, call, {2}).substr(0, 13), "0|another one");
  EXPECT_EQ(Run(Context(), call, {2}).substr(0, 13), "0|another one")
      << "for another context too";
  ASSERT_TRUE(
      context->Drop(*PermissionSet::Parse("fs.read"), RulePattern::Text(file))
          .ok());
  EXPECT_EQ(Run(context, call, {2}).substr(0, 3), "1||");
}

TEST_F(ConfinedTest, VariablesAndArgumentsAreAsTheyWere) {
  const std::string env = Run(Context(), {"env"});
  EXPECT_EQ(env.substr(0, env.rfind("||")),
            "0|PATH=/usr/bin:/bin\nLC_ALL=C\nLANG=C\n");
  const std::string odd = "** * path:x re:( \\ {a,b} \"\" \n \xff";
  EXPECT_EQ(Run(Context(), {"echo", odd, ""}).substr(0, odd.size() + 4),
            "0|" + odd + " \n");
  const std::string many(4000, '*');
  EXPECT_EQ(Run(Context(), {"echo", many}).substr(0, 4003), "0|" + many + "\n");
  EXPECT_EQ(Run(Context(), {"no_such_program"}).substr(0, 9), "NOT_FOUND");
}

TEST_F(ConfinedTest, AScriptRunsWithItsInterpreterUnlessThatIsDenied) {
  std::ifstream script("/usr/bin/which");
  std::string line;
  if (!std::getline(script, line) || line.substr(0, 9) != "#! /bin/s") {
    GTEST_SKIP() << "/usr/bin/which is no script of /bin/sh here";
  }
  EXPECT_EQ(Run(Context(), {"which", "cat"}).substr(0, 15), "0|/usr/bin/cat\n");
  HostDenies("process.spawn", RulePattern::Text("/bin/sh **"));
  EXPECT_EQ(Run(Context(), {"which", "cat"}).substr(0, 17),
            "PERMISSION_DENIED");
}

TEST_F(ConfinedTest, TheFolderThatItStartsInCanBeRead) {
  AllowCall({"path:" + folder_ + "/data", "cat", "plain"}, "exec.in.run_in");
  const std::string folder = folder_ + "/data";
  EXPECT_EQ(Run(Context(), {folder, "cat", "plain"}, {0}, 1).substr(0, 14),
            "0|plain text\n|");
  EXPECT_EQ(Run(Context(), {folder, "cat", "../secret"}, {0}, 1).substr(0, 3),
            "1||");
}

}  // namespace
}  // namespace plugins
}  // namespace postern
