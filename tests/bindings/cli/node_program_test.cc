#include "bindings/cli/node_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

// A folder with a Node of this version in "bin".
std::string FolderOfNode(const std::string& version) {
  const std::string folder = NewFolder();
  EXPECT_EQ(mkdir((folder + "/bin").c_str(), 0755), 0);
  WriteFile(folder + "/bin/node", "#!/bin/sh\necho " + version + "\n");
  EXPECT_EQ(chmod((folder + "/bin/node").c_str(), 0755), 0);
  return folder;
}

TEST(NodeProgramTest, ARelativeNameStartsInTheWorkingDirectory) {
  const std::string folder = FolderOfNode("v21.2.3");
  ASSERT_EQ(chdir(folder.c_str()), 0);
  for (const char* name : {"bin/node", "./bin/node", "bin/../bin/node"}) {
    const absl::StatusOr<NodeProgram> node = FindNode(name);
    ASSERT_TRUE(node.ok()) << node.status();
    EXPECT_EQ(node->path, folder + "/bin/node");
    EXPECT_EQ(node->major, 21);
  }
  EXPECT_EQ(FindNode(folder + "/bin/node")->path, folder + "/bin/node");
}

TEST(NodeProgramTest, WhatIsTooOldIsRefused) {
  const absl::StatusOr<NodeProgram> node =
      FindNode(FolderOfNode("v18.0.0") + "/bin/node");
  EXPECT_TRUE(absl::StrContains(node.status().message(), "20 or later"))
      << node.status();
}

}  // namespace
}  // namespace cli
}  // namespace postern
