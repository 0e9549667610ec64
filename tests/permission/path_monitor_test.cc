#include "permission/guard/path_monitor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "fs/file_identity.h"
#include "fs/path_monitor.h"
#include "fs/path_pattern.h"
#include "gtest/gtest.h"
#include "permission/audit.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/testing/naive_policy.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using fs::Right;
using fs::Rights;
using fs::Verdict;
using testing::Allowing;
using testing::BuildOrDie;
using testing::FakeHandler;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;
using testing::RuleRow;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kDeny = Effect::kDeny, kAsk = Effect::kAsk,
                 kAllow = Effect::kAllow;
constexpr Rights kBoth = Right::kRead | Right::kWrite;

struct Monitored {
  RootContext root;
  std::shared_ptr<fs::PathMonitor> monitor;
};

Monitored Monitor(std::shared_ptr<const Policy> policy,
                  ContextOptions options = {}) {
  RootContext root = MakeContext(std::move(policy), std::move(options));
  auto monitor = MakePathMonitor(root.context);
  return {std::move(root), std::move(monitor)};
}

// ---- Check ----

TEST(PathMonitorTest, AllRightsMustBeGranted) {
  const Monitored m = Monitor(BuildOrDie({MakeLayer("grants", kDeny,
                                                    {{kAllow, kRead, "/a"},
                                                     {kAllow, kWrite, "/a/w"},
                                                     {kAsk, kWrite, "/a/q"},
                                                     {kAsk, kRead, "/q"}})}));
  struct Case {
    Rights rights;
    const char* path;
    bool allowed;
    bool acts;
    Reason reason;
    const char* why;
  };
  const Case kCases[] = {
      {Right::kRead, "/a/x", true, false, Reason::kRule, "granted"},
      {Right::kWrite, "/a/x", false, false, Reason::kDefault, "not granted"},
      {kBoth, "/a/x", false, false, Reason::kDefault, "one is not"},
      {kBoth, "/a/w", true, false, Reason::kRule, "both are"},
      {kBoth, "/a/q", false, true, Reason::kRule, "one asks"},
      {kBoth, "/q", false, false, Reason::kDefault, "a denial beats an ask"},
      {Rights(), "/a", false, false, Reason::kNone, "no right at all"},
      {Right::kRead, "", false, false, Reason::kInvalidResource, "no name"},
      {Right::kRead, "a", false, false, Reason::kInvalidResource, "relative"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    const Verdict verdict = m.monitor->Check(c.rights, c.path);
    EXPECT_EQ(verdict.allowed, c.allowed);
    EXPECT_EQ(verdict.acts, c.acts);
    EXPECT_EQ(DecisionOf(verdict).allowed(), c.allowed);
    EXPECT_EQ(DecisionOf(verdict).reason(), c.reason);
  }
}

TEST(PathMonitorTest, AVerdictOfZeroBytesIsADenial) {
  EXPECT_FALSE(Verdict().allowed);
  EXPECT_EQ(DecisionOf(Verdict()).effect(), kDeny);
  EXPECT_EQ(DecisionOf(Verdict()).reason(), Reason::kNone);
}

TEST(PathMonitorTest, ADenialIsConcealedIfThatOfOneRightIs) {
  Layer hides = MakeLayer("hides", kAllow, {{kDeny, kWrite, "/a"}});
  hides.conceal = true;
  const Monitored m = Monitor(BuildOrDie(
      {MakeLayer("grants", kDeny, {{kAllow, kWrite, "/a"}}), hides}));
  EXPECT_FALSE(m.monitor->Check(Right::kRead, "/a").concealed);
  EXPECT_TRUE(m.monitor->Check(Right::kWrite, "/a").concealed);
  EXPECT_TRUE(m.monitor->Check(kBoth, "/a").concealed);
  EXPECT_TRUE(DecisionOf(m.monitor->Check(kBoth, "/a")).concealed());
}

TEST(PathMonitorTest, AskedAboutLinksWhereALayerConceals) {
  const auto hides = [](bool conceal) {
    Layer layer = MakeLayer("hides", kAllow, {{kDeny, kRead, "/a"}});
    layer.conceal = conceal;
    return layer;
  };
  const Monitored open =
      Monitor(BuildOrDie({MakeLayer("grants", kAllow, {}), hides(false)}));
  EXPECT_FALSE(open.monitor->Conceals());
  EXPECT_TRUE(
      Monitor(BuildOrDie({MakeLayer("grants", kAllow, {}), hides(true)}))
          .monitor->Conceals());
  ASSERT_TRUE(open.root.context->Restrict({hides(true)}).ok());
  EXPECT_TRUE(open.monitor->Conceals()) << "a layer that was added";
}

TEST(PathMonitorTest, OnlyALinkThatARuleConcealsLeadsNowhere) {
  struct Case {
    bool conceal;
    const char* path;
    bool want;
    const char* why;
  };
  for (const Case& c :
       {Case{true, "/a/hidden", false, "concealed by a rule"},
        Case{true, "/a/x", true, "granted"},
        Case{true, "/other", true, "concealed by default: a link may lead on"},
        Case{false, "/a/hidden", true, "denied, but not concealed"}}) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    Layer layer = MakeLayer(
        "grants", kDeny, {{kAllow, kRead, "/a"}, {kDeny, kRead, "/a/hidden"}});
    layer.conceal = c.conceal;
    const Monitored m = Monitor(BuildOrDie({layer}));
    const Verdict verdict = m.monitor->CheckLink(Right::kRead, c.path);
    EXPECT_EQ(verdict.allowed, c.want);
    EXPECT_EQ(verdict.concealed, !c.want);
  }
}

std::shared_ptr<const Policy> ReadAndWriteOnce(
    std::shared_ptr<UseCounter> reads, std::shared_ptr<UseCounter> writes) {
  Layer layer = MakeLayer("grants", kDeny,
                          {{kAllow, kRead, "/a"}, {kAllow, kWrite, "/a"}});
  layer.rules[0].limits.uses = std::move(reads);
  layer.rules[1].limits.uses = std::move(writes);
  return BuildOrDie({layer});
}

TEST(PathMonitorTest, ActsWhereEnforceWouldDoMore) {
  RingAuditSink sink(8);
  ContextOptions audited;
  audited.audit = &sink;
  const auto uses = std::make_shared<UseCounter>(5);
  struct Case {
    Monitored m;
    const char* path;
    bool acts;
    const char* why;
  };
  Layer audit_layer = MakeLayer("audit", kAllow, {{kAllow, kRead, "/"}});
  audit_layer.mode = Mode::kAudit;
  audit_layer.rules[0].limits.uses = uses;
  const Layer grants = MakeLayer("grants", kDeny, {{kAllow, kRead, "/a"}});
  const Case cases[] = {
      {Monitor(Allowing(kRead, "/a")), "/a", false, "nothing to do"},
      {Monitor(Allowing(kRead, "/a"), audited), "/a", true, "a record"},
      {Monitor(Allowing(kRead, "/a"), audited), "/b", true, "of a denial"},
      {Monitor(ReadAndWriteOnce(uses, uses)), "/a", true, "a use"},
      {Monitor(ReadAndWriteOnce(uses, uses)), "/b", false, "none if denied"},
      {Monitor(BuildOrDie({grants, audit_layer})), "/a", false,
       "a layer in audit mode takes none"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(c.m.monitor->Check(Right::kRead, c.path).acts, c.acts);
    EXPECT_EQ(uses->left(), 5u);
    EXPECT_FALSE(c.m.monitor->CheckSubtree(Right::kRead, c.path).acts);
    EXPECT_FALSE(c.m.monitor->Enforce(Right::kWrite, "/z", "/z").acts);
  }
}

// ---- Enforce ----

TEST(PathMonitorTest, EnforceTakesAUseOfEachRight) {
  const auto reads = std::make_shared<UseCounter>(2);
  const auto writes = std::make_shared<UseCounter>(1);
  const Monitored m = Monitor(ReadAndWriteOnce(reads, writes));
  const Verdict verdict = m.monitor->Enforce(kBoth, "/a/x", "/a/x");
  EXPECT_TRUE(verdict.allowed);
  EXPECT_FALSE(verdict.acts);
  EXPECT_EQ(reads->left(), 1u);
  EXPECT_EQ(writes->left(), 0u);
  EXPECT_FALSE(m.monitor->Enforce(kBoth, "/a/x", "/a/x").allowed);
  EXPECT_EQ(reads->left(), 1u) << "the denied right comes first";
  EXPECT_TRUE(m.monitor->Enforce(Right::kRead, "/a/x", "/a/x").allowed);
  EXPECT_EQ(reads->left(), 0u);
}

TEST(PathMonitorTest, EnforceAsksForWhatIsNotDeniedAnyway) {
  FakeHandler handler;
  handler.answer.effect = kAllow;
  ContextOptions options;
  options.ask = &handler;
  const Monitored m = Monitor(
      BuildOrDie({MakeLayer("grants", kDeny,
                            {{kAsk, kRead, "/a"}, {kAsk, kWrite, "/a/b"}})}),
      options);
  EXPECT_FALSE(m.monitor->Enforce(kBoth, "/a", "/a").allowed);
  EXPECT_TRUE(handler.asked.empty()) << "writing is denied without a question";
  const Verdict verdict = m.monitor->Enforce(kBoth, "/a/b", "/a/b");
  EXPECT_TRUE(verdict.allowed);
  EXPECT_EQ(DecisionOf(verdict).reason(), Reason::kAnswered);
  EXPECT_EQ(handler.asked.size(), 2u);
  EXPECT_EQ(handler.deadline, absl::InfiniteFuture());
  handler.answer.effect = kDeny;
  EXPECT_FALSE(m.monitor->Enforce(kBoth, "/a/b", "/a/b").allowed);
  EXPECT_EQ(handler.asked.size(), 3u) << "stops at the first denial";
}

TEST(PathMonitorTest, EnforceWaitsNoLongerThanItMay) {
  FakeHandler handler;
  handler.answer.effect = kAllow;
  ContextOptions options;
  options.ask = &handler;
  const RootContext root = MakeContext(
      BuildOrDie({MakeLayer("grants", kDeny, {{kAsk, kRead, "/a"}})}), options);
  PathMonitorOptions monitor_options;
  monitor_options.ask_timeout = absl::Seconds(7);
  const auto monitor = MakePathMonitor(root.context, monitor_options);
  const absl::Time before = absl::Now();
  EXPECT_TRUE(monitor->Enforce(Right::kRead, "/a", "/a").allowed);
  EXPECT_GE(handler.deadline, before + absl::Seconds(7));
  EXPECT_LE(handler.deadline, absl::Now() + absl::Seconds(7));
}

TEST(PathMonitorTest, EnforceIsRecorded) {
  RingAuditSink sink(8);
  ContextOptions options;
  options.audit = &sink;
  const Monitored m = Monitor(Allowing(kRead, "/a"), options);
  EXPECT_TRUE(m.monitor->Enforce(Right::kRead, "/a/x", "/a/x").allowed);
  EXPECT_FALSE(m.monitor->Enforce(kBoth, "/a/y", "/a/y").allowed);
  static_cast<void>(m.monitor->Check(kBoth, "/a/z"));
  const std::vector<AuditEvent> events = sink.Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].permission, kRead);
  EXPECT_EQ(events[1].permission, kWrite);
  EXPECT_EQ(events[1].asked, "/a/y");
}

TEST(PathMonitorTest, RecordsTellWhatTheGuestSaid) {
  RingAuditSink sink(8);
  ContextOptions options;
  options.audit = &sink;
  const Monitored m = Monitor(Allowing(kRead, "/a"), options);
  EXPECT_TRUE(m.monitor->Enforce(Right::kRead, "/a/x", "lnk/../x").allowed);
  const std::string large(10000, 'x');
  EXPECT_FALSE(m.monitor->Enforce(Right::kRead, "/b", large).allowed);
  const std::vector<AuditEvent> events = sink.Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].asked, "lnk/../x");
  EXPECT_EQ(events[0].canonical, "/a/x");
  EXPECT_EQ(events[0].asked_bytes, 0u);
  EXPECT_EQ(events[1].canonical, "/b");
  EXPECT_EQ(events[1].asked_bytes, large.size());
}

// ---- Subtrees and what is the same below ----

TEST(PathMonitorTest, KnowsWhatIsTheSameBelow) {
  struct Case {
    std::vector<RuleRow> rules;
    const char* drop;
    const char* path;
    bool subtree;
    bool uniform;
    const char* why;
  };
  const Case kCases[] = {
      {{{kAllow, kRead, "/a"}}, nullptr, "/a", true, true, "one grant"},
      {{{kAllow, kRead, "/a"}}, nullptr, "/", false, false, "it begins below"},
      {{{kAllow, kRead, "/a"}, {kDeny, kRead, "/a/b"}},
       nullptr,
       "/a",
       false,
       false,
       "a denial below"},
      {{{kAllow, kRead, "/a"}, {kDeny, kRead, "/a/b"}},
       nullptr,
       "/a/c",
       true,
       true,
       "a denial beside"},
      {{{kAllow, kRead, "/a"}, {kDeny, kRead, "exact:/a/b"}},
       nullptr,
       "/a/b",
       false,
       true,
       "a denial of the node alone"},
      {{{kAllow, kRead, "/a"}, {kDeny, kRead, "/**/x/**"}},
       nullptr,
       "/a",
       false,
       false,
       "a wildcard that could match"},
      {{{kAllow, kRead, "/a"}, {kDeny, kRead, "/*/x/**"}},
       nullptr,
       "/a/b",
       true,
       true,
       "one that could not"},
      {{{kAllow, kRead, "/a"}}, "/a/b", "/a", false, false, "a drop below"},
      {{{kAllow, kRead, "/a"}}, "/a/b", "/a/c", true, true, "a drop beside"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    const Monitored m =
        Monitor(BuildOrDie({MakeLayer("grants", kDeny, c.rules)}));
    if (c.drop != nullptr) {
      ASSERT_TRUE(
          m.root.context->Drop(PermissionSet(kRead), RulePattern::Text(c.drop))
              .ok());
    }
    EXPECT_EQ(m.monitor->CheckSubtree(Right::kRead, c.path).allowed, c.subtree);
    EXPECT_EQ(m.monitor->IsUniformBelow(Right::kRead, c.path), c.uniform);
  }
}

TEST(PathMonitorTest, ALimitedRuleBelowIsABoundary) {
  Layer layer = MakeLayer("grants", kDeny,
                          {{kAllow, kRead, "/a"}, {kAsk, kRead, "/a/b"}});
  layer.rules[1].limits.session = "other";
  const Monitored m = Monitor(BuildOrDie({layer}));
  EXPECT_FALSE(m.monitor->IsUniformBelow(Right::kRead, "/a"));
  EXPECT_TRUE(m.monitor->IsUniformBelow(Right::kRead, "/a/c"));
  EXPECT_TRUE(m.monitor->IsUniformBelow(Right::kRead, "/a/b"));
  EXPECT_TRUE(m.monitor->IsUniformBelow(Right::kWrite, "/a"));
}

// ---- Moves ----

TEST(PathMonitorTest, RightsOnlyShrinkInAMove) {
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

// One layer may not make up for another: a rule beside them could change one.
TEST(PathMonitorTest, NothingMovesFromOrToANameThatIsNone) {
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

TEST(PathMonitorTest, NoLayerGainsInAMove) {
  const auto grants = MakeLayer(
      "grants", kDeny, {{kAllow, kRead, "/"}, {kAllow, kWrite, "/**/w/**"}});
  const auto ceiling = MakeLayer("ceiling", kAllow, {{kDeny, kWrite, "/a"}});
  const Monitored m = Monitor(BuildOrDie({grants, ceiling}));
  EXPECT_FALSE(m.monitor->CheckMove("/a/x", "/b/x", true).allowed)
      << "/b/x/w would be writable, /a/x/w was not";
  EXPECT_TRUE(m.monitor->CheckMove("/b/x", "/a/x", true).allowed);
}

TEST(PathMonitorTest, DropsAreNotLeftByAMove) {
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

TEST(PathMonitorTest, LimitedRulesAreNotLeftByAMove) {
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
TEST(PathMonitorTest, NorAreLimitedRulesWithoutAPattern) {
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

TEST(PathMonitorTest, LimitsAreNotShedByAMove) {
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
TEST(PathMonitorTest, NorThoseOfOtherLayers) {
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

TEST(PathMonitorTest, ALimitedRuleWithoutAPatternMatchesBothEnds) {
  Layer layer =
      MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}, {kAsk, kRead, "/q"}});
  layer.rules.push_back(MakeRule(kAsk, PermissionSet(kRead)));
  layer.rules.back().limits.expires = absl::InfiniteFuture();
  const Monitored m = Monitor(BuildOrDie({layer}));
  EXPECT_FALSE(m.monitor->CheckMove("/q/f", "/g", false).allowed)
      << "asked for at both ends now, but not later";
  EXPECT_TRUE(m.monitor->CheckMove("/g", "/q/f", false).allowed);
}

TEST(PathMonitorTest, SpecificLimitsAreNotThoughtThrough) {
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

TEST(PathMonitorTest, AnswersDoNotMoveToOtherFiles) {
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

TEST(PathMonitorTest, ALaterYesToMoreDoesNotOverruleANo) {
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
TEST(PathMonitorTest, AnswersForManyNamesAreNotThoughtThrough) {
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

// Every name up to three components deep, of names that rules speak of and
// one that they do not.
std::vector<std::string> Suffixes() {
  std::vector<std::string> all = {""};
  for (size_t i = 0; i < 1 + 4 + 16; ++i) {
    for (const char* name : {"/a", "/b", "/ab", "/zz"}) {
      all.push_back(all[i] + name);
    }
  }
  return all;
}

// A policy of a few rules in one or two layers that agree more often than
// those of RandomPolicy.
testing::RandomStack SmallStack(testing::RandomPolicy* random) {
  constexpr const char* kPaths[] = {
      "/",       "/a",      "/b",    "/a/b",     "exact:/a", "/**/ab/**",
      "/*/b/**", "/*",      "/a/*b", "/**/b/a",  "/ab",      "/a/**/b/**",
      "/b*/**",  "/a/b/ab", "/*/*",  "exact:/b", "/**/a/**", "/?/ab/**",
  };
  testing::RandomStack stack;
  stack.spec.lenient_wildcards = true;
  for (int layers = random->OneIn(3) ? 2 : 1, i = 0; i < layers; ++i) {
    Layer layer = MakeLayer("layer", i == 0 ? kDeny : kAllow, {});
    if (random->OneIn(5)) layer.precedence = Precedence::kMostSpecific;
    for (int rules = 1 + random->Below(4); rules > 0; --rules) {
      const int effect = random->Below(i == 0 ? 6 : 2);
      layer.rules.push_back(MakeRule(
          effect == 0   ? kDeny
          : effect == 1 ? kAsk
                        : kAllow,
          random->OneIn(3) ? PermissionSet(kRead) : PermissionSet::All(),
          random->OneIn(12) ? RulePattern::Whole()
                            : RulePattern::Text(kPaths[random->Below(18)])));
      RuleLimits& limits = layer.rules.back().limits;
      if (effect == 0 || !random->OneIn(15)) continue;
      if (random->OneIn(3)) limits.session = "s";
      limits.expires = absl::InfiniteFuture();
    }
    stack.spec.layers.push_back(layer);
  }
  if (random->OneIn(8)) {
    stack.drops.push_back({PermissionSet(kRead),
                           RulePattern::Text(kPaths[1 + random->Below(17)])});
  }
  return stack;
}

// A context as the stack says, with its last layer in a child at times; null
// if the stack is refused.
std::shared_ptr<PermissionContext> BuildContext(
    const testing::RandomStack& stack, bool derive) {
  PolicySpec spec = stack.spec;
  std::vector<Layer> child_layers;
  if (derive && spec.layers.size() > 1) {
    child_layers.push_back(spec.layers.back());
    spec.layers.pop_back();
  }
  PolicyBuilder builder(std::move(spec));
  if (stack.unconfined) {
    builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
  }
  const auto policy = builder.Build();
  if (!policy.ok()) return nullptr;
  auto context = MakeContext(*policy).context;
  for (const testing::RandomStack::Drop& drop : stack.drops) {
    context->Drop(drop.permissions, drop.pattern).IgnoreError();
  }
  if (child_layers.empty()) return context;
  const auto child = context->Derive(std::move(child_layers), {});
  return child.ok() ? *child : nullptr;
}

class RandomNames {
 public:
  explicit RandomNames(testing::RandomPolicy* random) : random_(*random) {}
  std::string Next() {
    constexpr const char* kNames[] = {"/a", "/b", "/ab", "/zz", "/aa"};
    std::string name;
    for (int i = 1 + random_.Below(4); i > 0; --i) {
      name += kNames[random_.Below(5)];
    }
    return name;
  }
  // Another name for it: beside it, mostly.
  std::string Renamed(const std::string& name) {
    if (random_.OneIn(2)) return Next();
    const std::string other = Next();
    return absl::StrCat(name.substr(0, name.rfind('/')),
                        other.substr(other.rfind('/')));
  }

 private:
  testing::RandomPolicy& random_;
};

// What the oracle says; Check() of a context that is derived, as the oracle
// knows none.
class Truth {
 public:
  Truth(const testing::RandomStack& stack, const PermissionContext& context,
        bool by_oracle)
      : context_(context) {
    if (!by_oracle) return;
    auto oracle = testing::NaivePolicy::Build(stack.spec, stack.unconfined);
    if (!oracle.ok()) return;
    for (const testing::RandomStack::Drop& drop : stack.drops) {
      oracle->Drop(drop.permissions, drop.pattern);
    }
    oracle_ = *std::move(oracle);
  }
  Effect operator()(Permission permission, const std::string& path) const {
    const Access access = Access::Path(permission, path);
    return oracle_.has_value() ? oracle_->Check(access).effect
                               : context_.Check(access).effect();
  }
  const std::vector<std::string>& suffixes() const { return suffixes_; }

 private:
  const PermissionContext& context_;
  const std::vector<std::string> suffixes_ = Suffixes();
  absl::optional<testing::NaivePolicy> oracle_;
};

struct Counts {
  int moves = 0;    // of directories, to another name
  int allowed = 0;  // of these
  int varied = 0;   // of these, with something denied and something granted
  int names = 0;    // asked whether all below is the same
  int uniform = 0;  // of these
};

// Whether nothing at or beneath `from` gains by a move; `varied` if some of
// it is readable there and some is not.
bool GainsNothing(const Truth& truth, const std::string& from,
                  const std::string& to, bool is_directory, bool* varied) {
  bool granted = false, denied = false;
  for (const Permission permission :
       {kRead, kWrite, Permission::kCodeLoad, Permission::kDeviceUse}) {
    for (const std::string& suffix : truth.suffixes()) {
      if (!is_directory && !suffix.empty()) break;
      const Effect after = truth(permission, to + suffix);
      granted = granted || (permission == kRead && after == kAllow);
      denied = denied || (permission == kRead && after == kDeny);
      if (after > truth(permission, from + suffix)) {
        ADD_FAILURE() << PermissionName(permission) << " of " << to << suffix
                      << " was stricter at " << from << suffix;
        return false;
      }
    }
  }
  *varied = granted && denied;
  return true;
}

bool IsUniform(const Truth& truth, const std::string& path) {
  const Effect want = truth(kRead, path + "/zz");
  for (const std::string& suffix : truth.suffixes()) {
    if (!suffix.empty() && truth(kRead, path + suffix) != want) {
      ADD_FAILURE() << path << suffix << " is not as " << path << "/zz";
      return false;
    }
  }
  return true;
}

bool JudgeOne(PermissionContext* context, const fs::PathMonitor& monitor,
              const Truth& truth, const std::string& from,
              const std::string& to, Counts* counts) {
  bool fine = true, varied = false;
  for (const Right right : {Right::kRead, Right::kWrite}) {
    const Permission permission = right == Right::kRead ? kRead : kWrite;
    const Decision want = context->Check(Access::Path(permission, from));
    fine = fine && monitor.Check(right, from).allowed == want.allowed() &&
           monitor.Check(right, from).concealed == want.concealed();
    fine =
        fine && monitor.CheckSubtree(right, from).allowed ==
                    context->Check(Access::Subtree(permission, from)).allowed();
  }
  EXPECT_TRUE(fine) << from;
  if (monitor.CheckMove(from, to, false).allowed) {
    fine = fine && GainsNothing(truth, from, to, false, &varied);
  }
  if (from != to) ++counts->moves;
  if (from != to && monitor.CheckMove(from, to, true).allowed) {
    ++counts->allowed;
    fine = fine && GainsNothing(truth, from, to, true, &varied);
    counts->varied += varied;
  }
  ++counts->names;
  if (monitor.IsUniformBelow(Right::kRead, from)) {
    ++counts->uniform;
    fine = fine && IsUniform(truth, from);
  }
  return fine;
}

void RecordCounts(const Counts& counts) {
  ::testing::Test::RecordProperty("moves", counts.moves);
  ::testing::Test::RecordProperty("allowed", counts.allowed);
  ::testing::Test::RecordProperty("varied", counts.varied);
  ::testing::Test::RecordProperty("names", counts.names);
  ::testing::Test::RecordProperty("uniform", counts.uniform);
}

// `next` makes the stacks. The counts show that the cases are not all alike.
Counts CompareWithOracle(
    uint64_t seed, int stacks,
    const std::function<testing::RandomStack(testing::RandomPolicy*)>& next) {
  testing::RandomPolicy random(seed);
  RandomNames names(&random);
  Counts counts;
  for (int i = 0; i < stacks; ++i) {
    const testing::RandomStack stack = next(&random);
    const bool derive = random.OneIn(4);
    const auto context = BuildContext(stack, derive);
    if (context == nullptr) continue;
    const auto monitor = MakePathMonitor(context);
    // The oracle is slow, and the engine is compared with it elsewhere.
    const Truth truth(stack, *context, i % 8 == 0 && !derive && !stack.crowded);
    for (int j = 0; j < 5; ++j) {
      const std::string from = names.Next(), to = names.Renamed(from);
      if (!JudgeOne(context.get(), *monitor, truth, from, to, &counts)) {
        ADD_FAILURE() << "seed " << seed << ", stack " << i << ": " << from
                      << " to " << to << "\n"
                      << stack.ToString();
        return counts;
      }
    }
  }
  RecordCounts(counts);
  return counts;
}

int Moves(int usual) {
  return static_cast<int>(
      testing::AmountOf({usual, usual / 30, int64_t{100} * usual}));
}

TEST(PathMonitorOracleTest, SmallPolicies) {
  const Counts counts = CompareWithOracle(20220623, Moves(2400), SmallStack);
  EXPECT_GT(counts.allowed, counts.moves / 4);
  EXPECT_GT(counts.varied, counts.moves / 50);
  EXPECT_GT(counts.uniform, counts.names / 5);
}

TEST(PathMonitorOracleTest, PoliciesOfEveryKind) {
  const Counts counts =
      CompareWithOracle(4711, Moves(2000), [](testing::RandomPolicy* random) {
        return random->NextStack(testing::RandomTheme::kPaths);
      });
  EXPECT_GT(counts.allowed, counts.moves / 8);
  EXPECT_GE(counts.varied, counts.moves / 400);
  EXPECT_GT(counts.uniform, counts.names / 20);
}

// ---- Names ----

TEST(PathMonitorTest, WhatMustBeNamedIsNotGrantedFromAbove) {
  struct Case {
    std::vector<RuleRow> rules;
    const char* path;
    bool want;
    const char* why;
  };
  const Case kCases[] = {
      {{{kAllow, kRead, "/"}}, "/proc/self/mem", false, "from above"},
      {{{kAllow, kRead, "/proc"}}, "/proc/self/mem", true, "at the place"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/proc/self/mem"}},
       "/proc/self/mem",
       true,
       "beneath, and from above"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/proc/self/maps"}},
       "/proc/self/mem",
       false,
       "something else is named"},
      {{{kAllow, kRead, "/"}, {kAllow, kWrite, "/proc/self/mem"}},
       "/proc/self/mem",
       false,
       "another right is"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/proc/*/mem"}},
       "/proc/self/mem",
       true,
       "by wildcard, from the place on"},
      {{{kAllow, kRead, "/"}, {kAllow, kRead, "/*/self/mem"}},
       "/proc/self/mem",
       false,
       "by wildcard, from above"},
      {{{kAllow, kRead, "/**/mem"}}, "/proc/self/mem", false, "anywhere"},
      {{{kAllow, kRead, "exact:/proc/self/mem"}},
       "/proc/self/mem",
       true,
       "alone"},
      {{{kAllow, kRead, "/proc"}, {kDeny, kRead, "/proc/self/mem"}},
       "/proc/self/mem",
       true,
       "named and denied: that was for Check() to say"},
      {{{kAsk, kRead, "/proc/self/mem"}}, "/proc/self/mem", true, "by an ask"},
      {{{kAsk, kRead, "/"}}, "/proc/self/mem", false, "an ask from above"},
      {{{kAllow, kRead, "/process"}, {kAllow, kRead, "/"}},
       "/process/x",
       false,
       "a twin by prefix of the place"},
      {{{kAllow, kRead, "/"}, {kDeny, kRead, "/proc/self/mem"}},
       "/proc/self/mem",
       false,
       "a denial is no grant"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.path, ": ", c.why));
    const Monitored m =
        Monitor(BuildOrDie({MakeLayer("grants", kDeny, c.rules)}));
    EXPECT_EQ(m.monitor->CheckNamed(Right::kRead, c.path, "/proc").allowed,
              c.want);
  }
}

TEST(PathMonitorTest, OnlyTheGrantsOfALayerThatGrantsName) {
  const char* const mem = "/proc/self/mem";
  Layer grants = MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}});
  Layer more = MakeLayer("more", kAllow, {{kAllow, kRead, mem}});
  const auto is_named = [&](const Layer& a, const Layer& b) {
    return Monitor(BuildOrDie({a, b}))
        .monitor->CheckNamed(Right::kRead, mem, "/proc")
        .allowed;
  };
  EXPECT_FALSE(is_named(grants, more)) << "a ceiling";
  more.default_effect = kDeny;
  more.rules.push_back(MakeRule(kAllow, PermissionSet(kRead), "/"));
  EXPECT_TRUE(is_named(grants, more));
  more.mode = Mode::kAudit;
  EXPECT_FALSE(is_named(grants, more)) << "in audit mode";
  more.mode = Mode::kEnforce;
  more.rules[0].limits.session = "other";
  EXPECT_FALSE(is_named(grants, more)) << "not in force";
  more.rules[0].limits.session = "";
  more.rules[0].limits.expires = absl::InfiniteFuture();
  EXPECT_TRUE(is_named(grants, more)) << "limited, in force";
}

TEST(PathMonitorTest, WhatEnforceGrantedIsStillNamed) {
  const char* const mem = "/proc/self/mem";
  FakeHandler handler;
  handler.answer.effect = kAllow;
  ContextOptions options;
  options.ask = &handler;
  Layer grants = MakeLayer("grants", kDeny, {{kAsk, kRead, mem}});
  const Monitored asks = Monitor(BuildOrDie({grants}), options);
  EXPECT_TRUE(asks.monitor->Enforce(Right::kRead, mem, mem).allowed);
  EXPECT_TRUE(asks.monitor->CheckNamed(Right::kRead, mem, "/proc").allowed);
  EXPECT_EQ(handler.asked.size(), 1u) << "nobody is asked again";

  grants = MakeLayer("grants", kDeny, {{kAllow, kRead, mem}});
  grants.rules[0].limits.uses = std::make_shared<UseCounter>(1);
  const Monitored once = Monitor(BuildOrDie({grants}));
  std::unique_ptr<fs::PathMonitor::Kept> kept, none;
  EXPECT_TRUE(once.monitor->EnforceIn(&kept, Right::kRead, mem, mem).allowed);
  EXPECT_EQ(grants.rules[0].limits.uses->left(), 0u);
  EXPECT_TRUE(
      once.monitor->EnforceNamedIn(&kept, Right::kRead, mem, "/proc").allowed);
  EXPECT_FALSE(
      once.monitor->EnforceNamedIn(&none, Right::kRead, mem, "/proc").allowed)
      << "another operation";
  EXPECT_FALSE(once.monitor->CheckNamed(Right::kRead, mem, "/proc").allowed);
  EXPECT_FALSE(once.monitor->Enforce(Right::kRead, mem, mem).allowed);

  grants.rules.push_back(MakeRule(kAllow, PermissionSet(kRead), "/"));
  EXPECT_FALSE(Monitor(BuildOrDie({grants}))
                   .monitor->CheckNamed(Right::kRead, mem, "/proc")
                   .allowed)
      << "a used-up rule does not name what another grants";
}

// The decision takes none where a rule without limits says the same.
TEST(PathMonitorTest, ANameTakesTheUseThatTheDecisionDidNot) {
  const char* const mem = "/proc/self/mem";
  Layer grants =
      MakeLayer("grants", kDeny, {{kAllow, kRead, "/"}, {kAllow, kWrite, "/"}});
  for (const Rights rights : {Rights(Right::kRead), kBoth}) {
    grants.rules.resize(2);
    const auto uses = std::make_shared<UseCounter>(2);
    for (const Permission permission : {kRead, kWrite}) {
      Rule rule = MakeRule(kAllow, PermissionSet(permission), mem);
      rule.limits.uses = uses;
      grants.rules.push_back(rule);
    }
    const Monitored m = Monitor(BuildOrDie({grants}));
    EXPECT_TRUE(m.monitor->CheckNamed(rights, mem, "/proc").allowed);
    EXPECT_EQ(uses->left(), 2u) << "checks take nothing";
    for (const bool want : {true, true, false}) {
      std::unique_ptr<fs::PathMonitor::Kept> kept;
      for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(m.monitor->EnforceIn(&kept, rights, mem, mem).allowed);
        EXPECT_EQ(
            m.monitor->EnforceNamedIn(&kept, rights, mem, "/proc").allowed,
            want);
      }
    }
    EXPECT_EQ(uses->left(), 0u);
  }
}

TEST(PathMonitorTest, NoRightAndNoNameAreNotNamed) {
  const Monitored m = Monitor(Allowing(kRead, "/proc"));
  EXPECT_FALSE(m.monitor->CheckNamed(Rights(), "/proc/1", "/proc").allowed);
  EXPECT_FALSE(m.monitor->CheckNamed(Right::kRead, "", "/proc").allowed);
  EXPECT_FALSE(m.monitor->CheckNamed(Right::kRead, "proc", "/proc").allowed);
  EXPECT_FALSE(m.monitor->CheckNamed(kBoth, "/proc/1", "/proc").allowed);
}

TEST(PathMonitorTest, UnconfinedNamesNothing) {
  PolicyBuilder builder;
  builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
  const auto policy = builder.Build();
  ASSERT_TRUE(policy.ok());
  const Monitored m = Monitor(*policy);
  EXPECT_TRUE(m.monitor->Check(kBoth, "/proc/1/mem").allowed);
  const Verdict verdict = m.monitor->CheckNamed(kBoth, "/proc/1/mem", "/proc");
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(DecisionOf(verdict).reason(), Reason::kNotNamed);
}

// ---- Binding ----

class BoundMonitorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = absl::StrCat(::testing::TempDir(), "/monitor.XXXXXX");
    ASSERT_NE(mkdtemp(&name[0]), nullptr);
    char* const real = realpath(name.c_str(), nullptr);
    ASSERT_NE(real, nullptr);
    dir_ = real;
    free(real);
    for (const char* sub : {"/real", "/other"}) {
      ASSERT_EQ(mkdir((dir_ + sub).c_str(), 0700), 0);
    }
    ASSERT_EQ(symlink("real", (dir_ + "/link").c_str()), 0);
    const int fd =
        open((dir_ + "/real/secret").c_str(), O_CREAT | O_RDWR, 0600);
    ASSERT_GE(fd, 0);
    struct stat info;
    ASSERT_EQ(fstat(fd, &info), 0);
    close(fd);
    secret_ = {info.st_dev, info.st_ino};
    ASSERT_EQ(
        link((dir_ + "/real/secret").c_str(), (dir_ + "/other/alias").c_str()),
        0);
  }
  void TearDown() override {
    for (const char* name : {"/other/alias", "/real/secret", "/link"}) {
      unlink((dir_ + name).c_str());
    }
    for (const char* name : {"/other", "/real", ""}) {
      rmdir((dir_ + name).c_str());
    }
  }
  // Reading is granted through the link and beside it, but for the secret.
  Monitored Bound() {
    PolicySpec spec;
    spec.layers = {MakeLayer("grants", kDeny, {})};
    const auto add = [&](Effect effect, const char* name) {
      spec.layers[0].rules.push_back(
          MakeRule(effect, PermissionSet(kRead),
                   RulePattern::Text(fs::EscapePathPattern(dir_ + name))));
    };
    add(kAllow, "/link");
    add(kAllow, "/other");
    add(kDeny, "/link/secret");
    PolicyBuilder builder(std::move(spec));
    const auto policy = builder.Bind().Build();
    EXPECT_TRUE(policy.ok()) << policy.status();
    return Monitor(policy.ok() ? *policy : BuildOrDie({}));
  }

  std::string dir_;
  fs::FileIdentity secret_;
};

TEST_F(BoundMonitorTest, DecidesNamesAsTheyStand) {
  const Monitored m = Bound();
  EXPECT_TRUE(m.monitor->Check(Right::kRead, dir_ + "/real/x").allowed);
  EXPECT_FALSE(m.monitor->Check(Right::kRead, dir_ + "/link/x").allowed)
      << "canonical names pass no link: this is something else by now";
  EXPECT_TRUE(
      m.root.context->Check(Access::Path(kRead, dir_ + "/link/x")).allowed())
      << "a question is translated";
  EXPECT_TRUE(
      m.monitor->CheckNamed(Right::kRead, dir_ + "/real/x", dir_ + "/real")
          .allowed)
      << "the bound spelling names";
}

TEST_F(BoundMonitorTest, LinksThatRulesPassStay) {
  const Monitored m = Bound();
  struct Case {
    const char* name;
    bool want;
  };
  for (const Case& c : {Case{"/link", false}, Case{"", false},
                        Case{"/real", true}, Case{"/other/x", true}}) {
    SCOPED_TRACE(c.name);
    const Verdict verdict = m.monitor->CheckReplace(dir_ + c.name);
    EXPECT_EQ(verdict.allowed, c.want);
    if (!c.want) {
      EXPECT_EQ(DecisionOf(verdict).reason(), Reason::kProtected);
    }
  }
  EXPECT_FALSE(
      m.monitor->CheckMove(dir_ + "/link", dir_ + "/z", false).allowed);
  EXPECT_FALSE(
      m.monitor->CheckMove(dir_ + "/z", dir_ + "/link", false).allowed);
  EXPECT_FALSE(m.monitor->CheckMove(dir_, dir_ + "2", true).allowed);
}

TEST_F(BoundMonitorTest, AFileIsDeniedByItsOtherNames) {
  const Monitored m = Bound();
  const std::string alias = dir_ + "/other/alias";
  EXPECT_TRUE(m.monitor->Check(Right::kRead, alias).allowed);
  const Verdict verdict =
      m.monitor->CheckIdentity(Right::kRead, secret_, alias);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(DecisionOf(verdict).reason(), Reason::kRule);
  fs::FileIdentity other = secret_;
  ++other.inode;
  EXPECT_TRUE(m.monitor->CheckIdentity(Right::kRead, other, alias).allowed);
}

// What may be made in a directory depends on its other names, too.
TEST_F(BoundMonitorTest, AnEntryIsDeniedByItsDirectorysOtherNames) {
  PolicySpec spec;
  spec.layers = {MakeLayer("grants", kDeny,
                           {{kAllow, kRead, "/"}, {kAllow, kWrite, "/"}})};
  const std::string denied = fs::EscapePathPattern(dir_ + "/real");
  spec.layers[0].rules.push_back(
      MakeRule(kDeny, PermissionSet(kRead), RulePattern::Text(denied)));
  PolicyBuilder builder(std::move(spec));
  const auto policy = builder.Bind().Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Monitored m = Monitor(*policy);
  struct stat info;
  ASSERT_EQ(stat((dir_ + "/real").c_str(), &info), 0);
  const fs::FileIdentity real = {info.st_dev, info.st_ino};
  fs::FileIdentity other = real;
  ++other.inode;
  // As if it were mounted here and at the root, too.
  EXPECT_FALSE(
      m.monitor->CheckEntry(Right::kRead, real, dir_ + "/other/new").allowed);
  EXPECT_FALSE(m.monitor->CheckEntry(Right::kRead, real, "/new").allowed);
  EXPECT_TRUE(m.monitor->CheckEntry(Right::kWrite, real, "/new").allowed)
      << "reading alone is denied there";
  EXPECT_TRUE(
      m.monitor->CheckEntry(Right::kRead, other, dir_ + "/other/new").allowed);
  EXPECT_FALSE(m.monitor->CheckEntry(Right::kRead, other, "new").allowed)
      << "no name";
}

// A use that is gone grants other names to the operation alone that took it.
TEST_F(BoundMonitorTest, AUseHoldsForTheOtherNamesOfOneOperation) {
  Layer layer = MakeLayer("grants", kDeny, {});
  layer.precedence = Precedence::kMostSpecific;
  const auto add = [&](Effect effect, const char* name) {
    layer.rules.push_back(
        MakeRule(effect, PermissionSet(kRead),
                 RulePattern::Text(fs::EscapePathPattern(dir_ + name))));
  };
  add(kDeny, "/real");
  add(kAllow, "/real/secret");
  const auto uses = std::make_shared<UseCounter>(1);
  layer.rules.back().limits.uses = uses;
  add(kAllow, "/other");
  PolicySpec spec;
  spec.layers = {layer};
  const auto policy = PolicyBuilder(std::move(spec)).Bind().Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Monitored m = Monitor(*policy);
  struct stat info;
  ASSERT_EQ(stat((dir_ + "/real").c_str(), &info), 0);
  const fs::FileIdentity real = {info.st_dev, info.st_ino};
  const std::string file = dir_ + "/real/secret", alias = dir_ + "/other/alias",
                    entry = dir_ + "/other/secret";  // mounted as "other"
  const auto allows = [&](const fs::PathMonitor::Kept* kept) {
    const bool by_file =
        m.monitor->CheckIdentityIn(kept, Right::kRead, secret_, alias).allowed;
    EXPECT_EQ(m.monitor->CheckEntryIn(kept, Right::kRead, real, entry).allowed,
              by_file);
    return by_file;
  };
  EXPECT_TRUE(allows(nullptr)) << "there is a use";
  std::unique_ptr<fs::PathMonitor::Kept> kept;
  EXPECT_TRUE(m.monitor->EnforceIn(&kept, Right::kRead, file, file).allowed);
  EXPECT_EQ(uses->left(), 0u);
  EXPECT_TRUE(allows(kept.get()));
  EXPECT_FALSE(allows(nullptr));
  EXPECT_FALSE(m.monitor->CheckIdentity(Right::kRead, secret_, alias).allowed);
  EXPECT_FALSE(m.monitor->CheckEntry(Right::kRead, real, entry).allowed);
}

TEST_F(BoundMonitorTest, IdentitiesAreKnownWhereAFileIsDenied) {
  EXPECT_TRUE(Bound().monitor->KnowsIdentities());
  EXPECT_FALSE(
      Monitor(*PolicyBuilder().Bind().Build()).monitor->KnowsIdentities());
}

TEST(PathMonitorTest, WithoutABindingNothingIsProtectedOrGuarded) {
  const Monitored m = Monitor(Allowing(kRead, "/a"));
  EXPECT_FALSE(m.monitor->KnowsIdentities());
  EXPECT_TRUE(m.monitor->CheckReplace("/").allowed);
  EXPECT_TRUE(m.monitor->CheckIdentity(kBoth, {1, 2}, "/a").allowed);
}

}  // namespace
}  // namespace postern
