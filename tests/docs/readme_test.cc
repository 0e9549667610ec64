// The examples of README.md are the programs of docs/examples/readme, and what
// the first one prints is what the page shows.

#include <gtest/gtest.h>
#include <stdio.h>

#include <string>
#include <vector>

#include "tests/docs/markdown.h"

namespace postern {
namespace {

std::string BlockAfter(const std::string& info, const std::string& page) {
  for (const docs::Block& block : docs::CodeBlocks(page)) {
    if (block.info == info) return block.text;
  }
  ADD_FAILURE() << "no block \"" << info << "\"";
  return "";
}

TEST(ReadmeTest, ShowsTheExamplesAndTheirOutput) {
  const std::string page = docs::ReadPage("README.md");
  EXPECT_EQ(BlockAfter("cpp", page),
            docs::ReadPage("docs/examples/readme/example.cc"));
  EXPECT_EQ(BlockAfter("c", page),
            docs::ReadPage("docs/examples/readme/check.c"));
  FILE* const pipe = popen("docs/examples/readme/example", "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) {
    output.push_back(static_cast<char>(c));
  }
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_EQ(BlockAfter("text output", page), output);
}

}  // namespace
}  // namespace postern
