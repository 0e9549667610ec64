#include "tests/permission/engine_under_test.h"

#include <utility>

#include "absl/status/status.h"
#include "permission/builder.h"

namespace postern {
namespace testing {

absl::StatusOr<EngineUnderTest> EngineUnderTest::Build(
    const RandomStack& stack) {
  PolicyBuilder builder(stack.spec);
  if (stack.unconfined) {
    builder.AllowUnconfined(UnconfinedToken::IKnowThatNothingWillBeDenied());
  }
  absl::StatusOr<std::shared_ptr<const Policy>> policy = builder.Build();
  if (!policy.ok()) return policy.status();
  EngineUnderTest engine;
  engine.policy_ = *std::move(policy);
  if (stack.drops.empty()) return engine;
  absl::StatusOr<RootContext> root =
      PermissionContext::Create(engine.policy_, ContextOptions());
  if (!root.ok()) {
    return absl::InternalError(root.status().message());
  }
  engine.context_ = root->context;
  for (const RandomStack::Drop& drop : stack.drops) {
    // What it cannot read it drops whole; the status only says so.
    engine.context_->Drop(drop.permissions, drop.pattern).IgnoreError();
  }
  return engine;
}

Decision EngineUnderTest::Check(const Access& access) const {
  return context_ != nullptr ? context_->Check(access) : policy_->Check(access);
}

}  // namespace testing
}  // namespace postern
