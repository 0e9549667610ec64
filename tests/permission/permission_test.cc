#include "permission/permission.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(PermissionTest, NamesReadBack) {
  std::set<std::string> names;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    const std::string name(PermissionName(permission));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(ParsePermission(name), permission);
    EXPECT_EQ(PermissionSet(permission).ToString(), name);
    EXPECT_EQ(PermissionSet::Parse(name).value(), PermissionSet(permission));
  }
  EXPECT_EQ(names.size(), 20u);
}

TEST(PermissionTest, WhatIsNoPermissionIsInNoSet) {
  for (int value : {0, 21, 32, 255}) {
    const Permission none = static_cast<Permission>(value);
    EXPECT_TRUE(PermissionSet(none).empty()) << value;
    EXPECT_FALSE(PermissionSet::All().Contains(none)) << value;
  }
}

TEST(PermissionTest, GroupsNameTheirMembers) {
  struct Case {
    const char* group;
    size_t members;
  };
  constexpr Case kCases[] = {{"all", 20},    {"fs", 2},    {"net", 3},
                             {"process", 2}, {"env", 2},   {"code", 3},
                             {"plugin", 2},  {"secret", 2}};
  for (const Case& c : kCases) {
    const PermissionSet set = PermissionSet::Parse(c.group).value();
    size_t members = 0;
    for (int i = 1; i < kPermissionLimit; ++i) {
      members += set.Contains(static_cast<Permission>(i));
    }
    EXPECT_EQ(members, c.members) << c.group;
    EXPECT_EQ(set.ToString(), c.group);
  }
}

TEST(PermissionTest, UnknownNamesAreErrorsThatListWhatIsKnown) {
  for (const char* name :
       {"", "fs.", "FS", "fs.reed", "unknown", "fs.*", "fs,env"}) {
    const absl::Status status = PermissionSet::Parse(name).status();
    EXPECT_FALSE(status.ok()) << name;
    EXPECT_NE(status.message().find("all, fs, fs.read, fs.write, net,"),
              std::string::npos)
        << status;
  }
  EXPECT_EQ(ParsePermission("fs"), absl::nullopt);
  EXPECT_EQ(ParsePermission("unknown"), absl::nullopt);
}

TEST(PermissionTest, PathPermissionsAreThoseThatHavePaths) {
  for (int i = 0; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    EXPECT_EQ(PathPermissions().Contains(permission),
              ResourceKindOf(permission) == ResourceKind::kPath)
        << PermissionName(permission);
  }
}

}  // namespace
}  // namespace postern
