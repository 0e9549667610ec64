// Moves, and what is the same below a name, judged by the oracle.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "permission/testing/naive_policy.h"
#include "permission/testing/random_policy.h"
#include "tests/amount.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using fs::Right;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Effect kDeny = Effect::kDeny, kAsk = Effect::kAsk,
                 kAllow = Effect::kAllow;

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

TEST(PathMonitorOracleTest, AgreesOnSmallPolicies) {
  const Counts counts = CompareWithOracle(20220623, Moves(2400), SmallStack);
  EXPECT_GT(counts.allowed, counts.moves / 4);
  EXPECT_GT(counts.varied, counts.moves / 50);
  EXPECT_GT(counts.uniform, counts.names / 5);
}

TEST(PathMonitorOracleTest, AgreesOnPoliciesOfEveryKind) {
  const Counts counts =
      CompareWithOracle(4711, Moves(2000), [](testing::RandomPolicy* random) {
        return random->NextStack(testing::RandomTheme::kPaths);
      });
  EXPECT_GT(counts.allowed, counts.moves / 8);
  EXPECT_GE(counts.varied, counts.moves / 400);
  EXPECT_GT(counts.uniform, counts.names / 20);
}

}  // namespace
}  // namespace postern
