#include "tests/bindings/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern {
namespace cli {
namespace {

std::string StorePath() { return ::testing::TempDir() + "/approvals.db"; }

// What execve() takes.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) pointers_.push_back(&word[0]);
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

Words Command(const std::string& path, const std::vector<std::string>& args) {
  std::vector<std::string> words = {path};
  words.insert(words.end(), args.begin(), args.end());
  return Words(words);
}

Words Environment(std::map<std::string, std::string> environment) {
  environment.emplace("POSTERN_STORE", StorePath());
  std::vector<std::string> words;
  for (const auto& entry : environment) {
    words.push_back(absl::StrCat(entry.first, "=", entry.second));
  }
  return Words(words);
}

int OpenStdout(Stdout kind, const std::string& file) {
  int ends[2];
  switch (kind) {
    case Stdout::kFile:
      return open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    case Stdout::kFull:
      return open("/dev/full", O_WRONLY);
    case Stdout::kBrokenPipe:
      if (pipe(ends) != 0) abort();
      close(ends[0]);
      return ends[1];
    case Stdout::kClosed:
      break;
  }
  return -1;
}

int ExitCode(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The session's leader lives on until all was read: when it ends, the kernel
// hangs the terminal up and drops what was not read yet.
[[noreturn]] void LeadSession(const std::string& program, Words* command,
                              Words* environment, int told, int released) {
  const pid_t child = fork();
  if (child == 0) {
    close(told);
    close(released);
    execve(program.c_str(), command->get(), environment->get());
    _exit(99);
  }
  const int code = ExitCode(child);
  char byte = static_cast<char>(code);
  const bool done = write(told, &byte, 1) == 1 && read(released, &byte, 1) == 0;
  _exit(done ? code : 98);
}

// Types the next answer if a question is open.
void TypeAnswer(const std::string& shown, int terminal,
                std::vector<std::string>* answers) {
  if (!absl::EndsWith(shown, "[n]: ")) return;
  std::string answer = "\x04";
  if (!answers->empty()) {
    answer = answers->front();
    answers->erase(answers->begin());
  }
  if (write(terminal, answer.data(), answer.size()) < 0) abort();
}

// Reads what there is, until `ended` says something and no more comes.
std::string ReadTerminal(int terminal, int ended,
                         std::vector<std::string> answers) {
  std::string out;
  char buffer[4096];
  pollfd watched[] = {{terminal, POLLIN, 0}, {ended, POLLIN, 0}};
  for (;;) {
    if (poll(watched, 2, -1) < 0) return out;
    const bool last = watched[1].revents != 0;
    if (last && poll(watched, 1, 0) <= 0) return out;
    if ((watched[0].revents & POLLIN) == 0) continue;
    const ssize_t got = read(terminal, buffer, sizeof(buffer));
    if (got <= 0) return out;
    out.append(buffer, static_cast<size_t>(got));
    TypeAnswer(out, terminal, &answers);
  }
}

ProgramRun RunOnTerminal(const std::string& program, Words command,
                         Words environment, const std::string& typed,
                         const std::vector<std::string>& answers) {
  int ended[2], release[2], terminal = -1;
  if (pipe(ended) != 0 || pipe(release) != 0) abort();
  const pid_t leader = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (leader == 0) {
    close(release[1]);
    LeadSession(program, &command, &environment, ended[1], release[0]);
  }
  close(ended[1]);
  close(release[0]);
  ProgramRun run;
  if (write(terminal, typed.data(), typed.size()) >= 0) {
    run.out = ReadTerminal(terminal, ended[0], answers);
  }
  close(release[1]);
  run.code = ExitCode(leader);
  close(ended[0]);
  close(terminal);
  return run;
}

}  // namespace

std::string Absolute(const std::string& name) {
  char folder[4096];
  if (getcwd(folder, sizeof(folder)) == nullptr) abort();
  return absl::StrCat(folder, "/", name);
}

std::string PosternPath() { return Absolute("bindings/cli/postern"); }

ProgramRun RunPostern(const std::vector<std::string>& args,
                      const ProgramOptions& options) {
  return RunProgram(PosternPath(), args, options);
}

ProgramRun RunProgram(const std::string& path,
                      const std::vector<std::string>& args,
                      const ProgramOptions& options) {
  const std::string folder = NewFolder();
  const std::string out = folder + "/out", err = folder + "/err";
  const std::string in = folder + "/in";
  WriteFile(in, options.in);
  Words command = Command(path, args);
  Words environment = Environment(options.environment);
  const pid_t child = fork();
  if (child == 0) {
    const int out_fd = OpenStdout(options.out, out);
    const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(err_fd, 2);
    close(0);
    open(in.c_str(), O_RDONLY);
    close(1);
    if (out_fd >= 0) dup2(out_fd, 1);
    for (int fd = 3; fd < 20; ++fd) close(fd);
    execve(path.c_str(), command.get(), environment.get());
    _exit(99);
  }
  ProgramRun run;
  run.code = ExitCode(child);
  run.out = ReadFile(out);
  run.err = ReadFile(err);
  return run;
}

ProgramRun RunPosternOnTerminal(
    const std::vector<std::string>& args, const std::string& typed,
    const std::map<std::string, std::string>& variables) {
  return RunOnTerminal(PosternPath(), Command(PosternPath(), args),
                       Environment(variables), typed, {});
}

ProgramRun RunDialog(const std::string& path,
                     const std::vector<std::string>& args,
                     const std::vector<std::string>& answers,
                     const std::string& typed) {
  return RunOnTerminal(path, Command(path, args), Environment({}), typed,
                       answers);
}

std::string NewFolder() {
  std::string name = ::testing::TempDir() + "/cliXXXXXX";
  EXPECT_NE(mkdtemp(&name[0]), nullptr);
  char* const real = realpath(name.c_str(), nullptr);
  if (real != nullptr) name = real;
  free(real);
  return name;
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string NewApp(const std::string& requests, const std::string& main_lua) {
  const std::string folder = NewFolder();
  WriteFile(folder + "/manifest.textproto",
            absl::StrCat("version: 1\napp: \"notes.acme\"\n", requests));
  WriteFile(folder + "/main.lua", main_lua);
  return folder;
}

bool IsOneErrorLine(const std::string& text) {
  return absl::StartsWith(text, "postern: ") && text.size() > 10 &&
         text.find('\n') == text.size() - 1;
}

}  // namespace cli
}  // namespace postern
