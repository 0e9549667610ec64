#ifndef POSTERN_TESTS_ATTACKS_USES_STAGE_H_
#define POSTERN_TESTS_ATTACKS_USES_STAGE_H_

#include <stdint.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "fs/guarded_fs.h"
#include "gtest/gtest.h"
#include "permission/audit.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "permission/permission.h"
#include "permission/rule.h"
#include "tests/fs/temp_tree.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace testing {

inline PermissionSet Both() {
  return PermissionSet(Permission::kFsRead) |
         PermissionSet(Permission::kFsWrite);
}

// Calls `act` once, while the first access is being decided.
struct Meddler final : AuditSink {
  void Record(const AuditEvent& event) override {
    asked.push_back(event.asked);
    if (act) std::exchange(act, nullptr)();
  }
  std::function<void()> act;
  std::vector<std::string> asked;
};

// A tree and guarded operations on it, by limited rules.
class UsesStage {
 public:
  const fs::testing::TempTree tree;
  Layer layer;
  Meddler meddler;
  bool meddles = false;  // every access is recorded, by which one can meddle
  bool bind = false;
  fs::GuardedFsOptions options;

  std::shared_ptr<UseCounter> Allow(PermissionSet permissions,
                                    absl::string_view name, uint32_t uses) {
    Rule rule =
        MakeRule(Effect::kAllow, permissions, RulePattern::Text(tree / name));
    rule.limits.uses = std::make_shared<UseCounter>(uses);
    layer.rules.push_back(rule);
    return rule.limits.uses;
  }
  void Start() {
    layer.name = "grants";
    PolicyBuilder builder;
    builder.AddLayer(layer);
    if (bind) builder.Bind({});
    auto policy = builder.Build();
    ASSERT_TRUE(policy.ok()) << policy.status();
    ContextOptions context;
    if (meddles) context.audit = &meddler;
    context_ = MakeContext(*std::move(policy), context).context;
    auto made = fs::GuardedFs::Create(
        MakePathMonitor(context_, AcceptUnbound()), options);
    ASSERT_TRUE(made.ok()) << made.status();
    fs_ = *std::move(made);
  }
  const fs::GuardedFs& fs() const { return *fs_; }

 private:
  std::shared_ptr<PermissionContext> context_;
  std::unique_ptr<const fs::GuardedFs> fs_;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_ATTACKS_USES_STAGE_H_
