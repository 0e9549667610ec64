// "postern mcp" between a client and a server that is real: calls are decided,
// and the server meets the kernel.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bindings/cli/diagnostics.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/exec_program.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using absl::StrContains;

constexpr char kPython[] = "/usr/bin/python3.11";

// Tools that read a file, tell the time, and say what was called last.
constexpr char kServer[] = R"(
import json, sys
TOOLS = [{"name": "read", "inputSchema": {"properties": {"path": {}}}},
         {"name": "now", "inputSchema": {"properties": {"n": {}, "o": {}}}},
         {"name": "wipe"}]
def answer(method, params):
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}}}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call" and params["name"] == "read":
        try:
            with open(params["arguments"]["path"]) as file:
                return {"text": file.read()}
        except OSError as error:
            return {"text": error.strerror, "isError": True}
    return {"text": method}
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        result = answer(message["method"], message.get("params"))
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"],
                          "result": result}), flush=True)
sys.exit(3)
)";

std::string Read(int id, const std::string& path) {
  return absl::StrCat(
      R"({"jsonrpc":"2.0","id":)", id,
      R"(,"method":"tools/call","params":{"name":"read","arguments":{"path":")",
      path, "\"}}}\n");
}
std::string Now(int id) {
  return absl::StrCat(
      R"({"jsonrpc":"2.0","id":)", id,
      R"(,"method":"tools/call","params":{"name":"now","arguments":{}}})",
      "\n");
}

// Of these nothing is started, so that no machine matters.
TEST(McpUsageTest, SaysWhatIsWrong) {
  const struct {
    std::vector<std::string> args;
    const char* said;
  } kCases[] = {
      {{"--allow-plugin-call=t.*"}, "no server is given"},
      {{"--", "/bin/true"}, "no rules are given"},
      {{"--server", "client", "--preset", "runtime", "--", "/bin/true"},
       "--server"},
      {{"--preset", "runtime", "--", "/bin/a.sh"}, "--server"},
      {{"--message-size", "1MB", "--preset", "runtime", "--", "/bin/true"},
       "--message-size takes a size"},
      {{"--audit-log", "/no/such/log", "--preset", "runtime", "--",
        "/bin/true"},
       "/no/such/log"},
      {{"--memory", "x", "--preset", "runtime", "--", "/bin/true"},
       "--memory takes"},
  };
  for (const auto& c : kCases) {
    std::vector<std::string> args = {"mcp"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2) << c.said << ": " << run.err;
    EXPECT_TRUE(StrContains(run.err, c.said)) << run.err;
    EXPECT_EQ(run.out, "");
  }
}

class DiagnosticsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(fds_), 0); }
  void TearDown() override {
    close(fds_[0]);
    close(fds_[1]);
  }
  // What is in the pipe now.
  std::string Written() {
    std::string bytes(1 << 20, '\0');
    const ssize_t got = read(fds_[0], &bytes[0], bytes.size());
    bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return bytes;
  }
  int fds_[2];
};

TEST_F(DiagnosticsTest, NobodyWaitsForAReader) {
  Diagnostics diagnostics(fds_[1], "t");
  for (int i = 0; i < 1000; ++i) {
    diagnostics.FromProgram(std::string(599, 'x') + "\n");
  }
  Written();
  diagnostics.FromProgram("y\n");
  const std::string written = Written();
  EXPECT_TRUE(absl::StartsWith(written, "postern: ")) << written;
  EXPECT_TRUE(absl::EndsWith(written, " lines were left out here\nt| y\n"));
}

TEST_F(DiagnosticsTest, NotesHaveABound) {
  Diagnostics diagnostics(fds_[1], "t");
  for (int i = 0; i < 3000; ++i) diagnostics.Note("n\x1b");
  const std::string written = Written();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 101) << written;
  EXPECT_TRUE(absl::StartsWith(written, "postern: n\\u{1b}\n")) << written;
}

TEST_F(DiagnosticsTest, AProgramsLinesAreKnownByTheirBeginning) {
  Diagnostics diagnostics(fds_[1], "t");
  diagnostics.FromProgram("  a\n\x1b[2Jpostern:");
  diagnostics.FromProgram(" x  y\rz\n");
  diagnostics.FromProgram(std::string(601, 'l'));
  diagnostics.ProgramEnded();
  EXPECT_EQ(Written(), absl::StrCat("t|   a\nt| \\u{1b}[2Jpostern: x \\u{20}y"
                                    "\\u{d}z\nt| ",
                                    std::string(600, 'l'), "\nt| l\n"));
}

class McpCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
    if (access(kPython, X_OK) != 0) {
      GTEST_SKIP() << kPython << " is not here; tools/setup installs it";
    }
    folder_ = NewFolder();
    WriteFile(folder_ + "/server.py", kServer);
    WriteFile(folder_ + "/open", "in the open");
    WriteFile(folder_ + "/kept", "kept back");
  }

  // The server may read its script and the file "open".
  std::vector<std::string> Args(const std::vector<std::string>& options) {
    std::vector<std::string> args = {
        "mcp",
        "--server",
        "t",
        "--preset",
        "runtime",
        absl::StrCat("--allow-fs-read=", folder_, "/server.py,", folder_,
                     "/open")};
    args.insert(args.end(), options.begin(), options.end());
    args.insert(args.end(), {"--", kPython, folder_ + "/server.py"});
    return args;
  }
  ProgramRun Mcp(const std::vector<std::string>& options,
                 const std::string& in) {
    ProgramOptions how;
    how.in = in;
    return RunPostern(Args(options), how);
  }

  std::string folder_;
};

TEST_F(McpCommandTest, CallsAreDecidedAndTheServerMeetsTheKernel) {
  const std::string log = folder_ + "/log";
  const ProgramRun run =
      Mcp({absl::StrCat("--allow-plugin-call=t.read path:", folder_),
           "--audit-log", log},
          absl::StrCat(Read(1, folder_ + "/open"), Read(2, folder_ + "/kept"),
                       Read(3, "/etc/hostname"), Now(4),
                       R"({"jsonrpc":"2.0","id":5,"method":"tools/list"})"));
  // The exit code is the server's own.
  EXPECT_EQ(run.code, 3) << run.err;
  EXPECT_TRUE(StrContains(run.out, "in the open")) << run.out << run.err;
  // Granted as a call, and not to the server.
  EXPECT_TRUE(StrContains(run.out, "Permission denied")) << run.out;
  EXPECT_FALSE(StrContains(run.out, "kept back")) << run.out;
  EXPECT_TRUE(StrContains(run.out, R"(argument 0 is \"/etc/hostname\")"))
      << run.out;
  EXPECT_TRUE(StrContains(run.out, "plugin.call t.now")) << run.out;
  EXPECT_TRUE(StrContains(run.out, R"([{"name":"read",)")) << run.out;
  EXPECT_FALSE(StrContains(run.out, "wipe")) << run.out;
  const std::vector<std::string> lines =
      absl::StrSplit(ReadFile(log), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 4u) << absl::StrJoin(lines, "\n");
  EXPECT_TRUE(StrContains(lines[0], R"("effect":"allow")")) << lines[0];
  EXPECT_TRUE(StrContains(lines[3], R"("effect":"deny")")) << lines[3];
}

// What the command line names is that program, whatever characters it has.
TEST_F(McpCommandTest, AServersNameIsNoPattern) {
  for (const char* name : {"$lib", "a*", "{a,b}", "[x]"}) {
    const std::string folder = absl::StrCat(folder_, "/", name);
    ASSERT_EQ(mkdir(folder.c_str(), 0755), 0);
    const std::string server = folder + "/server";
    ASSERT_EQ(symlink(kPython, server.c_str()), 0);
    std::vector<std::string> args = Args({"--allow-plugin-call=t.now"});
    args[args.size() - 2] = server;
    ProgramOptions how;
    how.in = Now(1);
    const ProgramRun run = RunPostern(args, how);
    EXPECT_TRUE(StrContains(run.out, R"("id":1,"result")")) << run.err;
  }
}

TEST_F(McpCommandTest, ABareServerIsLookedForAlongPath) {
  ASSERT_EQ(symlink(kPython, (folder_ + "/serve").c_str()), 0);
  std::vector<std::string> args = Args({"--allow-plugin-call=t.now"});
  args[args.size() - 2] = "serve";
  ProgramOptions how;
  how.in = Now(1);
  how.environment["PATH"] = folder_;
  ProgramRun run = RunPostern(args, how);
  EXPECT_TRUE(StrContains(run.out, R"("id":1,"result")")) << run.err;
  how.environment["PATH"] = "/usr/bin";
  run = RunPostern(args, how);
  EXPECT_EQ(run.code, 2) << run.err;
}

TEST_F(McpCommandTest, AMessageThatIsTooLongIsAnswered) {
  const ProgramRun run =
      Mcp({"--allow-plugin-call=t.now", "--message-size", "1K"},
          absl::StrCat("{\"x\":\"", std::string(5000, 'x'), "\"}\n", Now(1)));
  EXPECT_TRUE(StrContains(run.out, "-32600")) << run.out;
  EXPECT_TRUE(StrContains(run.out, R"("id":1,"result")")) << run.out;
}

// It takes all, and never says which tools it has.
TEST_F(McpCommandTest, AServerThatAnswersNothingIsEnded) {
  WriteFile(folder_ + "/server.py",
            "import sys\nfor line in sys.stdin: pass\n"
            "import time\ntime.sleep(60)\n");
  const absl::Time begin = absl::Now();
  const ProgramRun run = Mcp({"--allow-plugin-call=t.read **"}, Read(1, "/x"));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
  EXPECT_TRUE(StrContains(run.out, R"("id":1,"error":{"code":-32000)"))
      << run.out << run.err;
}

TEST_F(McpCommandTest, AServerThatCannotStartIsAnError) {
  std::vector<std::string> args = Args({"--allow-plugin-call=t.now"});
  args.back() = "/no/such/script";
  ProgramRun run = RunPostern(args);
  EXPECT_NE(run.code, 0) << run.out;
  args[args.size() - 2] = "/no/such/program";
  run = RunPostern(args);
  EXPECT_EQ(run.code, 127) << run.err;
  // A rule that denies the start is stronger than the command line.
  run =
      RunPostern(Args({absl::StrCat("--deny-process-spawn=", kPython, " **")}));
  EXPECT_EQ(run.code, 126) << run.err;
}

// Standard input and output are not the terminal, as with a real client.
TEST_F(McpCommandTest, APersonIsAskedOnTheTerminal) {
  WriteFile(folder_ + "/in", absl::StrCat(Now(1), Now(2)));
  std::vector<std::string> args = {
      "-c", absl::StrCat("\"$0\" \"$@\" <", folder_, "/in >", folder_, "/out"),
      PosternPath()};
  for (const std::string& arg : Args({"--ask-plugin-call=t.now"})) {
    args.push_back(arg);
  }
  const ProgramRun run = RunDialog("/bin/sh", args, {"y\n", "n\n"});
  EXPECT_TRUE(StrContains(run.out, "asks for plugin.call")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "t.now")) << run.out;
  const std::string out = ReadFile(folder_ + "/out");
  EXPECT_TRUE(StrContains(out, R"("id":1,"result":{"text")")) << out;
  EXPECT_TRUE(StrContains(out, "a person denied this")) << out;
}

// Numbers and objects are shown as they would pass, and allowed for this once.
TEST_F(McpCommandTest, APersonAllowsNumbersOnce) {
  const auto call = [](int id, absl::string_view arguments) {
    return absl::StrCat(R"({"jsonrpc":"2.0","id":)", id,
                        R"(,"method":"tools/call","params":{"name":"now",)",
                        R"("arguments":)", arguments, "}}\n");
  };
  WriteFile(folder_ + "/in",
            absl::StrCat(
                call(1, R"({"n":5,"o":{"a":[1e3]}})"),
                call(2, R"({"n":5,"o":{"a":[1e3]}})"),
                call(3, absl::StrCat("{\"n\":5", std::string(900, ' '), "}"))));
  std::vector<std::string> args = {
      "-c", absl::StrCat("\"$0\" \"$@\" <", folder_, "/in >", folder_, "/out"),
      PosternPath()};
  for (const std::string& arg : Args({"--ask-plugin-call=t.now **"})) {
    args.push_back(arg);
  }
  const ProgramRun run = RunDialog("/bin/sh", args, {"y\n", "a\n", "y\n"});
  EXPECT_TRUE(StrContains(
      run.out, R"(  with {"name":"now","arguments":{"n":5,"o":{"a":[1e3]}}})"))
      << run.out;
  EXPECT_TRUE(StrContains(run.out, "Allow? y = once, n = no;")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "only a rule can allow it")) << run.out;
  const std::string out = ReadFile(folder_ + "/out");
  EXPECT_TRUE(StrContains(out, R"("id":1,"result":{"text")")) << out;
  EXPECT_FALSE(StrContains(out, R"("id":2,"result":{"text")")) << out;
  EXPECT_FALSE(StrContains(out, R"("id":3,"result":{"text")")) << out;
}

TEST_F(McpCommandTest, TheServerGetsNoTerminal) {
  WriteFile(folder_ + "/server.py",
            "import os, sys\n"
            "fds = [fd for fd in range(1024) if os.isatty(fd)]\n"
            "print('\\33[2Jterminals', fds, file=sys.stderr)\n"
            "sys.stderr.write('at the end')\n"
            "sys.exit(0 if not fds else 9)\n");
  WriteFile(folder_ + "/in", "");
  std::vector<std::string> args = {
      "-c", absl::StrCat("\"$0\" \"$@\" <", folder_, "/in >", folder_, "/out"),
      PosternPath()};
  for (const std::string& arg : Args({"--allow-plugin-call=t.now"})) {
    args.push_back(arg);
  }
  const ProgramRun run = RunDialog("/bin/sh", args, {});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_TRUE(StrContains(run.out, "t| \\u{1b}[2Jterminals []")) << run.out;
  EXPECT_TRUE(StrContains(run.out, "t| at the end")) << run.out;
}

TEST_F(McpCommandTest, WithoutATerminalAQuestionIsADenial) {
  std::vector<std::string> args = Args({"--ask-plugin-call=t.now"});
  args.insert(args.begin(), PosternPath());
  WriteFile(folder_ + "/in", Now(1));
  args.insert(args.begin(), "exec setsid \"$0\" \"$@\" <" + folder_ + "/in");
  args.insert(args.begin(), "-c");
  const ProgramRun run = RunProgram("/bin/sh", args);
  EXPECT_TRUE(StrContains(run.out, "isError")) << run.out << run.err;
}

}  // namespace
}  // namespace cli
}  // namespace postern
