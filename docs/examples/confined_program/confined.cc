// Starts itself once more, confined: the kernel holds what the policy denies,
// and the program takes up the policy of who started it.

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "postern/cpp.h"

using namespace postern;

namespace {

constexpr char kSecret[] = "/etc/passwd";

// The confined program.
int Guest() {
  const auto taken = TakeUpInheritedSnapshot();  // before other threads run
  if (!taken.ok()) return std::cerr << taken.status() << "\n", 2;
  const Decision decision =
      taken->context->Enforce(Access::Path(Permission::kFsRead, kSecret));
  std::cout << "library: " << (decision.allowed() ? "granted" : "denied");
  std::cout << ", kernel: "
            << (std::ifstream(kSecret).is_open() ? "granted" : "denied")
            << std::endl;
  return 0;
}

// What nearly every program needs, and to start `program`.
absl::StatusOr<RootContext> MakeContext(const std::string& program) {
  PolicyBuilder rules;
  const auto runtime = PresetRules("runtime");
  if (!runtime.ok()) return runtime.status();
  for (const Rule& rule : *runtime) rules.Add(rule);
  rules.Allow(PermissionSet(Permission::kProcessSpawn),
              RulePattern::Command(program, {"**"}));
  const auto policy = rules.Bind().Build();
  if (!policy.ok()) return policy.status();
  return PermissionContext::Create(*policy, ContextOptions());
}

int Run(ConfinedLauncher* launcher, const std::string& program) {
  SpawnRequest request;
  request.program = program;
  request.args = {"guest"};
  for (const int number : {1, 2}) {  // these descriptors pass, and no others
    SpawnFile file;
    file.number = file.from = number;
    request.files.push_back(file);
  }
  process::StartOptions start;
  start.limits.wall_time = absl::Seconds(20);
  start.limits.open_files = 64;
  auto command = launcher->Prepare(request, start);
  if (!command.ok()) return std::cerr << command.status() << "\n", 2;
  if (!command->ok()) return std::cerr << command->status().ToString(), 2;
  auto child = (*command)->Start();
  if (!child.ok()) return std::cerr << child.status() << "\n", 2;
  const auto end = child->Wait(absl::InfiniteFuture());
  if (!end.ok()) return std::cerr << end.status() << "\n", 2;

  for (const EnforcementRow& row : (*command)->Report().rows) {
    if (row.permission == Permission::kFsRead && row.rule.empty() &&
        row.operation == GuardedOperation::kContents) {
      std::cout << "files that no rule grants: " << LevelName(row.level) << " ("
                << EnforcementReasonCode(row.reason) << ")\n";
    }
  }
  const bool measured = end->usage.peak_memory_bytes > 0;
  std::cout << "exit status " << end->exit_status << ", "
            << (measured ? "measured" : "not measured") << "\n";
  return end->exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "guest") return Guest();
  char self[4096] = {};
  if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) return 2;
  const auto root = MakeContext(self);
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;
  ConfinedLauncherOptions options;
  options.require = EnforcementLevel::kPartial;
  const auto launcher = ConfinedLauncher::Create(root->context, options);
  if (!launcher.ok()) return std::cerr << launcher.status() << "\n", 2;

  // A dry run: decides, and starts nothing.
  SpawnRequest other;
  other.program = "/bin/ls";
  const auto denied = (*launcher)->Preview(other);
  if (!denied.ok()) return std::cerr << denied.status() << "\n", 2;
  std::cout << "ls: " << denied->status().ToString() << std::endl;
  return Run(launcher->get(), self);
}
