// What holds for every policy (docs/design.md, section 2), on random ones.
//   POSTERN_SEED=n   another sequence
//   POSTERN_CASES=n  accesses a property, of which a stack gets 300; 450,000
//   unless said, fewer under a sanitizer

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/testing/owned_access.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"
#include "tests/permission/engine_under_test.h"
#include "tests/permission/oracle_comparison.h"

namespace postern {
namespace testing {
namespace {

constexpr int kAccesses = 30;

// One meaning of POSTERN_CASES for all tests that read it: building a stack
// costs about what 300 checks do.
constexpr int64_t kCasesAStack = 300;

class PropertiesTest : public ::testing::Test {
 protected:
  PropertiesTest()
      : random_(
            static_cast<uint64_t>(NumberFromEnvironment("POSTERN_SEED", 1)) *
                1000 +
            77) {}

  // Calls `test` with stacks that can be built, and their engine.
  void ForStacks(
      RandomTheme theme,
      absl::FunctionRef<void(const RandomStack&, const EngineUnderTest&)>
          test) {
    const int64_t cases = NumberFromEnvironment(
        "POSTERN_CASES", std::min<int64_t>(450000, DefaultCases()));
    for (int64_t i = 0; i < cases / kCasesAStack && !HasFailure(); ++i) {
      const RandomStack stack = random_.NextStack(theme);
      absl::StatusOr<EngineUnderTest> engine = EngineUnderTest::Build(stack);
      if (engine.ok()) test(stack, *engine);
    }
  }

  std::vector<OwnedAccess> Accesses() {
    std::vector<OwnedAccess> accesses;
    for (int i = 0; i < kAccesses; ++i) {
      accesses.push_back(random_.NextAccess());
    }
    return accesses;
  }

  std::vector<Layer> NarrowingLayers() {
    Layer layer;
    layer.default_effect = random_.OneIn(4) ? Effect::kDeny : Effect::kAllow;
    layer.mode = random_.OneIn(4) ? Mode::kAudit : Mode::kEnforce;
    for (int i = random_.Below(4); i >= 0; --i) {
      layer.rules.push_back(random_.NextRule(AnyEffect()));
    }
    return {layer};
  }

  Effect AnyEffect() { return static_cast<Effect>(random_.Below(3)); }

  template <typename T>
  void Shuffle(std::vector<T>* list) {
    for (size_t i = list->size(); i > 1; --i) {
      std::swap((*list)[i - 1], (*list)[random_.Below(static_cast<int>(i))]);
    }
  }

  RandomPolicy random_;
};

template <typename Engine>
Decision Ask(const Engine& engine, const OwnedAccess& access) {
  Decision decision;
  access.View([&](const Access& a) { decision = engine.Check(a); });
  return decision;
}

// The parts of a decision that do not name a rule.
std::string Verdict(const Decision& decision) {
  return absl::StrCat(EffectName(decision.effect()),
                      decision.concealed() ? " concealed" : "",
                      decision.would_deny() ? " would-deny" : "");
}

std::string Told(const RandomStack& stack, const OwnedAccess& access) {
  return absl::StrCat(stack.ToString(), "asked: ", access.ToString());
}

TEST_F(PropertiesTest, OrderAndDuplicatesOfRulesChangeNothing) {
  ForStacks(RandomTheme::kAny, [&](const RandomStack& stack,
                                   const EngineUnderTest& engine) {
    RandomStack other = stack;
    for (Layer& layer : other.spec.layers) {
      std::vector<Rule>& rules = layer.rules;
      if (!rules.empty()) {
        rules.push_back(rules[random_.Below(static_cast<int>(rules.size()))]);
      }
      Shuffle(&rules);
    }
    Shuffle(&other.drops);
    absl::StatusOr<EngineUnderTest> shuffled = EngineUnderTest::Build(other);
    ASSERT_TRUE(shuffled.ok()) << shuffled.status();
    for (const OwnedAccess& access : Accesses()) {
      ASSERT_EQ(Verdict(Ask(engine, access)), Verdict(Ask(*shuffled, access)))
          << Told(stack, access);
    }
  });
}

// One more rule, anywhere in a layer of DENY_OVERRIDES.
RandomStack WithRule(RandomStack stack, Rule rule, RandomPolicy* random) {
  const int layers = static_cast<int>(stack.spec.layers.size());
  for (Layer& layer : stack.spec.layers) {
    layer.precedence = Precedence::kDenyOverrides;
  }
  std::vector<Rule>& rules = stack.spec.layers[random->Below(layers)].rules;
  const int at = random->Below(static_cast<int>(rules.size()) + 1);
  rules.insert(rules.begin() + at, std::move(rule));
  return stack;
}

TEST_F(PropertiesTest, AnAllowNeverRemovesAndADenyNeverAdds) {
  ForStacks(RandomTheme::kAny, [&](const RandomStack& stack,
                                   const EngineUnderTest&) {
    RandomStack before = stack;
    for (Layer& layer : before.spec.layers) {
      layer.precedence = Precedence::kDenyOverrides;
    }
    const bool allow = random_.OneIn(2);
    const Rule rule = random_.NextRule(allow ? Effect::kAllow : Effect::kDeny);
    absl::StatusOr<EngineUnderTest> a = EngineUnderTest::Build(before);
    absl::StatusOr<EngineUnderTest> b =
        EngineUnderTest::Build(WithRule(before, rule, &random_));
    if (!a.ok() || !b.ok()) return;
    for (const OwnedAccess& access : Accesses()) {
      const Effect without = Ask(*a, access).effect();
      const Effect with = Ask(*b, access).effect();
      ASSERT_TRUE(allow ? with >= without : with <= without)
          << rule.pattern.ToString() << "\n"
          << Told(before, access);
    }
  });
}

TEST_F(PropertiesTest, ALayerOnlyNarrowsAndAnAuditLayerChangesNothing) {
  ForStacks(RandomTheme::kAny, [&](const RandomStack& stack,
                                   const EngineUnderTest& engine) {
    RandomStack other = stack;
    const Layer layer = NarrowingLayers()[0];
    other.spec.layers.push_back(layer);
    absl::StatusOr<EngineUnderTest> more = EngineUnderTest::Build(other);
    if (!more.ok()) return;
    // A first layer that denies by default makes any grant possible.
    const bool enables =
        engine.policy().unconfined() ||
        std::any_of(stack.spec.layers.begin(), stack.spec.layers.end(),
                    [](const Layer& l) {
                      return l.mode == Mode::kEnforce &&
                             l.default_effect == Effect::kDeny;
                    });
    for (const OwnedAccess& access : Accesses()) {
      const Effect before = Ask(engine, access).effect();
      const Effect after = Ask(*more, access).effect();
      if (layer.mode == Mode::kAudit) {
        ASSERT_EQ(before, after) << Told(other, access);
      } else if (enables) {
        ASSERT_LE(after, before) << Told(other, access);
      }
    }
  });
}

TEST_F(PropertiesTest, DerivedRestrictedAndDroppedContextsAreSubsets) {
  ForStacks(RandomTheme::kAny, [&](const RandomStack& stack,
                                   const EngineUnderTest&) {
    std::shared_ptr<const Policy> policy = *PolicyBuilder(stack.spec).Build();
    absl::StatusOr<RootContext> root =
        PermissionContext::Create(policy, ContextOptions());
    ASSERT_TRUE(root.ok()) << root.status();
    absl::StatusOr<std::shared_ptr<PermissionContext>> child =
        root->context->Derive(NarrowingLayers(), ContextOptions());
    if (!child.ok()) return;
    const std::vector<OwnedAccess> accesses = Accesses();
    std::vector<Effect> before;
    for (const OwnedAccess& access : accesses) {
      before.push_back(Ask(*policy, access).effect());
      ASSERT_EQ(Ask(*root->context, access).effect(), before.back());
      ASSERT_LE(Ask(**child, access).effect(), before.back())
          << Told(stack, access);
    }
    if (random_.OneIn(2)) {
      root->context->Restrict(NarrowingLayers()).IgnoreError();
    } else {
      const Rule rule = random_.NextRule(Effect::kDeny);
      root->context->Drop(rule.permissions, rule.pattern).IgnoreError();
    }
    for (size_t i = 0; i < accesses.size(); ++i) {
      const Effect after = Ask(*root->context, accesses[i]).effect();
      ASSERT_LE(after, before[i]) << Told(stack, accesses[i]);
      ASSERT_LE(Ask(**child, accesses[i]).effect(), after)
          << "a parent's change reaches its child\n"
          << Told(stack, accesses[i]);
    }
  });
}

// One layer of `rules`, denying by default.
absl::StatusOr<EngineUnderTest> Grants(const RandomStack& like,
                                       std::vector<Rule> rules) {
  RandomStack stack;
  stack.spec = like.spec;
  stack.spec.layers.clear();
  stack.spec.layers.emplace_back();
  stack.spec.layers[0].rules = std::move(rules);
  return EngineUnderTest::Build(stack);
}

TEST_F(PropertiesTest, GrantsTogetherAllowNoMoreThanEachAlone) {
  ForStacks(
      RandomTheme::kAny, [&](const RandomStack& stack, const EngineUnderTest&) {
        std::vector<Rule> rules;
        for (int i = 2 + random_.Below(5); i > 0; --i) {
          rules.push_back(random_.NextRule(Effect::kAllow));
        }
        absl::StatusOr<EngineUnderTest> together = Grants(stack, rules);
        ASSERT_TRUE(together.ok()) << together.status();
        std::vector<EngineUnderTest> alone;
        for (const Rule& rule : rules) alone.push_back(*Grants(stack, {rule}));
        for (const OwnedAccess& access : Accesses()) {
          // An address needs a grant of its name besides its own.
          if (access.form == Access::Form::kResolved) continue;
          const bool any = std::any_of(alone.begin(), alone.end(),
                                       [&](const EngineUnderTest& one) {
                                         return Ask(one, access).allowed();
                                       });
          ASSERT_EQ(Ask(*together, access).allowed(), any)
              << together->policy().layers()[0].rule_count << " grants, "
              << Told(stack, access);
        }
      });
}

OwnedAccess ReadOf(const std::string& path) {
  OwnedAccess access;
  access.permission = Permission::kFsRead;
  access.form = Access::Form::kPath;
  access.text = path;
  return access;
}

TEST_F(PropertiesTest, EveryStrictPrefixOfAGrantedFileIsDenied) {
  for (int i = 0; i < 3000; ++i) {
    constexpr const char* kParts[] = {"a", "b", "ab", "a b", "\xC3\xA9", "..."};
    std::string file;
    for (int n = 1 + random_.Below(5); n > 0; --n) {
      absl::StrAppend(&file, "/", kParts[random_.Below(6)]);
    }
    Rule rule;
    rule.effect = Effect::kAllow;
    rule.permissions = PermissionSet(Permission::kFsRead);
    rule.pattern = RulePattern::Text(
        random_.OneIn(2) ? file : absl::StrCat("exact:", file));
    absl::StatusOr<EngineUnderTest> engine = Grants(RandomStack(), {rule});
    ASSERT_TRUE(engine.ok()) << engine.status();
    ASSERT_TRUE(Ask(*engine, ReadOf(file)).allowed()) << file;
    for (size_t length = 0; length < file.size(); ++length) {
      const std::string prefix = file.substr(0, length);
      ASSERT_FALSE(Ask(*engine, ReadOf(prefix)).allowed()) << prefix;
    }
  }
}

TEST_F(PropertiesTest, TheEmptyPolicyDeniesEverything) {
  const std::shared_ptr<const Policy> empty = *PolicyBuilder().Build();
  RandomStack none;
  none.spec.layers.emplace_back();
  const absl::StatusOr<EngineUnderTest> no_rules = EngineUnderTest::Build(none);
  ASSERT_TRUE(no_rules.ok()) << no_rules.status();
  ForStacks(RandomTheme::kAny, [&](const RandomStack&, const EngineUnderTest&) {
    for (const OwnedAccess& access : Accesses()) {
      ASSERT_EQ(Ask(*empty, access).effect(), Effect::kDeny);
      ASSERT_EQ(Ask(*no_rules, access).effect(), Effect::kDeny);
    }
  });
}

// `access` for all that it could stand for, or for all beneath.
OwnedAccess Whole(OwnedAccess access) {
  access.form = Access::Form::kWhole;
  return access;
}

TEST_F(PropertiesTest, WhatIsGrantedWholeIsGrantedInEveryPart) {
  ForStacks(RandomTheme::kAny,
            [&](const RandomStack& stack, const EngineUnderTest& engine) {
              for (const OwnedAccess& access : Accesses()) {
                const Decision part = Ask(engine, access);
                if (part.reason() == Reason::kInvalidResource) continue;
                ASSERT_LE(Ask(engine, Whole(access)).effect(), part.effect())
                    << Told(stack, access);
              }
            });
}

TEST_F(PropertiesTest, ASubtreeThatIsGrantedHoldsNothingDenied) {
  ForStacks(RandomTheme::kPaths,
            [&](const RandomStack& stack, const EngineUnderTest& engine) {
              const std::vector<OwnedAccess> accesses = Accesses();
              for (size_t i = 0; i < 8; ++i) {
                OwnedAccess top = accesses[i];
                top.form = Access::Form::kSubtree;
                if (top.text.empty() || top.text[0] != '/') continue;
                const Effect whole = Ask(engine, top).effect();
                if (whole == Effect::kDeny) continue;
                for (const OwnedAccess& other : accesses) {
                  OwnedAccess below = top;
                  below.form = Access::Form::kPath;
                  if (!random_.OneIn(6))
                    absl::StrAppend(&below.text, "/", other.text);
                  // Without leaving it.
                  if (below.text.find("..") != below.text.npos) continue;
                  top.form = Access::Form::kSubtree;
                  const Decision part = Ask(engine, below);
                  if (part.reason() == Reason::kInvalidResource) continue;
                  ASSERT_LE(Ask(engine, top).effect(), part.effect())
                      << Told(stack, top) << "\nbelow: " << below.ToString();
                }
              }
            });
}

}  // namespace
}  // namespace testing
}  // namespace postern
