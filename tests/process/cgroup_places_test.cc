#include "process/cgroup_places.h"

#include <map>
#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace process {
namespace {

using V1 = std::map<std::string, std::string>;

TEST(CgroupPlacesTest, BothVersionsSideBySide) {
  const CgroupPlaces places = ParseCgroupPlaces(
      "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup "
      "cgroup rw,cpu,cpuacct\n"
      "33 31 0:30 / /sys/fs/cgroup/mem\\040ory rw - cgroup cgroup rw,memory\n"
      "34 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "3:cpu,cpuacct:/user\n2:memory:/\n0::/user/x\n", "");
  EXPECT_EQ(places.unified, "/sys/fs/cgroup/unified/user/x");
  EXPECT_EQ(places.v1, (V1{{"cpu", "/sys/fs/cgroup/cpu,cpuacct/user"},
                           {"cpuacct", "/sys/fs/cgroup/cpu,cpuacct/user"},
                           {"memory", "/sys/fs/cgroup/mem ory"}}));
}

TEST(CgroupPlacesTest, APartOfAHierarchyIsMounted) {
  const char* const mounts =
      "9 8 0:9 /docker/1 /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
  EXPECT_EQ(ParseCgroupPlaces(mounts, "4:pids:/docker/1/x", "").v1,
            (V1{{"pids", "/sys/fs/cgroup/pids/x"}}));
  EXPECT_EQ(ParseCgroupPlaces(mounts, "4:pids:/docker/1", "").v1,
            (V1{{"pids", "/sys/fs/cgroup/pids"}}));
  // Outside of it.
  for (const char* const group : {"4:pids:/docker/12", "4:pids:/", "4:pids:/..",
                                  "4:pids:/docker/1/../2"}) {
    EXPECT_TRUE(ParseCgroupPlaces(mounts, group, "").v1.empty()) << group;
  }
}

TEST(CgroupPlacesTest, AnotherParentIsTakenInAllHierarchies) {
  const CgroupPlaces places = ParseCgroupPlaces(
      "9 8 0:9 / /c/pids rw - cgroup cgroup rw,pids\n"
      "9 8 0:9 / /c/v2 rw - cgroup2 cgroup rw\n",
      "4:pids:/a\n0::/b\n", "/apps");
  EXPECT_EQ(places.unified, "/c/v2/apps");
  EXPECT_EQ(places.v1, (V1{{"pids", "/c/pids/apps"}}));
}

TEST(CgroupPlacesTest, WhatIsNotUnderstoodIsLeftOut) {
  for (const char* const mounts :
       {"", "\n\n", " - ", "1 2 3 4 5 6 - cgroup2", "- cgroup2 cgroup2 rw",
        "9 8 0:9 / /c rw - ext4 x rw,pids",
        "9 8 0:9 \\9 /c rw - cgroup x pids"}) {
    const CgroupPlaces places =
        ParseCgroupPlaces(mounts, "4:pids:/a\n0::/b\nx\n:\n::\n", "");
    EXPECT_TRUE(places.unified.empty()) << mounts;
    EXPECT_TRUE(places.v1.empty()) << mounts;
  }
}

TEST(CgroupPlacesTest, MountsThatWereReadBeforeGiveTheSame) {
  const std::string mounts = ReadCgroupMounts();
  for (const char* const parent : {"", "/", "/some/group"}) {
    const CgroupPlaces fresh = FindCgroupPlaces(parent);
    const CgroupPlaces known = FindCgroupPlaces(parent, mounts);
    EXPECT_EQ(known.unified, fresh.unified) << parent;
    EXPECT_EQ(known.v1, fresh.v1) << parent;
  }
}

}  // namespace
}  // namespace process
}  // namespace postern
