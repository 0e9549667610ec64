// Which rules a person is asked about, and for what an answer holds.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/ask.h"
#include "permission/clock.h"
#include "permission/context.h"
#include "permission/internal/answer_store.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using internal::AnswerStore;
using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;
constexpr Effect kAsk = Effect::kAsk;

// Says the same to every question, and keeps the reasons that it was shown.
class Person final : public AskHandler {
 public:
  Answer Ask(const Question& question) override {
    ++asked;
    reasons.clear();
    for (const Rule& rule : question.rules) reasons.push_back(rule.reason);
    std::sort(reasons.begin(), reasons.end());
    if (meanwhile) meanwhile();
    return answer;
  }
  void Say(Effect effect, RulePattern scope = RulePattern::Whole()) {
    answer = {effect, AnswerLifetime::kForever, {}, std::move(scope)};
  }
  Answer answer;
  std::vector<std::string> reasons;
  std::function<void()> meanwhile;
  int asked = 0;
};

ContextOptions AskedBy(Person* person, const Clock* clock = nullptr) {
  ContextOptions options;
  options.ask = person;
  options.clock = clock;
  return options;
}

Rule Because(const char* reason, Permission permission, RulePattern pattern) {
  Rule rule = MakeRule(kAsk, PermissionSet(permission), std::move(pattern));
  rule.reason = reason;
  return rule;
}

RulePattern Call(std::vector<std::string> args) {
  return RulePattern::Call("p.f", std::move(args), CallForm::kExact);
}

// Two rules that ask, and two accesses: one that the first rule alone is about,
// which gets a yes for the scope, and one that both are about.
struct TwoRules {
  const char* name;
  Permission permission;
  RulePattern wide, narrow;
  RulePattern scope;
  Access by_wide, by_both;
};

void ExpectBothAreHeard(const TwoRules& c, Precedence precedence,
                        bool narrow_first, size_t want) {
  Person person;
  Layer layer;
  layer.precedence = precedence;
  layer.rules = {Because("wide", c.permission, c.wide),
                 Because("narrow", c.permission, c.narrow)};
  if (narrow_first) std::reverse(layer.rules.begin(), layer.rules.end());
  const RootContext root = MakeContext(BuildOrDie({layer}), AskedBy(&person));
  person.Say(Effect::kAllow, c.scope);
  EXPECT_TRUE(root.context->Enforce(c.by_wide).allowed());
  EXPECT_EQ(person.reasons, std::vector<std::string>({"wide"}));
  EXPECT_TRUE(root.context->Enforce(c.by_wide).allowed());
  EXPECT_EQ(person.asked, 1);
  person.Say(Effect::kAsk);
  EXPECT_FALSE(root.context->Enforce(c.by_both).allowed());
  EXPECT_EQ(person.asked, 2);
  EXPECT_EQ(person.reasons.size(), want);
  EXPECT_NE(std::find(person.reasons.begin(), person.reasons.end(), "narrow"),
            person.reasons.end());
}

TEST(AnswersTest, AnAnswerToOneRuleIsNoneToAnother) {
  const CallArg ls[] = {{"ls"}}, rm[] = {{"rm"}};
  const absl::string_view db[] = {"db"}, root[] = {"root"};
  const TwoRules kCases[] = {
      {"call", Permission::kPluginCall, Call({"*"}), Call({"rm"}), Call({"*"}),
       Access::Call({"p.f", ls, {}}), Access::Call({"p.f", rm, {}})},
      {"literal", kRead, RulePattern::Text("/m"), RulePattern::Text("/m/s"),
       RulePattern::Text("/m"), Access::Path(kRead, "/m/a"),
       Access::Path(kRead, "/m/s")},
      {"glob", kRead, RulePattern::Text("/m/*/**"),
       RulePattern::Text("/m/s*/**"), RulePattern::Text("/m/*/**"),
       Access::Path(kRead, "/m/a"), Access::Path(kRead, "/m/s1")},
      {"exact", kRead, RulePattern::Text("/m"), RulePattern::Text("exact:/m/s"),
       RulePattern::Text("/m"), Access::Path(kRead, "/m/a"),
       Access::Path(kRead, "/m/s")},
      {"whole", kRead, RulePattern::Whole(), RulePattern::Text("/m/s"),
       RulePattern::Text("/m"), Access::Path(kRead, "/m/a"),
       Access::Path(kRead, "/m/s")},
      {"name", Permission::kEnvRead, RulePattern::Text("A*"),
       RulePattern::Text("AB*"), RulePattern::Text("A*"),
       Access::Name(Permission::kEnvRead, "AX"),
       Access::Name(Permission::kEnvRead, "ABC")},
      {"host", Permission::kNetConnect, RulePattern::Text("*.example"),
       RulePattern::Text("bank.example"), RulePattern::Text("*.example"),
       Access::Endpoint(Permission::kNetConnect, "a.example:443"),
       Access::Endpoint(Permission::kNetConnect, "bank.example:443")},
      {"block", Permission::kNetConnect, RulePattern::Text("10.0.0.0/8"),
       RulePattern::Text("10.1.0.0/16"), RulePattern::Text("10.0.0.0/8"),
       Access::Endpoint(Permission::kNetConnect, "10.2.0.1:443"),
       Access::Endpoint(Permission::kNetConnect, "10.1.0.1:443")},
      {"port", Permission::kNetConnect, RulePattern::Text(":443"),
       RulePattern::Text("bank.example:443"), RulePattern::Text(":443"),
       Access::Endpoint(Permission::kNetConnect, "a.example:443"),
       Access::Endpoint(Permission::kNetConnect, "bank.example:443")},
      {"look-up", Permission::kNetResolve, RulePattern::Text("*.example"),
       RulePattern::Text("bank.example"), RulePattern::Text("*.example"),
       Access::Endpoint(Permission::kNetResolve, "a.example"),
       Access::Endpoint(Permission::kNetResolve, "bank.example")},
      {"secret", Permission::kSecretUse, RulePattern::Secret({"*"}),
       RulePattern::Secret({"root"}), RulePattern::Secret({"*"}),
       Access::Secret(Permission::kSecretUse, db),
       Access::Secret(Permission::kSecretUse, root)},
  };
  for (const TwoRules& c : kCases) {
    for (bool narrow_first : {false, true}) {
      SCOPED_TRACE(absl::StrCat(c.name, narrow_first ? ", narrow first" : ""));
      ExpectBothAreHeard(c, Precedence::kDenyOverrides, narrow_first, 2);
    }
  }
}

// Where the most specific rule decides, it alone asks; as specific ones all do.
TEST(AnswersTest, TheMostSpecificRulesAsk) {
  const TwoRules more = {"path",
                         kRead,
                         RulePattern::Text("/m"),
                         RulePattern::Text("/m/s"),
                         RulePattern::Text("/m"),
                         Access::Path(kRead, "/m/a"),
                         Access::Path(kRead, "/m/s")};
  const CallArg ls[] = {{"ls"}}, rm[] = {{"rm"}};
  const TwoRules equal = {"call",
                          Permission::kPluginCall,
                          Call({"*"}),
                          Call({"rm"}),
                          Call({"*"}),
                          Access::Call({"p.f", ls, {}}),
                          Access::Call({"p.f", rm, {}})};
  for (bool narrow_first : {false, true}) {
    ExpectBothAreHeard(more, Precedence::kMostSpecific, narrow_first, 1);
    ExpectBothAreHeard(equal, Precedence::kMostSpecific, narrow_first, 2);
  }
}

// The same pattern twice, with reasons of its own: both are shown.
TEST(AnswersTest, AQuestionShowsRulesWithTheSamePattern) {
  const absl::string_view key[] = {"k"};
  const struct {
    Permission permission;
    RulePattern pattern;
    Access access;
  } kCases[] = {
      {kRead, RulePattern::Text("/m"), Access::Path(kRead, "/m/a")},
      {kRead, RulePattern::Text("/*/**"), Access::Path(kRead, "/m/a")},
      {kRead, RulePattern::Whole(), Access::Path(kRead, "/m/a")},
      {Permission::kEnvRead, RulePattern::Text("A*"),
       Access::Name(Permission::kEnvRead, "AX")},
      {Permission::kNetConnect, RulePattern::Text("a.io"),
       Access::Endpoint(Permission::kNetConnect, "a.io:1")},
      {Permission::kNetConnect, RulePattern::Whole(),
       Access::Endpoint(Permission::kNetConnect, "a.io:1")},
      {Permission::kSecretUse, RulePattern::Secret({"k"}),
       Access::Secret(Permission::kSecretUse, key)},
      {Permission::kPluginCall, Call({}), Access::Call({"p.f", {}, {}})},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.pattern.ToString());
    Person person;
    Layer layer;
    layer.rules = {Because("one", c.permission, c.pattern),
                   Because("two", c.permission, c.pattern)};
    const RootContext root = MakeContext(BuildOrDie({layer}), AskedBy(&person));
    root.context->Enforce(c.access).effect();
    EXPECT_EQ(person.reasons, std::vector<std::string>({"one", "two"}));
  }
}

// Each rule may have its yes from another answer.
TEST(AnswersTest, AnswersAddUpRuleByRule) {
  Person person;
  const RootContext root = MakeContext(
      BuildOrDie(
          {MakeLayer("grants", Effect::kDeny,
                     {{kAsk, kRead, "/m/a*/**"}, {kAsk, kRead, "/m/*b/**"}})}),
      AskedBy(&person));
  person.Say(Effect::kAllow, RulePattern::Text("/m"));
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/a1")).allowed());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/1b")).allowed());
  person.Say(Effect::kDeny, RulePattern::Text("/m"));
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/ab")).allowed());
  EXPECT_EQ(person.asked, 2);
}

TEST(AnswersTest, ANoToOneOfTheRulesIsEnough) {
  Person person;
  const RootContext root = MakeContext(
      BuildOrDie(
          {MakeLayer("grants", Effect::kDeny,
                     {{kAsk, kRead, "/m/a*/**"}, {kAsk, kRead, "/m/*b/**"}})}),
      AskedBy(&person));
  person.Say(Effect::kDeny, RulePattern::Text("/m"));
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/m/1b")).allowed());
  person.Say(Effect::kAllow, RulePattern::Text("/m"));
  EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, "/m/ab")).allowed());
  EXPECT_EQ(person.asked, 1);
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/a1")).allowed());
}

TEST(AnswersTest, AYesToVeryManyRulesHoldsForOneAccess) {
  for (size_t rules : {AnswerStore::kMaxRules, AnswerStore::kMaxRules + 1}) {
    Person person;
    Layer layer;
    layer.rules.assign(rules, MakeRule(kAsk, PermissionSet(kRead), "/m"));
    const RootContext root = MakeContext(BuildOrDie({layer}), AskedBy(&person));
    person.Say(Effect::kAllow);
    EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m")).allowed());
    EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m")).allowed());
    EXPECT_EQ(person.asked, rules > AnswerStore::kMaxRules ? 2 : 1);
  }
}

TEST(AnswersTest, ANoToVeryManyRulesIsKept) {
  Person person;
  Layer layer;
  layer.rules.assign(AnswerStore::kMaxRules + 1,
                     MakeRule(kAsk, PermissionSet(kRead), "/m"));
  const RootContext root = MakeContext(BuildOrDie({layer}), AskedBy(&person));
  person.Say(Effect::kDeny);
  const Access kCases[] = {Access::Path(kRead, "/m"),
                           Access::Subtree(kRead, "/m/a")};
  for (const Access& access : kCases) {
    person.asked = 0;
    EXPECT_FALSE(root.context->Enforce(access).allowed());
    EXPECT_EQ(root.context->Enforce(access).reason(), Reason::kAnswered);
    EXPECT_EQ(person.asked, 1);
  }
}

// A no is not forgotten while there is a yes that it might have cut into.
TEST(AnswersTest, ForgettingAnAnswerNeverGrants) {
  Person person;
  const RootContext root = MakeContext(
      BuildOrDie({MakeLayer("grants", Effect::kDeny, {{kAsk, kRead, "/m"}})}),
      AskedBy(&person));
  const Access secret = Access::Path(kRead, "/m/secret");
  const Access plain = Access::Path(kRead, "/m/a");
  person.Say(Effect::kDeny);
  EXPECT_FALSE(root.context->Enforce(secret).allowed());
  person.Say(Effect::kAllow, RulePattern::Text("/m"));
  EXPECT_TRUE(root.context->Enforce(plain).allowed());
  person.Say(Effect::kDeny);
  const auto refuse = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const std::string path = absl::StrCat("/m/d", person.asked);
      EXPECT_FALSE(
          root.context->Enforce(Access::Subtree(kRead, path)).allowed());
    }
  };
  refuse(AnswerStore::kMaxAnswers - 2);
  EXPECT_TRUE(root.context->Enforce(plain).allowed());
  refuse(1);  // the yes goes
  person.Say(Effect::kAsk);
  EXPECT_FALSE(root.context->Enforce(plain).allowed());
  person.Say(Effect::kAllow, RulePattern::Text("/m"));
  int asked = person.asked;
  EXPECT_FALSE(root.context->Enforce(secret).allowed());
  EXPECT_EQ(person.asked, asked);
  // Among so many a yes is for once.
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/b")).allowed());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/b")).allowed());
  EXPECT_EQ(person.asked, asked + 2);
  EXPECT_FALSE(root.context->Enforce(secret).allowed());
  EXPECT_EQ(person.asked, asked + 2);
}

TEST(AnswersTest, AfterAThousandTheOldestYesIsAskedForAgain) {
  Person person;
  const RootContext root = MakeContext(
      BuildOrDie({MakeLayer("grants", Effect::kDeny, {{kAsk, kRead, "/m"}})}),
      AskedBy(&person));
  person.Say(Effect::kAllow);
  const auto enforce = [&](size_t i) {
    const std::string path = absl::StrCat("/m/", i);
    EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, path)).allowed());
  };
  for (size_t i = 0; i < AnswerStore::kMaxAnswers; ++i) enforce(i);
  enforce(0);
  EXPECT_EQ(person.asked, 1024);
  enforce(AnswerStore::kMaxAnswers);
  enforce(1);
  EXPECT_EQ(person.asked, 1025);
  enforce(0);
  EXPECT_EQ(person.asked, 1026);
}

// Answers that a new policy made void take no place.
TEST(AnswersTest, VoidAnswersTakeNoPlace) {
  const auto policy =
      BuildOrDie({MakeLayer("grants", Effect::kDeny, {{kAsk, kRead, "/m"}})});
  Person person;
  RootContext root = MakeContext(policy, AskedBy(&person));
  person.Say(Effect::kDeny);
  for (size_t i = 0; i < AnswerStore::kMaxAnswers; ++i) {
    const std::string path = absl::StrCat("/m/", i);
    EXPECT_FALSE(root.context->Enforce(Access::Path(kRead, path)).allowed());
  }
  ASSERT_TRUE(root.context->Publish(root.authority, policy).ok());
  person.Say(Effect::kAllow);
  const int asked = person.asked;
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/0")).allowed());
  EXPECT_TRUE(root.context->Enforce(Access::Path(kRead, "/m/0")).allowed());
  EXPECT_EQ(person.asked, asked + 1);
}

struct FakeClock final : Clock {
  absl::Time Now() const override { return now; }
  absl::Time now = absl::UnixEpoch() + absl::Hours(1000);
};

TEST(AnswersTest, NobodyIsAskedAfterTheDeadline) {
  const auto policy =
      BuildOrDie({MakeLayer("grants", Effect::kDeny, {{kAsk, kRead, "/m"}})});
  Person person;
  FakeClock clock;
  person.Say(Effect::kAllow);
  const RootContext root = MakeContext(policy, AskedBy(&person, &clock));
  const Access access = Access::Path(kRead, "/m");
  const absl::Time late = clock.now - absl::Nanoseconds(1);
  EXPECT_EQ(root.context->Enforce(access, late).reason(), Reason::kNoAnswer);
  EXPECT_EQ(root.context->Resolve(access, late).reason(), Reason::kNoAnswer);
  EXPECT_EQ(person.asked, 0);
  EXPECT_TRUE(root.context->Enforce(access, clock.now).allowed());
  EXPECT_EQ(person.asked, 1);
  // What was answered before is known without asking.
  EXPECT_TRUE(root.context->Enforce(access, late).allowed());
}

TEST(AnswersTest, AnAnswerThatTookTooLongIsNone) {
  Person person;
  person.Say(Effect::kAllow);
  person.meanwhile = [] { absl::SleepFor(absl::Milliseconds(20)); };
  const RootContext root = MakeContext(
      BuildOrDie({MakeLayer("grants", Effect::kDeny, {{kAsk, kRead, "/m"}})}),
      AskedBy(&person));
  const Decision decision = root.context->Enforce(
      Access::Path(kRead, "/m"), absl::Now() + absl::Milliseconds(10));
  EXPECT_EQ(decision.reason(), Reason::kNoAnswer);
}

TEST(AnswersTest, AnAnswerThatWasSeenToExpireIsGone) {
  Person person;
  FakeClock clock;
  const RootContext root = MakeContext(
      BuildOrDie({MakeLayer("grants", Effect::kDeny, {{kAsk, kRead, "/m"}})}),
      AskedBy(&person, &clock));
  const Access access = Access::Path(kRead, "/m");
  person.answer = {Effect::kAllow,
                   AnswerLifetime::kTimespan,
                   clock.now + absl::Minutes(10),
                   {}};
  EXPECT_TRUE(root.context->Enforce(access).allowed());
  clock.now += absl::Minutes(10);
  person.Say(Effect::kAsk);
  EXPECT_FALSE(root.context->Enforce(access).allowed());
  clock.now -= absl::Minutes(10);
  EXPECT_FALSE(root.context->Enforce(access).allowed());
  EXPECT_EQ(person.asked, 3);
}

}  // namespace
}  // namespace postern
