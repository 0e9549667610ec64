// Attacks on the starting of programs, by their row in the list: each is tried
// against GuardedProcess, with a twin that works.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/base/file_descriptor.h"
#include "fs/guarded_fs.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/guarded_process.h"
#include "permission/guard/guarded_signals.h"
#include "permission/guard/path_monitor.h"
#include "permission/layer.h"
#include "permission/proto/context_snapshot.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace {

using Words = std::vector<std::string>;

// A tree of programs; "@" stands for its root in rules and names.
class ProcessRowsTest : public ::testing::Test {
 protected:
  ProcessRowsTest() {
    // Copies, so that nothing depends on what the machine has.
    Copy("/bin/echo", "bin/say");
    Copy("/bin/sh", "bin/xsh");
    Copy("/usr/bin/env", "bin/env");
    Copy("/usr/bin/timeout", "bin/timeout");
    tree_.Symlink("say", "bin/link");
    Script("bin/script",
           absl::StrCat("#!", tree_ / "bin/xsh", "\necho script \"$@\"\n"));
  }
  void Copy(const char* from, absl::string_view to) const {
    std::string bytes;
    const fs::FileDescriptor fd(open(from, O_RDONLY | O_CLOEXEC));
    char buffer[1 << 16];
    for (ssize_t n; (n = read(fd.get(), buffer, sizeof(buffer))) > 0;) {
      bytes.append(buffer, static_cast<size_t>(n));
    }
    Script(to, bytes);
  }
  void Script(absl::string_view name, absl::string_view text) const {
    EXPECT_EQ(chmod(tree_.File(name, text).c_str(), 0755), 0);
  }
  std::string At(absl::string_view text) const {
    return absl::StrReplaceAll(text, {{"@", tree_.root()}});
  }

  // `rules`: "allow process.spawn PATTERN", a line each; "once" allows it once.
  void Bind(const Words& rules) {
    PolicyBuilder builder;
    builder.SetBaseDirectory(tree_.root());
    Layer layer;
    layer.name = "grants";
    layer.default_effect = Effect::kDeny;
    for (const std::string& rule : rules) {
      const size_t space = rule.find(' ');
      const size_t next = rule.find(' ', space + 1);
      const auto set = *PermissionSet::Parse(
          rule.substr(space + 1, next == rule.npos ? next : next - space - 1));
      const std::string text = next == rule.npos ? "" : rule.substr(next + 1);
      const bool process = absl::StrContains(rule, "process.signal");
      const RulePattern pattern =
          next == rule.npos ? RulePattern::Whole()
                            : RulePattern::Text(process ? text : At(text));
      layer.rules.emplace_back();
      layer.rules.back().effect =
          rule[0] == 'd' ? Effect::kDeny : Effect::kAllow;
      layer.rules.back().permissions = set;
      layer.rules.back().pattern = pattern;
      if (rule[0] != 'o') continue;
      layer.rules.back().limits.uses = std::make_shared<UseCounter>(1);
    }
    builder.AddLayer(layer);
    PathBindingOptions binding;
    binding.program_folders = {tree_ / "bin"};
    auto policy = builder.Bind(binding).Build();
    ASSERT_TRUE(policy.ok()) << policy.status();
    auto root = PermissionContext::Create(*policy, {});
    ASSERT_TRUE(root.ok());
    context_ = root->context;
    GuardedProcessOptions options;
    options.program_folders = {tree_ / "bin"};
    options.environment = environment_;
    options.scripts_by_name = scripts_by_name_;
    fs::GuardedFsOptions files;
    files.base_directory = tree_.root();
    options.files = *fs::GuardedFs::Create(MakePathMonitor(context_), files);
    auto processes = GuardedProcess::Create(context_, options);
    ASSERT_TRUE(processes.ok()) << processes.status();
    processes_ = *std::move(processes);
  }

  SpawnResult<CheckedCommand> Prepare(const Words& words) const {
    SpawnRequest request;
    request.program = At(words[0]);
    for (size_t i = 1; i < words.size(); ++i) {
      request.args.push_back(At(words[i]));
    }
    return processes_->Prepare(request);
  }
  // "OK", or the code of the refusal, or the errno's name.
  std::string Outcome(const Words& words) const {
    const auto prepared = Prepare(words);
    if (prepared.ok()) return "OK";
    const SpawnStatus& status = prepared.status();
    return status.denied() ? std::string(RefusalCode(status.refusal))
                           : strerrorname_np(status.error_number);
  }
  bool Ok(const Words& words) const { return Outcome(words) == "OK"; }

  // What it writes to its output.
  static std::string Run(const CheckedCommand& command) {
    int pipe_fds[2];
    EXPECT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
      dup2(pipe_fds[1], 1);
      for (const CheckedCommand::File& file : command.files) {
        dup2(file.fd.get(), file.number);
      }
      if (command.directory.valid()) {
        if (fchdir(command.directory.get()) != 0) _exit(126);
      }
      std::vector<char*> argv, envp;
      for (const std::string& arg : command.argv) {
        argv.push_back(const_cast<char*>(arg.c_str()));
      }
      for (const std::string& variable : command.environment) {
        envp.push_back(const_cast<char*>(variable.c_str()));
      }
      argv.push_back(nullptr);
      envp.push_back(nullptr);
      execveat(command.program.get(), "", argv.data(), envp.data(),
               AT_EMPTY_PATH);
      _exit(127);
    }
    close(pipe_fds[1]);
    std::string out;
    char buffer[4096];
    for (ssize_t n; (n = read(pipe_fds[0], buffer, sizeof(buffer))) > 0;) {
      out.append(buffer, static_cast<size_t>(n));
    }
    close(pipe_fds[0]);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? out
               : absl::StrCat("status ", status, ": ", out);
  }
  std::string RunOf(const Words& words) const {
    const auto prepared = Prepare(words);
    return prepared.ok() ? Run(*prepared) : prepared.status().ToString();
  }

  fs::testing::TempTree tree_;
  Words environment_;
  bool scripts_by_name_ = false;
  std::shared_ptr<PermissionContext> context_;
  std::unique_ptr<const GuardedProcess> processes_;
};

TEST_F(ProcessRowsTest, Row73ThePinnedProgramByWhateverName) {
  Bind({"allow process.spawn @/bin/say **"});
  EXPECT_EQ(RunOf({"@/bin/say", "a"}), "a\n");
  EXPECT_EQ(RunOf({"@/bin/link", "a"}), "a\n");
  EXPECT_EQ(RunOf({"bin/../bin/say", "a"}), "a\n");
  EXPECT_EQ(RunOf({"say", "a"}), "a\n");
  // Names of the same file that nobody granted, other files, other spellings.
  tree_.HardLink("bin/say", "bin/alias");
  Copy("/bin/echo", "bin/copy");
  for (const char* name : {"@/bin/alias", "@/bin/copy", "@/bin/SAY", "alias",
                           "@/bin/say/", "@/bin/say\n", "@/bin", "nothing"}) {
    EXPECT_FALSE(Ok({name, "a"})) << name;
  }
}

TEST_F(ProcessRowsTest, Row73AnotherFileOfThatNameIsAnotherProgram) {
  Bind({"allow process.spawn @/bin/say **"});
  Copy("/bin/echo", "bin/other");
  ASSERT_EQ(rename((tree_ / "bin/other").c_str(), (tree_ / "bin/say").c_str()),
            0);
  EXPECT_EQ(Outcome({"@/bin/say", "a"}), "replaced");
}

TEST_F(ProcessRowsTest, Row73ADenialHoldsForEveryNameOfTheFile) {
  tree_.HardLink("bin/say", "bin/alias");
  Bind(
      {"allow process.spawn @/bin/* **", "deny process.spawn @/bin/say -n **"});
  EXPECT_TRUE(Ok({"@/bin/alias", "a"}));
  EXPECT_FALSE(Ok({"@/bin/alias", "-n", "a"}));
  EXPECT_FALSE(Ok({"@/bin/link", "-n"}));
}

TEST_F(ProcessRowsTest, Row74ArgumentsByPosition) {
  Bind({"allow process.spawn @/bin/say a {b,c}"});
  EXPECT_EQ(RunOf({"@/bin/say", "a", "c"}), "a c\n");
  for (const Words& words :
       {Words{"@/bin/say"}, Words{"@/bin/say", "a"},
        Words{"@/bin/say", "a", "b", "c"}, Words{"@/bin/say", "b", "a"},
        Words{"@/bin/say", "a b"}, Words{"@/bin/say", "a", "b\n"},
        Words{"@/bin/say", "a", ""}}) {
    EXPECT_EQ(Outcome(words), "rules");
  }
  EXPECT_EQ(Outcome({"@/bin/say", std::string("a\0b", 3), "c"}), "invalid");
}

TEST_F(ProcessRowsTest, Row79AShellStringIsASpawnOfTheShell) {
  Bind({"allow process.spawn @/bin/say **"});
  EXPECT_FALSE(processes_->Prepare(ShellRequest("say a")).ok());
  EXPECT_EQ(Outcome({"@/bin/xsh", "-c", "say a"}), "rules");
  Bind({"allow process.spawn @/bin/xsh -c echo\\ a"});
  EXPECT_EQ(RunOf({"@/bin/xsh", "-c", "echo a"}), "a\n");
  EXPECT_EQ(Outcome({"@/bin/xsh", "-c", "echo a; id"}), "rules");
  const auto denied = Prepare({"@/bin/xsh", "-c", "id"});
  const auto why = ExplainSpawn(*context_, denied.status());
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_TRUE(absl::StrContains(why->remedy, "a shell string")) << why->remedy;
}

TEST_F(ProcessRowsTest, Row73AVariableIsNoPartOfAName) {
  Bind({"allow process.spawn @/bin/say **"});
  EXPECT_FALSE(Ok({"A=1 @/bin/say", "a"}));
  EXPECT_FALSE(Ok({"A=1", "@/bin/say"}));
}

TEST_F(ProcessRowsTest, Row75AScriptNeedsItsInterpreter) {
  Bind({"allow process.spawn @/bin/script **"});
  const auto denied = Prepare({"@/bin/script", "a"});
  ASSERT_EQ(Outcome({"@/bin/script", "a"}), "rules");
  EXPECT_EQ(denied.status().command.program, tree_ / "bin/xsh");
  EXPECT_EQ(denied.status().command.because_of, tree_ / "bin/script");
  const auto why = ExplainSpawn(*context_, denied.status());
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_TRUE(absl::StrContains(why->remedy, "bin/script\" needs it"))
      << why->remedy;
  Bind({"allow process.spawn @/bin/xsh **"});
  EXPECT_EQ(Outcome({"@/bin/script", "a"}), "rules");
  Bind({"allow process.spawn @/bin/script **",
        "allow process.spawn @/bin/xsh @/bin/script **"});
  EXPECT_EQ(RunOf({"@/bin/script", "a"}), "script a\n");
  EXPECT_FALSE(Ok({"@/bin/xsh", "-c", "id"}));
  scripts_by_name_ = true;
  Bind({"allow process.spawn @/bin/script **",
        "allow process.spawn @/bin/xsh @/bin/script **"});
  EXPECT_EQ(RunOf({"@/bin/script", "a"}), "script a\n");
}

TEST_F(ProcessRowsTest, Row75InterpretersThatAreNone) {
  Script("bin/relative", "#!bin/xsh\n");
  Script("bin/nested", absl::StrCat("#!", tree_ / "bin/script", "\n"));
  Script("bin/itself", absl::StrCat("#!", tree_ / "bin/itself", "\n"));
  Script("bin/text", "echo a\n");
  Bind({"allow process.spawn @/bin/** **"});
  EXPECT_EQ(Outcome({"@/bin/relative"}), "interpreter");
  EXPECT_EQ(Outcome({"@/bin/nested"}), "interpreter");
  EXPECT_EQ(Outcome({"@/bin/itself"}), "interpreter");
  EXPECT_EQ(Outcome({"@/bin/text"}), "ENOEXEC");
}

TEST_F(ProcessRowsTest, Row75TheLoaderByItsName) {
  const char* const loader = "/lib64/ld-linux-x86-64.so.2";
  if (access(loader, X_OK) != 0) GTEST_SKIP() << "no " << loader;
  Copy(loader, "bin/ld");
  Bind({"allow process.spawn * **"});
  EXPECT_EQ(Outcome({loader, "@/bin/say", "a"}), "loader");
  EXPECT_EQ(Outcome({"@/bin/ld", "@/bin/say", "a"}), "loader");
  EXPECT_TRUE(Ok({"@/bin/say", "a"}));
}

TEST_F(ProcessRowsTest, Row76FilesWithoutAName) {
  const fs::FileDescriptor memory(memfd_create("x", 0));
  ASSERT_TRUE(memory.valid());
  const fs::FileDescriptor gone(
      open((tree_ / "bin/say").c_str(), O_RDONLY | O_CLOEXEC));
  Bind({"allow process.spawn * **"});
  for (const int fd : {memory.get(), gone.get()}) {
    for (const char* folder : {"/proc/self/fd/", "/dev/fd/"}) {
      EXPECT_FALSE(Ok({absl::StrCat(folder, fd)})) << folder;
    }
  }
  EXPECT_FALSE(Ok({"/proc/self/exe"}));
}

TEST_F(ProcessRowsTest, Row79ProgramsThatStartOthers) {
  Bind({"allow process.spawn through:@/bin/timeout * **",
        "allow process.spawn through:@/bin/env **",
        "allow process.spawn @/bin/say a"});
  EXPECT_EQ(RunOf({"@/bin/timeout", "5", "@/bin/say", "a"}), "a\n");
  EXPECT_EQ(RunOf({"@/bin/timeout", "5", "say", "a"}), "a\n");
  EXPECT_EQ(RunOf({"@/bin/env", "@/bin/timeout", "5", "@/bin/say", "a"}),
            "a\n");
  EXPECT_EQ(Outcome({"@/bin/timeout", "5", "@/bin/say", "b"}), "rules");
  EXPECT_EQ(Outcome({"@/bin/timeout", "5", "@/bin/xsh"}), "rules");
  EXPECT_EQ(Outcome({"@/bin/env", "A=1", "@/bin/say", "a"}), "unknown");
  EXPECT_EQ(Outcome({"@/bin/env", "-S", "@/bin/say a"}), "unknown");
  EXPECT_EQ(Outcome({"@/bin/timeout", "--odd", "5", "@/bin/say", "a"}),
            "unknown");
  // A name by which it would be read otherwise.
  tree_.Symlink("timeout", "bin/nice");
  EXPECT_EQ(Outcome({"@/bin/nice", "@/bin/say", "a"}), "rules");
}

// What others were reported for.
TEST_F(ProcessRowsTest, ADenialHoldsBehindAProgramThatStartsOthers) {
  Bind({"allow process.spawn @/bin/timeout **",
        "allow process.spawn @/bin/env **", "allow process.spawn @/bin/say **",
        "deny process.spawn @/bin/say -n **"});
  EXPECT_TRUE(Ok({"@/bin/timeout", "5", "@/bin/say", "a"}));
  for (const Words& words :
       {Words{"@/bin/timeout", "5", "@/bin/say", "-n", "a"},
        Words{"@/bin/timeout", "5", "say", "-n"},
        Words{"@/bin/timeout", "-k", "1", "5", "@/bin/link", "-n"},
        Words{"@/bin/env", "@/bin/timeout", "5", "@/bin/say", "-n"},
        Words{"@/bin/xwrap", "@/bin/say", "a"}}) {
    EXPECT_EQ(Outcome(words), "rules") << words[0];
  }
}

TEST_F(ProcessRowsTest, AShellIsNotTheProgramInItsText) {
  Bind({"allow process.spawn @/bin/say **"});
  const auto denied = Prepare({"@/bin/xsh", "-lc", "say a"});
  ASSERT_FALSE(denied.ok());
  EXPECT_EQ(denied.status().command.program, tree_ / "bin/xsh");
  const auto why = ExplainSpawn(*context_, denied.status());
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_TRUE(absl::StrContains(why->remedy, "a shell string")) << why->remedy;
}

TEST_F(ProcessRowsTest, ABareNameIsNotLookedForInTheWorkingDirectory) {
  Script("test", absl::StrCat("#!", tree_ / "bin/xsh", "\n"));
  Bind({"allow process.spawn @/test"});
  EXPECT_FALSE(Ok({"test"}));
  const auto denied = Prepare({"./test"});
  ASSERT_FALSE(denied.ok());
  EXPECT_EQ(denied.status().command.program, tree_ / "bin/xsh");
  EXPECT_EQ(denied.status().command.because_of, tree_ / "test");
}

TEST_F(ProcessRowsTest, Row77VariablesThatSteer) {
  environment_ = {"LD_PRELOAD=/x.so", "A=1", "SECRET=s", "BASH_ENV=/x"};
  Bind({"allow process.spawn @/bin/env", "allow env.read A",
        "allow env.read LD_*", "allow env.write"});
  SpawnRequest request;
  request.program = tree_ / "bin/env";
  request.environment = {"B=2", "LD_AUDIT=/y.so", "PYTHONPATH=/z"};
  const auto prepared = processes_->Prepare(request);
  ASSERT_TRUE(prepared.ok()) << prepared.status().ToString();
  EXPECT_EQ(Run(*prepared), "B=2\nA=1\n");
  std::string left_out;
  for (const auto& one : prepared->left_out) {
    absl::StrAppend(&left_out, one.name, " ");
  }
  EXPECT_EQ(left_out, "LD_AUDIT PYTHONPATH LD_PRELOAD SECRET BASH_ENV ");
  for (const auto& one : prepared->left_out) {
    EXPECT_FALSE(absl::StrContains(one.name, "="));
  }
}

TEST_F(ProcessRowsTest, Row78ProgramsGetListedFilesAsTheGuestMay) {
  tree_.File("data", "in\n");
  Bind({"allow process.spawn @/bin/say **", "allow fs.read @/data"});
  SpawnRequest request;
  request.program = "say";
  request.files = {{0, tree_ / "data", fs::OpenIntent(), -1}};
  EXPECT_TRUE(processes_->Prepare(request).ok());
  request.files[0].intent.access = fs::OpenIntent::Access::kWrite;
  EXPECT_EQ(processes_->Prepare(request).status().refusal, SpawnRefusal::kFile);
  request.files = {{0, absl::nullopt, {}, 0}, {0, absl::nullopt, {}, 1}};
  EXPECT_EQ(processes_->Prepare(request).status().refusal,
            SpawnRefusal::kInvalid);
  request.files.clear();
  request.directory = tree_.root();
  EXPECT_EQ(processes_->Prepare(request).status().refusal, SpawnRefusal::kFile);
}

TEST_F(ProcessRowsTest, ADenialTakesNoUseAndAStartTakesOne) {
  tree_.File("data", "in\n");
  Bind({"once process.spawn @/bin/** **"});
  SpawnRequest request;
  request.program = "script";
  request.files = {{0, tree_ / "data", fs::OpenIntent(), -1}};
  EXPECT_EQ(processes_->Prepare(request).status().refusal, SpawnRefusal::kFile);
  request.files.clear();
  // The script and its interpreter are one start.
  EXPECT_TRUE(processes_->Prepare(request).ok());
  EXPECT_FALSE(processes_->Prepare(request).ok());
}

// Row 83 in part, and signals by whom they reach.
TEST_F(ProcessRowsTest, SignalsReachOnlyWhomTheRulesName) {
  Bind({"allow process.signal @self", "allow process.signal @children"});
  GuardedSignals signals(context_);
  EXPECT_TRUE(signals.Kill(getpid(), 0).ok());
  for (const pid_t pid : {getppid(), pid_t{1}, pid_t{1 << 30}}) {
    const SignalStatus status = signals.Kill(pid, 0);
    EXPECT_TRUE(status.denied) << pid;
    EXPECT_EQ(status.whose, "@others");
  }
  for (const pid_t group : {0, -1, -getpgrp()}) {
    EXPECT_EQ(signals.Kill(group, 0).error_number, EPERM) << group;
  }
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    for (;;) pause();
  }
  EXPECT_TRUE(signals.Kill(child, SIGKILL).denied);
  const fs::FileDescriptor pidfd(
      static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  if (!pidfd.valid()) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    GTEST_SKIP() << "no descriptors of processes: " << strerror(errno);
  }
  ASSERT_EQ(signals.Add(child, pidfd.get(), "@children"), 0);
  EXPECT_TRUE(signals.Kill(child, SIGKILL).ok());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  // The number is free now; the descriptor is the child's still.
  EXPECT_EQ(signals.Kill(child, 0).error_number, ESRCH);
  signals.Remove(child);
  EXPECT_TRUE(signals.Kill(child, 0).denied);
}

// In a process of its own, as a program that links the library.
TEST_F(ProcessRowsTest, Row80AChildHasAtMostItsParentsRights) {
  Bind({"allow fs.read @/bin", "allow process.spawn @/bin/say **"});
  ASSERT_TRUE(context_
                  ->Drop(PermissionSet(Permission::kFsRead),
                         RulePattern::Text(At("@/bin/env")))
                  .ok());
  const auto sealed = SealSnapshot(*context_);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  const std::string kept = At("@/bin/say"), dropped = At("@/bin/env");
  const pid_t child = fork();
  if (child == 0) {
    const auto taken = TakeUpInheritedSnapshot();
    if (!taken.ok()) _exit(2);
    const auto reads = [&](const std::string& path) {
      return taken->context
          ->Check(Access::CanonicalPath(Permission::kFsRead, path))
          .allowed();
    };
    const bool right =
        reads(kept) && !reads(dropped) && !reads("/etc/passwd") &&
        taken->context->Check(Access::CanonicalCommand(kept, {})).allowed();
    _exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(ProcessRowsTest, Row81ADropBeforeTheStartIsInForce) {
  Bind({"allow process.spawn @/bin/** **"});
  EXPECT_TRUE(Ok({"@/bin/say", "a"}));
  ASSERT_TRUE(context_
                  ->Drop(PermissionSet(Permission::kProcessSpawn),
                         RulePattern::Text(At("@/bin/say **")))
                  .ok());
  EXPECT_EQ(Outcome({"@/bin/say", "a"}), "rules");
  EXPECT_EQ(Outcome({"@/bin/link", "a"}), "rules");
  EXPECT_TRUE(Ok({"@/bin/env"}));
}

}  // namespace
}  // namespace postern
