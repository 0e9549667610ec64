// Measures starting and ending a program: confined by the library's launcher
// beside a plain fork and exec, and whole commands beside bubblewrap. Real
// time, as most of it passes in other processes. A missed target is no failure.

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "benchmark/benchmark.h"
#include "benchmarks/child_cost.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/preset.h"
#include "permission/builder.h"
#include "process/kernel_caps.h"
#include "process/launcher.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr char kProgram[] = "/bin/true";
using Words = std::vector<std::string>;

std::vector<char*> Pointers(const Words& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) {
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

bool EndsWell(pid_t child) {
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

// Whoever starts a program by hand; `namespaces` as of unshare(2).
bool PlainStart(const std::vector<char*>& argv, int namespaces) {
  const pid_t child = fork();
  if (child == 0) {
    if (namespaces != 0 && unshare(namespaces) != 0) _exit(126);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return EndsWell(child);
}

bool SpawnStart(const std::vector<char*>& argv) {
  pid_t child = -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  const int error =
      posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 && EndsWell(child);
}

std::shared_ptr<PermissionContext> MakeContext(const std::string& program,
                                               bool with_network) {
  PolicyBuilder builder;
  const auto preset = PresetRules("runtime");
  if (!preset.ok()) return nullptr;
  for (const Rule& rule : *preset)
    builder.Allow(rule.permissions, rule.pattern);
  builder.Allow(PermissionSet(Permission::kProcessSpawn),
                RulePattern::Command(program, {"**"}));
  if (with_network) {
    builder.Allow(PermissionSet(Permission::kNetConnect), RulePattern::Whole());
  }
  auto policy = builder.Bind().Build();
  if (!policy.ok()) return nullptr;
  auto root = PermissionContext::Create(*policy, {});
  return root.ok() ? root->context : nullptr;
}

// The library's way, whose plan and probe are made once. This host gives up no
// right while programs run, and so may share its memory with who keeps them.
class Ours {
 public:
  Ours(const std::string& program, bool with_network, bool with_cgroup,
       bool shares_memory = true)
      : with_cgroup_(with_cgroup), shares_memory_(shares_memory) {
    ConfinedLauncherOptions options;
    process::KernelCaps caps = process::DetectKernelCaps();
    options.pass_policy = false;
    // Devices want a cgroup, which is the other row's.
    if (!with_cgroup) {
      caps.cgroup_v1_devices = caps.bpf_programs = false;
    }
    options.caps = caps;
    auto launcher = ConfinedLauncher::Create(MakeContext(program, with_network),
                                             std::move(options));
    if (launcher.ok()) launcher_ = *std::move(launcher);
  }
  // The plan and the probe are made by the first start.
  bool works() const { return launcher_ != nullptr && Start(); }
  ConfinedLauncher* launcher() const { return launcher_.get(); }

  bool Start() const {
    SpawnRequest request;
    request.program = kProgram;
    process::StartOptions start;
    start.own_cgroup = with_cgroup_;
    start.shares_memory = shares_memory_;
    auto prepared = launcher_->Prepare(request, start);
    if (!prepared.ok() || !prepared->ok()) return false;
    auto child = (*prepared)->Start();
    if (!child.ok()) return false;
    const auto end = child->Wait(absl::InfiniteFuture());
    return end.ok() && end->exit_status == 0;
  }

 private:
  const bool with_cgroup_;
  const bool shares_memory_;
  std::unique_ptr<ConfinedLauncher> launcher_;
};

void Register(const std::string& name, std::function<bool()> once) {
  benchmark::RegisterBenchmark(name.c_str(), [name,
                                              once](benchmark::State& state) {
    for (auto _ : state) {
      if (!once()) {
        state.SkipWithError("a program did not end well");
        break;
      }
    }
  })->UseRealTime();
}

void RegisterCommand(const std::string& name, Words words) {
  if (access(words[0].c_str(), X_OK) != 0) return;
  Register(name,
           [words = std::move(words)] { return SpawnStart(Pointers(words)); });
}

struct Row {
  const char* text;
  const char* a;
  const char* b;
  double target;  // 0: none
};

constexpr Row kRows[] = {
    {"Landlock and filter ÷ fork and exec", "ours/confined", "plain", 1.3},
    {"the same of a host that shares no memory", "ours/copying", "plain", 1.3},
    {"with network namespace ÷ plain unshare of it", "ours/network",
     "plain/network", 1.3},
    {"with network namespace and cgroup ÷ plain unshare", "ours/all",
     "plain/network", 1.3},
    {"postern exec ÷ postern --version", "command/exec", "command/version", 0},
    {"bwrap ÷ postern exec", "command/bwrap", "command/exec", 0},
};

void AddBeyondVersion(const Medians& medians, const char* row, const char* text,
                      TargetTable* table) {
  const auto version = medians.Seconds("command/version");
  const auto command = medians.Seconds(row);
  if (!version || !command) return;
  TargetRow more;
  more.name = text;
  more.figure = (*command - *version) * 1e3;
  more.unit = "ms";
  more.target = 2;
  table->Add(std::move(more));
}

void AddRows(const Medians& medians, TargetTable* table) {
  for (const Row& row : kRows) {
    TargetRow added;
    added.name = row.text;
    added.figure = medians.Ratio(row.a, row.b);
    added.target = row.target;
    if (row.target == 0) added.bound = TargetRow::Bound::kNone;
    table->Add(std::move(added));
  }
  AddBeyondVersion(medians, "command/exec",
                   "postern exec beyond postern --version", table);
  AddBeyondVersion(medians, "command/probed",
                   "postern exec that reports, and so probes, beyond it",
                   table);
}

void AddMeasured(std::string name, absl::optional<double> figure,
                 std::string unit, TargetTable* table) {
  TargetRow row;
  row.name = std::move(name);
  row.figure = figure;
  row.unit = std::move(unit);
  row.bound = TargetRow::Bound::kNone;
  table->Add(std::move(row));
}

// The median of what a few runs, one after the other, say.
double MedianOf(std::vector<double> figures) {
  const auto middle = figures.begin() + figures.size() / 2;
  std::nth_element(figures.begin(), middle, figures.end());
  return *middle;
}

// Plain and confined alternate.
void AddCallRows(TargetTable* table) {
  const std::string program = ChildCallsProgram();
  const Ours ours(program, /*with_network=*/true, /*with_cgroup=*/false);
  std::vector<double> opens, others;
  for (int i = 0; i < 9 && ours.launcher() != nullptr; ++i) {
    const auto plain = PlainCallTimes(program);
    const auto confined = ConfinedCallTimes(ours.launcher(), program);
    if (!plain || !confined) break;
    opens.push_back(confined->open_and_close / plain->open_and_close);
    others.push_back(confined->getppid / plain->getppid);
  }
  if (opens.empty()) return;
  AddMeasured("open and close in a confined program ÷ in a plain one",
              MedianOf(opens), "", table);
  AddMeasured("getppid in a confined program ÷ in a plain one",
              MedianOf(others), "", table);
}

int Run(const RunOptions& options) {
  const Machine machine = Machine::This();
  const char* const folder = getenv("POSTERN_BENCH_PROGRAMS");
  const std::string report = absl::StrCat("/tmp/", getpid(), ".report");
  const Words program = {kProgram};
  const std::vector<char*> argv = Pointers(program);
  const Ours confined(kProgram, /*with_network=*/true, /*with_cgroup=*/false);
  const Ours copying(kProgram, /*with_network=*/true, /*with_cgroup=*/false,
                     /*shares_memory=*/false);
  const Ours network(kProgram, /*with_network=*/false, /*with_cgroup=*/false);
  const Ours all(kProgram, /*with_network=*/false, /*with_cgroup=*/true);
  Register("plain", [&argv] { return PlainStart(argv, 0); });
  Register("plain/network", [&argv] { return PlainStart(argv, CLONE_NEWNET); });
  Register("plain/posix_spawn", [&argv] { return SpawnStart(argv); });
  if (confined.works())
    Register("ours/confined", [&] { return confined.Start(); });
  if (copying.works())
    Register("ours/copying", [&] { return copying.Start(); });
  if (network.works())
    Register("ours/network", [&] { return network.Start(); });
  if (all.works()) Register("ours/all", [&] { return all.Start(); });
  if (folder != nullptr) {
    const std::string postern = absl::StrCat(folder, "/postern");
    RegisterCommand("command/version", {postern, "--version"});
    const std::string grant = absl::StrCat("--allow-process-spawn=", kProgram);
    RegisterCommand("command/exec", {postern, "exec", "--preset", "runtime",
                                     grant, "--", kProgram});
    // A report is what a probe is made for.
    RegisterCommand("command/probed",
                    {postern, "exec", "--preset", "runtime", grant, "--report",
                     report, "--", kProgram});
  }
  RegisterCommand(
      "command/bwrap",
      {"/usr/bin/bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib",
       "/lib", "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin",
       "/bin", "--unshare-net", "--dev", "/dev", kProgram});
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  unlink(report.c_str());
  TargetTable table(options.not_run());
  AddRows(medians, &table);
  AddCallRows(&table);
  if (folder != nullptr) {
    AddMeasured("memory of postern exec while its program runs, no files",
                ExecMemoryKib(absl::StrCat(folder, "/postern")), "KiB", &table);
  }
  return options.Report(machine, table, medians) ? 0 : 1;
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
