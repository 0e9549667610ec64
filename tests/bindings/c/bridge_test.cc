#include "bindings/c/bridge.h"

#include <cstring>
#include <memory>

#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"

namespace postern {
namespace {

constexpr Permission kRead = Permission::kFsRead;

bool AllowedByHandle(const postern_context* handle) {
  postern_access access = {};
  access.struct_size = sizeof(access);
  access.permission = POSTERN_FS_READ;
  access.form = POSTERN_FORM_PATH;
  access.text = {"/srv/a", 6};
  postern_decision decision = {};
  EXPECT_EQ(postern_check(handle, &access, &decision, nullptr), POSTERN_OK);
  return postern_decision_allowed(decision) == 1;
}

TEST(BridgeTest, AContextOfCppHasAHandle) {
  PolicyBuilder rules;
  rules.Allow(PermissionSet(kRead), RulePattern::Text("/srv"));
  auto root = PermissionContext::Create(*rules.Build(), ContextOptions());
  ASSERT_TRUE(root.ok());
  postern_context* const handle = c::NewHandle(root->context);
  EXPECT_TRUE(AllowedByHandle(handle));
  EXPECT_EQ(c::ContextOf(handle).get(), root->context.get());
  // One context: what is dropped here is gone there.
  ASSERT_TRUE(
      root->context->Drop(PermissionSet(kRead), RulePattern::Whole()).ok());
  EXPECT_FALSE(AllowedByHandle(handle));
  postern_context_free(handle);
  EXPECT_FALSE(root->context->Check(Access::Path(kRead, "/srv/a")).allowed());
}

void Count(void* count, const postern_audit_event*) {
  ++*static_cast<int*>(count);
}
void Release(void* count) { *static_cast<int*>(count) += 100; }

TEST(BridgeTest, AContextOfCKeepsItsCallbacks) {
  int count = 0;
  const postern_bytes flag = {"--allow-fs-read=/srv", 20};
  postern_policy* policy = nullptr;
  postern_context* handle = nullptr;
  postern_context_options options = {};
  options.struct_size = sizeof(options);
  options.audit = &Count;
  options.user_data = &count;
  options.release = &Release;
  ASSERT_EQ(postern_policy_from_flags(&flag, 1, nullptr, &policy, nullptr),
            POSTERN_OK);
  ASSERT_EQ(postern_context_new(policy, &options, &handle, nullptr, nullptr),
            POSTERN_OK);
  postern_policy_free(policy);
  std::shared_ptr<PermissionContext> context = c::ContextOf(handle);
  postern_context_free(handle);
  EXPECT_TRUE(context->Enforce(Access::Path(kRead, "/srv/a")).allowed());
  EXPECT_EQ(count, 1);
  context.reset();
  EXPECT_EQ(count, 101);
}

TEST(BridgeTest, NullIsNoContext) { EXPECT_EQ(c::ContextOf(nullptr), nullptr); }

}  // namespace
}  // namespace postern
