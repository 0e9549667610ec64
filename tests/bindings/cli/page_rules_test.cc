#include "bindings/cli/page_rules.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/page_testing.h"

namespace postern {
namespace cli {
namespace {

// "depth effect pattern" of each rule.
std::vector<std::string> TreeOf(const std::vector<Rule>& rules) {
  PolicySpec spec;
  spec.layers = {Grants(rules)};
  std::vector<std::string> out;
  for (const PlacedRule& placed : RuleTree(spec, "fs")) {
    out.push_back(absl::StrCat(placed.depth, " ",
                               EffectName(placed.rule->effect), " ",
                               placed.rule->pattern.ToString()));
  }
  return out;
}

TEST(PageRulesTest, PathsStandBeneathTheirFolders) {
  EXPECT_EQ(TreeOf({PathRule(Effect::kDeny, "fs", "/srv/app/keys"),
                    PathRule(Effect::kAllow, "fs.read", "/srv/app"),
                    PathRule(Effect::kAllow, "fs.read", "/srv/app-2"),
                    PathRule(Effect::kAllow, "fs.read", "/srv/app/keys/public"),
                    PathRule(Effect::kAsk, "fs.write", "/srv/app"),
                    MakeRule(Effect::kDeny, "fs.write", RulePattern::Whole()),
                    PathRule(Effect::kAllow, "env.read", "HOME")}),
            (std::vector<std::string>{"0 deny (everything)", "0 allow /srv/app",
                                      "0 ask /srv/app", "1 deny /srv/app/keys",
                                      "2 allow /srv/app/keys/public",
                                      "0 allow /srv/app-2"}));
}

TEST(PageRulesTest, VariablesAndTheBaseStandForPaths) {
  PolicySpec spec;
  spec.base_directory = "/srv";
  spec.variables["APP"] = "/srv/app";
  spec.layers = {Grants({PathRule(Effect::kDeny, "fs", "app/keys/**"),
                         PathRule(Effect::kAllow, "fs.read", "${APP}"),
                         PathRule(Effect::kAsk, "fs.read", "/srv/app/keys")})};
  std::vector<size_t> depths;
  for (const PlacedRule& placed : RuleTree(spec, "fs")) {
    depths.push_back(placed.depth);
  }
  EXPECT_EQ(depths, (std::vector<size_t>{0, 1, 2}));
}

TEST(PageRulesTest, DepthIsBounded) {
  std::vector<Rule> rules;
  std::string path;
  for (int i = 0; i < 100; ++i) {
    path += "/d";
    rules.push_back(PathRule(Effect::kAllow, "fs.read", path));
  }
  EXPECT_EQ(TreeOf(rules).back(), absl::StrCat(kMaxDepth, " allow ", path));
  PolicySpec spec;
  spec.layers = {Grants(rules)};
  PageList list(1 << 20);
  AddRules(RuleTree(spec, "fs"), nullptr, &list);
  EXPECT_EQ(CountOf(list.html(), "<li class=\"item\""), 100u);
  EXPECT_EQ(CountOf(list.html(), "<ul"), CountOf(list.html(), "</ul>"));
  EXPECT_EQ(CountOf(list.html(), "<li"), CountOf(list.html(), "</li>"));
}

}  // namespace
}  // namespace cli
}  // namespace postern
