// One decision on all the accesses of an operation.

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/ask.h"
#include "permission/audit.h"
#include "permission/context.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;

Rule For(Effect effect, Permission permission, absl::string_view path,
         std::shared_ptr<UseCounter> uses = nullptr) {
  Rule rule =
      MakeRule(effect, PermissionSet(permission), RulePattern::Text(path));
  rule.limits.uses = std::move(uses);
  return rule;
}

std::shared_ptr<UseCounter> Uses(uint32_t count) {
  return std::make_shared<UseCounter>(count);
}

struct Person final : AskHandler {
  Answer Ask(const Question& question) override {
    asked.push_back(std::string(question.access.text()));
    Answer answer;
    answer.effect =
        question.access.text() == no ? Effect::kDeny : Effect::kAllow;
    return answer;
  }
  std::vector<std::string> asked;
  std::string no;
};

struct Records final : AuditSink {
  void Record(const AuditEvent& event) override {
    lines.push_back(absl::StrCat(event.decision.allowed() ? "allow " : "deny ",
                                 event.asked));
  }
  std::vector<std::string> lines;
};

std::vector<Access> Rename() {
  return {Access::Path(kRead, "/a"), Access::Path(kWrite, "/a"),
          Access::Path(kWrite, "/b")};
}

TEST(OperationsTest, IsAllowedIfEachPartIs) {
  for (size_t denied = 0; denied <= 3; ++denied) {
    SCOPED_TRACE(denied);
    const std::vector<Access> parts = Rename();
    Layer layer;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i == denied) continue;
      layer.rules.push_back(
          For(Effect::kAllow, parts[i].permission(), parts[i].text()));
    }
    const RootContext root = MakeContext(BuildOrDie({layer}));
    for (bool enforce : {false, true}) {
      size_t which = 7;
      const Decision decision =
          enforce
              ? root.context->EnforceAll(parts, absl::InfiniteFuture(), &which)
              : root.context->CheckAll(parts, &which);
      EXPECT_EQ(decision.allowed(), denied == 3);
      EXPECT_EQ(which, denied % 3);
      EXPECT_TRUE(root.context->Explain(decision, parts[which]).ok());
    }
  }
}

TEST(OperationsTest, NothingIsNoOperation) {
  Layer layer;
  layer.rules = {For(Effect::kAllow, kRead, "/")};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  EXPECT_FALSE(root.context->EnforceAll({}).allowed());
  EXPECT_FALSE(root.context->CheckAll({}).allowed());
}

TEST(OperationsTest, ADeniedPartTakesNoUseOfTheOthers) {
  const auto uses = Uses(1);
  Layer layer;
  layer.rules = {For(Effect::kAllow, kRead, "/a", uses),
                 For(Effect::kAllow, kWrite, "/a", uses)};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  EXPECT_FALSE(root.context->EnforceAll(Rename()).allowed());
  EXPECT_EQ(uses->left(), 1u);
  // Both rights of the name are one use.
  EXPECT_TRUE(
      root.context
          ->EnforceAll({Access::Path(kRead, "/a"), Access::Path(kWrite, "/a")})
          .allowed());
  EXPECT_EQ(uses->left(), 0u);
}

TEST(OperationsTest, AUsedUpRuleDeniesAll) {
  const auto one = Uses(1), two = Uses(1);
  Layer layer;
  layer.rules = {For(Effect::kAllow, kRead, "/a", two),
                 For(Effect::kAllow, kWrite, "/a", two),
                 For(Effect::kAllow, kWrite, "/b", one)};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  EXPECT_TRUE(root.context->Enforce(Access::Path(kWrite, "/b")).allowed());
  size_t which = 7;
  EXPECT_FALSE(
      root.context->EnforceAll(Rename(), absl::InfiniteFuture(), &which)
          .allowed());
  EXPECT_EQ(which, 2u);
  EXPECT_EQ(two->left(), 1u);
}

TEST(OperationsTest, NobodyIsAskedForWhatIsDeniedAnyway) {
  Layer layer;
  layer.rules = {For(Effect::kAsk, kRead, "/a"),
                 For(Effect::kAllow, kWrite, "/a")};
  Person person;
  Records records;
  ContextOptions options;
  options.ask = &person;
  options.audit = &records;
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  EXPECT_FALSE(root.context->EnforceAll(Rename()).allowed());
  EXPECT_TRUE(person.asked.empty());
  EXPECT_EQ(records.lines, std::vector<std::string>{"deny /b"});
}

TEST(OperationsTest, ANoAfterAYesTakesNothing) {
  const auto uses = Uses(1);
  Layer layer;
  layer.rules = {For(Effect::kAllow, kWrite, "/a", uses),
                 For(Effect::kAsk, kRead, "/a"),
                 For(Effect::kAsk, kWrite, "/b")};
  Person person;
  Records records;
  ContextOptions options;
  options.ask = &person;
  options.audit = &records;
  const RootContext root = MakeContext(BuildOrDie({layer}), options);
  person.no = "/b";
  EXPECT_FALSE(root.context->EnforceAll(Rename()).allowed());
  EXPECT_EQ(person.asked, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(uses->left(), 1u);
  EXPECT_EQ(records.lines, std::vector<std::string>{"deny /b"});
  person.no.clear();
  EXPECT_TRUE(root.context->EnforceAll(Rename()).allowed());
  EXPECT_EQ(uses->left(), 0u);
  EXPECT_EQ(records.lines, (std::vector<std::string>{"deny /b", "allow /a",
                                                     "allow /a", "allow /b"}));
}

// Against the plain way: each part by itself, as parts of one operation.
TEST(OperationsTest, IsWhatThePartsAreOneAfterTheOther) {
  const std::string names[] = {"/a", "/b", "/c"};
  int allowed = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    Layer layer[2];
    std::vector<std::shared_ptr<UseCounter>> counters[2];
    for (int i = 0; i < 5; ++i) {
      const auto effect = static_cast<Effect>(random() % 4 == 0 ? 0 : 2);
      const Permission permission = random() % 2 == 0 ? kRead : kWrite;
      const std::string& name = names[random() % 3];
      const uint32_t uses = random() % 3;
      for (int side : {0, 1}) {
        std::shared_ptr<UseCounter> counter;
        if (effect == Effect::kAllow && uses > 0) counter = Uses(uses);
        if (counter != nullptr) counters[side].push_back(counter);
        layer[side].rules.push_back(For(effect, permission, name, counter));
      }
    }
    const RootContext together = MakeContext(BuildOrDie({layer[0]}));
    const RootContext apart = MakeContext(BuildOrDie({layer[1]}));
    for (int round = 0; round < 4; ++round) {
      std::vector<Access> parts;
      for (unsigned i = 0; i <= random() % 3; ++i) {
        parts.push_back(Access::Path(random() % 2 == 0 ? kRead : kWrite,
                                     names[random() % 3]));
      }
      std::vector<uint32_t> before;
      for (const auto& c : counters[0]) before.push_back(c->left());
      const bool is = together.context->EnforceAll(parts).allowed();
      OneOperation operation;
      bool expected = true;
      for (const Access& part : parts) {
        expected = expected && apart.context->Check(part).allowed();
      }
      for (const Access& part : parts) {
        if (!expected) break;
        expected =
            apart.context->Enforce(part, absl::InfiniteFuture(), &operation)
                .allowed();
        ASSERT_TRUE(expected);
      }
      EXPECT_EQ(is, expected);
      for (size_t i = 0; i < counters[0].size(); ++i) {
        EXPECT_EQ(counters[0][i]->left(), counters[1][i]->left());
        if (!is) {
          EXPECT_EQ(counters[0][i]->left(), before[i]);
        }
      }
      allowed += is ? 1 : 0;
    }
  }
  EXPECT_GT(allowed, 100);
}

// Operations of two parts race for a use that each part has for itself: as many
// are allowed as there are uses, and none takes half.
TEST(OperationsTest, NoUseIsTakenInPart) {
  constexpr uint32_t kUses = 300;
  const auto first = Uses(kUses), second = Uses(kUses);
  Layer layer;
  layer.rules = {For(Effect::kAllow, kRead, "/a", first),
                 For(Effect::kAllow, kWrite, "/b", second)};
  const RootContext root = MakeContext(BuildOrDie({layer}));
  std::atomic<uint32_t> allowed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      std::vector<Access> parts = {Access::Path(kRead, "/a"),
                                   Access::Path(kWrite, "/b")};
      if (i == 1) std::swap(parts[0], parts[1]);
      for (uint32_t n = 0; n < kUses; ++n) {
        if (root.context->EnforceAll(parts).allowed()) ++allowed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, kUses);
  EXPECT_EQ(first->left(), 0u);
  EXPECT_EQ(second->left(), 0u);
}

}  // namespace
}  // namespace postern
