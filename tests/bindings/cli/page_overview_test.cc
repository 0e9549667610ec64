#include "bindings/cli/page_overview.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "tests/bindings/cli/page_testing.h"

namespace postern {
namespace cli {
namespace {

std::string ExtentOf(absl::string_view permission, std::vector<Layer> layers) {
  PolicySpec spec;
  spec.layers = std::move(layers);
  const auto policy = PolicyBuilder(std::move(spec)).Build().value();
  for (const PermissionExtent& one :
       ExtentsOf(*policy, policy->spec(), absl::UnixEpoch())) {
    if (PermissionName(one.permission) == permission) {
      return std::string(ExtentInWords(one.extent));
    }
  }
  return "";
}

TEST(PageOverviewTest, TellsHowMuchIsGranted) {
  const Rule whole = MakeRule(Effect::kAllow, "fs.read", RulePattern::Whole());
  const Rule some = PathRule(Effect::kAllow, "fs.read", "/srv");
  const Rule hole = PathRule(Effect::kDeny, "fs.read", "/srv/keys");
  const Rule none = MakeRule(Effect::kDeny, "fs", RulePattern::Whole());
  const Rule asked = MakeRule(Effect::kAsk, "fs.read", RulePattern::Whole());
  Rule expired = some;
  expired.limits.expires = absl::UnixEpoch();
  Layer audit = Grants({whole});
  audit.mode = Mode::kAudit;
  Layer ceiling = Grants({none});
  ceiling.default_effect = Effect::kAllow;
  ceiling.name = "ceiling";
  EXPECT_EQ(ExtentOf("fs.read", {}), "denied");
  EXPECT_EQ(ExtentOf("fs.read", {audit}), "denied");
  EXPECT_EQ(ExtentOf("fs.read", {Grants({some})}), "granted in part");
  EXPECT_EQ(ExtentOf("fs.write", {Grants({some})}), "denied");
  EXPECT_EQ(ExtentOf("fs.read", {Grants({whole})}), "granted for everything");
  EXPECT_EQ(ExtentOf("fs.read", {Grants({whole, hole})}),
            "granted, with exceptions");
  EXPECT_EQ(ExtentOf("fs.read", {Grants({asked})}),
            "granted if a person agrees");
  EXPECT_EQ(ExtentOf("fs.read", {Grants({expired})}), "denied");
  EXPECT_EQ(ExtentOf("fs.read", {Grants({whole, none})}), "denied");
  EXPECT_EQ(ExtentOf("fs.read", {Grants({whole}), ceiling}), "denied");
}

}  // namespace
}  // namespace cli
}  // namespace postern
