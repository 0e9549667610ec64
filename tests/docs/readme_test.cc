// The examples of README.md are the programs of docs/examples/readme, and what
// those in C++ print is what the page shows.

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

// What a program prints; it must end well.
std::string OutputOf(const std::string& program) {
  FILE* const pipe = popen(program.c_str(), "r");
  if (pipe == nullptr) return "cannot run " + program;
  std::string output;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) {
    output.push_back(static_cast<char>(c));
  }
  EXPECT_EQ(pclose(pipe), 0) << program;
  return output;
}

TEST(ReadmeTest, ShowsTheExamplesAndTheirOutput) {
  const std::string page = docs::ReadPage("README.md");
  const std::string folder = "docs/examples/readme/";
  EXPECT_EQ(BlockAfter("cpp", page), docs::ReadPage(folder + "example.cc"));
  EXPECT_EQ(BlockAfter("cpp files", page), docs::ReadPage(folder + "files.cc"));
  EXPECT_EQ(BlockAfter("cpp network", page),
            docs::ReadPage(folder + "network.cc"));
  EXPECT_EQ(BlockAfter("c", page), docs::ReadPage(folder + "check.c"));
  EXPECT_EQ(BlockAfter("text output", page), OutputOf(folder + "example"));
  EXPECT_EQ(BlockAfter("text files output", page), OutputOf(folder + "files"));
  EXPECT_EQ(BlockAfter("text network output", page),
            OutputOf(folder + "network"));
}

}  // namespace
}  // namespace postern
