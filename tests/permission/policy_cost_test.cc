// What hostile text makes a policy cost, by counting.

#include <malloc.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::MakeRule;

constexpr char kDigits[] = "{0,1,2,3,4,5,6,7,8,9}";

// As many rules with patterns that begin so as 400 KB hold; each is another.
Layer FilledWith(PermissionSet permissions,
                 RulePattern (*make)(const std::string& text),
                 const std::string& pattern) {
  Layer layer;
  layer.name = "grants";
  for (size_t bytes = 0; bytes < 400000; bytes += pattern.size()) {
    const std::string text = absl::StrCat(pattern, layer.rules.size());
    layer.rules.push_back(MakeRule(Effect::kAllow, permissions, make(text)));
  }
  return layer;
}

RulePattern Path(const std::string& text) { return RulePattern::Text(text); }
RulePattern Argument(const std::string& text) {
  return RulePattern::Call("exec.in.run", {text.substr(1)}, CallForm::kExact);
}

size_t HeapBytes() { return mallinfo2().uordblks; }

TEST(PolicyCostTest, BracesAreBounded) {
  const PermissionSet read(Permission::kFsRead);
  const PermissionSet call(Permission::kPluginCall);
  for (const std::string& pattern :
       {absl::StrCat("/", std::string(3900, 'a'), kDigits, kDigits, kDigits),
        absl::StrCat("/", std::string(190, 'a'), kDigits, kDigits, kDigits),
        absl::StrCat("/", kDigits, kDigits, kDigits),
        absl::StrCat("/x/{", std::string(900, ','), "}")}) {
    for (const Layer& layer : {FilledWith(read, Path, pattern),
                               FilledWith(call, Argument, pattern)}) {
      const absl::Status status =
          PolicyBuilder().AddLayer(layer).Build().status();
      EXPECT_FALSE(status.ok()) << pattern.substr(0, 100);
      EXPECT_TRUE(absl::StrContains(status.message(), "expand to more than") ||
                  absl::StrContains(status.message(), "bytes in all"))
          << status;
    }
  }
}

// The most that is accepted stays within 20 times the text.
TEST(PolicyCostTest, WhatBracesMakeIsInProportionToTheText) {
  const std::string pattern =
      absl::StrCat("/", std::string(1000, 'a'), "{0,1}");
  const Layer layer =
      FilledWith(PermissionSet(Permission::kFsRead), Path, pattern);
  const Layer more = FilledWith(
      PermissionSet(Permission::kFsRead), Path,
      absl::StrCat("/", kDigits, kDigits, kDigits, "/", std::string(30, 'b')));
  const auto builds = [&](size_t count) {
    Layer both = layer;
    both.rules.insert(both.rules.end(), more.rules.begin(),
                      more.rules.begin() + static_cast<ptrdiff_t>(count));
    return PolicyBuilder().AddLayer(both).Build();
  };
  size_t accepted = 0;
  for (size_t step = 64; step > 0; step /= 2) {
    if (builds(accepted + step).ok()) accepted += step;
  }
  EXPECT_GT(accepted, 10u);
  EXPECT_LT(accepted, 127u);
  const size_t before = HeapBytes();
  const auto policy = builds(accepted);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_LE(HeapBytes() - before, 20u * 400000);
}

TEST(PolicyCostTest, OrdinaryBracesAreAccepted) {
  Layer layer;
  for (int i = 0; i < 2000; ++i) {
    layer.rules.push_back(MakeRule(
        Effect::kDeny, PermissionSet(Permission::kFsRead),
        RulePattern::Text(absl::StrCat(
            "/home/u", i, "/.{ssh,gnupg,aws,kube,docker,netrc,pki}/**"))));
  }
  EXPECT_TRUE(PolicyBuilder().AddLayer(layer).Build().ok());
}

}  // namespace
}  // namespace postern
