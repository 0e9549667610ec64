#ifndef POSTERN_TESTS_PERMISSION_PATH_BINDING_FIXTURE_H_
#define POSTERN_TESTS_PERMISSION_PATH_BINDING_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/path_binding.h"
#include "tests/permission/policy_fixture.h"
#include "tests/permission/temp_tree.h"

namespace postern {
namespace testing {

using Policies = absl::StatusOr<std::shared_ptr<const Policy>>;

// Binds policies to a tree:
//   usr/bin/{ls,secret}, bin -> usr/bin, sh -> bin/ls (a link through a link),
//   abs -> /.../usr, data/f, up -> ../<root>/data.
class PathBindingTest : public ::testing::Test {
 protected:
  PathBindingTest() {
    tree_.Dir("@/usr");
    tree_.Dir("@/usr/bin");
    tree_.File("@/usr/bin/ls");
    tree_.File("@/usr/bin/secret");
    tree_.Link("@/bin", "usr/bin");
    tree_.Link("@/sh", "bin/ls");
    tree_.Link("@/abs", "@/usr");
    tree_.Dir("@/data");
    tree_.File("@/data/f");
    tree_.Link("@/usr/up", "../data");
  }

  PolicyBuilder Builder(const std::vector<RuleRow>& rows) const {
    PolicyBuilder builder;
    for (const RuleRow& row : rows) {
      const std::string text = tree_.At(row.pattern);
      const RulePattern pattern = RulePattern::Text(text);
      switch (row.effect) {
        case Effect::kAllow:
          builder.Allow(PermissionSet(row.permission), pattern);
          break;
        case Effect::kAsk:
          builder.Ask(PermissionSet(row.permission), pattern);
          break;
        case Effect::kDeny:
          builder.Deny(PermissionSet(row.permission), pattern);
          break;
      }
    }
    return builder;
  }
  Policies TryBind(const std::vector<RuleRow>& rows,
                   std::shared_ptr<const Policy> previous = nullptr,
                   PathBindingOptions options = {}) const {
    return Builder(rows).Bind(std::move(options), std::move(previous)).Build();
  }
  std::shared_ptr<const Policy> Bind(
      const std::vector<RuleRow>& rows,
      std::shared_ptr<const Policy> previous = nullptr,
      PathBindingOptions options = {}) const {
    Policies policy = TryBind(rows, std::move(previous), std::move(options));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return policy.ok() ? *policy : *PolicyBuilder().Bind().Build();
  }

  // What the names that are in a question decide: translated, and as they are.
  template <typename Decider>
  Effect Asked(const Decider& decider, Permission permission,
               absl::string_view path) const {
    return decider.Check(Access::Path(permission, tree_.At(path))).effect();
  }
  template <typename Decider>
  Effect Canonical(const Decider& decider, Permission permission,
                   absl::string_view path) const {
    return decider.Check(Access::CanonicalPath(permission, tree_.At(path)))
        .effect();
  }

  TempTree tree_;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_PATH_BINDING_FIXTURE_H_
