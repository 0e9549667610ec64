// A check writes nothing but its own stack: no count, no lock, no cache line
// that another thread reads. So threads that check do not wait for each other,
// which a benchmark can only make likely. Here all other memory is read-only
// while checks run: a write ends the program.

#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/layer.h"
#include "tests/amount.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;

struct Region {
  uintptr_t begin, end;
};

// What may be written, but for the stack that runs this.
std::vector<Region> Writable() {
  const uintptr_t here =
      reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  std::vector<Region> regions;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, mode) != 3) {
      continue;
    }
    const bool is_stack = begin <= here && here < end;
    if (absl::StartsWith(mode, "rw-p") && !is_stack) {
      regions.push_back({begin, end});
    }
  }
  return regions;
}

bool Protect(const std::vector<Region>& regions, int mode) {
  bool done = true;
  for (const Region& region : regions) {
    done = mprotect(reinterpret_cast<void*>(region.begin),
                    region.end - region.begin, mode) == 0 &&
           done;
  }
  return done;
}

// While a thread has a restartable sequence (rseq(2)), as libc gives each, the
// kernel writes to it whenever it takes the processor away, and ends a program
// that made it read-only.
bool EndsRestartableSequences() {
#ifdef __x86_64__
  if (__rseq_size == 0) return true;
  char* self = nullptr;
  __asm__("mov %%fs:0, %0" : "=r"(self));
  return syscall(SYS_rseq, self + __rseq_offset, sizeof(struct rseq),
                 RSEQ_FLAG_UNREGISTER, RSEQ_SIG) == 0;
#else
  return false;
#endif
}

Layer Grants() {
  Layer layer;
  layer.name = "grants";
  const auto add = [&](Effect effect, Permission permission,
                       RulePattern pattern) {
    layer.rules.push_back(
        MakeRule(effect, PermissionSet(permission), std::move(pattern)));
  };
  for (int i = 0; i < 50; ++i) {
    add(Effect::kAllow, kRead, RulePattern::Text(absl::StrCat("/srv/", i)));
  }
  add(Effect::kAllow, kRead, RulePattern::Text("/srv/*/x*/**"));
  add(Effect::kAsk, kRead, RulePattern::Text("/ask/**"));
  add(Effect::kAllow, Permission::kEnvRead, RulePattern::Text("A*"));
  add(Effect::kAllow, Permission::kNetConnect,
      RulePattern::Text("*.example.org:443"));
  add(Effect::kDeny, Permission::kNetConnect, RulePattern::Text("@private"));
  add(Effect::kAllow, Permission::kSecretUse, RulePattern::Secret({"a", "*"}));
  add(Effect::kAllow, Permission::kPluginCall,
      RulePattern::Call("f.g", {"path:/srv", "{a,b}", "**"}, CallForm::kExact));
  return layer;
}

Layer Limited() {
  Layer layer = Grants();
  for (Rule& rule : layer.rules) {
    if (rule.effect == Effect::kDeny) continue;
    rule.limits.expires = absl::Now() + absl::Hours(24);
    rule.limits.uses = std::make_shared<UseCounter>(3);
  }
  return layer;
}

using Contexts = std::vector<std::shared_ptr<PermissionContext>>;

Contexts AllKinds() {
  const auto plain = BuildOrDie({Grants()});
  Contexts contexts = {MakeContext(plain).context,
                       MakeContext(BuildOrDie({Limited()})).context};
  Layer specific = Grants();
  specific.precedence = Precedence::kMostSpecific;
  contexts.push_back(MakeContext(BuildOrDie({Grants(), specific})).context);
  contexts.push_back(MakeContext(plain).context);
  EXPECT_TRUE(contexts.back()->Restrict({Grants()}).ok());
  auto child = contexts.back()->Derive({Grants()}, {});
  EXPECT_TRUE(child.ok());
  contexts.push_back(*std::move(child));
  for (int count : {1, 40}) {
    contexts.push_back(MakeContext(plain).context);
    for (int i = 0; i < count; ++i) {
      const auto drop = RulePattern::Text(absl::StrCat("/srv/", i, "/d*/**"));
      EXPECT_TRUE(contexts.back()->Drop(PermissionSet(kRead), drop).ok());
    }
  }
  return contexts;
}

// Allocates nothing; how many were allowed.
int CheckAll(const Contexts& contexts) {
  const absl::string_view key[] = {"a", "b"};
  const CallArg args[] = {{"/srv/x"}, {"b"}};
  const Access accesses[] = {
      Access::Path(kRead, "/srv/1/a"),
      Access::Path(kRead, "/srv/../srv//2/x/y"),
      Access::Path(kRead, "/ask/me"),
      Access::Path(kRead, "/srv/0/dropped"),
      Access::Subtree(kRead, "/srv/1"),
      Access::Whole(kRead),
      Access::Name(Permission::kEnvRead, "AB"),
      Access::Endpoint(Permission::kNetConnect, "www.example.org:443"),
      Access::Resolved(Permission::kNetConnect, "www.example.org:443",
                       "10.1.2.3:443"),
      Access::Secret(Permission::kSecretUse, key),
      Access::Call({"f.g", args, {}}),
  };
  int allowed = 0;
  for (const auto& context : contexts) {
    for (const Access& access : accesses) {
      allowed += context->Check(access).allowed() ? 1 : 0;
    }
  }
  return allowed;
}

TEST(NoWriteTest, ACheckWritesNothingThatThreadsShare) {
  if (testing::IsSanitized()) GTEST_SKIP() << "sanitizers write beside";
  if (!EndsRestartableSequences()) GTEST_SKIP() << "the kernel writes beside";
  const Contexts contexts = AllKinds();
  const int want = CheckAll(contexts);  // functions are found by now
  const std::vector<Region> regions = Writable();
  ASSERT_FALSE(regions.empty());
  const bool protects = Protect(regions, PROT_READ);
  const int allowed = CheckAll(contexts);
  const bool restored = Protect(regions, PROT_READ | PROT_WRITE);
  EXPECT_TRUE(protects && restored);
  EXPECT_EQ(allowed, want);
  EXPECT_GT(want, 20);
}

}  // namespace
}  // namespace postern
