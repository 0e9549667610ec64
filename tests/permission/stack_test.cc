// How much stack a check of a short name needs, for hosts whose threads have
// small ones: measured on a painted stack. docs/policy_reference.md has the
// bound.

#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/layer.h"
#include "tests/amount.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::MakeRule;

constexpr size_t kShort = 8 << 10;
constexpr size_t kShortSubtree = 9 << 10;
constexpr size_t kShortBytes = 254;  // and a base directory of one
constexpr size_t kLongest = 64 << 10;
constexpr size_t kStack = 1 << 20;
constexpr char kPaint = '\x5a';

struct Run {
  ucontext_t back, there;
  const std::function<void()>* body;
};
Run* running = nullptr;  // makecontext(3) hands on integers alone

// Runs `body` on a stack of its own and tells how deep it went. Twice, since
// the first call of a function in a shared library also looks for it.
size_t StackOf(const std::function<void()>& body) {
  body();
  char* const memory =
      static_cast<char*>(mmap(nullptr, kStack, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  EXPECT_NE(memory, MAP_FAILED);
  std::memset(memory, kPaint, kStack);
  Run run;
  run.body = &body;
  running = &run;
  EXPECT_EQ(getcontext(&run.there), 0);
  run.there.uc_stack.ss_sp = memory;
  run.there.uc_stack.ss_size = kStack;
  run.there.uc_link = &run.back;
  makecontext(
      &run.there, +[] { (*running->body)(); }, 0);
  EXPECT_EQ(swapcontext(&run.back, &run.there), 0);
  size_t untouched = 0;
  while (untouched < kStack && memory[untouched] == kPaint) ++untouched;
  munmap(memory, kStack);
  return kStack - untouched;
}

Layer PathLayer(const char* name, Precedence precedence,
                const std::vector<std::pair<Effect, const char*>>& rules) {
  Layer layer;
  layer.name = name;
  layer.precedence = precedence;
  for (const auto& rule : rules) {
    layer.rules.push_back(
        MakeRule(rule.first, PermissionSet(Permission::kFsRead), rule.second));
  }
  return layer;
}

Layer Grants(Precedence precedence) {
  Layer layer = PathLayer("grants", precedence,
                          {{Effect::kAllow, "/srv/app"},
                           {Effect::kAllow, "/srv/app/**/a*b*c/**"},
                           {Effect::kAllow, "/srv/*/?x*/**"},
                           {Effect::kAsk, "/srv/app/**/n*/**/o*/**"},
                           {Effect::kAllow, "/srv/**/a*/**"},
                           {Effect::kDeny, "/srv/**/a*b/**"},
                           {Effect::kDeny, "/**/.ssh/**"}});
  for (int i = 0; i < 30; ++i) {
    layer.rules.push_back(
        MakeRule(Effect::kAllow, PermissionSet(Permission::kFsRead),
                 RulePattern::Text(absl::StrCat("/usr/", i))));
  }
  const auto add = [&](Effect effect, Permission permission,
                       RulePattern pattern) {
    layer.rules.push_back(
        MakeRule(effect, PermissionSet(permission), std::move(pattern)));
  };
  add(Effect::kAllow, Permission::kEnvRead, RulePattern::Text("A*"));
  add(Effect::kAllow, Permission::kNetConnect,
      RulePattern::Resolving("*.example.org:443", {"10.0.0.0/8"}));
  add(Effect::kDeny, Permission::kNetConnect, RulePattern::Text("@private"));
  add(Effect::kDeny, Permission::kNetResolve, RulePattern::Text("x.example"));
  add(Effect::kAllow, Permission::kSecretUse, RulePattern::Secret({"a", "*"}));
  add(Effect::kAllow, Permission::kPluginCall,
      RulePattern::Call("f.g", {"path:/srv", "{a,b}", "**"}, CallForm::kExact));
  return layer;
}

std::shared_ptr<PermissionContext> Context(std::vector<Layer> layers) {
  return testing::MakeContext(testing::BuildOrDie(std::move(layers))).context;
}

std::shared_ptr<PermissionContext> Deepest(
    std::shared_ptr<PermissionContext> context) {
  for (int i = 0; i < PermissionContext::kMaxDepth; ++i) {
    auto child = context->Derive({}, {});
    EXPECT_TRUE(child.ok());
    context = *std::move(child);
  }
  return context;
}

std::shared_ptr<PermissionContext> Bound(Layer layer) {
  auto policy = PolicyBuilder().AddLayer(std::move(layer)).Bind().Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  return testing::MakeContext(*std::move(policy)).context;
}

struct Named {
  const char* name;
  std::shared_ptr<PermissionContext> context;
};

std::vector<Named> Contexts() {
  std::vector<Named> contexts;
  contexts.push_back(
      {"deny overrides", Context({Grants(Precedence::kDenyOverrides)})});
  contexts.push_back(
      {"most specific", Context({Grants(Precedence::kMostSpecific)})});
  for (Precedence precedence :
       {Precedence::kDenyOverrides, Precedence::kMostSpecific}) {
    Layer limited = Grants(precedence);
    for (Rule& rule : limited.rules) {
      if (rule.effect != Effect::kDeny) rule.limits.session = "s";
    }
    contexts.push_back({"limits", Context({limited})});
  }
  contexts.push_back(
      {"deepest", Deepest(Context({Grants(Precedence::kDenyOverrides)}))});
  contexts.push_back({"bound", Bound(Grants(Precedence::kDenyOverrides))});
  contexts.push_back({"drops", Context({Grants(Precedence::kDenyOverrides)})});
  for (int i = 0; i < 100; ++i) {
    const auto drop = [&](Permission permission, const std::string& pattern) {
      EXPECT_TRUE(
          contexts.back()
              .context
              ->Drop(PermissionSet(permission), RulePattern::Text(pattern))
              .ok());
    };
    drop(Permission::kFsRead, absl::StrCat("/srv/app/*/", i, "*/**"));
    drop(Permission::kFsRead, absl::StrCat("/srv/app/", i));
    drop(Permission::kEnvRead, absl::StrCat("A", i, "*"));
    drop(Permission::kNetConnect, absl::StrCat("*.x", i, ".example.org"));
  }
  return contexts;
}

// `start` and as many names as `bytes` bytes hold.
std::string WithNames(std::string start, size_t bytes) {
  while (start.size() + 2 <= bytes) start += "/a";
  return start;
}

// Paths of many names, and one that two patterns with stars are compared for.
void ForEachPath(size_t bytes, const std::function<void(const Access&)>& use) {
  for (const std::string& path :
       {WithNames("", bytes), WithNames("/srv/app", bytes),
        WithNames("/srv/app", bytes / 2), WithNames("/srv/x/aab", bytes),
        std::string("/srv/x/aab")}) {
    const CallArg args[] = {{path}, {"b"}, {path}};
    use(Access::Path(Permission::kFsRead, path));
    use(Access::CanonicalPath(Permission::kFsRead, path));
    use(Access::Subtree(Permission::kFsRead, path));
    use(Access::Call({"f.g", args, {}}));
  }
}

// Calls `use` with an access of each form, of about `bytes` bytes.
void ForEach(size_t bytes, const std::function<void(const Access&)>& use) {
  std::string path = "/srv/app";
  while (path.size() + 8 < bytes) path += "/name/o./a";
  path.resize(std::min(path.size(), bytes));
  const std::string relative = path.substr(1);
  const std::string name(bytes, 'A');
  const std::string label = std::string(std::min<size_t>(bytes, 60), 'a');
  const std::string host = absl::StrCat(label, ".example.org:443");
  const absl::string_view key[] = {"a", name};
  const CallArg args[] = {{path}, {"b"}, {relative}};
  use(Access::Path(Permission::kFsRead, path));
  use(Access::Path(Permission::kFsWrite, path));
  use(Access::Path(Permission::kFsRead, absl::StrCat("/x/../", path)));
  use(Access::Path(Permission::kFsRead, relative));
  use(Access::CanonicalPath(Permission::kFsRead, path));
  use(Access::Subtree(Permission::kFsRead, path));
  use(Access::Name(Permission::kEnvRead, name));
  use(Access::Endpoint(Permission::kNetConnect, host));
  use(Access::Resolved(Permission::kNetConnect, host, "10.1.2.3:443"));
  use(Access::Secret(Permission::kSecretUse, key));
  use(Access::Call({"f.g", args, {}}));
  use(Access::Whole(Permission::kFsRead));
}

// A bound policy has yet to spell such a path.
bool IsWrittenPath(const Access& access) {
  return (access.form() == Access::Form::kPath ||
          access.form() == Access::Form::kSubtree) &&
         !access.is_canonical();
}

void ExpectWithin(size_t most, size_t most_of_subtree, size_t bytes) {
  for (const Named& named : Contexts()) {
    const PermissionContext& context = *named.context;
    const Policy& policy = *context.policy();
    const auto expect = [&](const Access& access) {
      const size_t used = StackOf([&] {
        static_cast<void>(context.Check(access));
        static_cast<void>(policy.Check(access));
      });
      const std::string what = absl::StrCat(
          named.name, ", form ", static_cast<int>(access.form()), ", ",
          access.text().substr(0, 20), " of ", access.text().size(), " bytes");
      std::printf("%s: %zu bytes of stack\n", what.c_str(), used);
      const bool subtree = access.form() == Access::Form::kSubtree;
      const bool spelled = policy.binding() != nullptr && IsWrittenPath(access);
      EXPECT_LE(used, spelled   ? kLongest
                      : subtree ? most_of_subtree
                                : most)
          << what;
    };
    ForEach(bytes, expect);
    ForEachPath(bytes, expect);
  }
}

TEST(StackTest, AShortNameNeedsLittleStack) {
  if (testing::IsSanitized()) GTEST_SKIP() << "frames are larger";
  ExpectWithin(kShort, kShortSubtree, kShortBytes);
}

TEST(StackTest, TheLongestNamesNeedNoMoreThanPromised) {
  if (testing::IsSanitized()) GTEST_SKIP() << "frames are larger";
  ExpectWithin(kLongest, kLongest, 4080);
}

}  // namespace
}  // namespace postern
