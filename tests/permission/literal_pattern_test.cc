// Text of any characters stands for itself, and for nothing else.

#include "permission/literal_pattern.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/access.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeRule;

constexpr const char* kTexts[] = {
    "plain", "$lib", "${HOME}",  "a*",    "**",    "?",      "[ab]", "{a,b}",
    "a\\b",  "~",    "a b",      "re:.*", "path:", "exact:", "a,b",  "\"\"",
    "x:y",   "-v",   "through:", "file:", "\xff",  "\n",     "#",    "a\tb",
};

Decision Ask(Permission permission, RulePattern pattern, const Access& access) {
  Layer layer;
  layer.name = "grants";
  layer.rules = {
      MakeRule(Effect::kAllow, PermissionSet(permission), std::move(pattern))};
  const RootContext root = testing::MakeContext(BuildOrDie({layer}));
  return root.context->Check(access);
}

TEST(LiteralPatternTest, PathsAreThemselvesWithAllBeneath) {
  for (const std::string text : kTexts) {
    for (const std::string& path : {"/srv/" + text, "/srv/" + text + "/x"}) {
      const RulePattern pattern = RulePattern::Text(LiteralPath(path));
      EXPECT_TRUE(Ask(Permission::kFsRead, pattern,
                      Access::Path(Permission::kFsRead, path))
                      .allowed())
          << path;
      EXPECT_FALSE(Ask(Permission::kFsRead, pattern,
                       Access::Path(Permission::kFsRead, path + "x"))
                       .allowed())
          << path;
    }
  }
}

TEST(LiteralPatternTest, ProgramsAndArgumentsAreThemselves) {
  for (const std::string text : kTexts) {
    const std::string program = absl::StrCat("/srv/", text, "/run");
    const RulePattern pattern = RulePattern::Command(
        LiteralProgram(program), {LiteralArgument(text), LiteralArgument("")});
    const auto asked = [&](const std::string& name, const std::string& first) {
      const CallArg args[] = {{first}, {""}};
      return Ask(Permission::kProcessSpawn, pattern,
                 Access::Command(name, args))
          .allowed();
    };
    EXPECT_TRUE(asked(program, text)) << text;
    EXPECT_FALSE(asked(program, text + "x")) << text;
    EXPECT_FALSE(asked(program, "a")) << text;
    EXPECT_FALSE(asked("/srv/a/run", text)) << text;
  }
}

}  // namespace
}  // namespace postern
