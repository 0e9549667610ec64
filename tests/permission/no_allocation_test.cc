// A check never allocates, whatever it is asked.

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fs/path_monitor.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/permission/policy_fixture.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace postern {
namespace {

using testing::MakeRule;

constexpr char kFunction[] = "plugin.name_too_long_for_a_small_string";

PolicySpec Spec() {
  PolicySpec spec;
  spec.layers.resize(2);
  spec.signatures[kFunction] = {"program", "*rest"};
  const auto add = [&](Effect effect, const char* permission,
                       RulePattern pattern) {
    spec.layers[0].rules.push_back(MakeRule(
        effect, PermissionSet::Parse(permission).value(), std::move(pattern)));
  };
  add(Effect::kAllow, "fs", RulePattern::Text("/a"));
  add(Effect::kDeny, "fs", RulePattern::Text("/a/*/x/**"));
  add(Effect::kAllow, "fs", RulePattern::Text("/**/a/**/b*"));
  add(Effect::kAllow, "env", RulePattern::Text("HOME_*"));
  add(Effect::kAllow, "plugin.call",
      RulePattern::Call(kFunction, {"{du,a-name-too-long-for-a-small-string}"},
                        CallForm::kList));
  add(Effect::kAllow, "plugin.call",
      RulePattern::Call("plugin.*", {"path:/a", "*"}, CallForm::kExact));
  add(Effect::kAllow, "process.spawn",
      RulePattern::Text("/a/a-name-too-long-for-a-small-string {-k,-m} **"));
  add(Effect::kDeny, "process.spawn", RulePattern::Text("/a/** -x **"));
  add(Effect::kAllow, "secret.use", RulePattern::Secret({"db", "**"}));
  add(Effect::kAllow, "net", RulePattern::Text("*.example.com"));
  add(Effect::kAllow, "net.connect", RulePattern::Text("10.0.0.0/8:1-1023"));
  add(Effect::kDeny, "net.connect", RulePattern::Text("@loopback"));
  spec.layers[1] = spec.layers[0];
  spec.layers[1].precedence = Precedence::kMostSpecific;
  return spec;
}

TEST(NoAllocationTest, ChecksDoNotAllocate) {
  const auto policy = PolicyBuilder(Spec()).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const RootContext root = testing::MakeContext(*policy);
  ASSERT_TRUE(root.context
                  ->Drop(PermissionSet(Permission::kFsRead),
                         RulePattern::Text("/a/d*/**"))
                  .ok());
  const auto child = root.context->Derive({Spec().layers[0]}, {});
  ASSERT_TRUE(child.ok());

  const CallArg args[] = {{"a-name-too-long-for-a-small-string"}};
  const NamedArg named[] = {
      {"program", {"a-name-too-long-for-a-small-string"}}};
  const absl::string_view key[] = {"db", "a-part-too-long-for-a-small-string"};
  std::string many = "/a";
  for (int i = 0; i < 500; ++i) many += "/x/../a";
  const std::vector<Access> accesses = {
      Access::Path(Permission::kFsRead, "/a/b/c"),
      Access::Path(Permission::kFsRead, "//a/./b/../q/x/y"),
      Access::Path(Permission::kFsWrite, many),
      Access::Path(Permission::kFsRead, "/z/a/y/bb"),
      Access::Path(Permission::kFsRead, ""),
      Access::Subtree(Permission::kFsRead, "/a/b"),
      Access::Whole(Permission::kFsRead),
      Access::Name(Permission::kEnvRead, "HOME_SWEET_HOME_AND_MORE_OF_IT"),
      Access::Call({kFunction, args, {}}),
      Access::Call({kFunction, {}, named}),
      Access::Command("/a/a-name-too-long-for-a-small-string", args),
      Access::Command("a-name-too-long-for-a-small-string", args),
      Access::Secret(Permission::kSecretUse, key),
      Access::Endpoint(Permission::kNetConnect,
                       "A-Name-Too-Long-For-A-Small-String.Example.com.:443"),
      Access::Endpoint(Permission::kNetConnect, "[::ffff:10.1.2.3]:443"),
      Access::Endpoint(Permission::kNetListen, "0.0.0.0:80"),
      Access::Endpoint(Permission::kNetResolve, "b\xc3\xbc.example.com"),
      Access::Resolved(Permission::kNetConnect, "a.example.com:443",
                       "[2a00:1450::1]:443"),
  };
  const long before = allocations;
  int allowed = 0;
  for (const Access& access : accesses) {
    allowed += (*policy)->Check(access).allowed();
    allowed += root.context->Check(access).allowed();
    allowed += (*child)->Check(access).allowed();
    // Nor does an acting call, where it has nobody to ask or to tell.
    allowed += (*child)->Enforce(access).allowed();
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(allowed, 12);
}

TEST(NoAllocationTest, QuestionsToABoundPolicyDoNotAllocate) {
  PolicyBuilder builder;
  builder.Allow(PermissionSet(Permission::kFsRead),
                RulePattern::Text("/proc/self/status"));
  const auto policy = builder.Bind().Build();
  if (!policy.ok()) GTEST_SKIP() << policy.status();
  if ((*policy)->binding()->prefixes().empty()) GTEST_SKIP() << "no procfs";
  const RootContext root = testing::MakeContext(*policy);
  const std::string canonical = (*policy)->binding()->prefixes()[0].canonical;
  const long before = allocations;
  for (const Access& access :
       {Access::Path(Permission::kFsRead, "/proc/self/status"),
        Access::Path(Permission::kFsRead, "/proc/self/./../self/status"),
        Access::CanonicalPath(Permission::kFsRead, canonical)}) {
    EXPECT_TRUE((*policy)->Check(access).allowed());
    EXPECT_TRUE(root.context->Check(access).allowed());
  }
  EXPECT_FALSE(
      root.context->Check(Access::Path(Permission::kFsRead, "/proc/self/x"))
          .allowed());
  EXPECT_EQ(allocations - before, 0);
}

TEST(NoAllocationTest, MonitorsOfPathsDoNotAllocate) {
  const auto policy = PolicyBuilder(Spec()).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const RootContext root = testing::MakeContext(*policy);
  ASSERT_TRUE(root.context
                  ->Drop(PermissionSet(Permission::kFsRead),
                         RulePattern::Text("/a/d*/**"))
                  .ok());
  const auto monitor = MakePathMonitor(root.context);
  const fs::Rights both = fs::Right::kRead | fs::Right::kWrite;
  const std::string paths[] = {"/a/b/c",    "/a/q/x/y", "/a/dd/e",
                               "/z/a/y/bb", "/",        ""};
  const long before = allocations;
  int allowed = 0;
  for (const std::string& path : paths) {
    allowed += monitor->Check(both, path).allowed;
    allowed += monitor->Enforce(both, path, path).allowed;
    allowed += monitor->CheckSubtree(both, path).allowed;
    allowed += monitor->IsUniformBelow(both, path);
    allowed += monitor->CheckReplace(path).allowed;
    allowed += monitor->CheckIdentity(both, {1, 2}, path).allowed;
    allowed += monitor->CheckMove(path, "/zz/zz", false).allowed;
    allowed += monitor->CheckNamed(both, path, "/a").allowed;
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(allowed, 12);
}

}  // namespace
}  // namespace postern
