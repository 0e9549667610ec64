#include "bindings/cli/node_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/search_path.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

constexpr int kOldest = 20;

absl::StatusOr<std::string> Find(const std::string& name) {
  if (name.find('/') != name.npos) {
    const absl::StatusOr<std::string> path = NameFromHere(name);
    if (!path.ok()) return path.status();
    return RealName(*path);
  }
  const std::string file = FindAlongPath(name);
  if (!file.empty()) return RealName(file);
  return absl::NotFoundError(absl::StrCat("there is no program ",
                                          internal::QuoteForDisplay(name),
                                          " along PATH; --node names one"));
}

// The first bytes of what "PROGRAM --version" prints, with an environment that
// steers nothing.
std::string Printed(const std::string& program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  std::string path = program, option = "--version";
  char* const words[] = {&path[0], &option[0], nullptr};
  char* const environment[] = {nullptr};
  pid_t pid = -1;
  const bool started = posix_spawn(&pid, program.c_str(), &actions, nullptr,
                                   words, environment) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  char buffer[64];
  const ssize_t size = started ? read(ends[0], buffer, sizeof(buffer)) : 0;
  close(ends[0]);
  while (started && waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return std::string(buffer, size > 0 ? static_cast<size_t>(size) : 0);
}

}  // namespace

absl::StatusOr<NodeProgram> FindNode(const std::string& given) {
  const absl::StatusOr<std::string> path = Find(given.empty() ? "node" : given);
  if (!path.ok()) return path.status();
  NodeProgram node;
  node.path = *path;
  const std::string printed = Printed(node.path);
  node.version = printed.substr(0, printed.find('\n'));
  const std::vector<std::string> parts = absl::StrSplit(node.version, '.');
  if (!absl::StartsWith(node.version, "v") || parts.size() != 3 ||
      !absl::SimpleAtoi(parts[0].substr(1), &node.major) ||
      node.major < kOldest) {
    return absl::InvalidArgumentError(
        absl::StrCat(internal::QuoteForDisplay(node.path),
                     " is no Node of "
                     "version 20 or later: to \"--version\" it says ",
                     internal::QuoteForDisplay(node.version)));
  }
  return node;
}

}  // namespace cli
}  // namespace postern
