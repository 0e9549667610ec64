// What the verb of a runtime adds to a start: rules that are for the start
// alone, variables, descriptors, and its part of the report.

#include "bindings/cli/confined_run.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/arguments.h"
#include "gtest/gtest.h"
#include "permission/backstop/preset.h"
#include "permission/rule.h"
#include "tests/bindings/cli/exec_program.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

Rule Allow(Permission permission, const std::string& pattern) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = PermissionSet(permission);
  rule.pattern = RulePattern::Text(pattern);
  rule.source.name = "test runtime";
  return rule;
}

SpawnFile Passed(int from, int number) {
  SpawnFile file;
  file.from = from;
  file.number = number;
  return file;
}

int NewFile(const std::string& path) {
  return open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC | O_APPEND, 0600);
}

// A shell as a runtime, of which the user's rules say nothing.
RunParts ShellParts(const std::string& text) {
  RunParts parts;
  parts.words = {"/bin/sh", "-c", text};
  parts.rules = *PresetRules("runtime");
  parts.rules.push_back(Allow(Permission::kProcessSpawn, "/bin/sh **"));
  parts.rules.push_back(Allow(Permission::kFsRead, "/bin/sh"));
  return parts;
}

TEST(ConfinedRunTest, ARuntimeAddsToTheStartAndNotToThePolicy) {
  if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  const std::string folder = NewFolder();
  WriteFile(folder + "/granted", "granted\n");
  WriteFile(folder + "/own", "own\n");
  WriteFile(folder + "/other", "other\n");
  const absl::StatusOr<Arguments> arguments = ParseArguments(
      {"exec", absl::StrCat("--allow-fs-read=", folder, "/granted"), "--report",
       folder + "/report", "--", "none"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  const absl::StatusOr<ConfinedRun> run = ReadConfinedRun(*arguments);
  ASSERT_TRUE(run.ok()) << run.status();

  RunParts parts = ShellParts(absl::StrCat(
      "cd ", folder, "; for f in granted own other; do read x <$f; ",
      "echo $x >&9; x=; done; echo $RUNTIME >&9; ",
      "/bin/cat /dev/fd/3 >&8; exit 7"));
  parts.rules.push_back(Allow(Permission::kFsRead, folder + "/own"));
  parts.rules.push_back(Allow(Permission::kProcessSpawn, "/bin/cat **"));
  const int out = NewFile(folder + "/said");
  const int handed = NewFile(folder + "/handed");
  parts.files = {Passed(out, 9), Passed(handed, 8)};
  parts.environment.push_back("RUNTIME=as set");
  parts.facts.push_back({"test runtime", "1.0", ""});
  EnforcementRow row;
  row.permission = Permission::kEnvRead;
  row.by = {Enforcer::kLibrary};
  row.scope = "hooks";
  parts.rows.push_back(row);

  Output output(STDOUT_FILENO);
  const absl::StatusOr<ExitCode> code = RunConfined(*run, parts, &output);
  close(out);
  close(handed);
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(static_cast<int>(*code), 7);
  EXPECT_EQ(ReadFile(folder + "/said"), "granted\nown\n\nas set\n");
  const std::string report = ReadFile(folder + "/report");
  EXPECT_TRUE(absl::StrContains(report, "test runtime")) << report;
  EXPECT_TRUE(absl::StrContains(report, "hooks")) << report;
  const std::string snapshot = ReadFile(folder + "/handed");
  EXPECT_TRUE(absl::StrContains(snapshot, folder + "/granted"));
  EXPECT_FALSE(absl::StrContains(snapshot, folder + "/own"));
}

// What is said of a command that is to have this as its standard input.
std::string TroubleWithInput(int fd) {
  const int kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  dup2(fd, STDIN_FILENO);
  const absl::StatusOr<Arguments> arguments =
      ParseArguments({"exec", "--allow-fs-read=/srv", "--", "none"});
  const absl::Status status = ReadConfinedRun(*arguments).status();
  dup2(kept, STDIN_FILENO);
  close(kept);
  return std::string(status.message());
}

int Connected(int domain, int type) {
  const int fd = socket(domain, type | SOCK_CLOEXEC, 0);
  sockaddr_in inet = {};
  inet.sin_family = AF_INET;
  inet.sin_port = htons(9);
  inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_nl netlink = {};
  netlink.nl_family = AF_NETLINK;
  const bool internet = domain == AF_INET;
  EXPECT_EQ(internet ? connect(fd, reinterpret_cast<const sockaddr*>(&inet),
                               sizeof(inet))
                     : connect(fd, reinterpret_cast<const sockaddr*>(&netlink),
                               sizeof(netlink)),
            0);
  return fd;
}

int OneOfPair(int type) {
  int pair[2];
  EXPECT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
  return pair[0];  // the other stays open for as long as the test runs
}

TEST(ConfinedRunTest, SocketsThatReachAnywhereAreNotHandedOver) {
  const struct {
    int fd;
    const char* want;
  } cases[] = {
      {OneOfPair(SOCK_STREAM), ""},
      {OneOfPair(SOCK_SEQPACKET), ""},
      {OneOfPair(SOCK_DGRAM), "a socket of datagrams"},
      {Connected(AF_INET, SOCK_DGRAM), "a socket of datagrams"},
      {Connected(AF_NETLINK, SOCK_RAW), "a socket of another kind"},
      {socket(AF_INET, SOCK_STREAM, 0), "a socket that is not connected"},
      {open("/", O_RDONLY | O_DIRECTORY), "a directory"},
  };
  for (const auto& c : cases) {
    const std::string said = TroubleWithInput(c.fd);
    const std::string want =
        *c.want == '\0' ? "" : absl::StrCat("descriptor 0 is ", c.want);
    EXPECT_EQ(said.substr(0, want.empty() ? said.npos : want.size()), want)
        << said;
    close(c.fd);
  }
}

}  // namespace
}  // namespace cli
}  // namespace postern
