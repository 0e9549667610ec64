// Classes of published bypasses that the decision core answers. Each test
// names the ids whose mistake it would repeat.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/text/display.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeRule;

constexpr Permission kRead = Permission::kFsRead;

std::shared_ptr<const Policy> AllowingAll(
    const std::vector<std::string>& paths) {
  Layer layer;
  for (const std::string& path : paths) {
    layer.rules.push_back(MakeRule(Effect::kAllow, PermissionSet(kRead),
                                   RulePattern::Text(path)));
  }
  return BuildOrDie({layer});
}

bool Allows(const Policy& policy, const std::string& path) {
  return policy.Check(Access::Path(kRead, path)).allowed();
}

const std::vector<std::string>& Grants() {
  static const auto* const kGrants = new std::vector<std::string>{
      "/srv/app/data",  "/srv/app/data.old", "/srv/application",
      "/srv/app/*.txt", "/srv/**/cache",     "exact:/srv/app/config",
      "/srv/a",         "/tmp/prefix*"};
  return *kGrants;
}

const std::vector<std::string>& Questions() {
  static const auto* const kQuestions =
      new std::vector<std::string>{"/",
                                   "/srv",
                                   "/srv/app",
                                   "/srv/app/data",
                                   "/srv/app/data/x",
                                   "/srv/app/dat",
                                   "/srv/app/data2",
                                   "/srv/app/data.old/y",
                                   "/srv/application/x",
                                   "/srv/app/a.txt",
                                   "/srv/app/a.txt/b",
                                   "/srv/app/sub/a.txt",
                                   "/srv/x/y/cache",
                                   "/srv/cache",
                                   "/srv/x/y/cache/z",
                                   "/srv/app/config",
                                   "/srv/app/config/x",
                                   "/srv/a/b",
                                   "/srv/ab",
                                   "/tmp/prefix",
                                   "/tmp/prefix123",
                                   "/tmp/prefix/x",
                                   "/tmp/pref"};
  return *kQuestions;
}

// CVE-2024-21890, CVE-2026-106071: a wildcard that was read as something else
// than it says, so that a grant was wider than its words.
TEST(BypassClassTest, AWildcardReadDifferentlyThanWritten) {
  EXPECT_FALSE(Allows(*AllowingAll({"/tmp/prefix*"}), "/tmp/prefix/x"));
  EXPECT_FALSE(Allows(*AllowingAll({"/tmp/*/x"}), "/tmp/a/b/x"));
  EXPECT_FALSE(Allows(*AllowingAll({"/srv/app/*.txt"}), "/srv/app/secret"));
  for (const std::string& grant : Grants()) {
    const auto policy = AllowingAll({grant});
    for (const char* prefix : {"/", "/srv", "/srv/ap", "/tmp", "/tmp/pref"}) {
      EXPECT_FALSE(Allows(*policy, prefix)) << grant << " opens " << prefix;
    }
  }
}

// CVE-2026-58043: an answer that depended on which siblings were granted.
TEST(BypassClassTest, TreeAnswersThatDependOnNeighboursOrOrder) {
  const auto together = AllowingAll(Grants());
  std::vector<std::string> reversed(Grants().rbegin(), Grants().rend());
  const auto backwards = AllowingAll(reversed);
  for (const std::string& question : Questions()) {
    bool any = false;
    for (const std::string& grant : Grants()) {
      any = any || Allows(*AllowingAll({grant}), question);
    }
    EXPECT_EQ(Allows(*together, question), any) << question;
    EXPECT_EQ(Allows(*backwards, question), any) << question;
  }
}

// CVE-2025-48888, CVE-2025-48934: allow-all beside deny, and an enumeration
// that left the deny out.
TEST(BypassClassTest, AFastPathOrAnEnumerationThatForgetsDenies) {
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    Layer layer;
    layer.rules = {MakeRule(Effect::kAllow, PermissionSet::All()),
                   MakeRule(Effect::kDeny, PermissionSet::All())};
    EXPECT_FALSE(
        BuildOrDie({layer})->Check(Access::Whole(permission)).allowed())
        << PermissionName(permission);
  }
  Layer layer;
  layer.rules = {
      MakeRule(Effect::kAllow, PermissionSet(Permission::kEnvRead)),
      MakeRule(Effect::kDeny, PermissionSet(Permission::kEnvRead), "SECRET_*")};
  const auto policy = BuildOrDie({layer});
  EXPECT_FALSE(policy->Check(Access::Whole(Permission::kEnvRead)).allowed());
  EXPECT_FALSE(policy->Check(Access::Name(Permission::kEnvRead, "SECRET_KEY"))
                   .allowed());
  EXPECT_TRUE(
      policy->Check(Access::Name(Permission::kEnvRead, "HOME")).allowed());
}

// CVE-2024-37372, CVE-2025-23084, CVE-2025-27210: names that another platform
// reads as something else. Here they are relative names or plain bytes.
TEST(BypassClassTest, OddNamesOfAPlatform) {
  const auto policy = AllowingAll({"/srv/app"});
  for (const char* name :
       {"C:\\srv\\app", "\\\\?\\C:\\srv\\app", "\\srv\\app", "C:/srv/app",
        "//?/srv/app", "CON", "/srv/app\\..\\..\\etc", "file:///srv/app"}) {
    EXPECT_FALSE(Allows(*policy, name)) << name;
  }
  EXPECT_TRUE(Allows(*policy, "/srv/app/..\\x")) << "one name with a backslash";
}

// CVE-2023-30584, CVE-2023-32004, CVE-2023-39332: traversal that one type of
// path let through. There is one entry, on bytes.
TEST(BypassClassTest, TraversalByAnotherTypeOfPath) {
  const auto policy = AllowingAll({"/srv/app"});
  for (const std::string& name : {std::string("/srv/app/../../etc/passwd"),
                                  std::string("/srv/app/%2e%2e/%2e%2e/etc"),
                                  std::string("/srv/app/\0/../../etc", 20)}) {
    const bool literal = name.find('%') != std::string::npos;
    EXPECT_EQ(Allows(*policy, name), literal) << name;
  }
}

// CVE-2023-22499, CVE-2023-28446, CVE-2024-27936, CVE-2024-32477: a prompt
// that showed something else than what was granted.
TEST(BypassClassTest, WhatIsShownIsNotWhatIsGranted) {
  for (const std::string& name :
       {std::string("/a\r\x1b[2K/b"),
        std::string("/a\xe2\x80\xae"
                    "b"),
        std::string("/a\xe2\x80\x8b"), std::string("/a\n\n\nallow? y"),
        std::string("/a\xff\\x41"), std::string(300, ' ')}) {
    const std::string shown = internal::EscapeForDisplay(name);
    EXPECT_EQ(internal::UnescapeDisplayed(shown).value(), name);
    for (char c : shown) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << shown;
  }
}

}  // namespace
}  // namespace postern
