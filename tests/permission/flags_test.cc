#include "permission/flags.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "permission/builder.h"

namespace postern {
namespace {

// "allow fs.read text(/a) @17 --allow-fs-read".
std::string Describe(const Rule& rule) {
  const RulePattern& pattern = rule.pattern;
  std::string what;
  switch (pattern.kind()) {
    case RulePattern::Kind::kWhole:
      what = "whole";
      break;
    case RulePattern::Kind::kText:
      what = absl::StrCat("text(", pattern.text(), ")");
      break;
    case RulePattern::Kind::kCall:
      what = absl::StrCat(
          pattern.form() == CallForm::kList ? "list " : "exact ",
          pattern.text(), "(", absl::StrJoin(pattern.parts(), "|"), ")");
      break;
    case RulePattern::Kind::kSecret:
      what = absl::StrCat("secret(", absl::StrJoin(pattern.parts(), "|"), ")");
      break;
    case RulePattern::Kind::kResolving:
      what = pattern.ToString();
      break;
  }
  EXPECT_EQ(rule.source.kind, RuleSource::Kind::kFlag);
  EXPECT_EQ(rule.source.line, 0);
  return absl::StrCat(EffectName(rule.effect), " ", rule.permissions.ToString(),
                      " ", what, " @", rule.source.column, " ",
                      rule.source.name);
}

std::string Describe(const FlagsResult& result) {
  std::vector<std::string> lines;
  for (const Rule& rule : result.layer.rules) lines.push_back(Describe(rule));
  return absl::StrJoin(lines, "\n");
}

struct Case {
  std::vector<std::string> args;
  const char* rules;  // or the error
  const char* why;
};

TEST(FlagsTest, FlagsBecomeRules) {
  const Case kCases[] = {
      {{}, "", "nothing is granted"},
      {{"--allow-all"}, "allow all whole @1 --allow-all", "bare"},
      {{"--allow-fs"}, "allow fs whole @1 --allow-fs", "group"},
      {{"--deny-sys"}, "deny sys.info whole @1 --deny-sys", "group of one"},
      {{"--ask-code-eval"},
       "ask code.eval whole @1 --ask-code-eval",
       "no resource"},
      {{"--allow-fs-read=/a,/b"},
       "allow fs.read text(/a) @17 --allow-fs-read\n"
       "allow fs.read text(/b) @20 --allow-fs-read",
       "list"},
      {{"--allow-fs=/a", "--deny-fs-write=/a/b"},
       "allow fs text(/a) @12 --allow-fs\n"
       "deny fs.write text(/a/b) @17 --deny-fs-write",
       "two flags"},
      {{"--allow-env-read=A", "--allow-env-read=B"},
       "allow env.read text(A) @18 --allow-env-read\n"
       "allow env.read text(B) @18 --allow-env-read",
       "flags add up"},
      {{"--allow-fs-read=/{a,b{c,d}}/x,/e"},
       "allow fs.read text(/{a,b{c,d}}/x) @17 --allow-fs-read\n"
       "allow fs.read text(/e) @31 --allow-fs-read",
       "commas in braces do not split"},
      {{"--allow-fs-read=/a\\,b,/c\\*\\\\,/d"},
       "allow fs.read text(/a,b) @17 --allow-fs-read\n"
       "allow fs.read text(/c\\*\\\\) @23 --allow-fs-read\n"
       "allow fs.read text(/d) @30 --allow-fs-read",
       "an escaped comma is a comma, other escapes stay"},
      {{"--allow-fs-read=/{a\\,b,c}"},
       "allow fs.read text(/{a\\,b,c}) @17 --allow-fs-read",
       "in braces an escaped comma is the pattern's"},
      {{"--allow-fs-read=/\\{a,/b}"},
       "allow fs.read text(/\\{a) @17 --allow-fs-read\n"
       "allow fs.read text(/b}) @22 --allow-fs-read",
       "an escaped brace does not count, nor a lonely one"},
      {{"--allow-fs-read=/a\\"},
       "allow fs.read text(/a\\) @17 --allow-fs-read",
       "a last backslash is the pattern's"},
      {{"--allow-code-import=https://h/a=b"},
       "allow code.import text(https://h/a=b) @21 --allow-code-import",
       "only the first = separates"},
      {{"--allow-plugin-call=exec.in.run"},
       "allow plugin.call list exec.in.run() @21 --allow-plugin-call",
       "a function alone is any arguments"},
      {{"--allow-plugin-call=exec.in.run du {-s,-h} a\\ b,clock.now **"},
       "allow plugin.call exact exec.in.run(du|{-s,-h}|a\\ b) @21 "
       "--allow-plugin-call\n"
       "allow plugin.call exact clock.now(**) @49 --allow-plugin-call",
       "arguments after spaces are the whole list"},
      {{"--allow-plugin-call=p.f {a b,c{d e,f}} g"},
       "allow plugin.call exact p.f({a b,c{d e,f}}|g) @21 --allow-plugin-call",
       "a space in braces does not split"},
      {{"--deny-secret-reveal=db/password,a\\/b/**"},
       "deny secret.reveal secret(db|password) @22 --deny-secret-reveal\n"
       "deny secret.reveal secret(a\\/b|**) @34 --deny-secret-reveal",
       "parts of a key"},
      {{"--allow-secret=db"},
       "allow secret secret(db) @16 --allow-secret",
       "group"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(absl::StrJoin(c.args, " "), ": ", c.why));
    const auto result = ParseFlags(c.args);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(Describe(*result), c.rules);
    EXPECT_EQ(result->layer.name, "flags");
    EXPECT_EQ(result->layer.default_effect, Effect::kDeny);
    EXPECT_TRUE(result->rest.empty());
    EXPECT_TRUE(result->warnings.empty());
  }
}

TEST(FlagsTest, BadFlagsAreErrors) {
  constexpr char kEmptyItem[] =
      ": empty item, expected a pattern before and after each comma";
  const Case kCases[] = {
      {{"--allow-fs-read="},
       "invalid flag \"--allow-fs-read\" at column 17",
       kEmptyItem},
      {{"--allow-fs-read=/a,,/b"},
       "invalid flag \"--allow-fs-read\" at column 20",
       kEmptyItem},
      {{"--allow-fs-read=/a,"},
       "invalid flag \"--allow-fs-read\" at column 20",
       kEmptyItem},
      {{"--allow-fs-read=,/a"},
       "invalid flag \"--allow-fs-read\" at column 17",
       kEmptyItem},
      {{"--allow-plugin-call=a.b  c"},
       "invalid flag \"--allow-plugin-call\" at column 21",
       ": empty argument, expected a function and one space before each "
       "argument"},
      {{"--allow-secret-use=x,a//b"},
       "invalid flag \"--allow-secret-use\" at column 22",
       ": empty part of a key, expected parts as in \"db/password\""},
      {{"--allow-read=/a"},
       "unknown flag \"--allow-read\"",
       ", expected one such as \"--allow-fs-read\""},
      {{"--deny-connect"},
       "unknown flag \"--deny-connect\"",
       ", expected one such as \"--deny-net-connect\""},
      {{"--precedence=most"},
       "invalid flag \"--precedence=most\"",
       ", expected deny-overrides or most-specific"},
      {{"--precedence=most-specific"},
       "\"--precedence=\" without a rule",
       ", expected one such as \"--allow-fs-read=/srv\""},
      {{"--allow-fs", "--precedence=most-specific",
        "--precedence=deny-overrides"},
       "\"--precedence=\" is given twice",
       ", expected it once"},
      {{"--allow-fs-raed=/a"},
       "unknown flag \"--allow-fs-raed\"",
       ", expected one such as \"--allow-fs-read\""},
      {{"--deny-files"},
       "unknown flag \"--deny-files\"",
       ", expected one such as \"--deny-fs\""},
      {{"--allow-"},
       "unknown flag \"--allow-\"",
       ", expected one such as \"--allow-fs\""},
      {{"--allow-=x"},
       "unknown flag \"--allow-\"",
       ", expected one such as \"--allow-fs\""},
      {{"--ask-fs.read"},
       "unknown flag \"--ask-fs.read\"",
       ", expected one such as \"--ask-fs-read\""},
      {{"--allow-FS-READ"},
       "unknown flag \"--allow-FS-READ\"",
       ", expected one such as \"--allow-fs-read\""},
      {{"--allow-unknown"},
       "unknown flag \"--allow-unknown\"",
       ", expected one such as \"--allow-net\""},
      {{"--allow-a\nb"},
       "unknown flag \"--allow-a\\u{a}b\"",
       ", expected one such as \"--allow-all\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrJoin(c.args, " "));
    const auto result = ParseFlags(c.args);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(result.status().message()),
              absl::StrCat(c.rules, c.why));
  }
}

// It would name another resource than what is meant.
TEST(FlagsTest, ASpaceBesideACommaIsRefused) {
  for (int i = 1; i < kPermissionLimit; ++i) {
    std::string name(PermissionName(static_cast<Permission>(i)));
    name.replace(name.find('.'), 1, "-");
    for (const char* list :
         {"a.b, c.d", "a.b ,c.d", " a.b", "a.b ", "a.b,\tc.d", "a.b\n", " ",
          "a.b, ", "/{a, b}", "/{a ,b}", "/{ a,b}", "/{a,b }", "/{a,{b, c}}"}) {
      const auto result =
          ParseFlags({absl::StrCat("--deny-", name, "=", list)});
      ASSERT_FALSE(result.ok()) << name << list;
      EXPECT_TRUE(absl::StrContains(result.status().message(),
                                    ": a space at the end of an item"))
          << result.status();
    }
  }
  const auto escaped =
      ParseFlags({"--deny-env-read=A,\\ B\\ ", "--deny-fs=/a b",
                  "--deny-fs={/a b,/c\\ ,\\ d} e"});
  ASSERT_TRUE(escaped.ok()) << escaped.status();
  EXPECT_EQ(escaped->layer.rules[1].pattern.text(), "\\ B\\ ");
}

TEST(FlagsTest, ThePrecedenceCanBeChosen) {
  const auto reads = [](const std::vector<std::string>& more) {
    std::vector<std::string> args = {"--deny-fs-read", "--allow-fs-read=/srv"};
    args.insert(args.end(), more.begin(), more.end());
    const auto flags = ParseFlags(args);
    EXPECT_TRUE(flags.ok()) << flags.status();
    EXPECT_TRUE(flags->rest.empty());
    return (*PolicyBuilder().AddLayer(flags->layer).Build())
        ->Check(Access::Path(Permission::kFsRead, "/srv/a"))
        .allowed();
  };
  EXPECT_FALSE(reads({}));
  EXPECT_FALSE(reads({"--precedence=deny-overrides"}));
  EXPECT_TRUE(reads({"--precedence=most-specific"}));
}

TEST(FlagsTest, OtherArgumentsAreLeft) {
  const std::vector<std::string> args = {
      "run", "--allow-fs-read", "/srv", "-v",          "--allow", "--deny=x",
      "",    "---allow-all",    "--",   "--allow-all", "--bad"};
  const auto result = ParseFlags(args);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Describe(*result), "allow fs.read whole @1 --allow-fs-read");
  EXPECT_EQ(absl::StrJoin(result->rest, " "),
            "run /srv -v --allow --deny=x  ---allow-all -- --allow-all --bad");
}

TEST(FlagsTest, WarnsOfABareFlagBesideAList) {
  const auto result =
      ParseFlags({"--allow-fs-read", "--allow-fs-read=/a", "--deny-fs-read=/b",
                  "--allow-fs-write", "--deny-env=A", "--deny-env"});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->warnings.size(), 2u);
  EXPECT_EQ(result->warnings[0].code, "bare-beside-list");
  EXPECT_EQ(result->warnings[0].message,
            "\"--allow-fs-read\" without a list is for everything, so that its "
            "list changes nothing");
  EXPECT_EQ(result->warnings[0].source.ToString(), "--allow-fs-read");
  EXPECT_EQ(result->warnings[1].source.ToString(), "--deny-env");
}

TEST(FlagsTest, EveryPermissionHasAFlag) {
  for (int i = 1; i < kPermissionLimit; ++i) {
    std::string name(PermissionName(static_cast<Permission>(i)));
    name.replace(name.find('.'), 1, "-");
    const auto result = ParseFlags({absl::StrCat("--allow-", name)});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(result->layer.rules[0].permissions.Contains(
        static_cast<Permission>(i)));
  }
}

TEST(FlagsTest, ThePolicyDecidesAsTheFlagsSay) {
  const auto flags = ParseFlags(
      {"--allow-fs-read=/srv", "--deny-fs-read=/srv/secret",
       "--allow-plugin-call=exec.in.run du", "--allow-secret-use=a\\/b"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  const auto policy = PolicyBuilder().AddLayer(flags->layer).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const auto reads = [&](const char* path) {
    return (*policy)->Check(Access::Path(Permission::kFsRead, path)).allowed();
  };
  EXPECT_TRUE(reads("/srv/a"));
  EXPECT_FALSE(reads("/srv/secret/a"));
  EXPECT_FALSE(reads("/etc/passwd"));
  const auto runs = [&](std::vector<CallArg> args) {
    CallView call;
    call.function = "exec.in.run";
    call.args = args;
    return (*policy)->Check(Access::Call(call)).allowed();
  };
  EXPECT_TRUE(runs({{"du"}}));
  EXPECT_FALSE(runs({{"rm"}}));
  EXPECT_FALSE(runs({{"du"}, {"-h"}}));
  const absl::string_view key[] = {"a/b"};
  EXPECT_TRUE(
      (*policy)->Check(Access::Secret(Permission::kSecretUse, key)).allowed());
}

TEST(FlagsTest, ThePolicyNamesTheFlagOfABadPattern) {
  for (const char* flag :
       {"--allow-net-connect=h_:x", "--allow-process-signal=4711",
        "--allow-plugin=x", "--allow-code-eval=x", "--allow-fs-read=/a[b]"}) {
    const auto flags = ParseFlags({flag});
    ASSERT_TRUE(flags.ok()) << flags.status();
    const auto policy = PolicyBuilder().AddLayer(flags->layer).Build();
    ASSERT_FALSE(policy.ok()) << flag;
    const std::string message(policy.status().message());
    EXPECT_NE(message.find(flags->layer.rules[0].source.name),
              std::string::npos)
        << message;
  }
}

}  // namespace
}  // namespace postern
