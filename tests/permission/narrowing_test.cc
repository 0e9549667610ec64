// What is given to a context to narrow it means what it meant where it was
// written: the same paths, variables and links.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/internal/drop_set.h"
#include "permission/internal/query.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using internal::AnyQuery;
using internal::DropSet;
using testing::Allowing;
using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;

PolicySpec AllowingAll(const char* base, const char* variable) {
  PolicySpec spec;
  spec.base_directory = base;
  spec.variables["D"] = variable;
  Layer grants;
  grants.name = "grants";
  grants.rules = {MakeRule(Effect::kAllow, PermissionSet::All())};
  spec.layers = {grants};
  return spec;
}

std::shared_ptr<const Policy> Build(PolicySpec spec) {
  auto policy = PolicyBuilder(std::move(spec)).Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  return *policy;
}

// A drop of the same words that mean something else by now is another drop.
TEST(NarrowingTest, ADropIsComparedByWhatItMeans) {
  const auto call = [](const char* arg) {
    return RulePattern::Call("exec.run", {arg}, CallForm::kExact);
  };
  struct Case {
    Permission permission;
    RulePattern pattern;
    const char* first;
    const char* second;
  };
  const Case kCases[] = {
      {Permission::kPluginCall, call("path:x"), "/a/x", "/b/x"},
      {Permission::kPluginCall, call("path:${D}"), "/one", "/two"},
      {Permission::kPluginCall, call("path:{x,y}"), "/a/y", "/b/y"},
      {kRead, RulePattern::Text("x"), "/a/x", "/b/x"},
      {kRead, RulePattern::Text("${D}/*/**"), "/one/x", "/two/x"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.pattern.ToString());
    RootContext root = MakeContext(Build(AllowingAll("/a", "/one")));
    const auto allowed = [&](const char* path) {
      const CallArg args[] = {{path}};
      return root.context
          ->Check(c.permission == kRead ? Access::Path(kRead, path)
                                        : Access::Call({"exec.run", args, {}}))
          .allowed();
    };
    const auto drop = [&] {
      ASSERT_TRUE(
          root.context->Drop(PermissionSet(c.permission), c.pattern).ok());
    };
    drop();
    EXPECT_FALSE(allowed(c.first));
    ASSERT_TRUE(
        root.context->Publish(root.authority, Build(AllowingAll("/b", "/two")))
            .ok());
    EXPECT_TRUE(allowed(c.second));
    drop();
    EXPECT_FALSE(allowed(c.first));
    EXPECT_FALSE(allowed(c.second));
  }
}

// Every spelling of nothing, for every kind of resource.
TEST(NarrowingTest, ADropOfNothingDropsThePermissionWhole) {
  struct Case {
    Permission permission;
    RulePattern pattern;
  };
  const Case kCases[] = {
      {kRead, RulePattern::Text("")},
      {kRead, RulePattern::Text("exact:")},
      {Permission::kCodeLoad, RulePattern::Text("{}")},
      {Permission::kEnvRead, RulePattern::Text("")},
      {Permission::kSysInfo, RulePattern::Text("")},
      {Permission::kCodeImport, RulePattern::Text("")},
      {Permission::kPluginLoad, RulePattern::Text("")},
      {Permission::kNetConnect, RulePattern::Text("")},
      {Permission::kNetListen, RulePattern::Resolving("", {})},
      {Permission::kNetResolve, RulePattern::Text("")},
      {Permission::kPluginCall, RulePattern::Call("", {}, CallForm::kExact)},
      {Permission::kPluginCall, RulePattern::Text("")},
      {Permission::kSecretUse, RulePattern::Secret({})},
      {Permission::kSecretReveal, RulePattern::Text("")},
      {Permission::kCodeEval, RulePattern::Text("")},
      {Permission::kProcessSpawn, RulePattern::Text("")},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(PermissionSet(c.permission).ToString());
    const RootContext root = MakeContext(Build(AllowingAll("/a", "/one")));
    const Access whole = Access::Whole(c.permission);
    EXPECT_TRUE(root.context->Check(whole).allowed());
    EXPECT_FALSE(
        root.context->Drop(PermissionSet(c.permission), c.pattern).ok());
    EXPECT_EQ(root.context->Check(whole).reason(), Reason::kDropped);
    EXPECT_EQ(root.context->Check(whole).rule(), Decision::kNoRule);
  }
}

TEST(NarrowingTest, ADropOfNoPermissionIsAnError) {
  const RootContext root = MakeContext(Allowing(kRead, "/a"));
  for (const RulePattern& pattern :
       {RulePattern::Whole(), RulePattern::Text("/a")}) {
    EXPECT_EQ(root.context->Drop(PermissionSet(), pattern).message(),
              "expected at least one permission; nothing was dropped");
  }
}

TEST(NarrowingTest, ASecretWithoutPartsIsAnErrorInEveryRule) {
  for (Effect effect : {Effect::kDeny, Effect::kAsk, Effect::kAllow}) {
    Layer layer;
    layer.rules = {MakeRule(effect, PermissionSet(Permission::kSecretUse),
                            RulePattern::Secret({}))};
    PolicySpec spec;
    spec.layers = {layer};
    EXPECT_EQ(PolicyBuilder(spec).Build().status().message(),
              "rule 1 of layer \"\": secret.use expected the parts of a "
              "secret's key, not an empty list");
  }
}

// Nearly as much as braces may stand for.
std::string Expanding(int number) {
  return absl::StrCat("/", number, std::string(1500, 'x'),
                      "{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}");
}

TEST(NarrowingTest, DropsOccupyNoMoreThanTheirBound) {
  DropSet drops;
  const PermissionSet fs = *PermissionSet::Parse("fs");
  const auto add = [&](PermissionSet permissions, const std::string& pattern) {
    EXPECT_TRUE(drops.Add(permissions, RulePattern::Text(pattern), {}).ok());
    EXPECT_LE(drops.MemoryBytes(), DropSet::kMaxBytes);
  };
  const auto is_whole = [&](Permission permission) {
    const Signatures none;
    internal::QueryScope scope;
    scope.signatures = &none;
    return drops.Find(AnyQuery(Access::Path(permission, "/other"), scope))
        .has_value();
  };
  add(fs, Expanding(0));
  const size_t bytes = drops.MemoryBytes();
  EXPECT_GT(bytes, 150000u);
  EXPECT_LT(bytes, 200000u) << "kept once for both";
  EXPECT_FALSE(is_whole(kRead));
  for (int i = 1; i <= static_cast<int>(DropSet::kMaxBytes / bytes); ++i) {
    EXPECT_FALSE(is_whole(kRead)) << i;
    add(fs, Expanding(i));
  }
  EXPECT_TRUE(is_whole(kRead));
  EXPECT_TRUE(is_whole(Permission::kFsWrite));
  // The bound is the context's: what does not fit falls, and that alone.
  EXPECT_FALSE(is_whole(Permission::kDeviceUse));
  add(PermissionSet(Permission::kDeviceUse), "/other/x");
  EXPECT_FALSE(is_whole(Permission::kDeviceUse));
  add(PermissionSet(Permission::kDeviceUse), Expanding(1000));
  EXPECT_TRUE(is_whole(Permission::kDeviceUse));
  EXPECT_FALSE(is_whole(Permission::kCodeLoad));
}

// The ceiling of a host that has its own base directory and variables.
std::shared_ptr<const Policy> Ceiling() {
  PolicySpec spec;
  spec.base_directory = "/srv/app";
  spec.variables["D"] = "/two";
  Layer ceiling;
  ceiling.name = "ceiling";
  ceiling.default_effect = Effect::kAllow;
  ceiling.rules = {
      MakeRule(Effect::kDeny, PermissionSet(kRead), "keys"),
      MakeRule(Effect::kDeny, PermissionSet(kRead), "${D}/x"),
      MakeRule(Effect::kDeny, PermissionSet(Permission::kPluginCall),
               RulePattern::Call("exec.run", {"path:keys"}, CallForm::kList))};
  spec.layers = {ceiling};
  return Build(std::move(spec));
}

void ExpectTheCeilingHolds(const PermissionContext& context) {
  struct Case {
    const char* path;
    bool allowed;
  };
  const Case kCases[] = {{"/srv/app/keys", false},
                         {"/two/x", false},
                         {"/home/u/keys", true},
                         {"/one/x", true},
                         {"keys", true}};
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.path);
    EXPECT_EQ(context.Check(Access::Path(kRead, c.path)).allowed(), c.allowed);
  }
  const CallArg keys[] = {{"/srv/app/keys"}}, other[] = {{"/home/u/keys"}};
  EXPECT_FALSE(context.Check(Access::Call({"exec.run", keys, {}})).allowed());
  EXPECT_TRUE(context.Check(Access::Call({"exec.run", other, {}})).allowed());
}

TEST(NarrowingTest, AContextHasAPolicyAndAnAbsoluteBase) {
  const auto policy = testing::Allowing(Permission::kFsRead, "/a");
  EXPECT_FALSE(PermissionContext::Create(nullptr, {}).ok());
  const RootContext root = testing::MakeContext(policy);
  for (const char* base : {"", "/srv", "/srv//x/."}) {
    ContextOptions options;
    options.base_directory = base;
    EXPECT_TRUE(PermissionContext::Create(policy, options).ok()) << base;
    EXPECT_TRUE(root.context->Derive({}, options).ok()) << base;
  }
  for (const char* base : {"srv", ".", "../srv"}) {
    ContextOptions options;
    options.base_directory = base;
    EXPECT_FALSE(PermissionContext::Create(policy, options).ok()) << base;
    EXPECT_FALSE(root.context->Derive({}, options).ok()) << base;
  }
}

TEST(NarrowingTest, LayersThatCannotBeReadNarrowNothing) {
  const RootContext root =
      testing::MakeContext(testing::Allowing(Permission::kFsRead, "/a"));
  const Access access = Access::Path(Permission::kFsRead, "/a");
  const Layer wrong = testing::MakeLayer(
      "wrong", Effect::kDeny, {{Effect::kDeny, Permission::kFsRead, "/b\\"}});
  EXPECT_FALSE(root.context->Restrict({wrong}).ok());
  EXPECT_FALSE(root.context->Derive({wrong}, {}).ok());
  EXPECT_TRUE(root.context->Check(access).allowed());
  EXPECT_TRUE(
      root.context->Restrict({testing::MakeLayer("none", Effect::kDeny, {})})
          .ok());
  EXPECT_FALSE(root.context->Check(access).allowed());
}

TEST(NarrowingTest, APolicyThatNarrowsKeepsItsOwnTerms) {
  const RootContext root = MakeContext(Build(AllowingAll("/home/u", "/one")));
  const auto child = root.context->DeriveWithin(Ceiling(), {});
  ASSERT_TRUE(child.ok()) << child.status();
  ExpectTheCeilingHolds(**child);
  EXPECT_TRUE(
      root.context->Check(Access::Path(kRead, "/srv/app/keys")).allowed());
  ASSERT_TRUE(root.context->RestrictTo(Ceiling()).ok());
  ExpectTheCeilingHolds(*root.context);
}

TEST(NarrowingTest, APolicyWithoutLayersNarrowsNothing) {
  const RootContext root = MakeContext(Allowing(kRead, "/a"));
  EXPECT_TRUE(root.context->RestrictTo(BuildOrDie({})).ok());
  EXPECT_TRUE(root.context->Check(Access::Path(kRead, "/a")).allowed());
  EXPECT_FALSE(root.context->RestrictTo(nullptr).ok());
}

// By other names of arguments, its rules would be about other calls.
TEST(NarrowingTest, APolicyThatDeclaresAFunctionOtherwiseIsRefused) {
  PolicySpec spec = AllowingAll("", "/one");
  spec.signatures["exec.run"] = {"program", "*args"};
  const RootContext root = MakeContext(Build(spec));
  EXPECT_TRUE(root.context->RestrictTo(Build(spec)).ok());
  for (const std::vector<std::string>& declared :
       std::vector<std::vector<std::string>>{{"*args"}, {"args", "program"}}) {
    spec.signatures["exec.run"] = declared;
    EXPECT_EQ(root.context->RestrictTo(Build(spec)).message(),
              "the policy that narrows declares \"exec.run\" otherwise than "
              "the context's own policy does");
    EXPECT_FALSE(root.context->DeriveWithin(Build(spec), {}).ok());
  }
  spec.signatures.clear();
  spec.signatures["exec.other"] = {"program"};
  EXPECT_FALSE(root.context->RestrictTo(Build(spec)).ok());
}

}  // namespace
}  // namespace postern
