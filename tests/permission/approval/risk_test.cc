#include "permission/approval/risk.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace postern {
namespace {

std::string Codes(absl::string_view permission, const RulePattern& pattern) {
  return absl::StrJoin(
      RisksOf(PermissionSet::Parse(permission).value(), pattern), " ",
      [](std::string* out, const RiskNote& note) {
        absl::StrAppend(out, note.code);
      });
}

struct Case {
  const char* permission;
  const char* pattern;
  const char* codes;
};

TEST(RiskTest, NotesOnPathsAndNames) {
  constexpr Case kCases[] = {
      {"fs.read", "/srv/app/data", ""},
      {"fs.read", "/", "broad-path"},
      {"fs.read", "/etc", "broad-path"},
      {"fs.read", "/etc/", "broad-path"},
      {"fs.read", "//etc/.", "broad-path"},
      {"fs.read", "/etc/ssl", ""},
      {"fs.read", "/srv/{a,b}", ""},
      {"fs.read", "/{srv/a,etc}", "broad-path"},
      {"fs.read", "/home/jo", "broad-path"},
      {"fs.read", "/home/jo/notes", ""},
      {"fs.read", "${HOME}", "broad-path"},
      {"fs.read", "${HOME}/notes", ""},
      {"fs.read", "/**", "broad-path"},
      {"fs.read", "/**/secret", "broad-path"},
      {"fs.read", "/srv/app/**", ""},
      {"fs.read", "exact:/etc", ""},
      {"fs.read", "../../..", "broad-path"},
      {"fs.read", "[", "unreadable-pattern"},
      {"fs.write", "/srv/app/data", "write-access"},
      {"fs.write", "/", "voids-model broad-path write-access"},
      {"fs.write", "/proc", "voids-model broad-path write-access"},
      {"fs.write", "/proc/self/mem", "voids-model write-access"},
      {"fs.write", "exact:/proc/self/mem", "voids-model write-access"},
      {"fs.write", "/./proc//self", "voids-model write-access"},
      {"fs.write", "/p*c/self/mem", "voids-model write-access"},
      {"fs.write", "/{srv/a,proc/1}", "voids-model write-access"},
      {"fs.write", "/**/mem", "voids-model broad-path write-access"},
      {"fs.write", "/processes/x", "write-access"},
      {"fs.read", "/proc/self", ""},
      {"fs", "/srv/app/data", "write-access"},
      {"code.load", "/srv/app/a.so", "voids-model"},
      {"process.spawn", "/usr/bin/du", ""},
      {"process.spawn", "/bin/sh", "voids-model"},
      {"process.spawn", "python3.11", "voids-model"},
      {"process.spawn", "shred", ""},
      {"env.read", "*", "every-resource"},
      {"env.read", "LANG", ""},
      {"net.listen", ":8080", "accepts-connections"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.permission, " ", c.pattern));
    EXPECT_EQ(Codes(c.permission, RulePattern::Text(c.pattern)), c.codes);
  }
}

TEST(RiskTest, NotesOnWholePermissions) {
  constexpr Case kCases[] = {
      {"fs.read", "", "every-resource"},
      {"fs.write", "", "voids-model every-resource write-access"},
      {"process.spawn", "", "voids-model every-resource"},
      {"debug.attach", "", "voids-model"},
      {"thread.create", "", ""},
      {"code.eval", "", "code-from-outside"},
      {"secret.reveal", "", "every-resource sees-secret"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.permission);
    EXPECT_EQ(Codes(c.permission, RulePattern::Whole()), c.codes);
  }
}

TEST(RiskTest, NotesOnCalls) {
  const struct {
    std::vector<std::string> args;
    CallForm form;
    const char* codes;
  } kCases[] = {
      {{"du"}, CallForm::kExact, ""},
      {{"du"}, CallForm::kList, "further-arguments"},
      {{}, CallForm::kList, "further-arguments"},
      {{"du", "*"}, CallForm::kExact, "any-argument"},
      {{"du", "**"}, CallForm::kExact, "any-argument"},
      {{"/bin/bash"}, CallForm::kExact, "interpreter"},
      {{"bash"}, CallForm::kList, "further-arguments interpreter"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrJoin(c.args, " "));
    EXPECT_EQ(
        Codes("plugin.call", RulePattern::Call("exec.in.run", c.args, c.form)),
        c.codes);
  }
}

}  // namespace
}  // namespace postern
