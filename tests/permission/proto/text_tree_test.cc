#include "permission/proto/text_tree.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace postern {
namespace {

// What no policy is comes to an end too.
TEST(TextTreeTest, AnyInputIsSomeTree) {
  for (const char* text :
       {"", "}", "]", "a: [:]", "a: [::,:]", "{", "[[", "a", "a:", "a: }", "\"",
        "\"\\", "a: - ", "# only", "a # b", "a: # b", "\\"}) {
    ReadTextTree(text);
  }
  EXPECT_EQ(ReadTextTree("a: [:] b: 1").size(), 2u);
}

TEST(TextTreeTest, DepthIsBounded) {
  const auto deepest = [](const std::vector<TextNode>& nodes) {
    int depth = 0;
    for (const auto* at = &nodes; !at->empty(); at = &at->back().children) {
      ++depth;
    }
    return depth;
  };
  for (const std::string& open : {std::string("["), std::string("a {")}) {
    std::string text = "a: ";
    for (int i = 0; i < 200000; ++i) text += open;
    EXPECT_LE(deepest(ReadTextTree(text)), 102) << open;
  }
  std::string text = "a: ";
  for (int i = 0; i < 500; ++i) text += "[";
  for (int i = 0; i < 500; ++i) text += "]";
  const std::vector<TextNode> nodes = ReadTextTree(text + " b: 1");
  ASSERT_EQ(nodes.size(), 2u) << "what follows is read";
  EXPECT_EQ(nodes[1].name, "b");
}

}  // namespace
}  // namespace postern
