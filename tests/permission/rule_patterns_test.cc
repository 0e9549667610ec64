// What a rule's pattern may not be, in each kind of pattern.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

absl::Status TryRule(Permission permission, RulePattern pattern) {
  Layer layer;
  layer.rules = {testing::MakeRule(Effect::kAllow, PermissionSet(permission),
                                   std::move(pattern))};
  return PolicyBuilder()
      .SetBaseDirectory("/base")
      .AddLayer(layer)
      .Build()
      .status();
}

// One pattern of each kind with `text` as what a name or a part of it is.
struct Kind {
  Permission permission;
  RulePattern pattern;
  const char* name;
};
std::vector<Kind> EachKind(const std::string& text) {
  return {
      {Permission::kFsRead, RulePattern::Text("/" + text), "path"},
      {Permission::kEnvRead, RulePattern::Text(text), "name"},
      {Permission::kCodeImport, RulePattern::Text(text), "module"},
      {Permission::kSecretReveal, RulePattern::Secret({"a", text}), "secret"},
      {Permission::kPluginCall,
       RulePattern::Call("p.f", {text}, CallForm::kExact), "argument"},
  };
}

TEST(RulePatternsTest, HoldNoNulByte) {
  for (const Kind& kind : EachKind(std::string("a\0b", 3))) {
    const absl::Status status = TryRule(kind.permission, kind.pattern);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << kind.name;
    EXPECT_TRUE(absl::StrContains(status.message(), "a NUL byte"))
        << kind.name << ": " << status;
  }
}

TEST(RulePatternsTest, DoNotEndInAnEscape) {
  for (const Kind& kind : EachKind("a\\")) {
    const absl::Status status = TryRule(kind.permission, kind.pattern);
    EXPECT_TRUE(absl::StrContains(status.message(),
                                  "expected a character after \"\\\""))
        << kind.name << ": " << status;
  }
}

TEST(RulePatternsTest, EscapesStandForTheByteItself) {
  for (const Kind& kind : EachKind("a\\\\")) {
    EXPECT_TRUE(TryRule(kind.permission, kind.pattern).ok()) << kind.name;
  }
}

TEST(RulePatternsTest, ARegularExpressionIsWellFormed) {
  for (const char* wrong :
       {"re:(", "re:[a", "re:a{9999}", "re:(?=a)", "re:*"}) {
    const absl::Status status =
        TryRule(Permission::kPluginCall,
                RulePattern::Call("p.f", {wrong}, CallForm::kExact));
    EXPECT_TRUE(absl::StrContains(status.message(), "not a regular expression"))
        << wrong << ": " << status;
  }
}

TEST(RulePatternsTest, AUrlEndsItsHostBeforeAStar) {
  const struct {
    const char* text;
    bool ok;
    const char* why;
  } kCases[] = {
      {"https://a.test/*", true, "the host is whole"},
      {"https://a.test", true, "no star"},
      {"https://*", true, "every host"},
      {"data:*", true, "no host"},
      {"https://a.test*", false, "a.test.evil, too"},
      {"https://a*", false, "every host that begins so"},
  };
  for (const auto& c : kCases) {
    const absl::Status status =
        TryRule(Permission::kCodeImport, RulePattern::Text(c.text));
    EXPECT_EQ(status.ok(), c.ok) << c.text << ": " << c.why << ", " << status;
  }
}

TEST(RulePatternsTest, ABaseDirectoryIsAbsoluteOrNone) {
  const struct {
    const char* base;
    const char* pattern;
    bool ok;
  } kCases[] = {
      {"/srv", "x", true},    {"/srv/./a//b", "x", true}, {"srv", "/x", false},
      {"./srv", "/x", false}, {"", "/x", true},           {"", "x", false},
  };
  for (const auto& c : kCases) {
    Layer layer;
    layer.rules = {testing::MakeRule(
        Effect::kAllow, PermissionSet(Permission::kFsRead), c.pattern)};
    const absl::Status status = PolicyBuilder()
                                    .SetBaseDirectory(c.base)
                                    .AddLayer(layer)
                                    .Build()
                                    .status();
    EXPECT_EQ(status.ok(), c.ok)
        << "\"" << c.base << "\", \"" << c.pattern << "\": " << status;
  }
}

}  // namespace
}  // namespace postern
