#include "bindings/cli/node_flags.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern {
namespace cli {
namespace {

using ::testing::Contains;
using ::testing::Not;

TEST(NodeFlagsTest, APatternOpensItsLiteralFolder) {
  struct Case {
    const char* pattern;
    const char* want;
  };
  constexpr Case kCases[] = {
      {"/srv/app", "/srv/app"},
      {"/srv/app/", "/srv/app"},
      {"exact:/srv/a.js", "/srv/a.js"},
      {"/srv/*/public/**", "/srv"},
      {"/srv/a*", "/srv"},
      {"/srv/{a,b}", "/srv"},
      {"lib", "/base/lib"},
      {".", "/base"},
      {"./lib", "/base/lib"},
      {"${HOME}/x", "/base"},
      {"/**", "/"},
      {"", "/base"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(ReadableFolder(c.pattern, "/base"), c.want) << c.pattern;
  }
}

TEST(NodeFlagsTest, OnlyWhatTheVersionKnowsIsAsked) {
  NodeFence fence;
  fence.network = fence.inspector = true;
  fence.major = 20;
  EXPECT_THAT(NodeFlags(fence), Contains("--experimental-permission"));
  EXPECT_THAT(NodeFlags(fence), Not(Contains("--allow-net")));
  fence.major = 26;
  EXPECT_THAT(NodeFlags(fence), Contains("--permission"));
  EXPECT_THAT(NodeFlags(fence), Contains("--allow-net"));
  EXPECT_THAT(NodeFlags(fence), Contains("--allow-inspector"));
  fence.network = false;
  EXPECT_THAT(NodeFlags(fence), Not(Contains("--allow-net")));
  fence.children = true;  // whose pipes Node counts among the network
  EXPECT_THAT(NodeFlags(fence), Contains("--allow-net"));
}

TEST(NodeFlagsTest, WithoutGrantsNodeOpensNothing) {
  NodeFence fence;
  fence.major = 26;
  for (const std::string& flag : NodeFlags(fence)) {
    EXPECT_TRUE(flag.find("--allow-") != 0 || flag == "--allow-addons") << flag;
  }
  EXPECT_THAT(NodeFlags(fence),
              Contains("--disallow-code-generation-from-strings"));
  fence.text_as_code = true;
  EXPECT_THAT(NodeFlags(fence),
              Not(Contains("--disallow-code-generation-from-strings")));
}

}  // namespace
}  // namespace cli
}  // namespace postern
