#include "benchmarks/child_cost.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "permission/backstop/command_parts.h"
#include "process/capture.h"
#include "process/memory_sharer.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr char kCount[] = "20000";
constexpr char kFile[] = "/etc/ld.so.cache";
constexpr char kWaiting[] = "/bin/cat";  // ends with its input

absl::optional<CallTimes> TimesOf(const std::string& text) {
  CallTimes times;
  if (sscanf(text.c_str(), "%lf %lf", &times.open_and_close, &times.getppid) !=
      2) {
    return absl::nullopt;
  }
  return times;
}

std::string Contents(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

pid_t FirstChild(pid_t of) {
  pid_t child = 0;
  std::stringstream(
      Contents(absl::StrCat("/proc/", of, "/task/", of, "/children"))) >>
      child;
  return child;
}

double AnonymousKib(pid_t pid) {
  std::stringstream lines(
      Contents(absl::StrCat("/proc/", pid, "/smaps_rollup")));
  std::string word;
  double kib = 0;
  while (lines >> word && word != "Pss_Anon:") {
  }
  lines >> kib;
  return kib;
}

bool Runs(pid_t pid, const char* program) {
  const std::string name = Contents(absl::StrCat("/proc/", pid, "/comm"));
  return absl::EndsWith(program, "/" + name.substr(0, name.size() - 1));
}

// Down from `postern` to its program; none while that has not begun. What two
// share is counted once.
absl::optional<double> AnonymousAbove(pid_t postern) {
  double kib = 0;
  pid_t parent = 0;
  for (pid_t pid = postern; pid > 0; pid = FirstChild(pid)) {
    if (Runs(pid, kWaiting)) return kib;
    if (parent == 0 || !process::ShareMemory(parent, pid))
      kib += AnonymousKib(pid);
    parent = pid;
  }
  return absl::nullopt;
}

pid_t StartExec(const std::string& postern, int input) {
  const std::string grant = absl::StrCat("--allow-process-spawn=", kWaiting);
  const pid_t child = fork();
  if (child == 0) {
    dup2(input, 0);
    execl(postern.c_str(), postern.c_str(), "exec", "--preset", "runtime",
          grant.c_str(), "--", kWaiting, nullptr);
    _exit(127);
  }
  return child;
}

}  // namespace

std::string ChildCallsProgram() {
  char self[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof(self));
  if (size <= 0) return "";
  std::string path(self, static_cast<size_t>(size));
  path = path.substr(0, path.rfind('/')) + "/child_calls";
  return access(path.c_str(), X_OK) == 0 ? path : "";
}

absl::optional<CallTimes> PlainCallTimes(const std::string& program) {
  const std::string command =
      absl::StrCat("'", program, "' ", kCount, " ", kFile);
  FILE* const out = popen(command.c_str(), "r");
  if (out == nullptr) return absl::nullopt;
  char text[128] = {};
  const size_t size = fread(text, 1, sizeof(text) - 1, out);
  if (pclose(out) != 0) return absl::nullopt;
  return TimesOf(std::string(text, size));
}

absl::optional<CallTimes> ConfinedCallTimes(ConfinedLauncher* launcher,
                                            const std::string& program) {
  SpawnRequest request;
  request.program = program;
  request.args = {kCount, kFile};
  auto prepared = launcher->Prepare(request);
  if (!prepared.ok() || !prepared->ok()) return absl::nullopt;
  const auto run = process::RunCaptured(internal::PartsOf(**prepared).plan, {});
  if (!run.ok() || run->end.exit_status != 0) return absl::nullopt;
  return TimesOf(run->output);
}

absl::optional<double> ExecMemoryKib(const std::string& postern) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::nullopt;
  const pid_t child = StartExec(postern, ends[0]);
  absl::optional<double> kib;
  for (int tries = 0; child > 0 && tries < 500 && !kib; ++tries) {
    absl::SleepFor(absl::Milliseconds(10));
    kib = AnonymousAbove(child);
  }
  close(ends[0]);
  close(ends[1]);
  if (child > 0) waitpid(child, nullptr, 0);
  return kib;
}

}  // namespace benchmarks
}  // namespace postern
