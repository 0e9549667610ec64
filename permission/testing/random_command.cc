#include <string>

#include "absl/strings/str_cat.h"
#include "permission/testing/random_policy.h"

namespace postern {
namespace testing {
namespace {

constexpr const char* kPrograms[] = {
    "/a", "/b",  "/a/b",   "/a/a", "/a/b/a", "/a/../b", "a",
    "b",  "./a", "../a/b", "/",    "/a b",   "c"};
constexpr const char* kProgramPatterns[] = {
    "/a", "/a", "/a/b", "/a/*",   "/a/**",     "/**/a",  "*",  "a",
    "a",  "b",  "/?",   "/{a,b}", "/a/{a,**}", "/a\\ b", "/*", "/{a,b/a}"};
// Each is refused, or has a meaning that is easy to get wrong.
constexpr const char* kOddCommands[] = {
    "",       " ",     "a ",         " a",    "a  a", "exact:/a",
    "a*",     "{a,b}", "A=1 a",      "/a\tb", "/",    "/a ** a",
    "/a b\\", ".",     "a/..",       "$a",    "~a",   "through:",
    "/**",    "** a",  "/a \\\"\\\""};
constexpr const char* kArgs[] = {"a", "b", "", "a b", "-a", "/a", "\"\"", "ab"};
constexpr const char* kArgPatterns[] = {
    "a",       "b",  "*",      "{a,b}", "\"\"",     "a\\ b", "re:a.*",
    "path:/a", "-a", "re:a|b", "a",     "\\\"\\\"", "--"};

}  // namespace

void RandomPolicy::NextCommandRule(Rule* rule) {
  rule->permissions = PermissionSet(Permission::kProcessSpawn);
  if (OneIn(16)) return;
  const bool through = rule->effect == Effect::kAllow && OneIn(5);
  std::string text =
      absl::StrCat(through ? "through:" : "", Pick(kProgramPatterns));
  for (int i = Below(3); i > 0; --i) {
    absl::StrAppend(&text, " ", Pick(kArgPatterns));
  }
  if (OneIn(3)) absl::StrAppend(&text, " **");
  rule->pattern = RulePattern::Text(text);
}

RulePattern RandomPolicy::OddCommand() {
  return RulePattern::Text(Pick(kOddCommands));
}

OwnedAccess RandomPolicy::CommandAccess() {
  OwnedAccess access;
  access.permission = Permission::kProcessSpawn;
  access.form = Access::Form::kCommand;
  access.text = Pick(kPrograms);
  access.through = OneIn(3);
  for (int i = Below(4); i > 0; --i) {
    access.args.push_back({Pick(kArgs), !OneIn(60)});
  }
  return access;
}

}  // namespace testing
}  // namespace postern
