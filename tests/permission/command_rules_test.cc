// Rules for process.spawn: programs, arguments, and the files that they are.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/explain.h"
#include "permission/flags.h"
#include "permission/path_binding.h"
#include "tests/permission/policy_fixture.h"
#include "tests/permission/temp_tree.h"

namespace postern {
namespace {

using testing::MakeContext;
using testing::MakeRule;

constexpr PermissionSet kSpawn(Permission::kProcessSpawn);
using Words = std::vector<std::string>;

// The program and its arguments.
class Command {
 public:
  explicit Command(Words words) : words_(std::move(words)) {
    for (size_t i = 1; i < words_.size(); ++i) args_.push_back({words_[i]});
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  Access access() const { return Access::Command(words_[0], args_); }

 private:
  const Words words_;
  std::vector<CallArg> args_;
};

absl::StatusOr<std::shared_ptr<const Policy>> TryBuild(
    Effect effect, const std::string& pattern) {
  Layer layer;
  layer.name = "grants";
  layer.default_effect = Effect::kDeny;
  if (effect == Effect::kDeny) {
    layer.rules.push_back(MakeRule(Effect::kAllow, kSpawn));
  }
  layer.rules.push_back(MakeRule(effect, kSpawn, RulePattern::Text(pattern)));
  return PolicyBuilder().SetBaseDirectory("/base").AddLayer(layer).Build();
}

std::shared_ptr<const Policy> Rules(Effect effect, const std::string& pattern) {
  auto policy = TryBuild(effect, pattern);
  EXPECT_TRUE(policy.ok()) << pattern << ": " << policy.status();
  return policy.ok() ? *policy : *PolicyBuilder().Build();
}

bool Allows(const std::string& pattern, const Words& words) {
  const Command command(words);
  return Rules(Effect::kAllow, pattern)->Check(command.access()).allowed();
}

bool Denies(const std::string& pattern, const Words& words) {
  const Command command(words);
  return !Rules(Effect::kDeny, pattern)->Check(command.access()).allowed();
}

TEST(CommandRulesTest, ProgramAndArgumentsAreMatchedInFull) {
  const struct {
    const char* pattern;
    Words command;
    bool allowed;
    const char* why;
  } kCases[] = {
      {"/bin/du", {"/bin/du"}, true, "no arguments"},
      {"/bin/du", {"/bin/du", "-k"}, false, "one too many"},
      {"/bin/du -k", {"/bin/du"}, false, "one too few"},
      {"/bin/du -k *", {"/bin/du", "-k", "/srv"}, true, "any one"},
      {"/bin/du -k *", {"/bin/du", "/srv", "-k"}, false, "reordered"},
      {"/bin/du **", {"/bin/du"}, true, "any rest, none too"},
      {"/bin/du **", {"/bin/du", "a", "b"}, true, "any rest"},
      {"/bin/du", {"/bin/dub"}, false, "bytes in front"},
      {"/bin/du", {"/bin/du/x"}, false, "a program is no folder"},
      {"/bin/du", {"/bin/./x/../du"}, true, "the same path"},
      {"/bin/du", {"/bin/DU"}, false, "case"},
      {"/bin/du", {"/bin/du\n"}, false, "a line break"},
      {"/bin/du", {"du"}, false, "whichever that is"},
      {"/bin/{du,ls} -l", {"/bin/ls", "-l"}, true, "alternatives"},
      {"/opt/*/bin/x **", {"/opt/a/bin/x"}, true, "wildcard"},
      {"/opt/** **", {"/opt/a/b"}, true, "all beneath"},
      {"/opt/** **", {"/optional"}, false, "not beneath"},
      {"tools/x", {"/base/tools/x"}, true, "from the base"},
      {"./x", {"/base/x"}, true, "from the base"},
      {"* -v", {"/bin/du", "-v"}, true, "every program"},
      {"* -v", {"/bin/du", "-V"}, false, "not with that"},
      {"/bin/a\\ b", {"/bin/a b"}, true, "a space in the name"},
      {"/bin/a b", {"/bin/a b"}, false, "two words"},
      {"/bin/x \"\"", {"/bin/x", ""}, true, "an empty argument"},
      {"/bin/x \"\"", {"/bin/x", "\"\""}, false, "not two quotes"},
      {"/bin/x \\\"\\\"", {"/bin/x", "\"\""}, true, "two quotes"},
      {"/bin/x a\\ b", {"/bin/x", "a b"}, true, "a space in an argument"},
      {"/bin/x a\\ b", {"/bin/x", "a", "b"}, false, "one argument"},
      {"/bin/x re:a[\\ ]+b", {"/bin/x", "a  b"}, true, "in an expression"},
      {"/bin/x path:/srv", {"/bin/x", "/srv/a/../b"}, true, "beneath"},
      {"/bin/x path:/srv", {"/bin/x", "/srv/../etc"}, false, "beside"},
      {"/bin/x path:/", {"/bin/x", "-o/etc/x"}, false, "an option"},
      {"/bin/sh -c make", {"/bin/sh", "-c", "make"}, true, "a shell string"},
      {"/bin/sh -c make", {"/bin/sh", "-c", "make; id"}, false, "another one"},
      {"through:/bin/env **", {"/bin/env", "id"}, false, "not by itself"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Allows(c.pattern, c.command), c.allowed)
        << c.pattern << " vs " << c.command[0] << ": " << c.why;
  }
}

TEST(CommandRulesTest, WhatIsNotKnownIsDeniedAndNotAllowed) {
  // A bare name is some file; which one is not known.
  EXPECT_TRUE(Denies("/bin/du **", {"du"}));
  EXPECT_TRUE(Denies("/bin/* **", {"du"}));
  EXPECT_FALSE(Denies("/bin/ls **", {"du"}));
  EXPECT_TRUE(Denies("du **", {"/opt/du"}));
  EXPECT_FALSE(Denies("du **", {"/opt/ls"}));
  EXPECT_TRUE(Allows("du **", {"du"}));
  EXPECT_FALSE(Allows("du **", {"/bin/du"}));
  EXPECT_FALSE(Allows("/bin/* **", {"du"}));
}

TEST(CommandRulesTest, ArgumentsThatNoProgramCanGetAreDenied) {
  const auto policy = Rules(Effect::kAllow, "* **");
  const CallArg none = CallArg::NotText();
  const CallArg nul{absl::string_view("a\0b", 3)};
  EXPECT_EQ(policy->Check(Access::Command("/x", {&none, 1})).reason(),
            Reason::kInvalidResource);
  EXPECT_EQ(policy->Check(Access::Command("/x", {&nul, 1})).reason(),
            Reason::kInvalidResource);
  for (const char* program : {"", ".", ".."}) {
    EXPECT_FALSE(policy->Check(Access::Command(program, {})).allowed());
  }
}

TEST(CommandRulesTest, SayWhereTheyAreWrong) {
  const struct {
    const char* pattern;
    const char* message;
  } kCases[] = {
      {"", "at column 1: expected a program and one space"},
      {"/bin/x  y", "at column 8: expected a program and one space"},
      {"/bin/x ", "at column 8: expected a program and one space"},
      {"/bin/x\ty", "at column 7: expected one space before each argument"},
      {"A=1 /bin/x", "at column 1: expected the program first"},
      {"d* -k", "at column 2: expected a program's name without wildcards"},
      {"exact:/bin/x", "always exact"},
      {"/bin/x ** y", "expected nothing after it in the list"},
      {"/bin/x re:(", "at column 4"},
      {"/bin/[x]", "at column 6"},
      {"~/x", "at column 1"},
      {"/", "\"/\" is no program"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = TryBuild(Effect::kAllow, c.pattern).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.pattern;
    EXPECT_TRUE(absl::StrContains(status.message(), c.message))
        << c.pattern << ": " << status;
  }
  EXPECT_FALSE(TryBuild(Effect::kDeny, "through:/bin/env **").ok());
  EXPECT_FALSE(TryBuild(Effect::kDeny, "/bin/x path:/*/y").ok());
}

TEST(CommandRulesTest, TextOfACommandMeansItsWords) {
  const Words words = {"/bin/a b", "c d", "", "\"\"", "e\tf", "\\*", "g\\ h"};
  const RulePattern pattern =
      RulePattern::Command(words[0], Words(words.begin() + 1, words.end()));
  EXPECT_TRUE(Allows(pattern.text(),
                     {"/bin/a b", "c d", "", "\"\"", "e\tf", "*", "g h"}))
      << pattern.text();
}

TEST(CommandRulesTest, FlagsTakeThem) {
  const auto flags = ParseFlags({"--allow-process-spawn=/bin/du **,/bin/ls"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  const auto policy = PolicyBuilder().AddLayer(flags->layer).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE((*policy)->Check(Command({"/bin/du", "x"}).access()).allowed());
  EXPECT_TRUE((*policy)->Check(Command({"/bin/ls"}).access()).allowed());
  EXPECT_FALSE((*policy)->Check(Command({"/bin/ls", "x"}).access()).allowed());
}

TEST(CommandRulesTest, ProgramsInFullComeBeforeOthers) {
  Layer layer;
  layer.name = "grants";
  layer.default_effect = Effect::kDeny;
  layer.precedence = Precedence::kMostSpecific;
  for (const char* denied : {"* **", "/opt/a/** **"}) {
    layer.rules.push_back(MakeRule(Effect::kDeny, kSpawn, denied));
  }
  for (const char* allowed : {"/opt/** **", "/opt/a/x **"}) {
    layer.rules.push_back(MakeRule(Effect::kAllow, kSpawn, allowed));
  }
  const auto policy = testing::BuildOrDie({layer});
  EXPECT_TRUE(policy->Check(Command({"/opt/a/x"}).access()).allowed());
  EXPECT_FALSE(policy->Check(Command({"/opt/a/y"}).access()).allowed());
  EXPECT_TRUE(policy->Check(Command({"/opt/b"}).access()).allowed());
  EXPECT_FALSE(policy->Check(Command({"/bin/b"}).access()).allowed());
}

TEST(CommandRulesTest, ADropTakesCommandsAway) {
  const RootContext root = MakeContext(Rules(Effect::kAllow, "* **"));
  ASSERT_TRUE(root.context->Drop(kSpawn, RulePattern::Text("/bin/du **")).ok());
  EXPECT_FALSE(root.context->Check(Command({"/bin/du"}).access()).allowed());
  EXPECT_TRUE(root.context->Check(Command({"/bin/ls"}).access()).allowed());
}

TEST(CommandRulesTest, InterpretersAreWarnedOf) {
  const auto codes = [](const char* pattern) {
    const auto policy = Rules(Effect::kAllow, pattern);
    std::string all;
    for (const auto& warning : policy->warnings()) {
      absl::StrAppend(&all, warning.code, " ");
    }
    return all;
  };
  EXPECT_EQ(codes("/usr/bin/python3 **"), "voids-model ");
  EXPECT_EQ(codes("bash"), "voids-model ");
  EXPECT_EQ(codes("/opt/** **"), "voids-model ");
  EXPECT_EQ(codes("through:/usr/bin/timeout **"), "");
  EXPECT_EQ(codes("/usr/bin/shred"), "");
  EXPECT_EQ(codes("/usr/bin/wc **"), "names-files ");
}

TEST(CommandRulesTest, DenialsSayWhereTheCommandLeftTheRules) {
  const RootContext root = MakeContext(Rules(Effect::kAllow, "/bin/du -{k,m}"));
  const Command wrong({"/bin/du", "-x y"});
  const Decision decision = root.context->Check(wrong.access());
  const auto why = root.context->Explain(decision, wrong.access());
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_EQ(why->operation, "process.spawn");
  EXPECT_EQ(why->resource, "/bin/du [\"-x y\"]");
  EXPECT_EQ(why->argument, 0);
  EXPECT_EQ(why->ExpectedText(), "\"-k\" or \"-m\"");
  ASSERT_EQ(why->rules_to_add.size(), 1u);
  EXPECT_EQ(why->rules_to_add[0].text,
            "rules { allow: \"process.spawn\" pattern: \"/bin/du -x\\\\ y\" }");
}

TEST(CommandRulesTest, ProcessesAreNamedByWhoseTheyAre) {
  const PermissionSet signal(Permission::kProcessSignal);
  const auto policy = testing::BuildOrDie({testing::MakeLayer(
      "grants", Effect::kDeny,
      {{Effect::kAllow, Permission::kProcessSignal, "@children"},
       {Effect::kAllow, Permission::kProcessSignal, "notes.acme"}})});
  const auto allowed = [&](const char* name) {
    return policy->Check(Access::Name(Permission::kProcessSignal, name))
        .allowed();
  };
  EXPECT_TRUE(allowed("@children"));
  EXPECT_TRUE(allowed("notes.acme"));
  EXPECT_FALSE(allowed("@others"));
  EXPECT_FALSE(allowed("@everybody"));
  for (const char* wrong : {"1234", "-1", "@everybody", ""}) {
    EXPECT_FALSE(
        PolicyBuilder().Allow(signal, RulePattern::Text(wrong)).Build().ok())
        << wrong;
  }
}

// ---- Bound to files ----

class BoundCommandsTest : public ::testing::Test {
 protected:
  BoundCommandsTest() {
    tree_.Dir("@/real");
    tree_.Dir("@/other");
    Program("@/real/tool-1");
    Program("@/other/tool");
    tree_.Link("@/real/tool", "tool-1");
    tree_.File("@/real/data");
    options_.program_folders = {tree_.At("@/none"), tree_.At("@/real"),
                                tree_.At("@/other")};
  }
  void Program(absl::string_view name) const {
    tree_.File(name);
    EXPECT_EQ(chmod(tree_.At(name).c_str(), 0755), 0);
  }
  absl::StatusOr<std::shared_ptr<const Policy>> TryBind(
      Effect effect, absl::string_view pattern) const {
    PolicyBuilder builder;
    const RulePattern text = RulePattern::Text(tree_.At(pattern));
    if (effect == Effect::kAllow) {
      builder.Allow(kSpawn, text);
    } else {
      builder.Allow(kSpawn, RulePattern::Whole()).Deny(kSpawn, text);
    }
    return builder.Bind(options_).Build();
  }
  std::shared_ptr<const Policy> Bind(Effect effect,
                                     absl::string_view pattern) const {
    auto policy = TryBind(effect, pattern);
    EXPECT_TRUE(policy.ok()) << pattern << ": " << policy.status();
    return policy.ok() ? *policy : *PolicyBuilder().Bind().Build();
  }
  bool May(const Policy& policy, absl::string_view program) const {
    const std::string path = tree_.At(program);
    return policy.Check(Access::CanonicalCommand(path, {})).allowed();
  }

  testing::TempTree tree_;
  PathBindingOptions options_;
};

TEST_F(BoundCommandsTest, HoldForTheFileThatANameLeadsTo) {
  const auto policy = Bind(Effect::kAllow, "@/real/tool");
  EXPECT_TRUE(May(*policy, "@/real/tool-1"));
  EXPECT_FALSE(May(*policy, "@/real/tool"));
  const std::string asked = tree_.At("@/real/tool");
  EXPECT_TRUE(policy->Check(Access::Command(asked, {})).allowed());
  EXPECT_EQ(*policy->binding()->FindProgram(tree_.At("@/real/tool-1")),
            tree_.Identity("@/real/tool-1"));
}

TEST_F(BoundCommandsTest, ABareNameIsTheFirstOfTheSearchPath) {
  const auto policy = Bind(Effect::kAllow, "tool");
  EXPECT_TRUE(May(*policy, "@/real/tool-1"));
  EXPECT_FALSE(May(*policy, "@/other/tool"));
  EXPECT_TRUE(policy->Check(Access::Command("tool", {})).allowed());
}

TEST_F(BoundCommandsTest, ADeniedNameIsAllOfTheSearchPath) {
  const auto policy = Bind(Effect::kDeny, "tool **");
  EXPECT_FALSE(May(*policy, "@/real/tool-1"));
  EXPECT_FALSE(May(*policy, "@/other/tool"));
  EXPECT_FALSE(May(*policy, "@/none/tool"));
  EXPECT_TRUE(May(*policy, "@/elsewhere/tool"));
}

TEST_F(BoundCommandsTest, WhatIsNoProgramIsRefused) {
  const struct {
    const char* pattern;
    const char* message;
  } kCases[] = {
      {"nothing **", "no program of that name in "},
      {"data", "no program of that name in "},
      {"@/real **", "is a folder, expected a program, or "},
  };
  for (const auto& c : kCases) {
    const absl::Status status = TryBind(Effect::kAllow, c.pattern).status();
    EXPECT_TRUE(absl::StrContains(status.message(), c.message)) << status;
  }
  options_.program_folders.clear();
  EXPECT_TRUE(absl::StrContains(
      TryBind(Effect::kAllow, "tool").status().message(), "no search path"));
  options_.program_folders = {"."};
  EXPECT_TRUE(absl::StrContains(
      TryBind(Effect::kDeny, "tool").status().message(), "no absolute name"));
}

TEST_F(BoundCommandsTest, FilesAreKnownByTheNamesOfRules) {
  const auto policy = Bind(Effect::kDeny, "@/real/tool **");
  tree_.HardLink("@/real/tool-1", "@/other/alias");
  const std::vector<std::string>* names =
      policy->binding()->FindProgramNames(tree_.Identity("@/other/alias"));
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(*names, std::vector<std::string>{tree_.At("@/real/tool-1")});
  EXPECT_FALSE(policy->binding()->FindProgram(tree_.At("@/real/data")));
}

}  // namespace
}  // namespace postern
