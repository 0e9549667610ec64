#include "fs/procfs_names.h"

#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace fs {
namespace {

TEST(ProcfsNamesTest, MemoryDescriptorsAndEnvironmentAreNotPublic) {
  struct Case {
    const char* root;
    const char* rest;
    bool is_public;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"/", "", true, "the list of processes"},
      {"/", "/cpuinfo", true, "about the machine"},
      {"/", "/sys/kernel/hostname", true, "about the machine"},
      {"/", "/kcore", false, "the kernel's memory"},
      {"/", "/kmsg", false, "its log"},
      {"/", "/kallsyms", false, "its addresses"},
      {"/", "/vmallocinfo", false, "more of them"},
      {"/", "/timer_list", false, "more of them"},
      {"/", "/7", true, "a process's directory"},
      {"/", "/7/status", true, "its state"},
      {"/", "/7/net/tcp", true, "its network's"},
      {"/", "/7/mem", false, "its memory"},
      {"/", "/7/environ", false, "its environment"},
      {"/", "/7/cmdline", false, "its arguments, which lie in its memory"},
      {"/", "/7/fd", false, "what it has open"},
      {"/", "/7/fd/3", false, "one of it"},
      {"/", "/7/root", false, "a link to an object"},
      {"/", "/7/new_in_some_kernel", false, "not known"},
      {"/", "/7/memory", false, "a prefix that is no name"},
      {"/", "/7/task", true, "the list of its threads"},
      {"/", "/7/task/8", true, "a thread's directory"},
      {"/", "/7/task/8/status", true, "a thread's state"},
      {"/", "/7/task/8/mem", false, "the same memory"},
      {"/", "/7/task/8/task", false, "a thread has no threads"},
      {"/", "/7/task/8/task/9/status", false, "no such thing"},
      {"/", "/7a/mem", true, "no process"},
      {"/7", "", true, "a process's directory, mounted"},
      {"/7", "/mem", false, "in that"},
      {"/7/task/8", "/environ", false, "in a thread's"},
      {"/7/mem", "", false, "the file itself, mounted"},
      {"/kcore", "", false, "likewise"},
      {"/sys", "/kernel/hostname", true, "about the machine, mounted"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.root) + " " + c.rest + ": " + c.why);
    EXPECT_EQ(IsPublicInProcfs(c.root, c.rest), c.is_public);
  }
}

}  // namespace
}  // namespace fs
}  // namespace postern
