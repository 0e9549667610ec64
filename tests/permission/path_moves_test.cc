// What a file or a folder may gain by a move: nothing.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/path_monitor_fixture.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using fs::Right;
using fs::Verdict;
using testing::Allowing;
using testing::BuildOrDie;
using testing::FakeHandler;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;
using testing::Monitor;
using testing::Monitored;
using testing::RuleRow;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kDeny = Effect::kDeny, kAsk = Effect::kAsk,
                 kAllow = Effect::kAllow;

TEST(PathMoveTest, RightsOnlyShrinkInAMove) {
  constexpr Permission kLoad = Permission::kCodeLoad;
  struct Case {
    std::vector<RuleRow> rules;
    const char* from;
    const char* to;
    bool file;
    bool directory;
    const char* why;
  };
  const Case kCases[] = {
      {{{kAllow, kRead, "/a"}, {kAllow, kRead, "/b"}},
       "/a/x",
       "/b/x",
       true,
       true,
       "the same rights by another rule"},
      {{{kAllow, kRead, "/a"}}, "/a/x", "/b/x", true, true, "rights are lost"},
      {{{kAllow, kRead, "/a"}}, "/b/x", "/a/x", false, false, "gained"},
      {{{kAllow, kRead, "/a"}}, "/b/x", "/b/x", true, true, "itself"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/s"}},
       "/s",
       "/t",
       false,
       false,
       "a denied name"},
      {{{kAllow, kRead, "/"}, {kAsk, kRead, "/s"}},
       "/s",
       "/t",
       false,
       false,
       "nobody would be asked any more"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/d/s"}},
       "/d",
       "/t",
       true,
       false,
       "a denied name below"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/d/s"}},
       "/t",
       "/d",
       true,
       false,
       "a boundary below the other end"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/**/s/**"}},
       "/d",
       "/t",
       true,
       true,
       "denied below whatever its name"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/**/s/**"}},
       "/s",
       "/t",
       false,
       false,
       "denied by its name"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/d/**/s/**"}},
       "/d/x",
       "/t",
       true,
       false,
       "denied below one end"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/*/s/**"}},
       "/d",
       "/t",
       true,
       true,
       "denied at the same depth"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/*/s/**"}},
       "/d",
       "/t/x",
       true,
       false,
       "not at another"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "exact:/*.c"}},
       "/t.c",
       "/t",
       false,
       false,
       "its own rights"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "exact:/*.c"}},
       "/t",
       "/t.c",
       true,
       true,
       "a denial of the top alone"},
      {{{kAllow, kRead, "/"}, {kDeny, kLoad, "/"}, {kAllow, kLoad, "/lib"}},
       "/t",
       "/lib/t",
       true,
       true,
       "denials overrule"},
      {{{kAllow, kRead, "/"}, {kAllow, kLoad, "/lib"}},
       "/t",
       "/lib/t",
       false,
       false,
       "may be loaded as code"},
      {{{kAllow, kRead, "/"}, {kAllow, Permission::kDeviceUse, "/dev"}},
       "/t",
       "/dev/t",
       false,
       false,
       "may be used as a device"},
      {{{kAllow, kRead, "/a"}, {kAllow, kRead, "exact:/b"}},
       "/a",
       "/b",
       true,
       true,
       "the top keeps, the rest loses"},
      {{{kAllow, kRead, "exact:/a"}, {kAllow, kRead, "/b"}},
       "/a",
       "/b",
       true,
       false,
       "the top keeps, the rest gains"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.from, " to ", c.to, ": ", c.why));
    const Monitored m =
        Monitor(BuildOrDie({MakeLayer("grants", kDeny, c.rules)}));
    EXPECT_EQ(m.monitor->CheckMove(c.from, c.to, false).allowed, c.file);
    const Verdict verdict = m.monitor->CheckMove(c.from, c.to, true);
    EXPECT_EQ(verdict.allowed, c.directory);
    EXPECT_EQ(DecisionOf(verdict).allowed(), c.directory);
    EXPECT_FALSE(verdict.concealed);
  }
}

TEST(PathMoveTest, NothingMovesFromOrToAnInvalidName) {
  const Monitored m = Monitor(BuildOrDie({MakeLayer(
      "grants", kDeny, {{kAllow, kRead, "/"}, {kAllow, kWrite, "/"}})}));
  const std::string too_long = absl::StrCat("/", std::string(5000, 'x'));
  EXPECT_TRUE(m.monitor->CheckMove("/a", "/b", true).allowed);
  for (const bool is_directory : {false, true}) {
    EXPECT_FALSE(m.monitor->CheckMove("/a", too_long, is_directory).allowed);
    EXPECT_FALSE(m.monitor->CheckMove(too_long, "/a", is_directory).allowed);
    EXPECT_FALSE(m.monitor->CheckMove("/a", "b", is_directory).allowed);
  }
}

// One layer may not make up for another: a rule beside them could change one.
TEST(PathMoveTest, NoLayerGainsInAMove) {
  const auto grants = MakeLayer(
      "grants", kDeny, {{kAllow, kRead, "/"}, {kAllow, kWrite, "/**/w/**"}});
  const auto ceiling = MakeLayer("ceiling", kAllow, {{kDeny, kWrite, "/a"}});
  const Monitored m = Monitor(BuildOrDie({grants, ceiling}));
  EXPECT_FALSE(m.monitor->CheckMove("/a/x", "/b/x", true).allowed)
      << "/b/x/w would be writable, /a/x/w was not";
  EXPECT_TRUE(m.monitor->CheckMove("/b/x", "/a/x", true).allowed);
}

TEST(PathMoveTest, DropsAreNotLeftByAMove) {
  const Monitored m = Monitor(Allowing(kRead, "/"));
  ASSERT_TRUE(
      m.root.context->Drop(PermissionSet(kRead), RulePattern::Text("/d/s"))
          .ok());
  EXPECT_FALSE(m.monitor->CheckMove("/d/s", "/t", false).allowed);
  EXPECT_FALSE(m.monitor->CheckMove("/d", "/t", true).allowed);
  EXPECT_TRUE(m.monitor->CheckMove("/t", "/d/s", true).allowed);
  EXPECT_TRUE(m.monitor->CheckMove("/t", "/u", true).allowed);
  EXPECT_TRUE(m.monitor->CheckMove("/t", "/u", false).allowed);
  ASSERT_TRUE(
      m.root.context->Drop(PermissionSet(kWrite), RulePattern::Whole()).ok());
  EXPECT_TRUE(m.monitor->CheckMove("/t", "/u", true).allowed);
}

TEST(PathMoveTest, LimitedRulesAreNotLeftByAMove) {
  Layer layer =
      MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}, {kAsk, kRead, "/d/s"}});
  layer.rules[1].limits.session = "other";
  const Monitored m = Monitor(BuildOrDie({layer}));
  EXPECT_FALSE(m.monitor->CheckMove("/d", "/t", true).allowed) << "it is below";
  EXPECT_FALSE(m.monitor->CheckMove("/t", "/d", true).allowed) << "there";
  EXPECT_FALSE(m.monitor->CheckMove("/d/s/x", "/t", true).allowed) << "over it";
  EXPECT_TRUE(m.monitor->CheckMove("/d/s/x", "/d/s/y", true).allowed);
  EXPECT_TRUE(m.monitor->CheckMove("/t", "/u", true).allowed);
}

// Below /a the rule that asks is as specific as the one that allows; below /b
// a pattern overrules it.
TEST(PathMoveTest, LimitedRulesWithoutAPatternAreNotLeftByAMove) {
  Layer layer = MakeLayer("grants", kDeny,
                          {{kAllow, kRead, "exact:/a"}, {kAllow, kRead, "/b"}});
  layer.precedence = Precedence::kMostSpecific;
  for (const Effect effect : {kAllow, kAsk}) {
    layer.rules.push_back(MakeRule(effect, PermissionSet(kRead)));
  }
  layer.rules.back().limits.expires = absl::InfiniteFuture();
  const Monitored m = Monitor(BuildOrDie({layer}));
  EXPECT_TRUE(m.monitor->CheckMove("/a", "/b/y", false).allowed);
  EXPECT_FALSE(m.monitor->CheckMove("/a", "/b/y", true).allowed);
  EXPECT_TRUE(m.monitor->CheckMove("/b/y", "/a", true).allowed);
}

TEST(PathMoveTest, LimitsAreNotShedByAMove) {
  struct Case {
    std::vector<RuleRow> rules;  // the first one is limited
    const char* from;
    const char* to;
    bool want;
    const char* why;
  };
  const Case kCases[] = {
      {{{kAllow, kRead, "/lim"}, {kAllow, kRead, "/g"}},
       "/lim/f",
       "/g/f",
       false,
       "granted without a limit"},
      {{{kAllow, kRead, "/lim"}, {kAsk, kRead, "/g"}},
       "/lim/f",
       "/g/f",
       false,
       "asked for without a limit"},
      {{{kAsk, kRead, "/lim"}, {kAllow, kRead, "/"}},
       "/lim/f",
       "/g/f",
       false,
       "nobody is asked any more"},
      {{{kAllow, kRead, "/lim"}, {kAllow, kRead, "/"}},
       "/lim/f",
       "/g/f",
       false,
       "it may rest on the limited one"},
      {{{kAllow, kRead, "/lim"}}, "/lim/f", "/g/f", true, "denied there"},
      {{{kAllow, kRead, "/lim"}}, "/lim/f", "/lim/g", true, "the same limit"},
      {{{kAllow, kRead, "/lim"}, {kDeny, kRead, "/lim/s"}},
       "/lim/s",
       "/lim/f",
       false,
       "denied, where the limited rule would hold as well"},
      {{{kAsk, kRead, "/lim"}, {kAsk, kRead, "/lim/s"}, {kAllow, kRead, "/"}},
       "/lim/s",
       "/lim/f",
       false,
       "asked for when the limit has ended"},
      {{{kAllow, kRead, "/lim"}, {kAllow, kRead, "/g"}},
       "/g/f",
       "/lim/f",
       true,
       "nothing is above a grant"},
      {{{kAllow, kRead, "/lim"}, {kAsk, kRead, "/g"}},
       "/g/f",
       "/lim/f",
       false,
       "granted while the limited rule holds"},
      {{{kAllow, kRead, "/lim"}},
       "/g/f",
       "/lim/f",
       false,
       "the same of a denial"},
      {{{kAllow, kWrite, "/lim"}, {kAllow, kRead, "/"}},
       "/lim/f",
       "/g/f",
       true,
       "of another right, which is denied there"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.from, " to ", c.to, ": ", c.why));
    for (const int kind : {0, 1, 2, 3, 4}) {
      SCOPED_TRACE(kind);
      Layer layer = MakeLayer("grants", kDeny, c.rules);
      RuleLimits& limits = layer.rules[0].limits;
      if (kind < 2)
        limits.uses = std::make_shared<UseCounter>(kind == 0 ? 0 : 1);
      if (kind == 2) limits.session = "other";
      if (kind > 2) {
        limits.expires =
            kind == 3 ? absl::InfinitePast() : absl::InfiniteFuture();
      }
      const Monitored m = Monitor(BuildOrDie({layer}));
      EXPECT_EQ(m.monitor->CheckMove(c.from, c.to, false).allowed, c.want);
    }
  }
}

// A limited rule that narrows, in another layer than the grant.
TEST(PathMoveTest, LimitsOfOtherLayersAreNotShedByAMove) {
  Layer ceiling = MakeLayer("ceiling", kDeny,
                            {{kAllow, kRead, "/lim"}, {kAllow, kRead, "/g"}});
  ceiling.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  RootContext root = MakeContext(Allowing(kRead, "/"));
  const auto child = root.context->Derive({ceiling}, {});
  ASSERT_TRUE(child.ok());
  const auto monitor = MakePathMonitor(*child);
  EXPECT_FALSE(monitor->CheckMove("/lim/f", "/g/f", false).allowed);
  EXPECT_TRUE(monitor->CheckMove("/lim/f", "/lim/g", false).allowed);
  EXPECT_TRUE(monitor->CheckMove("/g/f", "/g/h", false).allowed);
}

TEST(PathMoveTest, ALimitedRuleWithoutAPatternMatchesBothEnds) {
  Layer layer =
      MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}, {kAsk, kRead, "/q"}});
  layer.rules.push_back(MakeRule(kAsk, PermissionSet(kRead)));
  layer.rules.back().limits.expires = absl::InfiniteFuture();
  const Monitored m = Monitor(BuildOrDie({layer}));
  EXPECT_FALSE(m.monitor->CheckMove("/q/f", "/g", false).allowed)
      << "asked for at both ends now, but not later";
  EXPECT_TRUE(m.monitor->CheckMove("/g", "/q/f", false).allowed);
}

TEST(PathMoveTest, UnderMostSpecificALimitedRuleForbidsMoves) {
  Layer layer = MakeLayer("grants", kDeny, {{kAllow, kRead, "/lim"}});
  layer.precedence = Precedence::kMostSpecific;
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  const Monitored m = Monitor(BuildOrDie({layer}));
  EXPECT_FALSE(m.monitor->CheckMove("/lim/f", "/lim/g", false).allowed);
}

struct GivenAnswer {
  Effect effect;
  const char* path;
  const char* scope;  // "" = the path alone
  bool expires;
};

TEST(PathMoveTest, AnswersDoNotMoveToOtherFiles) {
  struct Case {
    std::vector<GivenAnswer> answers;
    const char* from;
    const char* to;
    bool file;
    bool directory;
    const char* why;
  };
  const Case kCases[] = {
      {{}, "/p/secret", "/p/a", true, true, "none given"},
      {{{kAllow, "/p/a", "", false}},
       "/p/secret",
       "/p/a",
       false,
       false,
       "a yes to the other name"},
      {{{kAllow, "/p/a", "", false}},
       "/p/a",
       "/p/b",
       true,
       false,
       "a yes is lost"},
      {{{kAllow, "/p/a", "", false}}, "/p/b", "/p/c", true, true, "elsewhere"},
      {{{kAllow, "/p/a", "", false}}, "/p/ab", "/p/c", true, true, "a twin"},
      {{{kAllow, "/p/a/x", "", false}},
       "/p/b",
       "/p/a",
       true,
       false,
       "to something beneath"},
      {{{kAllow, "/p/a", "", false}, {kAllow, "/p/b", "", false}},
       "/p/a",
       "/p/b",
       true,
       false,
       "to both"},
      {{{kAllow, "/p/a", "", true}, {kAllow, "/p/b", "", false}},
       "/p/a",
       "/p/b",
       false,
       false,
       "to both, one for longer"},
      {{{kAllow, "/p/a", "/p/**", false}},
       "/p/a",
       "/p/b",
       true,
       false,
       "to both by one pattern"},
      {{{kAllow, "/p/d/a", "/p/d/**", false}},
       "/p/a",
       "/p/d/b",
       false,
       false,
       "to one by a pattern"},
      {{{kAllow, "/p/a", "/**", false}},
       "/q/x",
       "/p/a",
       false,
       false,
       "another rule asks at the other end"},
      {{{kDeny, "/p/a", "", false}},
       "/p/a",
       "/p/b",
       false,
       false,
       "a no is left"},
      {{{kDeny, "/p/a", "", false}},
       "/p/b",
       "/p/a",
       true,
       false,
       "a no is met"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.from, " to ", c.to, ": ", c.why));
    FakeHandler handler;
    ContextOptions options;
    options.ask = &handler;
    const Monitored m =
        Monitor(BuildOrDie({MakeLayer("grants", kDeny,
                                      {{kAsk, kRead, "/p"},
                                       {kAsk, kRead, "/q"},
                                       {kAllow, kWrite, "/"}})}),
                options);
    for (const GivenAnswer& given : c.answers) {
      handler.answer.effect = given.effect;
      handler.answer.scope = *given.scope == '\0'
                                 ? RulePattern::Whole()
                                 : RulePattern::Text(given.scope);
      handler.answer.lifetime =
          given.expires ? AnswerLifetime::kTimespan : AnswerLifetime::kForever;
      handler.answer.expires = absl::Now() + absl::Hours(1);
      EXPECT_EQ(
          m.monitor->Enforce(Right::kRead, given.path, given.path).allowed,
          given.effect == kAllow);
    }
    EXPECT_EQ(handler.asked.size(), c.answers.size());
    EXPECT_EQ(m.monitor->CheckMove(c.from, c.to, false).allowed, c.file);
    EXPECT_EQ(m.monitor->CheckMove(c.from, c.to, true).allowed, c.directory);
  }
}

TEST(PathMoveTest, ALaterYesToMoreDoesNotOverruleANo) {
  FakeHandler handler;
  handler.answer.lifetime = AnswerLifetime::kForever;
  ContextOptions options;
  options.ask = &handler;
  const Monitored m = Monitor(
      BuildOrDie({MakeLayer("grants", kDeny, {{kAsk, kRead, "/p"}})}), options);
  handler.answer.effect = kDeny;
  EXPECT_FALSE(m.monitor->Enforce(Right::kRead, "/p/a", "/p/a").allowed);
  handler.answer.effect = kAllow;
  handler.answer.scope = RulePattern::Text("/p");
  EXPECT_TRUE(m.monitor->Enforce(Right::kRead, "/p/b", "/p/b").allowed);
  EXPECT_FALSE(m.monitor->Enforce(Right::kRead, "/p/a", "/p/a").allowed);
  EXPECT_TRUE(m.monitor->Enforce(Right::kRead, "/p/c", "/p/c").allowed);
  EXPECT_EQ(handler.asked.size(), 2u);
}

// A yes to many names at once may be one to something that moves.
TEST(PathMoveTest, AnAnswerForManyNamesForbidsMovesOfFolders) {
  FakeHandler handler;
  handler.answer.effect = kAllow;
  handler.answer.lifetime = AnswerLifetime::kForever;
  ContextOptions options;
  options.ask = &handler;
  const Monitored m = Monitor(
      BuildOrDie({MakeLayer("grants", kDeny,
                            {{kAsk, kRead, "/p"}, {kAllow, kWrite, "/"}})}),
      options);
  EXPECT_TRUE(m.monitor->CheckMove("/p/a", "/p/b", true).allowed);
  EXPECT_TRUE(m.root.context->Enforce(Access::Subtree(kRead, "/p")).allowed());
  EXPECT_EQ(handler.asked.size(), 1u);
  EXPECT_FALSE(m.monitor->CheckMove("/p/a", "/p/b", true).allowed);
  EXPECT_TRUE(m.monitor->CheckMove("/p/a", "/p/b", false).allowed);
}

}  // namespace
}  // namespace postern
