#include "permission/guard/path_monitor.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/audit.h"
#include "permission/context.h"
#include "tests/permission/fake_handler.h"
#include "tests/permission/path_monitor_fixture.h"
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
using testing::Monitor;
using testing::Monitored;
using testing::RuleRow;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kDeny = Effect::kDeny, kAsk = Effect::kAsk,
                 kAllow = Effect::kAllow;
constexpr Rights kBoth = Right::kRead | Right::kWrite;

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

TEST(PathMonitorTest, IsAskedAboutLinksIfALayerConceals) {
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

TEST(PathMonitorTest, AVerdictActsWhereEnforceWouldDoMoreThanCheck) {
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

}  // namespace
}  // namespace postern
