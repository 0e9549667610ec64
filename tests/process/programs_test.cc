// What is known of programs without a policy: variables that steer them, what
// they start in turn, what a file is to execve(2).

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "gtest/gtest.h"
#include "process/environment.h"
#include "process/program_file.h"
#include "process/wrappers.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace process {
namespace {

using Words = std::vector<std::string>;

// ---- Variables ----

TEST(EnvironmentTest, SteeringVariablesAreLeftOut) {
  for (const char* name :
       {"LD_PRELOAD", "LD_AUDIT", "GLIBC_TUNABLES", "BASH_ENV", "ENV",
        "BASH_FUNC_ls%%", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT",
        "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "GIT_SSH_COMMAND", "LESSOPEN",
        "IFS", "PS4", "LUA_INIT_5_4", "OPENSSL_CONF", "TAR_OPTIONS"}) {
    const SteeringVariable* const row = FindSteeringVariable(name);
    ASSERT_NE(row, nullptr) << name;
    EXPECT_FALSE(row->source.empty()) << name;
  }
  for (const char* name :
       {"PATH", "HOME", "LANG", "LC_ALL", "TERM", "TZ", "USER", "LDFLAG", ""}) {
    EXPECT_EQ(FindSteeringVariable(name), nullptr) << name;
  }
}

TEST(EnvironmentTest, PassesWhatIsAllowedAndSaysWhatIsNot) {
  const Words given = {"A=1",  "SECRET=x", "LD_PRELOAD=/x", "A=2",  "no value",
                       "=odd", "B=",       "PAGER=less",    "C=a=b"};
  const Environment made = FilterEnvironment(
      given, [](absl::string_view name) { return name != "SECRET"; },
      [](absl::string_view name) { return name == "PAGER"; });
  EXPECT_EQ(made.variables, (Words{"A=1", "B=", "PAGER=less", "C=a=b"}));
  std::string left_out;
  for (const Environment::LeftOut& one : made.left_out) {
    absl::StrAppend(&left_out, one.name, ":", static_cast<int>(one.why), " ");
  }
  EXPECT_EQ(left_out, "SECRET:0 LD_PRELOAD:1 A:2 no value:2 :2 ");
}

// ---- Programs that start others ----

TEST(WrappersTest, TheCommandInsideIsFoundOrNotCertain) {
  using Found = InnerCommand::Found;
  const struct {
    const char* name;
    Words args;
    Found found;
    size_t at;
  } kCases[] = {
      {"timeout", {"5", "ls", "-l"}, Found::kAt, 1},
      {"timeout", {"-k", "2", "--signal=9", "5", "ls"}, Found::kAt, 4},
      {"timeout", {"-k2", "-v", "5", "ls"}, Found::kAt, 3},
      {"timeout", {"--signal", "9", "5", "ls"}, Found::kAt, 3},
      {"timeout", {"--kill=2", "5", "ls"}, Found::kUnknown, 0},
      {"timeout", {"5"}, Found::kNothing, 0},
      {"timeout", {}, Found::kNothing, 0},
      {"timeout", {"5", "-x", "ls"}, Found::kUnknown, 0},
      {"timeout", {"--", "5", "ls"}, Found::kAt, 2},
      {"nice", {"-n", "5", "ls"}, Found::kAt, 2},
      {"nice", {"-5", "ls"}, Found::kUnknown, 0},
      {"env", {"ls"}, Found::kAt, 0},
      {"env", {"-i", "-u", "A", "ls"}, Found::kAt, 3},
      {"env", {"A=1", "ls"}, Found::kUnknown, 0},
      {"env", {"-S", "ls -l"}, Found::kUnknown, 0},
      {"env", {"-iS", "ls -l"}, Found::kUnknown, 0},
      {"env", {"-C", "/x", "ls"}, Found::kUnknown, 0},
      {"env", {"-"}, Found::kUnknown, 0},
      {"setarch", {"-R", "sh", "ls"}, Found::kUnknown, 0},
      {"nohup", {"ls"}, Found::kAt, 0},
      {"nohup", {"--version"}, Found::kUnknown, 0},
      {"stdbuf", {"-o0", "ls"}, Found::kAt, 1},
      {"xargs", {"ls"}, Found::kUnknown, 0},
      {"sh", {"-c", "ls"}, Found::kUnknown, 0},
      {"sudo", {"ls"}, Found::kUnknown, 0},
      {"find", {".", "-exec", "ls"}, Found::kUnknown, 0},
      {"ls", {"nice"}, Found::kNoWrapper, 0},
      {"Timeout", {"5", "ls"}, Found::kNoWrapper, 0},
  };
  for (const auto& c : kCases) {
    const InnerCommand inner = FindInnerCommand(c.name, c.args);
    EXPECT_EQ(inner.found, c.found)
        << c.name << " " << (c.args.empty() ? "" : c.args[0]);
    EXPECT_EQ(inner.at, c.at) << c.name;
    EXPECT_EQ(inner.why.empty(), inner.found != Found::kUnknown) << c.name;
  }
}

// ---- Files ----

TEST(ProgramFileTest, ReadsTheLineThatBeginsAScript) {
  const struct {
    absl::string_view head;
    const char* interpreter;  // null: none
    const char* argument;     // null: none
  } kCases[] = {
      {"#!/bin/sh\nls\n", "/bin/sh", nullptr},
      {"#! /bin/sh -e \n", "/bin/sh", "-e"},
      {"#!/usr/bin/env -S a  b\n", "/usr/bin/env", "-S a  b"},
      {"#!\t/bin/x\ty z", "/bin/x", "y z"},
      {"#!/bin/sh", "/bin/sh", nullptr},
      {absl::string_view("#!/bin/x\0y\n", 11), "/bin/x", nullptr},
      {"#!sh\n", "sh", nullptr},
      {"#!\n/bin/sh\n", nullptr, nullptr},
      {"#!   \n", nullptr, nullptr},
      {" #!/bin/sh\n", nullptr, nullptr},
      {"", nullptr, nullptr},
  };
  for (const auto& c : kCases) {
    const ProgramFile file = ReadScriptLine(c.head);
    EXPECT_EQ(file.kind == ProgramFile::Kind::kScript, c.interpreter != nullptr)
        << c.head;
    EXPECT_EQ(file.interpreter, c.interpreter ? c.interpreter : "") << c.head;
    EXPECT_EQ(file.has_argument, c.argument != nullptr) << c.head;
    EXPECT_EQ(file.argument, c.argument ? c.argument : "") << c.head;
  }
}

ProgramFile Inspect(const std::string& path) {
  const fs::FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return InspectProgram(fd.get());
}

// A shared object that has a name, and an interpreter if `runs`.
std::string SharedObject(bool runs) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_type = ET_DYN;
  header.e_phoff = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  Elf64_Phdr segments[2] = {};
  segments[0].p_type = runs ? PT_INTERP : PT_LOAD;
  segments[1].p_type = PT_DYNAMIC;
  segments[1].p_offset = sizeof(header) + sizeof(segments);
  segments[1].p_filesz = sizeof(Elf64_Dyn);
  Elf64_Dyn entry = {};
  entry.d_tag = DT_SONAME;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes.append(reinterpret_cast<const char*>(segments), sizeof(segments));
  bytes.append(reinterpret_cast<const char*>(&entry), sizeof(entry));
  return bytes + std::string(256, '\0');
}

TEST(ProgramFileTest, TellsWhatAFileIs) {
  using Kind = ProgramFile::Kind;
  const fs::testing::TempTree tree;
  EXPECT_EQ(Inspect("/proc/self/exe").kind, Kind::kBinary);
  EXPECT_EQ(Inspect(tree.File("loader", SharedObject(false))).kind,
            Kind::kLoader);
  EXPECT_EQ(Inspect(tree.File("program", SharedObject(true))).kind,
            Kind::kBinary);
  EXPECT_EQ(Inspect(tree.File("text", "ls\n")).kind, Kind::kOther);
  EXPECT_EQ(Inspect(tree.File("cut", "\177ELF\2")).kind, Kind::kOther);
  EXPECT_EQ(Inspect(tree.File("empty", "")).kind, Kind::kOther);
  EXPECT_EQ(Inspect(tree.root()).kind, Kind::kUnreadable);
  for (const char* loader :
       {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"}) {
    if (access(loader, R_OK) != 0) continue;
    EXPECT_EQ(Inspect(loader).kind, Kind::kLoader) << loader;
  }
}

TEST(ProgramFileTest, NamesTheLoaderThatTheKernelStarts) {
  const std::string loader = Inspect("/proc/self/exe").loader;
  ASSERT_EQ(loader.substr(0, 1), "/");
  EXPECT_EQ(Inspect(loader).kind, ProgramFile::Kind::kLoader);
  EXPECT_EQ(Inspect(loader).loader, "");
  const fs::testing::TempTree tree;
  EXPECT_EQ(Inspect(tree.File("script", "#!/bin/sh\n")).loader, "");
}

}  // namespace
}  // namespace process
}  // namespace postern
