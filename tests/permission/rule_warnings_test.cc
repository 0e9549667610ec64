#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::MakeRule;

struct Row {
  Effect effect;
  const char* permissions;
  const char* pattern;  // "" = every resource
};

// "code 2" for a warning of the second rule.
std::string WarningsOf(const std::vector<Row>& rows) {
  Layer layer;
  for (const Row& row : rows) {
    layer.rules.push_back(
        MakeRule(row.effect, PermissionSet::Parse(row.permissions).value(),
                 row.pattern[0] == '\0' ? RulePattern::Whole()
                                        : RulePattern::Text(row.pattern)));
    layer.rules.back().source.line = static_cast<int>(layer.rules.size());
  }
  const auto policy =
      PolicyBuilder().SetBaseDirectory("/srv/app").AddLayer(layer).Build();
  if (!policy.ok()) return policy.status().ToString();
  std::vector<std::string> found;
  for (const PolicyWarning& warning : (*policy)->warnings()) {
    found.push_back(absl::StrCat(warning.code, " ", warning.source.line));
  }
  return absl::StrJoin(found, ", ");
}

constexpr Effect kAllow = Effect::kAllow;
constexpr Effect kAsk = Effect::kAsk;
constexpr Effect kDeny = Effect::kDeny;

TEST(RuleWarningsTest, SaysWhereADenialHoldsForLessThanItSeems) {
  struct Case {
    std::vector<Row> rows;
    const char* want;
  };
  const Case kCases[] = {
      {{{kDeny, "net.connect", "*.a.io"}}, "apex-open 1"},
      {{{kAsk, "net.connect", "*.a.io"}}, "apex-open 1"},
      {{{kAllow, "net.connect", "*.a.io"}}, ""},
      {{{kDeny, "net.connect", "*.a.io"}, {kDeny, "net.connect", "a.io"}}, ""},
      {{{kDeny, "net.connect", "A.io."}, {kDeny, "net.connect", "*.a.io"}}, ""},
      {{{kDeny, "net.connect", "*.a.io"}, {kDeny, "net.connect", "*.io"}},
       "apex-open 2"},
      {{{kDeny, "net.connect", "*.a.io"}, {kDeny, "net.connect", "b.io"}},
       "apex-open 1"},
      {{{kDeny, "net.connect", "*.a.io"}, {kAllow, "net.connect", "a.io"}},
       "apex-open 1"},
      {{{kDeny, "net", "*.a.io"}, {kDeny, "net.connect", "a.io"}},
       "apex-open 1"},
      {{{kDeny, "net", "*.a.io"},
        {kDeny, "net.connect", "a.io"},
        {kDeny, "net.listen", "a.io"},
        {kDeny, "net.resolve", "a.io"}},
       ""},
      {{{kDeny, "net.connect", "*.a.io:80"}, {kDeny, "net.connect", "a.io:80"}},
       ""},
      {{{kDeny, "net.connect", "*.a.io:80"}, {kDeny, "net.connect", "a.io"}},
       ""},
      {{{kDeny, "net.connect", "*.a.io"}, {kDeny, "net.connect", "a.io:80"}},
       "apex-open 1"},
      {{{kDeny, "net.connect", "*.a.io"}, {kDeny, "net", ""}}, ""},
      {{{kDeny, "net.connect", "*.a.io:80"}, {kDeny, "net.connect", ":80"}},
       ""},
      {{{kDeny, "net.resolve", "*.a.io"}}, "apex-open 1"},
      {{{kDeny, "fs", "**/.env/**"}}, "below-base 1"},
      {{{kAsk, "fs.read", "exact:**/.env"}}, "below-base 1"},
      {{{kDeny, "fs", "/**/.env/**"}}, ""},
      {{{kDeny, "fs", ".env"}}, ""},
      {{{kDeny, "fs", "keys/**/x/**"}}, ""},
      {{{kAllow, "fs", "**/.env/**"}}, ""},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(WarningsOf(c.rows), c.want)
        << c.rows[0].pattern << ", " << c.rows.back().pattern;
  }
}

TEST(RuleWarningsTest, SaysWhatLooksLikeAListOrHasABlankTooMany) {
  const struct {
    const char* permissions;
    const char* pattern;
    const char* want;
  } kCases[] = {
      {"fs", "/srv/a, /srv/b", "one-pattern 1"},
      {"fs", "/srv/a,/srv/b", "one-pattern 1"},
      {"fs", "/srv/{a,b},\t/srv/c", "one-pattern 1"},
      {"fs", "a, b", "one-pattern 1"},
      {"fs", "/srv/a,b", ""},
      {"fs", "/srv/a,", ""},
      {"fs", "/srv/a\\, b", ""},
      {"fs", "{/srv/a,/srv/b}", ""},
      {"fs", "/srv/{a,{b,c}},/srv/d", "one-pattern 1"},
      {"fs", "/srv/a ", "blank 1"},
      {"fs", "/srv/a\n", "blank 1"},
      {"fs", " srv", "blank 1"},
      {"fs", "exact: srv", "blank 1"},
      {"fs", "exact:/srv/* ", "blank 1"},
      {"fs", "/srv/{a, b}", "blank 1"},
      {"fs", "/srv/{a ,b}", "blank 1"},
      {"fs", "/srv/{a,b }", "blank 1"},
      {"fs", "/srv/{ a,b}", "blank 1"},
      {"fs", "/srv/{a,b} ", "blank 1"},
      {"fs", "/srv/a\\ ", ""},
      {"fs", "\\ srv", ""},
      {"fs", "/srv/{a,\\ b}", ""},
      {"fs", "/srv/my files/a", ""},
      {"fs", "/srv/a /b", ""},
      {"env.read", "HOME, PATH", "one-pattern 1"},
      {"env.read", "HOME,PATH", "one-pattern 1"},
      {"env.read", "HOME\\,PATH", ""},
      {"env.read", "HOME ", "blank 1"},
      {"code.import", "https://a.io/x,y", ""},
      {"code.import", "https://a.io/x, https://b.io/y", "one-pattern 1"},
  };
  for (const auto& c : kCases) {
    for (const Effect effect : {kAllow, kDeny}) {
      EXPECT_EQ(WarningsOf({{effect, c.permissions, c.pattern}}), c.want)
          << c.permissions << " " << c.pattern;
    }
  }
}

TEST(RuleWarningsTest, SaysWhatReadingBelowProcShows) {
  constexpr char kShows[] = "voids-model 1";
  const struct {
    const char* pattern;
    const char* want;
  } kCases[] = {
      {"/proc", kShows},
      {"/proc/self", kShows},
      {"exact:/proc/self/mem", kShows},
      {"/proc/thread-self/environ", kShows},
      {"/proc/4321/cmdline", kShows},
      {"/proc/4*1/maps", kShows},
      {"/proc/*/m*", kShows},
      {"/proc/?/task/77/mem", kShows},
      {"/proc/1/task/*/fd", kShows},
      {"/proc/**/mem", kShows},
      {"/proc/{meminfo,kcore}", kShows},
      {"/proc/.//2/stack", kShows},
      {"/proc/k*", kShows},
      {"exact:/proc", ""},
      {"exact:/proc/self", ""},
      {"/proc/meminfo", ""},
      {"/proc/cpu*", ""},
      {"/proc/sys", ""},
      {"/proc/self/status", ""},
      {"/proc/*/stat*", ""},
      {"/proc/**/status", ""},
      {"/processes", ""},
      {"/", "procfs 1"},
      {"", "procfs 1"},
      {"/**", "procfs 1"},
      {"/**/mem", "procfs 1"},
      {"/p*c/self/environ", "procfs 1"},
      {"exact:/", ""},
      {"/**/secret", ""},
      {"/*", ""},
      {"/*/1/mem", "procfs 1"},
      {"/srv/**", ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(WarningsOf({{kAllow, "fs.read", c.pattern}}), c.want)
        << c.pattern;
  }
  EXPECT_EQ(WarningsOf({{kDeny, "fs.read", "/proc/*/mem/**"}}), "");
  EXPECT_EQ(WarningsOf({{kAsk, "fs.read", "/"}}), "");
  EXPECT_EQ(WarningsOf({{kAllow, "device.use", "/"}}), "");
}

TEST(RuleWarningsTest, SaysOnceThatWideGrantsIncludeProc) {
  const struct {
    std::vector<Row> rows;
    const char* want;
  } kCases[] = {
      {{{kAllow, "fs.read", "/srv"}, {kAllow, "fs.read", "/"}}, "procfs 2"},
      {{{kAllow, "fs.read", "/"}, {kAllow, "fs.read", "/**/mem"}}, "procfs 1"},
      {{{kAllow, "fs.read", "/"}, {kDeny, "fs.read", "/proc"}}, ""},
      {{{kDeny, "fs", "{/sys,/proc}/**"}, {kAllow, "fs.read", ""}}, ""},
      {{{kAllow, "fs.read", "/"}, {kAsk, "fs.read", "/proc"}}, "procfs 1"},
      {{{kAllow, "fs.read", "/"}, {kDeny, "fs.write", "/proc"}}, "procfs 1"},
      {{{kAllow, "fs.read", "/"}, {kDeny, "fs.read", "exact:/proc"}},
       "procfs 1"},
      {{{kAllow, "fs.read", "/"}, {kDeny, "fs.read", "/proc/self"}},
       "procfs 1"},
      {{{kAllow, "fs.read", "/"}, {kAllow, "fs.read", "/proc"}},
       "voids-model 2, procfs 1"},
      {{{kAllow, "fs", "/"}}, "voids-model 1"},
      {{{kAllow, "fs.write", "/"}}, "voids-model 1"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(WarningsOf(c.rows), c.want)
        << c.rows[0].pattern << ", " << c.rows.back().pattern;
  }
}

TEST(RuleWarningsTest, ADenialThatIsOnlyAuditedHoldsNothingBack) {
  PolicySpec spec;
  spec.layers.resize(2);
  for (int i : {1, 2, 3}) {
    spec.layers[0].rules.push_back(MakeRule(
        kAllow, PermissionSet(Permission::kFsRead), RulePattern::Text("/")));
    spec.layers[0].rules.back().source.line = i;
  }
  spec.layers[1].mode = Mode::kAudit;
  spec.layers[1].default_effect = kAllow;
  spec.layers[1].rules = {MakeRule(kDeny, PermissionSet(Permission::kFsRead),
                                   RulePattern::Text("/proc"))};
  const auto policy = PolicyBuilder(spec).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  ASSERT_EQ((*policy)->warnings().size(), 1u);
  EXPECT_EQ((*policy)->warnings()[0].source.line, 1);
  EXPECT_EQ((*policy)->warnings()[0].message,
            "this includes files of /proc that show the memory, descriptors, "
            "arguments or environment of programs: fs::GuardedFs refuses these "
            "unless a rule begins at /proc, a host that opens files itself may "
            "not; expected a narrower pattern, or a rule that denies "
            "\"/proc\" (2 more of this layer are such)");
}

TEST(RuleWarningsTest, SaysWhatNoRuleHoldsBack) {
  const struct {
    Row row;
    const char* want;
  } kCases[] = {
      {{kAllow, "code.load", ""}, "voids-model 1"},
      {{kAllow, "debug.attach", ""}, "voids-model 1"},
      {{kAllow, "fs.write", ""}, "voids-model 1"},
      {{kAllow, "fs.write", "/"}, "voids-model 1"},
      {{kAllow, "fs.write", "/proc"}, "voids-model 1"},
      {{kAllow, "fs.write", "/proc/self/mem"}, "voids-model 1"},
      {{kAllow, "fs.write", "/p*/1/mem"}, "voids-model 1"},
      {{kAllow, "fs.write", "/**/mem"}, "voids-model 1"},
      {{kAllow, "fs.write", "exact:/"}, ""},
      {{kAllow, "fs.write", "/procedures"}, ""},
      {{kAllow, "fs.write", "/srv/proc"}, ""},
      {{kAsk, "code.load", ""}, ""},
      {{kDeny, "debug.attach", ""}, ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(WarningsOf({c.row}), c.want)
        << c.row.permissions << " " << c.row.pattern;
  }
}

TEST(RuleWarningsTest, SaysWhatGrantedProgramsDo) {
  const struct {
    Effect effect;
    std::vector<std::string> args;
    const char* want;
  } kCases[] = {
      {kAllow, {}, ""},
      {kAllow, {"*"}, "interpreter"},
      {kAllow, {"ls", "*"}, ""},
      {kAllow, {"git", "**"}, "interpreter obeys-folder"},
      {kAllow, {"re:(da|ba)?sh", "-c", "*"}, "interpreter"},
      {kAllow, {"du", "**"}, "names-files"},
      {kAllow, {"du", "--", "path:/etc"}, ""},
      {kAllow, {"dd", "path:."}, "operand"},
      {kAllow, {"dd", "path:of=*"}, "operand"},
      {kAllow, {"dd", "path:@*"}, "operand"},
      {kAllow, {"dd", "path:in/**"}, ""},
      {kAllow, {"{make,ls}", "path:/"}, "interpreter obeys-folder operand"},
      {kAsk, {"git", "**"}, ""},
      {kDeny, {"git", "**"}, ""},
  };
  for (const auto& c : kCases) {
    Layer layer;
    layer.rules = {
        MakeRule(c.effect, PermissionSet(Permission::kPluginCall),
                 RulePattern::Call("exec.in.run", c.args, CallForm::kExact))};
    const auto policy =
        PolicyBuilder().SetBaseDirectory("/srv/app").AddLayer(layer).Build();
    ASSERT_TRUE(policy.ok()) << policy.status();
    std::vector<std::string> found;
    for (const PolicyWarning& warning : (*policy)->warnings()) {
      found.push_back(warning.code);
    }
    EXPECT_EQ(absl::StrJoin(found, " "), c.want) << absl::StrJoin(c.args, " ");
  }
}

// One budget for all of a policy: rules that cost much leave none to others.
TEST(RuleWarningsTest, BeyondTheBudgetTheWorstIsSaid) {
  Layer layer;
  for (int i = 0; i < 200; ++i) {
    layer.rules.push_back(MakeRule(
        kAllow, PermissionSet(Permission::kPluginCall),
        RulePattern::Call("exec.in.run", {"re:.{0,900}Q"}, CallForm::kExact)));
    layer.rules.back().source.line = i + 1;
  }
  const auto policy = PolicyBuilder().AddLayer(layer).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const std::vector<PolicyWarning>& warnings = (*policy)->warnings();
  ASSERT_FALSE(warnings.empty());
  EXPECT_GT(warnings.front().source.line, 1);
  EXPECT_EQ(warnings.front().code, "interpreter");
  EXPECT_EQ(warnings.back().source.line, 200);
}

TEST(RuleWarningsTest, NamesTheRuleThatWasMeant) {
  Layer layer;
  layer.rules = {MakeRule(Effect::kDeny, PermissionSet(Permission::kFsRead),
                          RulePattern::Text("**/.env/**")),
                 MakeRule(Effect::kDeny, PermissionSet(Permission::kNetConnect),
                          RulePattern::Text("*.a.io"))};
  const auto policy =
      PolicyBuilder().SetBaseDirectory("/srv/app").AddLayer(layer).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  ASSERT_EQ((*policy)->warnings().size(), 2u);
  EXPECT_EQ((*policy)->warnings()[0].message,
            "\"**/.env/**\" holds only in the base directory \"/srv/app\" and "
            "beneath, expected \"/**/.env/**\" for every folder");
  EXPECT_EQ((*policy)->warnings()[1].message,
            "\"*.a.io\" is not for \"a.io\" itself, expected a rule for that "
            "as well");
}

}  // namespace
}  // namespace postern
